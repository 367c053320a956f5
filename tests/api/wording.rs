//! The newer wording of refusals, which the operator may choose.

use serde_json::json;

use super::{Api, Launch, scratch};

#[test]
fn a_write_is_refused_in_the_wording_that_was_chosen() {
    let message = "One or more parameter values were invalid: An string set  may not be empty";
    let put = json!({"TableName": "users", "Item": {"id": {"SS": []}}});
    let data = scratch();
    let newer = Launch::on(data.path()).env("HEARTH__API__ERROR_WORDING", "2026").start();

    let classic = Api::empty().call("PutItem", &put);
    let enveloped = newer.db().call("PutItem", &put);

    classic.assert_invalid(message);
    enveloped.assert_invalid(&format!("1 validation error detected: {message}"));
}
