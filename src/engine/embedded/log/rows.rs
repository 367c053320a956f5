//! How a record lies in its slice; drawn in `docs/storage-format.md`.
//!
//!     shard (4) | commit number (8)
//!       ->  01 | event | origin | images | time (8) | key length (2) | key | old length (4) | old | new
//!
//! Numbers are big-endian. `images` says which of the two are there: 1 the old one, 2 the new one;
//! the length of an old one that is not there is 0.
//!
//! Must hold: a row that cannot be read is `None`, never a wrong record.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use crate::api::{SequenceNumber, StreamEvent};
use crate::engine::{Origin, Record, ShardNumber};
use crate::model::ItemBytes;

/// The row of a record.
pub(super) fn row(shard: ShardNumber, sequence: SequenceNumber) -> Bytes {
    let mut row = BytesMut::with_capacity(ROW_BYTES);
    row.put_u32(shard.get());
    row.put_u64(sequence.get());
    row.freeze()
}

/// The row behind all of a shard's.
pub(super) fn end_of(shard: ShardNumber) -> Bytes {
    row(ShardNumber::new(shard.get().saturating_add(1)), SequenceNumber::new(0))
}

/// The number that a row says.
pub(super) fn sequence_of(row: &[u8]) -> Option<SequenceNumber> {
    let (_, number) = row.split_first_chunk::<4>()?;
    Some(SequenceNumber::new(u64::from_be_bytes(number.try_into().ok()?)))
}

/// The value of a record's row.
pub(super) fn value(record: &Record) -> Bytes {
    let old = record.before.as_ref().map_or(&[][..], |item| item.stored());
    let new = record.after.as_ref().map_or(&[][..], |item| item.stored());
    let bytes = HEAD_BYTES + 2 + record.key.len() + 4 + old.len() + new.len();
    let mut value = BytesMut::with_capacity(bytes);
    value.put_u8(FORMAT);
    value.put_u8(match record.event {
        StreamEvent::Insert => 1,
        StreamEvent::Modify => 2,
        StreamEvent::Remove => 3,
    });
    value.put_u8(match record.origin {
        Origin::Client => 1,
        Origin::TimeToLive => 2,
    });
    value.put_u8(u8::from(record.before.is_some()) | u8::from(record.after.is_some()) << 1);
    value.put_u64(record.at_ms);
    value.put_u16(u16::try_from(record.key.len()).expect("a key has at most 3,074 bytes"));
    value.put_slice(&record.key);
    value.put_u32(u32::try_from(old.len()).expect("an item has at most 400 KB"));
    value.put_slice(old);
    value.put_slice(new);
    value.freeze()
}

/// The record in a row, in memory of its own.
pub(super) fn record(row: &[u8], mut value: &[u8]) -> Option<Record> {
    let sequence = sequence_of(row)?;
    let (head, rest) = value.split_first_chunk::<HEAD_BYTES>()?;
    let &[FORMAT, event, origin, images, ref time @ ..] = head else { return None };
    value = rest;
    let at_ms = u64::from_be_bytes(*time);
    let event = match event {
        1 => StreamEvent::Insert,
        2 => StreamEvent::Modify,
        3 => StreamEvent::Remove,
        _ => return None,
    };
    let origin = match origin {
        1 => Origin::Client,
        2 => Origin::TimeToLive,
        _ => return None,
    };
    let key_bytes = value.try_get_u16().ok()?;
    let (key, mut rest) = value.split_at_checked(usize::from(key_bytes))?;
    let old_bytes = rest.try_get_u32().ok()?;
    let (old, new) = rest.split_at_checked(usize::try_from(old_bytes).ok()?)?;
    let item = |bytes: &[u8]| ItemBytes::new(Bytes::copy_from_slice(bytes)).ok();
    let image = |is_there: bool, bytes: &[u8]| match (is_there, bytes) {
        (true, bytes) => item(bytes).map(Some),
        (false, []) => Some(None),
        (false, _) => None,
    };
    let before = image(images & 1 != 0, old)?;
    let after = image(images & 2 != 0, new)?;
    (images < 4).then(|| Record { sequence, at_ms, event, origin, key: key.into(), before, after })
}

/// When the record in a row was written.
pub(super) fn time_of(value: &[u8]) -> Option<u64> {
    let head = value.first_chunk::<HEAD_BYTES>()?;
    let &[FORMAT, _, _, _, ref time @ ..] = head else { return None };
    Some(u64::from_be_bytes(*time))
}

const FORMAT: u8 = 1;
const ROW_BYTES: usize = 12;
const HEAD_BYTES: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, Item};

    fn record_of(before: Option<&str>, after: Option<&str>) -> Record {
        let item = |text: &str| Item::from([("a", AttributeValue::S(text.into()))]).encode().item();
        Record {
            sequence: SequenceNumber::new(258),
            at_ms: 1_000,
            event: StreamEvent::Modify,
            origin: Origin::TimeToLive,
            key: [0, 1, b'k'].into(),
            before: before.map(item),
            after: after.map(item),
        }
    }

    #[test]
    fn rows_have_the_bytes_that_the_format_says() {
        let record = record_of(Some("x"), Some("yz"));

        let row = row(ShardNumber::new(3), record.sequence);
        assert_eq!(row, &[0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 1, 2][..]);
        let old = [1, 1, 1, b'a', 1, 1, b'x'];
        let new = [1, 1, 1, b'a', 1, 2, b'y', b'z'];
        let head = [1, 2, 2, 3, 0, 0, 0, 0, 0, 0, 3, 0xE8];
        let key = [0, 3, 0, 1, b'k', 0, 0, 0, 7];
        assert_eq!(value(&record), [&head[..], &key, &old, &new].concat());
        assert_eq!(
            (time_of(&value(&record)), sequence_of(&row)),
            (Some(1_000), Some(record.sequence))
        );
    }

    #[test]
    fn a_record_comes_back_as_it_was_and_no_damaged_one_does() {
        for (before, after) in
            [(None, None), (Some("x"), None), (None, Some("y")), (Some("x"), Some("y"))]
        {
            let stored = record_of(before, after);
            let (row, value) = (row(ShardNumber::new(1), stored.sequence), value(&stored));

            assert_eq!(record(&row, &value), Some(stored));
            for cut in 0..value.len() {
                assert_eq!(record(&row, &value[..cut]), None, "{cut} of {value:?}");
            }
            for (at, byte) in [(0, 2), (1, 0), (1, 4), (2, 0), (2, 3), (3, 4)] {
                let mut damaged = value.to_vec();
                damaged[at] = byte;
                assert_eq!(record(&row, &damaged), None, "{damaged:?}");
            }
        }
    }
}
