//! `PutResourcePolicy`, `GetResourcePolicy`, `DeleteResourcePolicy`, and `ResourcePolicy` of
//! `CreateTable`: policies are kept and answered.

use serde_json::{Value, json};

use super::{Answer, Api, NOT_NULL, member, one, several};

const USERS: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
const INVALID: &str = "One or more parameter values were invalid: ";
const NO_POLICY: &str = "Resource-based policy not found for the provided ResourceArn: ";

/// A policy in the form in which it is answered.
fn policy(action: &str) -> String {
    format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Sid\":\"one\",\"Effect\":\"Allow\",\
         \"Principal\":{{\"AWS\":\"arn:aws:iam::123456789012:root\"}},\
         \"Action\":\"dynamodb:{action}\",\"Resource\":\"{USERS}\"}}]}}"
    )
}

impl Api {
    fn put_policy(&mut self, arn: &str, policy: &str) -> Answer {
        self.call("PutResourcePolicy", &json!({"ResourceArn": arn, "Policy": policy}))
    }

    fn put_policy_if(&mut self, policy: &str, expected: &Value) -> Answer {
        let request =
            json!({"ResourceArn": USERS, "Policy": policy, "ExpectedRevisionId": expected});
        self.call("PutResourcePolicy", &request)
    }

    fn policy(&mut self, arn: &str) -> Answer {
        self.call("GetResourcePolicy", &json!({"ResourceArn": arn}))
    }

    fn delete_policy(&mut self, arn: &str) -> Answer {
        self.call("DeleteResourcePolicy", &json!({"ResourceArn": arn}))
    }

    /// Makes a stream of `users`; its ARN.
    fn stream_users(&mut self) -> String {
        let specification = json!({"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"});
        let update = json!({"TableName": "users", "StreamSpecification": specification});
        let shown = self.call("UpdateTable", &update).ok();
        shown["TableDescription"]["LatestStreamArn"].as_str().expect("a stream").to_owned()
    }
}

#[track_caller]
fn revision(answer: &Value) -> u64 {
    let revision = answer["RevisionId"].as_str().expect("a text");
    assert_eq!(revision.len(), 13, "milliseconds since 1970");
    revision.parse().expect("a number")
}

#[test]
fn a_policy_is_put_read_and_taken_away() {
    let mut api = Api::with_users();
    api.policy(USERS).assert_refused("PolicyNotFoundException", &format!("{NO_POLICY}{USERS}"));
    assert_eq!(api.delete_policy(USERS).ok(), json!({}));

    let put = api.put_policy(USERS, &policy("GetItem")).ok();

    let found = json!({"Policy": policy("GetItem"), "RevisionId": put["RevisionId"]});
    assert_eq!(api.policy(USERS).ok(), found);
    let table = api.call("DescribeTable", &json!({"TableName": "users"})).ok();
    assert!(!table.to_string().contains("Policy"), "{table}");
    api.restart();
    assert_eq!(api.policy(USERS).ok(), found);
    assert_eq!(api.delete_policy(USERS).ok(), json!({"RevisionId": put["RevisionId"]}));
    assert_eq!(api.delete_policy(USERS).ok(), json!({}));
    api.policy(USERS).assert_refused("PolicyNotFoundException", &format!("{NO_POLICY}{USERS}"));
    api.restart();
    api.policy(USERS).assert_refused("PolicyNotFoundException", &format!("{NO_POLICY}{USERS}"));
}

#[test]
fn what_says_the_same_keeps_its_revision_and_another_has_a_later_one() {
    let mut api = Api::with_users();
    let canonical = policy("GetItem");
    let first = api.put_policy(USERS, &canonical).ok();

    let spread = canonical.replace(',', " ,\n ").replace("123456789012:root", "1");
    let spread = spread.replace("\"arn:aws:iam::1\"", "[\"123456789012\"]");
    for same in [&canonical, &spread] {
        assert_eq!(api.put_policy(USERS, same).ok(), first, "{same}");
    }
    let second = api.put_policy(USERS, &policy("Query")).ok();
    assert!(revision(&second) > revision(&first));
    let third = api.put_policy(USERS, &canonical).ok();
    assert!(revision(&third) > revision(&second));

    let without_version = canonical.replace("\"Version\":\"2012-10-17\",", "");
    let fourth = api.put_policy(USERS, &without_version).ok();
    let shown = api.policy(USERS).ok()["Policy"].take();
    assert_eq!(shown, json!(canonical.replace("2012", "2008")));
    assert_eq!(api.put_policy(USERS, &without_version).ok(), fourth);
    let shown = shown.as_str().expect("a text");
    assert!(revision(&api.put_policy(USERS, shown).ok()) > revision(&fourth));
}

