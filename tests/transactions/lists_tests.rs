//! The checker of lists against histories made by hand, most of which it must refuse.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::graph::Kind;
use crate::lists_check::{Fate, Read, Transaction, Violation, check};
use crate::support::NEVER;

/// Something done at a time.
fn at(times: Range<u64>) -> Transaction {
    Transaction {
        began: times.start,
        ended: times.end,
        fate: Fate::Done,
        appends: Vec::new(),
        reads: Vec::new(),
    }
}

/// At any time: all of these overlap.
fn sometime() -> Transaction {
    at(1..1_000)
}

impl Transaction {
    fn append(mut self, key: u64, value: u64) -> Self {
        self.appends.push((key, value));
        self
    }

    fn read(mut self, key: u64, values: &[u64]) -> Self {
        self.reads.push((key, Read::Values(values.to_vec())));
        self
    }

    fn checked(mut self, key: u64, length: usize) -> Self {
        self.reads.push((key, Read::Length(length)));
        self
    }

    fn with(self, fate: Fate) -> Self {
        Self { fate, ..self }
    }
}

fn lists<const N: usize>(lists: [(u64, &[u64]); N]) -> BTreeMap<u64, Vec<u64>> {
    lists.into_iter().map(|(key, values)| (key, values.to_vec())).collect()
}

/// The kind of the cycle that is found, whether it needs the times, and its length.
fn cycle_of(history: &[Transaction], lists: &BTreeMap<u64, Vec<u64>>) -> (Kind, bool, usize) {
    match check(history, lists) {
        Err(Violation::Cycle { cycle, .. }) => (cycle.kind, cycle.needs_time, cycle.steps.len()),
        other => panic!("no cycle, but {other:?}"),
    }
}

const X: u64 = 1;
const Y: u64 = 2;

#[test]
fn a_history_that_an_order_explains_is_accepted() {
    let history = [
        at(1..4).append(X, 1).append(Y, 2),
        at(3..6).append(X, 3).read(Y, &[2]),
        at(5..8).read(X, &[1, 3]).read(Y, &[2]),
        at(7..9).append(Y, 4).checked(X, 2),
        at(2..12).read(X, &[]).read(Y, &[]),
        at(10..11).read(Y, &[2, 4]),
    ];

    let outcome = check(&history, &lists([(X, &[1, 3]), (Y, &[2, 4])]));

    assert!(outcome.is_ok(), "{outcome:?}");
}

#[test]
fn writes_in_opposite_orders_are_g0() {
    let history = [sometime().append(X, 1).append(Y, 2), sometime().append(X, 3).append(Y, 4)];

    let found = cycle_of(&history, &lists([(X, &[1, 3]), (Y, &[4, 2])]));

    assert_eq!(found, (Kind::G0, false, 2));
}

#[test]
fn a_value_of_a_refused_transaction_is_g1a() {
    let refused = sometime().append(X, 1).with(Fate::Refused);
    let reader = sometime().read(X, &[1]);

    let left = check(std::slice::from_ref(&refused), &lists([(X, &[1])]));
    let seen = check(&[refused, reader], &lists([(X, &[])]));

    assert!(matches!(left, Err(Violation::Refused { key: X, value: 1, .. })), "{left:?}");
    assert!(matches!(seen, Err(Violation::Refused { key: X, value: 1, .. })), "{seen:?}");
}

#[test]
fn two_that_read_each_other_are_g1c() {
    let history = [sometime().append(X, 1).read(Y, &[2]), sometime().append(Y, 2).read(X, &[1])];

    let found = cycle_of(&history, &lists([(X, &[1]), (Y, &[2])]));

    assert_eq!(found, (Kind::G1c, false, 2));
}

#[test]
fn a_reader_of_half_a_transaction_is_g_single() {
    let history = [sometime().append(X, 1).append(Y, 2), sometime().read(X, &[1]).read(Y, &[])];

    let found = cycle_of(&history, &lists([(X, &[1]), (Y, &[2])]));

    assert_eq!(found, (Kind::GSingle, false, 2));
}

#[test]
fn a_lost_update_is_g_single() {
    let history = [sometime().append(X, 1).read(X, &[]), sometime().append(X, 2).read(X, &[])];

    let found = cycle_of(&history, &lists([(X, &[1, 2])]));

    assert_eq!(found, (Kind::GSingle, false, 2));
}

#[test]
fn two_that_overlook_each_other_are_g2() {
    let history = [sometime().append(X, 1).checked(Y, 0), sometime().append(Y, 2).checked(X, 0)];

    let found = cycle_of(&history, &lists([(X, &[1]), (Y, &[2])]));

    assert_eq!(found, (Kind::G2, false, 2));
}

