//! Writes the answers about streams.

use std::slice;

use super::table::{keys, time};
use super::write::{Separator, list, plain, text};
use super::{item_bytes, value};
use crate::api::{
    GetRecordsOutput, ListStreamsOutput, ShardDescription, StreamDescription, StreamEvent,
    StreamName, StreamRecord, StreamStatus, StreamSummary,
};

/// Writes the members of a table's description that are about its newest stream.
pub(super) fn summary(out: &mut Vec<u8>, next: &mut Separator, stream: &StreamSummary) {
    if let Some(view) = stream.view {
        next.name(out, "StreamSpecification");
        out.extend_from_slice(b"{\"StreamEnabled\":true,\"StreamViewType\":");
        text(out, view.name());
        out.push(b'}');
    }
    next.name(out, "LatestStreamLabel");
    text(out, &stream.label);
    next.name(out, "LatestStreamArn");
    text(out, &stream.arn);
}

pub(super) fn streams(out: &mut Vec<u8>, output: &ListStreamsOutput) {
    out.extend_from_slice(b"{\"Streams\":");
    list(out, &output.streams, |out, stream: &StreamName| {
        out.push(b'{');
        stream_name(out, &mut Separator::start(), stream);
        out.push(b'}');
    });
    if let Some(last) = &output.last {
        out.extend_from_slice(b",\"LastEvaluatedStreamArn\":");
        text(out, last);
    }
    out.push(b'}');
}

pub(super) fn description(out: &mut Vec<u8>, stream: &StreamDescription) {
    out.extend_from_slice(b"{\"StreamDescription\":{");
    let mut next = Separator::start();
    stream_name(out, &mut next, &stream.name);
    next.name(out, "StreamStatus");
    text(out, status_name(stream.status));
    next.name(out, "StreamViewType");
    text(out, stream.view.name());
    next.name(out, "CreationRequestDateTime");
    time(out, stream.created_ms);
    next.name(out, "KeySchema");
    keys(out, slice::from_ref(&stream.hash), stream.range.as_slice());
    next.name(out, "Shards");
    list(out, &stream.shards, shard);
    if let Some(last) = &stream.last_shard {
        next.name(out, "LastEvaluatedShardId");
        text(out, last);
    }
    out.extend_from_slice(b"}}");
}

pub(super) fn iterator(out: &mut Vec<u8>, iterator: &str) {
    out.extend_from_slice(b"{\"ShardIterator\":");
    text(out, iterator);
    out.push(b'}');
}

pub(super) fn records(out: &mut Vec<u8>, output: &GetRecordsOutput) {
    out.extend_from_slice(b"{\"Records\":");
    list(out, &output.records, record);
    if let Some(next) = &output.next {
        out.extend_from_slice(b",\"NextShardIterator\":");
        text(out, next);
    }
    out.push(b'}');
}

fn stream_name(out: &mut Vec<u8>, next: &mut Separator, stream: &StreamName) {
    next.name(out, "StreamArn");
    text(out, &stream.arn);
    next.name(out, "TableName");
    text(out, stream.table.as_str());
    next.name(out, "StreamLabel");
    text(out, &stream.label);
}

fn shard(out: &mut Vec<u8>, shard: &ShardDescription) {
    let mut next = Separator::start();
    out.push(b'{');
    next.name(out, "ShardId");
    text(out, &shard.id);
    next.name(out, "SequenceNumberRange");
    plain(out, format_args!("{{\"StartingSequenceNumber\":\"{}\"", shard.first));
    if let Some(last) = shard.last {
        plain(out, format_args!(",\"EndingSequenceNumber\":\"{last}\""));
    }
    out.push(b'}');
    if let Some(parent) = &shard.parent {
        next.name(out, "ParentShardId");
        text(out, parent);
    }
    out.push(b'}');
}

