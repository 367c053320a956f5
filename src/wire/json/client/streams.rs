//! Reads the answers about streams.
//!
//! Sequence numbers and names of shards are another service's own: they are kept as they came, and
//! only given back to it.
//!
//! Must hold: of a record no more is asked for than its key and its place, since what else it tells
//! differs from service to service.

use super::reader::{Fault, Reader, Unreadable, read, required};
use super::table::view;
use crate::api::{Key, StreamEvent, StreamStatus, StreamView};
use crate::model::ItemBytes;

/// A stream, described.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadStream {
    /// Its ARN.
    pub arn: String,
    /// Whether it takes records.
    pub status: StreamStatus,
    /// What its records say.
    pub view: Option<StreamView>,
    /// Its shards, as the answer has them.
    pub shards: Vec<ReadShard>,
    /// The last of them, if there are more.
    pub last_shard: Option<String>,
}

/// A shard, described.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadShard {
    /// Its name.
    pub id: String,
    /// The shard that held its items before, which may be gone.
    pub parent: Option<String>,
    /// The number of its first record.
    pub first: Option<String>,
    /// The number of its last record; `None` as long as it takes records.
    pub last: Option<String>,
}

/// The answer to a `GetRecords`.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadRecords {
    /// The records, in their order.
    pub records: Vec<ReadRecord>,
    /// The place behind them; `None` at the end of a shard that takes no more.
    pub next: Option<String>,
}

/// A record of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadRecord {
    /// What happened, if it has a known word.
    pub event: Option<StreamEvent>,
    /// The item's key.
    pub keys: Key,
    /// The item before, if there was one and the stream shows it.
    pub before: Option<ItemBytes>,
    /// The item after, if there is one and the stream shows it.
    pub after: Option<ItemBytes>,
    /// The record's place.
    pub sequence: String,
    /// When, milliseconds since 1970; most services tell whole seconds.
    pub created_ms: Option<u64>,
    /// Whether the service itself removed the item because its time had come.
    pub expired: bool,
}

