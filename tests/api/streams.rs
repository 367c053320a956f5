//! Streams: switching them, what their records say, and the four operations that read them.

use hearth::clock::Clock;
use serde_json::{Value, json};

use super::support::wait_until;
use super::{Answer, Api, NAME_PATTERN, NOT_NULL, member, one, several};

/// The definition of the table `users`, whose stream shows this.
fn users(view: &str) -> Value {
    json!({
        "TableName": "users",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": view},
    })
}

fn streaming(view: &str) -> Api {
    let mut api = Api::empty();
    api.db.create_table_with(&users(view));
    api
}

impl Api {
    fn streams(&mut self, operation: &str, request: &Value) -> Answer {
        self.db.call_streams(operation, request)
    }

    fn arn(&mut self) -> String {
        let described = self.call("DescribeTable", &json!({"TableName": "users"})).ok();
        described["Table"]["LatestStreamArn"].as_str().expect("it has a stream").to_owned()
    }

    fn shard(&mut self) -> String {
        let arn = self.arn();
        let described = self.streams("DescribeStream", &json!({"StreamArn": arn})).ok();
        let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
        shard.as_str().expect("it has a shard").to_owned()
    }

    fn iterator(&mut self, kind: &str) -> String {
        let (arn, shard) = (self.arn(), self.shard());
        let request = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind});
        let answer = self.streams("GetShardIterator", &request).ok();
        answer["ShardIterator"].as_str().expect("a text").to_owned()
    }

    /// All records, from the oldest on.
    fn records(&mut self) -> Vec<Value> {
        let iterator = self.iterator("TRIM_HORIZON");
        let mut answer = self.streams("GetRecords", &json!({"ShardIterator": iterator})).ok();
        answer["Records"].as_array_mut().expect("a list").drain(..).collect()
    }

    /// Of each record the key, and the values before and after.
    fn changes(&mut self) -> Vec<String> {
        let value = |image: &Value| image["v"]["N"].as_str().unwrap_or("-").to_owned();
        let told = |record: &Value| {
            let (event, change) = (&record["eventName"], &record["dynamodb"]);
            let (old, new) = (value(&change["OldImage"]), value(&change["NewImage"]));
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            format!("{} {} {old} {new}", text(event), text(&change["Keys"]["id"]["S"]))
        };
        self.records().iter().map(told).collect()
    }

    fn put(&mut self, id: &str, v: u32) {
        self.put_user(&json!({"id": {"S": id}, "v": {"N": v.to_string()}})).ok();
    }

    fn update_stream(&mut self, specification: &Value) -> Answer {
        self.call(
            "UpdateTable",
            &json!({"TableName": "users", "StreamSpecification": specification}),
        )
    }
}

#[test]
fn a_table_with_a_stream_describes_it_and_without_one_does_not() {
    let mut api = Api::empty();
    let created = api.call("CreateTable", &users("NEW_IMAGE")).ok();
    let described = api.call("DescribeTable", &json!({"TableName": "users"})).ok();

    for table in [&created["TableDescription"], &described["Table"]] {
        let specification = json!({"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"});
        assert_eq!(table["StreamSpecification"], specification);
        let label = table["LatestStreamLabel"].as_str().expect("a label");
        let form = "2000-00-00T00:00:00.000";
        assert!(
            label.len() == form.len()
                && label.bytes().zip(form.bytes()).all(|(byte, form)| match form {
                    b'-' | b'T' | b':' | b'.' => byte == form,
                    _ => byte.is_ascii_digit(),
                }),
            "{label}"
        );
        let arn = format!("{}/stream/{label}", table["TableArn"].as_str().expect("an ARN"));
        assert_eq!(table["LatestStreamArn"], arn);
    }
    let mut without = users("NEW_IMAGE");
    without["TableName"] = json!("other");
    without["StreamSpecification"] = json!({"StreamEnabled": false});
    let created = api.call("CreateTable", &without).ok();
    for member in ["StreamSpecification", "LatestStreamArn", "LatestStreamLabel"] {
        assert!(created["TableDescription"].get(member).is_none(), "{member}");
    }
}

