//! Reads refusals.
//!
//! Must hold: whoever speaks JSON is told what was told here, word for word; what else is read is for
//! those who do not, and for hearth itself.
//! Not here: which refusals may be tried again (`engine/upstream/`).

use bytes::Bytes;

use super::super::error::exception;
use super::reader::{Fault, Reader, read_members};
use crate::api::{
    ApiError, CancellationReason, ControlCode, Details, ErrorCode, Passed, ReasonCode,
};
use crate::model::ItemBytes;

/// The refusal that an answer of that status is, whose exception is of that kind: its name without
/// what stands before `#`.
///
/// A kind that is not known counts as what its status says. A body that is no answer of this
/// protocol, as that of a gateway, is not passed on.
pub fn decode_error(status: u16, kind: &str, body: &Bytes) -> ApiError {
    let known = code_of(kind);
    let code = known.unwrap_or_else(|| code_of_status(status));
    let read = read_members(body, Members::read);
    // Details that cannot be read are no reason to keep the refusal from who can.
    let read = read.or_else(|_| read_members(body, Members::read_message));
    let Members { message, item, reasons } = match (read, known) {
        (Ok(members), _) => members,
        (Err(_), Some(_)) => Members::default(),
        (Err(_), None) => return ApiError::new(code, format!("HTTP status {status}")),
    };
    let details = match (reasons, item) {
        (Some(reasons), _) => Some(Details::Reasons(reasons)),
        (None, Some(item)) => Some(Details::Item(item)),
        (None, None) => None,
    };
    let passed = Some(Box::new(Passed { status, body: body.clone() }));
    let told = ApiError::new(code, message.unwrap_or_default());
    ApiError { details: details.map(Box::new), passed, ..told }
}

#[derive(Default)]
struct Members {
    message: Option<String>,
    item: Option<ItemBytes>,
    reasons: Option<Vec<CancellationReason>>,
}