/// The answer to a `DescribeStream`.
pub fn stream(body: &[u8]) -> Result<ReadStream, Unreadable> {
    read(body, |reader| {
        let mut described = None;
        reader.members(|reader, name| {
            match name {
                "StreamDescription" => described = description(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        required(described, "StreamDescription")
    })
}

/// The answer to a `GetShardIterator`.
pub fn iterator(body: &[u8]) -> Result<String, Unreadable> {
    read(body, |reader| {
        let mut iterator = None;
        reader.members(|reader, name| {
            match name {
                "ShardIterator" => iterator = reader.owned_text()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        required(iterator, "ShardIterator")
    })
}

/// The answer to a `GetRecords`.
pub fn records(body: &[u8]) -> Result<ReadRecords, Unreadable> {
    read(body, |reader| {
        let (mut records, mut next) = (None, None);
        reader.members(|reader, name| {
            match name {
                "Records" => records = reader.list(record)?,
                "NextShardIterator" => next = reader.owned_text()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(ReadRecords { records: required(records, "Records")?, next })
    })
}

fn description(reader: &mut Reader<'_>) -> Result<Option<ReadStream>, Fault> {
    let (mut arn, mut status, mut kind) = (None, None, None);
    let (mut shards, mut last_shard) = (None, None);
    let is_there = reader.members(|reader, name| {
        match name {
            "StreamArn" => arn = reader.owned_text()?,
            "StreamStatus" => status = stream_status(reader)?,
            "StreamViewType" => kind = view(reader)?,
            "Shards" => shards = reader.list(shard)?,
            "LastEvaluatedShardId" => last_shard = reader.owned_text()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    if !is_there {
        return Ok(None);
    }
    Ok(Some(ReadStream {
        arn: required(arn, "StreamArn")?,
        status: required(status, "StreamStatus")?,
        view: kind,
        shards: shards.unwrap_or_default(),
        last_shard,
    }))
}

fn shard(reader: &mut Reader<'_>) -> Result<ReadShard, Fault> {
    let (mut id, mut parent, mut first, mut last) = (None, None, None, None);
    reader.members(|reader, name| {
        match name {
            "ShardId" => id = reader.owned_text()?,
            "ParentShardId" => parent = reader.owned_text()?,
            "SequenceNumberRange" => {
                reader.members(|reader, name| {
                    match name {
                        "StartingSequenceNumber" => first = reader.owned_text()?,
                        "EndingSequenceNumber" => last = reader.owned_text()?,
                        _ => reader.skip()?,
                    }
                    Ok(())
                })?;
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(ReadShard { id: required(id, "ShardId")?, parent, first, last })
}

/// What stands beside what a record says of the item.
#[derive(Default)]
struct Around {
    event: Option<StreamEvent>,
    change: Option<Change>,
    expired: bool,
}

/// What a record says of the item.
#[derive(Default)]
struct Change {
    keys: Option<Key>,
    before: Option<ItemBytes>,
    after: Option<ItemBytes>,
    sequence: Option<String>,
    created_ms: Option<u64>,
}

fn record(reader: &mut Reader<'_>) -> Result<ReadRecord, Fault> {
    let mut around = Around::default();
    reader.members(|reader, name| around.read(reader, name))?;
    let Change { keys, before, after, sequence, created_ms } = required(around.change, "dynamodb")?;
    Ok(ReadRecord {
        event: around.event,
        keys: required(keys, "dynamodb.Keys")?,
        before,
        after,
        sequence: required(sequence, "dynamodb.SequenceNumber")?,
        created_ms,
        expired: around.expired,
    })
}

impl Around {
    fn read(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match name {
            "eventName" => self.event = reader.text()?.and_then(|word| event(&word)),
            "dynamodb" => {
                let mut change = Change::default();
                let is_there = reader.members(|reader, name| change.read(reader, name))?;
                self.change = is_there.then_some(change);
            }
            "userIdentity" => self.expired = is_the_service(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}

impl Change {
    fn read(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match name {
            "Keys" => self.keys = reader.attributes()?,
            "OldImage" => self.before = reader.item()?,
            "NewImage" => self.after = reader.item()?,
            "SequenceNumber" => self.sequence = reader.owned_text()?,
            "ApproximateCreationDateTime" => self.created_ms = reader.time_ms()?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}

/// Whether it was the service's own doing, which is how it tells of items whose time had come.
fn is_the_service(reader: &mut Reader<'_>) -> Result<bool, Fault> {
    let (mut kind, mut principal) = (None, None);
    // The documents have it with capitals and without.
    reader.members(|reader, name| {
        match name {
            "Type" | "type" => kind = reader.owned_text()?,
            "PrincipalId" | "principalId" => principal = reader.owned_text()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let is = |word: Option<String>, wanted: &str| word.is_some_and(|word| word == wanted);
    Ok(is(kind, "Service") && is(principal, "dynamodb.amazonaws.com"))
}

fn event(word: &str) -> Option<StreamEvent> {
    match word {
        "INSERT" => Some(StreamEvent::Insert),
        "MODIFY" => Some(StreamEvent::Modify),
        "REMOVE" => Some(StreamEvent::Remove),
        _ => None,
    }
}

fn stream_status(reader: &mut Reader<'_>) -> Result<Option<StreamStatus>, Fault> {
    let Some(word) = reader.text()? else { return Ok(None) };
    match &*word {
        "ENABLING" => Ok(Some(StreamStatus::Enabling)),
        "ENABLED" => Ok(Some(StreamStatus::Enabled)),
        "DISABLING" => Ok(Some(StreamStatus::Disabling)),
        "DISABLED" => Ok(Some(StreamStatus::Disabled)),
        other => Err(Fault::Wrong(format!("{other} is no status of a stream"))),
    }
}