fn record(out: &mut Vec<u8>, record: &StreamRecord) {
    plain(out, format_args!("{{\"eventID\":\"{:032x}\",\"eventName\":", record.id));
    text(out, event_name(record.event));
    out.extend_from_slice(
        b",\"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\",\"awsRegion\":",
    );
    text(out, &record.region);
    let created_s = record.created_s;
    plain(out, format_args!(",\"dynamodb\":{{\"ApproximateCreationDateTime\":{created_s}"));
    let mut next = Separator::after_some();
    next.name(out, "Keys");
    value::owned_attributes(out, &record.keys);
    for (name, image) in [("NewImage", &record.after), ("OldImage", &record.before)] {
        if let Some(image) = image {
            next.name(out, name);
            item_bytes(out, image);
        }
    }
    next.name(out, "SequenceNumber");
    plain(out, format_args!("\"{}\"", record.sequence));
    next.name(out, "SizeBytes");
    plain(out, record.size());
    next.name(out, "StreamViewType");
    text(out, record.view.name());
    out.push(b'}');
    if record.expired {
        out.extend_from_slice(
            b",\"userIdentity\":{\"PrincipalId\":\"dynamodb.amazonaws.com\",\
              \"Type\":\"Service\"}",
        );
    }
    out.push(b'}');
}

fn event_name(event: StreamEvent) -> &'static str {
    match event {
        StreamEvent::Insert => "INSERT",
        StreamEvent::Modify => "MODIFY",
        StreamEvent::Remove => "REMOVE",
    }
}

fn status_name(status: StreamStatus) -> &'static str {
    match status {
        StreamStatus::Enabling => "ENABLING",
        StreamStatus::Enabled => "ENABLED",
        StreamStatus::Disabling => "DISABLING",
        StreamStatus::Disabled => "DISABLED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{SequenceNumber, StreamView};
    use crate::model::{AttributeValue, Item, Number};

    #[test]
    fn a_record_of_an_expired_item_names_the_service_and_its_size_is_that_of_captured_ones() {
        let number = |text: &str| AttributeValue::N(Number::parse(text).expect("a number"));
        let text = |text: &str| AttributeValue::S(text.into());
        let item = Item::from([("Message", text("New item!")), ("Id", number("101"))]);
        let record_of =
            |event, before: Option<&Item>, after: Option<&Item>, expired| StreamRecord {
                id: 0xAB,
                event,
                expired,
                region: "us-east-1".into(),
                created_s: 1_664_806_406,
                keys: vec![("Id".into(), number("101"))],
                before: before.map(|item| item.encode().item()),
                after: after.map(|item| item.encode().item()),
                sequence: SequenceNumber::new(7),
                view: StreamView::NewAndOldImages,
            };

        let expired = record_of(StreamEvent::Remove, Some(&item), None, true);
        let mut out = Vec::new();
        record(&mut out, &expired);

        assert_eq!(
            String::from_utf8(out).expect("utf-8"),
            "{\"eventID\":\"000000000000000000000000000000ab\",\"eventName\":\"REMOVE\",\
             \"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\",\"awsRegion\":\"us-east-1\",\
             \"dynamodb\":{\"ApproximateCreationDateTime\":1664806406,\"Keys\":{\"Id\":\
             {\"N\":\"101\"}},\"OldImage\":{\"Message\":{\"S\":\"New item!\"},\"Id\":\
             {\"N\":\"101\"}},\"SequenceNumber\":\"100000000000000000007\",\"SizeBytes\":26,\
             \"StreamViewType\":\"NEW_AND_OLD_IMAGES\"},\"userIdentity\":\
             {\"PrincipalId\":\"dynamodb.amazonaws.com\",\"Type\":\"Service\"}}"
        );
        let changed =
            Item::from([("Message", text("This item has changed")), ("Id", number("101"))]);
        let sizes = [
            record_of(StreamEvent::Insert, None, Some(&item), false),
            record_of(StreamEvent::Modify, Some(&item), Some(&changed), false),
            record_of(StreamEvent::Remove, Some(&changed), None, false),
        ];
        // As in the records of the service's own documentation.
        assert_eq!(sizes.map(|record| record.size()), [26, 59, 38]);
    }
}
