//! `SELECT`: one item by the way of GetItem, or pages by that of Query and Scan.
//!
//! A page ends at Limit items, at 1 MiB, or after ten items if a list names the partitions; what
//! the statement reads in several parts goes on in the next part.
//!
//! Must hold: pages go past the page cache, whose answers have another form.
//! Not here: which parts those are (`partiql/plan/`).

use std::sync::Arc;

use super::super::capacity::{self, Units};
use super::super::key_range::KeyRange;
use super::super::query::Cost;
use super::super::start_key::{Reader, StartKey};
use super::super::target::{Target, check_full};
use super::super::{Proxy, Trace};
use super::next_token::{self, NextToken, Request};
use super::picked;
use crate::api::{
    AnswerItem, ApiError, CapacityDetail, Consistency, ExecuteStatementOutput, GetItem, Key,
    Operation, Order, TableRef,
};
use crate::cache::Why;
use crate::engine::{self, ItemSource, PageAnswer, PageRead, Position, Scope, Table};
use crate::expr::{Columns, Condition, Projection};
use crate::metrics::PageResult;
use crate::model::ItemBytes;
use crate::partiql::{Access, Direction, Error, KeyedItem, PartitionRead, ReadPlan, Select};

/// What a `SELECT` comes with.
pub(super) struct Reading {
    pub(super) named: TableRef,
    pub(super) table: Arc<Table>,
    pub(super) digest: u128,
    pub(super) consistency: Consistency,
    pub(super) next: Option<String>,
    pub(super) limit: Option<usize>,
    pub(super) capacity: CapacityDetail,
}

/// What pages are read from, part by part, and what is taken of it.
struct Parts<'a> {
    target: Target<'a>,
    scopes: Vec<Scope>,
    order: Order,
    source: ItemSource,
    filter: Option<Arc<Condition>>,
    projection: Option<Projection>,
    /// How many items are looked at.
    limit: Option<usize>,
    consistency: Consistency,
}

/// What was found, and where the page ended if it did before the last part did.
struct Found {
    items: Vec<ItemBytes>,
    units: Units,
    end: Option<NextToken>,
}

impl Proxy {
    pub(super) async fn select(
        &self,
        mut select: Select,
        reading: Reading,
        trace: &mut Trace,
    ) -> Result<ExecuteStatementOutput, ApiError> {
        let table = Arc::clone(&reading.table);
        let schema = &table.schema;
        let index = select.source.index(schema)?;
        index.map_or(Ok(()), |index| check_full(&table, index))?;
        let target = Target::of_index(schema, index);
        let source = source_of(&select, target, reading.consistency)?;
        let columns = select.columns.take();
        let ReadPlan { access, direction } = select.plan(schema, index)?;
        let (reads, filter, is_list) = match access {
            Access::Item(item) if reading.limit.is_none() && reading.next.is_none() => {
                return self.select_item(item, columns.as_ref(), reading, trace).await;
            }
            Access::Item(item) => {
                (Some(vec![PartitionRead::of_item(item.key)]), item.condition, false)
            }
            Access::Partitions { reads, is_list, filter } => (Some(reads), filter, is_list),
            Access::Everything(filter) => (None, filter, false),
        };
        let scopes = match reads {
            None => vec![Scope::Everything],
            Some(reads) => {
                let scope = |read: &PartitionRead| {
                    KeyRange::of(&read.keys, target, |_| Ok(())).map(KeyRange::into_scope)
                };
                reads.iter().map(scope).collect::<Result<_, _>>()?
            }
        };
        let order = match direction {
            Direction::Ascending => Order::Ascending,
            Direction::Descending => Order::Descending,
        };
        let projection = columns.as_ref().map(|columns| {
            Projection::of_attributes(columns.attributes().into_iter().map(str::to_owned))
        });
        let limit = match (reading.limit, is_list) {
            (limit, false) => limit,
            (limit, true) => Some(limit.unwrap_or(LIST_PAGE_ITEMS).min(LIST_PAGE_ITEMS)),
        };
        let consistency = reading.consistency;
        let parts = Parts { target, scopes, order, source, filter, projection, limit, consistency };
        self.select_page(&parts, columns.as_ref(), reading, trace).await
    }

    async fn select_item(
        &self,
        item: KeyedItem,
        columns: Option<&Columns>,
        reading: Reading,
        trace: &mut Trace,
    ) -> Result<ExecuteStatementOutput, ApiError> {
        let Reading { named, consistency, capacity, .. } = reading;
        let get = GetItem { table: named, key: item.key, consistency, projection: None, capacity };
        let found = self.get_item(get, trace).await?;
        let matches = |found: &AnswerItem| {
            item.condition.is_none_or(|condition| condition.holds(Some(found.view())))
        };
        let items = found.item.filter(matches).map(|found| picked(found, columns));
        Ok(ExecuteStatementOutput {
            items: items.into_iter().collect(),
            next: None,
            last: None,
            capacity: found.capacity,
        })
    }