#[test]
fn a_stream_is_switched_off_and_another_on() {
    let mut api = Api::with_users();

    let on = api.update_stream(&json!({"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"})).ok();
    let on = &on["TableDescription"];
    assert_eq!(on["TableStatus"], "UPDATING");
    assert_eq!(on["StreamSpecification"]["StreamViewType"], "KEYS_ONLY");
    api.put("a", 1);
    let off = api.update_stream(&json!({"StreamEnabled": false})).ok();
    let off = &off["TableDescription"];
    assert!(off.get("StreamSpecification").is_none(), "{off}");
    assert_eq!(off["LatestStreamArn"], on["LatestStreamArn"]);
    api.put("a", 2);

    let arn = api.arn();
    let described = api.streams("DescribeStream", &json!({"StreamArn": arn})).ok();
    let described = &described["StreamDescription"];
    assert_eq!(described["StreamStatus"], "DISABLED");
    assert!(described["Shards"][0]["SequenceNumberRange"].get("EndingSequenceNumber").is_some());
    let iterator = api.iterator("TRIM_HORIZON");
    let read = api.streams("GetRecords", &json!({"ShardIterator": iterator})).ok();
    assert_eq!(read["Records"].as_array().map(Vec::len), Some(1));
    assert!(read.get("NextShardIterator").is_none(), "the shard is closed and read to its end");

    api.update_stream(&json!({"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"})).ok();
    assert_ne!(api.arn(), arn);
    let listed = api.streams("ListStreams", &json!({"TableName": "users"})).ok();
    let arns = listed["Streams"].as_array().expect("a list").iter();
    assert!(arns.map(|stream| &stream["StreamArn"]).eq([&json!(arn), &json!(api.arn())]));
}

#[test]
fn what_a_table_refuses_of_streams_is_told_in_the_services_words() {
    let mut api = Api::with_users();
    let invalid = "One or more parameter values were invalid: ";
    let none = "Table has no stream to disable: TableName: users";
    let on = json!({"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"});
    let off = json!({"StreamEnabled": false});

    api.update_stream(&off).assert_invalid(none);
    api.update_stream(&json!({"StreamEnabled": true})).assert_invalid(&format!(
        "{invalid}If stream is being enabled then UpdateViewType is required"
    ));
    let both = json!({"StreamEnabled": false, "StreamViewType": "NEW_IMAGE"});
    api.update_stream(&both).assert_invalid(&format!(
        "{invalid}If stream is being disabled, then UpdateViewType must not be specified"
    ));
    let words = "Member must satisfy enum value set: \
                 [NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]";
    api.update_stream(&json!({"StreamViewType": "ALL"})).assert_invalid(&several(&[
        member("null", "streamSpecification.streamEnabled", NOT_NULL),
        member("'ALL'", "streamSpecification.streamViewType", words),
    ]));
    api.update_stream(&on).ok();
    api.update_stream(&on).assert_invalid("Table already has an enabled stream: TableName: users");
    let units = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1});
    let both = json!({
        "TableName": "users", "StreamSpecification": off, "ProvisionedThroughput": units,
        "BillingMode": "PROVISIONED",
    });
    api.call("UpdateTable", &both).assert_invalid(&format!(
        "{invalid}You cannot modify stream status while updating table IOPS"
    ));
    let absent = json!({"TableName": "absent", "StreamSpecification": on});
    api.call("UpdateTable", &absent).assert_refused(
        "ResourceNotFoundException",
        "Requested resource not found: Table: absent not found",
    );
    let mut create = users("NEW_IMAGE");
    create["TableName"] = json!("other");
    create["StreamSpecification"] = json!({"StreamEnabled": true});
    api.call("CreateTable", &create).assert_invalid(&format!(
        "{invalid}If stream is being enabled then UpdateViewType is required"
    ));
}

