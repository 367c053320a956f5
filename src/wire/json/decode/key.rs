//! A key that stands by itself, as control of the cache is given it.

use super::super::scan::Scanner;
use super::super::types::Place;
use super::super::values::Values;
use crate::api::{ApiError, Key};

/// Reads the attributes of a key, or of a part of one.
pub fn key(json: &[u8]) -> Result<Key, ApiError> {
    let mut values = Values::default();
    let mut scan = Scanner::new(json)?;
    let key = values.attributes(&mut scan, Place::Member)?;
    scan.end()?;
    values.check()?;
    key.ok_or_else(|| ApiError::validation("a key has at least one attribute"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttributeValue;

    #[test]
    fn a_key_is_read_and_what_is_none_is_refused() {
        let read = key(br#" {"id": {"S": "7"}} "#);

        assert_eq!(read, Ok(vec![("id".to_owned(), AttributeValue::S("7".to_owned()))]));
        for json in ["", "7", "null", "[]", r#"{"id": "7"}"#, r#"{"id": {"S": 7}}"#, "{} {}"] {
            assert!(key(json.as_bytes()).is_err(), "{json}");
        }
    }
}
