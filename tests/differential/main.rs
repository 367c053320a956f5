//! Random requests to hearth and to a second implementation of the same API: do they agree?
//!
//! Both get the same requests one after the other, over tables with indexes and few keys, so that
//! conditions hold and fail, pages end and types clash. What each answers is brought into one form
//! and compared. A difference that stays is listed in `known.rs` with who is right and why; any
//! other fails the test.
//!
//!     scripts/test differential
//!     HEARTH_DIFFERENTIAL=200000 HEARTH_SEED=7 scripts/test differential
//!
//! The second opinion is `dynoxide`, whose answers a public suite holds against the service.

mod compare;
mod expressions;
mod known;
mod order;
mod peer;
mod requests;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod values;

use std::collections::BTreeMap;

use compare::Verdict;
use peer::Peer;
use requests::Requests;
use serde_json::{Map, Value, json};
use support::{Answer, Db, Launch, scratch};

#[test]
fn random_requests_are_answered_as_by_the_second_opinion() {
    let (count, seed) = (support::count("HEARTH_DIFFERENTIAL", 20_000), support::seed());
    let data = scratch();
    let server = Launch::on(data.path()).env("HEARTH__STORAGE__DURABILITY", "buffer").start();
    let (mut hearth, mut peer) = (server.db(), Peer::start());
    for table in tables::all() {
        hearth.create_table_with(&table);
        let made = peer.call("CreateTable", &table);
        assert_eq!(made.status, 200, "the peer makes the table: {}", made.body);
    }
    let shown_max = support::count("HEARTH_DIFFERENCES", SHOWN_MAX);
    let shown_max = usize::try_from(shown_max).expect("it fits into memory");
    let mut requests = Requests::new(seed);
    let mut tallies = BTreeMap::<_, Tally>::new();
    let mut findings = Findings::default();

    for _ in 0..count {
        let (operation, request) = requests.next();
        let ours = hearth.call(operation, &request);
        let theirs = peer.call(operation, &request);
        tallies.entry(operation).or_default().count(&ours);
        findings.judge(operation, &request, &ours, &theirs);
        if ours.status == theirs.status {
            compare_stored(operation, &request, &mut hearth, &mut peer, &mut findings);
        }
        bring_in_line(operation, &request, &mut hearth, &mut peer);
        if findings.differences.len() >= shown_max {
            break;
        }
    }

    let Findings { same, known, differences } = findings;
    let listed = known.values().sum::<u64>();
    let unknown = differences.len();
    support::figure(&format!(
        "requests={count} seed={seed} answers_same={same} known={listed} unknown={unknown}"
    ));
    for (operation, tally) in &tallies {
        println!("{operation}: {tally:?}");
    }
    for (name, count) in &known {
        println!("{count} times: {name}; {}", known::why(name));
    }
    assert!(differences.is_empty(), "seed {seed}:\n{}", differences.join("\n"));
    for (operation, tally) in &tallies {
        assert!(tally.answered > tally.requests / 3, "{operation}: too much is refused, {tally:?}");
    }
}

/// What the comparisons came to.
#[derive(Default)]
struct Findings {
    same: u64,
    known: BTreeMap<&'static str, u64>,
    differences: Vec<String>,
}

impl Findings {
    fn judge(&mut self, operation: &str, request: &Value, ours: &Answer, theirs: &Answer) {
        match compare::verdict(operation, request, ours, theirs) {
            Verdict::Same => self.same += 1,
            Verdict::Known(name) => *self.known.entry(name).or_default() += 1,
            Verdict::Different => self.differences.push(format!(
                "{operation} {request}\n  hearth {} {}\n  peer   {} {}",
                ours.status, ours.body, theirs.status, theirs.body
            )),
        }
    }
}

/// What hearth answered to the requests of one operation, so that one sees whether they ask much.
#[derive(Debug, Default)]
struct Tally {
    requests: u64,
    answered: u64,
    /// Answers that tell items or attributes.
    with_data: u64,
    failed_conditions: u64,
}

impl Tally {
    fn count(&mut self, answer: &Answer) {
        let body = &answer.body;
        self.requests += 1;
        self.answered += u64::from(answer.status == 200);
        let is_empty = |value: &Value| {
            value.as_array().is_none_or(Vec::is_empty)
                && value.as_object().is_none_or(Map::is_empty)
        };
        let data = ["Item", "Attributes", "Items", "Responses"].map(|member| &body[member]);
        self.with_data += u64::from(!data.into_iter().all(is_empty));
        let kind = body["__type"].as_str().unwrap_or_default();
        self.failed_conditions += u64::from(kind.ends_with("#ConditionalCheckFailedException"));
    }
}

/// What a write left behind shows whether both understood the same.
fn compare_stored(
    operation: &str,
    request: &Value,
    hearth: &mut Db,
    peer: &mut Peer,
    findings: &mut Findings,
) {
    for (table, key) in requests::written_keys(operation, request) {
        let get = json!({"TableName": table, "Key": key});
        let (ours, theirs) = (hearth.call("GetItem", &get), peer.call("GetItem", &get));
        findings.judge(operation, request, &ours, &theirs);
    }
}

/// Gives the peer the items that hearth has under the keys of the request, so that one difference
/// does not make the next.
fn bring_in_line(operation: &str, request: &Value, hearth: &mut Db, peer: &mut Peer) {
    for (table, key) in requests::written_keys(operation, request) {
        let get = json!({"TableName": table, "Key": key});
        let (ours, theirs) = (hearth.call("GetItem", &get), peer.call("GetItem", &get));
        if ours.status != 200 || ours.body == theirs.body {
            continue;
        }
        match ours.body.get("Item") {
            Some(item) => peer.call("PutItem", &json!({"TableName": table, "Item": item})),
            None => peer.call("DeleteItem", &get),
        };
    }
}

/// So many differences are shown before the test gives up.
const SHOWN_MAX: u64 = 20;