#[test]
fn a_stream_may_come_with_a_change_to_on_demand() {
    let mut api = Api::empty();
    let mut create = users("NEW_IMAGE");
    create["BillingMode"] = json!("PROVISIONED");
    create["ProvisionedThroughput"] = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1});
    api.db.create_table_with(&create);

    let both = json!({
        "TableName": "users", "StreamSpecification": {"StreamEnabled": false},
        "BillingMode": "PAY_PER_REQUEST",
    });
    api.call("UpdateTable", &both).ok();

    let described = api.call("DescribeTable", &json!({"TableName": "users"})).ok();
    assert_eq!(described["Table"]["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    assert!(described["Table"].get("StreamSpecification").is_none());
}

#[test]
fn every_kind_of_write_has_one_record_an_item_and_none_for_no_change() {
    let mut api = streaming("NEW_AND_OLD_IMAGES");
    let key = |id: &str| json!({"id": {"S": id}});
    let item = |id: &str, v: u32| json!({"id": {"S": id}, "v": {"N": v.to_string()}});
    let update = |id: &str, expression: &str| {
        json!({
            "TableName": "users", "Key": key(id), "UpdateExpression": expression,
            "ExpressionAttributeValues": {":v": {"N": "1"}},
        })
    };

    api.put("a", 1);
    api.put("a", 1);
    api.put_user(&json!({"v": {"N": "1.0"}, "id": {"S": "a"}})).ok();
    api.call("UpdateItem", &update("a", "SET v = :v")).ok();
    api.call("UpdateItem", &update("a", "SET v = v + :v")).ok();
    api.call("UpdateItem", &update("b", "SET v = :v")).ok();
    api.call("DeleteItem", &json!({"TableName": "users", "Key": key("absent")})).ok();
    let failed = json!({
        "TableName": "users", "Item": item("b", 9), "ConditionExpression": "attribute_not_exists(id)",
    });
    api.call("PutItem", &failed)
        .assert_refused("ConditionalCheckFailedException", "The conditional request failed");
    let batch = json!({"RequestItems": {"users": [
        {"PutRequest": {"Item": item("c", 3)}}, {"DeleteRequest": {"Key": key("b")}},
        {"DeleteRequest": {"Key": key("none")}},
    ]}});
    api.call("BatchWriteItem", &batch).ok();
    let transaction = json!({"TransactItems": [
        {"Put": {"TableName": "users", "Item": item("d", 4)}},
        {"ConditionCheck": {
            "TableName": "users", "Key": key("a"), "ConditionExpression": "attribute_exists(id)",
        }},
        {"Delete": {"TableName": "users", "Key": key("c")}},
        {"Put": {"TableName": "users", "Item": item("e", 5)}},
    ]});
    api.call("TransactWriteItems", &transaction).ok();
    let cancelled = json!({"TransactItems": [
        {"Put": {"TableName": "users", "Item": item("f", 6)}},
        {"ConditionCheck": {
            "TableName": "users", "Key": key("c"), "ConditionExpression": "attribute_exists(id)",
        }},
    ]});
    assert_eq!(api.call("TransactWriteItems", &cancelled).status, 400);

    let mut told = api.changes();
    // The parts of a batch come in any order.
    told[3..5].sort();
    assert_eq!(
        told,
        [
            "INSERT a - 1",
            "MODIFY a 1 2",
            "INSERT b - 1",
            "INSERT c - 3",
            "REMOVE b 1 -",
            "INSERT d - 4",
            "REMOVE c 3 -",
            "INSERT e - 5",
        ]
    );
}

#[test]
fn a_record_has_all_members_and_the_size_of_captured_ones() {
    let mut api = Api::empty();
    let mut create = users("NEW_AND_OLD_IMAGES");
    create["AttributeDefinitions"] = json!([{"AttributeName": "Id", "AttributeType": "N"}]);
    create["KeySchema"] = json!([{"AttributeName": "Id", "KeyType": "HASH"}]);
    api.db.create_table_with(&create);
    let (new, changed) = (
        json!({"Id": {"N": "101"}, "Message": {"S": "New item!"}}),
        json!({"Id": {"N": "101"}, "Message": {"S": "This item has changed"}}),
    );

    api.put_user(&new).ok();
    api.put_user(&changed).ok();
    api.call("DeleteItem", &json!({"TableName": "users", "Key": {"Id": {"N": "101"}}})).ok();

    let records = api.records();
    let keys = json!({"Id": {"N": "101"}});
    let expected = [
        ("INSERT", None, Some(&new), 26),
        ("MODIFY", Some(&new), Some(&changed), 59),
        ("REMOVE", Some(&changed), None, 38),
    ];
    assert_eq!(records.len(), expected.len());
    for (record, (event, old, new, size)) in records.iter().zip(expected) {
        assert_eq!(record["eventName"], event);
        assert_eq!(record["eventVersion"], "1.1");
        assert_eq!(record["eventSource"], "aws:dynamodb");
        assert_eq!(record["awsRegion"], "us-east-1");
        assert!(record.get("userIdentity").is_none());
        let id = record["eventID"].as_str().expect("a text");
        assert!(id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
        let change = &record["dynamodb"];
        assert_eq!(change["Keys"], keys);
        assert_eq!((change.get("OldImage"), change.get("NewImage")), (old, new));
        assert_eq!(change["SizeBytes"], size);
        assert_eq!(change["StreamViewType"], "NEW_AND_OLD_IMAGES");
        assert!(change["ApproximateCreationDateTime"].as_u64() > Some(1_700_000_000));
        assert!(change["SequenceNumber"].as_str().is_some_and(|number| number.len() == 21));
    }
    let ids: Vec<&Value> = records.iter().map(|record| &record["eventID"]).collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
}

#[test]
fn sizes_are_those_of_captured_records() {
    // 41, 68, 99 and 120 bytes are what records of the service were seen to have.
    let mut api = streaming("NEW_AND_OLD_IMAGES");
    let text = |bytes: usize| "x".repeat(bytes);
    let item = |bytes: usize| json!({"id": {"S": "k"}, "t": {"S": text(bytes)}});

    // Keys are 3 bytes; an image is 4 and its text.
    for (old, new, size) in [(0, 34, 41), (34, 23, 68), (23, 65, 99), (65, 44, 120)] {
        api.put_user(&item(new)).ok();
        let records = api.records();
        let last = &records.last().expect("it changed")["dynamodb"];
        let expected = if old == 0 { 3 + 4 + new } else { 3 + 4 + old + 4 + new };
        assert_eq!((last["SizeBytes"].as_u64(), expected), (Some(size), expected));
        assert_eq!(expected as u64, size);
    }
}

#[test]
fn what_expired_is_deleted_by_the_service_itself() {
    let mut api = streaming("NEW_AND_OLD_IMAGES");
    let setting = json!({"Enabled": true, "AttributeName": "until"});
    let request = json!({"TableName": "users", "TimeToLiveSpecification": setting});
    api.call("UpdateTimeToLive", &request).ok();
    let an_hour_ago = Clock::system().unix_ms() / 1_000 - 3_600;
    let until = json!({"N": an_hour_ago.to_string()});
    api.put_user(&json!({"id": {"S": "old"}, "until": until})).ok();
    api.call("DeleteItem", &json!({"TableName": "users", "Key": {"id": {"S": "none"}}})).ok();

    let gone = wait_until("the record of the delete", || {
        let records = api.records();
        records.into_iter().find(|record| record["eventName"] == "REMOVE")
    });

    assert_eq!(
        gone["userIdentity"],
        json!({"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"})
    );
    assert_eq!(gone["dynamodb"]["OldImage"]["until"], until);
    let records = api.records();
    assert_eq!(records.len(), 2, "{records:?}");
    assert!(records[0].get("userIdentity").is_none(), "{records:?}");
}

#[test]
fn each_view_shows_its_images() {
    for (view, expected) in [
        ("KEYS_ONLY", ["INSERT a - -", "MODIFY a - -", "REMOVE a - -"]),
        ("NEW_IMAGE", ["INSERT a - 1", "MODIFY a - 2", "REMOVE a - -"]),
        ("OLD_IMAGE", ["INSERT a - -", "MODIFY a 1 -", "REMOVE a 2 -"]),
        ("NEW_AND_OLD_IMAGES", ["INSERT a - 1", "MODIFY a 1 2", "REMOVE a 2 -"]),
    ] {
        let mut api = streaming(view);

        api.put("a", 1);
        api.put("a", 2);
        api.call("DeleteItem", &json!({"TableName": "users", "Key": {"id": {"S": "a"}}})).ok();

        assert_eq!(api.changes(), expected, "{view}");
    }
}

#[test]
fn records_come_in_pages_from_any_place() {
    let mut api = streaming("NEW_IMAGE");
    let latest = api.iterator("LATEST");
    for v in 0..10 {
        api.put("a", v);
    }
    let all = api.records();
    assert_eq!(all.len(), 10);

    let mut iterator = latest;
    let mut read = Vec::new();
    for expected in [4, 4, 2, 0] {
        let request = json!({"ShardIterator": iterator, "Limit": 4});
        let page = api.streams("GetRecords", &request).ok();
        let records = page["Records"].as_array().expect("a list");
        assert_eq!(records.len(), expected);
        read.extend(records.clone());
        iterator = page["NextShardIterator"].as_str().expect("the shard is open").to_owned();
    }
    assert_eq!(read, all);
    let (arn, shard) = (api.arn(), api.shard());
    let mut from = |kind: &str, extra: (&str, Value)| {
        let mut request = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind});
        request[extra.0] = extra.1;
        let iterator = api.streams("GetShardIterator", &request).ok();
        let request = json!({"ShardIterator": iterator["ShardIterator"]});
        let page = api.streams("GetRecords", &request).ok();
        page["Records"].as_array().expect("a list").clone()
    };
    let number = all[7]["dynamodb"]["SequenceNumber"].clone();
    assert_eq!(from("AT_SEQUENCE_NUMBER", ("SequenceNumber", number.clone())), all[7..]);
    assert_eq!(from("AFTER_SEQUENCE_NUMBER", ("SequenceNumber", number)), all[8..]);
    assert_eq!(from("AT_TIMESTAMP", ("Timestamp", json!(1_700_000_000.5))), all[..]);
}

