//! Random histories, half of them over HTTP and half over DAX: is a stale or lost value ever seen?
//!
//! Many clients put, update, delete and read a few keys of a real server at once, under conditions,
//! in batches and in pages of the table and its indexes; some hang up in the middle, and some
//! servers are killed. What all of them saw must fit one order of writes per key (`checker.rs`).
//! Every write but those of a batch asks for the old item, which chains the writes of a key, so the
//! check needs no search.
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
mod items;
mod pages;
mod plans;
mod run;
mod several;
mod shared;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use checker::Violation;
use plans::{Fault, Plan};
use run::Figures;

#[test]
fn no_history_shows_a_stale_or_lost_value() {
    let histories = support::count("HEARTH_HISTORIES", 40);
    let operations = support::count("HEARTH_HISTORY_OPS", 20_000);
    let seed = support::seed();
    let mut totals: BTreeMap<&str, (Plan, Figures)> = BTreeMap::new();

    for number in 0..histories {
        let plan = Plan::numbered(number);
        let seed = seed.wrapping_add(number);
        let figures = run::history(&plan, operations, seed)
            .unwrap_or_else(|stale| panic!("plan {:?}, seed {seed}: {stale}", plan.name));
        println!("{number:4} seed={seed} {figures}");

        figures.assert_telling(&plan);
        totals.entry(plan.name).or_insert((plan, Figures::default())).1.add(figures);
    }

    support::figure(&format!("histories={histories} seeds={seed}.. violations=0"));
    for (name, (_, figures)) in &totals {
        support::figure(&format!("plan={name:?} {figures}"));
    }
    for (plan, figures) in totals.values() {
        figures.assert_hits(plan);
    }
}

#[test]
fn clients_that_remember_what_they_read_are_found_out() {
    // The whole harness must find a fault, not the checker alone.
    let violation = violation_with(Fault::StaleItems);

    let is_stale_read = matches!(violation, Some(Violation::OutOfOrder(_)));
    assert!(is_stale_read, "stale reads were not found, but {violation:?}");
}

#[test]
fn clients_that_remember_pages_are_found_out() {
    let violation = violation_with(Fault::StalePages);

    assert!(violation.is_some(), "stale pages were not found");
}

#[test]
fn clients_that_do_not_see_what_moved_into_a_page_are_found_out() {
    // Every item that they see is fresh: only what they do not see gives them away.
    let violation = violation_with(Fault::StaleAbsences);

    let is_absence = matches!(violation, Some(Violation::LeftOut(_) | Violation::Vanished(_)));
    assert!(is_absence, "pages without newcomers were not found, but {violation:?}");
}

#[test]
fn a_server_whose_pages_live_by_time_alone_is_found_out() {
    let violation = violation_of(&Plan::with_pages_as_in_dax());

    assert!(violation.is_some(), "pages as in DAX were taken for exact ones");
}

fn violation_with(fault: Fault) -> Option<Violation> {
    violation_of(&Plan::with(fault))
}

/// What the check finds of a short history.
fn violation_of(plan: &Plan) -> Option<Violation> {
    let outcome = run::history(plan, 2_000, support::seed());
    outcome.err().map(|stale| stale.violation)
}
