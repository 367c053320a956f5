//! Requests that go upstream as they came, and what is overheard of them.
//!
//! Must hold: requests for data are never among them, under whatever version of the API they come;
//! those whose operation hearth does not know count as writes past it.

use std::time::Duration;

use bytes::Bytes;

use super::Through;
use crate::api::{ApiError, ErrorCode, Operation};
use crate::engine::upstream::{Learned, Unanswered};
use crate::metrics::{Outcome, Protocol, Source};
use crate::proxy::Proxy;
use crate::proxy::counted::{Counted, outcome_of};

impl Proxy {
    /// Whether requests of this operation, if it is one that is known, go upstream as they came.
    pub fn passes(&self, operation: Option<Operation>) -> bool {
        // Clients that look for endpoints would go past hearth to those of the service.
        let is_own =
            |operation| is_for_data(operation) || operation == Operation::DescribeEndpoints;
        self.through.is_some() && !operation.is_some_and(is_own)
    }

    /// Passes a request on whose target this is; the answer is the service's.
    pub async fn pass(
        &self,
        operation: Option<Operation>,
        target: &str,
        body: Bytes,
        began: Duration,
    ) -> Result<Bytes, ApiError> {
        let Some(through) = self.through.as_ref().filter(|_| !names_data(target)) else {
            return Err(ApiError::new(ErrorCode::UnknownOperation, ""));
        };
        let answer = through.upstream.pass(target, body).await;
        let answer = answer.map_err(|Unanswered { error, .. }| ApiError::from(error));
        let outcome = answer.as_ref().map_or_else(outcome_of, |_| Outcome::Ok);
        if let Some(operation) = operation {
            let counted = Counted { operation, protocol: Protocol::Http, source: Source::Engine };
            self.count(&self.no_table, counted, outcome, began);
            if let Ok(answer) = &answer {
                self.overhear(through, operation, answer);
            }
        }
        answer
    }

    /// Takes what an answer says of a table.
    fn overhear(&self, through: &Through, operation: Operation, answer: &[u8]) {
        let learned = match operation {
            Operation::DeleteTable | Operation::DescribeTable | Operation::UpdateTable => {
                through.upstream.overhear(answer)
            }
            Operation::CreateTable
            | Operation::RestoreTableFromBackup
            | Operation::RestoreTableToPointInTime => through.upstream.overhear_made(answer),
            _ => Learned::Nothing,
        };
        self.learned(learned);
    }
}

/// Whether the operation is one for data, of whatever version of the API or other service: the
/// service might carry it out all the same.
fn names_data(target: &str) -> bool {
    let name = target.rsplit('.').next().unwrap_or_default();
    let is_named = |operation: &Operation| operation.name().eq_ignore_ascii_case(name);
    Operation::ALL.into_iter().any(|operation| is_for_data(operation) && is_named(&operation))
}

/// Whether the requests of an operation are typed, so that they go through cache and fence.
fn is_for_data(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::GetItem
            | Operation::PutItem
            | Operation::DeleteItem
            | Operation::UpdateItem
            | Operation::Query
            | Operation::Scan
            | Operation::BatchGetItem
            | Operation::BatchWriteItem
            | Operation::TransactGetItems
            | Operation::TransactWriteItems
            | Operation::ExecuteStatement
            | Operation::BatchExecuteStatement
            | Operation::ExecuteTransaction
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_for_data_are_known_under_any_version_and_service() {
        for target in [
            "DynamoDB_20111205.PutItem",
            "DynamoDBStreams_20120810.PutItem",
            "DynamoDB_20111205.BatchGetItem",
            "PutItem",
            "a.b.putitem",
        ] {
            assert!(names_data(target), "{target}");
        }
        for target in ["DynamoDB_20120810.DescribeTable", "DynamoDB_20120810.PutItems", "", "."] {
            assert!(!names_data(target), "{target}");
        }
    }
}
