//! Writes of one item.
//!
//! Must hold: what is left in the cache is the item as the service has it: what was put whole, what
//! an update answered as all of the new item, an absence after a delete, and nothing where the client
//! asked for what was there before.

use std::sync::Arc;

use super::{Through, close_written, open};
use crate::api::{
    AnswerItem, ApiError, DeleteItem, ErrorCode, PutItem, Request, Response, ReturnValues,
    UpdateItem, WriteOutput,
};
use crate::engine::upstream::{End, Unanswered};
use crate::engine::{Error, Table};
use crate::metrics::Capacity;
use crate::model::{Image, Item, ItemKey};
use crate::proxy::capacity::Units;
use crate::proxy::write::Unwritten;
use crate::proxy::{Proxy, keys, mutations};
use crate::task;

impl Proxy {
    pub(in crate::proxy) async fn put_through(
        &self,
        through: &Through,
        put: PutItem,
    ) -> Result<WriteOutput, Unwritten<ApiError>> {
        let table = self.serving(put.table.name())?;
        let (key, image) = mutations::put_image(&table.schema, &put.item, keys::of_item)?;
        let leaves = move |_: &WriteOutput| Some(Image::Item(image));
        let asked = put.options.return_values;
        self.send_one(through, &table, key, Request::PutItem(put), asked, leaves).await
    }

    pub(in crate::proxy) async fn delete_through(
        &self,
        through: &Through,
        delete: DeleteItem,
    ) -> Result<WriteOutput, Unwritten<ApiError>> {
        let table = self.serving(delete.table.name())?;
        let key = mutations::key_of(&table.schema, &delete.key)?;
        let leaves = |_: &WriteOutput| Some(Image::Absent);
        let asked = delete.options.return_values;
        self.send_one(through, &table, key, Request::DeleteItem(delete), asked, leaves).await
    }

    pub(in crate::proxy) async fn update_through(
        &self,
        through: &Through,
        mut request: UpdateItem,
    ) -> Result<WriteOutput, Unwritten<ApiError>> {
        let table = self.serving(request.table.name())?;
        let new = Item { attributes: request.key.clone() };
        let (key, _) = mutations::update(&table.schema, &new, &request.update, request.makes_item)?;
        let asked = request.options.return_values;
        let update = Arc::clone(&request.update);
        let sees_new = match asked {
            ReturnValues::None | ReturnValues::AllNew | ReturnValues::UpdatedNew => true,
            ReturnValues::AllOld | ReturnValues::UpdatedOld => false,
        };
        if sees_new {
            request.options.return_values = ReturnValues::AllNew;
        }
        let leaves = move |output: &WriteOutput| {
            let new = output.attributes.as_ref().filter(|_| sees_new)?;
            Some(Image::Item(new.image()))
        };
        let request = Request::UpdateItem(request);
        let output = self.send_one(through, &table, key, request, asked, leaves).await?;
        let attributes = match asked {
            ReturnValues::None => None,
            ReturnValues::UpdatedNew => output
                .attributes
                .and_then(|new| update.project_targets(new.view()).map(AnswerItem::Part)),
            ReturnValues::AllNew | ReturnValues::AllOld | ReturnValues::UpdatedOld => {
                output.attributes
            }
        };
        Ok(WriteOutput { attributes, ..output })
    }

    /// Sends a write in a task of its own, which has the ticket; `asked` is what the client wants to
    /// know, `leaves` tells what an answer says of the item that is there then.
    async fn send_one(
        &self,
        through: &Through,
        table: &Table,
        key: ItemKey,
        request: Request,
        asked: ReturnValues,
        leaves: impl FnOnce(&WriteOutput) -> Option<Image> + Send + 'static,
    ) -> Result<WriteOutput, Unwritten<ApiError>> {
        let (proxy, through) = (self.shared(), through.clone());
        let under_way = through.writes.begin();
        let sent = task::spawn("write", async move {
            // What is forgotten from here on was perhaps changed after this write.
            let since = proxy.rules.stamp(key.table());
            let mut ticket = proxy.fence.ticket();
            let opened = open(&through, &mut ticket, &key);
            let ended = match through.upstream.ask(&request).await {
                Ok(response) => {
                    let output = written(response);
                    if let Some(image) = leaves(&output) {
                        ticket.bring_if_alone(opened.own, image, since);
                    }
                    close_written(&through, ticket, &[key]);
                    Ok(output)
                }
                Err(Unanswered { end, error }) => {
                    if end == End::NotDone {
                        opened.not_written(&mut ticket);
                    }
                    proxy.end_write(&through, ticket, &[key], end);
                    if end == End::Done && asked == ReturnValues::None {
                        // It was carried out, which is all that the client wants to know.
                        Ok(WriteOutput { attributes: None, capacity: None, collection: None })
                    } else {
                        Err(error)
                    }
                }
            };
            drop(under_way);
            ended
        });
        let sent = sent.await.unwrap_or(Err(Error::Stopped));
        match sent {
            Ok(output) => {
                if let Some(used) = &output.capacity {
                    Units::from(used).count(&table.metrics, Capacity::Write);
                }
                Ok(output)
            }
            Err(error) => {
                let error = ApiError::from(error);
                if error.code == ErrorCode::ConditionalCheckFailed {
                    table.metrics.condition_failed();
                }
                Err(error.into())
            }
        }
    }
}

/// The answer to a write of one item.
fn written(response: Response) -> WriteOutput {
    match response {
        Response::PutItem(output) | Response::UpdateItem(output) | Response::DeleteItem(output) => {
            output
        }
        _ => unreachable!("an answer is read as what was asked"),
    }
}