#[test]
fn a_page_ends_before_a_mebibyte() {
    let mut api = streaming("NEW_IMAGE");
    for id in ["a", "b", "c", "d"] {
        api.put_user(&json!({"id": {"S": id}, "t": {"S": "x".repeat(390_000)}})).ok();
    }

    let iterator = api.iterator("TRIM_HORIZON");
    let first = api.streams("GetRecords", &json!({"ShardIterator": iterator})).ok();
    let next = json!({"ShardIterator": first["NextShardIterator"]});
    let rest = api.streams("GetRecords", &next).ok();

    let count = |page: &Value| page["Records"].as_array().map(Vec::len);
    assert_eq!((count(&first), count(&rest)), (Some(2), Some(2)));
}

#[test]
fn records_of_many_writers_are_in_the_order_of_each_item() {
    let mut api = streaming("NEW_AND_OLD_IMAGES");
    let address = api.server.as_ref().expect("it runs").http();
    let writers: Vec<_> = (0..4)
        .map(|writer: u32| {
            std::thread::spawn(move || {
                let mut db = super::Db::connect(address);
                for turn in 0..50 {
                    let id = format!("k{}", turn % 3);
                    let v = (writer * 1_000 + turn).to_string();
                    db.put("users", &json!({"id": {"S": id}, "v": {"N": v}}));
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().expect("no writer fails");
    }

    let told = api.changes();
    assert_eq!(told.len(), 200);
    for id in ["k0", "k1", "k2"] {
        let mut value = "-".to_owned();
        for told in told.iter().filter(|told| told.split(' ').nth(1) == Some(id)) {
            let words: Vec<&str> = told.split(' ').collect();
            assert_eq!(words[2], value, "{told}");
            words[3].clone_into(&mut value);
        }
        assert_eq!(api.user(id).expect("it is there")["v"]["N"], value);
    }
}

#[test]
fn requests_that_are_no_good_are_told_why() {
    let mut api = streaming("NEW_IMAGE");
    let (arn, shard) = (api.arn(), api.shard());
    let least = |number: u32| format!("Member must have length greater than or equal to {number}");
    let most = |number: u32| format!("Member must have value less than or equal to {number}");
    let one_at_least = "Member must have value greater than or equal to 1";

    api.streams("DescribeStream", &json!({})).assert_invalid(&one(&member(
        "null",
        "streamArn",
        NOT_NULL,
    )));
    api.streams("DescribeStream", &json!({"StreamArn": "x", "Limit": 101})).assert_invalid(
        &several(&[member("'x'", "streamArn", &least(37)), member("'101'", "limit", &most(100))]),
    );
    let filter = json!({"StreamArn": arn, "ShardFilter": {"Type": "ALL", "ShardId": shard}});
    let words = "Member must satisfy enum value set: [CHILD_SHARDS]";
    api.streams("DescribeStream", &filter).assert_invalid(&one(&member(
        "'ALL'",
        "shardFilter.type",
        words,
    )));
    api.streams("ListStreams", &json!({"TableName": "a b", "Limit": 0})).assert_invalid(&several(
        &[member("'a b'", "tableName", NAME_PATTERN), member("'0'", "limit", one_at_least)],
    ));
    api.streams("GetRecords", &json!({"ShardIterator": "", "Limit": 1_001})).assert_invalid(
        &several(&[
            member("''", "shardIterator", &least(1)),
            member("'1001'", "limit", &most(1_000)),
        ]),
    );
    api.streams("GetRecords", &json!({"ShardIterator": "nonsense"}))
        .assert_invalid("Invalid ShardIterator");
    let iterator =
        |kind: &str| json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind});
    let words = "Member must satisfy enum value set: [TRIM_HORIZON, LATEST, AT_SEQUENCE_NUMBER, \
                 AFTER_SEQUENCE_NUMBER, AT_TIMESTAMP]";
    api.streams("GetShardIterator", &iterator("FIRST")).assert_invalid(&one(&member(
        "'FIRST'",
        "shardIteratorType",
        words,
    )));
    let invalid = "One or more parameter values were invalid: ";
    api.streams("GetShardIterator", &iterator("AT_SEQUENCE_NUMBER"))
        .assert_invalid(&format!("{invalid}SequenceNumber is required for AT_SEQUENCE_NUMBER"));
    let mut latest = iterator("LATEST");
    latest["SequenceNumber"] = json!("100000000000000000001");
    api.streams("GetShardIterator", &latest)
        .assert_invalid(&format!("{invalid}SequenceNumber must not be specified for LATEST"));
    api.streams("GetShardIterator", &iterator("AT_TIMESTAMP"))
        .assert_invalid(&format!("{invalid}Timestamp is required for AT_TIMESTAMP"));
    let mut far = iterator("AT_SEQUENCE_NUMBER");
    far["SequenceNumber"] = json!("100000000000000009999");
    api.streams("GetShardIterator", &far).assert_invalid("Invalid SequenceNumber");
}

#[test]
fn what_is_not_there_is_not_found() {
    let mut api = streaming("NEW_IMAGE");
    let (arn, shard) = (api.arn(), api.shard());
    let other = format!("{arn}9");
    let not_found = "ResourceNotFoundException";
    let stream = format!("Requested resource not found: Stream: {other} not found");
    let no_shard = "Requested resource not found: Shard does not exist";
    let iterator = |arn: &str, shard: &str| json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "LATEST"});

    api.streams("DescribeStream", &json!({"StreamArn": other})).assert_refused(not_found, &stream);
    api.streams("GetShardIterator", &iterator(&other, &shard)).assert_refused(not_found, &stream);
    let absent = "shardId-00000000000000000001-00000009";
    api.streams("GetShardIterator", &iterator(&arn, absent)).assert_refused(not_found, no_shard);
    let table = arn.split("/stream/").next().expect("its table").to_owned();
    api.streams("DescribeStream", &json!({"StreamArn": table})).assert_invalid("Invalid StreamArn");
    let listed = api.streams("ListStreams", &json!({"TableName": "absent"})).ok();
    assert_eq!(listed, json!({"Streams": []}));
}

