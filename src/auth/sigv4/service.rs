//! The services whose signatures are taken.
//!
//! Must hold: a signature for one of them is worth nothing to the other, since the key of a day is
//! derived from the service's name, too.
//! Not here: which requests are for which service (the caller says so).

/// What a signature is scoped to, beside a day and a region.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Service {
    /// Tables and items.
    DynamoDb,
    /// DAX: its connections, and the description of its clusters.
    Dax,
}

impl Service {
    /// As a credential's scope has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Dax => "dax",
        }
    }
}