#[test]
fn a_revision_that_is_not_there_is_told() {
    let mut api = Api::with_users();
    let refused = |answer: Answer, why: &str| {
        answer.assert_refused("PolicyNotFoundException", &format!("{NO_POLICY}{why}"));
    };
    let none = "Requested update for policy with revision id 17, but there is no policy associated \
                to target table users.";
    refused(api.put_policy_if(&policy("Query"), &json!("17")), none);

    let first = api.put_policy_if(&policy("Query"), &json!("NO_POLICY")).ok()["RevisionId"].take();

    let told = first.as_str().expect("a text");
    let there = format!(
        "Requested policy update expecting none to be present for table users, but a policy exists \
         with revision id {told}."
    );
    refused(api.put_policy_if(&policy("GetItem"), &json!("NO_POLICY")), &there);
    refused(api.put_policy_if(&policy("Query"), &json!("NO_POLICY")), &there);
    let other = format!(
        "Requested update for policy with revision id 17, but the policy associated to target \
         table users has revision id {told}."
    );
    refused(api.put_policy_if(&policy("GetItem"), &json!("17")), &other);
    let delete = |revision: &Value| json!({"ResourceArn": USERS, "ExpectedRevisionId": revision});
    refused(api.call("DeleteResourcePolicy", &delete(&json!("17"))), &other);
    let second = api.put_policy_if(&policy("GetItem"), &first).ok()["RevisionId"].take();
    assert_eq!(
        api.call("DeleteResourcePolicy", &delete(&second)).ok(),
        json!({"RevisionId": second})
    );
    let gone = api.call("DeleteResourcePolicy", &delete(&second)).refusal();
    assert_eq!(gone.code, "PolicyNotFoundException");
}

#[test]
fn a_stream_has_a_policy_of_its_own_which_outlives_the_table() {
    let mut api = Api::with_users();
    let stream = api.stream_users();
    let of_stream = policy("GetRecords").replace(USERS, &stream);

    let put = api.put_policy(&stream, &of_stream).ok();

    let found = json!({"Policy": of_stream, "RevisionId": put["RevisionId"]});
    assert_eq!(api.policy(&stream).ok(), found);
    api.policy(USERS).assert_refused("PolicyNotFoundException", &format!("{NO_POLICY}{USERS}"));
    api.put_policy(USERS, &policy("GetItem")).ok();
    api.put_user(&json!({"id": {"S": "7"}})).ok();
    api.restart();
    assert_eq!(api.policy(&stream).ok(), found);

    api.call("DeleteTable", &json!({"TableName": "users"})).ok();

    assert_eq!(api.policy(&stream).ok(), found);
    assert_eq!(api.delete_policy(&stream).ok()["RevisionId"], put["RevisionId"]);
    api.policy(&stream).assert_refused("PolicyNotFoundException", &format!("{NO_POLICY}{stream}"));
    let missing = "Requested resource not found: Table: users not found";
    for answer in
        [api.policy(USERS), api.put_policy(USERS, &policy("Query")), api.delete_policy(USERS)]
    {
        answer.assert_refused("ResourceNotFoundException", missing);
    }
    api.db.create_table("users");
    assert_eq!(
        api.policy(USERS).refusal().code,
        "PolicyNotFoundException",
        "it went with its table"
    );
}

#[test]
fn a_table_is_made_with_a_policy() {
    let mut api = Api::empty();
    let create = |policy: &str| {
        json!({
            "TableName": "users",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "ResourcePolicy": policy,
        })
    };
    api.call("CreateTable", &create("{}")).assert_invalid(&format!(
        "{INVALID}Invalid policy document: Missing required field Statement"
    ));
    assert_eq!(api.call("ListTables", &json!({})).ok(), json!({"TableNames": []}));

    api.call("CreateTable", &create(&policy("GetItem"))).ok();

    let found = api.policy(USERS).ok();
    assert_eq!(found["Policy"], json!(policy("GetItem")));
    revision(&found);
}

