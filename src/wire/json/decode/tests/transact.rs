//! TransactWriteItems: what tells one request from another.

use super::super::decode;
use crate::api::{Operation, Request};
use crate::wire::json::Wording;

fn digest(action: &str) -> u128 {
    let body = format!(r#"{{"TransactItems":[{action}]}}"#);
    let request = decode(Operation::TransactWriteItems, body.as_bytes(), Wording::Classic);
    let Ok(Request::TransactWriteItems(request)) = request else { panic!("{request:?}") };
    request.digest()
}

#[test]
fn what_is_the_same_has_the_same_digest_and_nothing_else_does() {
    let put = |item: &str| format!(r#"{{"Put":{{"TableName":"tab","Item":{{{item}}}}}}}"#);
    let update = |names: &str, text: &str| {
        format!(
            r#"{{"Update":{{"TableName":"tab","Key":{{"a":{{"S":"x"}}}},"UpdateExpression":"{text}","ExpressionAttributeNames":{{{names}}},"ExpressionAttributeValues":{{":v":{{"N":"1"}}}}}}}}"#
        )
    };
    let one = digest(&put(r#""a":{"S":"x"},"m":{"M":{"p":{"N":"1"},"q":{"NULL":true}}}"#));

    let other_order = put(r#""m":{"M":{"q":{"NULL":true},"p":{"N":"1.0"}}},"a":{"S":"x"}"#);
    assert_eq!(digest(&other_order), one);
    for other in [
        put(r#""a":{"S":"x"},"m":{"M":{"p":{"N":"2"},"q":{"NULL":true}}}"#),
        put(r#""a":{"S":"x"}"#),
        r#"{"Delete":{"TableName":"tab","Key":{"a":{"S":"x"}}}}"#.to_owned(),
    ] {
        assert_ne!(digest(&other), one, "{other}");
    }
    let updated = digest(&update(r##""#n":"v""##, "SET #n = :v"));
    assert_eq!(digest(&update(r##""#other":"v""##, "SET #other = :v")), updated);
    assert_ne!(digest(&update(r##""#n":"w""##, "SET #n = :v")), updated);
    assert_ne!(digest(&update(r##""#n":"v""##, "ADD #n :v")), updated);
}
