//! The sweeper: deletes items whose time to live is over.
//!
//!     each table, in turn     items by when they expire, oldest first, some at a time
//!      └ at a limited rate ─> delete, if the attribute still says so ─> engine, with a ticket
//!
//! A delete is a write like any other: it is judged by the item as the writer finds it, so one that
//! was given more time stays, and cache entries go with their items.
//!
//! Must hold: no more than the rate is deleted, whatever the clock says; what expired more than five
//! years ago is left alone, as DynamoDB does.
//! Not here: which time is believed (`steady_time.rs`), the rows that find the items (`engine/`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::pace::Pace;
use super::steady_time::{Limits, SteadyTime};
use crate::engine::{self, Change, Error, Expired, ExpiredRead, Mutation, Origin, Table};
use crate::expr::{Comparator, Condition, Operand, Path};
use crate::model::{AttributeValue, Image, Number, TableId};
use crate::proxy::Proxy;

/// How expired items are deleted.
#[derive(Clone, Debug)]
pub struct Sweeping {
    /// The pause between two sweeps.
    pub interval: Duration,
    /// Deletes in a second, of all tables; 0 is none.
    pub deletes_per_second: u64,
    /// How far the wall clock may move against monotonic time before it is not believed.
    pub clock_step: Duration,
    /// How long such a step must stand to be believed.
    pub clock_settle: Duration,
}

impl Default for Sweeping {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(1),
            deletes_per_second: 1_000,
            clock_step: Duration::from_hours(1),
            clock_settle: Duration::from_hours(1),
        }
    }
}

/// Deletes what has expired; there is one of a process.
pub struct Sweeper {
    proxy: Arc<Proxy>,
    time: SteadyTime,
    /// The rate, with the deletes in a second that it was made for.
    pace: (u64, Pace),
    /// Where the last sweeps ended, by table and the number of its setting.
    places: HashMap<(TableId, u32), Place>,
    /// The number of this sweep.
    number: u64,
    /// The number of the last sweep that failed at something.
    failed: Option<u64>,
    /// When the oldest item expired that this sweep failed to delete.
    failed_since: Option<u64>,
    /// Whether this sweep failed to look at a table.
    lag_is_unknown: bool,
}

/// How far sweeps of a table are.
#[derive(Default)]
struct Place {
    /// The item that was found last.
    last: Option<Expired>,
    /// The number of the sweep that looked last.
    sweep: u64,
    /// When a sweep begins at the beginning again.
    anew_at: Duration,
}

/// What some deletes came to.
struct Swept {
    /// How many items were found.
    found: usize,
    /// When the last of them expired, if there may be more.
    more_since: Option<u64>,
}

impl Sweeper {
    /// A sweeper that believes the clock as it is now.
    pub fn new(proxy: Arc<Proxy>) -> Self {
        let time = SteadyTime::of(&proxy.clock);
        let pace = (0, Pace::of(0));
        let places = HashMap::new();
        Self {
            proxy,
            time,
            pace,
            places,
            number: 0,
            failed: None,
            failed_since: None,
            lag_is_unknown: false,
        }
    }

    /// Sweeps again and again, until the drain.
    pub async fn run(mut self) {
        let mut pause = Duration::ZERO;
        loop {
            tokio::select! {
                biased;
                () = self.proxy.background.drain.begun() => return,
                () = tokio::time::sleep(pause) => {}
            }
            let is_done = self.sweep().await;
            let interval = self.proxy.background.sweeping.load().interval;
            pause = if is_done { interval } else { Duration::ZERO };
        }
    }

