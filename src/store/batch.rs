//! One atomic change over several spaces.
//!
//! Must hold: a batch names each key at most once; of several changes the last one counts.

use std::collections::HashMap;

use bytes::Bytes;

use super::SpaceId;

/// Changes that become visible and durable together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    rows: HashMap<(SpaceId, Bytes), Change, ahash::RandomState>,
    bytes: usize,
}

/// What happens to one key.
pub(super) type Change = Option<Bytes>;

impl Batch {
    /// A batch that changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores `value` under `key`, whatever was there.
    pub fn put(&mut self, space: SpaceId, key: Bytes, value: Bytes) {
        self.set(space, key, Some(value));
    }

    /// Removes `key`, whether it is there or not.
    pub fn delete(&mut self, space: SpaceId, key: Bytes) {
        self.set(space, key, None);
    }

    /// The number of keys that change.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no key changes.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Keys and values, in bytes; of a key that was set twice, the last.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (SpaceId, &Bytes, &Change)> {
        self.rows.iter().map(|((space, key), change)| (*space, key, change))
    }

    pub(super) fn into_rows(self) -> impl Iterator<Item = (SpaceId, Bytes, Change)> {
        self.rows.into_iter().map(|((space, key), change)| (space, key, change))
    }

    fn set(&mut self, space: SpaceId, key: Bytes, change: Change) {
        // The engine on disk cuts the length of a longer key without a word.
        assert!(key.len() <= KEY_BYTES_MAX, "a key of {} bytes", key.len());
        let key_bytes = key.len();
        self.bytes += key_bytes + value_bytes(&change);
        if let Some(earlier) = self.rows.insert((space, key), change) {
            self.bytes -= key_bytes + value_bytes(&earlier);
        }
    }
}

/// How durable a batch is when its commit returns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SyncMode {
    /// On the disk: there after a power cut.
    Sync,
    /// With the operating system: there after the process is killed, perhaps not after a power
    /// cut.
    Buffer,
}

/// The place of a batch in the order of all batches of a store; the first is 1.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BatchNumber(u64);

impl BatchNumber {
    /// The number `number`; zero stands for "before the first".
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number of the batch after this one.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

fn value_bytes(change: &Change) -> usize {
    change.as_ref().map_or(0, Bytes::len)
}

/// Longest key of a row, in bytes.
pub const KEY_BYTES_MAX: usize = u16::MAX as usize;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_changes_to_a_key_the_last_counts() {
        let space = SpaceId::from_slot(0);
        let mut batch = Batch::new();

        batch.put(space, Bytes::from_static(b"k"), Bytes::from_static(b"long value"));
        batch.delete(space, Bytes::from_static(b"other"));
        batch.put(space, Bytes::from_static(b"k"), Bytes::from_static(b"v"));

        assert_eq!(batch.len(), 2);
        assert_eq!(batch.bytes(), "k".len() + "v".len() + "other".len());
        let value = batch.rows().find(|(_, key, _)| &key[..] == b"k").and_then(|row| row.2.clone());
        assert_eq!(value.as_deref(), Some(&b"v"[..]));
    }
}
