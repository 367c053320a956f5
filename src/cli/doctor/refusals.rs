//! What an endpoint that is understood refuses, in words.
//!
//! Must hold: each fix is something that whoever reads it can do.
//! Not here: endpoints that are not reached or not understood (`words.rs`).

use serde_json::Value;

use super::chart::Ill;
use super::examine::Visit;
use super::words::{CLOCKS, ill};
use crate::load::probe::Refusal;

/// The signature was not taken, if that is why.
pub(super) fn signature(refusal: &Refusal, visit: &Visit) -> Option<Ill> {
    let Refusal { code, message } = refusal;
    let Visit { access_key_id, region, .. } = visit;
    Some(match code.as_str() {
        "UnrecognizedClientException" => ill(
            format!("the server knows no access key id {access_key_id}, or takes no session token"),
            "Add it to the file of auth.credentials and send hearth SIGHUP, or name other \
             credentials with --credentials or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ),
        "InvalidSignatureException" if message.contains("valid region") => ill(
            format!("the signature is for the region {region}, and the server is of another"),
            "Set the region of your client (here --region or AWS_REGION) to that of auth.region, \
             which is us-east-1 unless it was set",
        ),
        "InvalidSignatureException" if message.starts_with("Signature ") => {
            ill(format!("the clocks are too far apart: {message}"), CLOCKS)
        }
        "InvalidSignatureException" if message.contains("does not match") => ill(
            format!("the secret access key is not the one that the server has for {access_key_id}"),
            "Correct the secret: AWS_SECRET_ACCESS_KEY or the file of --credentials here, \
             secret_access_key in the file of auth.credentials there; a proxy in between must \
             leave Host as it is",
        ),
        "InvalidSignatureException"
        | "IncompleteSignatureException"
        | "MissingAuthenticationTokenException" => ill(
            format!("the signature was not taken: {message}"),
            "Look for a proxy in between that changes headers",
        ),
        _ => return None,
    })
}

/// There is no such table.
pub(super) fn no_table(refusal: &Refusal, table: &str, visit: &Visit) -> Ill {
    if refusal.code == "ResourceNotFoundException" {
        return ill(
            format!("there is no table {table:?}"),
            "Correct the name (upper and lower case count), or make the table; DAX makes none, \
             HTTP does",
        );
    }
    refused(refusal, "the description of the table", visit)
}

/// Something was asked for that was not done.
pub(super) fn refused(refusal: &Refusal, what: &str, visit: &Visit) -> Ill {
    let Refusal { code, message } = refusal;
    let fix = match code.as_str() {
        "AccessDeniedException" => {
            format!("Allow it to {}, or take other credentials", visit.access_key_id)
        }
        "ThrottlingException" | "ProvisionedThroughputExceededException" => {
            "Try again when there is less to do; hearth_requests_refused_total and the writer's \
             queue say what is full"
                .to_owned()
        }
        "InternalServerError" => "Look into the log of the server".to_owned(),
        _ => "Look into the log of the server, and try again".to_owned(),
    };
    ill(format!("{what} was refused: {code}: {message}"), fix)
}

/// What was written was not what was read.
pub(super) fn not_read_back() -> Ill {
    ill(
        "what was written was not read back as it was",
        "Look for something that changes the table by itself; if there is nothing, report it",
    )
}

/// The item of ours could not be deleted.
pub(super) fn left(refusal: &Refusal, table: &str, key: &Value) -> Ill {
    let Refusal { code, message } = refusal;
    ill(
        format!("the deletion was refused: {code}: {message}"),
        format!("Delete the item {key} of the table {table:?} yourself"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit() -> Visit {
        Visit {
            url: "http://127.0.0.1:8000".to_owned(),
            access_key_id: "AKID".to_owned(),
            region: "eu-west-1".to_owned(),
            table: None,
        }
    }

    #[test]
    fn refused_signatures_say_what_is_wrong_with_them() {
        let refusal = |code: &str, message: &str| Refusal {
            code: code.to_owned(),
            message: message.to_owned(),
        };
        for (message, says) in [
            ("Signature expired: 1 is now earlier than 2 (3 - 15 min.)", "clocks"),
            ("Signature not yet current: 3 is still later than 2", "clocks"),
            ("Credential should be scoped to a valid region, not 'eu-west-1'.", "eu-west-1"),
            ("The request signature we calculated does not match the signature", "secret"),
            ("'Host' or ':authority' must be a 'SignedHeader'", "SignedHeader"),
        ] {
            let ill = signature(&refusal("InvalidSignatureException", message), &visit());
            let cause = ill.map(|ill| ill.cause).unwrap_or_default();
            assert!(cause.contains(says), "{message}: {cause}");
        }
        let unknown = signature(&refusal("UnrecognizedClientException", ""), &visit());
        assert!(unknown.is_some_and(|ill| ill.cause.contains("AKID")));
        assert!(signature(&refusal("ResourceNotFoundException", ""), &visit()).is_none());
    }
}