    /// Deletes what has expired by now, as fast as it may and for a while at most; the drain ends
    /// it. Whether there is nothing left that it should go on with.
    pub async fn sweep(&mut self) -> bool {
        let sweeping = Arc::clone(&self.proxy.background.sweeping.load());
        let limits = Limits { step: sweeping.clock_step, settle: sweeping.clock_settle };
        let now_s = self.time.look(&self.proxy.clock, limits) / 1_000;
        let metrics = Arc::clone(&self.proxy.metrics);
        metrics.expiry.clock_doubted.set(u64::from(self.time.doubts()));
        if sweeping.deletes_per_second == 0 || self.proxy.writable().is_err() {
            self.show_lag(now_s).await;
            return true;
        }
        if self.pace.0 != sweeping.deletes_per_second {
            self.pace = (sweeping.deletes_per_second, Pace::of(sweeping.deletes_per_second));
        }
        let mut tables = self.tables();
        self.places.retain(|place, _| tables.iter().any(|table| place_of(table) == *place));
        self.number += 1;
        self.failed_since = None;
        self.lag_is_unknown = false;
        if tables.is_empty() {
            metrics.expiry.lag_s.set(0);
        }
        let mut rounds = 0..ROUNDS_MAX;
        while !tables.is_empty() && rounds.next().is_some() {
            tokio::select! {
                biased;
                () = self.proxy.background.drain.begun() => return true,
                _ = self.pace.1.ticks.tick() => {}
            }
            let oldest = self.round(&mut tables, now_s).await;
            let left_since = oldest.into_iter().chain(self.failed_since).min();
            if !self.lag_is_unknown {
                metrics.expiry.lag_s.set(left_since.map_or(0, |second| now_s - second));
            }
            // Who sets it to another number does not wait for the end of a long sweep.
            if self.proxy.background.sweeping.load().deletes_per_second != self.pace.0 {
                return false;
            }
        }
        tables.is_empty()
    }

    /// Tells how long the oldest item has waited while none is deleted.
    async fn show_lag(&self, now_s: u64) {
        let mut oldest: Option<u64> = None;
        for table in self.tables() {
            let place = self.places.get(&place_of(&table));
            let after = place.and_then(|place| place.last.clone());
            let seconds = now_s.saturating_sub(FIVE_YEARS_S)..now_s;
            let read = ExpiredRead { table: table.schema.table, seconds, after, limit: 1 };
            match self.proxy.expired(read).await {
                Ok(found) => {
                    let second = found.first().map(|first| first.second);
                    oldest = oldest.into_iter().chain(second).min();
                }
                // What it was stays shown.
                Err(_) => return,
            }
        }
        self.proxy.metrics.expiry.lag_s.set(oldest.map_or(0, |second| now_s - second));
    }

    /// Deletes some of each table, as many as one tick admits; keeps the tables that have more.
    ///
    /// Yields when the oldest of what they have more expired.
    async fn round(&mut self, tables: &mut Vec<Arc<Table>>, now_s: u64) -> Option<u64> {
        let mut left = self.pace.1.chunk_keys;
        let (mut more, mut waiting) = (Vec::new(), Vec::new());
        let mut oldest: Option<u64> = None;
        for table in tables.drain(..) {
            if left == 0 {
                waiting.push(table);
                continue;
            }
            let swept = self.sweep_table(&table, now_s, left).await;
            left -= swept.found;
            if let Some(second) = swept.more_since {
                oldest = Some(oldest.map_or(second, |oldest| oldest.min(second)));
                more.push(table);
            }
        }
        // Those that had no turn come first in the next round.
        waiting.append(&mut more);
        *tables = waiting;
        oldest
    }

