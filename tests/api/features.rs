//! Operations of features that hearth does not have: as of a table for which they are off.

use serde_json::{Value, json};

use super::{Api, NOT_NULL, member, one};

#[test]
fn the_keys_of_no_table_are_watched() {
    let mut api = with_indexes();
    let off = |index: Option<&str>| match index {
        Some(index) => {
            json!({"TableName": "users", "IndexName": index, "ContributorInsightsStatus": "DISABLED"})
        }
        None => json!({"TableName": "users", "ContributorInsightsStatus": "DISABLED"}),
    };

    for (index, request) in [
        (None, json!({"TableName": "users"})),
        (Some("by_town"), json!({"TableName": "users", "IndexName": "by_town"})),
        (None, json!({"TableName": ARN})),
    ] {
        let described = api.call("DescribeContributorInsights", &request).ok();
        let mut disable = request.clone();
        disable["ContributorInsightsAction"] = "DISABLE".into();
        let disabled = api.call("UpdateContributorInsights", &disable).ok();

        assert_eq!((described, disabled), (off(index), off(index)), "{request}");
    }
    for request in [json!({}), json!({"TableName": "users", "MaxResults": 100})] {
        let listed = api.call("ListContributorInsights", &request).ok();
        assert_eq!(listed, json!({"ContributorInsightsSummaries": []}));
    }
}

#[test]
fn keys_are_not_watched_when_that_is_asked() {
    let mut api = with_indexes();
    let enable = |table: &str| json!({"TableName": table, "ContributorInsightsAction": "ENABLE"});

    api.call("UpdateContributorInsights", &enable("users"))
        .assert_invalid("Contributor Insights is not supported by this version of hearth");
    for operation in ["UpdateContributorInsights", "DescribeContributorInsights"] {
        assert_refused(&mut api, operation, &enable("other"), NOT_FOUND, OTHER_NOT_FOUND);
        for index in ["by_age", "none"] {
            let mut request = enable("users");
            request["IndexName"] = index.into();
            let message = format!("Requested resource not found: Index: {index} not found");
            assert_refused(&mut api, operation, &request, NOT_FOUND, &message);
        }
    }
    let other = json!({"TableName": "other"});
    assert_refused(&mut api, "ListContributorInsights", &other, NOT_FOUND, OTHER_NOT_FOUND);
}

#[test]
fn changes_are_sent_to_no_kinesis_stream() {
    let mut api = with_indexes();
    let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/changes";
    let request = json!({"TableName": "users", "StreamArn": stream});

    let described = api.call("DescribeKinesisStreamingDestination", &json!({"TableName": "users"}));

    let none = json!({"TableName": "users", "KinesisDataStreamDestinations": []});
    assert_eq!(described.ok(), none);
    for (operation, message) in [
        (
            "EnableKinesisStreamingDestination",
            "A Kinesis streaming destination is not supported by this version of hearth",
        ),
        (
            "DisableKinesisStreamingDestination",
            "Table is not in a valid state to disable Kinesis Streaming Destination: \
             DisableKinesisStreamingDestination must be ACTIVE to perform DISABLE operation.",
        ),
        (
            "UpdateKinesisStreamingDestination",
            "Table is not in a valid state to update Kinesis Streaming Destination: \
             UpdateKinesisStreamingDestination must be ACTIVE to perform UPDATE operation.",
        ),
    ] {
        api.call(operation, &request).assert_invalid(message);
        let other = json!({"TableName": "other", "StreamArn": stream});
        assert_refused(&mut api, operation, &other, NOT_FOUND, OTHER_NOT_FOUND);
    }
    let other = json!({"TableName": "other"});
    let operation = "DescribeKinesisStreamingDestination";
    assert_refused(&mut api, operation, &other, NOT_FOUND, OTHER_NOT_FOUND);
}

#[test]
fn there_are_no_exports_imports_and_bulk_operations() {
    let mut api = with_indexes();
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users/x/1";

    for (operation, list) in [
        ("ListExports", "ExportSummaries"),
        ("ListImports", "ImportSummaryList"),
        ("ListBulkOperations", "BulkOperationsSummaryList"),
        ("ListGlobalTables", "GlobalTables"),
    ] {
        assert_eq!(api.call(operation, &json!({})).ok(), json!({list: []}), "{operation}");
    }
    for (operation, member, code, fault) in [
        ("DescribeExport", "ExportArn", "ExportNotFoundException", "Export not found"),
        ("DescribeImport", "ImportArn", "ImportNotFoundException", "Import not found"),
        (
            "DescribeBulkOperation",
            "BulkOperationArn",
            NOT_FOUND,
            "Requested resource not found: Bulk operation",
        ),
        (
            "CancelBulkOperation",
            "BulkOperationArn",
            NOT_FOUND,
            "Requested resource not found: Bulk operation",
        ),
    ] {
        let message = format!("{fault}: {arn}");
        assert_refused(&mut api, operation, &json!({member: arn}), code, &message);
    }
}

