//! Reading a stream's log from a snapshot.
//!
//! Must hold: what a page passes over is no record of its shard; a record that is gone is told,
//! never passed over. So slices are looked at after the snapshot was opened: who writes shows a
//! slice before its first record, and takes it away from sight before it drops it.
//! Not here: threads and deadlines (`reader.rs`).

use std::ops::Bound;

use bytes::Bytes;

use super::super::reader::{ReadError, View, of_store};
use super::super::rows as engine_rows;
use super::{Slice, rows};
use crate::api::SequenceNumber;
use crate::engine::{
    Error, Seek, Shard, ShardNumber, StreamId, StreamPage, StreamRead, StreamSeek,
};
use crate::store::{self, Chunk, ChunkLimit, Direction, KeyRange, Snapshot, SpaceId};

/// A stream's log as one view shows it.
struct Look<'a> {
    view: &'a View<'a>,
    stream: StreamId,
    shard: ShardNumber,
    /// The slices that the snapshot has.
    slices: Vec<Slice>,
    trimmed: SequenceNumber,
    /// The number behind all that the snapshot shows.
    end: SequenceNumber,
}

/// Records of a shard from a number on.
pub(in super::super) fn page(
    view: &View<'_>,
    system: SpaceId,
    read: &StreamRead,
) -> Result<StreamPage, ReadError> {
    let look = Look::new(view, system, read.stream, read.shard)?;
    if read.from < look.trimmed {
        return Err(Error::Trimmed.into());
    }
    let mut page = StreamPage { records: Vec::new(), next: look.end.max(read.from) };
    let mut bytes = 0;
    for slice in look.slices_from(read.from) {
        let mut rest = Some(rows_from(look.shard, read.from));
        while let Some(range) = rest.take() {
            let limit = ChunkLimit {
                rows_max: read.records_max - page.records.len(),
                bytes_max: read.bytes_max - bytes,
            };
            let chunk = look.read(slice, &range, Direction::Forward, limit)?;
            rest = chunk.rest;
            for (row, value) in chunk.rows {
                let record = rows::record(&row, &value).ok_or_else(|| look.damaged())?;
                bytes += row.len() + value.len();
                if bytes > read.bytes_max && !page.records.is_empty() {
                    page.next = record.sequence;
                    return Ok(page);
                }
                page.next = record.sequence.next();
                page.records.push(record);
                if page.records.len() >= read.records_max || bytes >= read.bytes_max {
                    return Ok(page);
                }
            }
        }
    }
    page.next = look.end.max(read.from);
    Ok(page)
}

/// The number of the first record at a place.
pub(in super::super) fn seek(
    view: &View<'_>,
    system: SpaceId,
    seek: &StreamSeek,
) -> Result<SequenceNumber, ReadError> {
    let look = Look::new(view, system, seek.stream, seek.shard)?;
    let Seek::Time(at_ms) = seek.to else { return Ok(look.end) };
    for slice in &look.slices {
        if let Some(found) = look.first_since(*slice, at_ms)? {
            return Ok(found);
        }
    }
    Ok(look.end)
}

/// The highest number that these slices have of any of the shards.
pub(in super::super) fn last_recorded(
    snapshot: &dyn Snapshot,
    slices: &[Slice],
    shards: &[Shard],
) -> store::Result<Option<SequenceNumber>> {
    let mut last = None;
    for slice in slices.iter().rev() {
        for shard in shards {
            let range = rows_from(shard.number, SequenceNumber::new(0));
            let chunk =
                snapshot.range(slice.space, &range, Direction::Backward, ChunkLimit::rows(1))?;
            let found = chunk.rows.first().and_then(|(row, _)| rows::sequence_of(row));
            last = last.max(found);
        }
        // Earlier ones have lower numbers.
        if last.is_some() {
            break;
        }
    }
    Ok(last)
}

impl<'a> Look<'a> {
    fn new(
        view: &'a View<'a>,
        system: SpaceId,
        stream: StreamId,
        shard: ShardNumber,
    ) -> Result<Self, ReadError> {
        let commit = view.snapshot().get(system, &engine_rows::system_row("commit"));
        let commit = commit.map_err(of_store)?.and_then(|value| engine_rows::number_of(&value));
        let end = SequenceNumber::new(commit.unwrap_or(0)).next();
        let slices = view.slices(stream).ok_or(Error::Trimmed)?;
        let kept = slices.kept.iter().copied().filter(|slice| slice.first < end).collect();
        Ok(Self { view, stream, shard, slices: kept, trimmed: slices.trimmed, end })
    }

    /// The slices that can have records of this number or higher ones.
    fn slices_from(&self, from: SequenceNumber) -> impl Iterator<Item = Slice> {
        let behind = self.slices.partition_point(|slice| slice.first <= from);
        // Where a clock was put back, slices without a record begin at the number of another.
        let begin = self.slices[..behind]
            .last()
            .map_or(0, |last| self.slices.partition_point(|slice| slice.first < last.first));
        self.slices[begin..].iter().copied()
    }

    /// The first record of a slice that was written at that time or later.
    fn first_since(&self, slice: Slice, at_ms: u64) -> Result<Option<SequenceNumber>, ReadError> {
        let all = rows_from(self.shard, slice.first);
        let Some((last, time_ms)) = self.one(slice, &all, Direction::Backward)? else {
            return Ok(None);
        };
        if time_ms < at_ms {
            return Ok(None);
        }
        // `found` was late enough; what is better has a number from `low` on, below `end`.
        let (mut found, mut low, mut end) = (last, slice.first.get(), last.get());
        while low < end {
            let middle = low + (end - low) / 2;
            let range = rows_from(self.shard, SequenceNumber::new(middle));
            match self.one(slice, &range, Direction::Forward)? {
                Some((early, time_ms)) if time_ms < at_ms => low = early.next().get(),
                Some((late, _)) => (found, end) = (late, middle),
                None => break,
            }
        }
        Ok(Some(found))
    }

    /// The first record of a range in that direction, with its time.
    fn one(
        &self,
        slice: Slice,
        range: &KeyRange,
        direction: Direction,
    ) -> Result<Option<(SequenceNumber, u64)>, ReadError> {
        let chunk = self.read(slice, range, direction, ChunkLimit::rows(1))?;
        let told =
            |(row, value): &(Bytes, Bytes)| Some((rows::sequence_of(row)?, rows::time_of(value)?));
        chunk.rows.first().map(|row| told(row).ok_or_else(|| self.damaged())).transpose()
    }

    fn read(
        &self,
        slice: Slice,
        range: &KeyRange,
        direction: Direction,
        limit: ChunkLimit,
    ) -> Result<Chunk, ReadError> {
        let snapshot = self.view.snapshot();
        match snapshot.range(slice.space, range, direction, limit) {
            // It was dropped since the slices were looked at.
            Err(store::Error::NoSpace(_)) => Err(Error::Trimmed.into()),
            Err(error) => Err(of_store(error)),
            Ok(chunk) => Ok(chunk),
        }
    }

    fn damaged(&self) -> ReadError {
        Error::DamagedStream { stream: self.stream.get() }.into()
    }
}

/// The rows of a shard from that number on.
fn rows_from(shard: ShardNumber, from: SequenceNumber) -> KeyRange {
    KeyRange {
        from: Bound::Included(rows::row(shard, from)),
        to: Bound::Excluded(rows::end_of(shard)),
    }
}
