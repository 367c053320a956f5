//! What a client is told when a request is refused.
//!
//! Must hold: code and message are DynamoDB's; no path, type name or secret is in a message, and
//! none is longer than [`MESSAGE_BYTES_MAX`] when it is made, whatever the request named.
//! Not here: how an error is written (`wire/json/error.rs`).

use std::error::Error;

use bytes::Bytes;

use super::throttle::ThrottlingReason;
use super::transact::CancellationReason;
use crate::model::{ItemBytes, NumberError};
use crate::{expr, partiql};

/// A refusal, as the client sees it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The exception.
    pub code: ErrorCode,
    /// The sentence beside it; a body that is no JSON has none.
    pub message: String,
    /// What happened inside, for the log; no client sees it.
    pub cause: Option<Box<str>>,
    /// What the client is told besides.
    pub details: Option<Box<Details>>,
    /// The refusal as another service told it, which its clients are told word for word.
    pub passed: Option<Box<Passed>>,
}

/// A refusal as another service told it in JSON.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passed {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// What a client is told besides exception and sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Details {
    /// The item that a condition did not hold of, if the request asked for it.
    Item(ItemBytes),
    /// What each element has to do with its transaction's being cancelled.
    Reasons(Vec<CancellationReason>),
    /// What there was no capacity of.
    Throttled(Vec<ThrottlingReason>),
}

/// Exceptions of operations on tables, backups, streams and policies. No operation on items answers
/// one, so they have no form in DAX, nor in a batch of statements.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ControlCode {
    /// The records that are asked for are no longer kept.
    TrimmedDataAccess,
    /// A place in a stream was told too long ago.
    ExpiredIterator,
    /// The table of a backup or an export is not there.
    TableNotFound,
    /// The table to restore is there already.
    TableAlreadyExists,
    /// The table to restore or to back up is busy.
    TableInUse,
    /// There is no such backup.
    BackupNotFound,
    /// The backup is being made, deleted or restored.
    BackupInUse,
    /// The table is not there long enough for continuous backups.
    ContinuousBackupsUnavailable,
    /// There is nothing to restore or export the table from, as it was at any time.
    PointInTimeRecoveryUnavailable,
    /// There is no such export.
    ExportNotFound,
    /// There is no such import.
    ImportNotFound,
    /// There is no such global table.
    GlobalTableNotFound,
    /// There is no policy, or not the one that is expected.
    PolicyNotFound,
}

/// The exceptions that hearth answers with.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ErrorCode {
    /// A value, limit or expression is wrong.
    Validation,
    /// Members break the service model's constraints; the same exception, from another layer.
    MemberConstraint,
    /// The body is no JSON, or a member has the wrong JSON type.
    Serialization,
    /// There is no such operation.
    UnknownOperation,
    /// The request is not signed.
    MissingAuthenticationToken,
    /// The signature header lacks a part.
    IncompleteSignature,
    /// The signature is not right.
    InvalidSignature,
    /// The access key is not known.
    UnrecognizedClient,
    /// The caller may not do this.
    AccessDenied,
    /// The table is not there, or not ready.
    ResourceNotFound,
    /// The table is there already, or busy.
    ResourceInUse,
    /// Too many tables or operations on tables.
    LimitExceeded,
    /// The condition of a write did not hold.
    ConditionalCheckFailed,
    /// A statement inserts an item that is there.
    DuplicateItem,
    /// The items of a partition and its local indexes would take more than 10 GB.
    ItemCollectionSizeLimitExceeded,
    /// The elements of a transaction that are refused keep all of it from being done.
    TransactionCanceled,
    /// A transaction of the same token is under way.
    TransactionInProgress,
    /// The item is in a transaction that is under way; hearth itself never answers so.
    TransactionConflict,
    /// The token is another transaction's.
    IdempotentParameterMismatch,
    /// One that only operations on tables, backups, streams and policies answer.
    Control(ControlCode),
    /// Too many requests; the client retries.
    Throttling,
    /// The units bought ahead are used up; the client retries.
    ProvisionedThroughputExceeded,
    /// The server failed; the client retries.
    InternalServerError,
    /// The server is stopping or full; the client retries.
    ServiceUnavailable,
}

impl From<ControlCode> for ErrorCode {
    fn from(code: ControlCode) -> Self {
        Self::Control(code)
    }
}

