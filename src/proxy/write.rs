//! Writing one item: through to the engine, with a ticket that keeps the cache exact.
//!
//! Must hold: the ticket goes with the mutation by value; a client that hangs up drops the wait
//! for the answer and nothing else.
//! Not here: when the ticket opens and closes (`engine/`, `fence/`).

use std::sync::Arc;

use super::read::item_of;
use super::{Proxy, capacity, keys};
use crate::api::{
    AnswerItem, ApiError, CapacityDetail, DeleteItem, PutItem, ReturnValues, TableName, WriteOutput,
};
use crate::engine::{Change, Mutation, Written};
use crate::model::{Image, KeyBuffer};

impl Proxy {
    pub(super) async fn put_item(&self, put: PutItem) -> Result<WriteOutput, ApiError> {
        let table = self.serving(&put.table)?;
        let mut buffer = KeyBuffer::default();
        let key = table.schema.item_key(&put.item, &mut buffer).map_err(keys::of_item)?.to_key();
        let image = Arc::new(put.item.encode());
        let change = Change::Put(Arc::clone(&image));
        let written = self
            .engine
            .write(Mutation { key, condition: None, change }, self.fence.ticket())
            .await?;
        let answer = Answer { values: put.options.return_values, capacity: put.options.capacity };
        Ok(answer.of(written, &Image::Item(image), put.table))
    }

    pub(super) async fn delete_item(&self, delete: DeleteItem) -> Result<WriteOutput, ApiError> {
        let table = self.serving(&delete.table)?;
        let mut buffer = KeyBuffer::default();
        let key = table.schema.key(&delete.key, &mut buffer).map_err(keys::of_request)?.to_key();
        let mutation = Mutation { key, condition: None, change: Change::Delete };
        let written = self.engine.write(mutation, self.fence.ticket()).await?;
        let answer =
            Answer { values: delete.options.return_values, capacity: delete.options.capacity };
        Ok(answer.of(written, &Image::Absent, delete.table))
    }
}

/// What of a write's outcome the client asked for.
struct Answer {
    values: ReturnValues,
    capacity: CapacityDetail,
}

impl Answer {
    fn of(&self, written: Written, after: &Image, table: TableName) -> WriteOutput {
        let capacity = match self.capacity {
            CapacityDetail::None => None,
            detail @ (CapacityDetail::Total | CapacityDetail::Indexes) => {
                capacity::report(table, detail, capacity::of_write(&written.before, after))
            }
        };
        let attributes = match self.values {
            ReturnValues::None => None,
            ReturnValues::AllOld => item_of(written.before).map(AnswerItem::Whole),
            ReturnValues::AllNew | ReturnValues::UpdatedOld | ReturnValues::UpdatedNew => {
                unimplemented!()
            }
        };
        WriteOutput { attributes, capacity, collection: None }
    }
}