#[test]
fn readers_that_see_two_writes_in_opposite_orders_are_g2() {
    let history = [
        sometime().append(X, 1),
        sometime().append(Y, 2),
        sometime().read(X, &[1]).read(Y, &[]),
        sometime().read(X, &[]).read(Y, &[2]),
    ];

    let found = cycle_of(&history, &lists([(X, &[1]), (Y, &[2])]));

    assert_eq!(found, (Kind::G2, false, 4));
}

#[test]
fn a_read_that_misses_what_was_acknowledged_before_it_needs_the_times() {
    let write = at(1..2).append(X, 1);
    let lists = lists([(X, &[1])]);

    let found = cycle_of(&[write.clone(), at(3..4).read(X, &[])], &lists);
    let overlaps = check(&[write, at(2..4).read(X, &[])], &lists);

    assert_eq!(found, (Kind::GSingle, true, 2));
    assert!(overlaps.is_ok(), "{overlaps:?}");
}

#[test]
fn a_read_of_what_was_sent_after_it_needs_the_times() {
    let history = [at(3..4).append(X, 1), at(1..2).read(X, &[1])];

    let found = cycle_of(&history, &lists([(X, &[1])]));

    assert_eq!(found, (Kind::G1c, true, 2));
}

#[test]
fn appends_against_their_times_need_them() {
    let history = [at(1..2).append(X, 1), at(3..4).append(X, 2)];

    let found = cycle_of(&history, &lists([(X, &[2, 1])]));

    assert_eq!(found, (Kind::G0, true, 2));
}

#[test]
fn the_shortest_cycle_is_told_among_much_that_is_right() {
    let mut history: Vec<_> = (0..50).map(|i| at(10 * i..10 * i + 15).append(X, i)).collect();
    history.push(at(200..230).append(Y, 100).checked(X, 0));
    let chain: Vec<u64> = (0..50).collect();

    let found = cycle_of(&history, &lists([(X, &chain), (Y, &[100])]));

    assert_eq!(found, (Kind::GSingle, true, 2));
}

#[test]
fn one_of_unknown_fate_took_place_if_its_values_are_there() {
    let unknown = |times: Range<u64>| at(times).append(X, 1).append(Y, 2).with(Fate::Unknown);
    let reader = at(5..6).read(X, &[1]).read(Y, &[2]);

    let late = check(&[unknown(1..NEVER), reader.clone()], &lists([(X, &[1]), (Y, &[2])]));
    let never = check(&[unknown(1..NEVER)], &lists([]));
    let half = check(&[unknown(1..NEVER)], &lists([(X, &[1])]));
    let seen_and_gone = check(&[unknown(1..NEVER), reader], &lists([]));
    let after_its_time =
        cycle_of(&[unknown(1..2), at(3..4).read(X, &[])], &lists([(X, &[1]), (Y, &[2])]));

    assert!(late.is_ok(), "{late:?}");
    assert!(never.is_ok(), "{never:?}");
    assert!(matches!(half, Err(Violation::InPart { .. })), "{half:?}");
    assert!(matches!(seen_and_gone, Err(Violation::NoPrefix { .. })), "{seen_and_gone:?}");
    assert_eq!(after_its_time, (Kind::GSingle, true, 2));
}

#[test]
fn what_is_lost_twice_or_of_nobody_is_refused() {
    let one = || sometime().append(X, 1);

    let lost = check(&[one()], &lists([(X, &[])]));
    let twice = check(&[one()], &lists([(X, &[1, 1])]));
    let of_nobody = check(&[one()], &lists([(X, &[1, 7])]));

    assert!(matches!(lost, Err(Violation::Lost { key: X, value: 1, .. })), "{lost:?}");
    assert!(matches!(twice, Err(Violation::Twice { key: X, value: 1 })), "{twice:?}");
    assert!(matches!(of_nobody, Err(Violation::FromNowhere { value: 7, .. })), "{of_nobody:?}");
}

#[test]
fn reads_that_differ_about_the_order_are_refused() {
    let history = [
        sometime().append(X, 1),
        sometime().append(X, 2),
        sometime().read(X, &[1]),
        sometime().read(X, &[2]),
        sometime().checked(X, 3),
    ];

    let values = check(&history[..4], &lists([(X, &[1, 2])]));
    let length = check(&[&history[..2], &history[4..]].concat(), &lists([(X, &[1, 2])]));

    assert!(matches!(values, Err(Violation::NoPrefix { key: X, .. })), "{values:?}");
    assert!(matches!(length, Err(Violation::NoPrefix { key: X, .. })), "{length:?}");
}
