//! Requests for features that hearth does not have, and their answers: those of a table for which
//! the feature is off.
//!
//! Must hold: what a request asks to switch on is refused, and only after its table was looked up.
//! Not here: features that hearth has and that are off (`streams.rs`, `time_to_live.rs`).

use super::{ApiError, Operation, TableName, TableStatus};

/// A request for a feature that hearth does not have.
#[derive(Debug)]
pub struct FeatureRequest {
    /// Its operation.
    pub operation: Operation,
    /// What is asked.
    pub feature: Feature,
}

/// What is asked of a feature.
#[derive(Debug)]
pub enum Feature {
    /// Whether the keys of a table or an index are watched, or that they are not to be.
    Insights(Subject),
    /// Where the changes of a table are sent.
    Destinations(Subject),
    /// How the capacity of a table's replicas scales.
    Scaling(Subject),
    /// All that there are of something; the name is that of the list in the answer.
    List(&'static str, Option<Subject>),
    /// That a table be made which must not be there yet; it is refused so.
    NewTable(TableName, ApiError),
    /// Something that is refused so.
    Refused(ApiError, Option<Subject>),
}

/// A table that must be there, and perhaps an index of it.
#[derive(Debug)]
pub struct Subject {
    /// The table.
    pub table: TableName,
    /// The index.
    pub index: Option<String>,
    /// How it is told that it is not there.
    pub missing: Missing,
}

/// The words of features for what is not there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Missing {
    /// A `ResourceNotFoundException` that names it.
    Named,
    /// As operations on items tell it.
    Unnamed,
    /// A `TableNotFoundException`.
    Table,
}

/// The answer to a [`FeatureRequest`].
#[derive(Debug)]
pub enum FeatureOutput {
    /// The keys of the table, or of its index, are not watched.
    Insights(TableName, Option<String>),
    /// The changes of the table are sent nowhere.
    Destinations(TableName),
    /// The table has no replicas.
    Scaling(TableName, TableStatus),
    /// There is none; the name is that of the list.
    List(&'static str),
}

impl Feature {
    /// What must be there.
    pub fn subject(&self) -> Option<&Subject> {
        match self {
            Self::Insights(subject) | Self::Destinations(subject) | Self::Scaling(subject) => {
                Some(subject)
            }
            Self::List(_, subject) | Self::Refused(_, subject) => subject.as_ref(),
            Self::NewTable(..) => None,
        }
    }
}
