//! The checker of lists against a search through all orders, on histories short enough for one.

use std::collections::BTreeMap;

use crate::lists_check::{Fate, Read, Transaction, check};
use crate::support::Rng;

#[test]
fn the_checker_accepts_exactly_what_some_order_explains() {
    let (mut accepted, mut refused) = (0_u32, 0_u32);
    for seed in 0..HISTORIES {
        let mut rng = Rng::new(seed, 1);
        let (mut history, lists) = serial(&mut rng);
        if rng.percent(70) {
            tell_a_lie(&mut history, &lists, &mut rng);
        }

        let is_there = |(key, value): &(u64, u64)| lists[key].contains(value);
        let took_place =
            |it: &&Transaction| it.fate == Fate::Done || it.appends.iter().any(is_there);
        let happened: Vec<_> = history.iter().filter(took_place).collect();
        let mut done = vec![false; happened.len()];
        let explained = explain(&happened, &lists, &mut BTreeMap::new(), &mut done);

        let found = check(&history, &lists);
        assert_eq!(found.is_ok(), explained, "seed {seed}: {found:?} of {history:?}, {lists:?}");
        accepted += u32::from(explained);
        refused += u32::from(!explained);
    }
    assert!(accepted > 1_000, "only {accepted} histories were possible: the test says little");
    assert!(refused > 1_000, "only {refused} histories were impossible: the test says little");
}

/// A history that took place one after the other, some of it told to overlap.
fn serial(rng: &mut Rng) -> (Vec<Transaction>, BTreeMap<u64, Vec<u64>>) {
    let mut lists: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut history = Vec::new();
    for number in 0..2 + rng.below(5) {
        let (mut appends, mut reads) = (Vec::new(), Vec::new());
        let is_lost = rng.percent(5);
        for key in 0..KEYS {
            let list = lists.entry(key).or_default();
            match rng.below(4) {
                0 => reads.push((key, Read::Values(list.clone()))),
                1 => reads.push((key, Read::Length(list.len()))),
                _ => {}
            }
            if rng.percent(40) {
                let value = 10 * number + key;
                appends.push((key, value));
                if !is_lost {
                    list.push(value);
                }
            }
        }
        // The moment of the n-th is 10 n; neighbours may overlap.
        let (began, ended) = (10 * number + 30 - rng.below(25), 10 * number + 31 + rng.below(25));
        let is_unknown = is_lost || rng.percent(5);
        if is_unknown {
            reads.clear();
        }
        let fate = if is_unknown { Fate::Unknown } else { Fate::Done };
        history.push(Transaction { began, ended, fate, appends, reads });
    }
    (history, lists)
}

/// Changes what one read told, or when it was.
fn tell_a_lie(history: &mut [Transaction], lists: &BTreeMap<u64, Vec<u64>>, rng: &mut Rng) {
    let many = history.len() as u64;
    let liar = usize::try_from(rng.below(many)).expect("it is small");
    let liar = &mut history[liar];
    if rng.percent(30) {
        let later = rng.below(40);
        liar.began += later;
        liar.ended += later;
    }
    for (key, read) in &mut liar.reads {
        let list = &lists[key];
        let length = usize::try_from(rng.below(list.len() as u64 + 1)).expect("it is small");
        *read = Read::Values(list[..length].to_vec());
    }
}

/// Whether some order of all that is not done yet leads from these lists to those at the end, which
/// hold the values of all that took place.
fn explain(
    history: &[&Transaction],
    end: &BTreeMap<u64, Vec<u64>>,
    lists: &mut BTreeMap<u64, Vec<u64>>,
    done: &mut [bool],
) -> bool {
    let open: Vec<usize> = (0..history.len()).filter(|number| !done[*number]).collect();
    let Some(first_end) = open.iter().map(|number| history[*number].ended).min() else {
        return true;
    };
    for number in open {
        let next = history[number];
        let is_first = next.began <= first_end;
        let length = |key: &u64| lists.get(key).map_or(0, Vec::len);
        let agrees = next.reads.iter().all(|(key, read)| match read {
            Read::Values(values) => lists.get(key).map_or(&[][..], |it| it) == values,
            Read::Length(told) => *told == length(key),
        });
        let fits = next.appends.iter().all(|(key, value)| end[key].get(length(key)) == Some(value));
        if !is_first || !agrees || !fits {
            continue;
        }
        done[number] = true;
        next.appends.iter().for_each(|(key, value)| lists.entry(*key).or_default().push(*value));
        let explained = explain(history, end, lists, done);
        for (key, _) in &next.appends {
            lists.get_mut(key).and_then(Vec::pop).expect("it was just appended");
        }
        done[number] = false;
        if explained {
            return true;
        }
    }
    false
}

const HISTORIES: u64 = 20_000;
const KEYS: u64 = 2;
