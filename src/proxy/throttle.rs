//! Holding clients to the capacity of tables and global indexes.
//!
//!     request ──> anything left? ──> the least it can cost is taken ──> engine ──> what it cost is drawn,
//!                      └── no: an exception with its reasons            │        the least goes back
//!                                                                       └── nothing done: it goes back
//!
//! A write also needs something left of every global index that it may touch. What it touches is
//! known once it was made, so nothing of these is taken ahead.
//!
//! Must hold: while capacity is not enforced, nothing but one flag is looked at; hits of the cache
//! and background work never come here.
//! Not here: the buckets (`engine/buckets.rs`), what a request costs (`capacity.rs`).

use std::collections::{BTreeMap, HashSet};
use std::iter;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Proxy;
use super::capacity::{self, Units};
use super::target::Target;
use crate::api::{ApiError, Billing, CapacityKind, CapacityLimit, HalfUnits, ThrottlingReason};
use crate::clock::Clock;
use crate::engine::{Buckets, Change, Error, Table, TableIndex};
use crate::metrics::ThrottleCause;
use crate::model::{IndexId, IndexSchema, TableSchema};

/// Requests that were let through together, with what they took so far; whoever drops one gives that
/// back.
#[must_use]
pub(super) struct Admission<'a>(Option<Taken<'a>>);

struct Taken<'a> {
    kind: CapacityKind,
    clock: &'a Clock,
    /// What was taken of each table or index, of one at least.
    parts: Vec<(Resource<'a>, HalfUnits)>,
}

/// Requests of which one at least found nothing left; nothing was taken for any.
#[must_use]
pub(super) struct Refusal<'a> {
    kind: CapacityKind,
    clock: &'a Clock,
    /// What each of them is of, and what it lacks.
    elements: Vec<(Resource<'a>, Vec<ThrottlingReason>)>,
}

