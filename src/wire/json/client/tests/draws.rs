//! Requests at random.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::api::{
    BatchGetItem, BatchGetTable, BatchProjection, BatchWrite, BatchWriteItem, BatchWriteTable,
    CapacityDetail, CollectionDetail, Consistency, DeleteItem, Filter, Form, GetItem, Key,
    OnConditionFailure, Operation, Order, PageRequest, ProjectionMembers, PutItem, Query, Request,
    ReturnValues, Scan, Select, TableRef, TransactAction, TransactChange, TransactGet,
    TransactGetItems, TransactWriteItems, UpdateItem, WriteOptions,
};
use crate::expr::samples::{
    any_item, any_name, any_number, any_path, any_set, any_text, any_value,
};
use crate::expr::{
    Action, Comparator, Condition, KeyClause, KeyConditions, KeyTest, Operand, Path, Placeholders,
    Projection, Sum, Term, Update, ValueType, parse_projection,
};
use crate::model::{AttributeValue, Number, Segment};

/// A strategy for the requests of each operation on data.
pub(super) fn of_each_operation() -> Vec<(Operation, BoxedStrategy<Request>)> {
    vec![
        (Operation::GetItem, get_item().boxed()),
        (Operation::PutItem, put_item().boxed()),
        (Operation::DeleteItem, delete_item().boxed()),
        (Operation::UpdateItem, update_item().boxed()),
        (Operation::Query, query().boxed()),
        (Operation::Scan, scan().boxed()),
        (Operation::BatchGetItem, batch_get_item().boxed()),
        (Operation::BatchWriteItem, batch_write_item().boxed()),
        (Operation::TransactGetItems, transact_get_items().boxed()),
        (Operation::TransactWriteItems, transact_write_items().boxed()),
    ]
}

fn get_item() -> impl Strategy<Value = Request> {
    (table(), key(), consistency(), option::of(projection()), capacity()).prop_map(
        |(table, key, consistency, projection, capacity)| {
            let projection = projection.map(|(projection, _)| projection);
            Request::GetItem(GetItem { table, key, consistency, projection, capacity })
        },
    )
}

fn put_item() -> impl Strategy<Value = Request> {
    let returned = select(&[ReturnValues::None, ReturnValues::AllOld][..]);
    (table(), any_item(), options(returned))
        .prop_map(|(table, item, options)| Request::PutItem(PutItem { table, item, options }))
}

fn delete_item() -> impl Strategy<Value = Request> {
    let returned = select(&[ReturnValues::None, ReturnValues::AllOld][..]);
    (table(), key(), options(returned))
        .prop_map(|(table, key, options)| Request::DeleteItem(DeleteItem { table, key, options }))
}

fn update_item() -> impl Strategy<Value = Request> {
    let all = [
        ReturnValues::None,
        ReturnValues::AllOld,
        ReturnValues::AllNew,
        ReturnValues::UpdatedOld,
        ReturnValues::UpdatedNew,
    ];
    let update = option::of(update()).prop_map(Option::unwrap_or_default);
    (table(), key(), update, options(select(all.to_vec()))).prop_map(
        |(table, key, update, options)| {
            let update = Arc::new(update);
            Request::UpdateItem(UpdateItem { table, key, update, makes_item: true, options })
        },
    )
}

fn query() -> impl Strategy<Value = Request> {
    let clauses = proptest::collection::btree_map("\\PC{1,5}", key_test(), 1..4);
    let order = select(&[Order::Ascending, Order::Descending][..]);
    (page(), clauses, order).prop_map(|(page, clauses, order)| {
        let clauses = clauses.into_iter().map(|(attribute, test)| KeyClause { attribute, test });
        let keys = KeyConditions { clauses: clauses.collect() };
        Request::Query(Query { page, keys, form: Form::Expression, order })
    })
}

fn scan() -> impl Strategy<Value = Request> {
    let segment =
        (0_u32..10, 1_u32..10).prop_map(|(number, more)| Segment { number, total: number + more });
    (page(), option::of(segment)).prop_map(|(page, segment)| Request::Scan(Scan { page, segment }))
}

fn batch_get_item() -> impl Strategy<Value = Request> {
    let of_table = (consistency(), option::of(projection()), 1_usize..5);
    (vec(of_table, 1..4), capacity()).prop_map(|(given, capacity)| {
        let tables =
            given.into_iter().zip(NAMES).map(|((consistency, projection, count), name)| {
                let projection =
                    projection.map(|(projection, given)| BatchProjection { projection, given });
                BatchGetTable {
                    table: table_ref(name),
                    keys: (0..count).map(numbered_key).collect(),
                    consistency,
                    projection,
                }
            });
        Request::BatchGetItem(BatchGetItem { tables: tables.collect(), capacity })
    })
}