impl Members {
    fn read(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match name {
            "message" | "Message" => self.message = reader.owned_text()?,
            "Item" => self.item = reader.item()?,
            "CancellationReasons" => self.reasons = reader.list(reason)?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    /// The message alone.
    fn read_message(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match name {
            "message" | "Message" => self.message = reader.owned_text()?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}

fn reason(reader: &mut Reader<'_>) -> Result<CancellationReason, Fault> {
    let mut reason = CancellationReason::none();
    reader.members(|reader, name| {
        match name {
            "Code" => {
                reason.code = reader.text()?.map_or(ReasonCode::None, |code| reason_of(&code));
            }
            "Message" => reason.message = reader.owned_text()?.unwrap_or_default(),
            "Item" => reason.item = reader.item()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(reason)
}

/// A word that is not known says that something is wrong, and no more.
fn reason_of(word: &str) -> ReasonCode {
    let known = ReasonCode::ALL.into_iter().find(|code| code.name() == word);
    known.unwrap_or(ReasonCode::ValidationError)
}

fn code_of(kind: &str) -> Option<ErrorCode> {
    let named = |code: &ErrorCode| exception(*code).rsplit('#').next() == Some(kind);
    KNOWN.into_iter().find(named).or(match kind {
        "RequestLimitExceeded" => Some(ErrorCode::Throttling),
        "InternalFailure" | "InternalServerErrorException" => Some(ErrorCode::InternalServerError),
        "ServiceUnavailableException" => Some(ErrorCode::ServiceUnavailable),
        "MissingAuthenticationToken" => Some(ErrorCode::MissingAuthenticationToken),
        "ExpiredTokenException" => Some(ErrorCode::UnrecognizedClient),
        _ => None,
    })
}

fn code_of_status(status: u16) -> ErrorCode {
    match status {
        503 => ErrorCode::ServiceUnavailable,
        500.. => ErrorCode::InternalServerError,
        _ => ErrorCode::Validation,
    }
}

/// Of two codes of one exception the first counts.
const KNOWN: [ErrorCode; 36] = [
    ErrorCode::Validation,
    ErrorCode::MemberConstraint,
    ErrorCode::Serialization,
    ErrorCode::UnknownOperation,
    ErrorCode::MissingAuthenticationToken,
    ErrorCode::IncompleteSignature,
    ErrorCode::InvalidSignature,
    ErrorCode::UnrecognizedClient,
    ErrorCode::AccessDenied,
    ErrorCode::ResourceNotFound,
    ErrorCode::ResourceInUse,
    ErrorCode::LimitExceeded,
    ErrorCode::ConditionalCheckFailed,
    ErrorCode::DuplicateItem,
    ErrorCode::ItemCollectionSizeLimitExceeded,
    ErrorCode::TransactionCanceled,
    ErrorCode::TransactionInProgress,
    ErrorCode::TransactionConflict,
    ErrorCode::IdempotentParameterMismatch,
    ErrorCode::Throttling,
    ErrorCode::ProvisionedThroughputExceeded,
    ErrorCode::InternalServerError,
    ErrorCode::ServiceUnavailable,
    ErrorCode::Control(ControlCode::TrimmedDataAccess),
    ErrorCode::Control(ControlCode::ExpiredIterator),
    ErrorCode::Control(ControlCode::TableNotFound),
    ErrorCode::Control(ControlCode::TableAlreadyExists),
    ErrorCode::Control(ControlCode::TableInUse),
    ErrorCode::Control(ControlCode::BackupNotFound),
    ErrorCode::Control(ControlCode::BackupInUse),
    ErrorCode::Control(ControlCode::ContinuousBackupsUnavailable),
    ErrorCode::Control(ControlCode::PointInTimeRecoveryUnavailable),
    ErrorCode::Control(ControlCode::ExportNotFound),
    ErrorCode::Control(ControlCode::ImportNotFound),
    ErrorCode::Control(ControlCode::GlobalTableNotFound),
    ErrorCode::Control(ControlCode::PolicyNotFound),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, Item};
    use crate::wire::json::encode_error;

    #[test]
    fn every_code_is_read_back_and_passed_on_as_it_came() {
        for code in KNOWN {
            let (status, answer) = encode_error(&ApiError::new(code, "why"));
            let kind = exception(code).rsplit('#').next().expect("a name");

            let read = decode_error(status, kind, &answer.body);

            let expected =
                if code == ErrorCode::MemberConstraint { ErrorCode::Validation } else { code };
            assert_eq!((read.code, &*read.message), (expected, "why"));
            let (passed_status, passed) = encode_error(&read);
            assert_eq!((passed_status, &passed.body), (status, &answer.body));
            assert_eq!(passed.crc32, answer.crc32);
        }
    }

    #[test]
    fn items_and_reasons_are_read_too() {
        let item = Item::from([("a", AttributeValue::S("x".into()))]).encode().item();
        let failed = ApiError {
            details: Some(Box::new(Details::Item(item.clone()))),
            ..ApiError::new(ErrorCode::ConditionalCheckFailed, "The conditional request failed")
        };
        let reasons = ReasonCode::ALL.map(|code| CancellationReason {
            code,
            message: if code == ReasonCode::None { String::new() } else { "m".into() },
            item: (code == ReasonCode::ConditionalCheckFailed).then(|| item.clone()),
        });
        for error in [failed, ApiError::cancelled(reasons.into())] {
            let (status, answer) = encode_error(&error);
            let kind = exception(error.code).rsplit('#').next().expect("a name");

            let read = decode_error(status, kind, &answer.body);

            assert!(read.passed.is_some());
            assert_eq!(ApiError { passed: None, ..read }, error);
        }
    }

    #[test]
    fn a_refusal_of_a_known_kind_is_passed_on_whatever_else_it_says() {
        for (body, message) in [
            (r#"{"message":"failed","Item":{"a":{"Odd":1}}}"#, "failed"),
            (r#"{"message":"failed","CancellationReasons":[{"Code":3}]}"#, "failed"),
            (r#"{"message":["odd"]}"#, ""),
        ] {
            let body = Bytes::from_static(body.as_bytes());

            let read = decode_error(400, "ConditionalCheckFailedException", &body);

            let told = (read.code, &*read.message, read.details.is_none());
            assert_eq!(told, (ErrorCode::ConditionalCheckFailed, message, true));
            assert_eq!(read.passed.expect("it is passed on").body, body);
        }
    }

    #[test]
    fn what_is_not_known_counts_as_its_status_says() {
        let body = Bytes::from_static(b"{\"__type\":\"x#OddException\",\"message\":\"odd\"}");
        for (status, code) in [
            (400, ErrorCode::Validation),
            (413, ErrorCode::Validation),
            (500, ErrorCode::InternalServerError),
            (502, ErrorCode::InternalServerError),
            (503, ErrorCode::ServiceUnavailable),
        ] {
            let read = decode_error(status, "OddException", &body);
            assert_eq!((read.code, &*read.message), (code, "odd"));
            assert_eq!(encode_error(&read).0, status);
        }
        let gateway = decode_error(502, "", &Bytes::from_static(b"<html>Bad Gateway</html>"));
        assert_eq!(gateway.code, ErrorCode::InternalServerError);
        assert_eq!((&*gateway.message, gateway.passed), ("HTTP status 502", None));
        let odd = Bytes::from_static(b"{\"CancellationReasons\":[{\"Code\":\"Odd\"},{}]}");
        let read = decode_error(400, "TransactionCanceledException", &odd);
        let Some(Details::Reasons(reasons)) = read.details.as_deref() else { panic!("{read:?}") };
        let codes: Vec<_> = reasons.iter().map(|reason| reason.code).collect();
        assert_eq!(codes, [ReasonCode::ValidationError, ReasonCode::None]);
    }
}