/// What a request asks for.
struct Ask<'a> {
    /// What the least that it costs is taken from.
    from: Resource<'a>,
    least: HalfUnits,
    /// What else must have something left.
    touched: Vec<Resource<'a>>,
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
            Some(from) => {
                let ask = Ask { from, least, touched: Vec::new() };
                self.admit(&[ask], CapacityKind::Read).map_err(Refusal::told)
            }
            // The index is gone, as the read will find out.
            None => Ok(Admission(None)),
        }
    }

    /// Lets reads of tables through together, or none of them.
    pub(super) fn admit_reads<'a>(
        &'a self,
        reads: impl Iterator<Item = (&'a Table, HalfUnits)>,
    ) -> Result<Admission<'a>, Refusal<'a>> {
        if !self.enforces() {
            return Ok(Admission(None));
        }
        let asks = reads.map(|(table, least)| {
            let from = Resource::of_table(table);
            Ask { from, least, touched: Vec::new() }
        });
        self.admit(&asks.collect::<Vec<_>>(), CapacityKind::Read)
    }

    /// Lets a write through that costs its table so much at least.
    pub(super) fn admit_write<'a>(
        &'a self,
        table: &'a Table,
        change: &Change,
        least: HalfUnits,
    ) -> Result<Admission<'a>, ApiError> {
        self.admit_writes(iter::once((table, change, least))).map_err(Refusal::told)
    }

    /// Lets writes through together, or none of them.
    pub(super) fn admit_writes<'a, 'b>(
        &'a self,
        writes: impl Iterator<Item = (&'a Table, &'b Change, HalfUnits)>,
    ) -> Result<Admission<'a>, Refusal<'a>> {
        if !self.enforces() {
            return Ok(Admission(None));
        }
        let asks = writes.map(|(table, change, least)| {
            let indexes = table.schemas_and_indexes();
            let touched = indexes.filter(|(index, _)| may_touch(&table.schema, index, change));
            let touched = touched.map(|index| Resource { table, index: Some(index) });
            Ask { from: Resource::of_table(table), least, touched: touched.collect() }
        });
        self.admit(&asks.collect::<Vec<_>>(), CapacityKind::Write)
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

    /// Asks each bucket once, whichever of the requests need it, and takes only if all have some.
    fn admit<'a>(
        &'a self,
        asks: &[Ask<'a>],
        kind: CapacityKind,
    ) -> Result<Admission<'a>, Refusal<'a>> {
        let (now, clock) = (self.clock.monotonic(), &self.clock);
        let mut wanted: BTreeMap<usize, (Resource<'a>, HalfUnits)> = BTreeMap::new();
        for ask in asks {
            wanted.entry(ask.from.id()).or_insert((ask.from, HalfUnits(0))).1.0 += ask.least.0;
            for touched in &ask.touched {
                wanted.entry(touched.id()).or_insert((*touched, HalfUnits(0)));
            }
        }
        let lacks = |(_, (resource, _)): &(&usize, &(Resource<'a>, HalfUnits))| {
            !resource.has_some(kind, now)
        };
        let mut lacking: HashSet<usize> = wanted.iter().filter(lacks).map(|(id, _)| *id).collect();
        let mut taken = Taken { kind, clock, parts: Vec::with_capacity(wanted.len()) };
        if lacking.is_empty() {
            let own = wanted.into_iter().filter(|(_, (_, units))| units.0 > 0);
            for (id, (resource, units)) in own {
                let Some(units) = resource.take(kind, now, units) else {
                    // Others were quicker.
                    lacking.insert(id);
                    break;
                };
                taken.parts.push((resource, units));
            }
        }
        if lacking.is_empty() {
            return Ok(Admission(Some(taken)));
        }
        taken.give_back();
        let elements = asks.iter().map(|ask| {
            let needed = iter::once(&ask.from).chain(&ask.touched);
            let lacked = needed.filter(|resource| lacking.contains(&resource.id()));
            (ask.from, lacked.filter_map(|resource| resource.reason(kind)).collect())
        });
        Err(Refusal { kind, clock, elements: elements.collect() })
    }
}

impl<'a> Refusal<'a> {
    /// What the client is told of a request that is refused by itself.
    fn told(self) -> ApiError {
        self.count();
        let reasons = self.elements.into_iter().flat_map(|(_, reasons)| reasons);
        ApiError::throttled(reasons.collect())
    }

    /// What the client is told of each request; nothing of those that lack nothing.
    pub(super) fn told_of_each(self) -> Vec<Option<ApiError>> {
        self.count();
        let reasons = self.elements.into_iter().map(|(_, reasons)| reasons);
        let told = reasons.map(|all| (!all.is_empty()).then(|| ApiError::throttled(all)));
        told.collect()
    }

    /// Lets them through all the same, to be charged.
    pub(super) fn waived(self) -> Admission<'a> {
        let Self { kind, clock, elements } = self;
        let parts = elements.into_iter().map(|(from, _)| (from, HalfUnits(0)));
        Admission(Some(Taken { kind, clock, parts: parts.collect() }))
    }

    fn count(&self) {
        for (Resource { table, .. }, reasons) in &self.elements {
            for reason in reasons {
                table.metrics.throttled(capacity::counted(self.kind), cause_of(reason));
            }
        }
    }
}

impl Admission<'_> {
    /// Draws what the one request came to.
    pub(super) fn settle(self, units: impl FnOnce() -> Units) {
        let Some(taken) = &self.0 else { return };
        let kind = taken.kind;
        let table = taken.parts.first().map(|(from, _)| from.table);
        self.settle_all(kind, table.map(|table| (table, units())));
    }

    /// Draws what the requests came to, which may have turned out to be of another kind.
    ///
    /// What was taken goes back last: no one else gets it in between.
    pub(super) fn settle_all<'t>(
        mut self,
        kind: CapacityKind,
        charged: impl IntoIterator<Item = (&'t Table, Units)>,
    ) {
        let Some(taken) = self.0.take() else { return };
        let now = taken.clock.monotonic();
        for (table, units) in charged {
            let Units { table: HalfUnits(own), local, global } = units;
            let own = own + local.iter().map(|(_, part)| part.0).sum::<u64>();
            Resource::of_table(table).draw(kind, now, HalfUnits(own));
            for (name, part) in global {
                let index = table.schema.index(&name);
                if let Some(index) = index.and_then(|index| Resource::of_index(table, index.id)) {
                    index.draw(kind, now, part);
                }
            }
        }
        taken.give_back();
    }

    /// Gives back what was taken for writes that failed so; what may have been written still keeps
    /// it, since what that will come to is never known.
    pub(super) fn end_unwritten(mut self, error: &Error) {
        if error.may_have_happened() {
            self.0 = None;
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
        for (from, units) in &self.parts {
            from.buckets().of(self.kind).give_back(*units);
        }
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

    /// What tells it from others, as long as its table lives.
    fn id(self) -> usize {
        std::ptr::from_ref(self.buckets()).addr()
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

    /// Whether anything is left.
    fn has_some(self, kind: CapacityKind, now: Duration) -> bool {
        let Some((per_second, _)) = self.limit(kind) else { return true };
        self.buckets().of(kind).has_some(per_second, now)
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

    /// Takes so much if anything is left: what was taken, which is nothing where there is no limit.
    fn take(self, kind: CapacityKind, now: Duration, units: HalfUnits) -> Option<HalfUnits> {
        let Some((per_second, _)) = self.limit(kind) else { return Some(HalfUnits(0)) };
        self.buckets().of(kind).take(per_second, now, units).then_some(units)
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

fn cause_of(reason: &ThrottlingReason) -> ThrottleCause {
    match (reason.is_index, reason.limit) {
        (false, CapacityLimit::Provisioned) => ThrottleCause::TableProvisioned,
        (false, CapacityLimit::OnDemandMaximum) => ThrottleCause::TableMaximum,
        (true, CapacityLimit::Provisioned) => ThrottleCause::IndexProvisioned,
        (true, CapacityLimit::OnDemandMaximum) => ThrottleCause::IndexMaximum,
    }
}