impl ApiError {
    /// An error of that code and message; the end of one that is too long is left out.
    pub fn new(code: impl Into<ErrorCode>, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > MESSAGE_BYTES_MAX {
            message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX - CUT.len()));
            message.push_str(CUT);
        }
        Self { code: code.into(), message, cause: None, details: None, passed: None }
    }

    /// Whether the service upstream told it, of a failure of its own.
    pub fn is_of_upstreams_failure(&self) -> bool {
        self.passed.as_ref().is_some_and(|passed| passed.status >= 500)
    }

    /// A `ValidationException`.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Validation, message)
    }

    /// The refusal of an item above DynamoDB's 400 KB, alone or with its entries in local indexes.
    pub fn item_too_large() -> Self {
        Self::validation("Item size has exceeded the maximum allowed size")
    }

    /// A `ResourceNotFoundException` of a data operation, which names nothing.
    pub fn not_found() -> Self {
        Self::new(ErrorCode::ResourceNotFound, "Requested resource not found")
    }

    /// A `ResourceNotFoundException` of an operation on the table itself.
    pub fn table_not_found(name: &str) -> Self {
        let message = format!("Requested resource not found: Table: {name} not found");
        Self::new(ErrorCode::ResourceNotFound, message)
    }

    /// The exception of a table that is there already.
    pub fn table_exists(name: &str) -> Self {
        Self::new(ErrorCode::ResourceInUse, format!("Table already exists: {name}"))
    }

    /// A table cannot be restored or exported as it was at any time.
    pub fn no_point_in_time(name: &str) -> Self {
        let message = format!("Point in time recovery is not enabled for table '{name}'");
        Self::new(ControlCode::PointInTimeRecoveryUnavailable, message)
    }

    /// A `TableNotFoundException`, which operations on backups answer.
    pub fn backed_table_not_found(name: &str) -> Self {
        Self::new(ControlCode::TableNotFound, format!("Table not found: {name}"))
    }

    /// A `DuplicateItemException`.
    pub fn duplicate_item() -> Self {
        Self::new(ErrorCode::DuplicateItem, DUPLICATE_ITEM)
    }

    /// A `TransactionCanceledException` for these reasons, one for each element.
    pub fn cancelled(reasons: Vec<CancellationReason>) -> Self {
        let codes: Vec<&str> = reasons.iter().map(|reason| reason.code.name()).collect();
        let message = format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
            codes.join(", ")
        );
        let details = Some(Box::new(Details::Reasons(reasons)));
        Self { details, ..Self::new(ErrorCode::TransactionCanceled, message) }
    }

    /// An `InternalServerError`, whose cause is for the log alone.
    pub fn internal(cause: &dyn Error) -> Self {
        let mut text = cause.to_string();
        let mut deeper = cause.source();
        while let Some(error) = deeper {
            text = format!("{text}: {error}");
            deeper = error.source();
        }
        let told = Self::new(
            ErrorCode::InternalServerError,
            "The request processing has failed because of an unknown error, exception or failure.",
        );
        Self { cause: Some(text.into()), ..told }
    }
}

impl From<expr::Error> for ApiError {
    fn from(error: expr::Error) -> Self {
        Self::validation(error.to_string())
    }
}

impl From<expr::Fault> for ApiError {
    fn from(fault: expr::Fault) -> Self {
        expr::Error::from(fault).into()
    }
}

impl From<partiql::Error> for ApiError {
    fn from(error: partiql::Error) -> Self {
        Self::validation(error.to_string())
    }
}

impl From<NumberError> for ApiError {
    fn from(error: NumberError) -> Self {
        Self::validation(error.to_string())
    }
}

/// What is told of an item that a statement inserts though it is there.
pub(super) const DUPLICATE_ITEM: &str = "Duplicate primary key exists in table";
/// Beyond every message but those that show what a request names.
const MESSAGE_BYTES_MAX: usize = 32 * 1024;
const CUT: &str = "...";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_is_longer_than_anyone_reads() {
        let shown = "é".repeat(MESSAGE_BYTES_MAX);

        let unused = ApiError::from(expr::Fault::UnusedNames(vec![shown.clone()])).message;
        let number = ApiError::from(NumberError::NotANumber(shown)).message;

        assert!(unused.len() <= MESSAGE_BYTES_MAX && unused.ends_with("éé..."));
        assert!(number.len() <= MESSAGE_BYTES_MAX && number.ends_with("éé..."));
        let whole = "x".repeat(MESSAGE_BYTES_MAX);
        assert_eq!(ApiError::validation(whole.clone()).message, whole);
    }
}
