//! The two generations of the service's sentences, and what tells them apart.
//!
//! Since June 2026 more and more regions put what is wrong with the request of a single write into
//! an envelope, and word a few refusals anew. What the data is to blame for stays as it was.
//!
//! Must hold: whether a refusal gets the envelope is known where it is made, never read off its
//! text.
//! Not here: which sentences there are (`decode/`, `expr/`).

use crate::api::{ApiError, ErrorCode};

/// A generation of the service's sentences.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Wording {
    /// That of before June 2026.
    #[default]
    Classic,
    /// That of the regions that have the newer layer of validation.
    Y2026,
}

/// Why a write is refused, by what is to blame.
#[derive(Debug)]
pub(in crate::wire) enum Refusal {
    /// The request by itself.
    Request(ApiError),
    /// What it would write.
    Data(ApiError),
}

impl Refusal {
    /// The refusal as the client reads it.
    pub(in crate::wire) fn told(self, wording: Wording) -> ApiError {
        match (self, wording) {
            // Broken constraints come in an envelope anyway, and what is no JSON has none.
            (Self::Request(error), Wording::Y2026) if error.code == ErrorCode::Validation => {
                ApiError { message: format!("{ENVELOPE}{}", error.message), ..error }
            }
            (Self::Request(error) | Self::Data(error), Wording::Classic | Wording::Y2026) => error,
        }
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Request(error)
    }
}

const ENVELOPE: &str = "1 validation error detected: ";
