//! How tables are cached as the configuration says: what is kept, for how long, and what a reload
//! changes.

use std::fs;

use serde_json::{Value, json};

use super::support::{Db, Launch, Server, scratch, wait_until};

/// A server with a configuration of the test's own, and the table `users`.
struct Configured {
    db: Db,
    server: Server,
    data: tempfile::TempDir,
}

impl Configured {
    fn with(config: &str) -> Self {
        let data = scratch();
        let file = data.path().join("hearth.toml");
        fs::write(&file, config).expect("the directory is writable");
        let server = Launch::on(&data.path().join("tables")).arg("--config").arg(file).start();
        let mut db = server.db();
        db.create_table("users");
        Self { db, server, data }
    }

    fn put(&mut self, id: &str, name: &str) {
        self.db.put("users", &json!({"id": {"S": id}, "name": {"S": name}}));
    }

    /// What a read of one item is told.
    fn get(&mut self, id: &str) -> String {
        let get = json!({"TableName": "users", "Key": {"id": {"S": id}}});
        self.db.explain("GetItem", &get).1
    }

    /// What a query of one item's partition is told, and the name that it finds.
    fn query(&mut self, id: &str) -> (String, Value) {
        let (answer, told) = self.db.explain("Query", &query(id));
        (told, answer["Items"][0]["name"]["S"].clone())
    }

    /// Replaces the configuration and waits until it holds.
    fn reload(&mut self, config: &str) {
        fs::write(self.data.path().join("hearth.toml"), config).expect("it is writable");
        self.server.signal("HUP");
        wait_until("the reload", || self.server.stderr().contains("reloaded").then_some(()));
    }
}

fn query(id: &str) -> Value {
    json!({
        "TableName": "users",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": id}},
    })
}

#[test]
fn pages_as_in_dax_are_stale_until_their_time_and_consistent_ones_never() {
    let mut users = Configured::with("[cache]\nquery_cache = \"dax\"\nquery_ttl_ms = 3600000\n");
    users.put("7", "Ada");
    users.query("7");

    users.put("7", "Eve");

    assert_eq!(users.query("7"), ("hit".to_owned(), json!("Ada")));
    let mut consistent = query("7");
    consistent["ConsistentRead"] = true.into();
    let (fresh, _) = users.db.explain("Query", &consistent);
    assert_eq!(fresh["Items"][0]["name"]["S"], "Eve");
}

#[test]
fn pages_as_in_dax_end_with_their_time() {
    let mut users = Configured::with("[cache]\nquery_cache = \"dax\"\nquery-ttl-millis = 1\n");
    users.put("7", "Ada");
    users.query("7");
    users.put("7", "Eve");

    wait_until("the page to end", || (users.query("7").1 == "Eve").then_some(()));
}

#[test]
fn a_table_without_pages_caches_items_and_one_that_is_bypassed_nothing() {
    let config = "[cache.tables.users]\nquery_cache = \"off\"\n";
    let mut users = Configured::with(config);
    users.put("7", "Ada");

    for _ in 0..2 {
        assert_eq!(users.query("7").0, "bypass; why=policy");
        assert_eq!(users.get("7"), "hit");
    }
    users.reload("[cache.tables.users]\nbypass = true\n");

    for _ in 0..2 {
        assert_eq!(users.query("7").0, "bypass; why=policy");
        assert_eq!(users.get("7"), "bypass; why=policy");
    }
}

#[test]
fn a_page_larger_than_the_policy_allows_is_read_each_time() {
    let mut users = Configured::with("[cache.tables.users]\npage_bytes_max = 100\n");
    users.put("small", "Ada");
    users.put("large", &"x".repeat(200));

    for id in ["small", "large"] {
        users.query(id);
    }

    assert_eq!(users.query("small").0, "hit");
    assert_eq!(users.query("large").0, "miss; why=never-seen");
}

#[test]
fn a_shorter_time_forgets_what_was_cached_under_a_longer_one() {
    let mut users = Configured::with("");
    users.put("7", "Ada");
    users.query("7");
    assert_eq!((users.query("7").0.as_str(), users.get("7").as_str()), ("hit", "hit"));

    users.reload("[cache.tables.users]\nitem_ttl_ms = 3600000\n");

    assert_eq!(users.query("7").0, "miss; why=flushed");
    assert_eq!(users.query("7").0, "hit");
}

#[test]
fn absences_have_a_time_of_their_own() {
    let mut users = Configured::with("[cache]\nabsence_ttl_ms = 1\n");
    users.put("there", "Ada");

    users.get("gone");

    wait_until("the absence to end", || (users.get("gone") == "miss; why=expired").then_some(()));
    assert_eq!(users.get("there"), "hit");
}

#[test]
fn with_caches_off_nothing_is_kept() {
    let mut users = Configured::with("[cache]\nenabled = false\n");
    users.put("7", "Ada");
    for _ in 0..2 {
        assert_eq!(users.get("7"), "bypass; why=policy");
        assert_eq!(users.query("7").0, "bypass; why=policy");
    }
}
