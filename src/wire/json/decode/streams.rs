//! Streams: what switches one on and off in a request for its table, and the four operations that
//! read it.

use std::borrow::Cow;

use super::super::constraints::{OPTIONAL, REQUIRED, Rule, STREAM_VIEWS, shape};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::tables::NAME;
use super::{read, required};
use crate::api::{
    ApiError, DescribeStream, GetRecords, GetShardIterator, ListStreams, ShardStart, StreamChange,
    StreamView, TableName, invalid,
};

/// A `StreamSpecification` as it came.
#[derive(Debug, Default)]
pub(super) struct Specification<'a> {
    enabled: Option<bool>,
    view: Option<Cow<'a, str>>,
}

#[derive(Debug, Default)]
struct ListMembers<'a> {
    table: Option<Cow<'a, str>>,
    limit: Option<i32>,
    after: Option<Cow<'a, str>>,
}

#[derive(Debug, Default)]
struct DescribeMembers<'a> {
    arn: Option<Cow<'a, str>>,
    limit: Option<i32>,
    after: Option<Cow<'a, str>>,
    filter: Option<Filter<'a>>,
}

#[derive(Debug, Default)]
struct Filter<'a> {
    kind: Option<Cow<'a, str>>,
    shard: Option<Cow<'a, str>>,
}

#[derive(Debug, Default)]
struct IteratorMembers<'a> {
    arn: Option<Cow<'a, str>>,
    shard: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
    sequence: Option<Cow<'a, str>>,
    time_ms: Option<u64>,
}

#[derive(Debug, Default)]
struct RecordsMembers<'a> {
    iterator: Option<Cow<'a, str>>,
    limit: Option<i32>,
}

