//! Every metric of the catalogue, on the page of a real server that something happened to.

mod support;

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use hearth::clock::Clock;
use hearth::metrics::{CATALOGUE, Metric, OF_UPSTREAMS};
use serde_json::{Value, json};
use support::{Connection, Db, Launch, Server, scratch, signature, wait_until};

/// One reading of a server's page.
struct Page(String);

impl Page {
    fn of(server: &Server) -> Self {
        let mut connection = Connection::open(server.admin()).expect("the admin port is there");
        Self(connection.get("/metrics").expect("an answer").text())
    }

    /// The value of the sample with exactly this name and these labels.
    #[track_caller]
    fn value(&self, sample: &str) -> f64 {
        let line = self.0.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        let value = line.unwrap_or_else(|| panic!("no {sample} in {}", self.0));
        value.parse().expect("a value is a number")
    }

    #[track_caller]
    fn assert(&self, sample: &str, value: f64) {
        let found = self.value(sample);
        assert!((found - value).abs() < 1e-9, "{sample} is {found}, not {value}");
    }

    #[track_caller]
    fn assert_some(&self, sample: &str) {
        assert!(self.value(sample) > 0.0, "{sample} is not above 0");
    }
}

/// The table `tab` with the item `a`.
fn started(data: &Path) -> (Server, Db) {
    let server = Launch::on(data).start();
    let mut db = server.db();
    db.create_table("tab");
    db.put("tab", &json!({ "id": { "S": "a" } }));
    (server, db)
}

fn scan() -> Value {
    json!({ "TableName": "tab" })
}

#[test]
fn a_small_load_shows_every_metric_of_the_catalogue_and_no_other() {
    let data = scratch();
    let (server, mut db) = started(data.path());
    assert!(db.get("tab", &json!({ "id": { "S": "a" } })).is_some());
    assert_eq!(db.scan_all(&scan()).len(), 1);

    let page = Page::of(&server);

    let heads = page.0.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let shown: HashSet<&str> = heads.collect();
    let is_shown = |metric: &&&Metric| !OF_UPSTREAMS.iter().any(|only| only.name == metric.name);
    let heads = CATALOGUE
        .iter()
        .filter(is_shown)
        .map(|metric| format!("{} {}", metric.name, metric.kind.name()));
    let declared: Vec<String> = heads.collect();
    let declared: HashSet<&str> = declared.iter().map(String::as_str).collect();
    assert_eq!(shown, declared);
    for metric in CATALOGUE.iter().filter(is_shown) {
        let own = |line: &&str| line.starts_with(metric.name) && !line.starts_with('#');
        let sample = page.0.lines().find(own);
        let sample = sample.unwrap_or_else(|| panic!("no sample of {}", metric.name));
        for label in metric.labels {
            assert!(sample.contains(&format!("{label}=\"")), "no {label} in {sample}");
        }
    }
}

#[test]
fn reads_count_their_items_their_units_and_their_bytes() {
    let data = scratch();
    let (server, mut db) = started(data.path());
    db.put("tab", &json!({ "id": { "S": "big" }, "text": { "S": "x".repeat(5_000) } }));
    let before = Page::of(&server);
    let key = json!({ "id": { "S": "a" } });

    // A miss and a hit, at half a unit each; one that is consistent; one of nothing.
    for (id, consistent) in [("a", false), ("a", false), ("a", true), ("none", false)] {
        let key = json!({ "id": { "S": id } });
        let get = json!({ "TableName": "tab", "Key": key, "ConsistentRead": consistent });
        db.call("GetItem", &get).ok();
    }
    // Two units of half each, and one of half.
    let keys = json!([key, { "id": { "S": "big" } }]);
    db.call("BatchGetItem", &json!({ "RequestItems": { "tab": { "Keys": keys } } })).ok();
    // Two items of some 5,000 bytes together.
    db.call("Scan", &scan()).ok();
    db.call("Scan", &json!({ "TableName": "tab", "Select": "COUNT" })).ok();

    let page = Page::of(&server);
    let returned = |operation: &str| {
        format!("hearth_items_returned_total{{operation=\"{operation}\",table=\"tab\"}}")
    };
    page.assert(&returned("GetItem"), 3.0);
    page.assert(&returned("BatchGetItem"), 2.0);
    page.assert(&returned("Scan"), 2.0);
    let read = "hearth_consumed_capacity_units_total{table=\"tab\",kind=\"read\"}";
    page.assert(read, before.value(read) + 2.5 + 1.5 + 1.0 + 1.0);
    for bytes in ["hearth_request_bytes_total", "hearth_response_bytes_total"] {
        assert!(page.value(bytes) > before.value(bytes) + 100.0, "{bytes}");
    }
    page.assert_some("hearth_engine_read_duration_seconds_count");
    page.assert_some("hearth_cache_fills_total{cache=\"item\",result=\"filled\"}");
    page.assert_some("hearth_cache_fills_total{cache=\"query\",result=\"filled\"}");
    page.assert("hearth_engine_readers_waiting", 0.0);
    page.assert("hearth_requests_in_flight", 0.0);
}

