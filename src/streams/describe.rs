//! Which streams there are, and what each is.

use super::{find, no_shard, shard_id};
use crate::api::{
    ApiError, DescribeStream, ListStreams, ListStreamsOutput, ShardDescription, StreamDescription,
    StreamName, StreamStatus,
};
use crate::engine::{Catalog, Shard, Stream};

/// Names streams, those of deleted tables among them.
pub fn list(catalog: &Catalog, request: &ListStreams) -> ListStreamsOutput {
    let limit = request.limit.unwrap_or(LISTED_MAX);
    let wanted =
        |stream: &Stream| request.table.as_ref().is_none_or(|table| stream.table == *table);
    let streams = catalog.streams_after(request.after.as_deref());
    let mut streams = streams.filter(|stream| wanted(stream)).map(|stream| name(stream));
    let listed: Vec<StreamName> = streams.by_ref().take(limit).collect();
    let last = streams.next().and_then(|_| listed.last().map(|stream| stream.arn.clone()));
    ListStreamsOutput { streams: listed, last }
}

/// Describes a stream with some of its shards.
pub fn describe(
    catalog: &Catalog,
    request: &DescribeStream,
) -> Result<StreamDescription, ApiError> {
    let stream = find(catalog, &request.arn)?;
    let after = match &request.after {
        Some(id) => Some(shard_id::number_in(id).ok_or_else(no_shard)?),
        None => None,
    };
    let parent = match &request.children_of {
        Some(id) => Some(shard_id::find(&stream, id).ok_or_else(no_shard)?.number),
        None => None,
    };
    let limit = request.limit.unwrap_or(LISTED_MAX);
    let wanted = |shard: &&Shard| {
        after.is_none_or(|after| shard.number > after)
            && (parent.is_none() || shard.parent == parent)
    };
    let mut rest = stream.shards.iter().filter(wanted);
    let shards: Vec<ShardDescription> =
        rest.by_ref().take(limit).map(|shard| describe_shard(&stream, shard)).collect();
    let last_shard = rest.next().and_then(|_| shards.last().map(|shard| shard.id.clone()));
    Ok(StreamDescription {
        name: name(&stream),
        status: status(catalog, &stream),
        view: stream.view,
        created_ms: stream.created_ms,
        hash: stream.schema.hash.clone(),
        range: stream.schema.range.clone(),
        shards,
        last_shard,
    })
}

fn status(catalog: &Catalog, stream: &Stream) -> StreamStatus {
    let newest = catalog
        .table(stream.table.as_str())
        .filter(|table| table.stream.as_ref().is_some_and(|newest| newest.arn == stream.arn));
    let settles = newest.is_some_and(|table| table.stream_settles());
    match (stream.disabled_ms, settles) {
        (None, true) => StreamStatus::Enabling,
        (None, false) => StreamStatus::Enabled,
        (Some(_), true) => StreamStatus::Disabling,
        (Some(_), false) => StreamStatus::Disabled,
    }
}

fn name(stream: &Stream) -> StreamName {
    StreamName { arn: stream.arn.clone(), table: stream.table.clone(), label: stream.label.clone() }
}

fn describe_shard(stream: &Stream, shard: &Shard) -> ShardDescription {
    // One that is no longer kept is not named.
    let parent = shard.parent.and_then(|parent| stream.shard(parent));
    ShardDescription {
        id: shard_id::of(shard),
        parent: parent.map(shard_id::of),
        first: shard.first,
        last: shard.closed.map(|closed| closed.last),
    }
}

/// Streams or shards of one answer, if the request does not say.
const LISTED_MAX: usize = 100;
