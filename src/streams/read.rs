//! Reading the records of a shard.

use super::iterator::{self, Place};
use super::{find, no_shard, shard_id};
use crate::api::{
    ApiError, GetRecords, GetRecordsOutput, GetShardIterator, SequenceNumber, ShardStart,
    StreamRecord,
};
use crate::engine::{
    self, Origin, Record, Seek, Shard, Stream, StreamRead, StreamSeek, TableEngine,
};

/// Tells the place in a shard that the request asks for.
pub async fn shard_iterator(
    engine: &dyn TableEngine,
    request: &GetShardIterator,
    now_ms: u64,
) -> Result<String, ApiError> {
    let stream = find(&engine.catalog().load(), &request.arn)?;
    let shard = shard_id::find(&stream, &request.shard).ok_or_else(no_shard)?;
    let seek = |to| engine.stream_seek(StreamSeek { stream: stream.id, shard: shard.number, to });
    let from = match &request.start {
        ShardStart::TrimHorizon => shard.first.max(stream.trimmed),
        ShardStart::Latest => seek(Seek::Newest).await?,
        ShardStart::AtTime(at_ms) if *at_ms > now_ms => {
            return Err(ApiError::validation("Timestamp must not be in the future"));
        }
        ShardStart::AtTime(at_ms) => seek(Seek::Time(*at_ms)).await?,
        ShardStart::At(number) | ShardStart::After(number) => {
            let number = SequenceNumber::read(number).ok_or_else(no_number)?;
            let end = match shard.closed {
                Some(closed) => closed.last.next(),
                // It is named by where it begins, also before it has a record.
                None => seek(Seek::Newest).await?.max(shard.first.next()),
            };
            if !(shard.first..end).contains(&number) {
                return Err(no_number());
            }
            if number < stream.trimmed {
                return Err(engine::Error::Trimmed.into());
            }
            match request.start {
                ShardStart::After(_) => number.next(),
                ShardStart::TrimHorizon
                | ShardStart::Latest
                | ShardStart::At(_)
                | ShardStart::AtTime(_) => number,
            }
        }
    };
    Ok(iterator::told(&stream.arn, Place { shard: shard.number, from }, now_ms))
}

/// Reads the records at a place.
pub async fn records(
    engine: &dyn TableEngine,
    request: &GetRecords,
    now_ms: u64,
) -> Result<GetRecordsOutput, ApiError> {
    let (arn, place) = iterator::read(&request.iterator, now_ms)?;
    // Before the snapshot: what ends here then is seen to its end.
    let stream = find(&engine.catalog().load(), arn)?;
    let shard = stream.shard(place.shard).ok_or(engine::Error::Trimmed)?;
    let read = StreamRead {
        stream: stream.id,
        shard: shard.number,
        from: place.from,
        records_max: request.limit.unwrap_or(RECORDS_MAX),
        bytes_max: PAGE_BYTES_MAX,
    };
    let page = engine.stream_page(read).await?;
    let records = page.records.into_iter().map(|record| shown(&stream, record));
    let records = records.collect::<Result<Vec<_>, ApiError>>()?;
    let next = (!is_behind(shard, page.next))
        .then(|| iterator::told(arn, Place { from: page.next, ..place }, now_ms));
    Ok(GetRecordsOutput { records, next })
}

/// Whether no record of the shard has this number or a higher one, nor ever will.
fn is_behind(shard: &Shard, number: SequenceNumber) -> bool {
    shard.closed.is_some_and(|closed| number > closed.last)
}

fn shown(stream: &Stream, record: Record) -> Result<StreamRecord, ApiError> {
    let Record { sequence, at_ms, event, origin, key, before, after } = record;
    let damaged = || engine::Error::DamagedStream { stream: stream.id.get() };
    let named = format!("{}|{sequence}", stream.arn);
    Ok(StreamRecord {
        id: xxhash_rust::xxh3::xxh3_128(named.as_bytes()),
        event,
        expired: origin == Origin::TimeToLive,
        region: stream.region().to_owned(),
        created_s: at_ms / 1_000,
        keys: stream.schema.attributes_of(&key).ok_or_else(damaged)?,
        before,
        after,
        sequence,
        view: stream.view,
    })
}

fn no_number() -> ApiError {
    ApiError::validation("Invalid SequenceNumber")
}

/// Records of one answer, if the request does not say.
const RECORDS_MAX: usize = 1_000;
/// Bytes of one answer's records, as they are kept.
const PAGE_BYTES_MAX: usize = 1 << 20;
