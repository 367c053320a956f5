//! A page of the upstream: what is asked for, and what the answer says.
//!
//! The sizes that were looked at are worked out from the capacity that the page cost, which is always
//! asked for:
//!
//!     half a unit    is 2 KiB of a consistent read, 4 KiB of an eventual one
//!
//! Must hold: what a request to hearth would cost is worked out of these sizes as it is of those of
//! the embedded engine. Where the service tells no capacity, it is as large as what came.
//! Not here: keys (`keys.rs`), the request as text (`wire/json/client/`).

use super::keys::{conditions, keys_of, start};
use crate::api::{
    CapacityDetail, Consistency, ConsumedCapacity, Filter, Form, HalfUnits, Operation, PageFound,
    PageRequest, Query, Request, Scan, Select, TableRef,
};
use crate::engine::{Error, ItemSource, Page, PageAnswer, PageRead, Scope, Table};
use crate::model::{IndexId, IndexSchema, Item};
use crate::wire::json::client::ReadPage;

/// What a page is read from, and how fresh.
pub(super) struct Asked<'a> {
    table: &'a Table,
    index: Option<&'a IndexSchema>,
    consistency: Consistency,
}

impl<'a> Asked<'a> {
    /// What is read, by the table's schema: global indexes never consistently, all else if that is
    /// asked for or `fills` are.
    pub(super) fn of(table: &'a Table, read: &PageRead, fills: Consistency) -> Result<Self, Error> {
        let index = match read.index {
            IndexId::TABLE => None,
            id => Some(table.schema.index_of(id).ok_or_else(|| Error::no_table(read.table))?),
        };
        let consistency = match index {
            Some(index) if !index.is_local() => Consistency::Eventual,
            Some(_) | None => stronger(fills, read.consistency),
        };
        Ok(Self { table, index, consistency })
    }

    /// The request, and of which operation it is.
    pub(super) fn request(&self, read: PageRead) -> Result<(Operation, Request), Error> {
        let Self { table, index, consistency } = *self;
        let PageRead { scope, order, after, limit, source, filter, projection, answer, .. } = read;
        let gone = || Error::no_table(read.table);
        let after = after.map(|after| start(&table.schema, index, &after).ok_or_else(gone));
        let select = match (answer, &projection, source) {
            (PageAnswer::Count, ..) => Some(Select::Count),
            (PageAnswer::Items, None, ItemSource::Table) => Some(Select::AllAttributes),
            (PageAnswer::Items, ..) => None,
        };
        let page = PageRequest {
            table: TableRef::of(table.name.as_str())?,
            index: index.map(|index| index.name.clone()),
            filter: filter.map(|condition| Filter { condition, form: Form::Expression }),
            // What is only counted is not projected.
            projection: projection.filter(|_| answer == PageAnswer::Items),
            select,
            limit,
            start: after.transpose()?,
            consistency,
            capacity: CapacityDetail::Indexes,
        };
        Ok(match scope {
            Scope::Partition { partition, sort } => {
                let keys = keys_of(&table.schema, index);
                let keys = conditions(keys, &partition, &sort).ok_or_else(gone)?;
                let query = Query { page, keys, form: Form::Expression, order };
                (Operation::Query, Request::Query(query))
            }
            Scope::Everything => (Operation::Scan, Request::Scan(Scan { page, segment: None })),
            Scope::Segment(segment) => {
                (Operation::Scan, Request::Scan(Scan { page, segment: Some(segment) }))
            }
        })
    }

    /// The page that an answer says.
    pub(super) fn page(&self, answer: ReadPage) -> Page {
        let ReadPage { found, capacity } = answer;
        let sizes = self.sizes(&found, capacity);
        let PageFound { items, count, scanned, last, .. } = found;
        let last = last.map(|attributes| Item { attributes }.encode().item());
        Page {
            items: items.unwrap_or_default(),
            count,
            scanned,
            row_bytes: sizes.rows,
            fetched_bytes: sizes.fetched.into_iter().collect(),
            last,
        }
    }

    fn sizes(&self, found: &PageFound, capacity: Option<ConsumedCapacity>) -> Sizes {
        let Some(consumed) = capacity else {
            let rows = found.items().iter().map(|item| item.view().size() as u64).sum();
            return Sizes { rows, fetched: None };
        };
        let bytes = |HalfUnits(halves)| {
            halves.saturating_mul(match self.consistency {
                Consistency::Strong => CONSISTENT_HALF_BYTES,
                Consistency::Eventual => EVENTUAL_HALF_BYTES,
            })
        };
        let named = |index: &IndexSchema| {
            let mut indexes = consumed.local.iter().chain(&consumed.global);
            indexes.find(|(name, _)| *name == index.name).map(|(_, units)| *units)
        };
        match self.index.and_then(named) {
            None => Sizes { rows: bytes(consumed.total()), fetched: None },
            Some(rows) => {
                let fetched = consumed.table_units;
                let fetched = (fetched != HalfUnits::default()).then(|| bytes(fetched));
                Sizes { rows: bytes(rows), fetched }
            }
        }
    }
}

/// What was looked at: rows, and items that were fetched for entries of a local index, together.
struct Sizes {
    rows: u64,
    fetched: Option<u64>,
}

/// The one that is as fresh as both.
pub(super) fn stronger(one: Consistency, other: Consistency) -> Consistency {
    match (one, other) {
        (Consistency::Eventual, Consistency::Eventual) => Consistency::Eventual,
        (Consistency::Strong, _) | (_, Consistency::Strong) => Consistency::Strong,
    }
}

