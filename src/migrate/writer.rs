//! Writes to the target in batches.
//!
//! A write whose answer was lost may still be carried out, and so after a later write of the same
//! item. While the table is copied that is of no harm if the first change is written only
//! thereafter; among changes the same batch is sent again only then.
//!
//! Must hold: when a write returns, its items are as it said and nothing that was sent for it can
//! come behind a change; no more batches are on their way than allowed.
//! Not here: which writes there are (`copy.rs`, `changes.rs`).

use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::error::Error;
use super::pace::Pace;
use super::tables::{Site, body_of};
use crate::api::{
    BatchWrite, BatchWriteItem, BatchWriteTable, CapacityDetail, CollectionDetail, Key, Operation,
    Request,
};
use crate::engine::upstream::client::{Effect, Fate};
use crate::model::{Item, ItemBytes};
use crate::wire::json::client as border;

/// One write.
pub(super) enum Write {
    /// The item is written whole.
    Put(ItemBytes),
    /// The item of that key is removed.
    Delete(Key),
}

/// When a batch is sent again whose answer was lost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Again {
    /// At once.
    Soon,
    /// Once the one before can no longer be carried out.
    Settled,
}

/// What writes to the target go through.
pub(super) struct Writer {
    site: Site,
    permits: Semaphore,
    pace: Pace,
    settle: Duration,
    /// Until when, on the monotonic clock, writes whose answers were lost may be carried out.
    unsettled_until: Mutex<Duration>,
}

impl Writer {
    pub(super) fn new(site: Site, in_flight: usize, rate: Option<f64>, settle: Duration) -> Self {
        let pace = Pace::new(rate, site.pauses.clock.clone());
        Self {
            site,
            permits: Semaphore::new(in_flight.clamp(1, IN_FLIGHT_MAX)),
            pace,
            settle,
            unsettled_until: Mutex::default(),
        }
    }

    /// Writes all of them, of which no two may be of one key.
    pub(super) async fn write(&self, writes: Vec<Write>, again: Again) -> Result<(), Error> {
        let batches = batches(writes).into_iter().map(|batch| self.write_batch(batch, again));
        // One that fails does not take those away that are on their way.
        join_all(batches).await.into_iter().collect()
    }

    /// From now on, something may be carried out that nobody waits for.
    pub(super) fn unsettle(&self, span: Duration) {
        let until = self.site.pauses.clock.monotonic() + span;
        let mut unsettled = self.unsettled_until.lock().unwrap_or_else(PoisonError::into_inner);
        *unsettled = (*unsettled).max(until);
    }

    /// How long until all that was sent is carried out or never will be.
    pub(super) fn unsettled(&self) -> Duration {
        let until = *self.unsettled_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.saturating_sub(self.site.pauses.clock.monotonic())
    }

    async fn write_batch(&self, writes: Vec<BatchWrite>, again: Again) -> Result<(), Error> {
        let end = &self.site.end;
        let mut back_off = self.site.pauses.begin();
        let (mut count, mut body) = (writes.len(), self.body(writes));
        loop {
            if let Some(pause) = self.pace.due(count) {
                self.site.pauses.pass(pause).await?;
            }
            let permit = self.permits.acquire().await.expect("it is never closed");
            if self.site.pauses.stop.has_begun() {
                return Err(Error::Stopped);
            }
            let asked = end.ask(Operation::BatchWriteItem, body.clone(), Effect::Writes).await;
            drop(permit);
            match asked {
                Ok(answer) => {
                    let left = self.unwritten(&answer)?;
                    if left.is_empty() {
                        return Ok(());
                    }
                    if left.len() < count {
                        back_off.succeeded();
                    }
                    (count, body) = (left.len(), self.body(left));
                    back_off
                        .wait(end, "it left items unwritten, which is how it throttles")
                        .await?;
                }
                Err(failed) => {
                    if failed.fate == Fate::Unknown {
                        self.unsettle(self.settle);
                        if again == Again::Settled {
                            self.site.pauses.pass(self.settle).await?;
                        }
                    }
                    back_off.after(end, failed).await?;
                }
            }
        }
    }

    fn body(&self, writes: Vec<BatchWrite>) -> Bytes {
        body_of(&Request::BatchWriteItem(BatchWriteItem {
            tables: vec![BatchWriteTable { table: self.site.named(), writes }],
            capacity: CapacityDetail::None,
            collection: CollectionDetail::None,
        }))
    }

    fn unwritten(&self, answer: &[u8]) -> Result<Vec<BatchWrite>, Error> {
        let output =
            border::batch_write_item(answer).map_err(|source| self.site.unreadable(source))?;
        Ok(output.unprocessed.into_iter().flat_map(|table| table.writes).collect())
    }
}

impl Write {
    /// How long it is in a request, near enough and never too short.
    fn bytes(&self) -> usize {
        match self {
            Self::Put(item) => item.json_bytes(),
            Self::Delete(_) => KEY_BYTES_MAX,
        }
    }

    fn of_batch(self) -> BatchWrite {
        match self {
            Self::Put(item) => {
                let own = |(name, value): (&str, crate::model::ValueRef<'_>)| {
                    (name.to_owned(), value.to_value())
                };
                BatchWrite::Put(Item { attributes: item.view().attributes().map(own).collect() })
            }
            Self::Delete(key) => BatchWrite::Delete(key),
        }
    }
}

/// Parts writes into batches of as many and as large as one request takes.
fn batches(writes: Vec<Write>) -> Vec<Vec<BatchWrite>> {
    let (mut batches, mut batch, mut bytes) = (Vec::new(), Vec::new(), 0);
    for write in writes {
        let more = write.bytes();
        let is_full = batch.len() == BATCH_ITEMS_MAX || bytes + more > BATCH_BYTES_MAX;
        if is_full && !batch.is_empty() {
            batches.push(mem::take(&mut batch));
            bytes = 0;
        }
        bytes += more;
        batch.push(write.of_batch());
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

/// As DynamoDB has it.
const BATCH_ITEMS_MAX: usize = 25;
/// Well below the 16 MB that DynamoDB takes.
const BATCH_BYTES_MAX: usize = 8 << 20;
/// Both attributes of a key, every character of them escaped.
const KEY_BYTES_MAX: usize = 6 * (2_048 + 1_024 + 2 * 255);
/// More would only wait at the target.
const IN_FLIGHT_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttributeValue;

    fn put(bytes: usize) -> Write {
        let value = AttributeValue::S("x".repeat(bytes));
        Write::Put(Item::from([("id", value)]).encode().item())
    }

    fn sizes(writes: Vec<Write>) -> Vec<usize> {
        batches(writes).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_batch_has_25_writes_at_most() {
        assert_eq!(sizes(Vec::new()), [0; 0]);
        assert_eq!(sizes((0..25).map(|_| put(1)).collect()), [25]);
        assert_eq!(sizes((0..51).map(|_| put(1)).collect()), [25, 25, 1]);
    }

    #[test]
    fn large_items_come_in_batches_that_a_request_takes() {
        let large = 400_000;
        let fit = BATCH_BYTES_MAX / (large + 20);

        assert_eq!(sizes((0..25).map(|_| put(large)).collect()), [fit, 25 - fit]);
        assert_eq!(sizes(vec![put(BATCH_BYTES_MAX), put(1)]), [1, 1]);
    }
}
