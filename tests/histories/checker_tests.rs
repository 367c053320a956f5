//! The checker on histories made by hand: it accepts each good one and finds each bad one.
//!
//! Times are `began..ended`; `A`, `B`, `C` and `D` are values, odd and even in turn.

use std::ops::Range;

use crate::checker::{Did, NEVER, Op, Parity, Replaced, Violation, check};
use crate::support::Rng;

#[test]
fn one_client_alone_is_accepted() {
    let history = [
        read(1..2, None),
        put(3..4, A, Replaced::Absent),
        read(5..6, Some(A)),
        put(7..8, B, Replaced::Value(A)),
        read(9..10, Some(B)),
        delete(11..12, Replaced::Value(B)),
        read(13..14, None),
        delete(15..16, Replaced::Absent),
    ];

    assert_eq!(check(&history), Ok(()));
}

#[test]
fn overlapping_reads_may_see_either_value() {
    let history = [
        put(1..2, A, Replaced::Absent),
        put(3..10, B, Replaced::Value(A)),
        read(4..9, Some(A)),
        read(5..8, Some(A)),
        read(6..11, Some(B)),
        read(7..12, Some(B)),
    ];

    assert_eq!(check(&history), Ok(()));
}

#[test]
fn two_puts_onto_nothing_fit_around_an_overlapping_delete() {
    let history = [
        put(1..10, A, Replaced::Absent),
        delete(2..11, Replaced::Value(A)),
        put(3..12, B, Replaced::Absent),
        read(13..14, Some(B)),
    ];

    assert_eq!(check(&history), Ok(()));
}

#[test]
fn a_stale_read_is_found() {
    let history =
        [put(1..2, A, Replaced::Absent), put(3..4, B, Replaced::Value(A)), read(5..6, Some(A))];

    assert_eq!(check(&history), Err(Violation::OutOfOrder(B)));
}

#[test]
fn a_read_that_goes_back_is_found() {
    let history = [
        put(1..2, A, Replaced::Absent),
        put(3..20, B, Replaced::Value(A)),
        read(5..6, Some(B)),
        read(7..8, Some(A)),
    ];

    assert!(matches!(check(&history), Err(Violation::OutOfOrder(_))));
}

#[test]
fn a_deleted_item_that_is_still_read_is_found() {
    let history =
        [put(1..2, A, Replaced::Absent), delete(3..4, Replaced::Value(A)), read(5..6, Some(A))];

    assert!(matches!(check(&history), Err(Violation::OutOfOrder(_))));
}

#[test]
fn a_put_item_that_is_not_there_is_found() {
    let history = [put(1..2, A, Replaced::Absent), read(3..4, None), read(5..6, Some(A))];

    assert_eq!(check(&history), Err(Violation::AbsentMeanwhile(A)));
}

#[test]
fn an_absence_remembered_too_long_is_found() {
    let history = [read(1..2, None), put(3..4, A, Replaced::Absent), read(5..6, None)];

    assert_eq!(check(&history), Err(Violation::Vanished(A)));
}

#[test]
fn a_lost_write_is_found_by_the_next_write() {
    let history = [
        put(1..2, A, Replaced::Absent),
        put(3..4, B, Replaced::Value(A)),
        put(5..6, C, Replaced::Value(A)),
    ];

    assert_eq!(check(&history), Err(Violation::ReplacedTwice(A)));
}

#[test]
fn a_lost_first_write_is_found_by_the_next_one() {
    let history =
        [put(1..2, A, Replaced::Absent), put(3..4, B, Replaced::Absent), read(5..6, Some(B))];

    assert_eq!(check(&history), Err(Violation::Vanished(A)));
}

#[test]
fn a_lost_last_write_is_found_by_a_later_read() {
    let history =
        [put(1..2, A, Replaced::Absent), put(3..4, B, Replaced::Value(A)), read(5..6, None)];

    assert_eq!(check(&history), Err(Violation::Vanished(A)));
}

#[test]
fn a_value_that_nobody_wrote_is_found() {
    let read_of_nothing = [put(1..2, A, Replaced::Absent), read(3..4, Some(C))];
    let replaced_nothing = [put(1..2, A, Replaced::Value(C))];

    assert_eq!(check(&read_of_nothing), Err(Violation::NeverWritten(C)));
    assert_eq!(check(&replaced_nothing), Err(Violation::NeverWritten(C)));
}

#[test]
fn a_read_from_the_future_is_found() {
    let history = [read(1..2, Some(A)), put(3..4, A, Replaced::Absent)];

    assert_eq!(check(&history), Err(Violation::OutOfOrder(A)));
}