#[test]
fn nothing_is_read_from_a_bucket_or_written_to_one() {
    let mut api = with_indexes();
    let bucket = json!({"S3Bucket": "bucket"});
    let import = |table: &str| {
        json!({
            "S3BucketSource": bucket,
            "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": {
                "TableName": table,
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
        })
    };
    let put = |table: &str| {
        json!({
            "TableName": table,
            "InputS3Configuration": {"S3Bucket": "bucket", "InputFormat": "ION"},
            "OutputS3Configuration": {"OutputType": ["ERROR"]},
        })
    };
    let export = |arn: &str| json!({"TableArn": arn, "S3Bucket": "bucket"});

    api.call("ImportTable", &import("other"))
        .assert_invalid("ImportTable is not supported by this version of hearth");
    let message = "Table already exists: users";
    let in_use = "ResourceInUseException";
    assert_refused(&mut api, "ImportTable", &import("users"), in_use, message);
    api.call("StartBulkPutItems", &put("users"))
        .assert_invalid("StartBulkPutItems is not supported by this version of hearth");
    assert_refused(&mut api, "StartBulkPutItems", &put("other"), NOT_FOUND, OTHER_NOT_FOUND);

    let operation = "ExportTableToPointInTime";
    let message = "Point in time recovery is not enabled for table 'users'";
    let code = "PointInTimeRecoveryUnavailableException";
    assert_refused(&mut api, operation, &export(ARN), code, message);
    let (absent, message) = (ARN.replace("users", "other"), "Table not found: other");
    assert_refused(&mut api, operation, &export(&absent), "TableNotFoundException", message);
    api.call(operation, &export("users")).assert_invalid("tableArn is not a valid ARN");
}

#[test]
fn there_are_no_global_tables_of_the_older_kind() {
    let mut api = with_indexes();
    let code = "GlobalTableNotFoundException";
    let message = "Global table not found: Global table with name: 'users' does not exist.";
    let request = json!({"GlobalTableName": "users", "ReplicaUpdates": []});

    for operation in [
        "DescribeGlobalTable",
        "DescribeGlobalTableSettings",
        "UpdateGlobalTable",
        "UpdateGlobalTableSettings",
    ] {
        assert_refused(&mut api, operation, &request, code, message);
    }
    let create = json!({"GlobalTableName": "users", "ReplicationGroup": [{"RegionName": "r"}]});
    api.call("CreateGlobalTable", &create)
        .assert_invalid("DynamoDB global tables version 2017.11.29 is not supported.");
}

#[test]
fn no_table_has_replicas_that_scale() {
    let mut api = with_indexes();
    let (users, other) = (json!({"TableName": "users"}), json!({"TableName": "other"}));

    let described = api.call("DescribeTableReplicaAutoScaling", &users).ok();

    let table = json!({"TableName": "users", "TableStatus": "ACTIVE"});
    assert_eq!(described, json!({"TableAutoScalingDescription": table}));
    api.call("UpdateTableReplicaAutoScaling", &users)
        .assert_invalid("UpdateTableReplicaAutoScaling is not supported by this version of hearth");
    for operation in ["DescribeTableReplicaAutoScaling", "UpdateTableReplicaAutoScaling"] {
        assert_refused(&mut api, operation, &other, NOT_FOUND, OTHER_NOT_FOUND);
    }
}

#[test]
fn no_index_can_be_searched_for_vectors() {
    let mut api = with_indexes();
    let search = |table: &str, index: &str| {
        let vector = json!([{"N": "1"}]);
        json!({"TableName": table, "IndexName": index, "SearchVector": vector, "TopK": 1})
    };

    for index in ["by_town", "by_age"] {
        let message = format!("The index is not a vector index: {index}");
        api.call("SearchVectors", &search("users", index)).assert_invalid(&message);
    }
    api.call("SearchVectors", &search("users", "none"))
        .assert_invalid("The table does not have the specified index: none");
    let message = "Requested resource not found";
    assert_refused(&mut api, "SearchVectors", &search("other", "none"), NOT_FOUND, message);
}

#[test]
fn types_and_constraints_come_before_the_table() {
    let mut api = Api::empty();

    let refusal = api.call("DescribeContributorInsights", &json!({"TableName": 1})).refusal();
    assert_eq!(refusal.code, "SerializationException");
    let nothing = json!({
        "TableName": "other",
        "InputS3Configuration": {"S3Bucket": "bucket", "InputFormat": "ION"},
        "OutputS3Configuration": {"OutputType": [null]},
    });
    let refusal = api.call("StartBulkPutItems", &nothing).refusal();
    assert_eq!(refusal.code, "SerializationException");
    api.call("UpdateContributorInsights", &json!({"TableName": "other"}))
        .assert_invalid(&one(&member("null", "contributorInsightsAction", NOT_NULL)));
}

#[track_caller]
fn assert_refused(api: &mut Api, operation: &str, request: &Value, code: &str, message: &str) {
    let refusal = api.call(operation, request).refusal();

    let told = (refusal.status, refusal.code.as_str(), refusal.message.as_str());
    assert_eq!(told, (400, code, message), "{operation} {request}");
}

/// With the table `users`, whose index `by_town` is global and whose index `by_age` is local.
fn with_indexes() -> Api {
    let mut api = Api::empty();
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let text = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    api.db.create_table_with(&json!({
        "TableName": "users",
        "AttributeDefinitions": [text("id"), text("at"), text("age"), text("town")],
        "KeySchema": [key("id", "HASH"), key("at", "RANGE")],
        "LocalSecondaryIndexes": [{
            "IndexName": "by_age",
            "KeySchema": [key("id", "HASH"), key("age", "RANGE")],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by_town",
            "KeySchema": [key("town", "HASH")],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    }));
    api
}

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
const NOT_FOUND: &str = "ResourceNotFoundException";
const OTHER_NOT_FOUND: &str = "Requested resource not found: Table: other not found";
