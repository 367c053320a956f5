//! Random transactions over HTTP and DAX: are they ever seen in part, out of order, twice or not at
//! all?
//!
//! Many clients carry out transactions on a few items of a real server at once, and single
//! operations between them; some hang up in the middle, and some servers are killed. Three kinds of
//! work: money moves between accounts (`bank.rs`), pairs of which one is always on duty
//! (`duty.rs`), and lists that grow, whose history must fit one order (`lists.rs`).
//!
//!     HEARTH_TRANSACTIONS=200000 HEARTH_SEED=7 cargo test --profile ci --test transactions -- --nocapture

mod bank;
mod bank_check;
mod client;
mod duty;
mod graph;
mod history;
mod lists;
mod lists_check;
#[cfg(test)]
mod lists_oracle;
#[cfg(test)]
mod lists_tests;
mod plans;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use bank::Bank;
use duty::Duty;
use history::{Figures, Work, history};
use lists::Lists;
use plans::{Fault, PLANS_MANY, Plan};

#[test]
fn no_money_comes_or_goes_and_nothing_is_paid_twice() {
    run("bank", Bank::default);
}

#[test]
fn somebody_is_always_on_duty() {
    run("duty", || Duty);
}

#[test]
fn lists_show_one_order_of_all_transactions() {
    run("lists", Lists::default);
}

#[test]
fn accounts_read_one_after_the_other_are_found_out() {
    // The whole harness must find a fault, not the checker alone.
    let found = violation_of(&Bank::default(), Fault::TornReads);

    assert!(found.contains("the sum of all"), "{found}");
}

#[test]
fn transactions_sent_again_as_others_are_found_out() {
    let found = violation_of(&Bank::default(), Fault::NewTokens);

    // Once for each token, or a token that clients believe in is of nothing.
    let signs = ["is not known any more", "something else was taken", "the sum"];
    let is_repeated = (2..10).any(|times| found.contains(&format!("took place {times} times")));
    assert!(is_repeated || signs.iter().any(|sign| found.contains(sign)), "{found}");
}

#[test]
fn transactions_that_check_nothing_are_found_out() {
    let found = violation_of(&Duty, Fault::NoChecks);

    assert!(found.contains("nobody of pair"), "{found}");
}

#[test]
fn lists_read_one_after_the_other_are_found_out() {
    let found = violation_of(&Lists::default(), Fault::TornReads);

    assert!(found.contains("each must come before the next"), "{found}");
}

/// A third of all histories, with work of one kind.
fn run<W: Work>(kind: &str, work: impl Fn() -> W) {
    let otherwise = 3 * PLANS_MANY * HISTORY_TRANSACTIONS;
    let transactions = support::count("HEARTH_TRANSACTIONS", otherwise);
    let histories = transactions.div_ceil(3 * HISTORY_TRANSACTIONS);
    let seed = support::seed();
    let mut totals: BTreeMap<&str, Figures> = BTreeMap::new();

    for number in 0..histories {
        let plan = Plan::numbered(number);
        let seed = seed.wrapping_add(number);
        let figures = history(&work(), &plan, HISTORY_TRANSACTIONS, seed)
            .unwrap_or_else(|found| panic!("{kind}, plan {:?}, seed {seed}: {found}", plan.name));
        println!("{kind} {number:4} seed={seed} {figures}");

        figures.assert_telling(&plan);
        totals.entry(plan.name).or_default().add(&figures);
    }

    support::figure(&format!("{kind} histories={histories} seeds={seed}.. violations=0"));
    for (name, figures) in &totals {
        support::figure(&format!("{kind} plan={name:?} {figures}"));
    }
}

/// What the check finds of a history in which clients do something wrong.
fn violation_of<W: Work>(work: &W, fault: Fault) -> String {
    let outcome = history(work, &Plan::with(fault), HISTORY_TRANSACTIONS, support::seed());
    outcome.err().unwrap_or_else(|| panic!("{fault:?} was not found"))
}

/// Transactions of one history.
const HISTORY_TRANSACTIONS: u64 = 2_000;