#[test]
fn a_write_that_replaced_what_came_later_is_found() {
    let history = [put(1..2, B, Replaced::Value(A)), put(3..4, A, Replaced::Absent)];

    assert_eq!(check(&history), Err(Violation::OutOfOrder(B)));
}

#[test]
fn values_that_replaced_one_another_in_a_circle_are_found() {
    let history = [put(1..9, A, Replaced::Value(B)), put(2..8, B, Replaced::Value(A))];

    assert_eq!(check(&history), Err(Violation::Circle));
}

#[test]
fn a_value_that_comes_back_after_a_delete_and_a_put_is_found() {
    let history = [
        put(1..2, A, Replaced::Absent),
        delete(3..20, Replaced::Value(A)),
        put(4..5, B, Replaced::Absent),
        read(6..7, Some(A)),
        read(8..9, Some(B)),
    ];

    assert_eq!(check(&history), Err(Violation::BothAtOnce(A, B)));
}

#[test]
fn a_put_of_unknown_outcome_may_be_seen_or_not() {
    let seen = [
        put(1..2, A, Replaced::Absent),
        put(3..NEVER, B, Replaced::Unknown),
        read(4..5, Some(A)),
        read(6..7, Some(B)),
        put(8..9, C, Replaced::Value(B)),
    ];
    let unseen = [
        put(1..2, A, Replaced::Absent),
        put(3..NEVER, B, Replaced::Unknown),
        read(4..5, Some(A)),
        put(8..9, C, Replaced::Value(A)),
    ];

    assert_eq!(check(&seen), Ok(()));
    assert_eq!(check(&unseen), Ok(()));
}

#[test]
fn a_put_of_unknown_outcome_is_not_undone() {
    let history = [
        put(1..2, A, Replaced::Absent),
        put(3..NEVER, B, Replaced::Unknown),
        read(4..5, Some(B)),
        read(6..7, Some(A)),
    ];

    assert_eq!(check(&history), Err(Violation::BothAtOnce(A, B)));
}

#[test]
fn a_put_of_unknown_outcome_is_not_seen_before_it_was_sent() {
    let history = [read(1..2, Some(A)), put(3..NEVER, A, Replaced::Unknown)];

    assert_eq!(check(&history), Err(Violation::OutOfOrder(A)));
}

#[test]
fn a_delete_of_unknown_outcome_excuses_one_disappearance_only() {
    let one = [
        put(1..2, A, Replaced::Absent),
        delete(3..NEVER, Replaced::Unknown),
        read(4..5, None),
        put(6..7, B, Replaced::Absent),
    ];
    let two = [one.as_slice(), &[read(8..9, None)]].concat();

    assert_eq!(check(&one), Ok(()));
    assert_eq!(check(&two), Err(Violation::Vanished(B)));
}

#[test]
fn a_delete_of_unknown_outcome_excuses_nothing_before_it_was_sent() {
    let history =
        [put(1..2, A, Replaced::Absent), read(3..4, None), delete(5..NEVER, Replaced::Unknown)];

    assert_eq!(check(&history), Err(Violation::Vanished(A)));
}

#[test]
fn a_batch_excuses_a_disappearance_while_it_lasts_only() {
    let during = [
        put(1..2, A, Replaced::Absent),
        delete(3..6, Replaced::Unknown),
        read(4..5, Some(A)),
        read(7..8, None),
    ];
    let after = [
        put(1..2, A, Replaced::Absent),
        delete(3..6, Replaced::Unknown),
        read(7..8, Some(A)),
        read(9..10, None),
    ];

    assert_eq!(check(&during), Ok(()));
    assert_eq!(check(&after), Err(Violation::Vanished(A)));
}

#[test]
fn a_page_of_the_other_parity_or_of_an_earlier_moment_may_leave_the_item_out() {
    let history = [
        lack(1..4, Parity::Odd),
        put(2..3, A, Replaced::Absent),
        lack(5..6, Parity::Even),
        put(7..10, B, Replaced::Value(A)),
        lack(8..9, Parity::Odd),
        lack(11..12, Parity::Odd),
        delete(13..16, Replaced::Value(B)),
        lack(14..15, Parity::Even),
        lack(17..18, Parity::Even),
        lack(19..20, Parity::Odd),
    ];

    assert_eq!(check(&history), Ok(()));
}

#[test]
fn a_page_without_an_item_that_must_be_in_it_is_found() {
    let history = [put(1..2, A, Replaced::Absent), lack(3..4, Parity::Odd), read(5..6, Some(A))];
    let last = [put(1..2, A, Replaced::Absent), lack(3..4, Parity::Odd)];

    assert_eq!(check(&history), Err(Violation::LeftOut(A)));
    assert_eq!(check(&last), Err(Violation::Vanished(A)));
}

