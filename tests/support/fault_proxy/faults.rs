//! What can happen to a request between two tiers, and how often.
//!
//! Must hold: odds are of ten thousand requests, and those of one kind of request sum up to no more.
//! Not here: how each is brought about (`connection.rs`, `records.rs`).

use std::sync::atomic::{AtomicU64, Ordering};

use super::message::Message;

/// One thing that a network or a service does to a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// The request is passed on a little later.
    Delay,
    /// It is refused for its rate, and not passed on.
    Throttle,
    /// It is answered 500, and not passed on.
    FailBefore,
    /// It is carried out and answered 500.
    FailAfter,
    /// It is answered by something in front of the service that is not there, and not passed on.
    UnavailableBefore,
    /// It is carried out, and answered so.
    UnavailableAfter,
    /// The connection is reset, and nothing is passed on.
    ResetBefore,
    /// It is carried out, and the connection reset in place of the answer.
    ResetAfter,
    /// Nothing is said until the front gives up; some time after that it is carried out.
    LateAfterSilence,
    /// The connection is reset at once; some time after that the request is carried out.
    LateAfterReset,
    /// The answer ends in the middle.
    Truncate,
    /// A byte of the answer is another one; its check sum is that of the right one.
    Corrupt,
    /// The answer's first bytes come one by one.
    Trickle,
    /// The request is carried out; its answer comes so slowly that the front gives up.
    Drip,
    /// An answer has its stream records twice.
    RepeatRecords,
    /// An answer's stream records are kept back for some polls.
    WithholdRecords,
}

impl Fault {
    /// All of them.
    pub(crate) const ALL: [Self; 16] = [
        Self::Delay,
        Self::Throttle,
        Self::FailBefore,
        Self::FailAfter,
        Self::UnavailableBefore,
        Self::UnavailableAfter,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::LateAfterSilence,
        Self::LateAfterReset,
        Self::Truncate,
        Self::Corrupt,
        Self::Trickle,
        Self::Drip,
        Self::RepeatRecords,
        Self::WithholdRecords,
    ];

    /// Those that any request can meet.
    pub(crate) const OF_REQUESTS: &[Self] = Self::ALL.split_at(14).0;
    /// Those that only reads of a stream can meet.
    pub(crate) const OF_RECORDS: &[Self] = Self::ALL.split_at(14).1;
}

/// How many of ten thousand requests meet what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Odds {
    data: Vec<(Fault, u64)>,
    records: Vec<(Fault, u64)>,
}

impl Odds {
    /// Everything is passed on as it is.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// The same, and of ten thousand operations on items so many meet each of these.
    pub(crate) fn on_data(mut self, faults: &[Fault], many: u64) -> Self {
        self.data.extend(faults.iter().map(|fault| (*fault, many)));
        self
    }

    /// The same, and of ten thousand `GetRecords` so many meet each of these.
    pub(crate) fn on_records(mut self, faults: &[Fault], many: u64) -> Self {
        self.records.extend(faults.iter().map(|fault| (*fault, many)));
        self
    }

    /// What a request meets whose lot, below [`Odds::WHOLE`], is this.
    pub(super) fn drawn(&self, request: &Message, mut lot: u64) -> Option<Fault> {
        let table = match request.operation() {
            "GetRecords" => &self.records,
            operation if is_of_items(operation) => &self.data,
            _ => return None,
        };
        for (fault, many) in table {
            match lot.checked_sub(*many) {
                Some(rest) => lot = rest,
                None => return Some(*fault),
            }
        }
        None
    }

    /// What odds are parts of.
    pub(super) const WHOLE: u64 = 10_000;
}

/// How often each fault was brought about.
#[derive(Debug, Default)]
pub(crate) struct Counts([AtomicU64; Fault::ALL.len()]);

impl Counts {
    pub(super) fn add(&self, fault: Fault) {
        self.0[fault as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How often this one was.
    pub(crate) fn of(&self, fault: Fault) -> u64 {
        self.0[fault as usize].load(Ordering::Relaxed)
    }
}

/// Whether the operation changes items.
pub(super) fn is_write(operation: &str) -> bool {
    WRITES.contains(&operation)
}

fn is_of_items(operation: &str) -> bool {
    READS.contains(&operation) || is_write(operation)
}

const READS: &[&str] = &["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"];

/// Statements may read, too; then nothing is lost by taking them for writes.
const WRITES: &[&str] = &[
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "ExecuteTransaction",
];
