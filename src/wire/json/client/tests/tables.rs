//! Answers about tables and streams.

use super::super::*;
use crate::api::{
    Billing, ClassSummary, CreateIndex, GetRecordsOutput, IndexDescription, ListTablesOutput,
    OnDemandMaxima, Response, SequenceNumber, ShardDescription, StreamDescription, StreamEvent,
    StreamName, StreamRecord, StreamStatus, StreamSummary, StreamView, TableClass,
    TableDescription, TableName, TableStatus, Tags, Throughput, ThroughputChanges, Units,
};
use crate::model::{
    AttributeValue, IndexProjection, IndexScope, Item, KeyAttribute, KeyType, Number,
};
use crate::wire::json::{Context, encode};

fn body(response: &Response) -> Vec<u8> {
    encode(response, Context { host: "h" }).body.to_vec()
}

fn attribute(name: &str, kind: KeyType) -> KeyAttribute {
    KeyAttribute { name: name.into(), kind }
}

fn name(name: &str) -> TableName {
    TableName::new(name).expect("a name")
}

fn index(name: &str, scope: IndexScope, units: Option<Units>) -> IndexDescription {
    let (status, backfilling) = match scope {
        IndexScope::Local => (TableStatus::Active, false),
        IndexScope::Global => (TableStatus::Creating, true),
    };
    IndexDescription {
        index: CreateIndex {
            name: name.into(),
            scope,
            hash: vec![attribute("pk", KeyType::S)],
            range: vec![attribute("sk", KeyType::N), attribute("b", KeyType::B)],
            projection: match scope {
                IndexScope::Local => IndexProjection::KeysOnly,
                IndexScope::Global => IndexProjection::Include(vec!["a".into(), "c".into()]),
            },
            units,
            throughput: Throughput::default(),
        },
        status,
        backfilling,
        arn: format!("arn/index/{name}"),
        items: 4,
        bytes: 99,
        throughput_changes: ThroughputChanges::default(),
    }
}

fn described(billing: Billing) -> TableDescription {
    TableDescription {
        name: name("tab"),
        arn: "arn:aws:dynamodb:us-east-1:000000000000:table/tab".into(),
        id: "5b4bd2a5-2a72-4a4a-8d4a-3e5f3cbb8d64".into(),
        status: TableStatus::Active,
        definitions: vec![
            attribute("sk", KeyType::N),
            attribute("pk", KeyType::S),
            attribute("b", KeyType::B),
        ],
        hash: attribute("pk", KeyType::S),
        range: Some(attribute("sk", KeyType::N)),
        indexes: Vec::new(),
        billing,
        throughput: Throughput::default(),
        on_demand_since_ms: None,
        throughput_changes: ThroughputChanges::default(),
        created_ms: 1_795_466_614_023,
        items: 3,
        bytes: 99,
        deletion_protection: false,
        class: None,
        stream: None,
        encryption: None,
        restore: None,
    }
}

#[test]
fn descriptions_of_tables_are_read_back() {
    let bought = described(Billing::Provisioned { read: 5, write: 6 });
    let units = Some(Units { read: 7, write: 8 });
    let with_indexes = TableDescription {
        indexes: vec![
            index("loc", IndexScope::Local, None),
            index("glo", IndexScope::Global, units),
        ],
        throughput_changes: ThroughputChanges {
            raised_ms: Some(1_000),
            lowered_ms: Some(2_001),
            lowered_that_day: 3,
        },
        ..bought.clone()
    };
    let on_demand = TableDescription {
        on_demand_since_ms: Some(1_795_466_614_024),
        throughput: Throughput {
            maxima: OnDemandMaxima { read: Some(20), write: None },
            warm: Units { read: 12_000, write: 4_000 },
            is_warming: true,
        },
        indexes: vec![index("glo", IndexScope::Global, None)],
        deletion_protection: true,
        class: Some(ClassSummary { class: TableClass::InfrequentAccess, changed_ms: Some(3_000) }),
        stream: Some(
            StreamSummary {
                arn: "arn/stream/1".into(),
                label: "1".into(),
                view: Some(StreamView::NewAndOldImages),
            }
            .into(),
        ),
        ..described(Billing::OnDemand)
    };
    let disabled = StreamSummary { arn: "arn/stream/1".into(), label: "1".into(), view: None };
    let alone = TableDescription {
        range: None,
        status: TableStatus::Updating,
        stream: Some(disabled.into()),
        ..bought.clone()
    };
    for description in [bought, with_indexes, on_demand, alone] {
        for response in [
            Response::DescribeTable(description.clone()),
            Response::CreateTable(description.clone()),
        ] {
            let read = table(&body(&response)).expect("it is written");
            assert_eq!(format!("{read:?}"), format!("{description:?}"));
        }
    }
}

#[test]
fn a_table_whose_service_tells_little_is_read() {
    let little = |status: &str, more: &str| {
        format!(
            r#"{{"Table":{{"TableStatus":"{status}","KeySchema":[{{"AttributeName":"k",
            "KeyType":"HASH"}}],"AttributeDefinitions":[{{"AttributeName":"k","AttributeType":"S"}}],
            "TableName":"tab"{more}}}}}"#
        )
    };
    let read = |status, more| table(little(status, more).as_bytes()).expect("it is a table");

    let bare = read("ACTIVE", "");
    let scientific = read(
        "ACTIVE",
        r#","CreationDateTime":1.421866952062E9,"ProvisionedThroughput":{"ReadCapacityUnits":5,
        "WriteCapacityUnits":5},"OnDemandThroughput":{"MaxReadRequestUnits":-1}"#,
    );
    let index = read(
        "ACTIVE",
        r#","GlobalSecondaryIndexes":[{"IndexName":"g","KeySchema":[{"AttributeName":"k",
        "KeyType":"HASH"}]}],"Replicas":[{}],"StreamSpecification":null"#,
    );

    assert_eq!((bare.billing, bare.id.as_str(), bare.created_ms), (Billing::OnDemand, "", 0));
    assert_eq!(scientific.created_ms, 1_421_866_952_062);
    assert_eq!(scientific.billing, Billing::Provisioned { read: 5, write: 5 });
    assert!(scientific.throughput.maxima.is_none());
    assert_eq!(index.indexes[0].index.projection, IndexProjection::All);
    for (word, status) in [
        ("UPDATING", TableStatus::Updating),
        ("DELETING", TableStatus::Deleting),
        ("CREATING", TableStatus::Creating),
        ("ARCHIVED", TableStatus::Creating),
        ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", TableStatus::Creating),
    ] {
        assert_eq!(read(word, "").status, status, "{word}");
    }
}

