//! BatchExecuteStatement: each statement on its own, and what became of each.
//!
//! Must hold: nothing is carried out of a batch that names an item twice; a statement that is
//! refused keeps no other from being carried out, and is told in its place.
//! Not here: statements that some other read or write is refused for (`api/`).

use std::collections::HashSet;

use futures_util::future::join_all;

use super::super::capacity::{self, Units};
use super::super::write::Unwritten;
use super::super::{Proxy, Trace, mutations};
use super::write::{Write, lower};
use super::{named, picked};
use crate::api::{
    AnswerItem, ApiError, BatchExecuteStatement, BatchExecuteStatementOutput, BatchStatement,
    BatchStatementOutput, CapacityDetail, ConsumedCapacity, GetItem, Key, TableRef, TransactChange,
};
use crate::expr::Columns;
use crate::model::{ItemKey, ItemKeyRef, KeyBuffer, TableSchema};
use crate::partiql::{KeyedItem, Select, Statement};

/// A statement that is ready to be carried out.
struct Member {
    named: TableRef,
    /// The item that it is about, if its key is one.
    key: Option<ItemKey>,
    work: Work,
}

enum Work {
    Get(Box<GetItem>, Option<Columns>),
    Write(Box<Write>),
}

/// What carrying out a statement came to.
struct Done {
    result: Result<Option<AnswerItem>, ApiError>,
    capacity: Option<ConsumedCapacity>,
    /// What a write cost that was refused for the item that is there.
    refused: Option<Units>,
}

impl Proxy {
    pub(in crate::proxy) async fn batch_execute_statement(
        &self,
        batch: BatchExecuteStatement,
        trace: &mut Trace,
    ) -> Result<BatchExecuteStatementOutput, ApiError> {
        let BatchExecuteStatement { statements, capacity } = batch;
        let members: Vec<_> =
            statements.into_iter().map(|statement| self.member(statement, capacity)).collect();
        check_apart(members.iter().flatten().filter_map(|member| member.key.as_ref()))?;
        let mut done = Vec::with_capacity(members.len());
        let mut writes = Vec::new();
        for (at, member) in members.into_iter().enumerate() {
            let Member { named, work, .. } = match member {
                Ok(member) => member,
                Err(refused) => {
                    done.push((refused, None));
                    continue;
                }
            };
            let table = Some(named.as_given().to_owned());
            let unknown = BatchStatementOutput { table, result: Ok(None) };
            match work {
                Work::Get(get, columns) => {
                    let got = self.get_by_statement(*get, columns.as_ref(), trace).await;
                    done.push((unknown, Some((named, got))));
                }
                Work::Write(write) => {
                    done.push((unknown, None));
                    writes.push(
                        async move { (at, named, self.write_of_batch(*write, capacity).await) },
                    );
                }
            }
        }
        for (at, named, written) in join_all(writes).await {
            done[at].1 = Some((named, written));
        }
        Ok(answer(done, capacity))
    }

    /// The statement lowered, or what is told of it.
    fn member(
        &self,
        statement: Result<BatchStatement, ApiError>,
        capacity: CapacityDetail,
    ) -> Result<Member, BatchStatementOutput> {
        let refused = |error| BatchStatementOutput { table: None, result: Err(error) };
        let BatchStatement { statement, consistency, on_failure } = statement.map_err(refused)?;
        let given = statement.table().to_owned();
        let found = named(&statement).and_then(|named| Ok((self.serving(named.name())?, named)));
        let (table, named) = found
            .map_err(|error| BatchStatementOutput { table: Some(given), result: Err(error) })?;
        let schema = &table.schema;
        match statement {
            Statement::Select(select) => {
                let (key, columns) = item_of(select, schema).map_err(refused)?;
                let item = mutations::key_of(schema, &key).ok();
                let table = named.clone();
                let get = GetItem { table, key, consistency, projection: None, capacity };
                Ok(Member { named, key: item, work: Work::Get(Box::new(get), columns) })
            }
            write @ (Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::Exists(_)) => {
                let write = lower(write, named.clone(), schema, on_failure).map_err(refused)?;
                let key = key_of(&write.action.change, schema);
                Ok(Member { named, key, work: Work::Write(Box::new(write)) })
            }
        }
    }

