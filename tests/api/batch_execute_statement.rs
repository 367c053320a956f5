//! `BatchExecuteStatement`.

use serde_json::{Value, json};

use super::{Answer, Api, member, one};

impl Api {
    fn batch(&mut self, statements: &[&str]) -> Answer {
        self.batch_with(statements, &json!({}))
    }

    fn batch_with(&mut self, statements: &[&str], more: &Value) -> Answer {
        let mut request = more.clone();
        request["Statements"] = statements.iter().map(|text| json!({"Statement": text})).collect();
        self.call("BatchExecuteStatement", &request)
    }

    fn with_two_users() -> Self {
        let mut api = Self::with_users();
        api.put_user(&json!({"id": {"S": "1"}, "n": {"N": "1"}})).ok();
        api.put_user(&json!({"id": {"S": "2"}, "n": {"N": "2"}})).ok();
        api
    }
}

fn refusal(code: &str, message: &str) -> Value {
    json!({"Error": {"Code": code, "Message": message}})
}

fn refused_of(code: &str, message: &str, table: &str) -> Value {
    json!({"Error": {"Code": code, "Message": message}, "TableName": table})
}

const KEY_ALONE: &str = "Select statements within BatchExecuteStatement must specify the primary \
     key in the where clause.";

#[test]
fn reads_are_answered_in_their_order() {
    let mut api = Api::with_two_users();

    let answer = api.batch(&[
        "SELECT * FROM users WHERE id = '2'",
        "SELECT * FROM users WHERE id = '9'",
        "SELECT nope FROM users WHERE id = '1'",
        "SELECT * FROM nope WHERE id = '1'",
        "SELECT * FROM users WHERE n = 1",
        "SELECT * FROM users WHERE id = '3' AND n = 1",
        "SELECT * FROM users WHERE",
        "SELECT * FROM users WHERE id = 1",
        "SELECT * FROM users.i WHERE id = '1'",
    ]);

    let well_formed = "Statement wasn't well formed, can't be processed: Unexpected term";
    let key_type = "Key attribute's data type should match its data type in table's schema: Key id";
    assert_eq!(
        answer.ok(),
        json!({"Responses": [
            {"Item": {"id": {"S": "2"}, "n": {"N": "2"}}, "TableName": "users"},
            {"TableName": "users"},
            {"Item": {}, "TableName": "users"},
            refused_of("ResourceNotFound", "Requested resource not found", "nope"),
            refusal("ValidationError", KEY_ALONE),
            refusal("ValidationError", KEY_ALONE),
            refusal("ValidationError", well_formed),
            refusal("ValidationError", key_type),
            refusal("ValidationError", KEY_ALONE),
        ]})
    );
}

#[test]
fn writes_are_each_on_their_own() {
    let mut api = Api::with_two_users();

    let answer = api.batch(&[
        "INSERT INTO users VALUE {'id': '3'}",
        "INSERT INTO users VALUE {'id': '1'}",
        "UPDATE users SET n = n + 1 WHERE id = '2' RETURNING MODIFIED NEW *",
        "UPDATE users SET n = 1 WHERE id = '9'",
        "DELETE FROM users WHERE id = '8' RETURNING ALL OLD *",
        "UPDATE users SET n = 1",
        "DELETE FROM users WHERE id = '7' RETURNING ALL NEW *",
        "INSERT INTO users VALUE {'id': '6', 'n': 1e126}",
    ]);

    let returning = "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is \
                     allowed in DELETE statements.";
    let overflow = "Number overflow. Attempting to store a number with magnitude larger than \
                    supported range under root.n";
    let duplicate = "Duplicate primary key exists in table";
    assert_eq!(
        answer.ok(),
        json!({"Responses": [
            {"TableName": "users"},
            refused_of("DuplicateItem", duplicate, "users"),
            {"Item": {"n": {"N": "3"}}, "TableName": "users"},
            refused_of("ConditionalCheckFailed", "The conditional request failed", "users"),
            {"TableName": "users"},
            refusal(
                "ValidationError",
                "Where clause does not contain a mandatory equality on all key attributes",
            ),
            refusal("ValidationError", returning),
            refusal("ValidationError", overflow),
        ]})
    );
    assert!(api.user("3").is_some() && api.user("9").is_none());
}

