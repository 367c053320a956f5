//! What is wrong with an expression, in DynamoDB's words.
//!
//! Must hold: an error is data; its sentence is built here and nowhere else.
//! Not here: the exception that a client is answered with (`api/`).

use std::fmt;

/// The five languages that share one lexer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Language {
    /// `ConditionExpression`.
    Condition,
    /// `FilterExpression`.
    Filter,
    /// `KeyConditionExpression`.
    KeyCondition,
    /// `ProjectionExpression`.
    Projection,
    /// `UpdateExpression`.
    Update,
}

/// What is wrong, and with which expression.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct Error {
    /// The expression, for faults whose sentence names it.
    pub language: Option<Language>,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong with an expression or with its placeholders.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The expression is an empty text.
    Empty,
}

impl Language {
    /// The member's name without `Expression`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Condition => "Condition",
            Self::Filter => "Filter",
            Self::KeyCondition => "KeyCondition",
            Self::Projection => "Projection",
            Self::Update => "Update",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(language) = self.language {
            write!(f, "Invalid {}Expression: ", language.name())?;
        }
        self.fault.fmt(f)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("The expression can not be empty;"),
        }
    }
}
