//! Streams coming, going and ageing, on the writer thread.
//!
//! Made: its row, in the batch of its table's change. A slice of its log is made before the first
//! record of its hour, and dropped once all of it is older than records are kept: first the row that
//! says so, then the space. Shards that are old are closed and others opened in their places. A
//! stream takes no records once it is disabled or its table is gone, and goes with its last slice.
//!
//! Must hold: readers are shown a slice before it has a record, and do not see it any more when it
//! is dropped; a change of shards has a commit number of its own.
//! Not here: records (`log/`), what a stream is (`engine/stream.rs`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::definition::Setting;
use super::log::{self, Log, Slice, Slices};
use super::queued::Work;
use super::stream_definition::StreamDefinition;
use super::tables::of_store;
use super::writer::{Writer, WriterTable};
use super::{StreamOptions, rows};
use crate::api::SequenceNumber;
use crate::clock::whole_ms;
use crate::engine::{Error, Stream, StreamId, Table};
use crate::model::TableId;
use crate::store::{Batch, ChunkLimit, Direction, KeyRange, Snapshot, SpaceId, SpaceName, Store};

/// The streams, as the writer knows them.
#[derive(Default)]
pub(super) struct Streams {
    by_id: BTreeMap<StreamId, Kept>,
    next: u64,
    /// When they are looked at next.
    looks_at: Duration,
}

/// A stream and the slices of its log.
struct Kept {
    stream: Arc<Stream>,
    slices: Arc<[Slice]>,
}

/// What time makes of a stream.
struct Aged {
    id: StreamId,
    /// The stream; `None` if it is gone.
    stream: Option<Stream>,
    /// How many of its oldest slices are over.
    over: usize,
}

impl Streams {
    /// Reads the streams of a store.
    pub(super) fn read(
        store: &dyn Store,
        snapshot: &dyn Snapshot,
        system: SpaceId,
        setting: &Setting<'_>,
    ) -> Result<Self, Error> {
        let range = KeyRange::prefix(rows::STREAMS.as_bytes());
        let limit = ChunkLimit::rows(usize::MAX);
        let found = snapshot.range(system, &range, Direction::Forward, limit);
        let mut streams = Self::default();
        for (row, value) in found.map_err(|error| Error::Store(Arc::new(error)))?.rows {
            let id = rows::stream_of_row(&row).ok_or(Error::Damaged { table: 0 })?;
            let stream = StreamDefinition::decode(&value)
                .and_then(|definition| definition.into_stream(id, setting))
                .ok_or(Error::DamagedStream { stream: id.get() })?;
            streams.by_id.insert(id, Kept { stream: Arc::new(stream), slices: [].into() });
        }
        let spaces = store.spaces().into_iter();
        let mut slices: Vec<(StreamId, Slice)> =
            spaces.filter_map(|(name, space)| Slice::of(&name, space)).collect();
        slices.sort_unstable_by_key(|(id, slice)| (*id, slice.first, slice.start_ms));
        for of_one in slices.chunk_by(|(one, _), (other, _)| one == other) {
            if let Some(kept) = streams.by_id.get_mut(&of_one[0].0) {
                let of_one = of_one.iter().map(|(_, slice)| *slice);
                let trimmed = kept.stream.trimmed;
                kept.slices = of_one.filter(|slice| slice.first >= trimmed).collect();
            }
        }
        Ok(streams)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The number of the next stream.
    pub(super) fn next_id(&self) -> StreamId {
        StreamId::new(self.next.max(1))
    }

    /// The number of the next stream is at least this.
    pub(super) fn number_from(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    /// All streams.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Stream>> {
        self.by_id.values().map(|kept| &kept.stream)
    }

    /// The streams with what readers are shown of their logs.
    pub(super) fn shown(&self) -> impl Iterator<Item = (StreamId, Slices)> {
        self.by_id.iter().map(|(id, kept)| (*id, kept.shown()))
    }

    /// Whether a space is a slice of one of these streams.
    pub(super) fn has(&self, name: &SpaceName, space: SpaceId) -> bool {
        Slice::of(name, space).is_some_and(|(id, slice)| {
            self.by_id.get(&id).is_some_and(|kept| kept.slices.contains(&slice))
        })
    }

    /// The newest stream of a table.
    pub(super) fn of_table(&self, table: TableId) -> Option<&Arc<Stream>> {
        self.all().filter(|stream| stream.schema.table == table).last()
    }

    /// Where changes of a table are recorded, if they are.
    pub(super) fn log_of(&self, table: TableId) -> Option<Log> {
        let stream = self.of_table(table).filter(|stream| stream.disabled_ms.is_none())?;
        let newest = self.by_id.get(&stream.id).and_then(|kept| kept.slices.last());
        Some(Log::new(Arc::clone(stream), newest.copied()))
    }

    /// Takes a stream as it is now.
    fn keep(&mut self, stream: Arc<Stream>) {
        let slices = self.by_id.get(&stream.id).map(|kept| Arc::clone(&kept.slices));
        let slices = slices.unwrap_or_else(|| [].into());
        self.by_id.insert(stream.id, Kept { stream, slices });
    }
}

impl Kept {
    fn shown(&self) -> Slices {
        Slices { trimmed: self.stream.trimmed, kept: Arc::clone(&self.slices) }
    }

