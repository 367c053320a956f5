//! What becomes of an item's entries in the indexes of its table, and what that costs.
//!
//!     before   after              rows           units
//!     -        entry              put            after
//!     entry    -                  delete         before
//!     entry    under another key  delete, put    before + after
//!     entry    another item       put            the larger
//!     entry    the same           -              -
//!
//! Must hold: an entry that stays as it is, byte for byte, is no change.
//! Not here: which items are in an index and under which key (`model/index.rs`), the entries' rows
//! (`index_rows.rs`).

use crate::model::{IndexId, IndexKey, IndexScope, ItemBytes, ItemRef, TableSchema};

/// What one index holds of an item.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) key: IndexKey,
    pub(super) item: ItemBytes,
}

/// What becomes of an item's entry in one index.
#[derive(Clone, Debug)]
pub(super) struct EntryChange {
    pub(super) index: IndexId,
    pub(super) scope: IndexScope,
    pub(super) before: Option<Entry>,
    pub(super) after: Option<Entry>,
}

/// The entries in each index that has one before or after.
pub(super) fn between(
    schema: &TableSchema,
    before: Option<ItemRef<'_>>,
    after: Option<ItemRef<'_>>,
) -> Vec<EntryChange> {
    let changes = schema.indexes.iter().map(|index| {
        let entry = |item: ItemRef<'_>| {
            Some(Entry { key: index.key_of(item)?, item: index.entry(schema, item) })
        };
        let (before, after) = (before.and_then(entry), after.and_then(entry));
        EntryChange { index: index.id, scope: index.scope, before, after }
    });
    changes.filter(|change| change.before.is_some() || change.after.is_some()).collect()
}

impl Entry {
    /// The size that is charged for it.
    pub(super) fn size(&self) -> u64 {
        self.item.view().size() as u64
    }
}

impl EntryChange {
    /// Whether anything has to be written.
    pub(super) fn is_change(&self) -> bool {
        self.before != self.after
    }

    /// Whether the index shares the table's partitions.
    pub(super) fn is_local(&self) -> bool {
        self.scope == IndexScope::Local
    }

    /// Whether an entry before and one after it have one key.
    pub(super) fn keeps_key(&self) -> bool {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => before.key == after.key,
            (Some(_) | None, None) | (None, Some(_)) => false,
        }
    }

    /// The sizes before and after.
    pub(super) fn sizes(&self) -> [Option<u64>; 2] {
        [&self.before, &self.after].map(|entry| entry.as_ref().map(Entry::size))
    }

    /// The write units that it costs.
    pub(super) fn units(&self) -> u64 {
        match (&self.before, &self.after) {
            (None, None) => 0,
            (None, Some(only)) | (Some(only), None) => units(only.size()),
            (Some(before), Some(after)) if before == after => 0,
            (Some(before), Some(after)) if before.key == after.key => {
                units(before.size().max(after.size()))
            }
            (Some(before), Some(after)) => units(before.size()) + units(after.size()),
        }
    }
}

fn units(bytes: u64) -> u64 {
    bytes.div_ceil(WRITE_UNIT_BYTES).max(1)
}

const WRITE_UNIT_BYTES: u64 = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, Item};

    fn entry(key: &str, bytes: usize) -> Entry {
        let key = IndexKey { partition: key.into(), sorts: Vec::new() };
        let item = Item::from([("v", AttributeValue::S("x".repeat(bytes - 1)))]).encode();
        Entry { key, item: item.item().clone() }
    }

    fn units_of(before: Option<Entry>, after: Option<Entry>) -> u64 {
        let (index, scope) = (IndexId::new(1), IndexScope::Global);
        EntryChange { index, scope, before, after }.units()
    }

    #[test]
    fn each_change_of_an_entry_costs_what_the_service_charges() {
        let (small, large) = (|| Some(entry("k", 100)), || Some(entry("k", 1025)));

        assert_eq!(units_of(None, None), 0);
        assert_eq!(units_of(None, Some(entry("k", 1024))), 1);
        assert_eq!(units_of(None, large()), 2);
        assert_eq!(units_of(large(), None), 2);
        assert_eq!(units_of(large(), small()), 2);
        assert_eq!(units_of(small(), large()), 2);
        assert_eq!(units_of(large(), large()), 0);
        assert_eq!(units_of(large(), Some(entry("other", 1025))), 4);
    }
}
