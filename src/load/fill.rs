//! Loads a workload's items, several batches at a time.
//!
//! Must hold: a fill that returns without error wrote every item of every batch; the first batch
//! that cannot be written, after all its retries, ends it.
//! Not here: the tables (`tables.rs`), how progress is shown (`cli/load/`).

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::client::{Client, Explain, Patience, Request, Terms, message, unprocessed};
use super::target::Target;
use super::workload::Workload;
use super::{Ending, Error, Operation, Planned};
use crate::clock::Clock;
use crate::task::{self, Drain};

/// How far a fill has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Filled {
    /// Items that were written.
    pub items: u64,
    /// How many there will be.
    pub of: u64,
    /// Bytes of the requests that wrote them.
    pub bytes: u64,
    /// Tries that failed, most of which were made good by another.
    pub errors: u64,
}

/// How a fill goes about it.
#[derive(Clone, Copy, Debug)]
pub struct FillPlan {
    /// Connections, each of which has one batch on its way.
    pub connections: usize,
    /// How often a batch is tried, and how long each try may take.
    pub patience: Patience,
}

impl Default for FillPlan {
    /// Patient, since a fill that gives up was for nothing.
    fn default() -> Self {
        let patience = Patience { retries_max: 10, deadline: Duration::from_secs(30) };
        Self { connections: 16, patience }
    }
}

/// Loads a workload's items, and tells of the progress a few times a second and at the end.
pub async fn fill(
    target: &Arc<Target>,
    workload: &Arc<Workload>,
    plan: FillPlan,
    clock: &Clock,
    drain: &Drain,
    each: &mut dyn FnMut(&Filled),
) -> Result<Filled, Error> {
    let batch = {
        let workload = Arc::clone(workload);
        Box::new(move |number| workload.batch(number))
    };
    let batches = Batches { items: workload.items(), count: workload.batches(), batch };
    fill_batches(target, batches, plan, clock, drain, each).await
}

/// Requests that load items.
pub struct Batches {
    /// How many items they have together.
    pub items: u64,
    /// How many there are.
    pub count: u64,
    /// One of them, by its number.
    pub batch: Box<dyn Fn(u64) -> Planned + Send + Sync>,
}

/// The same with batches of the caller's.
pub async fn fill_batches(
    target: &Arc<Target>,
    batches: Batches,
    plan: FillPlan,
    clock: &Clock,
    drain: &Drain,
    each: &mut dyn FnMut(&Filled),
) -> Result<Filled, Error> {
    let of = batches.items;
    // Ended by the first batch that fails, as by the user.
    let stop = Drain::default();
    let terms = Terms {
        target: Arc::clone(target),
        patience: plan.patience,
        explain: Explain::Leave,
        clock: clock.clone(),
        stop: stop.clone(),
    };
    let progress = Arc::new(Progress::new(batches));
    let connections = plan.connections.clamp(1, CONNECTIONS_MAX);
    let loaders: Vec<_> = (0..connections as u64)
        .map(|number| {
            let client = Client::new(terms.clone(), number);
            task::spawn(
                "load fill",
                load(client, plan.patience, Arc::clone(&progress), stop.clone()),
            )
        })
        .collect();
    let ended = async {
        for loader in loaders {
            loader.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        }
    };
    tokio::pin!(ended);
    loop {
        tokio::select! {
            () = &mut ended => break,
            () = tokio::time::sleep(TELL_AFTER) => each(&progress.filled()),
            () = drain.begun(), if !stop.has_begun() => stop.begin(),
        }
    }
    let filled = progress.filled();
    each(&filled);
    let fault = progress.fault.lock().unwrap_or_else(PoisonError::into_inner).take();
    match fault {
        Some(why) => Err(Error::NotFilled { items: filled.items, of, why }),
        None if drain.has_begun() && !progress.is_complete() => Err(Error::Stopped),
        None => Ok(filled),
    }
}

