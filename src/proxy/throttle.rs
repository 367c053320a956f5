//! Holding clients to the capacity of tables and global indexes.
//!
//!     request ──> anything left? ──> the least it can cost is taken ──> engine ──> the rest is drawn
//!                      └── no: an exception with its reasons            └── failed: it goes back
//!
//! A write also needs something left of every global index that it may touch. What it touches is
//! known once it was made, so nothing of these is taken ahead.
//!
//! Must hold: while capacity is not enforced, nothing but one flag is looked at; hits of the cache
//! and background work never come here.
//! Not here: the buckets (`engine/buckets.rs`), what a request costs (`capacity.rs`).

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Proxy;
use super::capacity::Units;
use super::target::Target;
use crate::api::{ApiError, Billing, CapacityKind, CapacityLimit, HalfUnits, ThrottlingReason};
use crate::clock::Clock;
use crate::engine::{Buckets, Change, Table, TableIndex};
use crate::metrics::{Capacity, ThrottleCause};
use crate::model::{IndexId, IndexSchema, TableSchema};

/// A request that was let through, with what it took so far; whoever drops one gives that back.
#[must_use]
pub(super) struct Admission<'a>(Option<Taken<'a>>);

struct Taken<'a> {
    from: Resource<'a>,
    kind: CapacityKind,
    units: HalfUnits,
    clock: &'a Clock,
}

/// A table or one of its global indexes.
#[derive(Clone, Copy)]
struct Resource<'a> {
    table: &'a Table,
    index: Option<(&'a IndexSchema, &'a TableIndex)>,
}

impl Proxy {
    /// From now on requests are held to the capacity of tables, or not.
    pub fn set_enforcing(&self, enforces: bool) {
        self.enforces.store(enforces, Ordering::Relaxed);
    }

    /// Lets a read through that costs so much at least, of a table or a global index; a local index
    /// shares its table's capacity.
    pub(super) fn admit_read<'a>(
        &'a self,
        table: &'a Table,
        target: Target<'_>,
        least: HalfUnits,
    ) -> Result<Admission<'a>, ApiError> {
        if !self.enforces() {
            return Ok(Admission(None));
        }
        let resource = match target {
            Target::Table(_) | Target::Local(..) => Some(Resource::of_table(table)),
            Target::Global(_, index) => Resource::of_index(table, index.id),
        };
        match resource {
            Some(resource) => self.admit(resource, &[], CapacityKind::Read, least),
            // The index is gone, as the read will find out.
            None => Ok(Admission(None)),
        }
    }

    /// Lets a write through that costs its table so much at least.
    pub(super) fn admit_write<'a>(
        &'a self,
        table: &'a Table,
        change: &Change,
        least: HalfUnits,
    ) -> Result<Admission<'a>, ApiError> {
        if !self.enforces() {
            return Ok(Admission(None));
        }
        let indexes = table.schemas_and_indexes();
        let touched = indexes.filter(|(index, _)| may_touch(&table.schema, index, change));
        let touched = touched.map(|index| Resource { table, index: Some(index) });
        let touched: Vec<Resource<'_>> = touched.collect();
        self.admit(Resource::of_table(table), &touched, CapacityKind::Write, least)
    }

    /// Brings in what came until now, before the units of a table may change.
    pub(super) fn fill_buckets(&self, table: &Table) {
        let now = self.clock.monotonic();
        let indexes =
            table.schemas_and_indexes().map(|index| Resource { table, index: Some(index) });
        for resource in indexes.chain([Resource::of_table(table)]) {
            for kind in [CapacityKind::Read, CapacityKind::Write] {
                if let Some((per_second, _)) = resource.limit(kind) {
                    resource.buckets().of(kind).fill(per_second, now);
                }
            }
        }
    }

    fn enforces(&self) -> bool {
        self.enforces.load(Ordering::Relaxed)
    }

    fn admit<'a>(
        &'a self,
        from: Resource<'a>,
        touched: &[Resource<'a>],
        kind: CapacityKind,
        least: HalfUnits,
    ) -> Result<Admission<'a>, ApiError> {
        let now = self.clock.monotonic();
        let mut reasons: Vec<ThrottlingReason> =
            touched.iter().filter_map(|resource| resource.lacking(kind, now)).collect();
        if reasons.is_empty() && from.take(kind, now, least) {
            // Where there is no limit nothing was taken.
            let units = from.limit(kind).map_or(HalfUnits(0), |_| least);
            return Ok(Admission(Some(Taken { from, kind, units, clock: &self.clock })));
        }
        let own = if reasons.is_empty() { from.reason(kind) } else { from.lacking(kind, now) };
        reasons.splice(0..0, own);
        for reason in &reasons {
            from.table.metrics.throttled(counted(kind), cause_of(reason));
        }
        Err(ApiError::throttled(reasons))
    }
}