#[test]
fn a_page_from_before_an_item_moved_in_is_found() {
    let history = [
        put(1..2, B, Replaced::Absent),
        lack(3..4, Parity::Odd),
        put(5..6, A, Replaced::Value(B)),
        lack(7..8, Parity::Odd),
        put(9..10, D, Replaced::Value(A)),
    ];

    assert_eq!(check(&history), Err(Violation::LeftOut(A)));
}

#[test]
fn values_of_one_parity_excuse_no_page_between_them() {
    let history = [
        put(1..2, A, Replaced::Absent),
        put(3..6, C, Replaced::Value(A)),
        lack(4..5, Parity::Odd),
        read(7..8, Some(C)),
    ];

    assert_eq!(check(&history), Err(Violation::LeftOut(A)));
}

#[test]
fn pages_that_need_the_same_write_early_and_late_are_found() {
    // Each page alone is possible: the move to the even value may have come early or late.
    let early = lack(4..5, Parity::Odd);
    let late = lack(6..7, Parity::Even);
    let around =
        [put(1..2, A, Replaced::Absent), put(3..8, B, Replaced::Value(A)), read(9..10, Some(B))];

    assert_eq!(check(&[&around[..], std::slice::from_ref(&early)].concat()), Ok(()));
    assert_eq!(check(&[&around[..], std::slice::from_ref(&late)].concat()), Ok(()));
    assert_eq!(check(&[&around[..], &[early, late]].concat()), Err(Violation::LeftOut(B)));
}

#[test]
fn what_a_real_register_shows_is_accepted() {
    for seed in 0..500 {
        assert_eq!(check(&simulated(seed)), Ok(()), "seed {seed}");
    }
}

#[test]
fn a_stale_read_at_the_end_of_what_a_real_register_shows_is_found() {
    for seed in 0..500 {
        let mut history = simulated(seed);
        let stale = history.iter().find_map(|op| match op.did {
            Did::Put { replaced: Replaced::Value(old), .. }
            | Did::Delete { replaced: Replaced::Value(old) } => Some(old),
            Did::Put { .. } | Did::Delete { .. } | Did::Read { .. } | Did::Lack { .. } => None,
        });

        history.push(read(LATE..LATE + 1, Some(stale.expect("some write is chained"))));

        assert!(matches!(check(&history), Err(Violation::OutOfOrder(_))), "seed {seed}");
    }
}

/// What overlapping clients see of a register that takes effect at one moment of each operation.
fn simulated(seed: u64) -> Vec<Op> {
    let mut rng = Rng::new(seed, 0);
    let mut moments: Vec<u64> = (0..300).map(|step| step * 100 + rng.below(50)).collect();
    moments.sort_unstable();
    let mut held = None;
    let mut history = Vec::new();
    for (index, moment) in moments.into_iter().enumerate() {
        let value = index as u64 + 1;
        // Odd and even times keep all moments apart.
        let began = moment.saturating_sub(rng.below(400)) * 1_000 + value * 2;
        let ended = (moment + rng.below(400)) * 1_000 + value * 2 + 1;
        let replaced = held.map_or(Replaced::Absent, Replaced::Value);
        let op = match rng.below(10) {
            0..=2 => {
                held = Some(value);
                put(began..ended, value, replaced)
            }
            3 => {
                held = None;
                delete(began..ended, replaced)
            }
            4 => {
                held = Some(value);
                put(began..NEVER, value, Replaced::Unknown)
            }
            5 => {
                held = None;
                delete(began..NEVER, Replaced::Unknown)
            }
            6 | 7 => {
                let parity = held.map_or(Parity::Odd, |held| Parity::of(held).other());
                lack(began..ended, parity)
            }
            _ => read(began..ended, held),
        };
        history.push(op);
    }
    history
}

fn put(time: Range<u64>, value: u64, replaced: Replaced) -> Op {
    Op { began: time.start, ended: time.end, did: Did::Put { value, replaced } }
}

fn delete(time: Range<u64>, replaced: Replaced) -> Op {
    Op { began: time.start, ended: time.end, did: Did::Delete { replaced } }
}

fn read(time: Range<u64>, seen: Option<u64>) -> Op {
    Op { began: time.start, ended: time.end, did: Did::Read { seen } }
}

fn lack(time: Range<u64>, parity: Parity) -> Op {
    Op { began: time.start, ended: time.end, did: Did::Lack { parity } }
}

const A: u64 = 1;
const B: u64 = 2;
const C: u64 = 3;
const D: u64 = 4;

/// After the end of every simulated operation.
const LATE: u64 = 1 << 40;
