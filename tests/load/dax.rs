//! Loads over DAX's protocol, against a real hearth.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hearth::clock::Clock;
use hearth::load::fill::{FillPlan, fill};
use hearth::load::run::run;
use hearth::load::tables::{self, Existing};
use hearth::load::workload::Workload;
use hearth::load::{Credentials, Measured, Operation, Pace, Plan, Source, Target, TargetOptions};
use hearth::task::Drain;
use serde_json::json;

use crate::support::{Launch, Scrape, Server, scratch};
use crate::{always, measure, only, some};

fn target_of(server: &Server, scheme: &str, options: TargetOptions) -> Arc<Target> {
    let url = format!("{scheme}://{}", server.listener(scheme));
    let options = TargetOptions { http: server.endpoint(), ..options };
    Arc::new(Target::parse(&url, &options).expect("loopback"))
}

fn plain(server: &Server) -> Arc<Target> {
    target_of(server, "dax", TargetOptions::default())
}

/// Requests that were answered over DAX.
fn answered_over_dax(server: &Server) -> u64 {
    let scrape = Scrape::of(server.admin());
    scrape.sum("hearth_requests_total", &[("protocol", "dax")])
}

/// A workload with each operation that workloads have.
fn workload() -> Arc<Workload> {
    let workload = Workload::parse("every operation", EVERY_OPERATION);
    Arc::new(workload.expect("it is well-formed"))
}

async fn made_and_filled(target: &Arc<Target>, workload: &Arc<Workload>) {
    let (clock, drain) = (Clock::system(), Drain::default());
    let tables = workload.tables();
    tables::make(target, &tables, Existing::Refuse, &mut Vec::new(), &clock, &drain)
        .await
        .expect("made over HTTP");
    let plan = FillPlan { connections: 3, ..FillPlan::default() };
    let filled = fill(target, workload, plan, &clock, &drain, &mut |_| {}).await.expect("filled");
    assert_eq!((filled.items, filled.of, filled.errors), (60, 60, 0));
}

async fn measured_at(target: &Arc<Target>, workload: &Arc<Workload>, pace: Pace) -> Measured {
    let plan = Plan { pace, connections: 4, threads: 2, ..some(400) };
    let (clock, drain) = (Clock::system(), Drain::default());
    run(target, workload, &plan, &clock, &drain, &mut |_| {}).await.expect("it runs")
}

async fn every_operation_is_answered_over(server: &Server, target: &Arc<Target>) {
    let workload = workload();
    made_and_filled(target, &workload).await;
    let scanned = server.db().call("Scan", &json!({ "TableName": "every" })).ok();
    assert_eq!(scanned["Count"], 60);
    let before = answered_over_dax(server);

    for pace in [Pace::Closed, Pace::Open { per_second: 2_000.0 }] {
        let measured = measured_at(target, &workload, pace).await;

        assert_eq!(measured.due, 400, "{pace:?}");
        let mut answered = 0;
        for operation in Operation::ALL {
            let tally = measured.tallies.iter().find(|tally| tally.operation == operation);
            let tally = tally.unwrap_or_else(|| panic!("no {operation:?}"));
            let failed = (tally.errors.clone(), tally.throttled, tally.conditions_failed);
            assert_eq!(failed, (BTreeMap::new(), 0, 0), "{operation:?}");
            let source = if operation.is_read() { Source::Unknown } else { Source::Engine };
            assert_eq!(tally.source, source, "{operation:?}");
            answered += tally.latencies.len();
        }
        assert_eq!(answered, 400, "{pace:?}");
    }
    let grown = answered_over_dax(server) - before;
    assert!(grown >= 800, "{grown}");
}

#[tokio::test]
async fn every_operation_of_a_workload_is_asked_over_dax() {
    let data = scratch();
    let server = Launch::on(data.path()).start();

    every_operation_is_answered_over(&server, &plain(&server)).await;
}

#[tokio::test]
async fn every_operation_of_a_workload_is_asked_over_dax_with_tls() {
    let data = scratch();
    let launch = Launch::on(data.path()).arg("--daxs-listen").arg("127.0.0.1:0");
    let server = launch.arg("--tls-self-signed").start();
    let ca_file = Some(data.path().join("tls.pem"));
    let options = TargetOptions { ca_file, ..TargetOptions::default() };

    every_operation_is_answered_over(&server, &target_of(&server, "daxs", options)).await;
}

