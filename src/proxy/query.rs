//! Query and Scan: what of a request depends on the table, the read, and what it cost.
//!
//! Must hold: the checks stand in the service's order, which differs between the two, and before any
//! look-up.
//! Not here: the read itself (`page_fill.rs`, `engine/`); each check (`target.rs`, `start_key.rs`, `key_range.rs`,
//! `selection.rs`, `key_paths.rs`).

use std::sync::Arc;

use crate::api::{
    ApiError, CapacityDetail, Consistency, ConsumedCapacity, HalfUnits, Operation, Order,
    PageFound, PageOutput, PageRequest, Query, Scan,
};
use crate::engine::{PageRead, Position, Scope, Table};
use crate::metrics::Capacity;

use super::capacity::Units;
use super::key_range::KeyRange;
use super::selection::{self, Selection};
use super::start_key::{Reader, StartKey};
use super::target::Target;
use super::{Proxy, Trace, capacity, key_paths};

impl Proxy {
    pub(super) async fn query(
        &self,
        query: Query,
        trace: &mut Trace,
    ) -> Result<PageOutput, ApiError> {
        let Query { page: request, keys, order, .. } = query;
        let table = self.serving(request.table.name())?;
        let target = Target::of(&table, &request)?;
        let start = StartKey::of(request.start.as_ref(), target, Reader::Query)?;
        let range = KeyRange::of(&keys, target, |key| {
            start.as_ref().map_or(Ok(()), |start| start.check(key))
        })?;
        let after = start.map(|start| start.in_range(&range)).transpose()?;
        key_paths::check(selection::projected(&request), target.table())?;
        if let Some(filter) = &request.filter {
            selection::check_filter(filter, target)?;
        }
        key_paths::check(selection::filtered(&request), target.table())?;
        let selection = Selection::of(&request, target)?;
        let place = Place { scope: range.into_scope(), order, after };
        let operation = Operation::Query;
        let wanted = Wanted { operation, table: &table, request: &request, target };
        self.page(wanted, place, selection, trace).await
    }

    pub(super) async fn scan(&self, scan: Scan, trace: &mut Trace) -> Result<PageOutput, ApiError> {
        let Scan { page: request, segment } = scan;
        let table = self.serving(request.table.name())?;
        let target = Target::of(&table, &request)?;
        let start = StartKey::of(request.start.as_ref(), target, Reader::Scan)?;
        if let Some(start) = &start {
            target.keys().try_for_each(|key| start.check(key))?;
        }
        let selection = Selection::of(&request, target)?;
        // Whose segment a service's item is in, is the service's to say.
        if let (Some(start), Some(segment), None) = (&start, segment, &self.through) {
            start.check_segment(segment)?;
        }
        key_paths::check(selection::projected(&request), target.table())?;
        key_paths::check(selection::filtered(&request), target.table())?;
        let after = start.map(|start| start.position()).transpose()?;
        let scope = segment.map_or(Scope::Everything, Scope::Segment);
        let place = Place { scope, order: Order::Ascending, after };
        let operation = Operation::Scan;
        let wanted = Wanted { operation, table: &table, request: &request, target };
        self.page(wanted, place, selection, trace).await
    }

    async fn page(
        &self,
        wanted: Wanted<'_>,
        place: Place,
        selection: Selection,
        trace: &mut Trace,
    ) -> Result<PageOutput, ApiError> {
        let Wanted { operation, request, target, .. } = wanted;
        let read = PageRead {
            table: target.table().table,
            index: target.id(),
            scope: place.scope,
            order: place.order,
            after: place.after,
            limit: request.limit,
            source: selection.source,
            filter: request.filter.as_ref().map(|filter| filter.condition.clone()),
            projection: selection.projection,
            answer: selection.answer,
            consistency: request.consistency,
        };
        let page = self.load_page(wanted, read, trace).await?;
        let cost = Cost::of(request.consistency, page.found());
        cost.count(wanted.table, operation, page.found());
        Ok(PageOutput { capacity: cost.report(request, target), page })
    }
}

/// What a request asks for, and of which table.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) operation: Operation,
    pub(super) table: &'a Arc<Table>,
    pub(super) request: &'a PageRequest,
    pub(super) target: Target<'a>,
}

/// The part that a page is read from, and where in it the page begins.
struct Place {
    scope: Scope,
    order: Order,
    after: Option<Position>,
}

/// What a page cost.
///
/// The rows are rounded up together, whatever the filter left of them; each item that was fetched
/// for an entry of a local index costs as if it had been read alone.
pub(super) struct Cost {
    rows: HalfUnits,
    fetched: HalfUnits,
}

impl Cost {
    pub(super) fn of(consistency: Consistency, page: &PageFound) -> Self {
        let halves = |bytes: u64| capacity::of_read(bytes, consistency);
        let fetched = page.fetched_bytes.iter().map(|bytes| halves(*bytes).0);
        Self { rows: halves(page.row_bytes), fetched: HalfUnits(fetched.sum()) }
    }

    /// Counts it, and the items that it was for.
    pub(super) fn count(&self, table: &Table, operation: Operation, page: &PageFound) {
        table.metrics.consumed(Capacity::Read, self.rows.0 + self.fetched.0);
        table.metrics.returned(operation as usize, page.items().len());
    }

    /// The report, if one was asked for.
    fn report(self, request: &PageRequest, target: Target<'_>) -> Option<ConsumedCapacity> {
        match request.capacity {
            CapacityDetail::None => None,
            detail @ (CapacityDetail::Total | CapacityDetail::Indexes) => {
                capacity::report(request.table.clone(), detail, self.units(target))
            }
        }
    }

    /// The same by table and index.
    pub(super) fn units(self, target: Target<'_>) -> Units {
        let Self { rows, fetched } = self;
        let (table, local, global) = match target {
            Target::Table(_) => (rows, Vec::new(), Vec::new()),
            Target::Local(_, index) => (fetched, vec![(index.name.clone(), rows)], Vec::new()),
            Target::Global(_, index) => {
                (HalfUnits::default(), Vec::new(), vec![(index.name.clone(), rows)])
            }
        };
        Units { table, local, global }
    }
}
