//! Writes the requests by which a stream is read, and the one that turns it on.

use super::members::Members;
use crate::api::ShardStart;

/// The body of a `DescribeStream`, from the shard behind that one on.
pub fn describe_stream(arn: &str, after: Option<&str>) -> Vec<u8> {
    body(|members| {
        members.text("StreamArn", arn);
        members.optional_text("ExclusiveStartShardId", after);
    })
}

/// The body of a `GetShardIterator`.
pub fn get_shard_iterator(arn: &str, shard: &str, start: &ShardStart) -> Vec<u8> {
    body(|members| {
        members.text("StreamArn", arn);
        members.text("ShardId", shard);
        let kind = match start {
            ShardStart::TrimHorizon => "TRIM_HORIZON",
            ShardStart::Latest => "LATEST",
            ShardStart::At(_) => "AT_SEQUENCE_NUMBER",
            ShardStart::After(_) => "AFTER_SEQUENCE_NUMBER",
            ShardStart::AtTime(_) => "AT_TIMESTAMP",
        };
        members.text("ShardIteratorType", kind);
        match start {
            ShardStart::TrimHorizon | ShardStart::Latest => {}
            ShardStart::At(number) | ShardStart::After(number) => {
                members.text("SequenceNumber", number);
            }
            ShardStart::AtTime(ms) => {
                members.number("Timestamp", format_args!("{}.{:03}", ms / 1_000, ms % 1_000));
            }
        }
    })
}

/// The body of a `GetRecords`.
pub fn get_records(iterator: &str) -> Vec<u8> {
    body(|members| members.text("ShardIterator", iterator))
}

/// The body of an `UpdateTable` that turns a stream of both images on.
pub fn enable_stream(table: &str) -> Vec<u8> {
    body(|members| {
        members.text("TableName", table);
        members.object("StreamSpecification", |members| {
            members.truth("StreamEnabled", true);
            members.text("StreamViewType", "NEW_AND_OLD_IMAGES");
        });
    })
}

fn body(fill: impl FnOnce(&mut Members<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut members = Members::begin(&mut out);
    fill(&mut members);
    members.end();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ControlRequest, Operation, Request, StreamChange, StreamView, TableChange};
    use crate::wire::json::{Wording, decode};

    const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/a/stream/b";
    const SHARD: &str = "shardId-00000000000000000001-abcdef01";

    fn decoded(operation: Operation, body: &[u8]) -> Request {
        decode(operation, body, Wording::default()).expect("a request")
    }

    #[test]
    fn a_stream_is_described_from_its_beginning_or_from_a_shard_on() {
        for after in [None, Some(SHARD)] {
            let body = describe_stream(ARN, after);

            let Request::Control(ControlRequest::DescribeStream(request)) =
                decoded(Operation::DescribeStream, &body)
            else {
                panic!("{body:?}");
            };
            assert_eq!((request.arn.as_str(), request.after.as_deref()), (ARN, after));
        }
    }

    #[test]
    fn a_shard_is_read_from_where_it_is_told() {
        let number = || "100000000000000000007".to_owned();
        for start in [
            ShardStart::TrimHorizon,
            ShardStart::Latest,
            ShardStart::At(number()),
            ShardStart::After(number()),
            ShardStart::AtTime(1_795_790_550_040),
        ] {
            let body = get_shard_iterator(ARN, SHARD, &start);

            let Request::Control(ControlRequest::GetShardIterator(request)) =
                decoded(Operation::GetShardIterator, &body)
            else {
                panic!("{body:?}");
            };
            assert_eq!((request.arn.as_str(), request.shard.as_str()), (ARN, SHARD));
            assert_eq!(format!("{:?}", request.start), format!("{start:?}"));
        }
    }

    #[test]
    fn records_are_asked_for_by_an_iterator_as_it_came() {
        let iterator = format!("{ARN}|1|\"AAA\\");

        let body = get_records(&iterator);

        let Request::Control(ControlRequest::GetRecords(request)) =
            decoded(Operation::GetRecords, &body)
        else {
            panic!("{body:?}");
        };
        assert_eq!(request.iterator, iterator);
    }

    #[test]
    fn a_stream_is_turned_on_with_both_images() {
        let body = enable_stream("users");

        let Request::Control(ControlRequest::UpdateTable(request)) =
            decoded(Operation::UpdateTable, &body)
        else {
            panic!("{body:?}");
        };
        let enabled = StreamChange::Enable(StreamView::NewAndOldImages);
        assert_eq!(request.name.as_str(), "users");
        let TableChange::Stream(change, _) = request.change else { panic!("{body:?}") };
        assert_eq!(change, enabled);
    }
}
