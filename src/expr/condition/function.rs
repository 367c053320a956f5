//! The functions of conditions.

/// A function that a condition may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Function {
    /// `attribute_exists`
    Exists,
    /// `attribute_not_exists`
    NotExists,
    /// `attribute_type`
    HasType,
    /// `begins_with`
    BeginsWith,
    /// `contains`
    Contains,
    /// `size`, the only one that is an operand
    Size,
}

impl Function {
    /// The function of that name; case counts.
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|function| function.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exists => "attribute_exists",
            Self::NotExists => "attribute_not_exists",
            Self::HasType => "attribute_type",
            Self::BeginsWith => "begins_with",
            Self::Contains => "contains",
            Self::Size => "size",
        }
    }

    /// How many arguments it takes.
    pub(super) fn arity(self) -> usize {
        match self {
            Self::Exists | Self::NotExists | Self::Size => 1,
            Self::HasType | Self::BeginsWith | Self::Contains => 2,
        }
    }
}

const ALL: [Function; 6] = [
    Function::Exists,
    Function::NotExists,
    Function::HasType,
    Function::BeginsWith,
    Function::Contains,
    Function::Size,
];
