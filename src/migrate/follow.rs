//! Catches up with the changes that were made since before the copy began.
//!
//!     round: shards that can be read -> the next records of each -> write them -> note the places
//!
//! Records from well before the migration began say nothing that the copy does not have, and are
//! passed over; the times of the records are the service's, so the bound has slack.
//!
//! Must hold: the records of a shard are written in their order, each page before the next is read;
//! a place is noted once all before it is written.
//! Not here: requests to the stream (`stream.rs`), the writes (`changes.rs`, `writer.rs`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::changes::writes_of;
use super::error::Error;
use super::migration::Migration;
use super::plan::{Ending, Event};
use super::reach::{Given, Reach};
use super::state::Position;
use super::stream::{Read, Stream, no_stream, readable, take_note};
use super::writer::Again;
use crate::api::{StreamStatus, StreamView};
use crate::model::TableSchema;
use crate::wire::json::client::{ReadRecord, ReadRecords, ReadShard, ReadStream};

/// The changes of a table, as far as they were followed.
pub(super) struct Follower<'a> {
    migration: &'a Arc<Migration>,
    stream: Stream<'a>,
    schema: TableSchema,
    view: Option<StreamView>,
    shards: Vec<ReadShard>,
    iterators: HashMap<String, String>,
    reach: Reach,
    /// When the shards were listed, on the monotonic clock; none if they must be again.
    listed: Option<Duration>,
    /// Records that were made before are in the copy.
    since_ms: u64,
    changes: u64,
}

/// What a round came to.
#[derive(Default)]
struct Round {
    changes: u64,
    /// Whether any shard had more, be it only records that are passed over.
    has_news: bool,
    lag: Option<Duration>,
}

/// What reading a shard came to.
struct Piece {
    shard: String,
    changes: u64,
    has_news: bool,
    /// The newest record that was not passed over.
    newest_ms: Option<u64>,
    given: Given,
    /// Where it goes on, and by which iterator.
    position: Position,
    iterator: Option<String>,
}

impl<'a> Follower<'a> {
    /// One that goes on from the places in the state.
    pub(super) fn new(migration: &'a Arc<Migration>, arn: String, schema: TableSchema) -> Self {
        let since_ms = migration.state(|state| state.began_ms).saturating_sub(SLACK_MS);
        Self {
            migration,
            stream: Stream { site: &migration.source, arn },
            schema,
            view: None,
            shards: Vec::new(),
            iterators: HashMap::new(),
            reach: Reach::new(migration.plan.quiet),
            listed: None,
            since_ms,
            changes: 0,
        }
    }

    /// Notes the shards that there are, so that none of them is missed if it ends meanwhile.
    pub(super) async fn note(&mut self) -> Result<(), Error> {
        let ReadStream { status, view, shards, .. } = self.stream.described().await?;
        match status {
            StreamStatus::Enabling | StreamStatus::Enabled => {}
            StreamStatus::Disabling | StreamStatus::Disabled => {
                return Err(no_stream(&self.migration.source, "its stream was turned off"));
            }
        }
        self.migration.change(|state| {
            if let Some(stream) = &mut state.stream {
                take_note(stream, &shards);
            }
        });
        (self.view, self.shards) = (view, shards);
        self.listed = Some(self.now());
        Ok(())
    }

    /// Follows changes until it is to end; returns how many there were.
    pub(super) async fn run(mut self) -> Result<u64, Error> {
        self.check_reach()?;
        let plan = &self.migration.plan;
        let mut quiet_since = None;
        let mut has_said = false;
        let mut is_ending = false;
        loop {
            // What was written until somebody said so may not be in the stream yet.
            let is_told = self.migration.told.has_begun();
            if is_told && !std::mem::replace(&mut is_ending, true) {
                quiet_since = None;
            }
            let round = self.round().await?;
            self.changes += round.changes;
            if round.has_news {
                quiet_since = None;
                has_said = false;
            }
            let now = self.now();
            let quiet = now.saturating_sub(*quiet_since.get_or_insert(now));
            (self.migration.tell)(Event::Followed { changes: self.changes, lag: round.lag });
            let has_caught_up = quiet >= plan.quiet;
            if has_caught_up {
                self.note_followed(self.unix_ms());
            }
            match plan.ending {
                Ending::WhenCaughtUp if has_caught_up => return Ok(self.changes),
                Ending::WhenCaughtUp if is_told => return Err(Error::Stopped),
                Ending::WhenTold if has_caught_up && is_told => return Ok(self.changes),
                Ending::Never if is_told => return Ok(self.changes),
                Ending::WhenCaughtUp | Ending::WhenTold | Ending::Never => {}
            }
            if has_caught_up && !std::mem::replace(&mut has_said, true) {
                self.say_caught_up();
            }
            if !round.has_news {
                self.rest().await?;
            }
        }
    }

    /// A pause between rounds, which ends early when somebody speaks.
    async fn rest(&self) -> Result<(), Error> {
        let pauses = &self.migration.pauses;
        let span = POLL.min(self.migration.plan.quiet.max(POLL_MIN));
        if self.migration.told.has_begun() {
            return pauses.pass(span).await;
        }
        tokio::select! {
            passed = pauses.pass(span) => passed,
            () = self.migration.told.begun() => Ok(()),
        }
    }

    /// What was not read is newer than this.
    fn note_followed(&self, until_ms: u64) {
        self.migration.change(|state| {
            if let Some(stream) = &mut state.stream {
                stream.caught_up_ms = stream.caught_up_ms.max(Some(until_ms));
            }
        });
    }