    async fn get_by_statement(
        &self,
        get: GetItem,
        columns: Option<&Columns>,
        trace: &mut Trace,
    ) -> Done {
        match self.get_item(get, trace).await {
            Ok(found) => Done {
                result: Ok(found.item.map(|item| picked(item, columns))),
                capacity: found.capacity,
                refused: None,
            },
            Err(error) => Done { result: Err(error), capacity: None, refused: None },
        }
    }

    async fn write_of_batch(&self, write: Write, capacity: CapacityDetail) -> Done {
        match self.write_by_statement(write, capacity).await {
            Ok(written) => {
                let (item, capacity) = (written.attributes, written.capacity);
                Done { result: Ok(item), capacity, refused: None }
            }
            Err(Unwritten { error, cost }) => {
                Done { result: Err(error), capacity: None, refused: cost.map(Units::of_table) }
            }
        }
    }
}

/// The key and columns of a `SELECT` that is nothing but the read of one item.
fn item_of(select: Select, schema: &TableSchema) -> Result<(Key, Option<Columns>), ApiError> {
    let refused = || {
        ApiError::validation(
            "Select statements within BatchExecuteStatement must specify the primary key in the \
             where clause.",
        )
    };
    if select.source.index.is_some() {
        return Err(refused());
    }
    let keyed = KeyedItem::of_select(select.condition, schema)?.ok_or_else(refused)?;
    Ok((keyed, select.columns))
}

fn key_of(change: &TransactChange, schema: &TableSchema) -> Option<ItemKey> {
    match change {
        TransactChange::Put(item) => {
            let mut buffer = KeyBuffer::default();
            schema.item_key(item, &mut buffer).ok().map(ItemKeyRef::to_key)
        }
        TransactChange::Check(key)
        | TransactChange::Delete(key)
        | TransactChange::Update(key, _) => mutations::key_of(schema, key).ok(),
    }
}

fn check_apart<'a>(mut keys: impl Iterator<Item = &'a ItemKey>) -> Result<(), ApiError> {
    let mut seen = HashSet::new();
    if keys.all(|key| seen.insert(key)) {
        return Ok(());
    }
    Err(ApiError::validation("Provided list of item keys contains duplicates"))
}

/// The answer, with what all statements cost of each table; a table of which every statement was
/// refused is not told of.
fn answer(
    done: Vec<(BatchStatementOutput, Option<(TableRef, Done)>)>,
    detail: CapacityDetail,
) -> BatchExecuteStatementOutput {
    let mut responses = Vec::with_capacity(done.len());
    let mut bill: Vec<(TableRef, Units, bool)> = Vec::new();
    for (response, carried_out) in done {
        let Some((named, done)) = carried_out else {
            responses.push(response);
            continue;
        };
        let is_told = done.capacity.is_some();
        let units = done.refused.unwrap_or_default();
        let units = done.capacity.map_or(units, |capacity| Units {
            table: capacity.table_units,
            local: capacity.local,
            global: capacity.global,
        });
        match bill.iter_mut().find(|(given, ..)| given.name() == named.name()) {
            Some((_, sum, told)) => {
                sum.add(units);
                *told |= is_told;
            }
            None => bill.push((named, units, is_told)),
        }
        responses.push(BatchStatementOutput { result: done.result, ..response });
    }
    let capacity = bill.into_iter().filter(|(.., is_told)| *is_told);
    let capacity = capacity.filter_map(|(named, units, _)| capacity::report(named, detail, units));
    BatchExecuteStatementOutput { responses, capacity: capacity.collect() }
}
