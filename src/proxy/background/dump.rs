//! The bytes of a dump of hot keys: what is worth loading first after a restart.
//!
//! ```text
//! dump    "hearthHK" | version u32 | keys u32 | key … | XXH3-64 of all before u64
//! key     table u64 | bytes u16 | key bytes
//! ```
//!
//! Numbers are little-endian; the hottest key comes first. There are no values: what a key holds is
//! read from the engine when it is loaded.
//!
//! Must hold: bytes that are no sound dump are refused whole. What a sound one names may still be
//! gone, or another table's, so whoever loads it asks the schema.
//! Not here: the file (`app/`), the loading (`warm.rs`).

use xxhash_rust::xxh3::xxh3_64;

use crate::model::{ItemKey, TableId};

/// Why bytes are no dump that can be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DumpError {
    /// They are something else.
    #[error("this is no dump of hot keys")]
    Foreign,
    /// A later hearth wrote them.
    #[error("the dump has version {found}, and {VERSION} is the latest that is known")]
    Newer {
        /// Its version.
        found: u32,
    },
    /// The checksum or a length is wrong.
    #[error("the dump is damaged")]
    Damaged,
}

/// The dump of these keys in their order, or of as many as fit.
pub(super) fn encode(keys: &[ItemKey]) -> Vec<u8> {
    let mut dump = MAGIC.to_vec();
    dump.extend(VERSION.to_le_bytes());
    dump.extend([0; 4]);
    let mut count = 0_u32;
    for key in keys {
        if dump.len() + TAIL_BYTES_MAX > DUMP_BYTES_MAX {
            break;
        }
        count += 1;
        dump.extend(key.table().get().to_le_bytes());
        let length = u16::try_from(key.bytes().len()).expect("a key has at most 3,074 bytes");
        dump.extend(length.to_le_bytes());
        dump.extend(key.bytes());
    }
    dump[COUNT_AT..COUNT_AT + 4].copy_from_slice(&count.to_le_bytes());
    let sum = xxh3_64(&dump);
    dump.extend(sum.to_le_bytes());
    dump
}

/// Tables and key bytes of a dump, in its order.
pub(super) fn decode(dump: &[u8]) -> Result<Vec<(TableId, &[u8])>, DumpError> {
    let rest = dump.strip_prefix(MAGIC).ok_or(DumpError::Foreign)?;
    let mut rest = Bytes(rest);
    let version = u32::from_le_bytes(rest.array()?);
    if version > VERSION {
        return Err(DumpError::Newer { found: version });
    }
    let (summed, sum) = dump.split_last_chunk().ok_or(DumpError::Damaged)?;
    if xxh3_64(summed) != u64::from_le_bytes(*sum) {
        return Err(DumpError::Damaged);
    }
    let count = u32::from_le_bytes(rest.array()?);
    let key = |_| {
        let table = TableId::new(u64::from_le_bytes(rest.array()?));
        let length = u16::from_le_bytes(rest.array()?);
        Ok((table, rest.take(length.into())?))
    };
    let keys = (0..count).map(key).collect::<Result<_, _>>()?;
    if rest.0.len() == sum.len() { Ok(keys) } else { Err(DumpError::Damaged) }
}

/// Bytes that were not read yet.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DumpError> {
        let (array, rest) = self.0.split_first_chunk().ok_or(DumpError::Damaged)?;
        self.0 = rest;
        Ok(*array)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DumpError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(DumpError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }
}

const MAGIC: &[u8; 8] = b"hearthHK";
const VERSION: u32 = 1;
const COUNT_AT: usize = 12;
/// No dump is larger, and nobody needs to read more.
pub const DUMP_BYTES_MAX: usize = 256 << 20;
/// A checksum, behind the longest key with its table and both lengths.
const TAIL_BYTES_MAX: usize = 8 + 8 + 2 + 2 + 2048 + 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{KeyAttribute, KeyBuffer, KeyType, KeyValue, TableSchema};

    fn key(table: u64, text: &str) -> ItemKey {
        let hash = KeyAttribute { name: "pk".into(), kind: KeyType::S };
        let table = TableId::new(table);
        let schema = TableSchema { table, hash, range: None, indexes: Vec::new() };
        let mut buffer = KeyBuffer::default();
        schema.key_of_values(KeyValue::S(text), None, &mut buffer).expect("a key").to_key()
    }

    fn sample() -> Vec<ItemKey> {
        vec![key(7, "b"), key(1, "a"), key(7, &"x".repeat(2048))]
    }

    #[test]
    fn a_dump_gives_its_keys_back_in_their_order() {
        let keys = sample();

        let dump = encode(&keys);

        let named = keys.iter().map(|key| (key.table(), key.bytes()));
        assert_eq!(decode(&dump), Ok(named.collect()));
        assert_eq!(decode(&encode(&[])), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_sound_dump_is_refused() {
        let dump = encode(&sample());

        assert_eq!(decode(b""), Err(DumpError::Foreign));
        assert_eq!(decode(b"hearthLS and more"), Err(DumpError::Foreign));
        assert_eq!(decode(&dump[..10]), Err(DumpError::Damaged));
        let mut newer = dump.clone();
        newer[8] = 2;
        assert_eq!(decode(&newer), Err(DumpError::Newer { found: 2 }));
        for cut in 12..dump.len() {
            assert_eq!(decode(&dump[..cut]), Err(DumpError::Damaged), "{cut}");
        }
        for at in 12..dump.len() {
            let mut flipped = dump.clone();
            flipped[at] ^= 1;
            assert_eq!(decode(&flipped), Err(DumpError::Damaged), "{at}");
        }
    }

    proptest! {
        /// Not even a right checksum makes wrong lengths safe.
        #[test]
        fn bytes_under_a_right_checksum_never_panic(
            count in 0_u32..4,
            body in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut dump = [&MAGIC[..], &VERSION.to_le_bytes(), &count.to_le_bytes(), &body].concat();
            dump.extend(xxh3_64(&dump).to_le_bytes());

            if let Ok(keys) = decode(&dump) {
                prop_assert_eq!(u32::try_from(keys.len()), Ok(count));
            }
        }
    }
}
