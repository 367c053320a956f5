//! The program: random requests, old reads again and again, in other words and with other options.
//!
//! A cache is only asked twice what was asked before, so most steps repeat one of the last reads:
//! as it was, with one option changed, or from where its page ended. What a write wrote is read,
//! too. Now and then a table is dropped and made again under its name.
//!
//! Must hold: the steps follow from the seed and from the answers, which all servers give alike.
//! Not here: the requests themselves (`tests/differential/requests.rs`).

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::requests::{Requests, written_keys};
use crate::support::{Answer, Rng};
use crate::tables;
use crate::values::pick;

/// What is done next.
pub(crate) enum Step {
    Call(Call),
    /// Drop this table and make it again.
    Remake(Value),
}

/// One request and its operation.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) request: Value,
}

/// A source of steps.
pub(crate) struct Program {
    requests: Requests,
    rng: Rng,
    /// Reads to be repeated, the latest first.
    reads: VecDeque<Call>,
}

impl Program {
    pub(crate) fn new(seed: u64) -> Self {
        Self { requests: Requests::new(seed), rng: Rng::new(seed, 1), reads: VecDeque::new() }
    }

    pub(crate) fn next(&mut self) -> Step {
        let rng = &mut self.rng;
        if rng.below(STEPS_PER_REMAKE) == 0 {
            let table = tables::all()[pick(rng, &[0, 1, 2])].take();
            return Step::Remake(table);
        }
        if self.rng.percent(REPEATED_PERCENT)
            && let Some(call) = self.earlier()
        {
            return Step::Call(self.varied(call));
        }
        let (operation, request) = self.requests.next();
        Step::Call(Call { operation, request })
    }

    /// Takes note of an answer, for what to read again.
    pub(crate) fn learn(&mut self, call: Call, answer: &Answer) {
        if answer.status != 200 {
            return;
        }
        for (table, key) in written_keys(call.operation, &call.request) {
            if self.rng.percent(40) {
                let request = json!({"TableName": table, "Key": key});
                self.remember(Call { operation: "GetItem", request });
            }
        }
        if !["GetItem", "BatchGetItem", "Query", "Scan"].contains(&call.operation) {
            return;
        }
        if let Some(last) = answer.body.get("LastEvaluatedKey")
            && self.rng.percent(50)
        {
            let mut next = call.clone();
            next.request["ExclusiveStartKey"] = last.clone();
            self.remember(next);
        }
        self.remember(call);
    }

    fn remember(&mut self, call: Call) {
        self.reads.push_front(call);
        self.reads.truncate(REMEMBERED_MAX);
    }

    /// A remembered read; a late one is likelier.
    fn earlier(&mut self) -> Option<Call> {
        let count = self.reads.len().max(1) as u64;
        let at = self.rng.below(count).min(self.rng.below(count));
        self.reads.get(usize::try_from(at).expect("few are remembered")).cloned()
    }

    /// The same read, mostly as it was, or with one thing about it changed.
    fn varied(&mut self, mut call: Call) -> Call {
        let request = &mut call.request;
        let rng = &mut self.rng;
        let is_page = request.get("Key").is_none() && request.get("TableName").is_some();
        match rng.below(16) {
            0 => {
                let detail = pick(rng, &["TOTAL", "INDEXES", "NONE"]);
                request["ReturnConsumedCapacity"] = json!(detail);
            }
            1 if request.get("TableName").is_some() => {
                request["ConsistentRead"] = json!(rng.percent(50));
            }
            2 if is_page => request["Limit"] = json!(1 + rng.below(4)),
            3 if call.operation == "Query" => request["ScanIndexForward"] = json!(rng.percent(50)),
            4 if call.operation == "Scan" => {
                let total = 1 + rng.below(3);
                request["TotalSegments"] = json!(total);
                request["Segment"] = json!(rng.below(total));
            }
            5 if is_page => remove_one(rng, request),
            6 if is_page => self.graft(&mut call),
            _ => {}
        }
        call
    }

    /// Gives the request one member of another remembered read.
    fn graft(&mut self, call: &mut Call) {
        let donor = self.earlier().map(|donor| donor.request);
        let members = donor.as_ref().and_then(Value::as_object).into_iter().flatten();
        let members =
            members.filter(|(name, _)| !["TableName", "RequestItems"].contains(&name.as_str()));
        let members = members.collect::<Vec<_>>();
        if !members.is_empty() {
            let (name, value) = pick(&mut self.rng, &members);
            call.request[name] = value.clone();
        }
    }
}

/// Takes out one member that is not the table's name.
fn remove_one(rng: &mut Rng, request: &mut Value) {
    let members = request.as_object_mut().expect("a request is an object");
    let names = members.keys().filter(|name| *name != "TableName").cloned().collect::<Vec<_>>();
    if !names.is_empty() {
        let at = usize::try_from(rng.below(names.len() as u64)).expect("there are few members");
        members.remove(&names[at]);
    }
}

/// So many of a hundred steps read again what was read before.
const REPEATED_PERCENT: u64 = 70;
/// Repeated reads are among so many.
const REMEMBERED_MAX: usize = 16;
/// A table is made anew once in so many steps.
const STEPS_PER_REMAKE: u64 = 1_000;
