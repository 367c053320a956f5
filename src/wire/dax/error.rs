//! Writes refusals.
//!
//!     [code, code ...] | message | [request id, exception, HTTP status]
//!                                  [..., [code, message, item] of each element, flat]
//!
//! Clients look the exception up by all of the codes, and repeat a request or not by the first.
//!
//! Must hold: whoever gets a refusal of a write of unknown fate is not led to repeat it blindly.

use super::cbor::Writer;
use crate::api::{ApiError, ErrorCode};

/// The bytes of a refusal.
pub fn encode_error(error: &ApiError, request_id: &str) -> Vec<u8> {
    begin_refusal(error, request_id, 3).finish()
}

/// A refusal up to its third detail, of so many.
pub(super) fn begin_refusal(error: &ApiError, request_id: &str, details: usize) -> Writer {
    let (codes, exception, status) = refusal(error.code);
    let mut writer = Writer::with_capacity(ERROR_BYTES + error.message.len());
    writer.array(codes.len());
    for code in codes {
        writer.unsigned(*code);
    }
    writer.text(&error.message);
    writer.array(details);
    writer.text(request_id);
    writer.text(exception);
    writer.unsigned(status);
    writer
}

/// The codes of an exception, its name and its HTTP status.
fn refusal(code: ErrorCode) -> (&'static [u64], &'static str, u64) {
    match code {
        ErrorCode::Validation
        | ErrorCode::MemberConstraint
        | ErrorCode::Serialization
        | ErrorCode::UnknownOperation
        // Of streams, statements and other operations that have no form in DAX.
        | ErrorCode::Control(_)
        | ErrorCode::DuplicateItem => (&[4, 37, 38, 39, 46], "ValidationException", 400),
        ErrorCode::MissingAuthenticationToken | ErrorCode::IncompleteSignature => {
            (&[4, 23, 31, 33], "MissingAuthenticationTokenException", 400)
        }
        ErrorCode::InvalidSignature => (&[4, 23, 31, 32], "InvalidSignatureException", 400),
        ErrorCode::UnrecognizedClient => (&[4, 23, 31, 32], "UnrecognizedClientException", 400),
        ErrorCode::AccessDenied => (&[4, 37, 38, 42], "AccessDeniedException", 400),
        ErrorCode::ResourceNotFound => (&[4, 37, 38, 39, 41], "ResourceNotFoundException", 400),
        ErrorCode::ResourceInUse => (&[4, 37, 38, 39, 45], "ResourceInUseException", 400),
        ErrorCode::LimitExceeded => (&[4, 37, 38, 39, 49], "LimitExceededException", 400),
        ErrorCode::ConditionalCheckFailed => {
            (&[4, 37, 38, 39, 43], "ConditionalCheckFailedException", 400)
        }
        ErrorCode::ItemCollectionSizeLimitExceeded => {
            (&[4, 37, 38, 39, 48], "ItemCollectionSizeLimitExceededException", 400)
        }
        ErrorCode::TransactionCanceled => {
            (&[4, 37, 38, 39, 58], "TransactionCanceledException", 400)
        }
        ErrorCode::TransactionInProgress => {
            (&[4, 37, 38, 39, 59], "TransactionInProgressException", 400)
        }
        ErrorCode::TransactionConflict => {
            (&[4, 37, 38, 39, 57], "TransactionConflictException", 400)
        }
        ErrorCode::IdempotentParameterMismatch => {
            (&[4, 37, 38, 39, 60], "IdempotentParameterMismatchException", 400)
        }
        ErrorCode::Throttling | ErrorCode::ServiceUnavailable => {
            (&[4, 37, 38, 39, 50], "ThrottlingException", 400)
        }
        ErrorCode::ProvisionedThroughputExceeded => {
            (&[4, 37, 38, 39, 40], "ProvisionedThroughputExceededException", 400)
        }
        ErrorCode::InternalServerError => {
            (&[4, 37, 38, 39, 47], "InternalServerErrorException", 500)
        }
    }
}

const ERROR_BYTES: usize = 128;
