//! Requests of DAX as bytes, and what its clients send before them.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use hearth::api::{Operation, Request};
use hearth::clock::Clock;
use hearth::model::{KeyAttribute, KeyType, TableId, TableSchema};
use hearth::wire::dax::client::{self, Session};
use hearth::wire::json::{self, Wording};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::common::{ID, KEYS, item_id};
use crate::request::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, TABLE};

/// What a connection begins with: the preamble, and who the client is.
pub(crate) fn greeting() -> Vec<u8> {
    let now = UNIX_EPOCH + Duration::from_millis(Clock::system().unix_ms());
    let moment = OffsetDateTime::from(now);
    let day = format!("{}{:02}{:02}", moment.year(), u8::from(moment.month()), moment.day());
    let (hour, minute, second) = moment.time().as_hms();
    let date = format!("{day}T{hour:02}{minute:02}{second:02}Z");
    let canonical = format!(
        "POST\n/\n\nhost:dax.amazonaws.com\nx-amz-date:{date}\n\nhost;x-amz-date\n{}",
        hex(&Sha256::digest(b""))
    );
    let string_to_sign = format!(
        "AWS4-HMAC-SHA256\n{date}\n{day}/us-east-1/dax/aws4_request\n{}",
        hex(&Sha256::digest(canonical))
    );
    let key = generate_signing_key(SECRET_ACCESS_KEY, now, "us-east-1", "dax");
    let signature = calculate_signature(key, string_to_sign.as_bytes());
    let authorize = client::authorize(ACCESS_KEY_ID, &signature, &string_to_sign);
    [client::preamble("hearth-bench"), authorize].concat()
}

/// A getItem for each of the hot keys.
pub(crate) fn hot_gets() -> Vec<Vec<u8>> {
    (0..KEYS).map(get_item).collect()
}

/// The length of the answer to a getItem of an item that is there, once all of it has come.
pub(crate) fn found_length(answer: &[u8]) -> Option<usize> {
    if let [first, second, ..] = answer {
        assert_eq!([*first, *second], [0x80, 0xA1], "a server refused, or has no such item");
    }
    client::length(answer, 1).expect("an answer of DAX")
}

fn get_item(number: usize) -> Vec<u8> {
    let id = item_id(number);
    let body = format!(r#"{{"TableName":"{TABLE}","Key":{{"{ID}":{{"S":"{id}"}}}}}}"#);
    let get = json::decode(Operation::GetItem, body.as_bytes(), Wording::Classic);
    let get = get.expect("a request that the server would take");
    assert!(matches!(get, Request::GetItem(_)), "it was decoded as one");
    let hash = KeyAttribute { name: ID.to_owned(), kind: KeyType::S };
    let schema = TableSchema { table: TableId::new(1), hash, range: None, indexes: Vec::new() };
    let session = Session { schema: &|_| Some(&schema), id_of: &|_| None };
    client::request(&get, &session).expect("a get names no attributes")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all text");
        text
    })
}