#[test]
fn operations_answer_under_the_target_of_their_own_service_only() {
    let mut api = streaming("NEW_IMAGE");

    let unknown = |answer: Answer| {
        let refusal = answer.refusal();
        assert_eq!((refusal.status, refusal.code.as_str()), (400, "UnknownOperationException"));
    };
    unknown(api.call("ListStreams", &json!({})));
    unknown(api.streams("ListTables", &json!({})));
    unknown(api.streams("PutRecords", &json!({})));
    let listed = api.streams("ListStreams", &json!({"Limit": 1})).ok();
    let stream = &listed["Streams"][0];
    assert_eq!(stream["TableName"], "users");
    assert_eq!(stream["StreamArn"], api.arn());
}

#[test]
fn a_consumer_goes_on_after_a_restart_without_a_lost_or_doubled_record() {
    let mut api = streaming("NEW_AND_OLD_IMAGES");
    let mut iterator = api.iterator("TRIM_HORIZON");
    let mut read: Vec<u32> = Vec::new();

    let mut written = 0;
    for round in 0..4 {
        for _ in 0..5 {
            api.put("a", written);
            written += 1;
        }
        if round % 2 == 0 {
            iterator = read_on(&mut api, &iterator, &mut read);
        }
        api.restart();
    }
    read_on(&mut api, &iterator, &mut read);

    assert!(read.iter().copied().eq(0..written), "{read:?}");
}

