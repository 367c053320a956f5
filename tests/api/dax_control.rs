//! DAX's control plane: what it describes, what it changes, and how it refuses the rest.

use std::os::unix::fs::PermissionsExt as _;

use hearth::clock::Clock;
use serde_json::{Value, json};

use super::support::{Answer, Connection, Response, signature_for, wait_until};
use super::{Api, Launch, scratch};

#[test]
fn the_process_is_described_as_one_cluster() {
    let mut api = Api::empty();

    for request in [json!({}), json!({"ClusterNames": ["hearth"]}), json!({"ClusterNames": []})] {
        let mut answer = dax(&mut api, "DescribeClusters", &request).ok();

        let began = answer["Clusters"][0]["Nodes"][0]["NodeCreateTime"].take();
        let now_s = Clock::system().unix_ms() / 1_000;
        assert!(began.as_u64().is_some_and(|s| s <= now_s && s + 600 > now_s), "{began}");
        let cluster = &answer["Clusters"][0];
        assert_eq!(answer["Clusters"].as_array().map(Vec::len), Some(1));
        assert_eq!(cluster["ClusterName"], "hearth");
        assert_eq!(cluster["ClusterArn"], ARN);
        assert_eq!((&cluster["TotalNodes"], &cluster["ActiveNodes"]), (&json!(1), &json!(1)));
        assert_eq!(cluster["Status"], "available");
        assert_eq!(cluster["ClusterEndpointEncryptionType"], "NONE");
        assert_eq!(cluster["ParameterGroup"]["ParameterGroupName"], "default.dax1.0");
        assert_eq!(cluster["Nodes"][0]["NodeId"], "hearth-a");
    }
}

#[test]
fn groups_events_and_tags_are_listed() {
    let mut api = Api::empty();
    let groups = json!([{
        "ParameterGroupName": "default.dax1.0",
        "Description": "How long this hearth caches",
    }]);

    let answer = dax(&mut api, "DescribeParameterGroups", &json!({})).ok();
    assert_eq!(answer, json!({"ParameterGroups": groups}));
    let subnets = dax(&mut api, "DescribeSubnetGroups", &json!({})).ok();
    assert_eq!(subnets, json!({"SubnetGroups": []}));
    let answer = dax(&mut api, "ListTags", &json!({"ResourceName": ARN})).ok();
    assert_eq!(answer, json!({"Tags": []}));
    for (filter, count) in [
        (json!({}), 1),
        (json!({"SourceName": "hearth", "SourceType": "CLUSTER", "Duration": 60}), 1),
        (json!({"StartTime": 1.5, "EndTime": 4_000_000_000.5}), 1),
        (json!({"SourceName": "other"}), 0),
        (json!({"SourceType": "SUBNET_GROUP"}), 0),
        (json!({"StartTime": 4_000_000_000_u64}), 0),
        (json!({"EndTime": 1}), 0),
    ] {
        let answer = dax(&mut api, "DescribeEvents", &filter).ok();
        let events = answer["Events"].as_array().expect("a list");
        assert_eq!(events.len(), count, "{filter}");
        assert!(events.iter().all(|event| event["Message"] == "Cluster created."));
    }
}

#[test]
fn parameters_are_how_long_tables_are_cached() {
    let mut api = Api::empty();

    let default = dax(&mut api, "DescribeDefaultParameters", &json!({})).ok();

    assert_eq!(default["Parameters"][0]["ParameterName"], "query-ttl-millis");
    assert_eq!(default["Parameters"][0]["ParameterValue"], TEN_YEARS_MS);
    assert_eq!(default["Parameters"][1]["ParameterName"], "record-ttl-millis");
    assert_eq!(default["Parameters"][1]["ParameterValue"], "0");
    let group = json!({"ParameterGroupName": GROUP});
    assert_eq!(dax(&mut api, "DescribeParameters", &group).ok(), default);
    let by_system = json!({"ParameterGroupName": GROUP, "Source": "system"});
    let none = dax(&mut api, "DescribeParameters", &by_system).ok();
    assert_eq!(none, json!({"Parameters": []}));
}

#[test]
fn a_changed_parameter_holds_at_once() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "7"}})).ok();
    assert_eq!(cached(&mut api), ["hit", "miss; why=never-seen"]);
    assert_eq!(cached(&mut api), ["hit", "hit"]);

    update(&mut api, &[("record-ttl-millis", "3600000")]).ok();
    assert_eq!(parameters(&mut api), [TEN_YEARS_MS, "3600000"]);
    assert_eq!(cached(&mut api), ["miss; why=flushed", "miss; why=flushed"]);
    assert_eq!(cached(&mut api), ["hit", "hit"]);

    update(&mut api, &[("query-ttl-millis", "0"), ("record-ttl-millis", "0")]).ok();
    assert_eq!(parameters(&mut api), ["0", "0"]);
    assert_eq!(cached(&mut api)[1], "bypass; why=policy");

    update(&mut api, &[("query-ttl-millis", TEN_YEARS_MS)]).ok();
    assert_eq!(parameters(&mut api), [TEN_YEARS_MS, "0"]);
    cached(&mut api);
    assert_eq!(cached(&mut api), ["hit", "hit"]);
}

