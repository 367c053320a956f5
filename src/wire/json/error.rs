//! Writes refusals.

use super::encode::write::{Separator, list, text};
use super::encode::{item_bytes, written};
use crate::api::{
    ApiError, CancellationReason, ControlCode, Details, ErrorCode, Passed, ThrottlingReason,
};
use crate::model::Answer;

/// The HTTP status and the body of a refusal.
pub fn encode_error(error: &ApiError) -> (u16, Answer) {
    if let Some(Passed { status, body }) = error.passed.as_deref() {
        return (*status, Answer { body: body.clone(), crc32: crc32fast::hash(body) });
    }
    let answer = written(|out| {
        let mut separator = Separator::start();
        out.push(b'{');
        separator.name(out, "__type");
        text(out, exception(error.code));
        if !error.message.is_empty() {
            separator.name(out, message_member(error.code));
            text(out, &error.message);
        }
        match error.details.as_deref() {
            Some(Details::Item(item)) => {
                separator.name(out, "Item");
                item_bytes(out, item);
            }
            Some(Details::Reasons(reasons)) => {
                separator.name(out, "CancellationReasons");
                list(out, reasons, reason);
            }
            Some(Details::Throttled(reasons)) => {
                separator.name(out, throttling_member(error.code));
                list(out, reasons, throttling_reason);
            }
            None => {}
        }
        out.push(b'}');
    });
    (status(error.code), answer)
}

fn reason(out: &mut Vec<u8>, reason: &CancellationReason) {
    let mut separator = Separator::start();
    out.push(b'{');
    separator.name(out, "Code");
    text(out, reason.code.name());
    if !reason.message.is_empty() {
        separator.name(out, "Message");
        text(out, &reason.message);
    }
    if let Some(item) = &reason.item {
        separator.name(out, "Item");
        item_bytes(out, item);
    }
    out.push(b'}');
}

fn throttling_reason(out: &mut Vec<u8>, reason: &ThrottlingReason) {
    let mut separator = Separator::start();
    out.push(b'{');
    separator.name(out, "reason");
    text(out, &reason.name());
    separator.name(out, "resource");
    text(out, &reason.resource);
    out.push(b'}');
}

fn status(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::InternalServerError => 500,
        ErrorCode::ServiceUnavailable => 503,
        ErrorCode::Validation
        | ErrorCode::MemberConstraint
        | ErrorCode::Serialization
        | ErrorCode::UnknownOperation
        | ErrorCode::MissingAuthenticationToken
        | ErrorCode::IncompleteSignature
        | ErrorCode::InvalidSignature
        | ErrorCode::UnrecognizedClient
        | ErrorCode::AccessDenied
        | ErrorCode::ResourceNotFound
        | ErrorCode::ResourceInUse
        | ErrorCode::LimitExceeded
        | ErrorCode::ConditionalCheckFailed
        | ErrorCode::DuplicateItem
        | ErrorCode::ItemCollectionSizeLimitExceeded
        | ErrorCode::TransactionCanceled
        | ErrorCode::TransactionInProgress
        | ErrorCode::TransactionConflict
        | ErrorCode::IdempotentParameterMismatch
        | ErrorCode::Control(_)
        | ErrorCode::Throttling
        | ErrorCode::ProvisionedThroughputExceeded => 400,
    }
}

/// The exception with the layer of the service that it comes from; clients read what is behind `#`.
pub(super) fn exception(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Validation | ErrorCode::MemberConstraint => {
            "com.amazon.coral.validate#ValidationException"
        }
        ErrorCode::Serialization => "com.amazon.coral.service#SerializationException",
        ErrorCode::UnknownOperation => "com.amazon.coral.service#UnknownOperationException",
        ErrorCode::MissingAuthenticationToken => {
            "com.amazon.coral.service#MissingAuthenticationTokenException"
        }
        ErrorCode::IncompleteSignature => "com.amazon.coral.service#IncompleteSignatureException",
        ErrorCode::InvalidSignature => "com.amazon.coral.service#InvalidSignatureException",
        ErrorCode::UnrecognizedClient => "com.amazon.coral.service#UnrecognizedClientException",
        ErrorCode::AccessDenied => "com.amazon.coral.service#AccessDeniedException",
        ErrorCode::ServiceUnavailable => "com.amazon.coral.service#ServiceUnavailable",
        ErrorCode::ResourceNotFound => "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        ErrorCode::ResourceInUse => "com.amazonaws.dynamodb.v20120810#ResourceInUseException",
        ErrorCode::LimitExceeded => "com.amazonaws.dynamodb.v20120810#LimitExceededException",
        ErrorCode::ConditionalCheckFailed => {
            "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
        }
        ErrorCode::DuplicateItem => "com.amazonaws.dynamodb.v20120810#DuplicateItemException",
        ErrorCode::ItemCollectionSizeLimitExceeded => {
            "com.amazonaws.dynamodb.v20120810#ItemCollectionSizeLimitExceededException"
        }
        ErrorCode::TransactionCanceled => {
            "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
        }
        ErrorCode::TransactionInProgress => {
            "com.amazonaws.dynamodb.v20120810#TransactionInProgressException"
        }
        ErrorCode::TransactionConflict => {
            "com.amazonaws.dynamodb.v20120810#TransactionConflictException"
        }
        ErrorCode::IdempotentParameterMismatch => {
            "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException"
        }
        ErrorCode::Control(code) => control_exception(code),
        ErrorCode::Throttling => "com.amazonaws.dynamodb.v20120810#ThrottlingException",
        ErrorCode::ProvisionedThroughputExceeded => {
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
        }
        ErrorCode::InternalServerError => "com.amazonaws.dynamodb.v20120810#InternalServerError",
    }
}

