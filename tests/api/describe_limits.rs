//! `DescribeLimits`.

use serde_json::json;

use super::Api;

#[test]
fn limits_are_those_of_a_new_account() {
    let mut api = Api::empty();

    assert_eq!(
        api.call("DescribeLimits", &json!({})).ok(),
        json!({
            "AccountMaxReadCapacityUnits": 80_000,
            "AccountMaxWriteCapacityUnits": 80_000,
            "TableMaxReadCapacityUnits": 40_000,
            "TableMaxWriteCapacityUnits": 40_000,
        })
    );
}
