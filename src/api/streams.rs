//! Streams of tables: how they are switched, and requests to read them with their answers.
//!
//! Must hold: a [`SequenceNumber`] in text has 21 digits, so that texts compare as numbers do.
//! Not here: where records are kept (`engine/`), iterators and the names of shards (`streams/`).

use std::fmt;

use super::TableName;
use crate::model::{AttributeValue, ItemBytes, KeyAttribute};

/// What a stream's records say of an item besides its key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StreamView {
    /// Nothing.
    KeysOnly,
    /// What it is after the change.
    NewImage,
    /// What it was before the change.
    OldImage,
    /// Both.
    NewAndOldImages,
}

/// A change of whether a table has a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StreamChange {
    /// It gets a new one.
    Enable(StreamView),
    /// The one that it has takes no more records.
    Disable,
}

/// The newest stream of a table, as the table's description shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StreamSummary {
    /// Its ARN.
    pub arn: String,
    /// When it was made, in the form that ends its ARN.
    pub label: String,
    /// What its records say; `None` once it is disabled.
    pub view: Option<StreamView>,
}

/// The place of a record among all of its stream.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SequenceNumber(u64);

/// Names streams.
#[derive(Clone, Debug, Default)]
pub struct ListStreams {
    /// Only those of this table.
    pub table: Option<TableName>,
    /// Only those behind the one of this ARN.
    pub after: Option<String>,
    /// At most so many, 1 to 100.
    pub limit: Option<usize>,
}

/// The answer to a [`ListStreams`].
#[derive(Debug)]
pub struct ListStreamsOutput {
    /// The streams by their ARNs.
    pub streams: Vec<StreamName>,
    /// The ARN of the last of them, if there are more.
    pub last: Option<String>,
}

/// A stream, named.
#[derive(Debug)]
pub struct StreamName {
    /// Its ARN.
    pub arn: String,
    /// The table.
    pub table: TableName,
    /// Its label.
    pub label: String,
}

/// Describes a stream.
#[derive(Clone, Debug)]
pub struct DescribeStream {
    /// Its ARN.
    pub arn: String,
    /// At most so many shards, 1 to 100.
    pub limit: Option<usize>,
    /// Only shards behind this one.
    pub after: Option<String>,
    /// Only the children of this shard.
    pub children_of: Option<String>,
}

/// A stream, described.
#[derive(Debug)]
pub struct StreamDescription {
    /// Its name.
    pub name: StreamName,
    /// Whether it takes records.
    pub status: StreamStatus,
    /// What its records say.
    pub view: StreamView,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// The partition key of the table.
    pub hash: KeyAttribute,
    /// The sort key of the table.
    pub range: Option<KeyAttribute>,
    /// Its shards, older ones first.
    pub shards: Vec<ShardDescription>,
    /// The last of them, if there are more.
    pub last_shard: Option<String>,
}

/// Whether a stream takes records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StreamStatus {
    /// It does from now on.
    Enabling,
    /// It does.
    Enabled,
    /// It does not from now on.
    Disabling,
    /// It does not.
    Disabled,
}

/// A shard, described.
#[derive(Debug)]
pub struct ShardDescription {
    /// Its name.
    pub id: String,
    /// The shard that held its items before.
    pub parent: Option<String>,
    /// No record of it has a lower number.
    pub first: SequenceNumber,
    /// No record of it has a higher one; `None` as long as it takes records.
    pub last: Option<SequenceNumber>,
}

/// Asks for a place to read a shard from.
#[derive(Clone, Debug)]
pub struct GetShardIterator {
    /// The ARN of the stream.
    pub arn: String,
    /// The shard.
    pub shard: String,
    /// The place.
    pub start: ShardStart,
}

/// Where in a shard reading begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ShardStart {
    /// With the oldest record that is kept.
    TrimHorizon,
    /// Behind the newest record.
    Latest,
    /// With the record of this number.
    At(String),
    /// Behind the record of this number.
    After(String),
    /// With the first record of this time or a later one, milliseconds since 1970.
    AtTime(u64),
}

/// Reads records.
#[derive(Clone, Debug)]
pub struct GetRecords {
    /// The place to read from, as it was told.
    pub iterator: String,
    /// At most so many, 1 to 1,000.
    pub limit: Option<usize>,
}

/// The answer to a [`GetRecords`].
#[derive(Debug)]
pub struct GetRecordsOutput {
    /// The records, in their order.
    pub records: Vec<StreamRecord>,
    /// The place behind them; `None` at the end of a shard that takes no more.
    pub next: Option<String>,
}

/// What happened to an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StreamEvent {
    /// It was made.
    Insert,
    /// It became another.
    Modify,
    /// It was removed.
    Remove,
}

/// A record of a stream.
#[derive(Debug)]
pub struct StreamRecord {
    /// What tells it from all others.
    pub id: u128,
    /// What happened.
    pub event: StreamEvent,
    /// Whether the item was removed because its time had come.
    pub expired: bool,
    /// The region of the table.
    pub region: String,
    /// When, seconds since 1970.
    pub created_s: u64,
    /// The item's key.
    pub keys: Vec<(String, AttributeValue)>,
    /// The item before, if there was one and the stream shows it.
    pub before: Option<ItemBytes>,
    /// The item after, if there is one and the stream shows it.
    pub after: Option<ItemBytes>,
    /// The record's place.
    pub sequence: SequenceNumber,
    /// What the stream's records say.
    pub view: StreamView,
}

impl StreamView {
    /// Its name in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeysOnly => "KEYS_ONLY",
            Self::NewImage => "NEW_IMAGE",
            Self::OldImage => "OLD_IMAGE",
            Self::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        }
    }

    /// Whether records have the item before.
    pub fn shows_old(self) -> bool {
        match self {
            Self::OldImage | Self::NewAndOldImages => true,
            Self::KeysOnly | Self::NewImage => false,
        }
    }

    /// Whether records have the item after.
    pub fn shows_new(self) -> bool {
        match self {
            Self::NewImage | Self::NewAndOldImages => true,
            Self::KeysOnly | Self::OldImage => false,
        }
    }
}

impl SequenceNumber {
    /// The sequence number of that number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number behind it.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Reads a number as it is told; `None` if it cannot have been told.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX).filter(|digits| digits.len() == DIGITS)?;
        let all = digits.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| digits.parse().ok()).flatten().map(Self)
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{:0DIGITS$}", self.0)
    }
}

impl StreamRecord {
    /// The bytes of all that it says of the item.
    pub fn size(&self) -> usize {
        let keys = self.keys.iter().map(|(name, value)| name.len() + value.size());
        let images = [&self.before, &self.after].into_iter().flatten();
        keys.chain(images.map(|image| image.view().size())).sum()
    }
}

/// Keeps numbers at the 21 digits that clients expect at least.
const PREFIX: &str = "1";
/// What every number fits into.
const DIGITS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_text_compare_as_they_do_and_are_read_back() {
        let numbers = [0, 1, 9, 10, 1_000_000, u64::MAX].map(SequenceNumber::new);
        let texts = numbers.map(|number| number.to_string());

        assert!(texts.is_sorted());
        assert_eq!(texts[2], "100000000000000000009");
        for (text, number) in texts.iter().zip(numbers) {
            assert_eq!((text.len(), SequenceNumber::read(text)), (21, Some(number)));
        }
        for bad in [
            "",
            "1",
            "000000000000000000001",
            "1+0000000000000000001",
            "119999999999999999999",
            "1000000000000000000001",
        ] {
            assert_eq!(SequenceNumber::read(bad), None, "{bad}");
        }
    }
}
