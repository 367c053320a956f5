//! What becomes of an item's entries in the indexes of its table, and what that costs.
//!
//!     entered   there was none           put            its units
//!     left      there is none any more   delete         its units
//!     moved     under another key        delete, put    the units of both
//!     changed   says something else      put            the units of the larger
//!     stays     says the same            -              -
//!
//! Must hold: an entry whose attributes come in another order says the same; of an entry that was
//! there its key and size are kept, its bytes are let go.
//! Not here: which items are in an index and under which key (`model/index.rs`), the entries' rows
//! (`index_rows.rs`).

use crate::model::{
    IndexId, IndexKey, IndexSchema, IndexScope, ItemBytes, TableSchema, write_units,
};

/// What one index holds of an item.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    /// In the item's own memory, if the index holds all of it.
    pub(super) item: ItemBytes,
}

/// Where an entry is, and its size.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) key: IndexKey,
    pub(super) size: u64,
}

/// What becomes of an item's entry in one index.
#[derive(Clone, Debug)]
pub(super) struct EntryChange {
    pub(super) index: IndexId,
    pub(super) scope: IndexScope,
    pub(super) fate: EntryFate,
}

/// The entries before and after.
#[derive(Clone, Debug)]
pub(super) enum EntryFate {
    Entered(Entry),
    Left(Place),
    Moved(Place, Entry),
    Changed(Place, Entry),
    Stays(Place),
}

/// What becomes of the entry in each index that has one before or after.
pub(super) fn between(
    schema: &TableSchema,
    before: Option<&ItemBytes>,
    after: Option<&ItemBytes>,
) -> Vec<EntryChange> {
    let change = |index: &IndexSchema| {
        let entry = |item: &ItemBytes| {
            let key = index.key_of(item.view())?;
            let item = index.entry(schema, item);
            Some(Entry { place: Place { key, size: item.view().size() as u64 }, item })
        };
        let fate = EntryFate::of(before.and_then(entry), after.and_then(entry))?;
        Some(EntryChange { index: index.id, scope: index.scope, fate })
    };
    schema.indexes.iter().filter_map(change).collect()
}

impl Entry {
    fn says_the_same(&self, other: &Self) -> bool {
        self.item == other.item
            || self.place.size == other.place.size && self.item.view().same(other.item.view())
    }
}

impl Place {
    fn units(&self) -> u64 {
        write_units(self.size)
    }
}

impl EntryFate {
    fn of(before: Option<Entry>, after: Option<Entry>) -> Option<Self> {
        Some(match (before, after) {
            (None, None) => return None,
            (None, Some(after)) => Self::Entered(after),
            (Some(before), None) => Self::Left(before.place),
            (Some(before), Some(after)) if before.place.key != after.place.key => {
                Self::Moved(before.place, after)
            }
            (Some(before), Some(after)) if before.says_the_same(&after) => {
                Self::Stays(before.place)
            }
            (Some(before), Some(after)) => Self::Changed(before.place, after),
        })
    }

    fn before(&self) -> Option<&Place> {
        match self {
            Self::Entered(_) => None,
            Self::Left(before)
            | Self::Moved(before, _)
            | Self::Changed(before, _)
            | Self::Stays(before) => Some(before),
        }
    }

    fn after(&self) -> Option<&Place> {
        match self {
            Self::Left(_) => None,
            Self::Entered(after) | Self::Moved(_, after) | Self::Changed(_, after) => {
                Some(&after.place)
            }
            Self::Stays(place) => Some(place),
        }
    }

    /// The entry that has to be written.
    pub(super) fn written(&self) -> Option<&Entry> {
        match self {
            Self::Left(_) | Self::Stays(_) => None,
            Self::Entered(after) | Self::Moved(_, after) | Self::Changed(_, after) => Some(after),
        }
    }
}

impl EntryChange {
    /// Whether anything has to be written.
    pub(super) fn is_change(&self) -> bool {
        match self.fate {
            EntryFate::Stays(_) => false,
            EntryFate::Entered(_)
            | EntryFate::Left(_)
            | EntryFate::Moved(..)
            | EntryFate::Changed(..) => true,
        }
    }

    /// Whether the index shares the table's partitions.
    pub(super) fn is_local(&self) -> bool {
        self.scope == IndexScope::Local
    }

    /// The sizes before and after, where there is an entry.
    pub(super) fn sizes(&self) -> [Option<u64>; 2] {
        [self.fate.before(), self.fate.after()].map(|entry| entry.map(|entry| entry.size))
    }

    /// The partitions of the index that the entry is in before and after.
    pub(super) fn partitions(&self) -> impl Iterator<Item = &[u8]> {
        let entries = [self.fate.before(), self.fate.after()].into_iter().flatten();
        entries.map(|entry| &*entry.key.partition)
    }

    /// The write units that it costs.
    pub(super) fn units(&self) -> u64 {
        match &self.fate {
            EntryFate::Entered(entry) => entry.place.units(),
            EntryFate::Left(place) => place.units(),
            EntryFate::Moved(before, after) => before.units() + after.place.units(),
            EntryFate::Changed(before, after) => before.units().max(after.place.units()),
            EntryFate::Stays(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, Item};

    fn entry(key: &str, bytes: usize) -> Entry {
        let key = IndexKey { partition: key.into(), sorts: Vec::new() };
        let item = Item::from([("v", AttributeValue::S("x".repeat(bytes - 1)))]).encode();
        Entry { place: Place { key, size: bytes as u64 }, item: item.item() }
    }

    fn units_of(before: Option<Entry>, after: Option<Entry>) -> u64 {
        let fate = EntryFate::of(before, after).expect("one of them is there");
        EntryChange { index: IndexId::new(1), scope: IndexScope::Global, fate }.units()
    }

    #[test]
    fn each_change_of_an_entry_costs_what_the_service_charges() {
        let (small, large) = (|| Some(entry("k", 100)), || Some(entry("k", 1025)));

        assert_eq!(units_of(None, Some(entry("k", 1024))), 1);
        assert_eq!(units_of(None, large()), 2);
        assert_eq!(units_of(large(), None), 2);
        assert_eq!(units_of(large(), small()), 2);
        assert_eq!(units_of(small(), large()), 2);
        assert_eq!(units_of(large(), large()), 0);
        assert_eq!(units_of(large(), Some(entry("other", 1025))), 4);
    }
}
