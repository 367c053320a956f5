//! Tables while they are made, changed and dropped, with a delay that shows it: what is described,
//! what is admitted and what is refused.

use serde_json::{Value, json};

use super::support::wait_until;
use super::{Answer, Api, Launch, scratch};

/// No state ends within a test; a start ends all of them.
const HOUR: &str = "3600000";
/// States end while a test waits for it.
const MOMENT: &str = "200";
/// States are seen, and end while a test waits for it.
const SECONDS: &str = "3000";
const IN_USE: &str = "Attempt to change a resource which is still in use: ";
const DELAY: &str = "HEARTH__API__CONTROL_PLANE_DELAY_MS";

/// Without tables, with changes that take so long.
fn delayed(ms: &str) -> Api {
    let data = scratch();
    let server = Launch::on(data.path()).env(DELAY, ms).start();
    Api { db: server.db(), server: Some(server), data }
}

/// With the tables of `make`, which have settled; from here on changes take an hour.
fn settled(make: impl FnOnce(&mut Api)) -> Api {
    let mut api = Api::empty();
    make(&mut api);
    api.restart_delayed();
    api
}

fn settled_users() -> Api {
    settled(|api| api.db.create_table("users"))
}

fn create(name: &str) -> Value {
    json!({
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

fn make_index(name: &str) -> Value {
    json!({
        "AttributeDefinitions": [{"AttributeName": "kind", "AttributeType": "S"}],
        "GlobalSecondaryIndexUpdates": [{"Create": {
            "IndexName": name,
            "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }}],
    })
}

fn enable_stream() -> Value {
    json!({"StreamSpecification": {"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"}})
}

fn provision() -> Value {
    json!({
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    })
}

impl Api {
    /// Ends the server and starts another, in which changes take an hour.
    fn restart_delayed(&mut self) {
        self.server.take().expect("it runs").kill();
        let server = Launch::on(self.data.path()).env(DELAY, HOUR).start();
        self.db = server.db();
        self.server = Some(server);
    }

    fn update_users(&mut self, change: &Value) -> Answer {
        let mut request = change.clone();
        request["TableName"] = json!("users");
        self.call("UpdateTable", &request)
    }

    fn users(&mut self) -> Value {
        self.call("DescribeTable", &json!({"TableName": "users"})).ok()["Table"].take()
    }

    fn users_arn(&mut self) -> Value {
        self.users()["TableArn"].take()
    }

    fn set_time_to_live(&mut self, enabled: bool) -> Answer {
        let specification = json!({"Enabled": enabled, "AttributeName": "until"});
        let request = json!({"TableName": "users", "TimeToLiveSpecification": specification});
        self.call("UpdateTimeToLive", &request)
    }

    fn time_to_live(&mut self) -> Value {
        let mut answer = self.call("DescribeTimeToLive", &json!({"TableName": "users"})).ok();
        answer["TimeToLiveDescription"].take()
    }

    fn tag_users(&mut self) -> Answer {
        let arn = self.users_arn();
        let tags = json!([{"Key": "k", "Value": "v"}]);
        self.call("TagResource", &json!({"ResourceArn": arn, "Tags": tags}))
    }

    fn put_users_policy(&mut self, action: &str) -> Answer {
        let arn = self.users_arn();
        let policy = json!({"Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "123456789012"},
            "Action": format!("dynamodb:{action}"),
            "Resource": arn,
        }});
        let request = json!({"ResourceArn": arn, "Policy": policy.to_string()});
        self.call("PutResourcePolicy", &request)
    }

    fn drop_users(&mut self) -> Answer {
        self.call("DeleteTable", &json!({"TableName": "users"}))
    }

    /// Protection, tags, policy, time to live and key can be changed, and items be written and read.
    #[track_caller]
    fn assert_admits_the_rest(&mut self) {
        let status = self.users()["TableStatus"].take();
        for protects in [true, false] {
            let shown = self.update_users(&json!({"DeletionProtectionEnabled": protects})).ok();
            assert_eq!(shown["TableDescription"]["TableStatus"], status);
            assert_eq!(shown["TableDescription"]["DeletionProtectionEnabled"], protects);
        }
        self.tag_users().ok();
        if self.users().get("SSEDescription").is_none() {
            self.update_users(&json!({"SSESpecification": {"Enabled": true}})).ok();
        }
        let arn = self.users_arn();
        let tags = self.call("ListTagsOfResource", &json!({"ResourceArn": arn})).ok();
        assert_eq!(tags["Tags"][0]["Key"], "k");
        self.put_users_policy("Query").ok();
        self.set_time_to_live(true).ok();
        self.put_user(&json!({"id": {"S": "7"}, "kind": {"S": "k"}})).ok();
        assert!(self.user("7").is_some());
    }
}

#[track_caller]
fn assert_in_use(answer: &Answer, why: &str) {
    answer.assert_refused("ResourceInUseException", &format!("{IN_USE}{why}"));
}

#[test]
fn a_new_table_is_creating_and_then_active() {
    let mut api = delayed(SECONDS);

    let shown = api.call("CreateTable", &create("users")).ok();

    assert_eq!(shown["TableDescription"]["TableStatus"], "CREATING");
    assert_eq!(api.users()["TableStatus"], "CREATING");
    let mut seen = Vec::new();
    wait_until("the table to be ACTIVE", || {
        let status = api.users()["TableStatus"].take();
        seen.push(status.clone());
        (status == "ACTIVE").then_some(())
    });
    assert!(seen.iter().all(|status| status == "CREATING" || status == "ACTIVE"), "{seen:?}");
    api.put_user(&json!({"id": {"S": "7"}})).ok();
}

#[test]
fn while_creating_a_table_is_described_and_nothing_else() {
    let mut api = delayed(HOUR);
    let mut request = create("users");
    request["GlobalSecondaryIndexes"] = json!([{
        "IndexName": "by_id",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }]);
    api.call("CreateTable", &request).ok();

    let described = api.users();
    let index = &described["GlobalSecondaryIndexes"][0];
    assert_eq!(
        (&described["TableStatus"], &index["IndexStatus"]),
        (&json!("CREATING"), &json!("CREATING"))
    );
    assert!(
        index.get("Backfilling").is_none()
            && described["BillingModeSummary"].get("LastUpdateToPayPerRequestDateTime").is_none()
    );
    assert_eq!(api.call("ListTables", &json!({})).ok(), json!({"TableNames": ["users"]}));
    let not_found = "Requested resource not found";
    let key = json!({"id": {"S": "7"}});
    for (operation, request) in [
        ("GetItem", json!({"TableName": "users", "Key": key})),
        ("PutItem", json!({"TableName": "users", "Item": key})),
        ("Scan", json!({"TableName": "users"})),
        ("BatchGetItem", json!({"RequestItems": {"users": {"Keys": [key]}}})),
        (
            "TransactGetItems",
            json!({"TransactItems": [{"Get": {"TableName": "users", "Key": key}}]}),
        ),
        ("ExecuteStatement", json!({"Statement": "SELECT * FROM users"})),
    ] {
        api.call(operation, &request).assert_refused("ResourceNotFoundException", not_found);
    }
    let created = "Table is being created: users";
    for change in [
        json!({"DeletionProtectionEnabled": true}),
        json!({"TableClass": "STANDARD"}),
        enable_stream(),
        provision(),
        make_index("by_kind"),
        json!({"SSESpecification": {"Enabled": true}}),
    ] {
        assert_in_use(&api.update_users(&change), created);
    }
    assert_in_use(&api.set_time_to_live(true), created);
    assert_in_use(&api.tag_users(), created);
    assert_in_use(&api.put_users_policy("Query"), created);
    assert_in_use(&api.drop_users(), created);
    api.call("CreateTable", &create("users"))
        .assert_refused("ResourceInUseException", "Table already exists: users");
    let no_recovery = json!({"PointInTimeRecoveryEnabled": false});
    for (operation, request) in [
        (
            "UpdateContinuousBackups",
            json!({"TableName": "users", "PointInTimeRecoverySpecification": no_recovery}),
        ),
        ("CreateBackup", json!({"TableName": "users", "BackupName": "b-1"})),
    ] {
        api.call(operation, &request).assert_refused(
            "ContinuousBackupsUnavailableException",
            "Backups are being enabled for the table: users. Please retry later",
        );
    }
    api.call("DescribeTimeToLive", &json!({"TableName": "users"})).assert_invalid(
        "Cannot describe time to live while table is in CREATING state: Current table state is \
         CREATING",
    );
    let arn = api.users_arn();
    for operation in ["ListTagsOfResource", "GetResourcePolicy"] {
        let refusal = api.call(operation, &json!({"ResourceArn": arn})).refusal();
        assert_eq!(refusal.code, "ResourceNotFoundException");
    }

    api.restart();

    assert_eq!(api.users()["TableStatus"], "ACTIVE", "a start settles everything");
    api.put_user(&json!({"id": {"S": "7"}})).ok();
}

#[test]
fn while_the_class_changes_the_old_one_is_shown() {
    let mut api = settled_users();

    let shown = api.update_users(&json!({"TableClass": "STANDARD_INFREQUENT_ACCESS"})).ok();

    for described in [shown["TableDescription"].clone(), api.users()] {
        assert_eq!(described["TableStatus"], "UPDATING");
        assert!(described.get("TableClassSummary").is_none(), "{described}");
    }
    let progress = "Table: users TableClassUpdateInProgress: STANDARD_INFREQUENT_ACCESS";
    let class =
        format!("Can't update table class when a table class update is in progress. {progress}");
    for name in ["STANDARD", "STANDARD_INFREQUENT_ACCESS"] {
        assert_in_use(&api.update_users(&json!({"TableClass": name})), &class);
    }
    let stream =
        format!("Can't change stream status when a table class update is in progress. {progress}");
    assert_in_use(&api.update_users(&enable_stream()), &stream);
    for change in [provision(), make_index("by_kind")] {
        assert_in_use(&api.update_users(&change), "Table is being updated: users");
    }
    assert_in_use(&api.drop_users(), "Table is being updated: users");
    api.assert_admits_the_rest();

    api.restart();

    let described = api.users();
    assert_eq!(described["TableStatus"], "ACTIVE");
    assert_eq!(described["TableClassSummary"]["TableClass"], "STANDARD_INFREQUENT_ACCESS");
}

#[test]
fn while_billing_changes_the_old_units_are_shown() {
    let mut api = settled_users();

    let shown = api.update_users(&provision()).ok();

    for described in [shown["TableDescription"].clone(), api.users()] {
        assert_eq!(described["TableStatus"], "UPDATING");
        assert_eq!(described["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
        assert_eq!(described["ProvisionedThroughput"]["ReadCapacityUnits"], 0);
    }
    for change in [provision(), enable_stream(), json!({"TableClass": "STANDARD"})] {
        assert_in_use(&api.update_users(&change), "Table is being updated: users");
    }
    assert_in_use(&api.drop_users(), "Table is being updated: users");
    api.assert_admits_the_rest();

    api.restart();

    let described = api.users();
    assert_eq!(described["TableStatus"], "ACTIVE");
    assert_eq!(described["ProvisionedThroughput"]["ReadCapacityUnits"], 5);
}

#[test]
fn while_a_stream_is_switched_it_is_enabling_and_disabling() {
    let mut api = settled_users();
    let status = |api: &mut Api, arn: &Value| {
        let answer = api.db.call_streams("DescribeStream", &json!({"StreamArn": arn})).ok();
        answer["StreamDescription"]["StreamStatus"].clone()
    };

    let shown = api.update_users(&enable_stream()).ok();

    let arn = shown["TableDescription"]["LatestStreamArn"].clone();
    assert_eq!(api.users()["TableStatus"], "UPDATING");
    assert_eq!(api.users()["StreamSpecification"]["StreamEnabled"], true);
    assert_eq!(status(&mut api, &arn), "ENABLING");
    assert_in_use(
        &api.update_users(&json!({"TableClass": "STANDARD"})),
        "Can't update table class when stream status is being updated. Table: users",
    );
    for change in [enable_stream(), provision(), make_index("by_kind")] {
        assert_in_use(&api.update_users(&change), "Table is being updated: users");
    }
    let dropped = "Cannot delete table while stream is being enabled/disabled.";
    assert_in_use(&api.drop_users(), dropped);
    api.assert_admits_the_rest();
    api.restart_delayed();
    assert_eq!(status(&mut api, &arn), "ENABLED");

    api.update_users(&json!({"StreamSpecification": {"StreamEnabled": false}})).ok();

    assert_eq!(status(&mut api, &arn), "DISABLING");
    assert_in_use(&api.drop_users(), dropped);
    api.restart();
    assert_eq!(status(&mut api, &arn), "DISABLED");
}

#[test]
fn the_stream_of_a_table_that_is_made_or_dropped_is_on_its_way_too() {
    let mut api = delayed(MOMENT);
    let mut request = create("users");
    request["StreamSpecification"] = enable_stream()["StreamSpecification"].clone();
    let shown = api.call("CreateTable", &request).ok();
    let arn = json!({"StreamArn": shown["TableDescription"]["LatestStreamArn"]});
    let status = |api: &mut Api| {
        let answer = api.db.call_streams("DescribeStream", &arn).ok();
        answer["StreamDescription"]["StreamStatus"].clone()
    };
    wait_until("the stream to be ENABLED", || (status(&mut api) == "ENABLED").then_some(()));

    api.drop_users().ok();

    wait_until("the stream to be DISABLED", || {
        let status = status(&mut api);
        assert_ne!(status, "ENABLED");
        (status == "DISABLED").then_some(())
    });
}

#[test]
fn while_an_index_is_created_the_table_is_active_and_the_index_is_not() {
    let mut api = settled_users();
    api.put_user(&json!({"id": {"S": "1"}, "kind": {"S": "k"}})).ok();

    let shown = api.update_users(&make_index("by_kind")).ok();

    assert_eq!(shown["TableDescription"]["TableStatus"], "UPDATING");
    let described = api.users();
    let index = &described["GlobalSecondaryIndexes"][0];
    assert_eq!(
        (&described["TableStatus"], &index["IndexStatus"]),
        (&json!("ACTIVE"), &json!("CREATING"))
    );
    assert!(index.get("Backfilling").is_none(), "{index}");
    let other = json!({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "other"}}]});
    assert_eq!(api.update_users(&other).refusal().code, "ResourceNotFoundException");
    let drop = json!({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by_kind"}}]});
    assert_in_use(
        &api.update_users(&drop),
        "Index creation is in resource allocation phase. Retry deletion during backfilling phase or \
         when the index is active. Table: users Index: by_kind",
    );
    for name in ["other", "another"] {
        api.update_users(&make_index(name)).assert_refused(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted \
             simultaneously per table",
        );
    }
    assert_in_use(&api.update_users(&provision()), "Table is being updated: users");
    assert_in_use(
        &api.drop_users(),
        "Cannot delete table while indexes are being created, updated, or deleted.",
    );
    api.call("Scan", &json!({"TableName": "users", "IndexName": "by_kind"}))
        .assert_invalid("Cannot read from backfilling global secondary index: by_kind");
    api.assert_admits_the_rest();

    api.restart();

    wait_until("the index to be ACTIVE", || {
        let index = api.users()["GlobalSecondaryIndexes"][0].take();
        (index["IndexStatus"] == "ACTIVE").then_some(())
    });
    let scan = json!({"TableName": "users", "IndexName": "by_kind"});
    assert_eq!(api.db.scan_all(&scan).len(), 2);
}

#[test]
fn while_an_index_is_dropped_it_is_deleting() {
    let mut api = settled(|api| {
        api.db.create_table("users");
        api.update_users(&make_index("by_kind")).ok();
        wait_until("the index to be ACTIVE", || {
            let index = api.users()["GlobalSecondaryIndexes"][0].take();
            (index["IndexStatus"] == "ACTIVE").then_some(())
        });
    });

    api.update_users(
        &json!({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by_kind"}}]}),
    )
    .ok();

    let described = api.users();
    assert_eq!(described["TableStatus"], "ACTIVE");
    assert_eq!(described["GlobalSecondaryIndexes"][0]["IndexStatus"], "DELETING");
    let busy = "Cannot delete table while indexes are being created, updated, or deleted.";
    assert_in_use(&api.drop_users(), busy);
    api.assert_admits_the_rest();
    api.restart();
    wait_until("the index to be gone", || {
        api.users().get("GlobalSecondaryIndexes").is_none().then_some(())
    });
}

#[test]
fn while_units_of_an_index_change_the_table_is_active() {
    let mut api = settled(|api| {
        let mut request = create("users");
        let units = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1});
        request["BillingMode"] = json!("PROVISIONED");
        request["ProvisionedThroughput"] = units.clone();
        request["GlobalSecondaryIndexes"] = json!([{
            "IndexName": "by_id",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": units,
        }]);
        api.db.create_table_with(&request);
    });
    let units = json!({"ReadCapacityUnits": 9, "WriteCapacityUnits": 9});
    let update = json!({"GlobalSecondaryIndexUpdates": [{
        "Update": {"IndexName": "by_id", "ProvisionedThroughput": units},
    }]});

    api.update_users(&update).ok();

    let described = api.users();
    let index = &described["GlobalSecondaryIndexes"][0];
    assert_eq!(
        (&described["TableStatus"], &index["IndexStatus"]),
        (&json!("ACTIVE"), &json!("UPDATING"))
    );
    assert_eq!(index["ProvisionedThroughput"]["ReadCapacityUnits"], 1);
    let refusal = api.update_users(&make_index("by_kind")).refusal();
    assert_eq!(refusal.code, "LimitExceededException", "{refusal:?}");
    assert_in_use(
        &api.drop_users(),
        "Cannot delete table while indexes are being created, updated, or deleted.",
    );
    api.assert_admits_the_rest();
    api.restart();
    let index = api.users()["GlobalSecondaryIndexes"][0].take();
    assert_eq!(index["IndexStatus"], "ACTIVE");
    assert_eq!(index["ProvisionedThroughput"]["ReadCapacityUnits"], 9);
}

#[test]
fn while_deleting_a_table_has_its_name_and_no_items() {
    let mut api = settled_users();
    api.put_user(&json!({"id": {"S": "7"}})).ok();
    assert!(api.user("7").is_some(), "and now it is cached");
    let arn = api.users_arn();
    api.tag_users().ok();
    let put = api.put_users_policy("Query").ok();

    let shown = api.drop_users().ok();

    assert_eq!(shown["TableDescription"]["TableStatus"], "DELETING");
    assert_eq!(api.users()["TableStatus"], "DELETING");
    assert_eq!(api.call("ListTables", &json!({})).ok(), json!({"TableNames": ["users"]}));
    let again = api.drop_users().ok();
    assert_eq!(again["TableDescription"]["TableId"], shown["TableDescription"]["TableId"]);
    for (operation, request) in [
        ("GetItem", json!({"TableName": "users", "Key": {"id": {"S": "7"}}})),
        ("PutItem", json!({"TableName": "users", "Item": {"id": {"S": "7"}}})),
        ("Scan", json!({"TableName": "users"})),
    ] {
        api.call(operation, &request)
            .assert_refused("ResourceNotFoundException", "Requested resource not found");
    }
    let deleted = "Table is being deleted: users";
    assert_in_use(&api.update_users(&json!({"DeletionProtectionEnabled": true})), deleted);
    assert_in_use(&api.update_users(&json!({"TableClass": "STANDARD"})), deleted);
    assert_in_use(&api.set_time_to_live(true), deleted);
    assert_in_use(&api.tag_users(), deleted);
    assert_in_use(&api.put_users_policy("GetItem"), deleted);
    assert_eq!(api.put_users_policy("Query").ok(), put, "nothing changes");
    let policy = api.call("GetResourcePolicy", &json!({"ResourceArn": arn})).ok();
    assert_eq!(policy["RevisionId"], put["RevisionId"]);
    let tags = api.call("ListTagsOfResource", &json!({"ResourceArn": arn})).ok();
    assert_eq!(tags["Tags"][0]["Key"], "k", "what it was is read until it is gone");
    api.call("DescribeTimeToLive", &json!({"TableName": "users"})).assert_invalid(
        "Cannot describe time to live while table is in DELETING state: Current table state is \
         DELETING",
    );
    api.call("CreateTable", &create("users"))
        .assert_refused("ResourceInUseException", "Table already exists: users");

    api.restart();

    assert_eq!(api.call("ListTables", &json!({})).ok(), json!({"TableNames": []}));
    api.db.create_table("users");
    assert!(api.user("7").is_none());
}

#[test]
fn a_dropped_table_is_gone_after_the_delay() {
    let mut api = delayed(MOMENT);
    api.db.create_table("users");

    api.drop_users().ok();

    let refusal = wait_until("the table to be gone", || {
        let answer = api.call("DescribeTable", &json!({"TableName": "users"}));
        (answer.status != 200).then(|| answer.refusal())
    });
    assert_eq!(refusal.code, "ResourceNotFoundException");
    api.db.create_table("users");
}

#[test]
fn a_protected_table_is_protected_whatever_it_does() {
    let mut api = settled_users();
    api.update_users(&json!({"DeletionProtectionEnabled": true})).ok();
    api.update_users(&json!({"TableClass": "STANDARD_INFREQUENT_ACCESS"})).ok();

    api.drop_users().assert_invalid(
        "Resource cannot be deleted as it is currently protected against deletion. Disable \
         deletion protection first.",
    );
}

#[test]
fn a_time_to_live_is_enabling_and_disabling() {
    let mut api = settled_users();

    api.set_time_to_live(true).ok();

    let enabling = json!({"TimeToLiveStatus": "ENABLING", "AttributeName": "until"});
    assert_eq!(api.time_to_live(), enabling);
    assert_eq!(api.users()["TableStatus"], "ACTIVE");
    api.set_time_to_live(true).assert_invalid("TimeToLive is already enabled");
    api.set_time_to_live(false)
        .assert_invalid("Time to live has been modified multiple times within a fixed interval");
    api.restart_delayed();
    let enabled = json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "until"});
    assert_eq!(api.time_to_live(), enabled);

    api.set_time_to_live(false).ok();

    let disabling = json!({"TimeToLiveStatus": "DISABLING", "AttributeName": "until"});
    assert_eq!(api.time_to_live(), disabling);
    api.restart();
    assert_eq!(api.time_to_live(), json!({"TimeToLiveStatus": "DISABLED"}));
}

#[test]
fn while_the_key_changes_the_table_is_active_and_the_old_key_is_shown() {
    let mut api = settled_users();
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd";
    let own = json!({"SSESpecification": {"SSEType": "KMS", "KMSMasterKeyId": key}});

    api.update_users(&own).ok();

    let described = api.users();
    assert_eq!(described["TableStatus"], "ACTIVE");
    assert_eq!(described["SSEDescription"], json!({"Status": "UPDATING"}));
    let busy = "Table: users is in the process of being updated.";
    for change in [own, json!({"SSESpecification": {"Enabled": true}})] {
        assert_in_use(&api.update_users(&change), busy);
    }
    assert_in_use(&api.drop_users(), busy);
    api.assert_admits_the_rest();
    api.update_users(&json!({"TableClass": "STANDARD_INFREQUENT_ACCESS"})).ok();
    assert_eq!(api.users()["TableStatus"], "UPDATING");

    api.restart();

    let enabled = json!({"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key});
    assert_eq!(api.users()["SSEDescription"], enabled);
}
