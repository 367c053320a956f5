//! How long changes of tables take to settle, and how many tables may do so at a time.
//!
//! A change is made and durable before it begins to settle. What settles is kept in memory alone: a
//! start finds it settled. A table that was dropped is kept for as long, without its items.
//!
//! Must hold: with a delay of zero nothing ever settles; no more tables are being made, changed or
//! dropped at a time than may be.
//! Not here: what is shown meanwhile (`engine/settling.rs`), what is refused (`admission.rs`).

use std::sync::Arc;
use std::time::Duration;

use super::writer::Writer;
use crate::api::{ApiError, ErrorCode, TableStatus};
use crate::clock::Clock;
use crate::engine::{Setting, Table, TimeToLive, Unsettled};

/// What the writer keeps of what settles.
#[derive(Default)]
pub(super) struct Unsettling {
    /// Tables that were dropped.
    dropped: Vec<Arc<Table>>,
    /// When something has settled next.
    next: Option<Duration>,
}

impl Unsettling {
    /// The tables that were dropped and are still shown.
    pub(super) fn dropped(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.dropped.iter()
    }

    /// How long until something has settled, at most this long.
    pub(super) fn wait(&self, clock: &Clock, longest: Duration) -> Duration {
        self.next.map_or(longest, |next| next.saturating_sub(clock.monotonic()).min(longest))
    }
}

impl Writer {
    /// Ends what has settled.
    pub(super) fn settle(&mut self) {
        let Some(next) = self.unsettling.next else { return };
        let now = self.clock.monotonic();
        if now < next {
            return;
        }
        for kept in self.tables.values_mut() {
            if let Some(table) = kept.table.settled_at(now) {
                kept.table = Arc::new(table);
            }
        }
        self.unsettling.dropped.retain(|table| table.settled_at(now).is_none());
        self.publish();
    }

    /// Notes when what the tables are doing has settled next.
    pub(super) fn note_settling(&mut self) {
        let kept = self.tables.values().map(|kept| &kept.table).chain(self.unsettling.dropped());
        self.unsettling.next = kept.filter_map(|table| table.settles_at()).min();
    }

    /// A table that is made now.
    pub(super) fn begin_made(&self, table: Table) -> Result<Table, ApiError> {
        if self.options.settling.is_zero() {
            return Ok(table);
        }
        self.check_room()?;
        Ok(table.settling_until(self.settles_at(), Unsettled::Made))
    }

    /// A table that is altered now; `streams` is whether a stream goes on or off with it.
    pub(super) fn begin_altered(
        &self,
        before: &Table,
        altered: Table,
        streams: bool,
    ) -> Result<Table, ApiError> {
        let (is_zero, until) = (self.options.settling.is_zero(), self.settles_at());
        let changes = changes(before, &altered, streams).into_iter().filter(|_| !is_zero);
        let altered = changes.fold(altered, |table, change| table.settling_until(until, change));
        if is_busy(&altered) && !is_busy(before) {
            self.check_room()?;
        }
        Ok(altered)
    }

    /// Refuses to drop a table while too many others settle.
    pub(super) fn check_dropped(&self) -> Result<(), ApiError> {
        if self.options.settling.is_zero() { Ok(()) } else { self.check_room() }
    }

    /// Goes on showing a table that is dropped; one that did not get its items is just gone.
    pub(super) fn begin_dropped(&mut self, table: &Table) {
        if self.options.settling.is_zero() || table.restoring.is_some() {
            return;
        }
        // Nothing is left of it that could expire or be filled.
        let gone =
            Table { time_to_live: TimeToLive::default(), settling: Vec::new(), ..table.clone() };
        let gone = gone.settling_until(self.settles_at(), Unsettled::Dropped);
        self.unsettling.dropped.push(Arc::new(gone));
    }

    fn settles_at(&self) -> Duration {
        self.clock.monotonic().saturating_add(self.options.settling)
    }

    fn check_room(&self) -> Result<(), ApiError> {
        let max = self.options.settling_tables_max;
        let busy = self.tables.values().filter(|kept| is_busy(&kept.table)).count();
        if busy + self.unsettling.dropped.len() < max {
            return Ok(());
        }
        let message = format!(
            "Subscriber limit exceeded: Only {max} tables can be created, updated, or deleted \
             simultaneously"
        );
        Err(ApiError::new(ErrorCode::LimitExceeded, message))
    }
}

/// Whether a table counts as being made, changed or dropped.
fn is_busy(table: &Table) -> bool {
    table.status != TableStatus::Active || table.has_index_work()
}

/// What of an alteration takes a while to settle.
fn changes(before: &Table, after: &Table, streams: bool) -> Vec<Unsettled> {
    let mut changes = Vec::new();
    let units = |table: &Table| table.indexes.iter().map(|index| index.units).collect::<Vec<_>>();
    let setting = if streams {
        Some(Setting::Stream)
    } else if before.class != after.class {
        Some(Setting::Class)
    } else if before.billing != after.billing {
        Some(Setting::Capacity)
    } else if before.indexes.len() == after.indexes.len() && units(before) != units(after) {
        Some(Setting::IndexUnits)
    } else {
        None
    };
    if let Some(setting) = setting {
        let was = Table { settling: Vec::new(), ..before.clone() };
        changes.push(Unsettled::Setting(setting, Arc::new(was)));
    }
    let leaving = |table: &Table| table.leaving.as_ref().map(|leaving| leaving.index.id);
    if before.building() != after.building() || leaving(before) != leaving(after) {
        changes.push(Unsettled::Index);
    }
    if setting.is_none() && before.throughput.warm != after.throughput.warm {
        changes.push(Unsettled::Warm(before.throughput.warm));
    }
    if before.encryption != after.encryption {
        changes.push(Unsettled::Encryption(before.encryption.clone()));
    }
    if before.time_to_live.attribute != after.time_to_live.attribute {
        changes.push(Unsettled::TimeToLive(before.time_to_live.attribute.clone()));
    }
    changes
}
