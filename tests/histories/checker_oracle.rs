//! The checker against a search through all orders, on histories short enough for one.
//!
//! Must hold: where all outcomes are known the two agree; where some are unknown the checker
//! refuses nothing that an order explains.

use crate::checker::{Did, NEVER, Op, Parity, Replaced, Violation, check};
use crate::support::Rng;

#[test]
fn with_known_outcomes_the_checker_accepts_exactly_what_some_order_explains() {
    let mut accepted = 0_u32;
    for seed in 0..HISTORIES {
        let history = made_up(&mut Rng::new(seed, 1), false);

        let explained = explain(&history, &mut vec![false; history.len()], None);

        assert_eq!(check(&history).is_ok(), explained, "seed {seed}: {history:?}");
        accepted += u32::from(explained);
    }
    assert!(accepted > 1_000, "only {accepted} histories were possible: the test says little");
}

#[test]
fn with_unknown_outcomes_the_checker_refuses_nothing_that_some_order_explains() {
    let mut refused = 0_u32;
    for seed in 0..HISTORIES {
        let history = made_up(&mut Rng::new(seed, 2), true);

        let explained = explain(&history, &mut vec![false; history.len()], None);

        assert!(check(&history).is_ok() || !explained, "seed {seed}: {history:?}");
        refused += u32::from(check(&history).is_err());
    }
    assert!(refused > 1_000, "only {refused} histories were refused: the test says little");
}

#[test]
fn with_one_lie_in_a_true_history_the_checker_accepts_exactly_what_some_order_explains() {
    let (mut accepted, mut left_out) = (0_u32, 0_u32);
    for seed in 0..HISTORIES {
        let history = nearly_true(&mut Rng::new(seed, 3), false);

        let explained = explain(&history, &mut vec![false; history.len()], None);

        let found = check(&history);
        assert_eq!(found.is_ok(), explained, "seed {seed}: {found:?} of {history:?}");
        accepted += u32::from(explained);
        left_out += u32::from(matches!(found, Err(Violation::LeftOut(_))));
    }
    assert!(accepted > 10_000, "only {accepted} histories were possible: the test says little");
    assert!(left_out > 1_000, "only {left_out} pages left out too much: the test says little");
}

#[test]
fn with_one_lie_and_unknown_outcomes_the_checker_refuses_nothing_that_some_order_explains() {
    let (mut impossible, mut refused) = (0_u32, 0_u32);
    for seed in 0..HISTORIES {
        let history = nearly_true(&mut Rng::new(seed, 4), true);

        let explained = explain(&history, &mut vec![false; history.len()], None);

        assert!(check(&history).is_ok() || !explained, "seed {seed}: {history:?}");
        impossible += u32::from(!explained);
        refused += u32::from(check(&history).is_err());
    }
    assert!(
        refused * 100 > impossible * FOUND_PERCENT_MIN,
        "of {impossible} histories that nothing explains {refused} were refused"
    );
}

/// A few operations that overlap at random and say plausible things, true or not.
fn made_up(rng: &mut Rng, with_unknown: bool) -> Vec<Op> {
    let many = 2 + rng.below(5);
    let mut times: Vec<u64> = (1..=many * 2).collect();
    for place in (1..times.len()).rev() {
        let other = usize::try_from(rng.below(place as u64 + 1)).expect("it is small");
        times.swap(place, other);
    }
    let parities = rng.next();
    let mut puts = 0;
    (0..many)
        .map(|index| {
            let index = usize::try_from(index).expect("it is small");
            let (one, other) = (times[index * 2], times[index * 2 + 1]);
            let unknown = with_unknown && rng.percent(25);
            let number = rng.below(puts + 2);
            let said = (number > 0).then(|| value(parities, number));
            let did = match rng.below(6) {
                0 => Did::Delete { replaced: replaced(said, unknown) },
                1 => Did::Read { seen: said },
                2 => Did::Lack { parity: Parity::of(rng.below(2)) },
                _ => {
                    puts += 1;
                    Did::Put { value: value(parities, puts), replaced: replaced(said, unknown) }
                }
            };
            let hung_up = unknown && is_write(&did);
            let ended = if hung_up { NEVER } else { one.max(other) };
            Op { began: one.min(other), ended, did }
        })
        .collect()
}

