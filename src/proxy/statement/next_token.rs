//! `NextToken`: where a page of a statement ended.
//!
//!     base64 of   version (1) | request (16) | part (4) | key of the last item | checksum (16)
//!
//! *Request* is the digest of the statement's text, its parameters and its table, *part* counts the
//! parts that the statement reads, and the key is an item of the attributes that an
//! `ExclusiveStartKey` has, or nothing if the part is read from its beginning.
//!
//! A token is good for as long as its table is there, whatever process made it: it has no secret,
//! since it says nothing that a client could not say by an `ExclusiveStartKey`, and its key is held
//! against the schema as that is.
//!
//! Must hold: bytes that are no token made here, or damaged, are refused and never a panic.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xxhash_rust::xxh3::xxh3_128;

use crate::api::{ApiError, Key};
use crate::model::{ItemRef, TableId, encode_attributes};

/// Where a page ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NextToken {
    /// Which of the parts that the statement reads.
    pub(super) part: usize,
    /// Behind which item of that.
    pub(super) last: Option<Key>,
}

/// What a token is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// The digest of the statement.
    pub(super) digest: u128,
    /// The table.
    pub(super) table: TableId,
}

impl NextToken {
    /// The token as the client sees it.
    pub(super) fn write(&self, request: Request) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&request.bytes());
        // A statement reads no more parts than it has characters for, or values.
        let part = u32::try_from(self.part).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&part.to_be_bytes());
        bytes.extend(self.last.iter().flat_map(|key| encode_attributes(key)));
        let checksum = xxh3_128(&bytes);
        bytes.extend_from_slice(&checksum.to_be_bytes());
        STANDARD.encode(bytes)
    }

    /// The token that a client sends, if it is one of this request.
    pub(super) fn read(text: &str, request: Request) -> Result<Self, ApiError> {
        let bytes = STANDARD.decode(text).map_err(|_| invalid())?;
        let (body, checksum) = bytes.split_last_chunk().ok_or_else(invalid)?;
        if u128::from_be_bytes(*checksum) != xxh3_128(body) {
            return Err(invalid());
        }
        let (version, rest) = body.split_first().ok_or_else(invalid)?;
        let (of, rest) = rest.split_first_chunk().ok_or_else(invalid)?;
        let (part, key) = rest.split_first_chunk().ok_or_else(invalid)?;
        if *version != VERSION {
            return Err(invalid());
        }
        if *of != request.bytes() {
            return Err(ApiError::validation("NextToken does not match request"));
        }
        let part = usize::try_from(u32::from_be_bytes(*part)).map_err(|_| invalid())?;
        let last = if key.is_empty() { None } else { Some(key_of(key).ok_or_else(invalid)?) };
        Ok(Self { part, last })
    }
}

impl Request {
    fn bytes(self) -> [u8; 16] {
        let table = self.table.get().to_be_bytes();
        xxh3_128(&[&self.digest.to_be_bytes()[..], &table[..]].concat()).to_be_bytes()
    }
}

/// What is told of a token that is none.
pub(super) fn invalid() -> ApiError {
    ApiError::validation("Invalid NextToken")
}

fn key_of(bytes: &[u8]) -> Option<Key> {
    let item = ItemRef::check(bytes).ok()?;
    Some(item.attributes().map(|(name, value)| (name.to_owned(), value.to_value())).collect())
}

const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttributeValue;

    fn request(digest: u128, table: u64) -> Request {
        Request { digest, table: TableId::new(table) }
    }

    fn tokens() -> [NextToken; 2] {
        let key = vec![("pk".into(), AttributeValue::S("a".into()))];
        [NextToken { part: 3, last: Some(key) }, NextToken { part: 0, last: None }]
    }

    #[test]
    fn a_token_is_read_as_it_was_written_by_its_own_request_alone() {
        for token in tokens() {
            let text = token.write(request(7, 1));

            assert_eq!(NextToken::read(&text, request(7, 1)), Ok(token));
            for other in [request(8, 1), request(7, 2)] {
                let refusal = NextToken::read(&text, other).expect_err("of another");
                assert_eq!(refusal.message, "NextToken does not match request");
            }
        }
    }

    #[test]
    fn what_is_damaged_is_no_token() {
        for token in tokens() {
            let bytes = STANDARD.decode(token.write(request(7, 1))).expect("base64");
            for at in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1;
                let cut = STANDARD.encode(&bytes[..at]);
                for text in [STANDARD.encode(damaged), cut] {
                    let refusal = NextToken::read(&text, request(7, 1)).expect_err("damaged");
                    assert_eq!(refusal.message, "Invalid NextToken");
                }
            }
        }
        assert!(NextToken::read("no base64!", request(7, 1)).is_err());
    }
}
