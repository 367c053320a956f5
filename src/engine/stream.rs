//! Streams of tables: their shards, and how their records are read.
//!
//! A stream belongs to one incarnation of a table and outlives it. Its shards part the hashes of
//! partition keys among them. All of them are closed at once, and each open one has its place in
//! the row of shards that were opened with it:
//!
//!     shard 1  [0, 65536)  closed ──┬── shard 2  [0, 32768)      open
//!                                   └── shard 3  [32768, 65536)  open
//!
//! Must hold: the hashes of a shard lie within those of its parent, and no record of a shard has a
//! lower number than one of its parent, so that who reads parents first sees each item's changes in
//! their order.
//! Not here: how records lie in the store (`engine/embedded/log/`), the API's form (`streams/`).

use std::sync::Arc;

use crate::api::{
    ResourcePolicy, SequenceNumber, StreamEvent, StreamSummary, StreamView, TableName,
};
use crate::model::{ItemBytes, TableSchema};

use super::Origin;

/// One stream; never used again once it is gone.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StreamId(u64);

/// One shard of a stream; they are numbered from 1, parents before children.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ShardNumber(u32);

/// A stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Its number.
    pub id: StreamId,
    /// The table's name.
    pub table: TableName,
    /// The table's keys; its indexes are not among them.
    pub schema: Arc<TableSchema>,
    /// What its records say.
    pub view: StreamView,
    /// When it was made, in the form that ends its ARN.
    pub label: String,
    /// Its ARN.
    pub arn: String,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// When it was disabled, milliseconds since 1970; `None` as long as it takes records.
    pub disabled_ms: Option<u64>,
    /// No record of a lower number is kept.
    pub trimmed: SequenceNumber,
    /// Its shards, by their numbers.
    pub shards: Vec<Shard>,
    /// Its policy.
    pub policy: Option<Arc<ResourcePolicy>>,
}

/// A shard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shard {
    /// Its number.
    pub number: ShardNumber,
    /// The shard that held its items before.
    pub parent: Option<ShardNumber>,
    /// When it was opened, milliseconds since 1970.
    pub opened_ms: u64,
    /// No record of it has a lower number.
    pub first: SequenceNumber,
    /// How it was closed; `None` as long as it takes records.
    pub closed: Option<Closed>,
}

/// The end of a shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Closed {
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// No record of it has a higher number.
    pub last: SequenceNumber,
}

/// Records of a shard to read.
#[derive(Clone, Debug)]
pub struct StreamRead {
    /// The stream.
    pub stream: StreamId,
    /// The shard.
    pub shard: ShardNumber,
    /// The first number.
    pub from: SequenceNumber,
    /// At most so many records.
    pub records_max: usize,
    /// At most so many bytes of them, but for a record that is alone.
    pub bytes_max: usize,
}

/// Records that were read.
#[derive(Clone, Debug)]
pub struct StreamPage {
    /// The records, in their order.
    pub records: Vec<Record>,
    /// The number to go on with; every record of the shard below it was read.
    pub next: SequenceNumber,
}

/// A place in a shard that only its records tell.
#[derive(Clone, Debug)]
pub struct StreamSeek {
    /// The stream.
    pub stream: StreamId,
    /// The shard.
    pub shard: ShardNumber,
    /// The place.
    pub to: Seek,
}

/// Which place is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Seek {
    /// Behind all records that there are.
    Newest,
    /// The first record that was written at this time or later, milliseconds since 1970.
    Time(u64),
}

/// A change of an item, as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its place.
    pub sequence: SequenceNumber,
    /// When it was written, milliseconds since 1970.
    pub at_ms: u64,
    /// What happened.
    pub event: StreamEvent,
    /// Whose doing it was.
    pub origin: Origin,
    /// The canonical bytes of the item's key.
    pub key: Box<[u8]>,
    /// The item before, if there was one and the stream shows it.
    pub before: Option<ItemBytes>,
    /// The item after, if there is one and the stream shows it.
    pub after: Option<ItemBytes>,
}