    /// What the stream is at that time, if it is another; `number` is that of the change.
    fn aged(&self, now_ms: u64, number: SequenceNumber, options: &StreamOptions) -> Option<Aged> {
        let is_over = |end_ms: u64| now_ms >= end_ms.saturating_add(whole_ms(options.retention));
        let over = self.over(whole_ms(options.slice), is_over);
        let left = &self.slices[over..];
        let mut stream = Stream::clone(&self.stream);
        stream.shards.retain(|shard| {
            shard.closed.is_none_or(|closed| {
                !is_over(closed.at_ms) || left.first().is_some_and(|kept| kept.first <= closed.last)
            })
        });
        let life_ms = whole_ms(options.shard_life);
        let is_old = |opened_ms: u64| now_ms >= opened_ms.saturating_add(life_ms);
        let rolls = stream.open_shards().any(|shard| is_old(shard.opened_ms))
            || stream.open_shards().count() < options.shards;
        if stream.disabled_ms.is_none() && rolls {
            stream.roll(options.shards, now_ms, number);
        }
        let id = stream.id;
        if left.is_empty() && stream.disabled_ms.is_some_and(is_over) {
            return Some(Aged { id, stream: None, over });
        }
        let is_other = over > 0 || stream != *self.stream;
        is_other.then_some(Aged { id, stream: Some(stream), over })
    }

    /// How many of the oldest slices end at a time that is over.
    fn over(&self, slice_ms: u64, is_over: impl Fn(u64) -> bool) -> usize {
        // Where the clock was put back, what a slice has is older than what the next one has.
        let mut ends_ms: Vec<u64> = Vec::with_capacity(self.slices.len());
        let mut next_ms = u64::MAX;
        for slice in self.slices.iter().rev() {
            next_ms = next_ms.min(slice.start_ms.saturating_add(slice_ms));
            ends_ms.push(next_ms);
        }
        ends_ms.into_iter().rev().take_while(|end_ms| is_over(*end_ms)).count()
    }
}

impl Writer {
    /// Makes the slices that the changes of this work are recorded in at that time.
    pub(super) fn open_slices(&mut self, work: &Work, now_ms: u64) -> Result<(), Error> {
        if self.streams.by_id.is_empty() {
            return Ok(());
        }
        let slice_ms = whole_ms(self.options.streams.slice).max(1);
        let start_ms = now_ms - now_ms % slice_ms;
        let first = SequenceNumber::new(self.last_commit).next();
        for table in work.tables() {
            let log = self.tables.get_mut(&table).and_then(|table| table.log.as_mut());
            let Some(log) = log else { continue };
            if log.slice.is_some_and(|slice| slice.start_ms == start_ms) {
                continue;
            }
            let id = log.stream.id;
            let space = self.store.create_space(&Slice::name(id, start_ms, first));
            let space = space.map_err(|error| Error::Store(Arc::new(error)))?;
            let slice = Slice { first, start_ms, space };
            log.slice = Some(slice);
            let kept = self.streams.by_id.get_mut(&id).expect("a log's stream is kept");
            // A clock that was put back and came here again finds what it made and left empty.
            if kept.slices.contains(&slice) {
                continue;
            }
            kept.slices = kept.slices.iter().copied().chain([slice]).collect();
            self.state.set_slices(id, Some(kept.shown()));
        }
        Ok(())
    }