#[test]
fn an_item_ends_with_the_time_of_records_whether_there_is_one_or_not() {
    let mut api = Api::with_users();
    let get = json!({"TableName": "users", "Key": {"id": {"S": "7"}}});
    api.db.explain("GetItem", &get);
    assert_eq!(api.db.explain("GetItem", &get).1, "hit");

    update(&mut api, &[("record-ttl-millis", "1")]).ok();

    wait_until("the absence to end", || {
        (api.db.explain("GetItem", &get).1 == "miss; why=expired").then_some(())
    });
}

#[test]
fn what_is_no_parameter_or_value_changes_nothing() {
    let mut api = Api::empty();
    let beyond = "315360000001";

    for values in [
        &[("record-ttl-millis", "1"), ("item-ttl-millis", "1")][..],
        &[("record-ttl-millis", "1"), ("query-ttl-millis", "-1")],
        &[("query-ttl-millis", "1m")],
        &[("record-ttl-millis", "")],
        &[("record-ttl-millis", beyond)],
        &[],
    ] {
        let refusal = update(&mut api, values).refusal();
        assert_eq!(refusal.code, "InvalidParameterValueException", "{values:?}");
    }
    let twice = update(&mut api, &[("record-ttl-millis", "1"), ("record-ttl-millis", "2")]);
    assert_eq!(twice.refusal().code, "InvalidParameterCombinationException");
    assert_eq!(parameters(&mut api), [TEN_YEARS_MS, "0"]);
}

#[test]
fn what_hearth_does_not_do_is_refused_as_aws_refuses() {
    let mut api = Api::empty();
    let of_cluster = |name: &str| json!({"ClusterName": name, "NodeId": "hearth-a"});
    let other_node = json!({"ClusterName": "hearth", "NodeId": "hearth-b"});
    let tagged = |arn: &str| json!({"ResourceName": arn, "Tags": [], "TagKeys": []});
    let other_arn = "arn:aws:dax:us-east-1:000000000000:cache/other";
    let of_group = |name: &str| json!({"ParameterGroupName": name, "ParameterNameValues": []});

    for (operation, request, code) in [
        ("CreateCluster", of_cluster("hearth"), "ClusterAlreadyExistsFault"),
        ("CreateCluster", of_cluster("other"), "ClusterQuotaForCustomerExceededFault"),
        ("CreateParameterGroup", of_group(GROUP), "ParameterGroupAlreadyExistsFault"),
        ("CreateParameterGroup", of_group("other"), "ParameterGroupQuotaExceededFault"),
        ("CreateSubnetGroup", json!({}), "SubnetGroupQuotaExceededFault"),
        ("DecreaseReplicationFactor", of_cluster("hearth"), "InvalidParameterValueException"),
        ("DecreaseReplicationFactor", of_cluster("other"), "ClusterNotFoundFault"),
        ("DeleteCluster", of_cluster("hearth"), "InvalidParameterValueException"),
        ("DeleteCluster", json!({}), "ClusterNotFoundFault"),
        ("DeleteParameterGroup", of_group(GROUP), "InvalidParameterValueException"),
        ("DeleteParameterGroup", of_group("other"), "ParameterGroupNotFoundFault"),
        ("DeleteSubnetGroup", json!({}), "SubnetGroupNotFoundFault"),
        ("DescribeClusters", json!({"ClusterNames": ["hearth", "other"]}), "ClusterNotFoundFault"),
        (
            "DescribeParameterGroups",
            json!({"ParameterGroupNames": ["other"]}),
            "ParameterGroupNotFoundFault",
        ),
        ("DescribeParameters", of_group("other"), "ParameterGroupNotFoundFault"),
        ("DescribeParameters", json!({}), "ParameterGroupNotFoundFault"),
        ("DescribeSubnetGroups", json!({"SubnetGroupNames": ["x"]}), "SubnetGroupNotFoundFault"),
        ("IncreaseReplicationFactor", of_cluster("hearth"), "NodeQuotaForClusterExceededFault"),
        ("IncreaseReplicationFactor", of_cluster("other"), "ClusterNotFoundFault"),
        ("ListTags", tagged("hearth"), "InvalidARNFault"),
        ("ListTags", tagged(other_arn), "ClusterNotFoundFault"),
        ("RebootNode", of_cluster("hearth"), "InvalidParameterValueException"),
        ("RebootNode", of_cluster("other"), "ClusterNotFoundFault"),
        ("RebootNode", other_node, "NodeNotFoundFault"),
        ("TagResource", tagged(ARN), "TagQuotaPerResourceExceeded"),
        ("TagResource", tagged(other_arn), "ClusterNotFoundFault"),
        ("UntagResource", tagged(ARN), "TagNotFoundFault"),
        ("UntagResource", tagged("arn:aws:dynamodb:x:y:table/z"), "InvalidARNFault"),
        ("UpdateCluster", of_cluster("hearth"), "InvalidParameterValueException"),
        ("UpdateCluster", of_cluster("other"), "ClusterNotFoundFault"),
        ("UpdateParameterGroup", of_group("other"), "ParameterGroupNotFoundFault"),
        ("UpdateSubnetGroup", json!({}), "SubnetGroupNotFoundFault"),
        ("DescribeNothing", json!({}), "UnknownOperationException"),
        ("DescribeClusters", json!({"ClusterNames": 7}), "SerializationException"),
    ] {
        let refusal = dax(&mut api, operation, &request).refusal();
        assert_eq!((refusal.status, &*refusal.code), (400, code), "{operation} {request}");
    }
}

