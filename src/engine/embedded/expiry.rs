//! The rows by which items are found in the order in which they expire.
//!
//!     04 | number (4) | second (8) | key bytes of the item    ->    nothing
//!
//! A table has them while its time to live is enabled, one for each item whose attribute is a whole
//! number of seconds, however far away. The number is the setting's: rows of another one are left
//! over, and count for nothing.
//!
//! Must hold: a row changes in the batch of its item; rows of one number are in the order of their
//! seconds.
//! Not here: items that were there before the setting (`expiry_tending.rs`), deciding what has
//! expired and deleting it (`proxy/background/`).

use std::ops::Bound;

use bytes::{BufMut as _, Bytes, BytesMut};

use super::EmbeddedEngine;
use super::evaluate::view_of;
use super::reader::{ReadError, View, of_store};
use crate::engine::{Error, Expired, ExpiredRead, Table, TimeToLive, Written};
use crate::model::{ItemKey, ItemRef, ValueRef};
use crate::store::{self, Batch, ChunkLimit, Direction, KeyRange, SpaceId};

impl EmbeddedEngine {
    /// Finds items by when they expire; none of a table whose time to live is disabled.
    pub(super) async fn find_expired(&self, read: ExpiredRead) -> Result<Vec<Expired>, Error> {
        let table = self.catalog.load().table_of(read.table).cloned();
        let table = table.ok_or_else(|| Error::no_table(read.table))?;
        if table.time_to_live.attribute.is_none() {
            return Ok(Vec::new());
        }
        self.reader.look(move |view| found(view, &table, &read)).await
    }
}

/// The second at which an item expires, if it does.
pub(super) fn second_of(setting: &TimeToLive, item: ItemRef<'_>) -> Option<u64> {
    match item.attribute(setting.attribute.as_deref()?)? {
        ValueRef::N(number) => number.as_u64(),
        ValueRef::S(_)
        | ValueRef::B(_)
        | ValueRef::Bool(_)
        | ValueRef::Null
        | ValueRef::L(_)
        | ValueRef::M(_)
        | ValueRef::Ss(_)
        | ValueRef::Ns(_)
        | ValueRef::Bs(_) => None,
    }
}

/// Moves an item's row to where a write leaves it.
pub(super) fn follow(
    batch: &mut Batch,
    space: SpaceId,
    table: &Table,
    key: &ItemKey,
    written: &Written,
) {
    let setting = &table.time_to_live;
    let second = |image| view_of(image).and_then(|item| second_of(setting, item));
    let (before, after) = (second(&written.before), second(&written.after));
    if before == after {
        return;
    }
    if let Some(second) = before {
        batch.delete(space, row(setting.number, second, key.bytes()));
    }
    if let Some(second) = after {
        batch.put(space, row(setting.number, second, key.bytes()), Bytes::new());
    }
}

/// The row of an item that expires at that second.
pub(super) fn row(number: u32, second: u64, key_bytes: &[u8]) -> Bytes {
    let mut row = BytesMut::with_capacity(KEY_AT + key_bytes.len());
    row.put_u8(EXPIRY_ROW);
    row.put_u32(number);
    row.put_u64(second);
    row.put_slice(key_bytes);
    row.freeze()
}

/// All rows that count for nothing under this setting.
pub(super) fn left_over(setting: &TimeToLive) -> KeyRange {
    let all = KeyRange::prefix(&[EXPIRY_ROW]);
    match setting.attribute {
        None => all,
        Some(_) => KeyRange { to: Bound::Excluded(row(setting.number, 0, &[])), ..all },
    }
}