impl<'a> Specification<'a> {
    pub(super) fn read(scan: &mut Scanner<'a>) -> Result<Option<Self>, ApiError> {
        let mut read = Self::default();
        let present = scan.structure("StreamSpecification", Place::Member, |scan, name| {
            match &*name {
                "StreamEnabled" => read.enabled = scan.boolean()?,
                "StreamViewType" => read.view = scan.text()?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(present.then_some(read))
    }

    /// What a specification that passed the constraints asks for.
    pub(super) fn change(&self) -> Result<StreamChange, ApiError> {
        match (self.enabled, self.view.as_deref().map(view_of)) {
            (Some(true), Some(view)) => Ok(StreamChange::Enable(view)),
            (Some(true), None) => {
                Err(invalid("If stream is being enabled then UpdateViewType is required"))
            }
            (_, None) => Ok(StreamChange::Disable),
            (_, Some(_)) => Err(invalid(
                "If stream is being disabled, then UpdateViewType must not be specified",
            )),
        }
    }
}

shape! {
    impl "StreamSpecification" for Specification<'_> as stream {
        "streamEnabled": REQUIRED, stream.enabled.as_ref();
        "streamViewType": STREAM_VIEWS, stream.view.as_deref();
    }
}

shape! {
    fn constrain_list(list: &ListMembers<'_>) {
        "tableName": NAME, list.table.as_deref();
        "limit": OPTIONAL.within(1, 100), list.limit.as_ref();
        "exclusiveStartStreamArn": ARN.optional(), list.after.as_deref();
    }
}

shape! {
    fn constrain_describe(describe: &DescribeMembers<'_>) {
        "streamArn": ARN, describe.arn.as_deref();
        "limit": OPTIONAL.within(1, 100), describe.limit.as_ref();
        "exclusiveStartShardId": SHARD.optional(), describe.after.as_deref();
        "shardFilter": OPTIONAL, describe.filter.as_ref();
    }
}

shape! {
    impl "ShardFilter" for Filter<'_> as filter {
        "type": OPTIONAL.one_of(&["CHILD_SHARDS"]), filter.kind.as_deref();
        "shardId": SHARD.optional(), filter.shard.as_deref();
    }
}

shape! {
    fn constrain_iterator(iterator: &IteratorMembers<'_>) {
        "streamArn": ARN, iterator.arn.as_deref();
        "shardId": SHARD, iterator.shard.as_deref();
        "shardIteratorType": ITERATOR_TYPES, iterator.kind.as_deref();
        "sequenceNumber": OPTIONAL.within(21, 40), iterator.sequence.as_deref();
    }
}

shape! {
    fn constrain_records(records: &RecordsMembers<'_>) {
        "shardIterator": REQUIRED.within(1, 2048), records.iterator.as_deref();
        "limit": OPTIONAL.within(1, 1_000), records.limit.as_ref();
    }
}

pub(super) fn list_streams(body: &[u8]) -> Result<ListStreams, ApiError> {
    let members = read(body, |members: &mut ListMembers<'_>, scan, name| {
        match name {
            "TableName" => members.table = scan.text()?,
            "Limit" => members.limit = scan.integer()?,
            "ExclusiveStartStreamArn" => members.after = scan.text()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    constrain_list(&members)?;
    Ok(ListStreams {
        table: members.table.as_deref().map(TableName::named_by).transpose()?,
        after: members.after.map(Cow::into_owned),
        limit: limit_of(members.limit),
    })
}

pub(super) fn describe_stream(body: &[u8]) -> Result<DescribeStream, ApiError> {
    let members = read(body, DescribeMembers::read)?;
    constrain_describe(&members)?;
    let children_of = match members.filter {
        None | Some(Filter { kind: None, shard: None }) => None,
        Some(Filter { kind: Some(_), shard: Some(shard) }) => Some(shard.into_owned()),
        Some(Filter { kind: None, .. } | Filter { shard: None, .. }) => {
            return Err(invalid("ShardFilter needs both Type and ShardId"));
        }
    };
    Ok(DescribeStream {
        arn: required(members.arn)?.into_owned(),
        limit: limit_of(members.limit),
        after: members.after.map(Cow::into_owned),
        children_of,
    })
}

pub(super) fn get_shard_iterator(body: &[u8]) -> Result<GetShardIterator, ApiError> {
    let members = read(body, |members: &mut IteratorMembers<'_>, scan, name| {
        match name {
            "StreamArn" => members.arn = scan.text()?,
            "ShardId" => members.shard = scan.text()?,
            "ShardIteratorType" => members.kind = scan.text()?,
            "SequenceNumber" => members.sequence = scan.text()?,
            "Timestamp" => members.time_ms = scan.time_ms()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    constrain_iterator(&members)?;
    let start = members.start()?;
    Ok(GetShardIterator {
        start,
        arn: required(members.arn)?.into_owned(),
        shard: required(members.shard)?.into_owned(),
    })
}

pub(super) fn get_records(body: &[u8]) -> Result<GetRecords, ApiError> {
    let members = read(body, |members: &mut RecordsMembers<'_>, scan, name| {
        match name {
            "ShardIterator" => members.iterator = scan.text()?,
            "Limit" => members.limit = scan.integer()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    constrain_records(&members)?;
    let iterator = required(members.iterator)?.into_owned();
    Ok(GetRecords { iterator, limit: limit_of(members.limit) })
}

impl<'a> DescribeMembers<'a> {
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "StreamArn" => self.arn = scan.text()?,
            "Limit" => self.limit = scan.integer()?,
            "ExclusiveStartShardId" => self.after = scan.text()?,
            "ShardFilter" => {
                let mut filter = Filter::default();
                let present = scan.structure("ShardFilter", Place::Member, |scan, name| {
                    match &*name {
                        "Type" => filter.kind = scan.text()?,
                        "ShardId" => filter.shard = scan.text()?,
                        _ => scan.skip()?,
                    }
                    Ok(())
                })?;
                self.filter = present.then_some(filter);
            }
            _ => scan.skip()?,
        }
        Ok(())
    }
}

impl IteratorMembers<'_> {
    /// Where to begin, with what the type of the iterator needs and nothing that it does not take.
    fn start(&self) -> Result<ShardStart, ApiError> {
        let kind = self.kind.as_deref().unwrap_or_default();
        let sequence = self.sequence.as_deref();
        match (kind, sequence, self.time_ms) {
            ("TRIM_HORIZON", None, None) => Ok(ShardStart::TrimHorizon),
            ("LATEST", None, None) => Ok(ShardStart::Latest),
            ("AT_SEQUENCE_NUMBER", Some(number), None) => Ok(ShardStart::At(number.to_owned())),
            ("AFTER_SEQUENCE_NUMBER", Some(number), None) => {
                Ok(ShardStart::After(number.to_owned()))
            }
            ("AT_TIMESTAMP", None, Some(time_ms)) => Ok(ShardStart::AtTime(time_ms)),
            ("AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER", None, _) => {
                Err(invalid(format_args!("SequenceNumber is required for {kind}")))
            }
            ("AT_TIMESTAMP", _, None) => {
                Err(invalid(format_args!("Timestamp is required for {kind}")))
            }
            (_, _, Some(_)) => {
                Err(invalid(format_args!("Timestamp must not be specified for {kind}")))
            }
            (_, Some(_), None) => {
                Err(invalid(format_args!("SequenceNumber must not be specified for {kind}")))
            }
            (_, None, None) => Err(invalid("ShardIteratorType is required")),
        }
    }
}

/// The view of a word that the constraints have passed.
fn view_of(word: &str) -> StreamView {
    match word {
        "NEW_IMAGE" => StreamView::NewImage,
        "OLD_IMAGE" => StreamView::OldImage,
        "NEW_AND_OLD_IMAGES" => StreamView::NewAndOldImages,
        _ => StreamView::KeysOnly,
    }
}

fn limit_of(limit: Option<i32>) -> Option<usize> {
    limit.and_then(|limit| usize::try_from(limit).ok())
}

const ARN: Rule = REQUIRED.within(37, 1024);
const SHARD: Rule = REQUIRED.within(28, 65);
const ITERATOR_TYPES: Rule = REQUIRED.one_of(&[
    "TRIM_HORIZON",
    "LATEST",
    "AT_SEQUENCE_NUMBER",
    "AFTER_SEQUENCE_NUMBER",
    "AT_TIMESTAMP",
]);