#[test]
fn nobody_is_judged_by_a_policy() {
    let mut api = Api::with_users();
    let nobody = policy("*")
        .replace("Allow", "Deny")
        .replace("{\"AWS\":\"arn:aws:iam::123456789012:root\"}", "\"*\"");

    api.put_policy(USERS, &nobody).ok();

    api.put_user(&json!({"id": {"S": "7"}})).ok();
    assert!(api.user("7").is_some());
    api.delete_policy(USERS).ok();
}

#[test]
fn what_a_policy_cannot_be_of_is_refused() {
    let mut api = Api::with_users();
    let index = format!("{USERS}/index/by_id");
    let backup = format!("{USERS}/backup/01");
    let stream = format!("{USERS}/stream/2000-01-01T00:00:00.000");
    let other = USERS.replace("users", "other");
    for (arn, code, message) in [
        ("users", "ValidationException", format!("{INVALID}ARNs must start with 'arn:': users")),
        (
            &index,
            "ValidationException",
            format!(
                "{INVALID}Invalid resource arn provided, only table or stream is accepted. \
                 Provided resource arn: {index}"
            ),
        ),
        (
            &backup,
            "ValidationException",
            format!("{INVALID}Provided Arn is not a DynamoDB resource arn: {backup}"),
        ),
        (
            &stream,
            "ResourceNotFoundException",
            "Requested resource not found: Stream: 2000-01-01T00:00:00.000 not found for Table: \
             users"
                .to_owned(),
        ),
        (
            &other,
            "ResourceNotFoundException",
            "Requested resource not found: Table: other not found".to_owned(),
        ),
    ] {
        for answer in
            [api.policy(arn), api.put_policy(arn, &policy("Query")), api.delete_policy(arn)]
        {
            answer.assert_refused(code, &message);
        }
    }
}

#[test]
fn what_is_no_policy_is_refused_and_leaves_the_one_that_is_there() {
    let mut api = Api::with_users();
    let sound = policy("GetItem");
    api.put_policy(USERS, &sound).ok();
    let blanks = |bytes: usize| format!("{sound}{}", " ".repeat(bytes - sound.len()));
    let public = sound.replace("arn:aws:iam::123456789012:root", "*");
    for (text, message) in [
        ("{", format!("{INVALID}Invalid policy document: This policy contains invalid Json")),
        (
            &sound.replace("\"Action\":\"dynamodb:GetItem\",", ""),
            format!("{INVALID}Invalid policy document: Missing required field Action"),
        ),
        (
            &public,
            "Resource-based policy grants unbounded access in one or more elements. Please revise \
             the policy to ensure least-privilege form of access"
                .to_owned(),
        ),
        (&blanks(20_481), format!("{INVALID}Maximum policy size of 20480 bytes exceeded")),
    ] {
        api.put_policy(USERS, text).assert_invalid(&message);
    }
    assert_eq!(api.policy(USERS).ok()["Policy"], json!(sound));
    api.put_policy(USERS, &blanks(20_480)).ok();
}

#[test]
fn members_that_are_missing_or_wrong_are_refused() {
    let mut api = Api::with_users();
    let missing = |path: &str| member("null", path, NOT_NULL);
    api.call("PutResourcePolicy", &json!({}))
        .assert_invalid(&several(&[missing("resourceArn"), missing("policy")]));
    for operation in ["GetResourcePolicy", "DeleteResourcePolicy"] {
        api.call(operation, &json!({})).assert_invalid(&one(&missing("resourceArn")));
    }
    let long = "a".repeat(1_284);
    let at_most = |value: &str, path: &str, most: u32| {
        let constraint = format!("Member must have length less than or equal to {most}");
        one(&member(&format!("'{value}'"), path, &constraint))
    };
    api.policy(&long).assert_invalid(&at_most(&long, "resourceArn", 1_283));
    let longer = "a".repeat(256);
    api.put_policy_if(&policy("Query"), &json!(longer)).assert_invalid(&at_most(
        &longer,
        "expectedRevisionId",
        255,
    ));
    let longest = "a".repeat(255);
    let refusal = api.put_policy_if(&policy("Query"), &json!(longest)).refusal();
    assert_eq!(refusal.code, "PolicyNotFoundException");
    let confirms = json!({"ResourceArn": USERS, "Policy": policy("Query"),
        "ConfirmRemoveSelfResourceAccess": "perhaps"});
    api.call("PutResourcePolicy", &confirms)
        .assert_refused("SerializationException", "Unexpected token received from parser");
}