#[tokio::test]
async fn refusals_are_counted_as_over_http() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    let target = plain(&server);
    let (tables, clock, drain) = (workload().tables(), Clock::system(), Drain::default());
    let made = &mut Vec::new();
    tables::make(&target, &tables, Existing::Refuse, made, &clock, &drain).await.expect("made");
    let failing = r#"{"TableName":"every","Item":{"id":{"S":"1"},"at":{"N":"1"}},"ConditionExpression":"attribute_not_exists(id)"}"#;
    let unknown = r#"{"TableName":"none","Key":{"id":{"S":"1"}}}"#;
    let malformed = r#"{"TableName":"every","Key":{"id":{"S":""}},"Unheard":1"#;

    let failed = measure(&target, &some(5), &always(Operation::PutItem, failing)).await;
    let absent = measure(&target, &some(3), &always(Operation::GetItem, unknown)).await;
    let broken = measure(&target, &some(2), &always(Operation::GetItem, malformed)).await;
    tables::remove(&target, made, &clock).await.expect("removed over HTTP");

    let tally = only(&failed);
    assert_eq!((tally.latencies.len(), tally.conditions_failed), (5, 4));
    assert_eq!(only(&absent).errors.get("ResourceNotFoundException"), Some(&3));
    assert_eq!(only(&broken).errors.get("SerializationException"), Some(&2));
    let listed = server.db().call("ListTables", &json!({})).ok();
    assert_eq!(listed["TableNames"], json!([]));
}

#[tokio::test]
async fn connections_are_signed_as_who_was_given() {
    let (data, keys) = (scratch(), scratch());
    let server = Launch::on(data.path()).arg("--credentials").arg(credentials(keys.path())).start();
    let signed = |secret: &str| {
        let credentials = Credentials {
            access_key_id: "AKIDLOAD".to_owned(),
            secret_access_key: secret.to_owned(),
            session_token: None,
        };
        target_of(&server, "dax", TargetOptions { credentials, ..TargetOptions::default() })
    };
    let get = r#"{"TableName":"none","Key":{"id":{"S":"1"}}}"#;

    let gets = always(Operation::GetItem, get);
    let right = measure(&signed("right-secret-1"), &some(1), &gets).await;
    let wrong = measure(&signed("wrong-secret-2"), &some(1), &gets).await;

    assert_eq!(only(&right).errors.get("ResourceNotFoundException"), Some(&1));
    assert_eq!(only(&wrong).errors.get("InvalidSignatureException"), Some(&1));
}

fn credentials(directory: &Path) -> std::path::PathBuf {
    let file = directory.join("credentials.toml");
    let text =
        "[[credentials]]\naccess_key_id = \"AKIDLOAD\"\nsecret_access_key = \"right-secret-1\"\n";
    std::fs::write(&file, text).expect("room for a file");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, private).expect("the file is ours");
    file
}

const EVERY_OPERATION: &str = r#"
name = "every operation"
description = "each operation that there is"
items = 60

[[tables]]
name = "every"
partition = { name = "id" }
sort = { name = "at", type = "number" }
per_partition = 6

[tables.attributes]
game = { type = "choice", prefix = "g", count = 3 }
score = { type = "number", min = 1, max = 90 }
note = { type = "text", size = { min = 1, max = 2000 } }

[[tables.indexes]]
name = "by-score"
partition = "game"
sort = "score"

[[actions]]
operation = "get"
weight = 4
projection = "note, score"

[[actions]]
operation = "get"
weight = 4

[[actions]]
operation = "put"
weight = 2

[[actions]]
operation = "update"
weight = 2
update = "SET score = if_not_exists(score, :more) + :more"
condition = "attribute_not_exists(gone)"
values = { ":more" = { type = "number", min = 1, max = 3 } }

[[actions]]
operation = "delete"
weight = 1

[[actions]]
operation = "query"
weight = 2

[[actions]]
operation = "query"
weight = 2
index = "by-score"
limit = 5
direction = "backward"
filter = "size(note) > :least"
values = { ":least" = { type = "number", min = 1, max = 30 } }

[[actions]]
operation = "scan"
weight = 1
limit = 10
start = "random"

[[actions]]
operation = "batch-get"
weight = 2
items = { min = 1, max = 20 }

[[actions]]
operation = "batch-get"
weight = 2
items = 3
projection = "note"

[[actions]]
operation = "batch-write"
weight = 1
items = { min = 1, max = 20 }
"#;