#[test]
fn writes_count_their_units_their_batches_and_what_they_leave() {
    let data = scratch();
    let (server, mut db) = started(data.path());
    db.get("tab", &json!({ "id": { "S": "a" } }));
    let before = Page::of(&server);

    db.put("tab", &json!({ "id": { "S": "a" }, "text": { "S": "x".repeat(1_500) } }));
    let condition = json!({
        "TableName": "tab",
        "Item": { "id": { "S": "a" } },
        "ConditionExpression": "attribute_not_exists(id)",
    });
    let refused = db.call("PutItem", &condition).refusal();

    let page = Page::of(&server);
    assert_eq!(refused.code, "ConditionalCheckFailedException");
    let write = "hearth_consumed_capacity_units_total{table=\"tab\",kind=\"write\"}";
    page.assert(write, before.value(write) + 2.0 + 2.0);
    page.assert("hearth_conditional_check_failures_total{table=\"tab\"}", 1.0);
    page.assert("hearth_table_items{table=\"tab\"}", 1.0);
    page.assert("hearth_table_bytes{table=\"tab\"}", 1_507.0);
    page.assert("hearth_cache_invalidations_total{cache=\"item\"}", 1.0);
    let grown = |sample: &str, by: f64| page.assert(sample, before.value(sample) + by);
    grown("hearth_writer_sync_duration_seconds_count", 1.0);
    grown("hearth_writer_wait_duration_seconds_count", 1.0);
    grown("hearth_writer_batch_mutations_count", 1.0);
    grown("hearth_writer_batch_mutations_sum", 1.0);
    assert!(
        page.value("hearth_writer_bytes_total") > before.value("hearth_writer_bytes_total") + 1e3
    );
    page.assert("hearth_writer_queue_mutations", 0.0);
    page.assert("hearth_writer_sync_failures_total", 0.0);
    page.assert("hearth_writer_stalls_total", 0.0);
    page.assert("hearth_engine_state{state=\"running\"}", 1.0);
    for gauge in [
        "hearth_disk_available_bytes",
        "hearth_disk_reserve_bytes",
        "hearth_store_memory_limit_bytes",
    ] {
        page.assert_some(gauge);
    }
    // The writer answers before it measures its batch.
    let commits = "hearth_writer_commit_duration_seconds_count";
    wait_until("the batch to be measured", || {
        (Page::of(&server).value(commits) >= before.value(commits) + 1.0).then_some(())
    });
    // The disk is looked at every few seconds.
    wait_until("the files to be measured", || {
        let page = Page::of(&server);
        let journal = page.value("hearth_store_journal_bytes");
        (journal > 0.0 && page.value("hearth_disk_bytes") >= journal).then_some(())
    });
}

