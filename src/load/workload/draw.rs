//! One stream of requests, endless.
//!
//! Must hold: the stream is the same for the same workload, seed and number, but for the keys of
//! inserted items; every request of it is one that DynamoDB takes.
//! Not here: what requests are made of (`action.rs`, `body.rs`).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::Workload;
use super::action::{Action, ActionKind};
use super::body::{Target, write_count};
use super::keys::Picker;
use super::limits::SEGMENTS_MAX;
use super::pages::{Scan, Start};
use super::random::Random;
use crate::load::{Operation, Planned};

/// Draws the requests of one connection.
#[derive(Debug)]
pub struct Draw {
    workload: Arc<Workload>,
    random: Random,
    /// For each action.
    states: Vec<State>,
    /// The write of a read-modify-write whose read was drawn last.
    second: Option<Planned>,
}

/// What a stream keeps for each action.
#[derive(Debug)]
struct State {
    picker: Picker,
    /// The next segment to scan.
    segment: u64,
    /// How much room the last body took.
    capacity: usize,
}

impl Draw {
    /// The stream of this number under a seed.
    pub fn new(workload: &Arc<Workload>, seed: u64, stream: u64) -> Self {
        let mut random = Random::new(seed, stream);
        let state = |action: &Action| State {
            picker: action.keys.picker(workload.items),
            // Streams that all began at the first would read the same segments at once.
            segment: random.below(SEGMENTS_MAX),
            capacity: 0,
        };
        let states = workload.actions.iter().map(state).collect();
        Self { workload: Arc::clone(workload), random, states, second: None }
    }

    /// The next request.
    ///
    /// A read-modify-write is two of them, its read and then its update.
    #[expect(clippy::should_implement_trait, reason = "it has no end, so it is no iterator")]
    pub fn next(&mut self) -> Planned {
        if let Some(second) = self.second.take() {
            return second;
        }
        let place = self.workload.choose(&mut self.random);
        let action = &self.workload.actions[place];
        let state = &mut self.states[place];
        let mut stream =
            Stream { workload: &self.workload, action, state, random: &mut self.random };
        let (planned, second) = stream.plan();
        self.second = second;
        planned
    }
}

/// What one request is drawn from.
struct Stream<'a> {
    workload: &'a Workload,
    action: &'a Action,
    state: &'a mut State,
    random: &'a mut Random,
}

impl Stream<'_> {
    fn plan(&mut self) -> (Planned, Option<Planned>) {
        let target = self.workload.target(self.action.table);
        let mut out = Vec::with_capacity(self.state.capacity);
        let mut second = None;
        let operation = match &self.action.kind {
            ActionKind::Get(clauses) => {
                target.write_keyed(self.pick(), clauses, self.random, &mut out);
                Operation::GetItem
            }
            ActionKind::Put(clauses) => {
                target.write_put(self.pick(), clauses, self.random, &mut out);
                Operation::PutItem
            }
            ActionKind::Insert(clauses) => {
                let item = self.workload.ends[self.action.table].fetch_add(1, Ordering::Relaxed);
                target.write_put(item, clauses, self.random, &mut out);
                Operation::PutItem
            }
            ActionKind::Update(clauses) => {
                target.write_keyed(self.pick(), clauses, self.random, &mut out);
                Operation::UpdateItem
            }
            ActionKind::Delete(clauses) => {
                target.write_keyed(self.pick(), clauses, self.random, &mut out);
                Operation::DeleteItem
            }
            ActionKind::ReadModifyWrite { read, update } => {
                let item = self.pick();
                target.write_keyed(item, read, self.random, &mut out);
                let mut body = Vec::with_capacity(2 * self.state.capacity);
                target.write_keyed(item, update, self.random, &mut body);
                second = Some(planned(Operation::UpdateItem, body));
                Operation::GetItem
            }
            ActionKind::Query(query) => {
                let limit = query.limit.map(|limit| limit.draw(self.random));
                target.write_page(self.pick(), &query.clauses, limit, self.random, &mut out);
                out.push(b'}');
                Operation::Query
            }
            ActionKind::Scan(scan) => {
                self.write_scan(scan, target, &mut out);
                Operation::Scan
            }
            ActionKind::BatchGet { read, items } => {
                let count = items.draw(self.random);
                let items = self.pick_distinct(count);
                target.write_gets(&items, read, self.random, &mut out);
                Operation::BatchGetItem
            }
            ActionKind::BatchWrite { items } => {
                let count = items.draw(self.random);
                let items = self.pick_distinct(count);
                target.write_puts(items.into_iter(), self.random, &mut out);
                Operation::BatchWriteItem
            }
        };
        self.state.capacity = out.len() + out.len() / 8;
        (planned(operation, out), second)
    }

    fn write_scan(&mut self, scan: &Scan, target: Target<'_>, out: &mut Vec<u8>) {
        let limit = scan.limit.map(|limit| limit.draw(self.random));
        let item = self.pick();
        target.write_page(item, &scan.clauses, limit, self.random, out);
        match scan.start {
            Start::Beginning => {}
            Start::Anywhere => {
                out.extend_from_slice(b",\"ExclusiveStartKey\":");
                target.table.write_key(item, out);
            }
            Start::Segments { items } => {
                let segments = self.workload.items.div_ceil(items).clamp(1, SEGMENTS_MAX);
                write_count(",\"TotalSegments\":", segments, out);
                write_count(",\"Segment\":", self.state.segment % segments, out);
                self.state.segment += 1;
            }
        }
        out.push(b'}');
    }

    fn pick(&mut self) -> u64 {
        let end = self.workload.ends[self.action.table].load(Ordering::Relaxed);
        self.state.picker.pick(self.random, end)
    }

    /// Several, none twice; fewer than asked for if there are fewer items.
    fn pick_distinct(&mut self, count: u64) -> Vec<u64> {
        let count = count.min(self.workload.items);
        let mut items = Vec::new();
        for _ in 0..count {
            let mut item = self.pick();
            for _ in 0..TRIES {
                if !items.contains(&item) {
                    break;
                }
                item = self.pick();
            }
            // What is drawn over and over is hot; its neighbours will do.
            while items.contains(&item) {
                item = (item + 1) % self.workload.items;
            }
            items.push(item);
        }
        items
    }
}

fn planned(operation: Operation, body: Vec<u8>) -> Planned {
    Planned { operation, body: Bytes::from(body) }
}

const TRIES: u32 = 8;
