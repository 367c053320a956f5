//! The three requests by which a stream is read.
//!
//! Must hold: what cannot be read any more is told apart from what cannot be read now.

use std::fmt;

use super::Lost;
use crate::api::{Operation, ShardStart, StreamStatus};
use crate::engine::upstream::client::{Client, Effect, Failure, Told};
use crate::wire::json::client::{self as border, ReadRecord, ReadShard, Unreadable};

/// Asks about one stream.
#[derive(Clone)]
pub(in crate::engine::upstream) struct Asking {
    client: Client,
    arn: String,
}

/// Why there is no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Trouble {
    /// There will be none.
    Lost(Lost),
    /// The iterator is too old.
    Expired,
    /// What was asked for is not to be had.
    Refused(String),
    /// The service answers, and not this: it knows the caller otherwise, or has enough of him.
    Denied(String),
    /// There may be one later.
    Silent(String),
}

/// A stream as it is described.
pub(super) struct Described {
    pub(super) takes_records: bool,
    pub(super) shards: Vec<ReadShard>,
}

/// Some records of a shard.
pub(super) struct Polled {
    pub(super) records: Vec<ReadRecord>,
    /// Where they end; none at the end of the shard.
    pub(super) next: Option<String>,
    /// Whether there are likely to be more at once.
    pub(super) is_full: bool,
}

impl Asking {
    pub(in crate::engine::upstream) fn new(client: Client, arn: String) -> Self {
        Self { client, arn }
    }

    /// The stream with all its shards.
    pub(super) async fn describe(&self) -> Result<Described, Trouble> {
        let mut shards = Vec::new();
        let mut after = None;
        loop {
            let body = border::describe_stream(&self.arn, after.as_deref());
            let stream = self.ask(Operation::DescribeStream, body, border::stream).await?;
            shards.extend(stream.shards);
            let takes_records = match stream.status {
                StreamStatus::Enabling | StreamStatus::Enabled => true,
                StreamStatus::Disabling | StreamStatus::Disabled => false,
            };
            if shards.len() > SHARDS_MAX {
                return Err(Trouble::Lost(Lost::TooManyShards { shards_max: SHARDS_MAX }));
            }
            // A page that leads nowhere must not lead round and round.
            if stream.last_shard.is_none() || stream.last_shard == after {
                return Ok(Described { takes_records, shards });
            }
            after = stream.last_shard;
        }
    }

    /// The place in a shard.
    pub(super) async fn iterator(
        &self,
        shard: &str,
        start: &ShardStart,
    ) -> Result<String, Trouble> {
        let body = border::get_shard_iterator(&self.arn, shard, start);
        let iterator = self.ask(Operation::GetShardIterator, body, border::iterator).await;
        match (start, iterator) {
            // Most likely the number, which may be of a service that was replaced.
            (ShardStart::After(_), Err(Trouble::Refused(_))) => Err(Trouble::Lost(Lost::Gap)),
            (_, iterator) => iterator,
        }
    }

    /// The records at a place.
    pub(super) async fn records(&self, iterator: &str) -> Result<Polled, Trouble> {
        let body = border::get_records(iterator);
        let read = |answer: &[u8]| Ok((border::records(answer)?, answer.len()));
        let (read, bytes) = self.ask(Operation::GetRecords, body, read).await?;
        let is_full = read.records.len() >= RECORDS_FULL || bytes >= BYTES_FULL;
        Ok(Polled { records: read.records, next: read.next, is_full })
    }

    async fn ask<T>(
        &self,
        operation: Operation,
        body: Vec<u8>,
        read: impl FnOnce(&[u8]) -> Result<T, Unreadable>,
    ) -> Result<T, Trouble> {
        let answer = self.client.send(super::super::ask(operation, body, Effect::Reads)).await?;
        read(&answer).map_err(|unreadable| Trouble::Silent(unreadable.to_string()))
    }
}

impl Polled {
    pub(super) fn nothing() -> Self {
        Self { records: Vec::new(), next: None, is_full: false }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(lost) => lost.fmt(f),
            Self::Expired => f.write_str("the place in the stream is too old"),
            Self::Refused(why) | Self::Denied(why) | Self::Silent(why) => f.write_str(why),
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match &failure.told {
            Told::Refused(refusal) => match refusal.kind.as_str() {
                "TrimmedDataAccessException" => Self::Lost(Lost::Trimmed),
                "ResourceNotFoundException" => Self::Lost(Lost::Gone),
                "ExpiredIteratorException" => Self::Expired,
                "ValidationException" => Self::Refused(failure.to_string()),
                _ if refusal.status < 500 => Self::Denied(failure.to_string()),
                _ => Self::Silent(failure.to_string()),
            },
            Told::Failed(_) => Self::Silent(failure.to_string()),
        }
    }
}

/// Shards of a stream that are kept in mind.
pub(super) const SHARDS_MAX: usize = 20_000;
/// As many records as an answer has at most.
const RECORDS_FULL: usize = 1_000;
/// Of an answer that may have been cut by its bytes, of which there can be a million.
const BYTES_FULL: usize = 512 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::upstream::client::{Fate, Fault, Refusal, What};

    #[test]
    fn a_service_that_refuses_is_not_silent() {
        let trouble = |told| Trouble::from(Failure { fate: Fate::NotDone, told });
        let refused = |status, kind: &str| {
            let body = b"{}"[..].into();
            trouble(Told::Refused(Refusal { status, kind: kind.to_owned(), body }))
        };
        let is_silent = |trouble: &Trouble| matches!(trouble, Trouble::Silent(_));

        let deadline = Fault { what: What::Deadline, why: String::new() };
        assert!(is_silent(&trouble(Told::Failed(deadline))));
        assert!(is_silent(&refused(500, "InternalServerError")));
        assert!(is_silent(&refused(503, "ServiceUnavailable")));
        for kind in ["AccessDeniedException", "ThrottlingException", "LimitExceededException"] {
            assert!(matches!(refused(400, kind), Trouble::Denied(_)), "{kind}");
        }
    }
}