#[test]
fn a_cache_that_is_too_small_evicts_and_a_short_life_expires() {
    let data = scratch();
    let server = Launch::on(data.path())
        .env("HEARTH__CACHE__BYTES", "2097152")
        .env("HEARTH__CACHE__ABSENCE_TTL_MS", "1")
        .start();
    let mut db = server.db();
    db.create_table("tab");
    let text = "x".repeat(100_000);
    for number in 0..40 {
        let id = number.to_string();
        db.put("tab", &json!({ "id": { "S": id }, "text": { "S": text } }));
        db.get("tab", &json!({ "id": { "S": id } }));
    }
    let expired = "hearth_cache_expirations_total{cache=\"item\"}";
    wait_until("an absence to expire", || {
        db.get("tab", &json!({ "id": { "S": "none" } }));
        (Page::of(&server).value(expired) > 0.0).then_some(())
    });

    let page = Page::of(&server);
    page.assert_some("hearth_cache_evictions_total{cache=\"item\"}");
    page.assert("hearth_cache_limit_bytes{cache=\"item\"}", 2_097_152.0);
    assert!(page.value("hearth_cache_bytes{cache=\"item\"}") <= 2_097_152.0);
}

/// A server that takes signed requests only, and a connection to it.
fn with_credentials(directory: &Path) -> (Server, Connection) {
    let file = directory.join("credentials.toml");
    std::fs::write(&file, CREDENTIALS).expect("the directory is ours");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    let server = Launch::on(&directory.join("data")).arg("--credentials").arg(&file).start();
    let connection = Connection::open(server.http()).expect("it is up");
    (server, connection)
}

fn list_tables(connection: &mut Connection, headers: &str) -> u16 {
    let sent = connection.send_operation_with(headers, "ListTables", b"{}");
    sent.and_then(|()| connection.receive()).expect("an answer").status
}

#[test]
fn a_signature_of_another_time_counts_as_skew_if_it_is_right_for_that() {
    let directory = scratch();
    let (server, mut connection) = with_credentials(directory.path());
    let hour_ago = Clock::system().unix_ms() - 3_600_000;
    let forged = "X-Amz-Date: 20200101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 \
                  Credential=AKIDEXAMPLE/20200101/us-east-1/dynamodb/aws4_request, \
                  SignedHeaders=host;x-amz-date;x-amz-target, Signature=00\r\n";

    let late = list_tables(&mut connection, &signature(KEY, hour_ago, "ListTables", b"{}"));
    let other_secret = signature((KEY.0, "not-ours"), hour_ago, "ListTables", b"{}");
    let others =
        [forged, other_secret.as_str()].map(|headers| list_tables(&mut connection, headers));
    let unsigned = server.db().call("ListTables", &json!({})).refusal();

    assert_eq!((late, others), (400, [400, 400]));
    assert_eq!(unsigned.code, "MissingAuthenticationTokenException");
    let page = Page::of(&server);
    page.assert("hearth_requests_refused_total{reason=\"clock_skew\"}", 1.0);
    page.assert("hearth_requests_refused_total{reason=\"signature\"}", 3.0);
    page.assert("hearth_signature_skew_seconds_count", 0.0);
}

#[test]
fn the_skew_of_a_request_that_is_taken_is_recorded() {
    let directory = scratch();
    let (server, mut connection) = with_credentials(directory.path());
    let ten_minutes_ago = Clock::system().unix_ms() - 600_000;

    let taken = signature(KEY, ten_minutes_ago, "ListTables", b"{}");
    assert_eq!(list_tables(&mut connection, &taken), 200);

    let page = Page::of(&server);
    page.assert("hearth_signature_skew_seconds_count", 1.0);
    assert!(page.value("hearth_signature_skew_seconds_sum") >= 600.0);
    page.assert("hearth_requests_refused_total{reason=\"clock_skew\"}", 0.0);
}

/// An access key id and its secret.
const KEY: (&str, &str) = ("AKIDEXAMPLE", "secret-of-ours");
const CREDENTIALS: &str = "[[credentials]]\naccess_key_id = \"AKIDEXAMPLE\"\n\
                           secret_access_key = \"secret-of-ours\"\n";