fn found(view: &View<'_>, table: &Table, read: &ExpiredRead) -> Result<Vec<Expired>, ReadError> {
    let Some(space) = view.space(read.table) else { return Ok(Vec::new()) };
    let number = table.time_to_live.number;
    let from = match &read.after {
        None => Bound::Included(row(number, read.seconds.start, &[])),
        Some(Expired { second, key }) => Bound::Excluded(row(number, *second, key.bytes())),
    };
    let range = KeyRange { from, to: Bound::Excluded(row(number, read.seconds.end, &[])) };
    if range.is_empty() {
        return Ok(Vec::new());
    }
    let limit = ChunkLimit::rows(read.limit);
    let rows = match view.snapshot().range(space, &range, Direction::Forward, limit) {
        Ok(chunk) => chunk.rows,
        Err(store::Error::NoSpace(_)) => return Ok(Vec::new()),
        Err(error) => return Err(of_store(error)),
    };
    rows.iter().map(|(row, _)| expired_of(table, row).map_err(ReadError::from)).collect()
}

fn expired_of(table: &Table, row: &[u8]) -> Result<Expired, Error> {
    let read = || {
        let (second, key_bytes) = row.get(SECOND_AT..)?.split_first_chunk()?;
        let key = table.schema.key_of_bytes(key_bytes)?;
        Some(Expired { second: u64::from_be_bytes(*second), key })
    };
    read().ok_or(Error::Damaged { table: table.schema.table.get() })
}

const EXPIRY_ROW: u8 = 4;
/// Where a row has the second, and where the item's key.
const SECOND_AT: usize = 5;
const KEY_AT: usize = 13;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, Item, Number};

    fn setting(attribute: Option<&str>) -> TimeToLive {
        TimeToLive { attribute: attribute.map(str::to_owned), number: 2, ..TimeToLive::default() }
    }

    #[test]
    fn a_row_has_the_bytes_that_the_format_says() {
        assert_eq!(row(2, 258, b"\0\x01a"), &b"\x04\0\0\0\x02\0\0\0\0\0\0\x01\x02\0\x01a"[..]);
    }

    #[test]
    fn only_whole_seconds_at_the_top_of_an_item_make_it_expire() {
        let number = |text: &str| AttributeValue::N(Number::parse(text).expect("a number"));
        let second = |value: AttributeValue| {
            let item = Item::from([("until", value)]).encode();
            second_of(&setting(Some("until")), item.view())
        };

        for (text, expected) in [
            ("0", Some(0)),
            ("1700000000", Some(1_700_000_000)),
            ("1.7E9", Some(1_700_000_000)),
            ("1700000000000", Some(1_700_000_000_000)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("1E30", None),
            ("1700000000.5", None),
            ("0.1", None),
            ("-1700000000", None),
        ] {
            assert_eq!(second(number(text)), expected, "{text}");
        }
        assert_eq!(second(AttributeValue::S("1700000000".into())), None);
        assert_eq!(second(AttributeValue::Ns(vec![])), None);
        assert_eq!(second(AttributeValue::M(vec![("until".into(), number("1"))])), None);
        let item = Item::from([("other", number("1"))]).encode();
        assert_eq!(second_of(&setting(Some("until")), item.view()), None);
        assert_eq!(second_of(&setting(None), item.view()), None);
    }

    #[test]
    fn rows_of_other_settings_are_left_over_and_those_of_this_one_are_not() {
        let holds = |setting: &TimeToLive, row: Bytes| {
            let KeyRange { from, to } = left_over(setting);
            (match from {
                Bound::Included(from) => row >= from,
                Bound::Excluded(_) | Bound::Unbounded => panic!("it begins with a prefix"),
            }) && match to {
                Bound::Excluded(to) => row < to,
                Bound::Included(_) | Bound::Unbounded => panic!("it ends before something"),
            }
        };
        let (enabled, disabled) = (setting(Some("until")), setting(None));

        assert!(holds(&enabled, row(1, u64::MAX, b"\0\x01a")));
        assert!(!holds(&enabled, row(2, 0, b"\0\x01a")));
        assert!(holds(&disabled, row(2, 0, b"\0\x01a")));
        assert!(!holds(&disabled, Bytes::from_static(b"\x03zz")));
        assert!(!holds(&disabled, Bytes::from_static(b"\x05")));
    }
}
