//! Writes requests for data.
//!
//! Expressions are printed from their trees, and older parameters as the expressions that mean the
//! same.
//!
//! Must hold: what was decoded and is written is decoded to the same again, but for which of the two
//! ways was taken. A printed text may be longer than the one that was read.
//! Not here: expressions as text (`expr/`).

use super::super::encode::batch::{unread, unwritten};
use super::legacy;
use super::members::{Expressions, Members};
use crate::api::{
    BatchGetItem, BatchGetTable, BatchProjection, BatchWriteItem, Consistency, DeleteItem, GetItem,
    Order, PageRequest, ProjectionMembers, PutItem, Query, Request, ReturnValues, Scan, Select,
    TransactAction, TransactChange, TransactGet, TransactGetItems, TransactWriteItems, UpdateItem,
    WriteOptions,
};
use crate::expr::Printed;

/// The body of a request for data; `None` if it is for none, or is an update that the API has no
/// words for, which no request is.
pub fn encode_request(request: &Request) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut members = Members::begin(&mut out);
    let to = &mut members;
    match request {
        Request::GetItem(get) => get_item(to, get),
        Request::PutItem(put) => put_item(to, put),
        Request::DeleteItem(delete) => delete_item(to, delete),
        Request::UpdateItem(update) => update_item(to, update)?,
        Request::Query(given) => query(to, given),
        Request::Scan(given) => scan(to, given),
        Request::BatchGetItem(batch) => batch_get(to, batch),
        Request::BatchWriteItem(batch) => batch_write(to, batch),
        Request::TransactGetItems(transaction) => transact_get(to, transaction),
        Request::TransactWriteItems(transaction) => transact_write(to, transaction),
        Request::ExecuteStatement(_)
        | Request::BatchExecuteStatement(_)
        | Request::ExecuteTransaction(_)
        | Request::Control(_) => return None,
    }
    members.end();
    Some(out)
}

fn get_item(members: &mut Members<'_>, get: &GetItem) {
    members.text("TableName", get.table.as_given());
    members.attributes("Key", &get.key);
    consistency(members, get.consistency);
    members.capacity(get.capacity);
    let mut expressions = Expressions::default();
    if let Some(projection) = &get.projection {
        expressions.add("ProjectionExpression", projection.print());
    }
    expressions.put(members);
}

fn put_item(members: &mut Members<'_>, put: &PutItem) {
    members.text("TableName", put.table.as_given());
    members.attributes("Item", &put.item.attributes);
    options(members, &put.options);
    conditional(members, Expressions::default(), &put.options);
}

fn delete_item(members: &mut Members<'_>, delete: &DeleteItem) {
    members.text("TableName", delete.table.as_given());
    members.attributes("Key", &delete.key);
    options(members, &delete.options);
    conditional(members, Expressions::default(), &delete.options);
}

fn update_item(members: &mut Members<'_>, update: &UpdateItem) -> Option<()> {
    members.text("TableName", update.table.as_given());
    members.attributes("Key", &update.key);
    options(members, &update.options);
    if legacy::is_needed(update) {
        return legacy::put(members, update);
    }
    let mut expressions = Expressions::default();
    if !update.update.is_empty() {
        expressions.add("UpdateExpression", update.update.print());
    }
    if let Some(condition) = &update.options.condition {
        expressions.add("ConditionExpression", condition.print());
    }
    // What came as older parameters may be too long for expressions.
    if (expressions.are_long() || legacy::is_large(update))
        && legacy::put(members, update).is_some()
    {
        return Some(());
    }
    expressions.put(members);
    Some(())
}

/// What a write asks for besides its effect, but for its condition.
fn options(members: &mut Members<'_>, options: &WriteOptions) {
    let returned = match options.return_values {
        ReturnValues::None => None,
        ReturnValues::AllOld => Some("ALL_OLD"),
        ReturnValues::AllNew => Some("ALL_NEW"),
        ReturnValues::UpdatedOld => Some("UPDATED_OLD"),
        ReturnValues::UpdatedNew => Some("UPDATED_NEW"),
    };
    members.optional_text("ReturnValues", returned);
    members.capacity(options.capacity);
    members.collection(options.collection);
    members.on_failure(options.on_failure);
}

fn conditional(members: &mut Members<'_>, mut expressions: Expressions, options: &WriteOptions) {
    if let Some(condition) = &options.condition {
        expressions.add("ConditionExpression", condition.print());
    }
    expressions.put(members);
}

fn query(members: &mut Members<'_>, query: &Query) {
    let mut expressions = Expressions::default();
    if !query.keys.clauses.is_empty() {
        expressions.add("KeyConditionExpression", query.keys.print());
    }
    page(members, expressions, &query.page);
    if query.order == Order::Descending {
        members.truth("ScanIndexForward", false);
    }
}

fn scan(members: &mut Members<'_>, scan: &Scan) {
    page(members, Expressions::default(), &scan.page);
    if let Some(segment) = scan.segment {
        members.number("Segment", segment.number);
        members.number("TotalSegments", segment.total);
    }
}