const CONSISTENT_HALF_BYTES: u64 = 2 << 10;
const EVENTUAL_HALF_BYTES: u64 = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Order;
    use crate::engine::upstream::table_of;
    use crate::engine::{SortRange, SortTest};
    use crate::metrics::{self, Metrics};
    use crate::model::{AttributeValue, TableId};
    use crate::wire::json::client::table;

    const LOCAL: IndexId = IndexId::new(1);
    const GLOBAL: IndexId = IndexId::new(2);

    fn known() -> Table {
        let index = r#""KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b",
            "KeyType":"RANGE"}]"#;
        let body = format!(
            r#"{{"Table":{{"TableName":"tab","TableStatus":"ACTIVE","KeySchema":[{{"AttributeName":"a",
            "KeyType":"HASH"}}],"AttributeDefinitions":[{{"AttributeName":"a","AttributeType":"S"}},
            {{"AttributeName":"b","AttributeType":"S"}}],"LocalSecondaryIndexes":[{{"IndexName":"loc",
            {index}}}],"GlobalSecondaryIndexes":[{{"IndexName":"glo",{index}}}]}}}}"#
        );
        let metrics = Metrics::new(metrics::Options::default()).table("tab");
        let described = table(body.as_bytes()).expect("a description");
        table_of(described, TableId::new(7), None, metrics)
    }

    fn read(index: IndexId, consistency: Consistency) -> PageRead {
        PageRead {
            table: TableId::new(7),
            index,
            scope: Scope::Everything,
            order: Order::Ascending,
            after: None,
            limit: None,
            source: ItemSource::Rows,
            filter: None,
            projection: None,
            answer: PageAnswer::Items,
            consistency,
        }
    }

    fn sizes(
        index: IndexId,
        fills: Consistency,
        capacity: Option<ConsumedCapacity>,
    ) -> (u64, Vec<u64>) {
        let table = known();
        let asked = Asked::of(&table, &read(index, Consistency::Eventual), fills);
        let item = Item::from([("a", AttributeValue::S("xyz".into()))]).encode().item();
        let found = PageFound { items: Some(vec![item.clone(), item]), ..PageFound::default() };
        let page = asked.expect("it is there").page(ReadPage { found, capacity });
        (page.row_bytes, page.fetched_bytes)
    }

    fn consumed(table: u64, index: Option<(&str, u64)>) -> ConsumedCapacity {
        let local = index.map(|(name, units)| (name.to_owned(), HalfUnits(units)));
        ConsumedCapacity {
            table: TableRef::of("tab").expect("a name"),
            table_units: HalfUnits(table),
            local: local.into_iter().collect(),
            global: Vec::new(),
            detail: CapacityDetail::Indexes,
            kind: None,
        }
    }

    #[test]
    fn all_but_global_indexes_are_read_consistently_if_fills_or_the_request_are() {
        use Consistency::{Eventual, Strong};

        let table = known();
        for (index, fills, wanted, consistency) in [
            (IndexId::TABLE, Strong, Eventual, Strong),
            (IndexId::TABLE, Eventual, Strong, Strong),
            (IndexId::TABLE, Eventual, Eventual, Eventual),
            (LOCAL, Strong, Eventual, Strong),
            (LOCAL, Eventual, Eventual, Eventual),
            (GLOBAL, Strong, Eventual, Eventual),
        ] {
            let read = read(index, wanted);
            let asked = Asked::of(&table, &read, fills).expect("it is there");
            let Ok((_, Request::Scan(scan))) = asked.request(read) else { panic!("it is a scan") };
            assert_eq!(scan.page.consistency, consistency, "{index:?} {fills:?} {wanted:?}");
            assert_eq!(scan.page.capacity, CapacityDetail::Indexes);
        }
        let gone = Asked::of(&table, &read(IndexId::new(9), Eventual), Strong);
        assert!(matches!(gone.map(drop), Err(Error::NoTable { .. })));
    }

    #[test]
    fn half_a_unit_is_twice_as_much_of_an_eventual_read() {
        let of_table = |fills| sizes(IndexId::TABLE, fills, Some(consumed(6, None)));

        assert_eq!(of_table(Consistency::Strong), (3 * 4096, vec![]));
        assert_eq!(of_table(Consistency::Eventual), (6 * 4096, vec![]));
    }

    #[test]
    fn what_a_local_index_cost_is_told_apart_from_what_was_fetched() {
        let local = |capacity| sizes(LOCAL, Consistency::Strong, Some(capacity));

        assert_eq!(local(consumed(8, Some(("loc", 2)))), (4096, vec![4 * 4096]));
        assert_eq!(local(consumed(0, Some(("loc", 2)))), (4096, vec![]));
        // A service that tells only the sum.
        assert_eq!(local(consumed(8, None)), (4 * 4096, vec![]));
    }

    #[test]
    fn without_capacity_what_came_is_what_was_looked_at() {
        assert_eq!(sizes(IndexId::TABLE, Consistency::Strong, None), (8, vec![]));
    }

    #[test]
    fn a_partition_that_is_none_of_the_table_is_not_asked_for() {
        let table = known();
        let mut read = read(IndexId::TABLE, Consistency::Eventual);
        let partition = b"\xFF".to_vec();
        let sort = SortRange { equal: Vec::new(), next: SortTest::Any };
        read.scope = Scope::Partition { partition, sort };

        let asked = Asked::of(&table, &read, Consistency::Strong).expect("it is there");

        assert!(matches!(asked.request(read).map(drop), Err(Error::NoTable { .. })));
    }
}