#[test]
fn a_killed_server_keeps_the_records_of_all_that_it_acknowledged() {
    let mut api = streaming("NEW_IMAGE");
    let mut iterator = api.iterator("TRIM_HORIZON");
    let mut read: Vec<u32> = Vec::new();
    let mut next = 0;
    for _ in 0..3 {
        let address = api.server.as_ref().expect("it runs").http();
        let writer = std::thread::spawn(move || {
            let mut db = super::Db::connect(address);
            // The first that is not acknowledged may be there or not.
            for v in next.. {
                let item = json!({"id": {"S": "a"}, "v": {"N": v.to_string()}});
                let put = json!({"TableName": "users", "Item": item});
                if db.try_call("PutItem", &put).is_err() {
                    return v;
                }
            }
            unreachable!("it is killed before that")
        });
        let enough = next + 50;
        super::support::wait_until("records", || {
            iterator = read_on(&mut api, &iterator, &mut read);
            (read.len() >= enough as usize).then_some(())
        });
        api.server.take().expect("it runs").kill();
        let unknown = writer.join().expect("no writer fails");

        let server = super::Launch::on(api.data.path()).start();
        api.db = server.db();
        api.server = Some(server);
        iterator = read_on(&mut api, &iterator, &mut read);
        next = u32::try_from(read.len()).expect("it is small");
        assert!(next == unknown || next == unknown + 1, "{next} records, {unknown} acknowledged");
        assert_eq!(api.user("a").expect("it is there")["v"]["N"], (next - 1).to_string());
    }
    assert!(read.iter().copied().eq(0..next), "each once, in order");
}

/// Reads the new values up to the end; gives the iterator to go on with.
fn read_on(api: &mut Api, iterator: &str, read: &mut Vec<u32>) -> String {
    let mut iterator = iterator.to_owned();
    loop {
        let page = api.streams("GetRecords", &json!({"ShardIterator": iterator})).ok();
        let records = page["Records"].as_array().expect("a list");
        let values = records.iter().map(|record| &record["dynamodb"]["NewImage"]["v"]["N"]);
        read.extend(values.map(|value| {
            value.as_str().and_then(|value| value.parse::<u32>().ok()).expect("a number")
        }));
        let next = page["NextShardIterator"].as_str().expect("the shard is open");
        next.clone_into(&mut iterator);
        if records.is_empty() {
            return iterator;
        }
    }
}
