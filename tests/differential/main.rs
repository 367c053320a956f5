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
use support::{Db, Launch, scratch};

#[test]
fn random_requests_are_answered_as_by_the_second_opinion() {
    let (count, seed) = (support::count("HEARTH_DIFFERENTIAL", 20_000), support::seed());
    let data = scratch();
    let server = Launch::on(data.path()).env("HEARTH__STORAGE__DURABILITY", "buffer").start();
    let (mut hearth, mut peer) = (server.db(), Peer::start());
    for table in tables::all() {
        hearth.create_table_with(&table);
        peer.call("CreateTable", &table);
    }
    let mut requests = Requests::new(seed);
    let mut known = BTreeMap::new();
    let (mut agreed, mut refused) = (0_u64, 0_u64);
    let mut differences = Vec::new();

    for _ in 0..count {
        let (operation, request) = requests.next();
        let ours = hearth.call(operation, &request);
        let theirs = peer.call(operation, &request);
        refused += u64::from(ours.status != 200);
        match compare::verdict(operation, &request, &ours, &theirs) {
            Verdict::Same => agreed += 1,
            Verdict::Known(name) => *known.entry(name).or_insert(0_u64) += 1,
            Verdict::Different => {
                differences.push(format!(
                    "{operation} {request}\n  hearth {} {}\n  peer   {} {}",
                    ours.status, ours.body, theirs.status, theirs.body
                ));
            }
        }
        if ours.status != theirs.status || ours.body != theirs.body {
            bring_in_line(operation, &request, &mut hearth, &mut peer);
        }
        if differences.len() >= SHOWN_MAX {
            break;
        }
    }

    support::figure(&format!(
        "requests={count} seed={seed} same={agreed} known={known:?} refused_by_hearth={refused}"
    ));
    assert!(differences.is_empty(), "seed {seed}:\n{}", differences.join("\n"));
    assert!(refused > count / 20 && refused < count * 4 / 5, "too few or too many are refused");
}

/// Gives the peer the items that hearth has under the keys of the request, so that one difference
/// does not make the next.
fn bring_in_line(operation: &str, request: &serde_json::Value, hearth: &mut Db, peer: &mut Peer) {
    for (table, key) in requests::written_keys(operation, request) {
        let get = serde_json::json!({"TableName": table, "Key": key});
        let found = hearth.call("GetItem", &get);
        if found.status != 200 {
            continue;
        }
        match found.body.get("Item") {
            Some(item) => {
                peer.call("PutItem", &serde_json::json!({"TableName": table, "Item": item}));
            }
            None => {
                peer.call("DeleteItem", &get);
            }
        }
    }
}

/// So many differences are shown before the test gives up.
const SHOWN_MAX: usize = 20;
