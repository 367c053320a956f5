//! The change log of a stream: a record for each change of an item, in slices of time.
//!
//!     slice  [10:00, 11:00) from number 1 on   [11:00, 12:00) from 7,031 on   …
//!     row    shard | commit number  ->  when, what happened, by whom, key, images
//!
//! A record is written in the batch of its change, so that there is one of each change and none of
//! any other. A slice is a space of the store and is dropped whole once all of it is older than
//! records are kept. Its name says its stream, when it begins and which commit number it begins with.
//!
//! Must hold: slices are in the order of their numbers, and every record lies in a slice that
//! begins with the highest such number not above its own; where a clock was put back, several do.
//! Not here: which streams there are, and when slices come and go (`streams.rs`).

mod read;
mod rows;

use std::sync::Arc;

pub(super) use read::{last_recorded, page, seek};

use super::evaluate::{bytes_of, view_of};
use crate::api::{SequenceNumber, StreamEvent};
use crate::engine::{Origin, Record, ShardNumber, Stream, StreamId, Written};
use crate::fence::CommitNumber;
use crate::model::{Image, ItemKey, hash16};
use crate::store::{Batch, SpaceId, SpaceName};

/// A part of a stream's log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Slice {
    /// No record of it has a lower number.
    pub(super) first: SequenceNumber,
    /// When it begins, milliseconds since 1970.
    pub(super) start_ms: u64,
    pub(super) space: SpaceId,
}

/// What readers see of a stream's log.
#[derive(Clone, Debug)]
pub(super) struct Slices {
    /// No record of a lower number is kept.
    pub(super) trimmed: SequenceNumber,
    /// The slices in the order of their numbers.
    pub(super) kept: Arc<[Slice]>,
}

/// Where a table's changes are recorded.
pub(super) struct Log {
    pub(super) stream: Arc<Stream>,
    /// The shards that take records, in the order of their hashes.
    shards: Vec<ShardNumber>,
    /// The slice that takes them; none if there is none yet.
    pub(super) slice: Option<Slice>,
}

impl Log {
    /// The log of a stream that takes records.
    pub(super) fn new(stream: Arc<Stream>, slice: Option<Slice>) -> Self {
        let shards = stream.open_shards().map(|shard| shard.number).collect();
        Self { stream, shards, slice }
    }

    /// Records what was written as that commit, if it changed the item; gives the bytes of that.
    pub(super) fn append(
        &self,
        batch: &mut Batch,
        key: &ItemKey,
        commit: CommitNumber,
        written: &Written,
        origin: Origin,
        now_ms: u64,
    ) -> usize {
        let Some(event) = event(&written.before, &written.after) else { return 0 };
        let slice = self.slice.as_ref().expect("there is one before anything is added to a batch");
        let view = self.stream.view;
        let record = Record {
            sequence: SequenceNumber::new(commit.get()),
            at_ms: now_ms,
            event,
            origin,
            key: key.bytes().into(),
            before: view.shows_old().then(|| bytes_of(&written.before)).flatten(),
            after: view.shows_new().then(|| bytes_of(&written.after)).flatten(),
        };
        let row = rows::row(self.shard_of(key), record.sequence);
        let value = rows::value(&record);
        let bytes = row.len() + value.len();
        batch.put(slice.space, row, value);
        bytes
    }

    /// The shard whose part of all hashes has the key's.
    fn shard_of(&self, key: &ItemKey) -> ShardNumber {
        let hash = usize::from(u16::from_be_bytes(hash16(key.partition())));
        self.shards[(hash * self.shards.len()) >> u16::BITS]
    }
}

impl Slice {
    /// The name of its space.
    pub(super) fn name(stream: StreamId, start_ms: u64, first: SequenceNumber) -> SpaceName {
        let name = format!("{SPACE}{}.{start_ms}.{}", stream.get(), first.get());
        SpaceName::new(&name).expect("the name follows the rule")
    }

    /// The slice whose space has that name, and its stream; `None` if it is another kind of space.
    pub(super) fn of(name: &SpaceName, space: SpaceId) -> Option<(StreamId, Self)> {
        let mut numbers = name.as_str().strip_prefix(SPACE)?.split('.').map(str::parse::<u64>);
        let mut number = || numbers.next()?.ok();
        let (stream, start_ms, first) = (number()?, number()?, number()?);
        let slice = Self { first: SequenceNumber::new(first), start_ms, space };
        Some((StreamId::new(stream), slice))
    }
}

/// What happened to an item, if anything did.
fn event(before: &Image, after: &Image) -> Option<StreamEvent> {
    match (view_of(before), view_of(after)) {
        (None, None) => None,
        (None, Some(_)) => Some(StreamEvent::Insert),
        (Some(_), None) => Some(StreamEvent::Remove),
        (Some(old), Some(new)) => (!old.same(new)).then_some(StreamEvent::Modify),
    }
}

const SPACE: &str = "stream.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store as _;
    use crate::store::memory::MemoryStore;

    #[test]
    fn the_space_of_a_slice_says_all_of_it() {
        let first = SequenceNumber::new(7_031);
        let name = Slice::name(StreamId::new(3), 39_600_000, first);
        let space = MemoryStore::default().create_space(&name).expect("room");

        assert_eq!(name.as_str(), "stream.3.39600000.7031");
        let slice = Slice { first, start_ms: 39_600_000, space };
        assert_eq!(Slice::of(&name, space), Some((StreamId::new(3), slice)));
        for other in ["table.3", "system", "stream.3", "stream.3.1", "stream.3.1.x"] {
            let name = SpaceName::new(other).expect("a name");
            assert_eq!(Slice::of(&name, space), None, "{other}");
        }
    }
}
