//! `DescribeEndpoints`.

use serde_json::json;

use super::Api;

#[test]
fn the_endpoint_is_the_host_that_the_client_used() {
    let mut api = Api::empty();

    let answer = api.call("DescribeEndpoints", &json!({})).ok();

    let endpoint = &answer["Endpoints"][0];
    assert_eq!(endpoint["Address"], "localhost");
    assert_eq!(endpoint["CachePeriodInMinutes"], 1440);
}
