//! `ListTables`.

use serde_json::json;

use super::{Api, NAME_PATTERN, member, one};

#[test]
fn without_tables_the_list_is_there_and_empty() {
    let mut api = Api::empty();

    assert_eq!(api.call("ListTables", &json!({})).ok(), json!({"TableNames": []}));
}

#[test]
fn names_come_in_byte_order() {
    let mut api = Api::empty();
    for name in ["beta", "Beta", "alpha", "be-ta", "be.ta", "be_ta"] {
        api.db.create_table(name);
    }

    let answer = api.call("ListTables", &json!({})).ok();

    let ordered = json!(["Beta", "alpha", "be-ta", "be.ta", "be_ta", "beta"]);
    assert_eq!(answer, json!({"TableNames": ordered}));
}

#[test]
fn pages_continue_where_the_last_one_ended() {
    let mut api = Api::empty();
    for name in ["aaa", "bbb", "ccc"] {
        api.db.create_table(name);
    }

    let first = api.call("ListTables", &json!({"Limit": 2})).ok();
    let second =
        api.call("ListTables", &json!({"Limit": 2, "ExclusiveStartTableName": "bbb"})).ok();
    let exact = api.call("ListTables", &json!({"Limit": 3})).ok();

    assert_eq!(first, json!({"TableNames": ["aaa", "bbb"], "LastEvaluatedTableName": "bbb"}));
    assert_eq!(second, json!({"TableNames": ["ccc"]}));
    assert_eq!(exact, json!({"TableNames": ["aaa", "bbb", "ccc"]}));
}

#[test]
fn a_start_that_is_no_table_is_a_place_in_the_order() {
    let mut api = Api::empty();
    api.db.create_table("aaa");
    api.db.create_table("ccc");

    let answer = api.call("ListTables", &json!({"ExclusiveStartTableName": "bbb"})).ok();

    assert_eq!(answer, json!({"TableNames": ["ccc"]}));
}

#[test]
fn a_limit_is_1_to_100() {
    let mut api = Api::empty();

    api.call("ListTables", &json!({"Limit": 1})).ok();
    api.call("ListTables", &json!({"Limit": 100})).ok();
    api.call("ListTables", &json!({"Limit": 1.9})).ok();
    api.call("ListTables", &json!({"Limit": 0})).assert_invalid(&one(&member(
        "'0'",
        "limit",
        "Member must have value greater than or equal to 1",
    )));
    api.call("ListTables", &json!({"Limit": 101})).assert_invalid(&one(&member(
        "'101'",
        "limit",
        "Member must have value less than or equal to 100",
    )));
}

#[test]
fn a_start_is_a_table_name() {
    let mut api = Api::empty();

    api.call("ListTables", &json!({"ExclusiveStartTableName": "a b c"}))
        .assert_invalid(&one(&member("'a b c'", "exclusiveStartTableName", NAME_PATTERN)));
    api.call("ListTables", &json!({"ExclusiveStartTableName": "ab"})).assert_invalid(&one(
        &member(
            "'ab'",
            "exclusiveStartTableName",
            "Member must have length greater than or equal to 3",
        ),
    ));
}
