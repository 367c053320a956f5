//! Any text as a statement with some parameters, for a table with indexes: nothing panics, what is
//! planned has a key of the table where it says so, and what becomes of an item is an item.

#![no_main]

mod drawn;
mod tried;

use hearth::model::{
    AttributeValue, IndexId, IndexProjection, IndexSchema, IndexScope, Item, ItemRef, KeyAttribute,
    KeyType, TableId, TableSchema,
};
use hearth::partiql::{Access, Error, KeyedItem, Select, Statement, Written};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((text, item)) = tried::split(input) else { return };
    for count in 0..=PARAMETERS_MAX {
        let written = match Written::parse(text) {
            Ok(written) => written,
            Err(error) => return drop(error.to_string()),
        };
        match written.bind(parameters(&item, count)) {
            Ok(statement) => return check(statement, &item, &schema()),
            Err(error) => drop(error.to_string()),
        }
    }
});

fn check(statement: Statement, item: &Item, schema: &TableSchema) {
    match statement {
        Statement::Select(select) => check_read(select, item, schema),
        Statement::Exists(select) => check_key(KeyedItem::of(select.condition, schema), schema),
        Statement::Insert(insert) => {
            insert.check_key(schema).map_err(|error| error.to_string()).ok();
            ItemRef::check(insert.item.encode().stored()).expect("what is inserted is an item");
        }
        Statement::Update(change) => {
            check_key(KeyedItem::of(change.condition, schema), schema);
            if let Ok(changed) = change.update.apply(item.encode().view()) {
                ItemRef::check(changed.stored()).expect("what an update leaves is an item");
            }
        }
        Statement::Delete(removal) => check_key(KeyedItem::of(removal.condition, schema), schema),
    }
}

fn check_read(select: Select, item: &Item, schema: &TableSchema) {
    let image = item.encode();
    if let Some(columns) = &select.columns {
        ItemRef::check(columns.pick(image.view()).stored()).expect("columns are an item");
    }
    if let Some(condition) = &select.condition {
        condition.holds(Some(image.view()));
    }
    let index = match select.source.index(schema) {
        Ok(index) => index,
        Err(error) => return drop(error.to_string()),
    };
    match select.plan(schema, index).map(|plan| plan.access) {
        Ok(Access::Item(keyed)) => check_key(Ok(keyed), schema),
        Ok(Access::Partitions { reads, .. }) => {
            assert!(reads.iter().all(|read| (1..=2).contains(&read.keys.clauses.len())));
        }
        Ok(Access::Everything(_)) => {}
        Err(error) => drop(error.to_string()),
    }
}

fn check_key(keyed: Result<KeyedItem, Error>, schema: &TableSchema) {
    if let Ok(KeyedItem { key, .. }) = keyed {
        assert!(schema.keys().all(|attribute| key.iter().any(|(name, _)| *name == attribute.name)));
        assert_eq!(key.len(), schema.keys().count());
    }
}

/// The values of the item, so that statements meet what is there.
fn parameters(item: &Item, count: usize) -> Vec<AttributeValue> {
    let values = item.attributes.iter().map(|(_, value)| value.clone());
    values.chain(std::iter::repeat(AttributeValue::S("a".into()))).take(count).collect()
}

/// The table by `a` and `b`, with an index by `c` and `d`.
fn schema() -> TableSchema {
    let text = |name: &str| KeyAttribute { name: name.into(), kind: KeyType::S };
    let index = IndexSchema {
        id: IndexId::new(1),
        name: "i".into(),
        scope: IndexScope::Global,
        hash: vec![text("c")],
        range: vec![text("d")],
        projection: IndexProjection::KeysOnly,
    };
    TableSchema {
        table: TableId::new(1),
        hash: text("a"),
        range: Some(text("b")),
        indexes: vec![index],
    }
}

const PARAMETERS_MAX: usize = 3;
