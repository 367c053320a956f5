//! Against a real hearth.

use std::sync::Arc;

use hearth::clock::Clock;
use hearth::load::fill::{Batches, FillPlan, Filled, fill, fill_batches};
use hearth::load::run::run;
use hearth::load::tables::{self, Existing};
use hearth::load::workload::{TableToMake, Workload};
use hearth::load::{
    Credentials, Error, Operation, Pace, Plan, Planned, ServerView, Source, Target, TargetOptions,
};
use hearth::task::Drain;
use serde_json::json;

use crate::support::{Launch, Server, scratch};
use crate::{always, measure, only, some};

fn target_of(server: &Server) -> Arc<Target> {
    let admin = Some(format!("http://{}", server.admin()));
    let options = TargetOptions { admin, ..TargetOptions::default() };
    Arc::new(Target::parse(&server.endpoint(), &options).expect("loopback"))
}

fn table(name: &str) -> TableToMake {
    let body = json!({
        "TableName": name,
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    TableToMake { name: name.to_owned(), create_body: body.to_string().into() }
}

fn batches(table: &'static str) -> Batches {
    let batch = move |number: u64| {
        let put = |item: u64| {
            let id = (number * 25 + item).to_string();
            json!({ "PutRequest": { "Item": { "id": { "S": id } } } })
        };
        let puts: Vec<_> = (0..25).map(put).collect();
        let body = json!({ "RequestItems": { table: puts } }).to_string().into();
        Planned { operation: Operation::BatchWriteItem, body }
    };
    Batches { items: 100, count: 4, batch: Box::new(batch) }
}

#[tokio::test]
async fn tables_are_made_filled_read_from_the_cache_and_removed() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    let target = target_of(&server);
    let (clock, drain) = (Clock::system(), Drain::default());
    let make = |existing| {
        let (target, clock, drain) = (Arc::clone(&target), clock.clone(), drain.clone());
        async move {
            let mut made = Vec::new();
            let tables = [table("load")];
            tables::make(&target, &tables, existing, &mut made, &clock, &drain).await.map(|()| made)
        }
    };

    let created = make(Existing::Refuse).await.expect("it is created");
    let again = make(Existing::Refuse).await;
    let kept = make(Existing::Keep).await.expect("it is used as it is");
    let mut told = Filled::default();
    let plan = FillPlan { connections: 3, ..FillPlan::default() };
    let mut each = |now: &Filled| {
        assert!(now.items >= told.items && now.of == 100);
        told = *now;
    };
    let filled = fill_batches(&target, batches("load"), plan, &clock, &drain, &mut each).await;
    let filled = filled.expect("it is filled");
    let get = r#"{"TableName":"load","Key":{"id":{"S":"99"}}}"#;
    let plan = Plan { connections: 2, ..some(200) };
    let measured = measure(&target, &plan, &always(Operation::GetItem, get)).await;
    let scanned = server.db().call("Scan", &json!({ "TableName": "load" })).ok();
    tables::remove(&target, &created, &clock).await.expect("it is removed");
    tables::remove(&target, &created, &clock).await.expect("what is not there is no error");

    assert_eq!(created, ["load"]);
    assert!(kept.is_empty());
    assert!(matches!(again, Err(Error::TableExists { .. })), "{again:?}");
    assert_eq!((filled, filled.items, filled.errors), (told, 100, 0));
    assert_eq!(scanned["Count"], 100);
    let hits = measured.tallies.iter().find(|tally| tally.source == Source::Cache);
    // Of two connections that ask at once, both may miss.
    assert!(hits.is_some_and(|tally| tally.latencies.len() >= 198), "{:?}", measured.tallies);
    assert_eq!(measured.due, 200);
    let ServerView::Counted { lookups, hits } = measured.server else {
        panic!("the admin port was given: {:?}", measured.server);
    };
    assert_eq!(lookups, 200);
    assert!(hits >= 198, "{hits}");
}

#[tokio::test]
async fn conditions_that_fail_are_told_apart() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    let target = target_of(&server);
    let (clock, drain) = (Clock::system(), Drain::default());
    let (tables, made) = ([table("load")], &mut Vec::new());
    tables::make(&target, &tables, Existing::Refuse, made, &clock, &drain).await.expect("made");
    let put = r#"{"TableName":"load","Item":{"id":{"S":"1"}},"ConditionExpression":"attribute_not_exists(id)"}"#;

    let measured = measure(&target, &some(5), &always(Operation::PutItem, put)).await;

    let tally = only(&measured);
    let figures = (tally.source, tally.latencies.len(), tally.conditions_failed);
    assert_eq!(figures, (Source::Engine, 5, 4));
}

#[tokio::test]
async fn signatures_are_those_of_who_was_given() {
    let (data, keys) = (scratch(), scratch());
    let file = keys.path().join("credentials.toml");
    let text =
        "[[credentials]]\naccess_key_id = \"AKIDLOAD\"\nsecret_access_key = \"right-secret-1\"\n";
    std::fs::write(&file, text).expect("room for a file");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, private).expect("the file is ours");
    let server = Launch::on(data.path()).arg("--credentials").arg(&file).start();
    let signed = |secret: &str| {
        let credentials = Credentials {
            access_key_id: "AKIDLOAD".to_owned(),
            secret_access_key: secret.to_owned(),
            session_token: None,
        };
        let options = TargetOptions { credentials, ..TargetOptions::default() };
        Arc::new(Target::parse(&server.endpoint(), &options).expect("loopback"))
    };
    let get = r#"{"TableName":"none","Key":{"id":{"S":"1"}}}"#;

    let right =
        measure(&signed("right-secret-1"), &some(1), &always(Operation::GetItem, get)).await;
    let wrong =
        measure(&signed("wrong-secret-2"), &some(1), &always(Operation::GetItem, get)).await;

    assert_eq!(only(&right).errors.get("ResourceNotFoundException"), Some(&1));
    let codes: Vec<&String> = only(&wrong).errors.keys().collect();
    assert_eq!(codes, ["InvalidSignatureException"]);
}

#[tokio::test]
async fn a_workload_that_comes_with_hearth_is_made_filled_and_run_at_both_paces() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    let target = target_of(&server);
    let (clock, drain) = (Clock::system(), Drain::default());
    let name = Workload::NAMES[0];
    let text = Workload::built_in(name).expect("it is one of the names");
    let workload = Workload::parse(name, text).and_then(|workload| workload.with_items(60));
    let workload = Arc::new(workload.expect("it is well-formed"));

    let tables = workload.tables();
    tables::make(&target, &tables, Existing::Refuse, &mut Vec::new(), &clock, &drain)
        .await
        .expect("made");
    let plan = FillPlan::default();
    let filled = fill(&target, &workload, plan, &clock, &drain, &mut |_| {}).await.expect("filled");

    assert_eq!((filled.items, filled.of, filled.errors), (60, 60, 0));
    for pace in [Pace::Closed, Pace::Open { per_second: 1_000.0 }] {
        let plan = Plan { pace, connections: 4, threads: 2, ..some(300) };
        let measured = run(&target, &workload, &plan, &clock, &drain, &mut |_| {}).await;
        let measured = measured.expect("it runs");
        assert_eq!(measured.due, 300, "{pace:?}");
        for tally in &measured.tallies {
            assert_eq!((tally.errors.len(), tally.throttled), (0, 0), "{pace:?} {tally:?}");
        }
    }
}
