//! Requests that carry out statements of PartiQL, and their answers.
//!
//! Must hold: a statement that is here passed every check that needs no table, those of its
//! operation too. A statement of a batch that did not is told by itself.
//! Not here: what statements are (`partiql/`).

use super::ApiError;
use super::digest::Digest;
use super::error::ErrorCode;
use super::item::{
    AnswerItem, CapacityDetail, Consistency, ConsumedCapacity, Key, OnConditionFailure,
};
use crate::model::AttributeValue;
use crate::partiql::{Error, Statement};

/// Carries out a statement.
#[derive(Debug)]
pub struct ExecuteStatement {
    /// The statement.
    pub statement: Statement,
    /// What tells its text and parameters from others.
    pub digest: u128,
    /// How fresh a read must be.
    pub consistency: Consistency,
    /// Where the page before ended.
    pub next: Option<String>,
    /// How many items are looked at, at most; at least one.
    pub limit: Option<usize>,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
    /// What is told of an item that a condition does not hold of.
    pub on_failure: OnConditionFailure,
}

/// Carries out up to 25 statements, each on its own.
#[derive(Debug)]
pub struct BatchExecuteStatement {
    /// The statements, or why they cannot be; all of them read, or none does.
    pub statements: Vec<Result<BatchStatement, ApiError>>,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
}

/// A statement of a [`BatchExecuteStatement`].
#[derive(Debug)]
pub struct BatchStatement {
    /// The statement.
    pub statement: Statement,
    /// How fresh a read must be.
    pub consistency: Consistency,
    /// What is told of an item that a condition does not hold of.
    pub on_failure: OnConditionFailure,
}

/// Carries out up to 100 statements, all or none.
#[derive(Debug)]
pub struct ExecuteTransaction {
    /// The statements; all of them read, or none does.
    pub statements: Vec<TransactStatement>,
    /// The client's word for this request, as that of a `TransactWriteItems`.
    pub token: Option<String>,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
}

/// A statement of an [`ExecuteTransaction`].
#[derive(Debug)]
pub struct TransactStatement {
    /// The statement.
    pub statement: Statement,
    /// What is told of an item that a condition does not hold of.
    pub on_failure: OnConditionFailure,
}

/// The answer to an [`ExecuteStatement`].
#[derive(Debug)]
pub struct ExecuteStatementOutput {
    /// What was found, or what a write returns.
    pub items: Vec<AnswerItem>,
    /// By what the next page is asked for, if this one ended before the read did.
    pub next: Option<String>,
    /// The key of the item that was looked at last, if the page ended at one.
    pub last: Option<Key>,
    /// The capacity, if asked for.
    pub capacity: Option<ConsumedCapacity>,
}

/// The answer to a [`BatchExecuteStatement`].
#[derive(Debug)]
pub struct BatchExecuteStatementOutput {
    /// What became of each statement, in the order of the request.
    pub responses: Vec<BatchStatementOutput>,
    /// The capacity of each table, if asked for.
    pub capacity: Vec<ConsumedCapacity>,
}

/// What became of a statement of a batch.
#[derive(Debug)]
pub struct BatchStatementOutput {
    /// The table as the statement names it, unless it was refused before it was looked at.
    pub table: Option<String>,
    /// What was found or is returned, or why the statement was refused.
    pub result: Result<Option<AnswerItem>, ApiError>,
}

/// The answer to an [`ExecuteTransaction`].
#[derive(Debug)]
pub struct ExecuteTransactionOutput {
    /// What each statement found; nothing of writes.
    pub responses: Vec<Option<AnswerItem>>,
    /// The capacity of each table, if asked for.
    pub capacity: Vec<ConsumedCapacity>,
}

impl ExecuteStatement {
    /// What tells a statement and its parameters from others.
    pub fn digest_of(text: &str, parameters: &[AttributeValue]) -> u128 {
        let mut digest = Digest::default();
        digest.text(text);
        digest.values("parameters", parameters, Digest::value);
        digest.end()
    }
}

