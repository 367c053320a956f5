//! What records of a stream mean for the caches.
//!
//! Each record raises the words of the partitions that its change left, entered or changed in; of
//! several changes of one item the newest decides what becomes of its entry. The entry stays if it
//! shows what that record shows: then it is the echo of a write that came through here, or was read
//! after the write. What a record shows is never put into a cache.
//!
//! Must hold: after [`Proxy::take_records`] no page and no item is served that is older than the
//! records, but for pages of global indexes, which the service itself changes later.

use std::collections::HashMap;

use crate::api::{StreamEvent, StreamView};
use crate::engine::Table;
use crate::engine::upstream::stream::ReadRecord;
use crate::metrics::{FollowedTable, RecordResult};
use crate::model::{Image, IndexId, IndexSchema, ItemKey, KeyBuffer};
use crate::proxy::through::Through;
use crate::proxy::{Proxy, page_key};

/// What became of some records.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Records of items whose entries did not stay.
    others: usize,
    /// Whether pages of global indexes are old of which nobody knows the partitions.
    pub(super) moves_whole_indexes: bool,
}

impl Taken {
    /// Takes what became of the same records for other callers.
    pub(super) fn add(&mut self, other: &Self) {
        self.others = self.others.max(other.others);
        self.moves_whole_indexes |= other.moves_whole_indexes;
    }

    /// Counts the records, of which there were so many.
    pub(super) fn count(&self, metrics: &FollowedTable, all: usize) {
        metrics.records(RecordResult::Own, all - self.others);
        metrics.records(RecordResult::Invalidated, self.others);
    }
}

impl Proxy {
    /// Forgets what these records of a stream of that view, in their order, show to be old.
    pub(super) fn take_records(
        &self,
        through: &Through,
        table: &Table,
        view: Option<StreamView>,
        records: &[ReadRecord],
    ) -> Taken {
        let schema = &table.schema;
        let id = schema.table;
        let globals: Vec<&IndexSchema> =
            schema.indexes.iter().filter(|index| !index.is_local()).collect();
        let mut taken = Taken::default();
        let mut newest: HashMap<ItemKey, (&ReadRecord, usize)> = HashMap::new();
        let mut ticket = self.fence.ticket();
        for record in records {
            let mut buffer = KeyBuffer::default();
            let Ok(key) = schema.key(&record.keys, &mut buffer) else {
                // It is of no item that this table can have: whatever it is, nothing is trusted.
                tracing::warn!(table = table.name.as_str(), "a record has no key of its table");
                self.rules.forget(id);
                taken.others += 1;
                continue;
            };
            let key = key.to_key();
            ticket.touch(id, IndexId::TABLE, key.partition());
            for index in &globals {
                if shows_all(record, view) {
                    let images = [&record.before, &record.after].into_iter().flatten();
                    for entry in images.filter_map(|image| index.key_of(image.view())) {
                        ticket.touch(id, index.id, &entry.partition);
                    }
                } else {
                    // With it the word of the whole index moves, which scans go by.
                    ticket.touch(id, index.id, &[]);
                    taken.moves_whole_indexes = true;
                }
            }
            through.upstream.changed(&key);
            let (newest, count) = newest.entry(key).or_insert((record, 0));
            *count += 1;
            // One that comes again may come behind newer ones.
            if !is_older(&record.sequence, &newest.sequence) {
                *newest = record;
            }
        }
        for (key, (record, count)) in &newest {
            if !self.shows(key, record) {
                let slot = ticket.open(key);
                ticket.not_written(slot);
                taken.others += count;
            }
        }
        ticket.close();
        taken
    }

    /// Forgets every page of a table's global indexes.
    pub(super) fn forget_index_pages(&self, table: &Table) {
        let globals = table.schema.indexes.iter().filter(|index| !index.is_local());
        let globals: Vec<IndexId> = globals.map(|index| index.id).collect();
        self.pages.evict(table.schema.table, |key| page_key::is_of(key, &globals));
    }

    /// Whether what is cached of a key is what a record shows.
    fn shows(&self, key: &ItemKey, record: &ReadRecord) -> bool {
        match (self.cache.peek(key.view(), self.clock.monotonic()), &record.after) {
            (Some(Image::Item(cached)), Some(after)) => {
                cached.stored() == &**after.stored() || cached.view().same(after.view())
            }
            (Some(Image::Absent), None) => record.event == Some(StreamEvent::Remove),
            (Some(Image::Item(_) | Image::Absent) | None, _) => false,
        }
    }
}

/// Whether the record of that number is older than the other, as far as numbers tell.
fn is_older(number: &str, other: &str) -> bool {
    let digits = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
    let ordered = |number: &str| {
        let significant = number.trim_start_matches('0');
        (significant.len(), significant.to_owned())
    };
    digits(number) && digits(other) && ordered(number) < ordered(other)
}

/// Whether a record has the item before and after, as far as there was and is one.
fn shows_all(record: &ReadRecord, view: Option<StreamView>) -> bool {
    let shows_both = view == Some(StreamView::NewAndOldImages);
    let (has_before, has_after) = (record.before.is_some(), record.after.is_some());
    shows_both
        && match record.event {
            Some(StreamEvent::Insert) => has_after,
            Some(StreamEvent::Modify) => has_before && has_after,
            Some(StreamEvent::Remove) => has_before,
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_records_are_ordered_as_numbers_and_others_not_at_all() {
        assert!(is_older("99", "100") && is_older("0099", "100") && is_older("7", "8"));
        assert!(!is_older("100", "99") && !is_older("100", "0100"));
        assert!(!is_older("a", "b") && !is_older("", "x"));
    }

    #[test]
    fn images_are_there_only_where_both_can_be_expected_and_are() {
        let image = || Some(crate::model::Item { attributes: Vec::new() }.encode().item());
        let record = |event, has_before: bool, has_after: bool| ReadRecord {
            event,
            keys: Vec::new(),
            before: has_before.then(image).flatten(),
            after: has_after.then(image).flatten(),
            sequence: "1".to_owned(),
            created_ms: None,
            expired: false,
        };
        let both = Some(StreamView::NewAndOldImages);
        let (insert, modify, remove) =
            (Some(StreamEvent::Insert), Some(StreamEvent::Modify), Some(StreamEvent::Remove));

        for (event, has_before, has_after, view, expected) in [
            (insert, false, true, both, true),
            (modify, true, true, both, true),
            (remove, true, false, both, true),
            (insert, false, true, Some(StreamView::NewImage), false),
            (modify, false, true, both, false),
            (modify, true, false, both, false),
            (remove, false, false, both, false),
            (None, true, true, both, false),
            (modify, true, true, None, false),
        ] {
            let record = record(event, has_before, has_after);
            assert_eq!(shows_all(&record, view), expected, "{record:?} {view:?}");
        }
    }
}