fn page(members: &mut Members<'_>, mut expressions: Expressions, page: &PageRequest) {
    members.text("TableName", page.table.as_given());
    members.optional_text("IndexName", page.index.as_deref());
    members.optional_text("Select", page.select.map(select));
    if let Some(limit) = page.limit {
        members.number("Limit", limit);
    }
    if let Some(start) = &page.start {
        members.attributes("ExclusiveStartKey", start);
    }
    consistency(members, page.consistency);
    members.capacity(page.capacity);
    if let Some(filter) = &page.filter {
        expressions.add("FilterExpression", filter.condition.print());
    }
    if let Some(projection) = &page.projection {
        expressions.add("ProjectionExpression", projection.print());
    }
    expressions.put(members);
}

fn batch_get(members: &mut Members<'_>, batch: &BatchGetItem) {
    members.object("RequestItems", |members| {
        for table in &batch.tables {
            let out = members.named(table.table.as_given());
            match table.projection.as_ref().filter(|given| given.projection.is_widened()) {
                None => unread(out, table),
                Some(given) => unread(out, &asking(table, given.projection.print())),
            }
        }
    });
    members.capacity(batch.capacity);
}

/// What is read of a table by a projection that leaves more than the members say that came with it.
fn asking(table: &BatchGetTable, printed: Printed) -> BatchGetTable {
    let given = ProjectionMembers::Expression { text: printed.text, names: printed.names };
    let projection = table.projection.as_ref().map(|BatchProjection { projection, .. }| {
        BatchProjection { projection: projection.clone(), given }
    });
    let (keys, consistency) = (table.keys.clone(), table.consistency);
    BatchGetTable { table: table.table.clone(), keys, consistency, projection }
}

fn batch_write(members: &mut Members<'_>, batch: &BatchWriteItem) {
    members.object("RequestItems", |members| {
        for table in &batch.tables {
            members.list(table.table.as_given(), &table.writes, unwritten);
        }
    });
    members.capacity(batch.capacity);
    members.collection(batch.collection);
}

fn transact_get(members: &mut Members<'_>, transaction: &TransactGetItems) {
    members.list("TransactItems", &transaction.gets, |out, get| {
        element(out, "Get", |members| transact_get_one(members, get));
    });
    members.capacity(transaction.capacity);
}

fn transact_get_one(members: &mut Members<'_>, get: &TransactGet) {
    members.text("TableName", get.table.as_given());
    members.attributes("Key", &get.key);
    let mut expressions = Expressions::default();
    if let Some(projection) = &get.projection {
        expressions.add("ProjectionExpression", projection.print());
    }
    expressions.put(members);
}

fn transact_write(members: &mut Members<'_>, transaction: &TransactWriteItems) {
    members.list("TransactItems", &transaction.actions, |out, action| {
        let kind = match action.change {
            TransactChange::Check(_) => "ConditionCheck",
            TransactChange::Put(_) => "Put",
            TransactChange::Delete(_) => "Delete",
            TransactChange::Update(..) => "Update",
        };
        element(out, kind, |members| transact_write_one(members, action));
    });
    members.optional_text("ClientRequestToken", transaction.token.as_deref());
    members.capacity(transaction.capacity);
    members.collection(transaction.collection);
}

fn transact_write_one(members: &mut Members<'_>, action: &TransactAction) {
    let mut expressions = Expressions::default();
    members.text("TableName", action.table.as_given());
    match &action.change {
        TransactChange::Check(key) | TransactChange::Delete(key) => members.attributes("Key", key),
        TransactChange::Put(item) => members.attributes("Item", &item.attributes),
        TransactChange::Update(key, update) => {
            members.attributes("Key", key);
            expressions.add("UpdateExpression", update.print());
        }
    }
    members.on_failure(action.on_failure);
    if let Some(condition) = &action.condition {
        expressions.add("ConditionExpression", condition.print());
    }
    expressions.put(members);
}

/// An element of a transaction: what is done, and with what.
fn element(out: &mut Vec<u8>, kind: &str, fill: impl FnOnce(&mut Members<'_>)) {
    let mut members = Members::begin(out);
    members.object(kind, fill);
    members.end();
}

fn consistency(members: &mut Members<'_>, consistency: Consistency) {
    if consistency == Consistency::Strong {
        members.truth("ConsistentRead", true);
    }
}

fn select(select: Select) -> &'static str {
    match select {
        Select::AllAttributes => "ALL_ATTRIBUTES",
        Select::AllProjected => "ALL_PROJECTED_ATTRIBUTES",
        Select::Specific => "SPECIFIC_ATTRIBUTES",
        Select::Count => "COUNT",
    }
}

/// The body of a DescribeTable.
pub fn describe_table(name: &str) -> Vec<u8> {
    let mut body = Vec::new();
    let mut members = Members::begin(&mut body);
    members.text("TableName", name);
    members.end();
    body
}