impl BatchExecuteStatement {
    /// A batch of these statements, if they all read or all write.
    pub fn of(
        statements: Vec<Result<BatchStatement, ApiError>>,
        capacity: CapacityDetail,
    ) -> Result<Self, ApiError> {
        let written = statements.iter().flatten();
        if is_mixed(written.map(|one| &one.statement)) {
            return Err(ApiError::validation(
                "Read and write requests together in the same batch is not supported.",
            ));
        }
        Ok(Self { statements, capacity })
    }
}

impl ExecuteTransaction {
    /// Whether it only reads.
    pub fn is_read(&self) -> bool {
        self.statements.iter().all(|one| one.statement.is_read())
    }

    /// Refuses what no transaction may have.
    pub fn check(&self) -> Result<(), ApiError> {
        if is_mixed(self.statements.iter().map(|one| &one.statement)) {
            return Err(ApiError::validation(
                "ExecuteTransaction API does not support both read and write operations in the \
                 same request.",
            ));
        }
        for (at, TransactStatement { statement, .. }) in self.statements.iter().enumerate() {
            let refused = match statement {
                Statement::Select(select) | Statement::Exists(select) => {
                    let of_index = select.source.index.is_some();
                    of_index.then_some("Reads on indices are not supported within transactions.")
                }
                Statement::Update(change) => change.returning.map(|_| RETURNING),
                Statement::Delete(removal) => removal.returns_old.then_some(RETURNING),
                Statement::Insert(_) => None,
            };
            if let Some(sentence) = refused {
                return Err(in_transaction(at, &ApiError::validation(sentence)));
            }
        }
        Ok(())
    }
}

/// A fault of the statement at that place of a transaction, found before anything is carried out.
pub fn in_transaction(at: usize, error: &ApiError) -> ApiError {
    let message = &error.message;
    ApiError::validation(format!("Validation failed in TransactStatements[{at}]: {message}"))
}

impl ApiError {
    /// A fault of the statement at that place of a transaction; some kinds name no place.
    pub fn of_statement(at: usize, error: Error) -> Self {
        match error {
            error @ Error::TooDeep => error.into(),
            error => in_transaction(at, &error.into()),
        }
    }
}

/// The short form of an exception, by which a batch tells it.
pub fn batch_error_code(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Validation
        | ErrorCode::MemberConstraint
        | ErrorCode::Serialization
        | ErrorCode::UnknownOperation
        | ErrorCode::MissingAuthenticationToken
        | ErrorCode::IncompleteSignature
        | ErrorCode::InvalidSignature
        | ErrorCode::UnrecognizedClient
        | ErrorCode::ResourceInUse
        | ErrorCode::TransactionCanceled
        | ErrorCode::TransactionInProgress
        | ErrorCode::IdempotentParameterMismatch
        | ErrorCode::Control(_) => "ValidationError",
        ErrorCode::AccessDenied => "AccessDenied",
        ErrorCode::ResourceNotFound => "ResourceNotFound",
        ErrorCode::LimitExceeded => "RequestLimitExceeded",
        ErrorCode::ConditionalCheckFailed => "ConditionalCheckFailed",
        ErrorCode::DuplicateItem => "DuplicateItem",
        ErrorCode::ItemCollectionSizeLimitExceeded => "ItemCollectionSizeLimitExceeded",
        ErrorCode::TransactionConflict => "TransactionConflict",
        ErrorCode::Throttling => "ThrottlingError",
        ErrorCode::ProvisionedThroughputExceeded => "ProvisionedThroughputExceeded",
        ErrorCode::InternalServerError | ErrorCode::ServiceUnavailable => "InternalServerError",
    }
}

/// Whether some of these read and some do not.
fn is_mixed<'s>(mut statements: impl Iterator<Item = &'s Statement>) -> bool {
    let Some(first) = statements.next() else { return false };
    statements.any(|statement| statement.is_read() != first.is_read())
}

const RETURNING: &str = "RETURNING clause is not supported in ExecuteTransaction.";