    /// Does what time has made due, now and then: trims logs, and opens shards for old ones.
    pub(super) fn look_at_streams(&mut self) {
        let now = self.clock.monotonic();
        if self.streams.by_id.is_empty()
            || now < self.streams.looks_at
            || self.state.accepts_writes().is_err()
        {
            return;
        }
        self.streams.looks_at = now + LOOK;
        if let Err(error) = self.age_streams() {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "streams cannot be trimmed now; their records stay");
        }
    }

    fn age_streams(&mut self) -> Result<(), Error> {
        let now_ms = self.clock.unix_ms();
        let number = SequenceNumber::new(self.last_commit).next();
        let kept = self.streams.by_id.values();
        let mut aged: Vec<Aged> =
            kept.filter_map(|kept| kept.aged(now_ms, number, &self.options.streams)).collect();
        if aged.is_empty() {
            return Ok(());
        }
        let snapshot = self.store.snapshot().map_err(of_store)?;
        for Aged { id, stream, over } in &mut aged {
            let (Some(stream), Some(kept)) = (stream, self.streams.by_id.get(id)) else { continue };
            // Who has read all that was recorded has lost nothing, wherever the numbers are by now.
            let last = log::last_recorded(&*snapshot, &kept.slices[..*over], &kept.stream.shards);
            if let Some(last) = last.map_err(of_store)? {
                stream.trimmed = last.next();
            }
        }
        drop(snapshot);
        let mut batch = Batch::new();
        for Aged { id, stream, .. } in &aged {
            match stream {
                Some(stream) => self.put_stream(&mut batch, stream),
                None => batch.delete(self.system, rows::stream_row(*id)),
            }
        }
        self.commit_rows(batch)?;
        self.last_commit = number.get();
        for Aged { id, stream, over } in aged {
            let Some(kept) = self.streams.by_id.get_mut(&id) else { continue };
            let (gone, left) = kept.slices.split_at(over);
            let (gone, left): (Vec<Slice>, Arc<[Slice]>) = (gone.into(), left.into());
            kept.slices = left;
            match stream {
                Some(stream) => self.keep_stream(stream),
                None => self.forget_stream(id),
            }
            for slice in gone {
                // Its stream says that it is trimmed.
                self.drop_space(Slice::name(id, slice.start_ms, slice.first));
            }
        }
        self.publish();
        Ok(())
    }

    /// The numbers of the streams that there are.
    pub(super) fn stream_ids(&self) -> Vec<StreamId> {
        self.streams.by_id.keys().copied().collect()
    }

    /// Adds a stream as it will be to a batch that gets the next commit number.
    pub(super) fn put_stream(&self, batch: &mut Batch, stream: &Stream) {
        let next = self.streams.next.max(stream.id.get() + 1);
        let put = |batch: &mut Batch, name, number| {
            batch.put(self.system, rows::system_row(name), rows::number_value(number));
        };
        let definition = StreamDefinition::of(stream).encode();
        batch.put(self.system, rows::stream_row(stream.id), definition);
        put(batch, "next-stream", next);
        put(batch, "commit", self.last_commit + 1);
        put(batch, "format", rows::FORMAT);
    }

    /// Takes a stream that was put into a batch beside something else, which is committed.
    pub(super) fn committed_stream(&mut self, stream: Option<Stream>) {
        if let Some(stream) = stream {
            self.last_commit += 1;
            self.keep_stream(stream);
        }
    }

    fn keep_stream(&mut self, stream: Stream) {
        let (id, table) = (stream.id, stream.schema.table);
        self.streams.number_from(id.get() + 1);
        self.streams.keep(Arc::new(stream));
        let shown = self.streams.by_id.get(&id).map(Kept::shown);
        self.state.set_slices(id, shown);
        self.show_stream(table);
    }

    fn forget_stream(&mut self, id: StreamId) {
        self.state.set_slices(id, None);
        if let Some(kept) = self.streams.by_id.remove(&id) {
            self.show_stream(kept.stream.schema.table);
        }
    }

    /// Brings a table, if it is there, in line with its newest stream.
    fn show_stream(&mut self, table: TableId) {
        let Some(WriterTable { table: kept, log, .. }) = self.tables.get_mut(&table) else {
            return;
        };
        *log = self.streams.log_of(table);
        let summary = self.streams.of_table(table).map(|stream| stream.summary());
        if kept.stream != summary {
            *kept = Arc::new(Table { stream: summary, ..Table::clone(kept) });
        }
    }
}

/// How often streams are looked at.
const LOOK: Duration = Duration::from_secs(30);
