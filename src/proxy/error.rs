//! What a client is told when the engine could not do what was asked.
//!
//! Must hold: a refusal before anything happened is one that clients retry; a commit of unknown
//! fate is never told as throttling.

use super::keys;
use crate::api::{ApiError, ControlCode, ErrorCode};
use crate::engine::Error;
use crate::engine::upstream::client::{Failure, Fate, Fault, Told, What};

impl ApiError {
    /// What a client is told of a service that gave no answer: a write that may have been applied is
    /// not called one that may be tried again at once.
    fn of_upstream(failure: &Failure, error: &Error) -> Self {
        let told = match failure.fate {
            Fate::Unknown => Self::internal(error),
            Fate::NotDone => Self {
                code: ErrorCode::ServiceUnavailable,
                message: "The service is currently unavailable".into(),
                ..Self::internal(error)
            },
        };
        match &failure.told {
            // That it went was an event; one for each refused request would flood.
            Told::Failed(Fault { what: What::Down, .. }) => Self { cause: None, ..told },
            Told::Failed(_) | Told::Refused(_) => told,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(error) => error,
            Error::ConditionFailed { .. } => {
                Self::new(ErrorCode::ConditionalCheckFailed, "The conditional request failed")
            }
            Error::IndexKey(error) => keys::of_index(error),
            Error::CollectionTooLarge { .. } => {
                Self::new(ErrorCode::ItemCollectionSizeLimitExceeded, "Collection size exceeded.")
            }
            Error::Cancelled(_) => {
                Self::new(ErrorCode::TransactionCanceled, "Transaction cancelled")
            }
            Error::TokenMismatch => Self::new(
                ErrorCode::IdempotentParameterMismatch,
                "Request parameters do not match those of the first request with this token",
            ),
            Error::TransactionInProgress => Self::new(
                ErrorCode::TransactionInProgress,
                "Transaction is in progress with the same token",
            ),
            Error::NoTable { .. } => Self::not_found(),
            Error::TableExists { name } => Self::table_exists(&name),
            Error::Restoring { name } => Self::new(
                ErrorCode::ResourceInUse,
                format!(
                    "Attempt to change a resource which is still in use: Table is being created: \
                     {name}"
                ),
            ),
            Error::BackingUp { name } => Self::new(
                ErrorCode::ResourceInUse,
                format!(
                    "Attempt to change a resource which is still in use: Backup is being created \
                     for the table: {name}"
                ),
            ),
            Error::TooManyRestores { restores_max } => Self::new(
                ErrorCode::LimitExceeded,
                format!(
                    "Subscriber limit exceeded: Only {restores_max} restore operations can be \
                     under way at a time"
                ),
            ),
            Error::Protected { .. } => Self::validation(
                "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
            ),
            Error::TooManyTables { tables_max } => Self::new(
                ErrorCode::LimitExceeded,
                format!(
                    "Subscriber limit exceeded: There is a limit of {tables_max} tables per subscriber"
                ),
            ),
            Error::Trimmed => Self::new(
                ControlCode::TrimmedDataAccess,
                "The data you are trying to access has been trimmed",
            ),
            Error::QueueFull { .. } => {
                Self::new(ErrorCode::Throttling, "Rate of requests exceeds the allowed throughput.")
            }
            // The engine's change of state was an event; one for each refused write would flood.
            Error::ReadOnly(_) => Self { cause: None, ..Self::internal(&error) },
            Error::Upstream(ref failure) => Self::of_upstream(failure, &error),
            Error::NoRoom { .. }
            | Error::DamagedBackup
            | Error::CommitFailed(_)
            | Error::CommitRefused(_)
            | Error::Elsewhere
            | Error::NotForUpstream
            | Error::NewerFormat { .. }
            | Error::Silent { .. }
            | Error::Store(_)
            | Error::Damaged { .. }
            | Error::DamagedStream { .. }
            | Error::TooSlow { .. }
            | Error::Stopped => Self::internal(&error),
        }
    }
}
