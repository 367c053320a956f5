//! Pages over the store in memory, against a list that is sorted and cut here.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::model::{Segment, hash16};

impl Db {
    /// The keys of all pages together; each page must be one of the kind that `read` asks for.
    fn paged(&self, mut read: PageRead) -> Vec<(String, String)> {
        let mut found = Vec::new();
        loop {
            let page = self.page(read.clone());
            assert_eq!((page.count, page.scanned), (page.items.len(), page.items.len()));
            let sizes = page.items.iter().map(|item| item.view().size() as u64);
            assert_eq!(page.row_bytes, sizes.sum::<u64>());
            found.extend(page.items.iter().map(name));
            let Some(last) = page.last else { return found };
            assert_eq!((Some(page.scanned), page.items.last()), (read.limit, Some(&last)));
            let attributes = last.view().attributes();
            let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_value()));
            let item = Item { attributes: attributes.collect() };
            read.after = Some(self.position(read.index, &item));
        }
    }

    /// The keys of the items in the order of an index, sorted here.
    fn sorted(&self, index: IndexId, items: &[Item]) -> Vec<(Place, Item)> {
        let mut sorted: Vec<_> = items
            .iter()
            .filter_map(|item| Some((self.place(index, item)?, item.clone())))
            .collect();
        sorted.sort_by(|one, other| one.0.cmp(&other.0));
        sorted
    }

    fn place(&self, index: IndexId, item: &Item) -> Option<Place> {
        let key = self.key(item);
        let (partition, sorts) = match index {
            IndexId::TABLE => (key.partition().to_vec(), Vec::new()),
            _ => self.entry(index, item).map(|entry| (entry.partition, entry.sorts))?,
        };
        let hash = hash16(&partition);
        Some((hash, partition.len(), partition, sorts, key.bytes().to_vec()))
    }
}

/// Where an item stands in the order of an index: hash, partition, sorts, the item's own key.
type Place = ([u8; 2], usize, Vec<u8>, Vec<Vec<u8>>, Vec<u8>);

fn names(sorted: &[(Place, Item)]) -> Vec<(String, String)> {
    sorted.iter().map(|(_, item)| name(&item.encode().item())).collect()
}

/// Items of few keys, some of them in no index or in one only.
fn items() -> impl Strategy<Value = Vec<Item>> {
    let optional = |values| proptest::option::of(values);
    let item = ("[a-c]{1,2}", "[a-c]{1,2}", optional("[a-b]"), optional("[a-b]{1,2}"), 0..3_u8);
    let item = item.prop_map(|(pk, sk, g, r, n)| {
        let n = Number::parse(&n.to_string()).expect("a number");
        let given = [("pk", Some(text(&pk))), ("sk", Some(text(&sk)))];
        let rest = [("g", g.map(|g| text(&g))), ("r", r.map(|r| text(&r)))];
        let n = [("n", Some(AttributeValue::N(n)))];
        let attributes = given.into_iter().chain(rest).chain(n);
        let own = |(name, value): (&str, Option<_>)| Some((name.to_owned(), value?));
        Item { attributes: attributes.filter_map(own).collect() }
    });
    vec(item, 1..40).prop_map(|mut items| {
        items.sort_by_key(|item| name(&item.encode().item()));
        items.dedup_by_key(|item| name(&item.encode().item()));
        items
    })
}

fn any_index() -> impl Strategy<Value = IndexId> {
    prop_oneof![Just(IndexId::TABLE), Just(LOCAL), Just(GLOBAL)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the limit, order and start, pages together are what is behind the start.
    #[test]
    fn pages_together_are_the_range(
        items in items(),
        missing in any::<proptest::sample::Index>(),
        index in any_index(),
        limit in 1_usize..8,
        descending in any::<bool>(),
        whole in any::<bool>(),
    ) {
        let db = Db::new();
        // The item that the pages start behind is one that was never written.
        let mut items = items;
        let start = items.remove(missing.index(items.len()));
        db.write(&items);
        let mut sorted = db.sorted(index, &items);
        let order = if descending { Order::Descending } else { Order::Ascending };
        let mut read = PageRead { order, limit: Some(limit), ..db.whole(index) };
        if let Some((place, _)) = sorted.first().filter(|_| !whole) {
            let partition = place.2.clone();
            sorted.retain(|(place, _)| place.2 == partition);
            let sort = SortRange { equal: Vec::new(), next: SortTest::Any };
            read.scope = Scope::Partition { partition, sort };
        }
        if descending {
            sorted.reverse();
        }

        prop_assert_eq!(db.paged(read.clone()), names(&sorted));
        let unlimited = PageRead { limit: None, ..read.clone() };
        prop_assert_eq!(db.paged(unlimited), names(&sorted));
        if let Some(start_place) = db.place(index, &start) {
            sorted.retain(|(place, _)| {
                if descending { *place < start_place } else { *place > start_place }
            });
            read.after = Some(db.position(index, &start));
            prop_assert_eq!(db.paged(read), names(&sorted));
        }
    }

    #[test]
    fn segments_are_disjoint_and_together_everything(
        items in items(), index in any_index(), total in 1_u32..20, limit in 1_usize..8,
    ) {
        let db = Db::new();
        db.write(&items);

        let segment = |number| {
            let scope = Scope::Segment(Segment { number, total });
            db.paged(PageRead { scope, limit: Some(limit), ..db.whole(index) })
        };
        let found: Vec<_> = (0..total).flat_map(segment).collect();

        prop_assert_eq!(found, names(&db.sorted(index, &items)));
    }
}
