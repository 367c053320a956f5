//! The operators of the older parameters.
//!
//! Not here: what they take and mean (`legacy.rs`).

use crate::model::AttributeValue;

/// A `ComparisonOperator`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::wire::json) enum Operator {
    In,
    Null,
    Between,
    Less,
    NotContains,
    Equal,
    Greater,
    NotNull,
    NotEqual,
    LessOrEqual,
    BeginsWith,
    GreaterOrEqual,
    Contains,
}

/// The types of values that an operator takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Types {
    Any,
    /// Texts, numbers and bytes.
    Scalars,
    /// Texts and bytes.
    Strings,
}

impl Operator {
    /// Every operator, in the order in which the service prints them.
    const ALL: [Self; 13] = [
        Self::In,
        Self::Null,
        Self::Between,
        Self::Less,
        Self::NotContains,
        Self::Equal,
        Self::Greater,
        Self::NotNull,
        Self::NotEqual,
        Self::LessOrEqual,
        Self::BeginsWith,
        Self::GreaterOrEqual,
        Self::Contains,
    ];

    /// The words of all, in that order.
    pub(super) const NAMES: [&'static str; 13] = {
        let mut names = [""; 13];
        let mut at = 0;
        while at < names.len() {
            names[at] = Self::ALL[at].name();
            at += 1;
        }
        names
    };

    /// The operator of that word.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }

    /// The word.
    pub(in crate::wire::json) const fn name(self) -> &'static str {
        match self {
            Self::In => "IN",
            Self::Null => "NULL",
            Self::Between => "BETWEEN",
            Self::Less => "LT",
            Self::NotContains => "NOT_CONTAINS",
            Self::Equal => "EQ",
            Self::Greater => "GT",
            Self::NotNull => "NOT_NULL",
            Self::NotEqual => "NE",
            Self::LessOrEqual => "LE",
            Self::BeginsWith => "BEGINS_WITH",
            Self::GreaterOrEqual => "GE",
            Self::Contains => "CONTAINS",
        }
    }

    /// Whether it asks only if the attribute is there, and so takes no value.
    pub(super) fn tests_presence(self) -> bool {
        matches!(self, Self::Null | Self::NotNull)
    }
}

impl Types {
    pub(super) fn admits(self, value: &AttributeValue) -> bool {
        let is_string = matches!(value, AttributeValue::S(_) | AttributeValue::B(_));
        match self {
            Self::Any => true,
            Self::Scalars => is_string || matches!(value, AttributeValue::N(_)),
            Self::Strings => is_string,
        }
    }
}