fn control_exception(code: ControlCode) -> &'static str {
    match code {
        ControlCode::TrimmedDataAccess => {
            "com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException"
        }
        ControlCode::ExpiredIterator => "com.amazonaws.dynamodb.v20120810#ExpiredIteratorException",
        ControlCode::TableNotFound => "com.amazonaws.dynamodb.v20120810#TableNotFoundException",
        ControlCode::TableAlreadyExists => {
            "com.amazonaws.dynamodb.v20120810#TableAlreadyExistsException"
        }
        ControlCode::TableInUse => "com.amazonaws.dynamodb.v20120810#TableInUseException",
        ControlCode::BackupNotFound => "com.amazonaws.dynamodb.v20120810#BackupNotFoundException",
        ControlCode::BackupInUse => "com.amazonaws.dynamodb.v20120810#BackupInUseException",
        ControlCode::ContinuousBackupsUnavailable => {
            "com.amazonaws.dynamodb.v20120810#ContinuousBackupsUnavailableException"
        }
        ControlCode::PointInTimeRecoveryUnavailable => {
            "com.amazonaws.dynamodb.v20120810#PointInTimeRecoveryUnavailableException"
        }
        ControlCode::ExportNotFound => "com.amazonaws.dynamodb.v20120810#ExportNotFoundException",
        ControlCode::ImportNotFound => "com.amazonaws.dynamodb.v20120810#ImportNotFoundException",
        ControlCode::GlobalTableNotFound => {
            "com.amazonaws.dynamodb.v20120810#GlobalTableNotFoundException"
        }
        ControlCode::PolicyNotFound => "com.amazonaws.dynamodb.v20120810#PolicyNotFoundException",
    }
}

/// The service writes this member with a capital here and there; not all clients accept both.
fn message_member(code: ErrorCode) -> &'static str {
    let has_capital = matches!(
        code,
        ErrorCode::Serialization
            | ErrorCode::TransactionCanceled
            | ErrorCode::TransactionInProgress
            | ErrorCode::IdempotentParameterMismatch
    );
    if has_capital { "Message" } else { "message" }
}

/// The model spells the member of one exception with a small letter.
fn throttling_member(code: ErrorCode) -> &'static str {
    if code == ErrorCode::Throttling { "throttlingReasons" } else { "ThrottlingReasons" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{CapacityKind, CapacityLimit};

    fn body(error: &ApiError) -> (u16, String) {
        let (status, answer) = encode_error(error);
        assert_eq!(answer.crc32, crc32fast::hash(&answer.body));
        (status, String::from_utf8(answer.body.to_vec()).expect("utf-8"))
    }

    #[test]
    fn reasons_of_throttling_are_spelled_as_the_model_spells_them() {
        let throttled = |limit| {
            let resource = "arn:t/index/glo".to_owned();
            let (is_index, kind) = (true, CapacityKind::Read);
            ApiError::throttled(vec![ThrottlingReason { is_index, kind, limit, resource }])
        };

        let (_, provisioned) = body(&throttled(CapacityLimit::Provisioned));
        let (status, on_demand) = body(&throttled(CapacityLimit::OnDemandMaximum));

        assert!(provisioned.contains("#ProvisionedThroughputExceededException\""), "{provisioned}");
        let reasons = "\"ThrottlingReasons\":[{\"reason\":\
                       \"IndexReadProvisionedThroughputExceeded\",\"resource\":\
                       \"arn:t/index/glo\"}]}";
        assert!(provisioned.ends_with(reasons), "{provisioned}");
        assert_eq!(status, 400);
        assert_eq!(
            on_demand,
            "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\",\"message\":\
             \"Throughput exceeds the maximum OnDemandThroughput configured on table or index\",\
             \"throttlingReasons\":[{\"reason\":\"IndexReadMaxOnDemandThroughputExceeded\",\
             \"resource\":\"arn:t/index/glo\"}]}"
        );
    }

    #[test]
    fn refusals_have_dynamodbs_shape() {
        let cases = [
            (
                ApiError::validation("no \"x\""),
                400,
                r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"no \"x\""}"#,
            ),
            (
                ApiError::new(ErrorCode::Serialization, ""),
                400,
                r#"{"__type":"com.amazon.coral.service#SerializationException"}"#,
            ),
            (
                ApiError::new(ErrorCode::Serialization, "Unexpected field type"),
                400,
                "{\"__type\":\"com.amazon.coral.service#SerializationException\",\
                 \"Message\":\"Unexpected field type\"}",
            ),
            (
                ApiError::not_found(),
                400,
                "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\",\
                 \"message\":\"Requested resource not found\"}",
            ),
            (
                ApiError::new(ErrorCode::ServiceUnavailable, "full"),
                503,
                r#"{"__type":"com.amazon.coral.service#ServiceUnavailable","message":"full"}"#,
            ),
        ];
        for (error, status, expected) in cases {
            assert_eq!(body(&error), (status, expected.to_owned()));
        }
        assert_eq!(body(&ApiError::internal(&std::fmt::Error)).0, 500);
    }
}
