//! `TagResource`, `UntagResource` and `ListTagsOfResource`.

use serde_json::{Value, json};

use super::{Api, NOT_NULL, member, one};

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/users";

#[test]
fn tags_are_added_replaced_and_taken_away() {
    let mut api = Api::with_users();

    assert_eq!(tags(&mut api), json!([]));
    assert_eq!(tag(&mut api, &[("b", "1"), ("a", "2")]), Value::Null);
    tag(&mut api, &[("b", "3"), ("c", "")]);
    let both = tags(&mut api);
    let untagged =
        api.call("UntagResource", &json!({"ResourceArn": ARN, "TagKeys": ["a", "absent"]})).ok();

    assert_eq!(both, pairs(&[("a", "2"), ("b", "3"), ("c", "")]));
    assert_eq!(untagged, Value::Null);
    assert_eq!(tags(&mut api), pairs(&[("b", "3"), ("c", "")]));
}

#[test]
fn a_table_is_made_with_tags_that_survive_a_restart() {
    let data = super::scratch();
    let launch = super::Launch::on(data.path());
    let server = launch.start();
    let mut db = server.db();
    db.create_table_with(&json!({
        "TableName": "users",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "Tags": pairs(&[("team", "a"), ("é x", "+-=._:/@ 1")]),
    }));
    let more = json!({"ResourceArn": ARN, "Tags": pairs(&[("a", "b")])});
    db.call("TagResource", &more).ok();
    server.kill();

    let server = launch.start();

    let listed = server.db().call("ListTagsOfResource", &json!({"ResourceArn": ARN})).ok();
    assert_eq!(listed, json!({"Tags": pairs(&[("a", "b"), ("team", "a"), ("é x", "+-=._:/@ 1")])}));
}

#[test]
fn tags_are_listed_by_tens() {
    let mut api = Api::with_users();
    let names: Vec<String> = (0..21).map(|number| format!("k{number:02}")).collect();
    let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v")).collect();
    tag(&mut api, &all);

    let mut listed = Vec::new();
    let mut sizes = Vec::new();
    let mut request = json!({"ResourceArn": ARN});
    loop {
        let page = api.call("ListTagsOfResource", &request).ok();
        let tags = page["Tags"].as_array().expect("a list").clone();
        sizes.push(tags.len());
        listed.extend(tags);
        match page.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => break,
        }
    }

    assert_eq!(sizes, [10, 10, 1]);
    assert_eq!(Value::Array(listed), pairs(&all));
}

#[test]
fn a_table_has_50_tags_at_most_and_a_refusal_adds_none() {
    let mut api = Api::with_users();
    let names: Vec<String> = (0..51).map(|number| format!("k{number}")).collect();
    let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v")).collect();
    let too_many = "Number of Tags exceed the current limit for the provided ResourceArn";

    let request = json!({"ResourceArn": ARN, "Tags": pairs(&all)});
    api.call("TagResource", &request).assert_invalid(too_many);
    assert_eq!(tags(&mut api), json!([]));
    tag(&mut api, &all[..50]);
    let request = json!({"ResourceArn": ARN, "Tags": pairs(&all[50..])});
    api.call("TagResource", &request).assert_invalid(too_many);
    tag(&mut api, &[("k0", "new")]);
}

#[test]
fn bad_tags_are_refused() {
    let mut api = Api::with_users();
    for (tags, message) in [
        (json!([]), "Atleast one Tag needs to be provided as Input.".to_owned()),
        (
            pairs(&[("a", "b"), ("aws:x", "c")]),
            "Tag Key cannot be prefixed with aws:, Key: aws:x".to_owned(),
        ),
        (
            pairs(&[("", "b")]),
            one(&member(
                "''",
                "tags.1.member.key",
                "Member must have length greater than or equal to 1",
            )),
        ),
        (json!([{"Key": "a"}]), one(&member("null", "tags.1.member.value", NOT_NULL))),
        (
            pairs(&[("a", &"v".repeat(257))]),
            one(&member(
                &format!("'{}'", "v".repeat(257)),
                "tags.1.member.value",
                "Member must have length less than or equal to 256",
            )),
        ),
        (pairs(&[("a;", "")]), "Tag Key contains invalid characters, Key: a;".to_owned()),
    ] {
        let request = json!({"ResourceArn": ARN, "Tags": tags});
        api.call("TagResource", &request).assert_invalid(&message);
    }
    api.call("UntagResource", &json!({"ResourceArn": ARN, "TagKeys": []}))
        .assert_invalid("Atleast one Tag Key needs to be provided as Input.");
    assert_eq!(tags(&mut api), json!([]));
}

#[test]
fn only_tables_have_tags() {
    let mut api = Api::empty();
    for (operation, rest) in [
        ("TagResource", json!({"Tags": pairs(&[("a", "b")])})),
        ("UntagResource", json!({"TagKeys": ["a"]})),
        ("ListTagsOfResource", json!({})),
    ] {
        let mut request = rest;
        api.call(operation, &request).assert_invalid(&one(&member(
            "null",
            "resourceArn",
            NOT_NULL,
        )));
        for arn in [format!("{ARN}/index/glo"), "users".into(), "arn:aws:s3:::users".into()] {
            request["ResourceArn"] = json!(arn);
            api.call(operation, &request).assert_invalid(&format!(
                "Invalid TableArn: Invalid ResourceArn provided as input {arn}"
            ));
        }
        request["ResourceArn"] = json!(ARN);
        api.call(operation, &request).assert_refused(
            "ResourceNotFoundException",
            &format!("Requested resource not found: ResourcArn: {ARN} not found"),
        );
    }
}

#[track_caller]
fn tag(api: &mut Api, tags: &[(&str, &str)]) -> Value {
    api.call("TagResource", &json!({"ResourceArn": ARN, "Tags": pairs(tags)})).ok()
}

/// The first page of the tags of `users`.
#[track_caller]
fn tags(api: &mut Api) -> Value {
    let mut page = api.call("ListTagsOfResource", &json!({"ResourceArn": ARN})).ok();
    page["Tags"].take()
}

fn pairs(tags: &[(&str, &str)]) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}
