//! Two tiers: a hearth in front of another one, with a proxy between them that breaks things.
//!
//! Clients read and write through the front, and what they saw is held against the same rules as if
//! there were one server (`tests/histories/`): items, and pages of the table and its local index,
//! are as fresh as if nothing was cached. A write that was refused as throttled must not have
//! happened; one that failed may have happened, at any time since.
//!
//!     HEARTH_TIERS=2000 HEARTH_SEED=7 cargo test --profile ci --test upstream -- --nocapture
//!
//! Not here: the client of the upstream alone (`src/engine/upstream/client/`).

#[path = "../histories/checker.rs"]
mod checker;
#[path = "../histories/checker_ends.rs"]
mod checker_ends;
#[path = "../histories/checker_lacks.rs"]
mod checker_lacks;
#[path = "../histories/client.rs"]
mod client;
#[path = "../support/fault_proxy/mod.rs"]
mod fault_proxy;
#[path = "../histories/items.rs"]
mod items;
mod made_again;
mod one_fault;
#[path = "../histories/pages.rs"]
mod pages;
mod past;
#[path = "../histories/plans.rs"]
#[expect(dead_code, reason = "the plans of one server are there, too")]
mod plans;
mod proxy_tests;
#[path = "../histories/run.rs"]
#[expect(dead_code, reason = "what starts one server is there, too")]
mod run;
mod setups;
#[path = "../histories/several.rs"]
mod several;
#[path = "../histories/shared.rs"]
mod shared;
#[path = "../support/mod.rs"]
mod support;
mod tiers;

use std::collections::BTreeMap;

use fault_proxy::Fault;
use run::Figures;
use setups::Setup;
use tiers::Verdict;

#[test]
fn no_history_through_two_tiers_shows_a_stale_or_lost_value() {
    let histories = support::count("HEARTH_TIERS", 200);
    let operations = support::count("HEARTH_TIERS_OPS", 1_000);
    let seed = support::seed();
    let mut totals: BTreeMap<&str, Figures> = BTreeMap::new();
    let mut faults = [0; Fault::ALL.len()];
    let mut voids = 0;

    for number in 0..histories {
        let setup = Setup::numbered(number);
        let seed = seed.wrapping_add(number);
        let outcome = tiers::history(&setup, operations, seed);
        for (fault, count) in outcome.faults {
            faults[fault as usize] += count;
        }
        match outcome.verdict {
            Verdict::Sound(figures) => {
                println!("{number:4} seed={seed} {figures}");
                totals.entry(setup.plan.name).or_default().add(*figures);
            }
            Verdict::Stale(stale) => panic!("plan {:?}, seed {seed}: {stale}", setup.plan.name),
            Verdict::Void => voids += 1,
        }
    }

    support::figure(&format!("histories={histories} seeds={seed}.. violations=0 void={voids}"));
    for (name, figures) in &totals {
        support::figure(&format!("plan={name:?} {figures}"));
    }
    for fault in Fault::ALL {
        support::figure(&format!("fault={fault:?} times={}", faults[fault as usize]));
    }
    assert!(voids <= histories / 10, "{voids} of {histories} histories prove nothing");
    // Of the long version a hundred times each is asked, of a short one that each was tried.
    let times_min = if histories < 2_000 { 1 } else { 100 };
    for fault in Fault::ALL {
        let times = faults[fault as usize];
        assert!(times >= times_min, "{fault:?} happened {times} times in {histories} histories");
    }
    for (name, figures) in &totals {
        assert!(figures.hit_percent() >= HIT_PERCENT_MIN, "plan {name:?}: too few hits: {figures}");
    }
}

#[test]
fn late_writes_without_a_quarantine_are_found_out() {
    // The check must find what the quarantine is for.
    let seed = support::seed();
    let setup = Setup::without_quarantine();
    let found = (0..CONTROLS_MAX).any(|number| {
        let outcome = tiers::history(&setup, 1_500, seed.wrapping_add(number));
        matches!(outcome.verdict, Verdict::Stale(_))
    });

    assert!(found, "late writes made no stale read in {CONTROLS_MAX} histories");
}

#[test]
fn what_is_written_past_hearth_is_served_once_it_says_that_it_has_seen_it() {
    let histories = support::count("HEARTH_PAST", 10);
    let seed = support::seed();
    let (mut compared, mut hits, mut repeated, mut withheld) = (0, 0, 0, 0);

    for number in 0..histories {
        let rounds = past::rounds("enable", seed.wrapping_add(number));
        if let Some(stale) = rounds.stale {
            panic!("seed {}: {stale}", seed.wrapping_add(number));
        }
        compared += rounds.compared;
        hits += rounds.hits;
        repeated += rounds.repeated;
        withheld += rounds.withheld;
    }

    support::figure(&format!(
        "past hearth: histories={histories} seeds={seed}.. compared={compared} stale=0 hits={hits} \
         records_repeated={repeated} records_withheld={withheld}"
    ));
    let times_min = if histories < 200 { 1 } else { 100 };
    assert!(hits > 0 && repeated >= times_min && withheld >= times_min, "too little was tried");
}

#[test]
fn what_is_written_past_hearth_is_not_noticed_without_the_stream() {
    // The comparison must find what the stream is for.
    let rounds = past::rounds("off", support::seed());

    assert!(rounds.stale.is_some(), "nothing was stale in {} comparisons", rounds.compared);
}

/// How many of a hundred reads of each plan must be hits.
const HIT_PERCENT_MIN: u64 = 5;

/// How many histories a fault of ours may take until it shows.
const CONTROLS_MAX: u64 = 60;