#[test]
fn each_service_has_a_content_type_of_its_own() {
    let mut api = Api::empty();
    let connection = api.db.connection();

    for (target, number, status) in [
        ("AmazonDAXV3.DescribeClusters", "1.1", 200),
        ("AmazonDAXV3.DescribeClusters", "1.0", 404),
        ("DynamoDB_20120810.ListTables", "1.1", 404),
        ("DynamoDB_20120810.ListTables", "1.0", 200),
    ] {
        let response = send(connection, target, number, "", b"{}");
        assert_eq!(response.status, status, "{target} {number}");
    }
}

#[test]
fn a_signature_is_for_one_service() {
    let directory = scratch();
    let file = directory.path().join("credentials.toml");
    std::fs::write(&file, CREDENTIALS).expect("the directory is ours");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    let data = directory.path().join("data");
    let server = Launch::on(&data).arg("--credentials").arg(&file).start();
    let mut connection = Connection::open(server.http()).expect("it is up");
    let now_ms = Clock::system().unix_ms();
    let mut signed = |service: &str, target: &str, number: &str| {
        let headers = signature_for(service, KEY, now_ms, target, b"{}");
        send(&mut connection, target, number, &headers, b"{}")
    };
    let (describe, list) = ("AmazonDAXV3.DescribeClusters", "DynamoDB_20120810.ListTables");

    assert_eq!(signed("dax", describe, "1.1").status, 200);
    assert_eq!(signed("dynamodb", list, "1.0").status, 200);
    for (service, other, target, number) in
        [("dynamodb", "dax", describe, "1.1"), ("dax", "dynamodb", list, "1.0")]
    {
        let answer = signed(service, target, number);
        Answer::of(&answer).expect("errors are JSON").assert_refused(
            "InvalidSignatureException",
            &format!("Credential should be scoped to correct service: '{other}'."),
        );
    }
    let unsigned = send(&mut connection, describe, "1.1", "", b"{}");
    let refusal = Answer::of(&unsigned).expect("errors are JSON").refusal();
    assert_eq!(refusal.code, "MissingAuthenticationTokenException");
}

/// Sends an operation of the control plane and waits for its answer.
fn dax(api: &mut Api, operation: &str, request: &Value) -> Answer {
    let target = format!("AmazonDAXV3.{operation}");
    let body = request.to_string();
    let response = send(api.db.connection(), &target, "1.1", "", body.as_bytes());
    assert_eq!(response.header("content-type"), Some("application/x-amz-json-1.1"));
    Answer::of(&response).expect("all answers are JSON")
}

/// Sends a request with that version of the content type and more headers, each ending its line.
fn send(
    connection: &mut Connection,
    target: &str,
    number: &str,
    headers: &str,
    body: &[u8],
) -> Response {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-{number}\r\n\
         X-Amz-Target: {target}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    connection.send(&[head.as_bytes(), body].concat()).expect("it is up");
    connection.receive().expect("an answer")
}

fn update(api: &mut Api, values: &[(&str, &str)]) -> Answer {
    let value =
        |(name, value): &(&str, &str)| json!({"ParameterName": name, "ParameterValue": value});
    let values: Vec<Value> = values.iter().map(value).collect();
    let request = json!({"ParameterGroupName": GROUP, "ParameterNameValues": values});
    dax(api, "UpdateParameterGroup", &request)
}

/// The two parameters: of queries, then of records.
fn parameters(api: &mut Api) -> [String; 2] {
    let described = dax(api, "DescribeParameters", &json!({"ParameterGroupName": GROUP})).ok();
    [0, 1].map(|at| {
        let value = described["Parameters"][at]["ParameterValue"].as_str();
        value.expect("a text").to_owned()
    })
}

/// What the caches have of one user: the item, then the query of its partition.
fn cached(api: &mut Api) -> [String; 2] {
    let get = json!({"TableName": "users", "Key": {"id": {"S": "7"}}});
    let query = json!({
        "TableName": "users",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "7"}},
    });
    [("GetItem", get), ("Query", query)].map(|(operation, read)| api.db.explain(operation, &read).1)
}

const ARN: &str = "arn:aws:dax:us-east-1:000000000000:cache/hearth";
const GROUP: &str = "default.dax1.0";
/// Stands for pages without limit, and can be given as a limit.
const TEN_YEARS_MS: &str = "315360000000";
const KEY: (&str, &str) = ("AKIDEXAMPLE", "secret-of-ours");
const CREDENTIALS: &str = "[[credentials]]\naccess_key_id = \"AKIDEXAMPLE\"\n\
                           secret_access_key = \"secret-of-ours\"\n";
