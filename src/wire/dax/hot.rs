//! The GetItem that a cache hit answers, read without touching the heap.
//!
//! Must hold: what is read here, `decode` reads too, and as the same request.
//! Not here: refusals; a request that is wrong is merely not plain.

use super::cbor::{Head, Reader};
use super::frame::{Method, SERVICE};
use super::key;
use crate::api::Consistency;
use crate::model::{KeyValue, TableSchema};

/// A plain GetItem.
#[derive(Clone, Copy, Debug)]
pub struct HotGet<'a> {
    /// The table's name.
    pub table: &'a str,
    /// How fresh the answer must be.
    pub consistency: Consistency,
    key: &'a [u8],
}

/// The request, if the bytes are all of one, and it is a GetItem of a whole item that asks for
/// nothing else.
pub fn hot_get(request: &[u8]) -> Option<HotGet<'_>> {
    let mut reader = Reader::new(request.strip_prefix(&BEGINNING)?);
    let table = std::str::from_utf8(reader.bytes().ok()?).ok()?;
    let key = reader.bytes().ok()?;
    let consistency = plain_options(&mut reader)?;
    reader.is_at_end().then_some(HotGet { table, consistency, key })
}

impl HotGet<'_> {
    /// The values of the key, the partition key's first, if they are those of a key.
    pub fn with_key<T>(
        &self,
        schema: &TableSchema,
        take: impl FnOnce(KeyValue<'_>, Option<KeyValue<'_>>) -> T,
    ) -> Option<T> {
        key::with_values(schema, self.key, take)
    }
}

/// How fresh the item must be, if the parameters say no more than that.
fn plain_options(reader: &mut Reader<'_>) -> Option<Consistency> {
    let mut consistency = Consistency::Eventual;
    let mut count = match reader.head().ok()? {
        Head::Null => return Some(consistency),
        Head::Map(count) => count,
        _ => return None,
    };
    while reader.has_next(&mut count).ok()? {
        match (reader.integer().ok()?, reader.head().ok()?) {
            (CONSISTENT, Head::Bool(truth)) => {
                consistency = if truth { Consistency::Strong } else { Consistency::Eventual };
            }
            (CAPACITY, Head::Unsigned(0)) => {}
            _ => return None,
        }
    }
    Some(consistency)
}

/// How clients begin a GetItem; the numbers could be written longer.
const BEGINNING: [u8; 6] = {
    let ([.., service], [.., a, b, c, d]) =
        (SERVICE.to_be_bytes(), Method::GetItem.id().to_be_bytes());
    [service, 0x1A, a, b, c, d]
};
const CONSISTENT: i64 = 2;
const CAPACITY: i64 = 3;
