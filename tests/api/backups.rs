//! Backups: `CreateBackup`, `DescribeBackup`, `ListBackups`, `DeleteBackup`,
//! `RestoreTableFromBackup`, and what there is of point-in-time recovery.

use serde_json::{Value, json};

use super::support::wait_until;
use super::{Api, Launch, NAME_PATTERN, NOT_NULL, member, one};

const NO_BACKUP: &str =
    "arn:aws:dynamodb:us-east-1:000000000000:table/users/backup/01658528578619-ab12cd34";

impl Api {
    fn back_up(&mut self, table: &str, name: &str) -> Value {
        let request = json!({"TableName": table, "BackupName": name});
        self.call("CreateBackup", &request).ok()["BackupDetails"].take()
    }

    /// Makes a backup of a table and waits for it; gives its ARN.
    fn backed_up(&mut self, table: &str, name: &str) -> String {
        let details = self.back_up(table, name);
        let arn = details["BackupArn"].as_str().expect("an ARN").to_owned();
        wait_until("the backup", || {
            (self.backup(&arn)["BackupDetails"]["BackupStatus"] == "AVAILABLE").then_some(())
        });
        arn
    }

    fn backup(&mut self, arn: &str) -> Value {
        let described = self.call("DescribeBackup", &json!({"BackupArn": arn})).ok();
        described["BackupDescription"].clone()
    }

    fn restore(&mut self, arn: &str, target: &str, overrides: &Value) -> Value {
        let mut request = json!({"BackupArn": arn, "TargetTableName": target});
        for (name, value) in overrides.as_object().expect("members") {
            request[name] = value.clone();
        }
        let made = self.call("RestoreTableFromBackup", &request).ok()["TableDescription"].take();
        assert_eq!(made["TableStatus"], "CREATING");
        wait_until("the table", || {
            let table = self.call("DescribeTable", &json!({"TableName": target})).ok();
            (table["Table"]["TableStatus"] == "ACTIVE").then(|| table["Table"].clone())
        })
    }

    fn listed(&mut self, request: &Value) -> Vec<String> {
        let listed = self.call("ListBackups", request).ok();
        let summaries = listed["BackupSummaries"].as_array().expect("a list");
        let name = |summary: &Value| summary["BackupName"].as_str().expect("a name").to_owned();
        summaries.iter().map(name).collect()
    }
}

/// A provisioned table with a local and two global indexes, a stream and a class.
fn rich() -> Value {
    let key = |hash: &str, range: &str| {
        json!([{"AttributeName": hash, "KeyType": "HASH"},
               {"AttributeName": range, "KeyType": "RANGE"}])
    };
    let units = json!({"ReadCapacityUnits": 3, "WriteCapacityUnits": 4});
    json!({
        "TableName": "rich",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "g", "AttributeType": "S"},
        ],
        "KeySchema": key("id", "at"),
        "LocalSecondaryIndexes": [{
            "IndexName": "local", "KeySchema": key("id", "g"),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]},
        }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "global", "KeySchema": key("g", "at"),
            "Projection": {"ProjectionType": "ALL"}, "ProvisionedThroughput": units,
        }, {
            "IndexName": "keys", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"}, "ProvisionedThroughput": units,
        }],
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "DeletionProtectionEnabled": true,
        "Tags": [{"Key": "a", "Value": "b"}],
    })
}

/// With that table, three items in it, and a backup of it.
fn with_rich() -> (Api, String) {
    let mut api = Api::empty();
    api.db.create_table_with(&rich());
    let expires = json!({"Enabled": true, "AttributeName": "t"});
    let expires = json!({"TableName": "rich", "TimeToLiveSpecification": expires});
    api.call("UpdateTimeToLive", &expires).ok();
    for at in ["1", "2"] {
        // In the year 3000.
        let item = json!({
            "id": {"S": "p"}, "at": {"N": at}, "g": {"S": "q"}, "x": {"S": "y"},
            "t": {"N": "32503680000"},
        });
        api.db.put("rich", &item);
    }
    api.db.put("rich", &json!({"id": {"S": "p"}, "at": {"N": "3"}}));
    let arn = api.backed_up("rich", "b-1");
    (api, arn)
}