/// What the loaders share.
struct Progress {
    batches: Batches,
    next: AtomicU64,
    done: AtomicU64,
    items: AtomicU64,
    bytes: AtomicU64,
    errors: AtomicU64,
    /// Why the first batch that could not be written could not.
    fault: Mutex<Option<String>>,
}

impl Progress {
    fn new(batches: Batches) -> Self {
        let zero = || AtomicU64::new(0);
        let (next, done, items, bytes, errors) = (zero(), zero(), zero(), zero(), zero());
        Self { batches, next, done, items, bytes, errors, fault: Mutex::new(None) }
    }

    fn take(&self) -> Option<Planned> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number < self.batches.count).then(|| (self.batches.batch)(number))
    }

    fn is_complete(&self) -> bool {
        self.done.load(Ordering::SeqCst) == self.batches.count
    }

    fn filled(&self) -> Filled {
        Filled {
            items: self.items.load(Ordering::Relaxed),
            of: self.batches.items,
            bytes: self.bytes.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
        }
    }

    fn wrote(&self, items: u64, bytes: usize) {
        self.items.fetch_add(items, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn failed(&self, code: String) {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(code);
    }
}

/// Writes batch after batch.
async fn load(mut client: Client, patience: Patience, progress: Arc<Progress>, stop: Drain) {
    while !stop.has_begun() {
        let Some(planned) = progress.take() else { return };
        match write(&mut client, planned.body, patience, &progress).await {
            Ok(()) => drop(progress.done.fetch_add(1, Ordering::SeqCst)),
            // What failed because of the stop is no fault of the target.
            Err(_) if stop.has_begun() => return,
            Err(code) => {
                progress.failed(code);
                stop.begin();
            }
        }
    }
}

/// Writes a batch, and what is left of it, until nothing is.
async fn write(
    client: &mut Client,
    mut body: Bytes,
    patience: Patience,
    progress: &Progress,
) -> Result<(), String> {
    let mut tries = 0;
    loop {
        let planned = Planned { operation: Operation::BatchWriteItem, body: body.clone() };
        let exchange = client.ask(&Request::from(planned)).await;
        progress.errors.fetch_add(u64::from(exchange.retries), Ordering::Relaxed);
        match exchange.ending {
            Ending::Answered => {}
            Ending::ConditionFailed => return Err("ConditionalCheckFailedException".to_owned()),
            Ending::Throttled => return Err("throttled after all retries".to_owned()),
            Ending::Failed(code) => return Err(format!("{code}: {}", message(&exchange.body))),
        }
        let asked = items(&body);
        let Some(left) = unprocessed(&exchange.body) else {
            progress.wrote(asked, body.len());
            return Ok(());
        };
        let rest = Bytes::from(format!(r#"{{"RequestItems":{}}}"#, left.get()));
        progress.wrote(asked.saturating_sub(items(&rest)), body.len().saturating_sub(rest.len()));
        progress.errors.fetch_add(1, Ordering::Relaxed);
        // A target that takes a part is one that is slow, not one that refuses.
        tries = if rest.len() < body.len() { 0 } else { tries + 1 };
        if tries > patience.retries_max || client.wait(tries).await.is_stopped() {
            return Err("items were left unprocessed after all retries".to_owned());
        }
        body = rest;
    }
}

/// How many items a batch writes.
fn items(body: &[u8]) -> u64 {
    #[derive(Deserialize)]
    struct Batch {
        #[serde(rename = "RequestItems")]
        tables: HashMap<String, Vec<IgnoredAny>>,
    }
    let batch = serde_json::from_slice::<Batch>(body);
    batch.map_or(0, |batch| batch.tables.values().map(|items| items.len() as u64).sum())
}

const CONNECTIONS_MAX: usize = 1_024;
const TELL_AFTER: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_items_of_a_batch_are_counted_over_its_tables() {
        let body = br#"{"RequestItems":{"a":[{"PutRequest":{}},{}],"b":[{}]}}"#;

        assert_eq!(items(body), 3);
        assert_eq!(items(b"{}"), 0);
    }
}
