//! Query and Scan: what of a request depends on the table, the read, and what it cost.
//!
//! Pages are not cached: every one is read from a snapshot of the engine's.
//!
//! Must hold: the checks stand in the service's order, which differs between the two.
//! Not here: the read itself (`engine/`); each check (`target.rs`, `start_key.rs`, `key_range.rs`,
//! `selection.rs`, `key_paths.rs`).

use crate::api::{
    ApiError, CapacityDetail, ConsumedCapacity, HalfUnits, Order, PageOutput, PageRequest, Query,
    Scan,
};
use crate::engine::{Page, PageAnswer, PageRead, Position, Scope};

use super::key_range::KeyRange;
use super::selection::{self, Selection};
use super::start_key::{Reader, StartKey, key_of_last};
use super::target::Target;
use super::{Proxy, capacity, key_paths};

impl Proxy {
    pub(super) async fn query(&self, query: Query) -> Result<PageOutput, ApiError> {
        let Query { page: request, keys, order, .. } = query;
        let table = self.serving(request.table.name())?;
        let target = Target::of(&table.schema, &request)?;
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
        self.page(&request, target, place, selection).await
    }

    pub(super) async fn scan(&self, scan: Scan) -> Result<PageOutput, ApiError> {
        let Scan { page: request, segment } = scan;
        let table = self.serving(request.table.name())?;
        let target = Target::of(&table.schema, &request)?;
        let start = StartKey::of(request.start.as_ref(), target, Reader::Scan)?;
        if let Some(start) = &start {
            target.keys().try_for_each(|key| start.check(key))?;
        }
        let selection = Selection::of(&request, target)?;
        if let (Some(start), Some(segment)) = (&start, segment) {
            start.check_segment(segment)?;
        }
        key_paths::check(selection::projected(&request), target.table())?;
        key_paths::check(selection::filtered(&request), target.table())?;
        let after = start.map(|start| start.position()).transpose()?;
        let scope = segment.map_or(Scope::Everything, Scope::Segment);
        let place = Place { scope, order: Order::Ascending, after };
        self.page(&request, target, place, selection).await
    }

    async fn page(
        &self,
        request: &PageRequest,
        target: Target<'_>,
        place: Place,
        selection: Selection,
    ) -> Result<PageOutput, ApiError> {
        let answer = selection.answer;
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
            answer,
        };
        let page = self.engine.page(read).await?;
        Ok(PageOutput {
            capacity: consumed(request, target, &page),
            last: page.last.as_ref().map(|last| key_of_last(target, last)),
            count: page.count,
            scanned: page.scanned,
            items: match answer {
                PageAnswer::Items => Some(page.items),
                PageAnswer::Count => None,
            },
        })
    }
}

/// The part that a page is read from, and where in it the page begins.
struct Place {
    scope: Scope,
    order: Order,
    after: Option<Position>,
}

/// The report of what a page cost, if one was asked for.
///
/// The rows are rounded up together, whatever the filter left of them; each item that was fetched
/// for an entry of a local index costs as if it had been read alone.
fn consumed(request: &PageRequest, target: Target<'_>, page: &Page) -> Option<ConsumedCapacity> {
    let detail = match request.capacity {
        CapacityDetail::None => return None,
        detail @ (CapacityDetail::Total | CapacityDetail::Indexes) => detail,
    };
    let halves = |bytes: u64| capacity::of_read(bytes, request.consistency);
    let rows = halves(page.row_bytes);
    let fetched = HalfUnits(page.fetched_bytes.iter().map(|bytes| halves(*bytes).0).sum());
    let none = HalfUnits::default();
    let (table_units, local, global) = match target {
        Target::Table(_) => (rows, Vec::new(), Vec::new()),
        Target::Local(_, index) => (fetched, vec![(index.name.clone(), rows)], Vec::new()),
        Target::Global(_, index) => (none, Vec::new(), vec![(index.name.clone(), rows)]),
    };
    Some(ConsumedCapacity { table: request.table.clone(), table_units, local, global, detail })
}
