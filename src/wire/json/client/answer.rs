//! Reads the answers of operations on items.
//!
//! Must hold: an item becomes its stored bytes where it is read; no answer has an image that keeps
//! JSON, since none is known to hold all of an item.

use std::borrow::Cow;

use super::super::decode::{unread, unwritten};
use super::capacity::{collection, collections, consumed, consumed_list, table_ref};
use super::reader::{Fault, Reader, Unreadable, read, read_members, required};
use crate::api::{
    AnswerItem, BatchGetItemOutput, BatchGetTable, BatchWriteItemOutput, BatchWriteTable,
    CollectionSize, ConsumedCapacity, GetItemOutput, Key, PageFound, TableRef,
    TransactGetItemsOutput, TransactWriteItemsOutput, WriteOutput,
};
use crate::model::ItemBytes;

/// The answer to a Query or Scan.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadPage {
    /// What was found; an answer says nothing of the sizes that were looked at.
    pub found: PageFound,
    /// The capacity, if asked for.
    pub capacity: Option<ConsumedCapacity>,
}

/// The answer to a GetItem.
pub fn get_item(body: &[u8]) -> Result<GetItemOutput, Unreadable> {
    #[derive(Default)]
    struct Members {
        item: Option<ItemBytes>,
        capacity: Option<ConsumedCapacity>,
    }
    let members = read_members(body, |members: &mut Members, reader, name| {
        match name {
            "Item" => members.item = reader.item()?,
            "ConsumedCapacity" => members.capacity = consumed(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let item = members.item.map(AnswerItem::Part);
    Ok(GetItemOutput { item, capacity: members.capacity })
}

/// The answer to a PutItem, DeleteItem or UpdateItem.
pub fn write(body: &[u8]) -> Result<WriteOutput, Unreadable> {
    #[derive(Default)]
    struct Members {
        attributes: Option<ItemBytes>,
        capacity: Option<ConsumedCapacity>,
        collection: Option<CollectionSize>,
    }
    let members = read_members(body, |members: &mut Members, reader, name| {
        match name {
            "Attributes" => members.attributes = reader.item()?,
            "ConsumedCapacity" => members.capacity = consumed(reader)?,
            "ItemCollectionMetrics" => members.collection = collection(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let Members { attributes, capacity, collection } = members;
    Ok(WriteOutput { attributes: attributes.map(AnswerItem::Part), capacity, collection })
}

/// The answer to a BatchGetItem.
pub fn batch_get_item(body: &[u8]) -> Result<BatchGetItemOutput, Unreadable> {
    #[derive(Default)]
    struct Members {
        responses: Vec<(TableRef, Vec<AnswerItem>)>,
        unprocessed: Vec<BatchGetTable>,
        capacity: Vec<ConsumedCapacity>,
    }
    let members = read_members(body, |members: &mut Members, reader, name| {
        match name {
            "Responses" => members.responses = responses(reader)?,
            "UnprocessedKeys" => members.unprocessed = unread_tables(reader)?,
            "ConsumedCapacity" => members.capacity = consumed_list(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let Members { responses, unprocessed, capacity } = members;
    Ok(BatchGetItemOutput { responses, unprocessed, capacity })
}

/// The answer to a BatchWriteItem.
pub fn batch_write_item(body: &[u8]) -> Result<BatchWriteItemOutput, Unreadable> {
    #[derive(Default)]
    struct Members {
        unprocessed: Vec<BatchWriteTable>,
        collections: Vec<(TableRef, Vec<CollectionSize>)>,
        capacity: Vec<ConsumedCapacity>,
    }
    let members = read_members(body, |members: &mut Members, reader, name| {
        match name {
            "UnprocessedItems" => members.unprocessed = unwritten_tables(reader)?,
            "ItemCollectionMetrics" => members.collections = collections(reader)?,
            "ConsumedCapacity" => members.capacity = consumed_list(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let Members { unprocessed, collections, capacity } = members;
    Ok(BatchWriteItemOutput { unprocessed, collections, capacity })
}

/// The answer to a TransactGetItems.
pub fn transact_get_items(body: &[u8]) -> Result<TransactGetItemsOutput, Unreadable> {
    read(body, |reader| {
        let (mut items, mut capacity) = (None, Vec::new());
        reader.members(|reader, name| {
            match name {
                "Responses" => items = reader.list(response)?,
                "ConsumedCapacity" => capacity = consumed_list(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(TransactGetItemsOutput { items: required(items, "Responses")?, capacity })
    })
}

/// The answer to a TransactWriteItems.
pub fn transact_write_items(body: &[u8]) -> Result<TransactWriteItemsOutput, Unreadable> {
    #[derive(Default)]
    struct Members {
        collections: Vec<(TableRef, Vec<CollectionSize>)>,
        capacity: Vec<ConsumedCapacity>,
    }
    let members = read_members(body, |members: &mut Members, reader, name| {
        match name {
            "ItemCollectionMetrics" => members.collections = collections(reader)?,
            "ConsumedCapacity" => members.capacity = consumed_list(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let Members { collections, capacity } = members;
    Ok(TransactWriteItemsOutput { collections, capacity })
}

/// The answer to a Query or Scan.
pub fn page(body: &[u8]) -> Result<ReadPage, Unreadable> {
    #[derive(Default)]
    struct Members {
        items: Option<Vec<ItemBytes>>,
        count: Option<usize>,
        scanned: Option<usize>,
        last: Option<Key>,
        capacity: Option<ConsumedCapacity>,
    }
    read(body, |reader| {
        let mut members = Members::default();
        reader.members(|reader, name| {
            match name {
                "Items" => members.items = reader.list(Reader::some_item)?,
                "Count" => members.count = reader.size()?,
                "ScannedCount" => members.scanned = reader.size()?,
                "LastEvaluatedKey" => members.last = reader.attributes()?,
                "ConsumedCapacity" => members.capacity = consumed(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let Members { items, count, scanned, last, capacity } = members;
        let count = required(count, "Count")?;
        // A key without attributes would be refused where the next page begins.
        let last = last.filter(|last| !last.is_empty());
        let scanned = scanned.unwrap_or(count);
        let found = PageFound { items, count, scanned, last, ..PageFound::default() };
        Ok(ReadPage { found, capacity })
    })
}

fn responses(reader: &mut Reader<'_>) -> Result<Vec<(TableRef, Vec<AnswerItem>)>, Fault> {
    let mut tables = Vec::new();
    reader.members(|reader, name| {
        let items = reader.list(|reader| reader.some_item().map(AnswerItem::Part))?;
        tables.push((table_ref(name)?, items.unwrap_or_default()));
        Ok(())
    })?;
    Ok(tables)
}

/// One of a transaction, which may have found nothing.
fn response(reader: &mut Reader<'_>) -> Result<Option<AnswerItem>, Fault> {
    let mut item = None;
    reader.members(|reader, name| {
        match name {
            "Item" => item = reader.item()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(item.map(AnswerItem::Part))
}

fn unread_tables(reader: &mut Reader<'_>) -> Result<Vec<BatchGetTable>, Fault> {
    let mut tables = Vec::new();
    reader.members(|reader, name| {
        let name = Cow::Owned(name.to_owned());
        tables.push(reader.as_request(|scan| unread(scan, name))?);
        Ok(())
    })?;
    Ok(tables)
}

fn unwritten_tables(reader: &mut Reader<'_>) -> Result<Vec<BatchWriteTable>, Fault> {
    let mut tables = Vec::new();
    reader.members(|reader, name| {
        let name = Cow::Owned(name.to_owned());
        tables.push(reader.as_request(|scan| unwritten(scan, name))?);
        Ok(())
    })?;
    Ok(tables)
}
