//! Tables that are deleted and made again at the service, while the front knows those before.

use serde_json::{Value, json};

use crate::fault_proxy::Fault;
use crate::setups::PATIENCE;
use crate::support::{Db, Server, wait_until};
use crate::tiers::Tiers;

/// Two tiers with the table `users`, of which the front has an item in its cache; it asks how the
/// table is only when it has a reason.
struct Scene {
    tiers: Tiers,
    _front: Server,
    db: Db,
}

impl Scene {
    fn new() -> Self {
        let seldom = [("HEARTH__UPSTREAM__DESCRIBE_INTERVAL_MS", "3600000")];
        let tiers = Tiers::start(PATIENCE.iter().chain(&seldom), 7);
        let front = tiers.front.start();
        let mut db = front.db();
        db.create_table("users");
        db.put("users", &ada());
        let mut scene = Self { tiers, _front: front, db };
        assert_eq!(scene.source(), "hit");
        scene
    }

    /// Where the front has the item from.
    fn source(&mut self) -> String {
        self.db.explain("GetItem", &get()).1
    }

    fn delete_behind(&self) {
        let mut back = self.tiers.back.db();
        let name = json!({"TableName": "users"});
        back.call("DeleteTable", &name).ok();
        wait_until("the table to be gone", || {
            (back.call("DescribeTable", &name).status == 400).then_some(())
        });
    }
}

#[test]
fn a_table_that_the_service_does_not_find_is_asked_for_at_once() {
    let mut scene = Scene::new();
    scene.delete_behind();
    assert_eq!(scene.source(), "hit", "nobody has told the front");
    let mut consistent = get();
    consistent["ConsistentRead"] = json!(true);

    let refusal = scene.db.call("GetItem", &consistent).refusal();

    assert_eq!(refusal.code, "ResourceNotFoundException");
    wait_until("the front to know that the table is gone", || {
        (scene.db.call("GetItem", &get()).status == 400).then_some(())
    });
}

#[test]
fn a_write_of_unknown_fate_may_land_in_the_table_that_took_the_name_of_its_own() {
    let mut scene = Scene::new();
    scene.tiers.proxy.set_next("PutItem", &[Fault::ResetAfter]);
    let put = json!({"TableName": "users", "Item": ada()});
    assert_eq!(scene.db.call("PutItem", &put).refusal().status, 500);
    scene.delete_behind();
    scene.tiers.back.db().create_table("users");

    // The front overhears that it is another one.
    scene.db.call("DescribeTable", &json!({"TableName": "users"})).ok();

    for _ in 0..3 {
        assert_ne!(scene.source(), "hit");
        assert_eq!(scene.db.get("users", &json!({"id": {"S": "ada"}})), None);
    }
}

fn get() -> Value {
    json!({"TableName": "users", "Key": {"id": {"S": "ada"}}})
}

fn ada() -> Value {
    json!({"id": {"S": "ada"}, "born": {"N": "1815"}})
}
