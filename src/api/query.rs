//! Query and Scan: requests that read a table or an index page by page, and their answers.
//!
//! Must hold: filters, projections and key conditions passed their static checks; members that
//! contradict each other without any table are refused before a request exists.
//! Not here: whether attributes and start keys fit the schema (`proxy/`).

use std::sync::Arc;

use super::item::{CapacityDetail, Consistency, ConsumedCapacity, Form, Key};
use super::page::PageImage;
use super::table::TableRef;
use crate::expr::{Condition, KeyConditions, Projection};
use crate::model::Segment;

/// Reads a part of one partition.
#[derive(Debug)]
pub struct Query {
    /// What it has in common with a scan.
    pub page: PageRequest,
    /// The partition, and what part of it.
    pub keys: KeyConditions,
    /// Which parameters said so.
    pub form: Form,
    /// In which order.
    pub order: Order,
}

/// Reads everything, or one segment of it.
#[derive(Debug)]
pub struct Scan {
    /// What it has in common with a query.
    pub page: PageRequest,
    /// The segment.
    pub segment: Option<Segment>,
}

/// What Query and Scan have in common.
#[derive(Debug)]
pub struct PageRequest {
    /// The table.
    pub table: TableRef,
    /// The index, if not the table itself is read.
    pub index: Option<String>,
    /// What must hold of an item to be answered.
    pub filter: Option<Filter>,
    /// The parts of the items that are wanted, if they were named.
    pub projection: Option<Projection>,
    /// What is answered, if it was said.
    pub select: Option<Select>,
    /// How many items are looked at, at most; at least one.
    pub limit: Option<usize>,
    /// Where the page before ended.
    pub start: Option<Key>,
    /// How fresh the answer must be.
    pub consistency: Consistency,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
}

/// A filter, and which parameters said it.
#[derive(Clone, Debug)]
pub struct Filter {
    /// What must hold.
    pub condition: Arc<Condition>,
    /// `FilterExpression`, or `QueryFilter` and `ScanFilter`.
    pub form: Form,
}

/// What is answered of the items that match.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Select {
    /// Every attribute of the item.
    AllAttributes,
    /// Every attribute that the index holds.
    AllProjected,
    /// What the projection names.
    Specific,
    /// Only how many there are.
    Count,
}

/// The order of a query's items.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// Smallest sort key first.
    Ascending,
    /// Largest sort key first.
    Descending,
}

/// The answer to a [`Query`] or [`Scan`].
#[derive(Debug)]
pub struct PageOutput {
    /// What was found.
    pub page: Arc<PageImage>,
    /// The capacity, if asked for.
    pub capacity: Option<ConsumedCapacity>,
}
