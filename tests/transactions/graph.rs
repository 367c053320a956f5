//! Which transaction must come before which, and a shortest cycle if that contradicts itself.
//!
//!     T1 ──end──> moment 1 ──> moment 2 ──begin──> T3      time, with two edges for each transaction
//!     T1 ──overwritten by, read by, overlooks──> T2        what they wrote and read
//!
//! Must hold: `n log n` steps as long as there is no cycle; a cycle that is found is a shortest one
//! of its kind, and the kinds are tried from the worst on.
//! Not here: where the dependencies come from (`lists_check.rs`).

use std::collections::VecDeque;

use crate::support::NEVER;

/// Why one transaction comes before another.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Why {
    /// The other overwrote what it wrote (ww).
    Overwritten,
    /// The other read what it wrote (wr).
    Read,
    /// The other overwrote what it read (rw).
    Overlooks,
    /// It had ended before the other began.
    Earlier,
}

/// What a cycle of dependencies is called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Writes alone.
    G0,
    /// Writes and reads of them.
    G1c,
    /// One transaction overlooks another.
    GSingle,
    /// Several do, as in write skew.
    G2,
}

/// Transactions each of which must come before the next, and the last before the first.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Cycle {
    pub(crate) kind: Kind,
    /// Whether there is no such cycle without the times.
    pub(crate) needs_time: bool,
    /// Each transaction, and why it comes before the next one.
    pub(crate) steps: Vec<(usize, Why)>,
}

/// Transactions by number, then moments, and what leads where.
pub(crate) struct Graph {
    transactions: usize,
    edges: Vec<Vec<(usize, Why)>>,
}

/// The edges that a search may take.
#[derive(Clone, Copy)]
struct Allowed {
    kind: Kind,
    time: bool,
}

impl Graph {
    /// Transactions in the order of their times: from before the first byte to after the answer.
    pub(crate) fn in_time(spans: &[(u64, u64)]) -> Self {
        let transactions = spans.len();
        let mut graph = Self { transactions, edges: vec![Vec::new(); transactions] };
        let mut ends: Vec<(u64, usize)> = spans.iter().map(|span| span.1).zip(0..).collect();
        ends.retain(|(ended, _)| *ended != NEVER);
        ends.sort_unstable();
        for (moment, (_, transaction)) in ends.iter().enumerate() {
            let node = transactions + moment;
            graph.edges.push(Vec::new());
            graph.add(*transaction, node, Why::Earlier);
            if moment > 0 {
                graph.add(node - 1, node, Why::Earlier);
            }
        }
        for (transaction, (began, _)) in spans.iter().enumerate() {
            let ended_before = ends.partition_point(|(ended, _)| ended < began);
            if ended_before > 0 {
                graph.add(transactions + ended_before - 1, transaction, Why::Earlier);
            }
        }
        graph
    }

    pub(crate) fn add(&mut self, from: usize, to: usize, why: Why) {
        self.edges[from].push((to, why));
    }

    /// A shortest cycle of the worst kind that there is.
    pub(crate) fn worst_cycle(&self) -> Option<Cycle> {
        let all = Allowed { kind: Kind::G2, time: true };
        if self.on_cycles(all).is_empty() {
            return None;
        }
        let kinds = [Kind::G0, Kind::G1c, Kind::GSingle, Kind::G2];
        let found = |(time, kind)| {
            let steps = self.shortest_cycle(Allowed { kind, time })?;
            Some(Cycle { kind, needs_time: time, steps })
        };
        let tries = [false, true].into_iter().flat_map(|time| kinds.map(|kind| (time, kind)));
        tries.into_iter().find_map(found)
    }

    /// The nodes that may lie on a cycle: what is left once those without a way in are taken away
    /// again and again, and then those without a way out.
    fn on_cycles(&self, allowed: Allowed) -> Vec<usize> {
        let mut left = vec![true; self.edges.len()];
        let forward: Vec<Vec<usize>> = self
            .edges
            .iter()
            .map(|edges| {
                edges.iter().filter(|edge| allowed.takes(edge.1)).map(|edge| edge.0).collect()
            })
            .collect();
        let mut backward = vec![Vec::new(); forward.len()];
        for (from, nodes) in forward.iter().enumerate() {
            for to in nodes {
                backward[*to].push(from);
            }
        }
        take_away_loose(&mut left, &forward, &backward);
        take_away_loose(&mut left, &backward, &forward);
        (0..left.len()).filter(|node| left[*node]).collect()
    }

    fn shortest_cycle(&self, allowed: Allowed) -> Option<Vec<(usize, Why)>> {
        let nodes = self.on_cycles(allowed);
        let transactions = nodes.iter().filter(|node| **node < self.transactions);
        let cycles = transactions.filter_map(|start| self.way_back(*start, allowed));
        cycles.min_by_key(Vec::len)
    }

    /// A shortest way from a transaction to itself; moments on it count nothing.
    fn way_back(&self, start: usize, allowed: Allowed) -> Option<Vec<(usize, Why)>> {
        // Twice each node: reached without overlooking anything, and with.
        let state = |node: usize, overlooked: bool| 2 * node + usize::from(overlooked);
        let mut came_from: Vec<Option<(usize, Why)>> = vec![None; 2 * self.edges.len()];
        let mut done = vec![false; came_from.len()];
        let mut next = VecDeque::from([(state(start, false), None)]);
        while let Some((here, from)) = next.pop_front() {
            if done[here] {
                continue;
            }
            if from.is_some() {
                done[here] = true;
                came_from[here] = from;
                if here / 2 == start {
                    return Some(self.steps(here, &came_from));
                }
            }
            for (to, why) in &self.edges[here / 2] {
                let overlooks = *why == Why::Overlooks;
                let overlooked = here % 2 == 1;
                let once = allowed.kind == Kind::GSingle;
                if !allowed.takes(*why) || (once && overlooks && overlooked) {
                    continue;
                }
                let there = (state(*to, once && (overlooks || overlooked)), Some((here, *why)));
                if *to < self.transactions {
                    next.push_back(there);
                } else {
                    next.push_front(there);
                }
            }
        }
        None
    }

    /// The way to a state, from its start on, without the moments.
    fn steps(&self, end: usize, came_from: &[Option<(usize, Why)>]) -> Vec<(usize, Why)> {
        let (start, mut here) = (end / 2, end);
        let mut steps = Vec::new();
        while let Some((from, why)) = came_from[here] {
            if from / 2 < self.transactions {
                steps.push((from / 2, why));
            }
            here = from;
            if here / 2 == start {
                break;
            }
        }
        steps.reverse();
        steps
    }
}

impl Allowed {
    fn takes(self, why: Why) -> bool {
        match why {
            Why::Overwritten => true,
            Why::Read => self.kind != Kind::G0,
            Why::Overlooks => matches!(self.kind, Kind::GSingle | Kind::G2),
            Why::Earlier => self.time,
        }
    }
}

/// Takes away nodes that nothing which is left leads to.
fn take_away_loose(left: &mut [bool], forward: &[Vec<usize>], backward: &[Vec<usize>]) {
    let mut ways_in: Vec<usize> =
        backward.iter().map(|nodes| nodes.iter().filter(|node| left[**node]).count()).collect();
    let mut loose: Vec<usize> =
        (0..left.len()).filter(|node| left[*node] && ways_in[*node] == 0).collect();
    while let Some(node) = loose.pop() {
        left[node] = false;
        for to in forward[node].iter().filter(|to| left[**to]) {
            ways_in[*to] -= 1;
            if ways_in[*to] == 0 {
                loose.push(*to);
            }
        }
    }
}
