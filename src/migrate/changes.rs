//! From the records of a stream to the writes that bring the target to the same.
//!
//! Must hold: of the records of one key the last counts; what a record does not tell of an item is
//! read from the source, as it is now or later.
//! Not here: which records there are (`stream.rs`).

use std::collections::HashMap;

use super::error::Error;
use super::tables::{Site, body_of};
use super::writer::Write;
use crate::api::{
    AnswerItem, CapacityDetail, Consistency, GetItem, Key, Operation, Request, StreamEvent,
    StreamView,
};
use crate::model::{KeyBuffer, TableSchema};
use crate::wire::json::client::{self as border, ReadRecord};

/// The writes that records come to, one of each key.
pub(super) async fn writes_of(
    site: &Site,
    schema: &TableSchema,
    view: Option<StreamView>,
    records: Vec<ReadRecord>,
) -> Result<Vec<Write>, Error> {
    let mut last: HashMap<Vec<u8>, ReadRecord> = HashMap::with_capacity(records.len());
    for record in records {
        let mut buffer = KeyBuffer::default();
        let key = schema.key(&record.keys, &mut buffer);
        let key = key.map_err(|_| Error::Keyless { end: site.end.to_string() })?;
        last.insert(key.bytes().to_vec(), record);
    }
    let has_images = matches!(view, Some(StreamView::NewImage | StreamView::NewAndOldImages));
    let mut writes = Vec::with_capacity(last.len());
    for record in last.into_values() {
        writes.push(match record {
            ReadRecord { after: Some(item), .. } => Write::Put(item),
            ReadRecord { event: Some(StreamEvent::Remove), keys, .. } if has_images => {
                Write::Delete(keys)
            }
            ReadRecord { keys, .. } => now(site, keys).await?,
        });
    }
    Ok(writes)
}

/// What an item is at the source.
async fn now(site: &Site, key: Key) -> Result<Write, Error> {
    let get = Request::GetItem(GetItem {
        table: site.named(),
        key: key.clone(),
        projection: None,
        consistency: Consistency::Strong,
        capacity: CapacityDetail::None,
    });
    let answer = site.asked(Operation::GetItem, body_of(&get)).await?;
    let output = border::get_item(&answer).map_err(|source| site.unreadable(source))?;
    Ok(match output.item {
        Some(AnswerItem::Part(item)) => Write::Put(item),
        Some(AnswerItem::Whole(image)) => Write::Put(image.item()),
        None => Write::Delete(key),
    })
}
