//! The stream of the source's table: found, turned on, and read.
//!
//! Must hold: a shard is read once its parent was read to the end; records that are gone are told
//! as such, never passed over.
//! Not here: what is done with records (`changes.rs`, `follow.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;

use super::error::Error;
use super::state::{Position, StreamState};
use super::tables::Site;
use crate::api::{ControlCode, Operation, ShardStart, StreamStatus, TableDescription, TableStatus};
use crate::engine::upstream::client::Effect;
use crate::wire::json::client::{self as border, ReadRecords, ReadShard, ReadStream};

/// A stream at the source.
pub(super) struct Stream<'a> {
    pub(super) site: &'a Site,
    pub(super) arn: String,
}

/// What became of asking for records.
pub(super) enum Read {
    Records(ReadRecords),
    /// The place was told too long ago, and must be asked for anew.
    Expired,
    /// What is asked for is no longer kept.
    Gone(String),
}

/// The stream of a table, which is turned on if there is none.
pub(super) async fn begin(site: &Site, table: &TableDescription) -> Result<StreamState, Error> {
    if let Some(arn) = on(table) {
        return Ok(new_state(arn, false));
    }
    turn_on(site).await?;
    // What is written before it takes records must be in the copy.
    let is_ready =
        |table: &TableDescription| table.status == TableStatus::Active && on(table).is_some();
    let described = site.until(READY_SECONDS_MAX, is_ready).await?;
    let arn = described.and_then(|described| on(&described.table));
    let arn = arn.ok_or_else(|| no_stream(site, "its table is gone"))?;
    let stream = Stream { site, arn: arn.clone() };
    while stream.described().await?.status == StreamStatus::Enabling {
        site.pauses.pass(LOOK_EVERY).await?;
    }
    Ok(new_state(arn, true))
}

fn on(table: &TableDescription) -> Option<String> {
    let on = table.stream.as_deref().filter(|stream| stream.view.is_some());
    on.map(|stream| stream.arn.clone())
}

fn new_state(arn: String, is_ours: bool) -> StreamState {
    StreamState { arn, is_ours, caught_up_ms: None, shards: BTreeMap::new() }
}

/// Whether the stream that was followed is still the table's.
pub(super) fn is_of(table: &TableDescription, state: &StreamState) -> bool {
    on(table).is_some_and(|arn| arn == state.arn)
}

async fn turn_on(site: &Site) -> Result<(), Error> {
    let body = Bytes::from(border::enable_stream(site.table.as_str()));
    let mut back_off = site.pauses.begin();
    loop {
        match site.end.ask(Operation::UpdateTable, body.clone(), Effect::Writes).await {
            Ok(_) => return Ok(()),
            Err(failed) if failed.may_pass => back_off.after(&site.end, failed).await?,
            Err(failed) => return Err(no_stream(site, &failed.why)),
        }
    }
}

/// Changes cannot be followed.
pub(super) fn no_stream(site: &Site, why: &str) -> Error {
    let (end, table) = (site.end.to_string(), site.table.to_string());
    Error::NoStream { end, table, why: why.to_owned() }
}