#[test]
fn lists_of_tables_and_tags_are_read_back() {
    for last in [None, Some(name("b"))] {
        let output = ListTablesOutput { names: vec![name("a"), name("b")], last };
        let expected = format!("{output:?}");
        let read = tables(&body(&Response::ListTables(output))).expect("it is written");
        assert_eq!(format!("{read:?}"), expected);
    }
    for next in [None, Some("more".to_owned())] {
        let output = Tags { tags: vec![("k".into(), "v".into())], next };
        let expected = format!("{output:?}");
        let read = tags(&body(&Response::ListTagsOfResource(output))).expect("it is written");
        assert_eq!(format!("{read:?}"), expected);
    }
}

#[test]
fn streams_and_their_records_are_read_back() {
    let shard = |id: &str, parent: Option<&str>, last| ShardDescription {
        id: id.into(),
        parent: parent.map(str::to_owned),
        first: SequenceNumber::new(1),
        last,
    };
    let described = StreamDescription {
        name: StreamName { arn: "arn".into(), table: name("tab"), label: "l".into() },
        status: StreamStatus::Disabling,
        view: StreamView::KeysOnly,
        created_ms: 1,
        hash: attribute("k", KeyType::S),
        range: None,
        shards: vec![
            shard("s1", None, Some(SequenceNumber::new(9))),
            shard("s2", Some("s1"), None),
        ],
        last_shard: Some("s2".into()),
    };
    let key = vec![("Id".to_owned(), AttributeValue::N(Number::parse("101").expect("a number")))];
    let item = Item { attributes: key.clone() }.encode().item();
    let record = |event, before: bool, after: bool, expired| StreamRecord {
        id: 1,
        event,
        expired,
        region: "us-east-1".into(),
        created_s: 1_664_806_406,
        keys: key.clone(),
        before: before.then(|| item.clone()),
        after: after.then(|| item.clone()),
        sequence: SequenceNumber::new(7),
        view: StreamView::NewAndOldImages,
    };
    let output = GetRecordsOutput {
        records: vec![
            record(StreamEvent::Insert, false, true, false),
            record(StreamEvent::Modify, true, true, false),
            record(StreamEvent::Remove, true, false, true),
        ],
        next: Some("next".into()),
    };

    let read_stream = stream(&body(&Response::DescribeStream(described)));
    let read_records = records(&body(&Response::GetRecords(output)));
    let place = iterator(&body(&Response::GetShardIterator("place".into())));

    let read_shard = |id: &str, parent: Option<&str>, last: Option<&str>| ReadShard {
        id: id.into(),
        parent: parent.map(str::to_owned),
        first: Some("100000000000000000001".into()),
        last: last.map(str::to_owned),
    };
    let expected = ReadStream {
        arn: "arn".into(),
        status: StreamStatus::Disabling,
        view: Some(StreamView::KeysOnly),
        shards: vec![
            read_shard("s1", None, Some("100000000000000000009")),
            read_shard("s2", Some("s1"), None),
        ],
        last_shard: Some("s2".into()),
    };
    assert_eq!(read_stream, Ok(expected));
    let read = |event, before: bool, after: bool, expired| ReadRecord {
        event: Some(event),
        keys: key.clone(),
        before: before.then(|| item.clone()),
        after: after.then(|| item.clone()),
        sequence: "100000000000000000007".into(),
        created_ms: Some(1_664_806_406_000),
        expired,
    };
    let expected = ReadRecords {
        records: vec![
            read(StreamEvent::Insert, false, true, false),
            read(StreamEvent::Modify, true, true, false),
            read(StreamEvent::Remove, true, false, true),
        ],
        next: Some("next".into()),
    };
    assert_eq!(read_records, Ok(expected));
    assert_eq!(place, Ok("place".to_owned()));
}

#[test]
fn records_of_other_services_are_read() {
    let body = br#"{"Records":[{"awsRegion":"x","eventName":"CHANGED","userIdentity":
        {"type":"Service","principalId":"dynamodb.amazonaws.com"},"dynamodb":{"Keys":{"k":{"S":"a"}},
        "SequenceNumber":"49590338271490256608559692538361571095921575989136588898"}},
        {"eventName":"REMOVE","userIdentity":{"Type":"User","PrincipalId":"dynamodb.amazonaws.com"},
        "dynamodb":{"ApproximateCreationDateTime":1.479499740E9,"Keys":{"k":{"S":"b"}},
        "SequenceNumber":"1"}}]}"#;

    let read = records(body).expect("they are records");

    let [odd, plain] = &read.records[..] else { panic!("{read:?}") };
    assert_eq!((odd.event, odd.expired, odd.created_ms), (None, true, None));
    assert_eq!(odd.sequence.len(), 56);
    assert_eq!((plain.event, plain.expired), (Some(StreamEvent::Remove), false));
    assert_eq!((plain.created_ms, read.next), (Some(1_479_499_740_000), None));
}