fn batch_write_item() -> impl Strategy<Value = Request> {
    let write =
        prop_oneof![any_item().prop_map(BatchWrite::Put), key().prop_map(BatchWrite::Delete),];
    (vec(vec(write, 1..5), 1..4), capacity(), collection()).prop_map(
        |(given, capacity, collection)| {
            let tables = given.into_iter().zip(NAMES);
            let tables =
                tables.map(|(writes, name)| BatchWriteTable { table: table_ref(name), writes });
            let tables = tables.collect();
            Request::BatchWriteItem(BatchWriteItem { tables, capacity, collection })
        },
    )
}

fn transact_get_items() -> impl Strategy<Value = Request> {
    let get = (table(), key(), option::of(projection())).prop_map(|(table, key, projection)| {
        let projection = projection.map(|(projection, _)| projection);
        TransactGet { table, key, projection }
    });
    (vec(get, 1..5), capacity())
        .prop_map(|(gets, capacity)| Request::TransactGetItems(TransactGetItems { gets, capacity }))
}

fn transact_write_items() -> impl Strategy<Value = Request> {
    let change = prop_oneof![
        key().prop_map(TransactChange::Check),
        any_item().prop_map(TransactChange::Put),
        key().prop_map(TransactChange::Delete),
        (key(), update()).prop_map(|(key, update)| TransactChange::Update(key, Arc::new(update))),
    ];
    let on_failure = select(&[OnConditionFailure::None, OnConditionFailure::AllOld][..]);
    let action = (table(), change, option::of(condition()), condition(), on_failure).prop_map(
        |(table, change, condition, other, on_failure)| {
            // A check without a condition is none.
            let is_check = matches!(change, TransactChange::Check(_));
            let condition = condition.or(is_check.then_some(other)).map(Arc::new);
            TransactAction { table, change, condition, on_failure }
        },
    );
    let token = option::of("[a-z0-9]{1,36}");
    (vec(action, 1..5), capacity(), collection(), token).prop_map(
        |(actions, capacity, collection, token)| {
            let write = TransactWriteItems { actions, capacity, collection, token };
            Request::TransactWriteItems(write)
        },
    )
}

/// With `Select` as it may stand beside a projection and an index.
fn page() -> impl Strategy<Value = PageRequest> {
    let filter = option::of(condition()).prop_map(|condition| {
        condition.map(|condition| Filter { condition: Arc::new(condition), form: Form::Expression })
    });
    let what = (option::of(projection()), option::of(0_usize..3));
    let place = (option::of("[a-z]{3,9}"), option::of(1_usize..1000), option::of(key()));
    (table(), place, filter, what, consistency(), capacity()).prop_map(
        |(table, (index, limit, start), filter, (projection, choice), consistency, capacity)| {
            let select = match (&projection, choice) {
                (_, None) => None,
                (Some(_), Some(_)) => Some(Select::Specific),
                (None, Some(0)) => Some(Select::AllAttributes),
                (None, Some(1)) if index.is_some() => Some(Select::AllProjected),
                (None, Some(_)) => Some(Select::Count),
            };
            let projection = projection.map(|(projection, _)| projection);
            PageRequest {
                table,
                index,
                filter,
                projection,
                select,
                limit,
                start,
                consistency,
                capacity,
            }
        },
    )
}

fn options(returned: impl Strategy<Value = ReturnValues>) -> impl Strategy<Value = WriteOptions> {
    let on_failure = select(&[OnConditionFailure::None, OnConditionFailure::AllOld][..]);
    (option::of(condition()), on_failure, returned, capacity(), collection()).prop_map(
        |(condition, on_failure, return_values, capacity, collection)| WriteOptions {
            condition: condition.map(Arc::new),
            on_failure,
            return_values,
            capacity,
            collection,
        },
    )
}

