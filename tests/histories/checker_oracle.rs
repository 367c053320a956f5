//! The checker against a search through all orders, on histories short enough for one.
//!
//! Must hold: where all outcomes are known the two agree; where some are unknown the checker
//! refuses nothing that an order explains.

use crate::checker::{Did, NEVER, Op, Replaced, check};
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

/// A few operations that overlap at random and say plausible things, true or not.
fn made_up(rng: &mut Rng, with_unknown: bool) -> Vec<Op> {
    let many = 2 + rng.below(5);
    let mut times: Vec<u64> = (1..=many * 2).collect();
    for place in (1..times.len()).rev() {
        let other = usize::try_from(rng.below(place as u64 + 1)).expect("it is small");
        times.swap(place, other);
    }
    let mut puts = 0;
    (0..many)
        .map(|index| {
            let index = usize::try_from(index).expect("it is small");
            let (one, other) = (times[index * 2], times[index * 2 + 1]);
            let unknown = with_unknown && rng.percent(25);
            let said = rng.below(puts + 2);
            let did = match rng.below(4) {
                0 => Did::Delete { replaced: replaced(said, unknown) },
                1 => Did::Read { seen: (said > 0).then_some(said) },
                _ => {
                    puts += 1;
                    Did::Put { value: puts, replaced: replaced(said, unknown) }
                }
            };
            let hung_up = unknown && !matches!(did, Did::Read { .. });
            let ended = if hung_up { NEVER } else { one.max(other) };
            Op { began: one.min(other), ended, did }
        })
        .collect()
}

fn replaced(said: u64, unknown: bool) -> Replaced {
    match said {
        _ if unknown => Replaced::Unknown,
        0 => Replaced::Absent,
        value => Replaced::Value(value),
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
        Did::Put { value, replaced } => (agrees(replaced), Some(*value)),
        Did::Delete { replaced } => (agrees(replaced), None),
    };
    if possible { Ok(holds) } else { Err(Contradiction) }
}

/// How many made-up histories each test goes through.
const HISTORIES: u64 = 200_000;
