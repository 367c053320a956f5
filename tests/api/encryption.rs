//! `SSESpecification` of `CreateTable` and `UpdateTable`: a label that is kept and described.

use serde_json::{Value, json};

use super::{Answer, Api, member, one};

const MANAGED: &str = "arn:aws:kms:us-east-1:000000000000:alias/aws/dynamodb";
const OWN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd";
const INVALID: &str = "One or more parameter values were invalid: ";

impl Api {
    fn create_encrypted(&mut self, name: &str, specification: &Value) -> Answer {
        self.call(
            "CreateTable",
            &json!({
                "TableName": name,
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
                "SSESpecification": specification,
            }),
        )
    }

    fn encrypt_users(&mut self, specification: &Value) -> Answer {
        let request = json!({"TableName": "users", "SSESpecification": specification});
        self.call("UpdateTable", &request)
    }

    /// Null if there is none.
    fn encryption_of(&mut self, table: &str) -> Value {
        let mut answer = self.call("DescribeTable", &json!({"TableName": table})).ok();
        answer["Table"].get_mut("SSEDescription").map(Value::take).unwrap_or_default()
    }
}

fn enabled(key: &str) -> Value {
    json!({"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key})
}

fn own_key() -> Value {
    json!({"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": OWN})
}

#[test]
fn a_table_is_made_with_the_key_that_is_asked_for() {
    let mut api = Api::empty();
    let named = |name: &str| json!({"SSEType": "KMS", "KMSMasterKeyId": name});
    for (table, specification, key) in [
        ("none", json!({}), None),
        ("off", json!({"Enabled": false}), None),
        ("on", json!({"Enabled": true}), Some(MANAGED)),
        ("type", json!({"SSEType": "KMS"}), Some(MANAGED)),
        ("key", own_key(), Some(OWN)),
        ("id", named("1-2"), Some("arn:aws:kms:us-east-1:000000000000:key/1-2")),
        ("alias", named("alias/mine"), Some("arn:aws:kms:us-east-1:000000000000:alias/mine")),
        ("theirs", named("alias/aws/dynamodb"), Some(MANAGED)),
    ] {
        let table = format!("{table}-table");

        let shown = api.create_encrypted(&table, &specification).ok();

        let described = key.map(enabled).unwrap_or_default();
        let shown = shown["TableDescription"].get("SSEDescription").cloned().unwrap_or_default();
        assert_eq!((&shown, &api.encryption_of(&table)), (&described, &described), "{table}");
    }
    api.restart();
    assert_eq!(api.encryption_of("key-table"), enabled(OWN));
}

#[test]
fn another_key_is_told_of_with_the_old_one_and_then_there() {
    let mut api = Api::with_users();
    let updating = |key: Option<&str>| match key {
        Some(key) => json!({"Status": "UPDATING", "SSEType": "KMS", "KMSMasterKeyArn": key}),
        None => json!({"Status": "UPDATING"}),
    };
    let managed = json!({"Enabled": true});
    for (specification, before, after) in [
        (managed.clone(), None, Some(MANAGED)),
        (managed, Some(MANAGED), Some(MANAGED)),
        (own_key(), Some(MANAGED), Some(OWN)),
        (json!({"Enabled": false}), Some(OWN), None),
        (own_key(), None, Some(OWN)),
    ] {
        let shown = api.encrypt_users(&specification).ok();

        let shown = &shown["TableDescription"];
        assert_eq!(shown["TableStatus"], "ACTIVE");
        assert_eq!(shown["SSEDescription"], updating(before));
        assert_eq!(api.encryption_of("users"), after.map(enabled).unwrap_or_default());
    }
    api.restart();
    assert_eq!(api.encryption_of("users"), enabled(OWN));
}

#[test]
fn what_contradicts_itself_is_refused_by_both() {
    let mut api = Api::with_users();
    for (specification, message) in [
        (
            json!({"Enabled": true, "SSEType": "AES256"}),
            format!("{INVALID}SSEType AES256 is not supported"),
        ),
        (
            json!({"Enabled": false, "SSEType": "KMS"}),
            format!("{INVALID}SSEType can not be specified if Enabled is false"),
        ),
        (
            json!({"Enabled": false, "KMSMasterKeyId": OWN}),
            format!("{INVALID}KMSMasterKeyId can not be specified if Enabled is false"),
        ),
        (
            json!({"Enabled": true, "KMSMasterKeyId": OWN}),
            format!("{INVALID}SSEType KMS is required if KMSMasterKeyId is specified"),
        ),
        (
            json!({"SSEType": "DES"}),
            one(&member(
                "'DES'",
                "sSESpecification.sSEType",
                "Member must satisfy enum value set: [AES256, KMS]",
            )),
        ),
        (
            json!({"SSEType": "KMS", "KMSMasterKeyId": ""}),
            "KMS validation error: Invalid keyId ''".to_owned(),
        ),
    ] {
        api.create_encrypted("other", &specification).assert_invalid(&message);
        api.encrypt_users(&specification).assert_invalid(&message);
    }
    api.encrypt_users(&json!({"Enabled": "perhaps"}))
        .assert_refused("SerializationException", "Unexpected token received from parser");
    assert_eq!(api.call("ListTables", &json!({})).ok(), json!({"TableNames": ["users"]}));
    assert_eq!(api.encryption_of("users"), Value::Null);
}

#[test]
fn what_is_so_already_is_refused() {
    let mut api = Api::with_users();

    for specification in [json!({}), json!({"Enabled": false})] {
        api.encrypt_users(&specification)
            .assert_invalid(&format!("{INVALID}Table is already encrypted by default"));
    }
    api.encrypt_users(&own_key()).ok();
    api.encrypt_users(&own_key()).assert_invalid(&format!(
        "{INVALID}Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId \
         parameter if you want to change Master Key"
    ));
    assert_eq!(api.encryption_of("users"), enabled(OWN));
}

#[test]
fn it_changes_alone_and_is_told_before_other_changes() {
    let mut api = Api::with_users();
    for other in [
        ("TableClass", json!("STANDARD")),
        ("DeletionProtectionEnabled", json!(true)),
        ("BillingMode", json!("PAY_PER_REQUEST")),
        ("StreamSpecification", json!({"StreamEnabled": false})),
        ("WarmThroughput", json!({"ReadUnitsPerSecond": 12_000})),
    ] {
        let mut request = json!({"TableName": "users", "SSESpecification": {"Enabled": true}});
        request[other.0] = other.1;
        let told = "Server-Side Encryption modification must be the only operation in the request";
        api.call("UpdateTable", &request).assert_invalid(&format!("{INVALID}{told}"));
    }
}