impl Stream<'_> {
    /// The stream with all its shards.
    pub(super) async fn described(&self) -> Result<ReadStream, Error> {
        let mut shards = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let body = border::describe_stream(&self.arn, after.as_deref()).into();
            let answer = self.site.asked(Operation::DescribeStream, body).await?;
            let mut page =
                border::stream(&answer).map_err(|source| self.site.unreadable(source))?;
            shards.append(&mut page.shards);
            let next = page.last_shard.take();
            // A service that names the same again would be asked for ever.
            if next.is_none() || next == after {
                return Ok(ReadStream { shards, ..page });
            }
            after = next;
        }
    }

    /// An iterator at a place in a shard; none if the place is no longer kept.
    pub(super) async fn iterator(
        &self,
        shard: &str,
        position: &Position,
    ) -> Result<Option<String>, Error> {
        let start = match position {
            Position::Oldest | Position::End => ShardStart::TrimHorizon,
            Position::After(number) => ShardStart::After(number.clone()),
        };
        let body = border::get_shard_iterator(&self.arn, shard, &start).into();
        let asked = self.site.asked_or(Operation::GetShardIterator, body, |failed| {
            failed.is_not_found() || failed.is(ControlCode::TrimmedDataAccess)
        });
        let Some(answer) = asked.await? else { return Ok(None) };
        border::iterator(&answer).map(Some).map_err(|source| self.site.unreadable(source))
    }

    /// The records behind an iterator.
    pub(super) async fn records(&self, iterator: &str) -> Result<Read, Error> {
        let body = border::get_records(iterator).into();
        let mut instead = None;
        let asked = self.site.asked_or(Operation::GetRecords, body, |failed| {
            if failed.is(ControlCode::ExpiredIterator) {
                instead = Some(Read::Expired);
            } else if failed.is(ControlCode::TrimmedDataAccess) || failed.is_not_found() {
                instead = Some(Read::Gone(failed.why.clone()));
            }
            instead.is_some()
        });
        let Some(answer) = asked.await? else { return Ok(instead.unwrap_or(Read::Expired)) };
        let records = border::records(&answer).map_err(|source| self.site.unreadable(source))?;
        Ok(Read::Records(records))
    }
}

/// Takes note of the shards that there are, and forgets those that are gone and were read.
pub(super) fn take_note(state: &mut StreamState, shards: &[ReadShard]) {
    let ids: BTreeSet<&str> = shards.iter().map(|shard| shard.id.as_str()).collect();
    state.shards.retain(|id, position| *position != Position::End || ids.contains(id.as_str()));
    for shard in shards {
        state.shards.entry(shard.id.clone()).or_insert(Position::Oldest);
    }
}

/// The shards that can be read now: not read to the end, and without a parent that is not.
pub(super) fn readable(state: &StreamState, shards: &[ReadShard]) -> Vec<(String, Position)> {
    let is_unread =
        |id: &String| state.shards.get(id).is_some_and(|position| *position != Position::End);
    let may_be_read = |id: &&String| {
        let parent = shards.iter().find(|shard| shard.id == **id).and_then(|s| s.parent.as_ref());
        is_unread(id) && !parent.is_some_and(is_unread)
    };
    let named = |id: &String| (id.clone(), state.shards[id].clone());
    state.shards.keys().filter(may_be_read).map(named).collect()
}

/// How long a table may take to have its stream.
const READY_SECONDS_MAX: u64 = 600;
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(id: &str, parent: Option<&str>) -> ReadShard {
        ReadShard { id: id.to_owned(), parent: parent.map(str::to_owned), first: None, last: None }
    }

    fn ids(readable: &[(String, Position)]) -> Vec<&str> {
        readable.iter().map(|(id, _)| id.as_str()).collect()
    }

    #[test]
    fn a_child_is_read_after_its_parent() {
        let shards = [shard("b", Some("a")), shard("a", Some("gone")), shard("c", Some("b"))];
        let mut state = new_state(String::new(), false);

        take_note(&mut state, &shards);
        assert_eq!(ids(&readable(&state, &shards)), ["a"]);

        state.shards.insert("a".to_owned(), Position::End);
        assert_eq!(ids(&readable(&state, &shards)), ["b"]);

        // The parent is no longer listed.
        take_note(&mut state, &shards[..1]);
        assert_eq!(state.shards.keys().collect::<Vec<_>>(), ["b", "c"]);
        state.shards.insert("b".to_owned(), Position::End);
        take_note(&mut state, &shards[2..]);
        assert_eq!(ids(&readable(&state, &shards[2..])), ["c"]);
    }

    #[test]
    fn what_was_read_is_kept_as_it_is() {
        let shards = [shard("a", None)];
        let mut state = new_state(String::new(), false);
        state.shards.insert("a".to_owned(), Position::After("7".to_owned()));

        take_note(&mut state, &shards);

        assert_eq!(state.shards["a"], Position::After("7".to_owned()));
    }
}
