//! The pages that clients ask for again and again, and what each says of a key.
//!
//! A page is of some keys (all, or those of a partition of the table), and perhaps of one parity
//! (a partition of the index, or a filter). A key of it that it does not show was absent, or had a
//! value of the other parity. A page that was cut says so only of keys before the cut, where they
//! are in order of their ids; a count says something if it is none or all.
//!
//! Must hold: few pages for each history, so that they hit the cache; whatever an answer shows is
//! an item that the page may show, in the page's order.
//! Not here: when the page was read (`client.rs`).

use serde_json::{Value, json};

use crate::checker::{Did, Parity};
use crate::items::{TABLE, number_of, part_of, part_value, projected_value_of, value_of};

/// A request for a page and what its answer can show.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) operation: &'static str,
    pub(crate) request: Value,
    /// The keys whose items it may show.
    keys: Vec<u64>,
    /// The parity of the values that it shows, if it is of one alone.
    parity: Option<Parity>,
    order: Order,
    shape: Shape,
}

/// By what the items of a page are in order.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Order {
    Id,
    IdDescending,
    Value,
    ValueDescending,
    Hash,
}

/// What an answer tells of its items.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Shape {
    Whole,
    Projected,
    Counted,
}

/// What one answer says.
pub(crate) struct Shown {
    /// By key, what the page is a read of.
    pub(crate) keys: Vec<(u64, Did)>,
    /// The page after this one, if what both say is known to be apart.
    pub(crate) next: Option<Page>,
}

impl Page {
    /// All pages of a history with that many keys.
    pub(crate) fn all(keys: u64) -> Vec<Self> {
        let parts = (0..keys.min(2)).flat_map(|part| Self::of_part(keys, part));
        let parities = [Parity::Even, Parity::Odd]
            .into_iter()
            .flat_map(|parity| Self::of_parity(keys, parity));
        parts.chain(parities).chain(Self::of_everything(keys)).collect()
    }

    /// Queries of one partition of the table.
    fn of_part(keys: u64, part: u64) -> Vec<Self> {
        let keys: Vec<u64> = (0..keys).filter(|key| part_of(*key) == part).collect();
        let value = part_value(part);
        let whole = Self::new("Query", keys, Order::Id).with(json!({
            "KeyConditionExpression": "part = :part",
            "ExpressionAttributeValues": {":part": value},
        }));
        let descending = whole.clone().with(json!({"ScanIndexForward": false}));
        let descending = Self { order: Order::IdDescending, ..descending };
        let filtered = whole.clone().of_one(Parity::Odd).with(json!({
            "FilterExpression": "parity = :parity",
            "ExpressionAttributeValues": {":part": value, ":parity": {"N": "1"}},
        }));
        let by_value = Self { order: Order::Value, ..whole.clone() };
        let by_value = by_value.with(json!({"IndexName": "by-value"}));
        let newest = Self { order: Order::ValueDescending, ..by_value.clone() };
        let newest = newest.with(json!({"ScanIndexForward": false, "Limit": 1}));
        // The same as the first in the older words, and in other names.
        let older = Self::new("Query", whole.keys.clone(), Order::Id).with(json!({
            "KeyConditions": {"part": {"ComparisonOperator": "EQ", "AttributeValueList": [value]}},
        }));
        let renamed = older.clone().with(json!({
            "KeyConditions": null,
            "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": {"#p": "part"},
            "ExpressionAttributeValues": {":p": value},
        }));
        vec![
            whole.clone().with(json!({"Limit": 1})),
            descending.clone().with(json!({"Limit": 2})),
            filtered.clone().with(json!({"Limit": 2})),
            filtered.clone().counted(),
            filtered.projected(),
            whole.clone().counted(),
            whole,
            descending,
            by_value,
            newest,
            older,
            renamed,
        ]
    }

    /// Queries of one partition of the index between whose two partitions items move.
    fn of_parity(keys: u64, parity: Parity) -> Vec<Self> {
        let value = match parity {
            Parity::Even => json!({"N": "0"}),
            Parity::Odd => json!({"N": "1"}),
        };
        let whole = Self::new("Query", (0..keys).collect(), Order::Value).of_one(parity);
        let whole = whole.with(json!({
            "IndexName": "parity",
            "KeyConditionExpression": "parity = :parity AND #value > :none",
            "ExpressionAttributeNames": {"#value": "value"},
            "ExpressionAttributeValues": {":parity": value, ":none": {"N": "0"}},
        }));
        let of_part = Self {
            keys: (0..keys).filter(|key| part_of(*key) == 0).collect(),
            ..whole.clone().with(json!({
                "FilterExpression": "part = :part",
                "ExpressionAttributeValues": {
                    ":parity": value, ":none": {"N": "0"}, ":part": part_value(0),
                },
            }))
        };
        let newest = Self { order: Order::ValueDescending, ..whole.clone() };
        let newest = newest.with(json!({"ScanIndexForward": false, "Limit": 1}));
        vec![
            whole.clone().counted(),
            whole.clone().projected(),
            whole,
            of_part.clone().counted(),
            of_part,
            newest,
        ]
    }

    /// Reads of every item.
    fn of_everything(keys: u64) -> Vec<Self> {
        let scan = Self::new("Scan", (0..keys).collect(), Order::Hash);
        let scan_of = |index: &str| scan.clone().with(json!({"IndexName": index}));
        let query = Self::new("Query", (0..keys).collect(), Order::Hash).with(json!({
            "IndexName": "everything",
            "KeyConditionExpression": "everything = :yes",
            "ExpressionAttributeValues": {":yes": {"S": "yes"}},
        }));
        let even = scan_of("everything").of_one(Parity::Even).with(json!({
            "FilterExpression": "parity = :parity",
            "ExpressionAttributeValues": {":parity": {"N": "0"}},
        }));
        vec![
            scan.clone().with(json!({"Limit": 2})),
            scan.clone().projected(),
            scan.clone().counted(),
            scan_of("parity"),
            even,
            query,
            scan,
        ]
    }