/// What overlapping clients see of a real register, but for one operation that lies or comes at
/// another time.
fn nearly_true(rng: &mut Rng, with_unknown: bool) -> Vec<Op> {
    let parities = rng.next();
    let many = 4 + rng.below(5);
    let width = 2 + rng.below(30);
    let mut held = None;
    let mut history = Vec::new();
    for number in 1..=many {
        let unknown = with_unknown && rng.percent(25);
        let said = replaced(held, unknown);
        let did = match rng.below(8) {
            0 => Did::Delete { replaced: said },
            1 => Did::Read { seen: held },
            2..=4 => {
                let parity = Parity::of(held.map_or(rng.below(2), |held| held + 1));
                Did::Lack { parity }
            }
            _ => Did::Put { value: value(parities, number), replaced: said },
        };
        held = match did {
            Did::Delete { .. } => None,
            Did::Put { value, .. } => Some(value),
            Did::Read { .. } | Did::Lack { .. } => held,
        };
        let (began, ended) = around(rng, width, number, number);
        let hung_up = unknown && is_write(&did) && rng.percent(50);
        history.push(Op { began, ended: if hung_up { NEVER } else { ended }, did });
    }
    let number = 1 + rng.below(many);
    let lie = &mut history[usize::try_from(number - 1).expect("it is small")];
    if rng.percent(50) && lie.ended != NEVER {
        let moment = 1 + rng.below(many);
        (lie.began, lie.ended) = around(rng, width, number, moment);
    } else if let Did::Lack { parity } = &mut lie.did {
        *parity = parity.other();
    } else if let Did::Read { seen } = &mut lie.did {
        *seen = rng.percent(50).then(|| value(parities, 1 + rng.below(many)));
    }
    history
}

/// A span around a moment; no two operations share a time.
fn around(rng: &mut Rng, width: u64, number: u64, moment: u64) -> (u64, u64) {
    let (before, after) = (rng.below(width), rng.below(width));
    let time = |moment: u64| moment * 64 + number * 2;
    (time(100 + moment * 10 - before), time(100 + moment * 10 + after) + 1)
}

/// The value of the put of that number, even or odd at random.
fn value(parities: u64, number: u64) -> u64 {
    number * 2 + (parities >> number & 1)
}

fn is_write(did: &Did) -> bool {
    match did {
        Did::Put { .. } | Did::Delete { .. } => true,
        Did::Read { .. } | Did::Lack { .. } => false,
    }
}

fn replaced(said: Option<u64>, unknown: bool) -> Replaced {
    match said {
        _ if unknown => Replaced::Unknown,
        None => Replaced::Absent,
        Some(value) => Replaced::Value(value),
    }
}

/// Whether the operations that are not `done` fit some order, the key holding `held` now.
fn explain(history: &[Op], done: &mut Vec<bool>, held: Option<u64>) -> bool {
    let open = || (0..history.len()).filter(|index| !done[*index]);
    let first_end = open().map(|index| history[index].ended).min().unwrap_or(NEVER);
    if first_end == NEVER {
        // Only writes of unknown outcome are left, and they need not have happened.
        return true;
    }
    let next: Vec<usize> = open().filter(|index| history[*index].began <= first_end).collect();
    next.into_iter().any(|index| {
        let Ok(holds) = after(&history[index].did, held) else { return false };
        done[index] = true;
        let explained = explain(history, done, holds);
        done[index] = false;
        explained
    })
}

/// The operation cannot have said what it said.
struct Contradiction;

/// What the key holds after an operation.
fn after(did: &Did, held: Option<u64>) -> Result<Option<u64>, Contradiction> {
    let agrees = |replaced: &Replaced| match replaced {
        Replaced::Unknown => true,
        Replaced::Absent => held.is_none(),
        Replaced::Value(value) => held == Some(*value),
    };
    let (possible, holds) = match did {
        Did::Read { seen } => (*seen == held, held),
        Did::Lack { parity } => (held.is_none_or(|held| Parity::of(held) != *parity), held),
        Did::Put { value, replaced } => (agrees(replaced), Some(*value)),
        Did::Delete { replaced } => (agrees(replaced), None),
    };
    if possible { Ok(holds) } else { Err(Contradiction) }
}

/// How many made-up histories each test goes through.
const HISTORIES: u64 = 200_000;

/// How many of a hundred impossible histories are refused, at least, where outcomes are unknown.
const FOUND_PERCENT_MIN: u32 = 85;