impl StreamId {
    /// The stream of that number.
    pub const fn new(id: u64) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl ShardNumber {
    /// The shard of that number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Stream {
    /// What the table's description shows of it.
    pub fn summary(&self) -> Arc<StreamSummary> {
        Arc::new(StreamSummary {
            arn: self.arn.clone(),
            label: self.label.clone(),
            view: self.disabled_ms.is_none().then_some(self.view),
        })
    }

    /// The shards that take records, in the order of their hashes: a power of two of them, of equal
    /// parts.
    pub fn open_shards(&self) -> impl Iterator<Item = &Shard> {
        self.shards.iter().filter(|shard| shard.closed.is_none())
    }

    /// The shard of that number.
    pub fn shard(&self, number: ShardNumber) -> Option<&Shard> {
        self.shards.iter().find(|shard| shard.number == number)
    }

    /// The region that its ARN names.
    pub fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }

    /// Closes its open shards: `last` is the highest number that was given.
    pub fn close_shards(&mut self, at_ms: u64, last: SequenceNumber) {
        for shard in self.shards.iter_mut().filter(|shard| shard.closed.is_none()) {
            shard.closed = Some(Closed { at_ms, last });
        }
    }

    /// Closes its open shards as [`Stream::close_shards`] does and opens others in their places:
    /// `shards` of them, but not fewer than there were.
    pub fn roll(&mut self, shards: usize, at_ms: u64, last: SequenceNumber) {
        let parents: Vec<ShardNumber> = self.open_shards().map(|shard| shard.number).collect();
        self.close_shards(at_ms, last);
        let count = shards.next_power_of_two().max(parents.len());
        let highest = self.shards.last().map_or(0, |shard| shard.number.get());
        let opened = (0..count).zip(highest + 1..).map(|(place, number)| Shard {
            number: ShardNumber::new(number),
            // Halved any number of times, each part has one parent.
            parent: parents.get(place * parents.len() / count).copied(),
            opened_ms: at_ms,
            first: last.next(),
            closed: None,
        });
        self.shards.extend(opened);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{KeyAttribute, KeyType, TableId};

    fn stream() -> Stream {
        let hash = KeyAttribute { name: "pk".into(), kind: KeyType::S };
        let table = TableId::new(1);
        Stream {
            id: StreamId::new(1),
            table: TableName::new("abc").expect("a name"),
            schema: Arc::new(TableSchema { table, hash, range: None, indexes: Vec::new() }),
            view: StreamView::KeysOnly,
            label: String::new(),
            arn: "arn:aws:dynamodb:eu-west-1:0:table/abc/stream/".into(),
            created_ms: 5,
            disabled_ms: None,
            trimmed: SequenceNumber::new(0),
            shards: Vec::new(),
            policy: None,
        }
    }

    fn open(stream: &Stream) -> Vec<(u32, Option<u32>)> {
        let told = |shard: &Shard| (shard.number.get(), shard.parent.map(ShardNumber::get));
        stream.open_shards().map(told).collect()
    }

    #[test]
    fn shards_split_among_their_parents_and_never_merge() {
        let mut stream = stream();

        stream.roll(1, 5, SequenceNumber::new(7));
        assert_eq!(open(&stream), [(1, None)]);
        stream.roll(1, 6, SequenceNumber::new(8));
        assert_eq!(open(&stream), [(2, Some(1))]);
        stream.roll(3, 7, SequenceNumber::new(9));
        assert_eq!(open(&stream), [(3, Some(2)), (4, Some(2)), (5, Some(2)), (6, Some(2))]);
        stream.roll(8, 8, SequenceNumber::new(10));
        let parents: Vec<_> = open(&stream).into_iter().filter_map(|(_, parent)| parent).collect();
        assert_eq!(parents, [3, 3, 4, 4, 5, 5, 6, 6]);
        stream.roll(1, 9, SequenceNumber::new(11));
        assert_eq!(stream.open_shards().count(), 8, "fewer are not asked for in vain: order stays");
    }

    #[test]
    fn a_shard_ends_where_its_children_begin() {
        let mut stream = stream();
        stream.roll(1, 5, SequenceNumber::new(7));

        stream.roll(2, 6, SequenceNumber::new(20));

        let [parent, one, other] = &stream.shards[..] else { panic!("{:?}", stream.shards) };
        let last = SequenceNumber::new(20);
        assert_eq!((parent.first.get(), parent.closed), (8, Some(Closed { at_ms: 6, last })));
        assert_eq!((one.first, other.first, one.opened_ms), (last.next(), last.next(), 6));
        stream.close_shards(9, SequenceNumber::new(30));
        assert_eq!(stream.open_shards().count(), 0);
        assert_eq!(stream.shards[0].closed.map(|closed| closed.at_ms), Some(6), "it stays closed");
        assert_eq!(stream.region(), "eu-west-1");
    }
}