#[test]
fn a_condition_tells_of_the_item_if_that_is_asked_for() {
    let mut api = Api::with_two_users();
    let update = |id: &str| format!("UPDATE users SET n = 0 WHERE id = '{id}' AND n = 9");
    let asking = "ReturnValuesOnConditionCheckFailure";

    let answer = api.call(
        "BatchExecuteStatement",
        &json!({"Statements": [
            {"Statement": update("1"), asking: "ALL_OLD"},
            {"Statement": update("2")},
            {"Statement": "INSERT INTO users VALUE ?", "Parameters": [{"M": {}}]},
        ]}),
    );

    let responses = answer.ok()["Responses"].clone();
    assert_eq!(responses[0]["Error"]["Item"], json!({"id": {"S": "1"}, "n": {"N": "1"}}));
    assert_eq!(responses[0].get("Item"), None);
    assert_eq!(responses[1]["Error"].get("Item"), None);
    assert_eq!(responses[2]["Error"]["Code"], "ValidationError");
}

#[test]
fn some_batches_are_refused_whole() {
    let mut api = Api::with_two_users();
    let delete = "DELETE FROM users WHERE id = '1'";

    api.batch(&["SELECT * FROM users WHERE id = '1'", "DELETE FROM users WHERE id = '2'"])
        .assert_invalid("Read and write requests together in the same batch is not supported.");
    let twice = "Provided list of item keys contains duplicates";
    api.batch(&[delete, "UPDATE users SET n = 2 WHERE id = '1'"]).assert_invalid(twice);
    api.batch(&["INSERT INTO users VALUE {'id': '1'}", delete]).assert_invalid(twice);
    let read = "SELECT n FROM users WHERE id = '1'";
    api.batch(&[read, read]).assert_invalid(twice);
    assert!(api.user("1").is_some());

    // What cannot be read takes part in neither rule.
    let answer = api.batch(&[delete, "SELECT", "SELECT * FROM"]).ok();
    assert_eq!(answer["Responses"][0], json!({"TableName": "users"}));

    let at_least = "Member must have length greater than or equal to 1";
    api.batch(&[]).assert_invalid(&one(&member("'[]'", "statements", at_least)));
    let at_most = "Member must have length less than or equal to 25";
    let many = vec![delete; 26];
    api.batch(&many).assert_invalid(&one(&member("'[Statement]'", "statements", at_most)));
    api.batch(&[""]).assert_invalid(&one(&member("''", "statements.1.member.statement", at_least)));
}

#[test]
fn capacity_is_summed_over_statements_with_what_was_refused() {
    let mut api = Api::with_two_users();
    api.db.create_table("others");
    let asking = json!({"ReturnConsumedCapacity": "TOTAL"});
    let of = |units: f64| json!([{"TableName": "users", "CapacityUnits": units}]);

    let read = api.call(
        "BatchExecuteStatement",
        &json!({"ReturnConsumedCapacity": "TOTAL", "Statements": [
            {"Statement": "SELECT * FROM users WHERE id = '1'"},
            {"Statement": "SELECT * FROM users WHERE id = '2'", "ConsistentRead": true},
            {"Statement": "SELECT * FROM"},
        ]}),
    );
    assert_eq!(read.ok()["ConsumedCapacity"], of(1.5));

    let long = format!("INSERT INTO users VALUE {{'id': '1', 'v': '{}'}}", "x".repeat(2_000));
    let written = api.batch_with(
        &[
            "UPDATE users SET n = 5 WHERE id = '2'",
            &long,
            "DELETE FROM others WHERE id = '1' AND nope = 1",
            "INSERT INTO nope VALUE {'id': '1'}",
        ],
        &asking,
    );
    assert_eq!(
        written.ok()["ConsumedCapacity"],
        json!([
            {"TableName": "users", "CapacityUnits": 3.0},
            {"TableName": "others", "CapacityUnits": 1.0},
        ])
    );
    let refused = api.batch_with(&["INSERT INTO users VALUE {'id': '1'}"], &asking);
    assert_eq!(refused.ok().get("ConsumedCapacity"), None);
}