#[test]
fn a_backup_is_described_to_the_letter() {
    let (mut api, arn) = with_rich();
    let table = api.call("DescribeTable", &json!({"TableName": "rich"})).ok()["Table"].take();

    let description = api.backup(&arn);

    let details = &description["BackupDetails"];
    let id = arn.rsplit('/').next().expect("a last part");
    assert_eq!(arn, format!("{}/backup/{id}", table["TableArn"].as_str().expect("an ARN")));
    let (time, random) = id.split_once('-').expect("two parts");
    let created = details["BackupCreationDateTime"].as_f64().expect("a time");
    assert_eq!(time, format!("{:014.0}", created * 1000.0));
    assert!(random.len() == 8 && random.bytes().all(|byte| byte.is_ascii_hexdigit()), "{random}");
    assert_eq!(
        *details,
        json!({
            "BackupArn": arn, "BackupName": "b-1", "BackupStatus": "AVAILABLE",
            "BackupType": "USER", "BackupSizeBytes": table["TableSizeBytes"],
            "BackupCreationDateTime": details["BackupCreationDateTime"],
        })
    );
    assert_eq!(
        description["SourceTableDetails"],
        json!({
            "TableName": "rich", "TableId": table["TableId"], "TableArn": table["TableArn"],
            "BillingMode": "PROVISIONED", "TableSizeBytes": table["TableSizeBytes"],
            "ItemCount": 3, "KeySchema": table["KeySchema"],
            "TableCreationDateTime": table["CreationDateTime"],
            "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
        })
    );
    let index = |list: &str, place: usize, units: Option<Value>| {
        let index = &table[list][place];
        let mut shown = json!({
            "IndexName": index["IndexName"], "KeySchema": index["KeySchema"],
            "Projection": index["Projection"],
        });
        if let Some(units) = units {
            shown["ProvisionedThroughput"] = units;
        }
        shown
    };
    let units = Some(json!({"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}));
    assert_eq!(
        description["SourceTableFeatureDetails"],
        json!({
            "LocalSecondaryIndexes": [index("LocalSecondaryIndexes", 0, None)],
            "GlobalSecondaryIndexes": [
                index("GlobalSecondaryIndexes", 0, units.clone()),
                index("GlobalSecondaryIndexes", 1, units),
            ],
            "StreamDescription": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
            "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "t"},
        })
    );
}

#[test]
fn a_restored_table_has_items_indexes_and_units_and_nothing_else() {
    let (mut api, arn) = with_rich();
    let before = api.call("DescribeTable", &json!({"TableName": "rich"})).ok()["Table"].take();

    let table = api.restore(&arn, "again", &json!({}));

    for member in ["KeySchema", "ProvisionedThroughput", "ItemCount", "TableSizeBytes"] {
        assert_eq!(table[member], before[member], "{member}");
    }
    assert_ne!(table["TableId"], before["TableId"]);
    assert_eq!(table["DeletionProtectionEnabled"], false);
    for member in ["TableClassSummary", "LatestStreamArn", "RestoreSummary", "BillingModeSummary"] {
        assert!(table.get(member).is_none(), "{member}");
    }
    for list in ["LocalSecondaryIndexes", "GlobalSecondaryIndexes"] {
        for (index, was) in table[list]
            .as_array()
            .expect("indexes")
            .iter()
            .zip(before[list].as_array().expect("indexes"))
        {
            for member in ["IndexName", "KeySchema", "Projection", "ItemCount", "IndexSizeBytes"] {
                assert_eq!(index[member], was[member], "{member}");
            }
        }
    }
    for index in [None, Some("local"), Some("global"), Some("keys")] {
        let scan = |table: &str| match index {
            Some(index) => json!({"TableName": table, "IndexName": index}),
            None => json!({"TableName": table}),
        };
        assert_eq!(api.db.scan_all(&scan("again")), api.db.scan_all(&scan("rich")), "{index:?}");
    }
    let expires = api.call("DescribeTimeToLive", &json!({"TableName": "again"})).ok();
    assert_eq!(expires["TimeToLiveDescription"], json!({"TimeToLiveStatus": "DISABLED"}));
    let tags = json!({"ResourceArn": table["TableArn"]});
    assert_eq!(api.call("ListTagsOfResource", &tags).ok()["Tags"], json!([]));
}

#[test]
fn overrides_drop_and_rename_indexes_and_change_how_the_table_is_charged() {
    let (mut api, arn) = with_rich();
    let keys = json!([{
        "IndexName": "renamed", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }]);

    let table = api.restore(
        &arn,
        "again",
        &json!({
            "BillingModeOverride": "PAY_PER_REQUEST", "LocalSecondaryIndexOverride": [],
            "GlobalSecondaryIndexOverride": keys,
        }),
    );

    assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    assert!(table.get("LocalSecondaryIndexes").is_none());
    assert_eq!(table["GlobalSecondaryIndexes"].as_array().map(Vec::len), Some(1));
    assert_eq!(table["GlobalSecondaryIndexes"][0]["IndexName"], "renamed");
    let scan = json!({"TableName": "again", "IndexName": "renamed"});
    assert_eq!(api.db.scan_all(&scan).len(), 2);
    let units = json!({"ReadCapacityUnits": 7, "WriteCapacityUnits": 8});
    let none = json!({
        "GlobalSecondaryIndexOverride": [], "ProvisionedThroughputOverride": units,
    });
    let table = api.restore(&arn, "third", &none);
    assert_eq!(table["ProvisionedThroughput"]["ReadCapacityUnits"], 7);
    assert!(table.get("GlobalSecondaryIndexes").is_none());
    assert_eq!(table["LocalSecondaryIndexes"][0]["IndexName"], "local");
}

#[test]
fn a_restored_table_has_the_maxima_and_the_key_that_it_had_or_those_of_the_request() {
    let mut api = Api::empty();
    let key = "arn:aws:kms:us-east-1:000000000000:key/one";
    api.db.create_table_with(&json!({
        "TableName": "kept",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "OnDemandThroughput": {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 6},
        "SSESpecification": {"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": key},
    }));
    let arn = api.backed_up("kept", "b-1");
    let described = api.call("DescribeBackup", &json!({"BackupArn": arn})).ok();

    let same = api.restore(&arn, "same", &json!({}));
    let other = api.restore(
        &arn,
        "other",
        &json!({
            "OnDemandThroughputOverride": {"MaxReadRequestUnits": 7},
            "SSESpecificationOverride": {"Enabled": false},
        }),
    );

    let described = &described["BackupDescription"];
    let most = json!({"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 6});
    assert_eq!(described["SourceTableDetails"]["OnDemandThroughput"], most);
    let features = &described["SourceTableFeatureDetails"];
    assert_eq!(features["SSEDescription"]["KMSMasterKeyArn"], key);
    assert_eq!(same["OnDemandThroughput"], most);
    assert_eq!(same["SSEDescription"]["KMSMasterKeyArn"], key);
    let most = json!({"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 6});
    assert_eq!(other["OnDemandThroughput"], most);
    assert!(other.get("SSEDescription").is_none());
}

#[test]
fn overrides_that_make_no_sense_are_refused() {
    let (mut api, arn) = with_rich();
    let mut refuse = |overrides: Value, message: &str| {
        let mut request = json!({"BackupArn": arn, "TargetTableName": "again"});
        for (name, value) in overrides.as_object().expect("members") {
            request[name] = value.clone();
        }
        api.call("RestoreTableFromBackup", &request).assert_invalid(message);
    };
    let index = |hash: &str, projection: &str| {
        json!([{
            "IndexName": "new", "KeySchema": [{"AttributeName": hash, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": projection},
        }])
    };
    let unknown = "Index new does not match a secondary index that existed in the source table and \
                   cannot be created during the restore operation";
    refuse(json!({"GlobalSecondaryIndexOverride": index("g", "ALL")}), unknown);
    refuse(json!({"GlobalSecondaryIndexOverride": index("id", "KEYS_ONLY")}), unknown);
    refuse(json!({"LocalSecondaryIndexOverride": index("g", "KEYS_ONLY")}), unknown);
    let [mut two, other] = [index("g", "KEYS_ONLY"), index("g", "KEYS_ONLY")];
    two.as_array_mut().expect("a list").push(other[0].clone());
    refuse(json!({"GlobalSecondaryIndexOverride": two}), unknown);
    let units = json!({"ReadCapacityUnits": 7, "WriteCapacityUnits": 8});
    refuse(
        json!({"BillingModeOverride": "PAY_PER_REQUEST", "ProvisionedThroughputOverride": &units}),
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor \
         WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    );
    let mut with_units = index("g", "KEYS_ONLY");
    with_units[0]["ProvisionedThroughput"] = units;
    refuse(
        json!({
            "BillingModeOverride": "PAY_PER_REQUEST", "GlobalSecondaryIndexOverride": with_units,
        }),
        "One or more parameter values were invalid: ProvisionedThroughput should not be specified \
         for index: new when BillingMode is PAY_PER_REQUEST",
    );
    refuse(
        json!({"OnDemandThroughputOverride": {"MaxReadRequestUnits": 5}}),
        "One or more parameter values were invalid: MaxReadRequestUnits for OnDemandThroughput \
         cannot be specified when the table BillingMode is PROVISIONED",
    );
    refuse(
        json!({"SSESpecificationOverride": {"Enabled": true, "SSEType": "AES256"}}),
        "One or more parameter values were invalid: SSEType AES256 is not supported",
    );
    refuse(
        json!({"VectorIndexOverride": [{
            "IndexName": "near", "Projection": {"ProjectionType": "ALL"},
            "VectorAttribute": {"AttributeName": "v"}, "Dimensions": 2,
            "DistanceFunction": "COSINE",
        }]}),
        "VectorIndexOverride is not supported by this version of hearth",
    );
    api.call("DescribeTable", &json!({"TableName": "again"})).assert_refused(
        "ResourceNotFoundException",
        "Requested resource not found: Table: again not found",
    );
}

#[test]
fn what_is_not_there_or_there_already_is_told() {
    let mut api = Api::with_users();
    let arn = api.backed_up("users", "b-1");
    let gone = format!("Backup not found: {NO_BACKUP}");

    let no_table = json!({"TableName": "other", "BackupName": "b-1"});
    api.call("CreateBackup", &no_table)
        .assert_refused("TableNotFoundException", "Table not found: other");
    for operation in ["DescribeBackup", "DeleteBackup", "RestoreTableFromBackup"] {
        let request = json!({"BackupArn": NO_BACKUP, "TargetTableName": "again"});
        api.call(operation, &request).assert_refused("BackupNotFoundException", &gone);
        let other_table = arn.replace("/users/", "/other/");
        let request = json!({"BackupArn": other_table, "TargetTableName": "again"});
        let refusal = api.call(operation, &request).refusal();
        assert_eq!(refusal.code, "BackupNotFoundException", "{operation}");
        let request = json!({"BackupArn": "x".repeat(37), "TargetTableName": "again"});
        api.call(operation, &request).assert_invalid("Invalid Backup ARN");
    }
    api.call("RestoreTableFromBackup", &json!({"BackupArn": arn, "TargetTableName": "users"}))
        .assert_refused("TableAlreadyExistsException", "Table already exists: users");
}

#[test]
fn members_are_checked_before_anything_is_looked_up() {
    let mut api = Api::empty();
    let name = |value: &str, fault: &str| one(&member(value, "backupName", fault));
    let back_up = |name: &str| json!({"TableName": "users", "BackupName": name});

    api.call("CreateBackup", &json!({"TableName": "users"}))
        .assert_invalid(&name("null", NOT_NULL));
    api.call("CreateBackup", &back_up("ab"))
        .assert_invalid(&name("'ab'", "Member must have length greater than or equal to 3"));
    let long = "a".repeat(256);
    api.call("CreateBackup", &back_up(&long)).assert_invalid(&name(
        &format!("'{long}'"),
        "Member must have length less than or equal to 255",
    ));
    api.call("CreateBackup", &back_up("a b")).assert_invalid(&name("'a b'", NAME_PATTERN));
    api.call("DescribeBackup", &json!({})).assert_invalid(&one(&member(
        "null",
        "backupArn",
        NOT_NULL,
    )));
    api.call("ListBackups", &json!({"Limit": 0})).assert_invalid(&one(&member(
        "'0'",
        "limit",
        "Member must have value greater than or equal to 1",
    )));
    api.call("ListBackups", &json!({"Limit": 101})).assert_invalid(&one(&member(
        "'101'",
        "limit",
        "Member must have value less than or equal to 100",
    )));
    api.call("ListBackups", &json!({"BackupType": "MINE"})).assert_invalid(&one(&member(
        "'MINE'",
        "backupType",
        "Member must satisfy enum value set: [USER, SYSTEM, AWS_BACKUP, ALL]",
    )));
    api.call("RestoreTableFromBackup", &json!({"BackupArn": NO_BACKUP}))
        .assert_invalid(&one(&member("null", "targetTableName", NOT_NULL)));
}

#[test]
fn backups_are_listed_by_table_time_and_pages_and_outlive_their_table() {
    let mut api = Api::with_users();
    api.db.create_table("other");
    for (table, name) in [("users", "same"), ("other", "b-2"), ("users", "same")] {
        api.backed_up(table, name);
    }

    assert_eq!(api.listed(&json!({})), ["same", "b-2", "same"]);
    assert_eq!(api.listed(&json!({"TableName": "users"})), ["same", "same"]);
    assert_eq!(api.listed(&json!({"BackupType": "ALL"})).len(), 3);
    assert!(api.listed(&json!({"BackupType": "SYSTEM"})).is_empty());
    assert!(api.listed(&json!({"TableName": "absent"})).is_empty());

    let first = api.call("ListBackups", &json!({"Limit": 2})).ok();
    let last = &first["LastEvaluatedBackupArn"];
    assert_eq!(*last, first["BackupSummaries"][1]["BackupArn"]);
    assert_eq!(api.listed(&json!({"Limit": 2, "ExclusiveStartBackupArn": last})), ["same"]);
    let rest = api.call("ListBackups", &json!({"Limit": 1, "ExclusiveStartBackupArn": last})).ok();
    assert!(rest.get("LastEvaluatedBackupArn").is_none());

    let made = &first["BackupSummaries"][1]["BackupCreationDateTime"];
    assert_eq!(api.listed(&json!({"TimeRangeUpperBound": made})), ["same"]);
    assert_eq!(api.listed(&json!({"TimeRangeLowerBound": made})), ["b-2", "same"]);

    api.call("DeleteTable", &json!({"TableName": "users"})).ok();
    assert_eq!(api.listed(&json!({"TableName": "users"})), ["same", "same"]);
    let summary =
        &api.call("ListBackups", &json!({"TableName": "users"})).ok()["BackupSummaries"][0];
    let described = api.backup(summary["BackupArn"].as_str().expect("an ARN"));
    let mut expected = described["BackupDetails"].clone();
    for member in ["TableName", "TableId", "TableArn"] {
        expected[member] = described["SourceTableDetails"][member].clone();
    }
    assert_eq!(*summary, expected);
}

#[test]
fn a_backup_names_its_table_as_it_was_when_the_region_is_another() {
    let mut api = Api::with_users();
    let arn = api.backed_up("users", "b-1");
    api.server.take().expect("it runs").kill();
    let server = Launch::on(api.data.path()).env("HEARTH__AUTH__REGION", "eu-west-1").start();
    api.db = server.db();
    api.server = Some(server);

    let described = api.backup(&arn);

    let was = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
    assert_eq!(described["SourceTableDetails"]["TableArn"], was);
    let listed = api.call("ListBackups", &json!({})).ok();
    assert_eq!(listed["BackupSummaries"][0]["TableArn"], was);
}

#[test]
fn a_deleted_backup_is_described_once_more_and_gone() {
    let mut api = Api::with_users();
    let arn = api.backed_up("users", "b-1");
    let mut expected = api.backup(&arn);
    expected["BackupDetails"]["BackupStatus"] = json!("DELETED");

    let deleted = api.call("DeleteBackup", &json!({"BackupArn": arn})).ok();

    assert_eq!(deleted["BackupDescription"], expected);
    let gone = format!("Backup not found: {arn}");
    api.call("DescribeBackup", &json!({"BackupArn": arn}))
        .assert_refused("BackupNotFoundException", &gone);
    assert!(api.listed(&json!({})).is_empty());
}

#[test]
fn backups_and_restored_tables_survive_a_restart() {
    let mut api = Api::with_users();
    api.db.put("users", &json!({"id": {"S": "7"}, "name": {"S": "Ada"}}));
    let arn = api.backed_up("users", "b-1");
    let before = api.backup(&arn);
    api.restore(&arn, "again", &json!({}));

    api.restart();

    assert_eq!(api.backup(&arn), before);
    for table in ["users", "again"] {
        let items = api.db.scan_all(&json!({"TableName": table}));
        assert_eq!(items, [json!({"id": {"S": "7"}, "name": {"S": "Ada"}})], "{table}");
    }
}

#[test]
fn a_table_of_a_damaged_backup_never_serves_and_disappears() {
    let mut api = Api::with_users();
    for number in 0..20 {
        let item = json!({"id": {"S": number.to_string()}, "v": {"S": "x".repeat(100_000)}});
        api.db.put("users", &item);
    }
    let arn = api.backed_up("users", "b-1");
    let id = arn.rsplit('/').next().expect("a last part");
    let file = api.data.path().join("backups").join(format!("{id}.backup"));
    let mut bytes = std::fs::read(&file).expect("it is there");
    let place = bytes.len() - 50;
    bytes[place] ^= 1;
    std::fs::write(&file, bytes).expect("it is ours");

    let restore = json!({"BackupArn": arn, "TargetTableName": "again"});
    let made = api.call("RestoreTableFromBackup", &restore).ok();
    assert_eq!(made["TableDescription"]["TableStatus"], "CREATING");
    let name = json!({"TableName": "again"});
    wait_until("the table to be gone", || {
        let described = api.call("DescribeTable", &name);
        if described.status == 200 {
            assert_eq!(described.ok()["Table"]["TableStatus"], "CREATING");
            return None;
        }
        assert_eq!(described.refusal().code, "ResourceNotFoundException");
        Some(())
    });

    let server = api.server.as_ref().expect("it runs");
    let log = wait_until("the reason in the log", || {
        Some(server.stderr()).filter(|log| log.contains("a restore failed; the table is gone"))
    });
    assert!(log.contains("its checksum is wrong"), "{log}");
    // What is damaged can be deleted.
    api.call("DeleteBackup", &json!({"BackupArn": arn})).ok();
}

#[test]
fn continuous_backups_are_on_and_point_in_time_recovery_is_not() {
    let mut api = Api::with_users();
    let name = json!({"TableName": "users"});
    let switched = |enabled: bool| {
        let specification = json!({"PointInTimeRecoveryEnabled": enabled});
        json!({"TableName": "users", "PointInTimeRecoverySpecification": specification})
    };
    let off = json!({"ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }});

    assert_eq!(api.call("DescribeContinuousBackups", &name).ok(), off);
    assert_eq!(api.call("UpdateContinuousBackups", &switched(false)).ok(), off);
    api.call("UpdateContinuousBackups", &switched(true)).assert_invalid(
        "Point-in-time recovery is not supported by this version of hearth: take backups with \
         CreateBackup, or of everything with hearth backup",
    );
    let mut with_days = switched(false);
    with_days["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"] = json!(7);
    api.call("UpdateContinuousBackups", &with_days).assert_invalid(
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.",
    );
    with_days["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"] = json!(36);
    api.call("UpdateContinuousBackups", &with_days).assert_invalid(&one(&member(
        "'36'",
        "pointInTimeRecoverySpecification.recoveryPeriodInDays",
        "Member must have value less than or equal to 35",
    )));
    api.call("UpdateContinuousBackups", &name).assert_invalid(&one(&member(
        "null",
        "pointInTimeRecoverySpecification",
        NOT_NULL,
    )));
    let mut other = switched(true);
    other["TableName"] = json!("other");
    for (operation, request) in [
        ("DescribeContinuousBackups", json!({"TableName": "other"})),
        ("UpdateContinuousBackups", other),
    ] {
        api.call(operation, &request)
            .assert_refused("TableNotFoundException", "Table not found: other");
    }
}

#[test]
fn a_restore_to_a_point_in_time_is_checked_and_refused() {
    let mut api = Api::with_users();
    let restore = |members: Value| {
        let mut request = json!({"TargetTableName": "again"});
        for (name, value) in members.as_object().expect("members") {
            request[name] = value.clone();
        }
        request
    };
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
    let unavailable = "Point in time recovery is not enabled for table 'users'";
    for good in [
        json!({"SourceTableName": "users", "UseLatestRestorableTime": true}),
        json!({"SourceTableArn": arn, "RestoreDateTime": 1_658_528_578}),
    ] {
        api.call("RestoreTableToPointInTime", &restore(good))
            .assert_refused("PointInTimeRecoveryUnavailableException", unavailable);
    }
    let absent = json!({"SourceTableName": "other", "UseLatestRestorableTime": true});
    api.call("RestoreTableToPointInTime", &restore(absent))
        .assert_refused("TableNotFoundException", "Source table not found: other");
    let time = "Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but \
                not both";
    let both = json!({
        "SourceTableName": "users", "UseLatestRestorableTime": true, "RestoreDateTime": 5,
    });
    api.call("RestoreTableToPointInTime", &restore(both)).assert_invalid(time);
    let neither = json!({"SourceTableName": "users"});
    api.call("RestoreTableToPointInTime", &restore(neither)).assert_invalid(time);
    let source = "Either one of SourceTableArn or SourceTableName must be specified, but not both";
    let none = json!({"UseLatestRestorableTime": true});
    api.call("RestoreTableToPointInTime", &restore(none)).assert_invalid(source);
}
