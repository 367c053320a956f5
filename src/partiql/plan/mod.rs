//! What a statement does to its table: which items it is about.
//!
//!     SELECT     one item, some partitions of the table or an index, or all of it, and a filter
//!     others     one item, by equality on its whole key, and a condition
//!
//! Must hold: no read that is planned finds an item twice; whatever keys do not say is left to the
//! filter, which is the whole condition.
//! Not here: reading and writing (`proxy/`).

mod branches;
mod index;
mod item;
mod partitions;
mod terms;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use item::KeyedItem;
pub use partitions::PartitionRead;

use super::Error;
use super::statement::Select;
use super::tree::Direction;
use crate::expr::Condition;
use crate::model::{IndexSchema, KeyAttribute, TableSchema};

/// How a `SELECT` is read.
#[derive(Debug, PartialEq)]
pub struct ReadPlan {
    /// Which items.
    pub access: Access,
    /// In which order those of a partition are.
    pub direction: Direction,
}

/// Which items a `SELECT` looks at.
#[derive(Debug, PartialEq)]
pub enum Access {
    /// One of the table, by its key.
    Item(KeyedItem),
    /// Parts of some partitions, in this order, none of which has an item of another.
    Partitions {
        /// The parts.
        reads: Vec<PartitionRead>,
        /// Whether they came from a list, whose pages are short.
        is_list: bool,
        /// What must hold of an item, if not the keys alone say it.
        filter: Option<Arc<Condition>>,
    },
    /// All items, if this holds of them.
    Everything(Option<Arc<Condition>>),
}

/// What is read: the key attributes of a table or index.
#[derive(Clone, Copy)]
struct Keys<'a> {
    hash: &'a KeyAttribute,
    range: Option<&'a KeyAttribute>,
}

impl Select {
    /// How it is read of this table, or of this index that it names.
    pub fn plan(
        self,
        schema: &TableSchema,
        index: Option<&IndexSchema>,
    ) -> Result<ReadPlan, Error> {
        let keys = Keys::of(schema, index)?;
        let found = match &self.condition {
            Some(condition) => partitions::find(condition, keys)?,
            None => None,
        };
        if let (Some(_), Some(index), Some(condition)) = (&found, index, &self.condition) {
            index::check_filter(condition, keys, schema, index)?;
        }
        let is_asked = self.condition.is_some();
        let order = order(&self.order, is_asked, found.as_ref(), keys)?;
        let direction = order.sorts;
        let Some(found) = found else {
            let access = Access::Everything(self.condition.map(Arc::new));
            return Ok(ReadPlan { access, direction });
        };
        let (is_list, is_exact) = (found.is_list, found.is_exact);
        let mut reads = found.reads(order);
        let filter = self.condition.filter(|_| !is_exact).map(Arc::new);
        let is_item =
            |read: &PartitionRead| index.is_none() && !is_list && read.is_one_item(schema);
        let access = match reads.pop_if(|only| is_item(only)) {
            Some(only) if reads.is_empty() => {
                Access::Item(KeyedItem { key: only.into_key(), condition: filter })
            }
            last => {
                reads.extend(last);
                Access::Partitions { reads, is_list, filter }
            }
        };
        Ok(ReadPlan { access, direction })
    }
}

impl<'a> Keys<'a> {
    fn of(schema: &'a TableSchema, index: Option<&'a IndexSchema>) -> Result<Self, Error> {
        let Some(index) = index else {
            return Ok(Self { hash: &schema.hash, range: schema.range.as_ref() });
        };
        match (&index.hash[..], &index.range[..]) {
            ([hash], []) => Ok(Self { hash, range: None }),
            ([hash], [range]) => Ok(Self { hash, range: Some(range) }),
            _ => Err(Error::MultiAttributeKey),
        }
    }

    fn is_one(self, name: &str) -> bool {
        self.hash.name == name || self.range.is_some_and(|range| range.name == name)
    }
}

/// In which order partitions are read, and their items.
#[derive(Clone, Copy)]
struct Order {
    partitions: Direction,
    sorts: Direction,
}

/// The order that a `SELECT` asks for, if it may.
fn order(
    asked: &[(String, Direction)],
    has_condition: bool,
    found: Option<&partitions::Found<'_>>,
    keys: Keys<'_>,
) -> Result<Order, Error> {
    let mut order = Order { partitions: Direction::Ascending, sorts: Direction::Ascending };
    if asked.is_empty() {
        return Ok(order);
    }
    if !has_condition {
        return Err(Error::OrderWithoutWhere);
    }
    let Some(found) = found else { return Err(Error::OrderWithoutHash) };
    for (name, direction) in asked {
        if !keys.is_one(name) {
            return Err(Error::OrderByOther(name.clone()));
        }
        if keys.hash.name == *name {
            order.partitions = *direction;
        } else {
            order.sorts = *direction;
        }
    }
    let names_hash = asked.iter().any(|(name, _)| keys.hash.name == *name);
    if !names_hash && found.has_several_partitions() {
        return Err(Error::OrderOfPartitions);
    }
    Ok(order)
}