    async fn select_page(
        &self,
        parts: &Parts<'_>,
        columns: Option<&Columns>,
        reading: Reading,
        trace: &mut Trace,
    ) -> Result<ExecuteStatementOutput, ApiError> {
        let Reading { named, table, digest, next, capacity, .. } = reading;
        let request = Request { digest, table: table.schema.table };
        let begin = match next {
            None => NextToken { part: 0, last: None },
            Some(next) => NextToken::read(&next, request)?,
        };
        trace.bypass(Why::Statement);
        table.metrics.page_lookup(PageResult::Bypass);
        let least = capacity::least_read(parts.consistency);
        let admission = self.admit_read(&table, parts.target, least)?;
        // One deadline for all parts, however many there are.
        let found = self.in_time(self.read_parts(parts, begin, &table)).await?;
        admission.settle(|| found.units.clone());
        let items = found.items.into_iter().map(AnswerItem::Part);
        Ok(ExecuteStatementOutput {
            items: items.map(|item| picked(item, columns)).collect(),
            next: found.end.as_ref().map(|end| end.write(request)),
            last: found.end.and_then(|end| end.last),
            capacity: capacity::report(named, capacity, found.units),
        })
    }

    async fn read_parts(
        &self,
        parts: &Parts<'_>,
        begin: NextToken,
        table: &Table,
    ) -> Result<Found, engine::Error> {
        let mut after = begin.last.map(|last| position(&last, parts.target)).transpose()?;
        let mut found = Found { items: Vec::new(), units: Units::default(), end: None };
        let (mut scanned, mut bytes) = (0, 0);
        for (part, scope) in parts.scopes.iter().enumerate().skip(begin.part) {
            let room = parts.limit.map(|limit| limit - scanned);
            let is_full = room == Some(0) || bytes >= PAGE_BYTES_MAX;
            if is_full || part - begin.part == PAGE_PARTS_MAX {
                found.end = Some(NextToken { part, last: None });
                break;
            }
            let read = parts.read(scope.clone(), after.take(), room);
            let page = self.read_page(parts.target, read).await?;
            let cost = Cost::of(parts.consistency, &page);
            cost.count(table, Operation::ExecuteStatement, &page);
            found.units.add(cost.units(parts.target));
            scanned += page.scanned;
            bytes += page.row_bytes + page.fetched_bytes.iter().sum::<u64>();
            found.items.extend(page.items.unwrap_or_default());
            if let Some(last) = page.last {
                found.end = Some(NextToken { part, last: Some(last) });
                break;
            }
        }
        Ok(found)
    }
}

impl Parts<'_> {
    fn read(&self, scope: Scope, after: Option<Position>, limit: Option<usize>) -> PageRead {
        PageRead {
            table: self.target.table().table,
            index: self.target.id(),
            scope,
            order: self.order,
            after,
            limit,
            source: self.source,
            filter: self.filter.clone(),
            projection: self.projection.clone(),
            answer: PageAnswer::Items,
            consistency: self.consistency,
        }
    }
}

/// Where the items come from: a local index fetches from the table what columns name and it does
/// not hold, a global one refuses that.
fn source_of(
    select: &Select,
    target: Target<'_>,
    consistency: Consistency,
) -> Result<ItemSource, Error> {
    let missing = |index| select.not_held(target.table(), index);
    match target {
        Target::Table(_) => Ok(ItemSource::Rows),
        Target::Local(_, index) if missing(index).is_empty() => Ok(ItemSource::Rows),
        Target::Local(..) => Ok(ItemSource::Table),
        Target::Global(_, index) => {
            let missing = missing(index);
            if !missing.is_empty() {
                return Err(Error::NotProjected(index.name.clone(), missing));
            }
            match consistency {
                Consistency::Eventual => Ok(ItemSource::Rows),
                Consistency::Strong => Err(Error::ConsistentGlobal),
            }
        }
    }
}

/// The place behind which a page begins.
fn position(last: &Key, target: Target<'_>) -> Result<Position, ApiError> {
    let start = StartKey::of(Some(last), target, Reader::Query);
    let start = start.map_err(|_| next_token::invalid())?.ok_or_else(next_token::invalid)?;
    target.keys().try_for_each(|key| start.check(key)).map_err(|_| next_token::invalid())?;
    start.position().map_err(|_| next_token::invalid())
}

/// The most items that a page looks at whose partitions a list names.
const LIST_PAGE_ITEMS: usize = 10;
/// From here on no other part is begun; each ends here by itself.
const PAGE_BYTES_MAX: u64 = 1 << 20;
/// The most parts of one page, so that a page that finds little ends, too.
const PAGE_PARTS_MAX: usize = 256;
