//! Says who a client is: a signature over a request that is never sent.
//!
//! Not here: how it is checked (`auth/sigv4/connection.rs`, where its form is drawn).

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::request::head;
use crate::wire::dax::Method;

/// The request that says who the client is, by an access key id and its secret, at that time in
/// milliseconds since 1970. It has no answer.
pub fn authorize((id, secret): (&str, &str), region: &str, unix_ms: u64) -> Vec<u8> {
    let now = UNIX_EPOCH + Duration::from_millis(unix_ms);
    let text = string_to_sign(OffsetDateTime::from(now), region);
    let key = generate_signing_key(secret, now, region, SERVICE);
    authorization(id, &calculate_signature(key, text.as_bytes()), &text)
}

/// The same with this signature of this text, right or wrong.
pub fn authorization(access_key_id: &str, signature: &str, string_to_sign: &str) -> Vec<u8> {
    let mut writer = head(Method::AuthorizeConnection);
    writer.text(access_key_id);
    writer.text(signature);
    writer.bytes(string_to_sign.as_bytes());
    writer.null();
    writer.null();
    writer.finish()
}

fn string_to_sign(moment: OffsetDateTime, region: &str) -> String {
    let (hour, minute, second) = moment.time().as_hms();
    let day = format!("{:04}{:02}{:02}", moment.year(), u8::from(moment.month()), moment.day());
    let date = format!("{day}T{hour:02}{minute:02}{second:02}Z");
    let canonical = format!(
        "POST\n/\n\nhost:{HOST}\nx-amz-date:{date}\n\nhost;x-amz-date\n{}",
        sha256_hex(b"")
    );
    format!(
        "AWS4-HMAC-SHA256\n{date}\n{day}/{region}/{SERVICE}/aws4_request\n{}",
        sha256_hex(canonical.as_bytes())
    )
}

fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes all that is written");
        text
    })
}

/// What clients sign as the host, whichever they connect to.
const HOST: &str = "dax.amazonaws.com";
const SERVICE: &str = "dax";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_says_when_where_and_for_which_service() {
        let moment = OffsetDateTime::from_unix_timestamp(1_700_000_000).expect("a moment");

        let text = string_to_sign(moment, "eu-west-1");

        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..3],
            ["AWS4-HMAC-SHA256", "20231114T221320Z", "20231114/eu-west-1/dax/aws4_request"]
        );
        assert_eq!(lines[3].len(), 64);
    }
}
