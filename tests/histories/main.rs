//! Random histories over HTTP: is a stale or lost value ever seen?
//!
//! Many clients put, update, delete and read a few keys of a real server at once, under conditions,
//! in batches and through indexes; some hang up in the middle. What all of them saw must fit one
//! order of writes per key (`checker.rs`). Every write but those of a batch asks for the old item,
//! which chains the writes of a key, so the check needs no search.
//!
//!     HEARTH_HISTORIES=1000 HEARTH_SEED=7 cargo test --profile ci --test histories -- --nocapture

mod checker;
mod checker_ends;
mod checker_lacks;
#[cfg(test)]
mod checker_oracle;
#[cfg(test)]
mod checker_tests;
mod client;
mod run;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use checker::Violation;
use run::{Figures, Plan};

#[test]
fn no_history_shows_a_stale_or_lost_value() {
    let histories = support::count("HEARTH_HISTORIES", 20);
    let operations = support::count("HEARTH_HISTORY_OPS", 20_000);
    let seed = support::seed();
    let mut totals: BTreeMap<&str, Figures> = BTreeMap::new();

    for number in 0..histories {
        let plan = Plan::numbered(number);
        let seed = seed.wrapping_add(number);
        let figures = run::history(&plan, operations, seed)
            .unwrap_or_else(|stale| panic!("plan {:?}, seed {seed}: {stale}", plan.name));
        println!("{number:4} seed={seed} {figures}");

        figures.assert_telling(&plan);
        totals.entry(plan.name).or_default().add(&figures);
    }

    support::figure(&format!("histories={histories} seeds={seed}.. violations=0"));
    for (plan, figures) in totals {
        support::figure(&format!("plan={plan:?} {figures}"));
    }
}

#[test]
fn clients_that_remember_what_they_read_are_found_out() {
    // The whole harness must find a fault, not the checker alone.
    let outcome = run::history(&Plan::with_a_stale_cache(), 2_000, support::seed());

    let violation = outcome.err().map(|stale| stale.violation);
    let is_stale_read = matches!(violation, Some(Violation::OutOfOrder(_)));
    assert!(is_stale_read, "stale reads were not found, but {violation:?}");
}