    /// Deletes at most so many items of a table.
    async fn sweep_table(&mut self, table: &Table, now_s: u64, limit: usize) -> Swept {
        let clock = &self.proxy.clock;
        let place = self.places.entry(place_of(table)).or_default();
        let began = clock.monotonic();
        let is_anew = place.sweep != self.number && began >= place.anew_at;
        place.sweep = self.number;
        let seconds = now_s.saturating_sub(FIVE_YEARS_S)..now_s;
        let after = if is_anew { None } else { place.last.clone() };
        let read = ExpiredRead { table: table.schema.table, seconds, after, limit };
        let found = self.proxy.expired(read).await;
        // One that failed is not made again at once, either: looks between have a chance.
        if is_anew {
            let took = clock.monotonic().saturating_sub(began);
            place.anew_at = began + took * ANEW_SHARE;
        }
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                self.lag_is_unknown = true;
                self.fails(&error);
                return Swept { found: 0, more_since: None };
            }
        };
        let (Some(first), Some(last)) = (found.first(), found.last()) else {
            return Swept { found: 0, more_since: None };
        };
        let (first, last) = (first.second, last.clone());
        let more_since = (found.len() == limit).then_some(last.second);
        let swept = Swept { found: found.len(), more_since };
        let deleted = self.proxy.delete_expired(table, found).await;
        place.last = Some(last);
        if let Err(error) = deleted {
            // What was not deleted is looked for in the next sweep.
            place.anew_at = Duration::ZERO;
            self.failed_since = self.failed_since.into_iter().chain([first]).min();
            self.fails(&error);
        }
        swept
    }

    /// Tells of a failure, unless this or the sweep before had one already.
    fn fails(&mut self, error: &Error) {
        // A table that was dropped meanwhile has nothing to delete.
        if matches!(error, Error::NoTable { .. }) {
            return;
        }
        if self.failed.is_none_or(|failed| failed + 1 < self.number) {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "expired items are not deleted");
        }
        self.failed = Some(self.number);
    }

    /// The tables whose items can expire.
    fn tables(&self) -> Vec<Arc<Table>> {
        let catalog = self.proxy.catalog();
        let tables = catalog.tables().filter(|table| table.time_to_live.attribute.is_some());
        tables.cloned().collect()
    }
}

impl Proxy {
    async fn expired(&self, read: ExpiredRead) -> Result<Vec<Expired>, Error> {
        self.store()?.expired(read).await
    }

    /// From now on expired items are deleted so.
    pub fn set_sweeping(&self, sweeping: Sweeping) {
        self.background.sweeping.store(Arc::new(sweeping));
    }

    /// Deletes those that still expire when they were found to.
    async fn delete_expired(&self, table: &Table, found: Vec<Expired>) -> Result<(), Error> {
        let Some(attribute) = &table.time_to_live.attribute else { return Ok(()) };
        let deletes = found.into_iter().map(|Expired { second, key }| {
            self.write(Mutation {
                key,
                condition: Some(Arc::new(still_says(attribute, second))),
                change: Change::Delete,
                origin: Origin::TimeToLive,
            })
        });
        let mut failed = Ok(());
        for deleted in join_all(deletes).await {
            match deleted {
                Ok(engine::Written { before: Image::Item(_), .. }) => table.metrics.expired(),
                // Somebody else deleted it, or it was given more time.
                Ok(engine::Written { before: Image::Absent, .. })
                | Err(Error::ConditionFailed { .. } | Error::NoTable { .. }) => {}
                Err(error) => failed = Err(error),
            }
        }
        failed
    }
}

fn place_of(table: &Table) -> (TableId, u32) {
    (table.schema.table, table.time_to_live.number)
}

/// That the attribute of an item has this number.
fn still_says(attribute: &str, second: u64) -> Condition {
    let number = Number::parse(&second.to_string()).expect("whole numbers are numbers");
    Condition::Compare(
        Operand::Path(Path::attribute(attribute)),
        Comparator::Equal,
        Operand::Value(AttributeValue::N(number)),
    )
}

/// Rounds of one sweep, after which it is looked anew what else has expired: a table with much to
/// delete must not keep others waiting.
const ROUNDS_MAX: usize = 100;
/// Five years, leap days left out.
const FIVE_YEARS_S: u64 = 5 * 365 * 24 * 60 * 60;
/// A look from the beginning passes over what was deleted and is not merged away yet. It is made so
/// seldom that it takes one part in so many of the time; looks between go on where the last ended.
const ANEW_SHARE: u32 = 100;
