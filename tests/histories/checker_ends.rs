//! Whether everything that went away was taken away by somebody.
//!
//! A run without a known delete that something else must follow was ended by a write that does not
//! say what it replaced, each run by one of its own. Such a write happened between its begin and
//! its end, and the run ended after its own last begin and before the first end of what follows:
//!
//!     run       |------|.....?.....|          both are spans, and a run's has to meet a write's:
//!     write              |----?----|          who ends first takes, of what began until then,
//!     follower                  |--|          what ends first
//!
//! Must hold: no run is refused if some choice of writes explains all of them.
//! Not here: which runs there are (`checker.rs`).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::checker::{Chains, Did, NEVER, Op, Run, Violation};

/// Finds a write for every run that went away; the one that nothing has to follow may be the last.
pub(crate) fn every_end_is_explained(runs: &[Run], chains: &Chains<'_>) -> Result<(), Violation> {
    let spans = spans(runs, chains);
    let mut by_begin: Vec<usize> = (0..spans.len()).collect();
    by_begin.sort_unstable_by_key(|index| spans[*index].began);
    let mut by_end: Vec<usize> = (0..spans.len()).collect();
    by_end.sort_unstable_by_key(|index| spans[*index].ended);
    let mut begun = by_begin.into_iter().peekable();
    let mut ends = Waiting::default();
    let mut writes = Waiting::default();
    let mut done = vec![false; spans.len()];
    let mut is_last_found = false;
    for index in by_end {
        let span = &spans[index];
        while let Some(other) = begun.next_if(|other| spans[*other].began <= span.ended) {
            match spans[other].of {
                Of::End { .. } => ends.add(other, &spans),
                Of::Write => writes.add(other, &spans),
            }
        }
        if std::mem::replace(&mut done[index], true) {
            continue;
        }
        let partner = match span.of {
            Of::End { .. } => writes.take(&done),
            Of::Write => ends.take(&done),
        };
        match (partner, &span.of) {
            (Some(partner), _) => done[partner] = true,
            (None, Of::End { .. }) if span.ended == NEVER && !is_last_found => is_last_found = true,
            (None, Of::End { first_value }) => return Err(Violation::Vanished(*first_value)),
            (None, Of::Write) => {}
        }
    }
    Ok(())
}

/// A time within which something happened.
struct Span {
    began: u64,
    ended: u64,
    of: Of,
}

/// What happened within a span.
enum Of {
    /// A run ended that nothing known ended.
    End { first_value: u64 },
    /// A write that does not say what it replaced, if it happened at all.
    Write,
}

/// Spans of one kind that have begun, the one that ends first on top.
#[derive(Default)]
struct Waiting(BinaryHeap<Reverse<(u64, usize)>>);

impl Waiting {
    fn add(&mut self, index: usize, spans: &[Span]) {
        self.0.push(Reverse((spans[index].ended, index)));
    }

    /// The first that is not done.
    fn take(&mut self, done: &[bool]) -> Option<usize> {
        while let Some(Reverse((_, index))) = self.0.pop() {
            if !done[index] {
                return Some(index);
            }
        }
        None
    }
}

fn spans(runs: &[Run], chains: &Chains<'_>) -> Vec<Span> {
    let followers = Followers::of(runs, &chains.absences);
    let seen: HashMap<u64, u64> = runs.iter().map(|run| (run.first_value, run.first_end)).collect();
    let ends = runs.iter().enumerate().filter(|(_, run)| !run.deleted).map(|(index, run)| Span {
        began: run.last_begin,
        ended: followers.first_end_after(run.first_end, index).min(run.gone_by),
        of: Of::End { first_value: run.first_value },
    });
    let writes = chains.unknown.iter().map(|op| {
        // One that was seen had happened by then.
        let seen_by = match op.did {
            Did::Put { value, .. } => seen.get(&value).copied(),
            Did::Delete { .. } | Did::Read { .. } | Did::Lack { .. } => None,
        };
        Span { began: op.began, ended: seen_by.unwrap_or(op.ended), of: Of::Write }
    });
    ends.chain(writes).collect()
}

/// Runs and absences by their last begin, with the earliest first end from there on.
struct Followers {
    last_begins: Vec<u64>,
    /// For each suffix, its two earliest first ends with the runs they are of.
    earliest: Vec<[(u64, usize); 2]>,
}

impl Followers {
    fn of(runs: &[Run], absences: &[&Op]) -> Self {
        let of_runs =
            runs.iter().enumerate().map(|(index, run)| (run.last_begin, run.first_end, index));
        let of_absences = absences.iter().map(|op| (op.began, op.ended, usize::MAX));
        let mut all: Vec<(u64, u64, usize)> = of_runs.chain(of_absences).collect();
        all.sort_unstable();
        let mut earliest = vec![[(NEVER, usize::MAX); 2]; all.len() + 1];
        for (place, &(_, first_end, index)) in all.iter().enumerate().rev() {
            let [first, second] = earliest[place + 1];
            let mut candidates = [first, second, (first_end, index)];
            candidates.sort_unstable();
            earliest[place] = [candidates[0], candidates[1]];
        }
        Self { last_begins: all.iter().map(|(begin, ..)| *begin).collect(), earliest }
    }

    /// The earliest first end of what must come after a run with that first end, itself left out.
    fn first_end_after(&self, first_end: u64, own: usize) -> u64 {
        let place = self.last_begins.partition_point(|begin| *begin <= first_end);
        let [first, second] = self.earliest[place];
        if first.1 == own { second.0 } else { first.0 }
    }
}
