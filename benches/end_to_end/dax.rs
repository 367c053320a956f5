//! Requests of DAX as bytes, and what its clients send before them.

use hearth::api::{Operation, Request};
use hearth::clock::Clock;
use hearth::model::{KeyAttribute, KeyType, TableId, TableSchema};
use hearth::wire::dax::client::{self, Session};
use hearth::wire::json::{self, Wording};

use crate::common::{ID, KEYS, item_id};
use crate::request::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, TABLE};

/// What a connection begins with: the preamble, and who the client is.
pub(crate) fn greeting() -> Vec<u8> {
    let credential = (ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    let authorize = client::authorize(credential, "us-east-1", Clock::system().unix_ms());
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