    fn say_caught_up(&self) {
        let next = match self.migration.plan.ending {
            Ending::WhenTold => "stop what writes to the source, then end this with Ctrl-C",
            Ending::WhenCaughtUp | Ending::Never => "it goes on until Ctrl-C",
        };
        let said = format!("caught up with the source; {next}");
        (self.migration.tell)(Event::Said(said));
    }

    /// Whether all that was not read yet is still kept by the stream.
    fn check_reach(&self) -> Result<(), Error> {
        let read_ms = self.migration.state(|state| {
            let stream = state.stream.as_ref();
            stream.and_then(|stream| stream.caught_up_ms).unwrap_or(state.began_ms)
        });
        let age_ms = self.unix_ms().saturating_sub(read_ms);
        if age_ms > KEPT_MS {
            let hours = age_ms / 3_600_000;
            return Err(self.trimmed(&format!("they were last read {hours} hours ago")));
        }
        Ok(())
    }

    async fn round(&mut self) -> Result<Round, Error> {
        let is_old = |listed: Duration| self.now().saturating_sub(listed) >= LIST_EVERY;
        if self.listed.is_none_or(is_old) {
            self.note().await?;
        }
        let shards = self.migration.state(|state| {
            state.stream.as_ref().map(|stream| readable(stream, &self.shards)).unwrap_or_default()
        });
        self.reach.begin(self.unix_ms());
        let this = &*self;
        let pieces: Vec<Result<Piece, Error>> =
            stream::iter(shards.into_iter().map(|(shard, position)| this.read(shard, position)))
                .buffer_unordered(READ_AT_ONCE)
                .collect()
                .await;
        let mut round = Round::default();
        let mut failure = None;
        for piece in pieces {
            match piece {
                Ok(piece) => self.take(piece, &mut round)?,
                Err(error) => failure = Some(error),
            }
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        if let Some(until_ms) = self.reach.end() {
            self.note_followed(until_ms);
        }
        Ok(round)
    }

    /// Reads the next records of a shard and writes what they come to.
    async fn read(&self, shard: String, position: Position) -> Result<Piece, Error> {
        let iterator = match self.iterators.get(&shard) {
            Some(iterator) => iterator.clone(),
            None => self.stream.iterator(&shard, &position).await?.ok_or_else(|| {
                self.trimmed(&format!("what follows in shard {shard} is no longer kept"))
            })?,
        };
        let ReadRecords { records, next } = match self.stream.records(&iterator).await? {
            Read::Records(records) => records,
            Read::Expired => {
                return Ok(Piece {
                    shard,
                    changes: 0,
                    has_news: true,
                    newest_ms: None,
                    given: Given::Unclear,
                    position,
                    iterator: None,
                });
            }
            Read::Gone(why) => return Err(self.trimmed(&why)),
        };
        let has_news = !records.is_empty() || next.is_none();
        let given = match records.iter().filter_map(|record| record.created_ms).max() {
            Some(newest_ms) => Given::Records { newest_ms },
            None if has_news => Given::Unclear,
            None => Given::Nothing,
        };
        let last = records.last().map(|record| record.sequence.clone());
        let is_new = |record: &ReadRecord| record.created_ms.is_none_or(|ms| ms >= self.since_ms);
        let records: Vec<_> = records.into_iter().filter(is_new).collect();
        let (changes, newest_ms) =
            (records.len() as u64, records.iter().filter_map(|r| r.created_ms).max());
        let source = &self.migration.source;
        let writes = writes_of(source, &self.schema, self.view, records).await?;
        self.migration.writer.write(writes, Again::Settled).await?;
        let position = match (&next, last) {
            (None, _) => Position::End,
            (Some(_), Some(last)) => Position::After(last),
            (Some(_), None) => position,
        };
        Ok(Piece { shard, changes, has_news, newest_ms, given, position, iterator: next })
    }

    /// Notes how far a shard was read.
    fn take(&mut self, piece: Piece, round: &mut Round) -> Result<(), Error> {
        let Piece { shard, changes, has_news, newest_ms, given, position, iterator } = piece;
        self.reach.read(&shard, &given, self.now());
        round.changes += changes;
        round.has_news |= has_news;
        let now_ms = self.unix_ms();
        let lag = newest_ms.map(|newest| Duration::from_millis(now_ms.saturating_sub(newest)));
        round.lag = round.lag.max(lag);
        match iterator {
            Some(iterator) => self.iterators.insert(shard.clone(), iterator),
            None => self.iterators.remove(&shard),
        };
        if position == Position::End {
            // It has children, which are perhaps not listed yet.
            self.listed = None;
        }
        self.migration.advance(|state| {
            if let Some(stream) = &mut state.stream {
                stream.shards.insert(shard, position);
            }
        })
    }

    fn trimmed(&self, why: &str) -> Error {
        Error::Trimmed {
            table: self.migration.source.table.to_string(),
            why: why.to_owned(),
            state: self.migration.state_path().to_owned(),
        }
    }

    fn now(&self) -> Duration {
        self.migration.pauses.clock.monotonic()
    }

    fn unix_ms(&self) -> u64 {
        self.migration.pauses.clock.unix_ms()
    }
}

/// Between the machine's clock and the service's, and from a write to its record.
const SLACK_MS: u64 = 15 * 60 * 1_000;
/// How long records are surely kept: a day, less that slack.
const KEPT_MS: u64 = 24 * 60 * 60 * 1_000 - 2 * SLACK_MS;
/// Shards that are read at once.
const READ_AT_ONCE: usize = 16;
/// How often shards without news are asked again; DynamoDB takes five reads a second of each.
const POLL: Duration = Duration::from_millis(250);
const POLL_MIN: Duration = Duration::from_millis(20);
const LIST_EVERY: Duration = Duration::from_secs(10);