pub(super) fn condition() -> impl Strategy<Value = Condition> {
    let path = || any_path().prop_map(Operand::Path);
    let number = || any_number().prop_map(AttributeValue::N).prop_map(Operand::Value);
    let text = || any_text().prop_map(AttributeValue::S).prop_map(Operand::Value);
    let comparator = select(
        &[Comparator::Equal, Comparator::NotEqual, Comparator::Less, Comparator::GreaterOrEqual][..],
    );
    let size = any_path().prop_map(|path| Operand::Size(Box::new(Operand::Path(path))));
    let types = select(&[ValueType::S, ValueType::Ns, ValueType::Bool, ValueType::M][..]);
    let leaf = prop_oneof![
        (prop_oneof![path(), size], comparator, number())
            .prop_map(|(tested, comparator, other)| Condition::Compare(tested, comparator, other)),
        (path(), any_number()).prop_map(|(tested, number)| {
            let bound = Operand::Value(AttributeValue::N(number));
            Condition::Between(tested, bound.clone(), bound)
        }),
        (path(), vec(any_value().prop_map(Operand::Value), 1..4))
            .prop_map(|(tested, choices)| Condition::In(tested, choices)),
        any_path().prop_map(Condition::Exists),
        any_path().prop_map(Condition::NotExists),
        (any_path(), types).prop_map(|(path, wanted)| Condition::HasType(path, wanted)),
        (path(), text()).prop_map(|(tested, start)| Condition::BeginsWith(tested, start)),
        (path(), text()).prop_map(|(tested, part)| Condition::Contains(tested, part)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Condition::And),
            vec(inner.clone(), 2..4).prop_map(Condition::Or),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

/// Actions on different attributes, those of a kind together.
fn update() -> impl Strategy<Value = Update> {
    let sum = prop_oneof![
        any_value().prop_map(|value| Sum::Term(Term::Value(value))),
        (any_path(), any_number()).prop_map(|(path, number)| {
            let number = Sum::Term(Term::Value(AttributeValue::N(number)));
            Sum::Plus(Box::new(Sum::Term(Term::Path(path))), Box::new(number))
        }),
        (any_path(), any_value()).prop_map(|(path, value)| {
            Sum::Term(Term::IfNotExists(path, Box::new(Sum::Term(Term::Value(value)))))
        }),
    ];
    let number = any_number().prop_map(AttributeValue::N);
    let (sets, removed) = (vec(sum, 1..3), 0_usize..3);
    let (added, deleted) = (vec(prop_oneof![number, any_set()], 0..3), vec(any_set(), 0..3));
    (sets, removed, added, deleted).prop_map(|(sets, removed, added, deleted)| {
        let mut next = 0;
        let mut target = || {
            next += 1;
            Path::attribute(format!("t{next}"))
        };
        let mut actions = Vec::new();
        actions.extend(sets.into_iter().map(|sum| Action::Set(target(), sum)));
        actions.extend((0..removed).map(|_| Action::Remove(target())));
        actions.extend(added.into_iter().map(|value| Action::Add(target(), value)));
        actions.extend(deleted.into_iter().map(|value| Action::Delete(target(), value)));
        Update { actions }
    })
}

fn key_test() -> impl Strategy<Value = KeyTest> {
    let number = || any_number().prop_map(AttributeValue::N);
    prop_oneof![
        number().prop_map(KeyTest::Equal),
        number().prop_map(KeyTest::Less),
        number().prop_map(KeyTest::LessOrEqual),
        number().prop_map(KeyTest::Greater),
        number().prop_map(KeyTest::GreaterOrEqual),
        number().prop_map(|bound| KeyTest::Between(bound.clone(), bound)),
        any_text().prop_map(|text| KeyTest::BeginsWith(AttributeValue::S(text))),
    ]
}

/// A projection, and the members that say it.
fn projection() -> impl Strategy<Value = (Projection, ProjectionMembers)> {
    select(vec!["a", "a.b[3], c", "#n.x, #n.y[0][1]"]).prop_map(|text| {
        let names = text.contains('#').then(|| vec![("#n".to_owned(), "a.b".to_owned())]);
        let mut placeholders = Placeholders::new(names.clone(), None).expect("well formed");
        let projection = parse_projection(text, &mut placeholders).expect("a projection");
        let names = names.unwrap_or_default();
        (projection, ProjectionMembers::Expression { text: text.to_owned(), names })
    })
}

fn key() -> impl Strategy<Value = Key> {
    let value = || {
        prop_oneof![
            any_text().prop_map(AttributeValue::S),
            any_number().prop_map(AttributeValue::N),
        ]
    };
    (any_name(), value(), option::of(value())).prop_map(|(name, hash, range)| {
        let range = range.map(|range| (format!("{name}2"), range));
        std::iter::once((name, hash)).chain(range).collect()
    })
}

fn numbered_key(number: usize) -> Key {
    let number = Number::parse(&number.to_string()).expect("a number");
    vec![("k".to_owned(), AttributeValue::N(number))]
}

fn table() -> impl Strategy<Value = TableRef> {
    select(&NAMES[..]).prop_map(table_ref)
}

fn table_ref(name: &str) -> TableRef {
    TableRef::of(name).expect("a name")
}

fn consistency() -> impl Strategy<Value = Consistency> {
    select(&[Consistency::Eventual, Consistency::Strong][..])
}

fn capacity() -> impl Strategy<Value = CapacityDetail> {
    select(&[CapacityDetail::None, CapacityDetail::Total, CapacityDetail::Indexes][..])
}

fn collection() -> impl Strategy<Value = CollectionDetail> {
    select(&[CollectionDetail::None, CollectionDetail::Size][..])
}

/// A table can be named by its ARN, too.
const NAMES: [&str; 3] = ["tab", "a.b-c_d", "arn:aws:dynamodb:eu-west-1:123456789012:table/other"];
