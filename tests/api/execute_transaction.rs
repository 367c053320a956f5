//! `ExecuteTransaction`.

use serde_json::{Value, json};

use super::{Answer, Api, member, one};

impl Api {
    fn all_of(&mut self, statements: &[&str]) -> Answer {
        self.all_of_with(statements, &json!({}))
    }

    fn all_of_with(&mut self, statements: &[&str], more: &Value) -> Answer {
        let mut request = more.clone();
        request["TransactStatements"] =
            statements.iter().map(|text| json!({"Statement": text})).collect();
        self.call("ExecuteTransaction", &request)
    }

    fn with_one_user() -> Self {
        let mut api = Self::with_users();
        api.put_user(&json!({"id": {"S": "1"}, "n": {"N": "1"}})).ok();
        api
    }
}

const INSERT: &str = "INSERT INTO users VALUE {'id': 'new'}";

#[test]
fn all_writes_are_carried_out_or_none() {
    let mut api = Api::with_one_user();
    api.put_user(&json!({"id": {"S": "2"}})).ok();

    let done = api.all_of(&[
        INSERT,
        "UPDATE users SET n = n + 1 WHERE id = '1' AND n = 1",
        "DELETE FROM users WHERE id = '2'",
        "DELETE FROM users WHERE id = 'nobody' AND n = 7",
    ]);

    assert_eq!(done.ok(), json!({"Responses": []}));
    assert_eq!(api.user("1"), Some(json!({"id": {"S": "1"}, "n": {"N": "2"}})));
    assert!(api.user("new").is_some() && api.user("2").is_none());

    let cancelled = api.call(
        "ExecuteTransaction",
        &json!({"TransactStatements": [
            {"Statement": "DELETE FROM users WHERE id = 'other'"},
            {"Statement": INSERT, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
            {
                "Statement": "UPDATE users SET n = 0 WHERE id = '1' AND n = ?",
                "Parameters": [{"N": "9"}],
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
            {"Statement": "UPDATE users SET n = 0 WHERE id = 'nobody'"},
        ]}),
    );

    assert_eq!(cancelled.status, 400);
    assert_eq!(
        cancelled.body,
        json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled, please refer cancellation reasons for specific \
                        reasons [None, DuplicateItem, ConditionalCheckFailed, \
                        ConditionalCheckFailed]",
            "CancellationReasons": [
                {"Code": "None"},
                {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
                {
                    "Code": "ConditionalCheckFailed",
                    "Message": "The conditional request failed",
                    "Item": {"id": {"S": "1"}, "n": {"N": "2"}},
                },
                {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
            ],
        })
    );
    assert_eq!(api.user("1"), Some(json!({"id": {"S": "1"}, "n": {"N": "2"}})));
}

#[test]
fn exists_checks_an_item_that_is_there() {
    let mut api = Api::with_one_user();
    let exists =
        |id: &str, rest: &str| format!("EXISTS(SELECT * FROM users WHERE id = '{id}'{rest})");
    let failed = |answer: &Answer| answer.body["CancellationReasons"][0]["Code"].clone();

    assert_eq!(api.all_of(&[&exists("1", " AND n = 1"), INSERT]).ok(), json!({"Responses": []}));
    let other = "DELETE FROM users WHERE id = 'new'";
    let refused = api.all_of(&[&exists("1", " AND n = 2"), other]);
    assert_eq!(failed(&refused), "ConditionalCheckFailed");
    let absent = api.all_of(&[&exists("nobody", " AND n IS MISSING"), other]);
    assert_eq!(failed(&absent), "ConditionalCheckFailed");
    assert!(api.user("new").is_some());
    assert_eq!(api.all_of(&[&exists("1", " AND n IS NOT MISSING")]).ok(), json!({"Responses": []}));
    api.all_of(&[INSERT, &exists("1", "")]).assert_invalid(
        "Validation failed in TransactStatements[1]: EXISTS() must contain a single item read \
         with additional condition",
    );
}

#[test]
fn reads_are_of_one_moment_and_in_their_order() {
    let mut api = Api::with_one_user();

    let read = api.all_of(&[
        "SELECT * FROM users WHERE id = '1'",
        "SELECT n FROM users WHERE id = '2'",
        "SELECT nope FROM \"users\" WHERE 'x' = id",
    ]);

    assert_eq!(
        read.ok(),
        json!({"Responses": [{"Item": {"id": {"S": "1"}, "n": {"N": "1"}}}, {}, {}]})
    );
    api.put_user(&json!({"id": {"S": "x"}})).ok();
    let empty = api.all_of(&["SELECT nope FROM users WHERE id = 'x'"]);
    assert_eq!(empty.ok(), json!({"Responses": [{"Item": {}}]}));
}

#[test]
fn what_is_wrong_with_a_statement_is_told_with_its_place() {
    let mut api = Api::with_one_user();
    let key = "Select statements within ExecuteTransaction must specify the primary key in the \
               where clause.";
    let returning = "RETURNING clause is not supported in ExecuteTransaction.";
    let read = "SELECT * FROM users WHERE id = '1'";
    for (first, second, message) in [
        (read, "SELECT * FROM users", key),
        (read, "SELECT * FROM users WHERE id = '2' AND n = 1", key),
        (
            read,
            "SELECT * FROM users.i WHERE id = '1'",
            "Reads on indices are not supported within transactions.",
        ),
        (
            read,
            "SELECT * FROM users WHERE",
            "Statement wasn't well formed, can't be processed: Unexpected term",
        ),
        (INSERT, "DELETE FROM users WHERE id = '1' RETURNING ALL OLD *", returning),
        (INSERT, "UPDATE users SET n = 1 WHERE id = '1' RETURNING ALL NEW *", returning),
        (
            INSERT,
            "DELETE FROM users WHERE n = 1",
            "Where clause does not contain a mandatory equality on all key attributes",
        ),
        (
            INSERT,
            "INSERT INTO users VALUE {'n': 1}",
            "One or more parameter values were invalid: Missing the key id in the item",
        ),
        (
            INSERT,
            "DELETE FROM users WHERE id = ?",
            "Number of parameters in request and statement don't match.",
        ),
    ] {
        let message = format!("Validation failed in TransactStatements[1]: {message}");
        api.all_of(&[first, second]).assert_invalid(&message);
    }
    let number = api.call(
        "ExecuteTransaction",
        &json!({"TransactStatements": [
            {"Statement": "DELETE FROM users WHERE id = ?", "Parameters": [{"N": "abc"}]},
        ]}),
    );
    number.assert_invalid("The parameter cannot be converted to a numeric value: abc");
    assert_eq!(api.user("new"), None);
}

#[test]
fn some_transactions_are_refused_whole() {
    let mut api = Api::with_one_user();
    let read = "SELECT * FROM users WHERE id = '1'";
    let mixed = "ExecuteTransaction API does not support both read and write operations in the \
                 same request.";
    api.all_of(&[read, INSERT]).assert_invalid(mixed);
    api.all_of(&[read, "EXISTS(SELECT * FROM users WHERE id = '1' AND n = 1)"])
        .assert_invalid(mixed);
    let twice = "Transaction request cannot include multiple operations on one item";
    api.all_of(&[read, read]).assert_invalid(twice);
    api.all_of(&[INSERT, "DELETE FROM users WHERE id = 'new'"]).assert_invalid(twice);
    api.all_of(&[INSERT, "DELETE FROM nope WHERE id = 'a'"])
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
    assert_eq!(api.user("new"), None);

    let at_least = "Member must have length greater than or equal to 1";
    api.all_of(&[]).assert_invalid(&one(&member("'[]'", "transactStatements", at_least)));
    let at_most = "Member must have length less than or equal to 100";
    let many = vec![read; 101];
    api.all_of(&many).assert_invalid(&one(&member("'[Statement]'", "transactStatements", at_most)));
    let long = "x".repeat(37);
    let token = json!({"ClientRequestToken": long});
    let at_most = "Member must have length less than or equal to 36";
    let message = one(&member(&format!("'{long}'"), "clientRequestToken", at_most));
    api.all_of_with(&[INSERT], &token).assert_invalid(&message);
}

#[test]
fn a_token_makes_a_transaction_that_comes_again_do_nothing() {
    let mut api = Api::with_one_user();
    let token = json!({"ClientRequestToken": "once", "ReturnConsumedCapacity": "TOTAL"});
    let add = "UPDATE users SET n = n + 1 WHERE id = '1'";
    let capacity = |answer: Answer| answer.ok()["ConsumedCapacity"].clone();

    let first = capacity(api.all_of_with(&[add], &token));
    let again = capacity(api.all_of_with(&[add], &token));
    let other = api.all_of_with(&["UPDATE users SET n = n + 2 WHERE id = '1'"], &token);

    assert_eq!(
        first,
        json!([{"TableName": "users", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}])
    );
    assert_eq!(
        again,
        json!([{"TableName": "users", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}])
    );
    assert_eq!(
        other.body["__type"],
        "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException"
    );
    assert_eq!(api.user("1").map(|user| user["n"].clone()), Some(json!({"N": "2"})));

    // The tokens of TransactWriteItems are others.
    let write = json!({
        "ClientRequestToken": "once",
        "TransactItems": [{"Put": {"TableName": "users", "Item": {"id": {"S": "put"}}}}],
    });
    api.call("TransactWriteItems", &write).ok();
    assert!(api.user("put").is_some());
}