impl Admission<'_> {
    /// Draws what the request came to.
    pub(super) fn settle(self, units: impl FnOnce() -> Units) {
        let kind = self.0.as_ref().map(|taken| taken.kind);
        if let Some(kind) = kind {
            self.settle_as(kind, units);
        }
    }

    /// The same for a request that turned out to be of another kind.
    pub(super) fn settle_as(mut self, kind: CapacityKind, units: impl FnOnce() -> Units) {
        let Some(taken) = self.0.take() else { return };
        let (table, now) = (taken.from.table, taken.clock.monotonic());
        taken.give_back();
        let Units { table: HalfUnits(own), local, global } = units();
        let own = own + local.iter().map(|(_, part)| part.0).sum::<u64>();
        Resource::of_table(table).draw(kind, now, HalfUnits(own));
        for (name, part) in global {
            let index = table.schema.index(&name);
            if let Some(index) = index.and_then(|index| Resource::of_index(table, index.id)) {
                index.draw(kind, now, part);
            }
        }
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if let Some(taken) = self.0.take() {
            taken.give_back();
        }
    }
}

impl Taken<'_> {
    fn give_back(&self) {
        self.from.buckets().of(self.kind).give_back(self.units);
    }
}

impl<'a> Resource<'a> {
    fn of_table(table: &'a Table) -> Self {
        Self { table, index: None }
    }

    fn of_index(table: &'a Table, id: IndexId) -> Option<Self> {
        let index = table.schemas_and_indexes().find(|(schema, _)| schema.id == id)?;
        Some(Self { table, index: Some(index) })
    }

    fn buckets(self) -> &'a Buckets {
        self.index.map_or(&self.table.buckets, |(_, index)| &index.buckets)
    }

    /// The units that come in a second, and what says so; none without a limit.
    fn limit(self, kind: CapacityKind) -> Option<(u64, CapacityLimit)> {
        let (units, throughput) = match self.index {
            None => (self.table.billing, self.table.throughput),
            Some((_, index)) => {
                (index.units.map_or(Billing::OnDemand, Billing::bought), index.throughput)
            }
        };
        let maxima = throughput.maxima;
        match (units, kind) {
            (Billing::Provisioned { read, .. }, CapacityKind::Read) => {
                Some((read, CapacityLimit::Provisioned))
            }
            (Billing::Provisioned { write, .. }, CapacityKind::Write) => {
                Some((write, CapacityLimit::Provisioned))
            }
            (Billing::OnDemand, CapacityKind::Read) => {
                maxima.read.map(|units| (units, CapacityLimit::OnDemandMaximum))
            }
            (Billing::OnDemand, CapacityKind::Write) => {
                maxima.write.map(|units| (units, CapacityLimit::OnDemandMaximum))
            }
        }
    }

    /// Why nothing is left, if nothing is.
    fn lacking(self, kind: CapacityKind, now: Duration) -> Option<ThrottlingReason> {
        let (per_second, _) = self.limit(kind)?;
        let has_some = self.buckets().of(kind).has_some(per_second, now);
        if has_some { None } else { self.reason(kind) }
    }

    fn reason(self, kind: CapacityKind) -> Option<ThrottlingReason> {
        let (_, limit) = self.limit(kind)?;
        let table = &self.table.arn;
        let (is_index, resource) = match self.index {
            None => (false, table.clone()),
            Some((schema, _)) => (true, format!("{table}/index/{}", schema.name)),
        };
        Some(ThrottlingReason { is_index, kind, limit, resource })
    }

    fn take(self, kind: CapacityKind, now: Duration, units: HalfUnits) -> bool {
        let Some((per_second, _)) = self.limit(kind) else { return true };
        self.buckets().of(kind).take(per_second, now, units)
    }

    fn draw(self, kind: CapacityKind, now: Duration, units: HalfUnits) {
        if let Some((per_second, _)) = self.limit(kind) {
            self.buckets().of(kind).draw(per_second, now, units);
        }
    }
}

/// Whether a change can change the entries of an index that has capacity of its own.
fn may_touch(table: &TableSchema, index: &IndexSchema, change: &Change) -> bool {
    if index.is_local() {
        return false;
    }
    match change {
        Change::Check => false,
        // What is replaced or removed may have had an entry.
        Change::Put(_) | Change::Delete => true,
        Change::Update { update, makes, .. } => {
            let is_keyed_by_table =
                index.keys().all(|key| table.keys().any(|own| own.name == key.name));
            (*makes && is_keyed_by_table)
                || update.targets().any(|target| index.projects(table, &target.attribute))
        }
    }
}

fn counted(kind: CapacityKind) -> Capacity {
    match kind {
        CapacityKind::Read => Capacity::Read,
        CapacityKind::Write => Capacity::Write,
    }
}

fn cause_of(reason: &ThrottlingReason) -> ThrottleCause {
    match (reason.is_index, reason.limit) {
        (false, CapacityLimit::Provisioned) => ThrottleCause::TableProvisioned,
        (false, CapacityLimit::OnDemandMaximum) => ThrottleCause::TableMaximum,
        (true, CapacityLimit::Provisioned) => ThrottleCause::IndexProvisioned,
        (true, CapacityLimit::OnDemandMaximum) => ThrottleCause::IndexMaximum,
    }
}
