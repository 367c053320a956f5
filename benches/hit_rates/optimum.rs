//! Belady's optimum: what no cache of that size can beat, since it knows the rest of the trace.
//!
//! Whatever is needed last goes, the key that was just asked for included: a cache need not keep
//! what it fetched.

use std::collections::{BinaryHeap, HashMap};

/// The hits of the trace in a cache of so many entries.
pub(crate) fn hits(trace: &[u32], entries: usize) -> usize {
    let next = next_places(trace);
    let room = 1 + trace.iter().max().map_or(0, |key| place(*key));
    let mut kept = vec![false; room];
    let mut count = 0;
    let mut hits = 0;
    // By when they are needed next. Places of hits that are over stay below those yet to come, so
    // what is on top is kept.
    let mut needed = BinaryHeap::new();
    for (key, next) in trace.iter().zip(&next) {
        if kept[place(*key)] {
            hits += 1;
        } else {
            kept[place(*key)] = true;
            count += 1;
        }
        needed.push((*next, *key));
        if count > entries {
            let (_, last) = needed.pop().expect("more keys are kept than there is room for");
            kept[place(last)] = false;
            count -= 1;
        }
    }
    hits
}

/// For each request, the place of the next one for the same key; past the end if there is none.
fn next_places(trace: &[u32]) -> Vec<usize> {
    let mut seen = HashMap::new();
    let mut next: Vec<usize> = trace
        .iter()
        .enumerate()
        .rev()
        .map(|(place, key)| seen.insert(*key, place).unwrap_or(usize::MAX))
        .collect();
    next.reverse();
    next
}

fn place(key: u32) -> usize {
    usize::try_from(key).expect("a number of 32 bits")
}