    fn new(operation: &'static str, keys: Vec<u64>, order: Order) -> Self {
        let request = json!({"TableName": TABLE});
        Self { operation, request, keys, parity: None, order, shape: Shape::Whole }
    }

    /// The same page asked for with other members, of which null ones are left out.
    fn with(mut self, members: Value) -> Self {
        let Value::Object(members) = members else { unreachable!("members are an object") };
        let request = self.request.as_object_mut().expect("a request is an object");
        request.extend(members);
        request.retain(|_, member| !member.is_null());
        self
    }

    fn of_one(self, parity: Parity) -> Self {
        Self { parity: Some(parity), ..self }
    }

    fn projected(self) -> Self {
        let mut names = self.request["ExpressionAttributeNames"].clone();
        names["#value"] = json!("value");
        let projection =
            json!({"ProjectionExpression": "id, #value", "ExpressionAttributeNames": names});
        Self { shape: Shape::Projected, ..self }.with(projection)
    }

    fn counted(self) -> Self {
        Self { shape: Shape::Counted, ..self }.with(json!({"Select": "COUNT"}))
    }

    /// Whether the page may be asked for with `ConsistentRead`.
    pub(crate) fn can_be_consistent(&self) -> bool {
        self.request.get("IndexName").is_none_or(|index| index == "by-value")
    }

    /// Whether the page is of one parity alone and tells its items.
    pub(crate) fn tells_one_parity(&self) -> bool {
        self.parity.is_some() && self.shape != Shape::Counted
    }

    /// What an answer says of each key of the page.
    pub(crate) fn shown(&self, answer: &Value) -> Shown {
        if self.shape == Shape::Counted {
            assert_eq!(answer.get("Items"), None, "a count has no items");
            return Shown { keys: self.counted_keys(answer), next: None };
        }
        let items = self.items(answer);
        let last = answer.get("LastEvaluatedKey").map(number_of);
        let keys = self.keys.iter().filter_map(|&key| {
            let found = items.iter().find(|(shown, _)| *shown == key);
            let did = match found {
                Some((_, value)) => Some(Did::Read { seen: Some(*value) }),
                None => self.is_before_cut(key, last).then(|| self.left_out()),
            };
            did.map(|did| (key, did))
        });
        Shown { keys: keys.collect(), next: self.next(answer, last) }
    }

    /// A count says nothing, unless it is none or all of its keys.
    fn counted_keys(&self, answer: &Value) -> Vec<(u64, Did)> {
        let count = answer["Count"].as_u64().expect("every page has its count");
        let all = self.keys.len() as u64;
        assert!(count <= all, "{count} of {all} items: {}", self.request);
        assert_eq!(answer.get("LastEvaluatedKey"), None, "all items fit a page");
        let did = match self.parity {
            _ if count == 0 => self.left_out(),
            Some(parity) if count == all => Did::Lack { parity: parity.other() },
            Some(_) | None => return Vec::new(),
        };
        self.keys.iter().map(|key| (*key, did.clone())).collect()
    }

    /// Keys and values of a page's items, which are as the page has to have them.
    fn items(&self, answer: &Value) -> Vec<(u64, u64)> {
        let items = answer["Items"].as_array().expect("a page has items");
        assert_eq!(answer["Count"].as_u64(), Some(items.len() as u64), "miscounted: {answer}");
        let read = |item| match self.shape {
            Shape::Projected => (number_of(item), projected_value_of(item)),
            Shape::Whole | Shape::Counted => (number_of(item), value_of(item)),
        };
        let items: Vec<(u64, u64)> = items.iter().map(read).collect();
        for (place, (key, value)) in items.iter().enumerate() {
            let is_ours = self.parity.is_none_or(|parity| parity == Parity::of(*value));
            assert!(is_ours && self.keys.contains(key), "of another page: {answer}");
            let before = items[..place].last();
            let is_in_order = before.is_none_or(|(before, earlier)| match self.order {
                Order::Id => before < key,
                Order::IdDescending => before > key,
                Order::Value => earlier < value,
                Order::ValueDescending => earlier > value,
                Order::Hash => items[..place].iter().all(|(before, _)| before != key),
            });
            assert!(is_in_order, "out of order: {answer}");
        }
        items
    }

    /// Whether the page, which ends at `last` if it was cut, would have shown an item of that key.
    fn is_before_cut(&self, key: u64, last: Option<u64>) -> bool {
        last.is_none_or(|last| match self.order {
            Order::Id => key <= last,
            Order::IdDescending => key >= last,
            Order::Value | Order::ValueDescending | Order::Hash => false,
        })
    }

    /// What the page says of a key that it would have shown.
    fn left_out(&self) -> Did {
        match self.parity {
            Some(parity) => Did::Lack { parity },
            None => Did::Read { seen: None },
        }
    }

    fn next(&self, answer: &Value, last: Option<u64>) -> Option<Self> {
        if matches!(self.order, Order::Value | Order::ValueDescending | Order::Hash) {
            return None;
        }
        last?;
        let keys = self.keys.iter().copied().filter(|key| !self.is_before_cut(*key, last));
        let page = Self { keys: keys.collect(), ..self.clone() };
        Some(page.with(json!({"ExclusiveStartKey": answer["LastEvaluatedKey"]})))
    }
}
