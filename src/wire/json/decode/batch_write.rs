//! BatchWriteItem.
//!
//! Must hold: every request of a batch is checked before any is carried out.
//! Not here: two requests for one item, which only the table's key can tell (`proxy/`).

use std::borrow::Cow;
use std::fmt;

use super::super::constraints::{
    CAPACITY, COLLECTION_METRICS, Entry, Faults, Given, Map, OPTIONAL, Path, REQUIRED, Rule, Size,
    shape,
};
use super::super::scan::Scanner;
use super::super::types::{Place, shape_class};
use super::super::values::{TWO_TYPES, Values};
use super::super::wording::Wording;
use super::batch::{REQUEST_ITEMS, check_any, named_twice};
use super::write::collection_of;
use super::{capacity_of, read, required};
use crate::api::{
    ApiError, BatchWrite, BatchWriteItem, BatchWriteTable, Key, TableRef, check_item_size,
};
use crate::model::Item;

#[derive(Debug, Default)]
pub(in crate::wire) struct BatchWriteMembers<'a> {
    pub(in crate::wire) capacity: Option<Cow<'a, str>>,
    pub(in crate::wire) collection_metrics: Option<Cow<'a, str>>,
    pub(in crate::wire) tables: Option<Vec<WriteRequests<'a>>>,
}

#[derive(Debug)]
pub(in crate::wire) struct WriteRequests<'a> {
    pub(in crate::wire) name: Cow<'a, str>,
    pub(in crate::wire) requests: Vec<WriteRequest>,
}

#[derive(Debug, Default)]
pub(in crate::wire) struct WriteRequest {
    put: Option<PutRequest>,
    delete: Option<DeleteRequest>,
    values: Values,
}

#[derive(Debug)]
struct PutRequest {
    item: Option<Key>,
}

#[derive(Debug)]
struct DeleteRequest {
    key: Option<Key>,
}

pub(super) fn batch_write_item(body: &[u8], wording: Wording) -> Result<BatchWriteItem, ApiError> {
    read(body, BatchWriteMembers::read)?.request(wording, body.len())
}

impl<'a> BatchWriteMembers<'a> {
    /// The request, whose items took so many bytes at least.
    pub(in crate::wire) fn request(
        self,
        wording: Wording,
        wire_bytes: usize,
    ) -> Result<BatchWriteItem, ApiError> {
        constrain(&self)?;
        let given = required(self.tables)?;
        check_any(&given, "BatchWriteItem", wording)?;
        if given.iter().map(|table| table.requests.len()).sum::<usize>() > WRITES_MAX {
            return Err(ApiError::validation(
                "Too many items requested for the BatchWriteItem call",
            ));
        }
        let mut tables: Vec<BatchWriteTable> = Vec::with_capacity(given.len());
        for table in given {
            let table = table.checked(wire_bytes)?;
            if tables.iter().any(|other| other.table.name() == table.table.name()) {
                return Err(named_twice(table.table.name()));
            }
            tables.push(table);
        }
        Ok(BatchWriteItem {
            tables,
            capacity: capacity_of(self.capacity.as_deref()),
            collection: collection_of(self.collection_metrics.as_deref()),
        })
    }

    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "ReturnConsumedCapacity" => self.capacity = scan.text()?,
            "ReturnItemCollectionMetrics" => self.collection_metrics = scan.text()?,
            "RequestItems" => self.tables = read_tables(scan)?,
            _ => scan.skip()?,
        }
        Ok(())
    }
}

shape! {
    fn constrain(batch: &BatchWriteMembers<'_>) {
        "returnConsumedCapacity": CAPACITY, batch.capacity.as_deref();
        "returnItemCollectionMetrics": COLLECTION_METRICS, batch.collection_metrics.as_deref();
        "requestItems": REQUEST_ITEMS.values(&REQUESTS), batch.tables.as_deref().map(Map);
    }
}

shape! {
    impl "WriteRequest" for WriteRequest as request {
        "putRequest": OPTIONAL, request.put.as_ref();
        "deleteRequest": OPTIONAL, request.delete.as_ref();
    }
}

shape! {
    impl "PutRequest" for PutRequest as put {
        "item": REQUIRED, put.item.as_deref();
    }
}

shape! {
    impl "DeleteRequest" for DeleteRequest as delete {
        "key": REQUIRED, delete.key.as_deref();
    }
}

impl Entry for WriteRequests<'_> {
    fn key(&self) -> &str {
        &self.name
    }
}

impl Given for WriteRequests<'_> {
    fn size(&self) -> Size {
        self.requests.size()
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[WriteRequest]")
    }

    fn constrain(&self, at: Path<'_>, faults: &mut Faults) {
        self.requests.constrain(at, faults);
    }
}

impl<'a> WriteRequests<'a> {
    fn read(scan: &mut Scanner<'a>, name: Cow<'a, str>) -> Result<Self, ApiError> {
        let requests = scan.list_at(Place::Element, WriteRequest::read)?.unwrap_or_default();
        Ok(Self { name, requests })
    }

    fn checked(self, wire_bytes: usize) -> Result<BatchWriteTable, ApiError> {
        let writes: Result<_, _> =
            self.requests.into_iter().map(|request| request.checked(wire_bytes)).collect();
        Ok(BatchWriteTable { writes: writes?, table: TableRef::of(&self.name)? })
    }
}

impl WriteRequest {
    /// One that writes an item.
    pub(in crate::wire) fn put(item: Key, values: Values) -> Self {
        Self { put: Some(PutRequest { item: Some(item) }), delete: None, values }
    }

    /// One that removes the item of a key.
    pub(in crate::wire) fn delete(key: Key, values: Values) -> Self {
        Self { put: None, delete: Some(DeleteRequest { key: Some(key) }), values }
    }

    fn read(scan: &mut Scanner<'_>) -> Result<Self, ApiError> {
        let mut request = Self::default();
        scan.structure("WriteRequest", Place::Element, |scan, name| {
            let values = &mut request.values;
            match &*name {
                "PutRequest" => {
                    let (present, item) = read_attributes(scan, values, "PutRequest", "Item")?;
                    request.put = present.then_some(PutRequest { item });
                }
                "DeleteRequest" => {
                    let (present, key) = read_attributes(scan, values, "DeleteRequest", "Key")?;
                    request.delete = present.then_some(DeleteRequest { key });
                }
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn checked(self, wire_bytes: usize) -> Result<BatchWrite, ApiError> {
        match (self.put, self.delete) {
            (Some(PutRequest { item }), None) => {
                self.values.check()?;
                let item = Item { attributes: required(item)? };
                check_item_size(&item, wire_bytes)?;
                Ok(BatchWrite::Put(item))
            }
            (None, Some(DeleteRequest { key })) => {
                self.values.check()?;
                Ok(BatchWrite::Delete(required(key)?))
            }
            // The service takes a request for a value here, and speaks of it as of one.
            (None, None) | (Some(_), Some(_)) => Err(ApiError::validation(TWO_TYPES)),
        }
    }
}

fn read_tables<'a>(scan: &mut Scanner<'a>) -> Result<Option<Vec<WriteRequests<'a>>>, ApiError> {
    let mut tables = Vec::new();
    let class = concat!("java.util.List<", shape_class!("WriteRequest"), ">");
    let present = scan.map(class, Place::Member, |scan, name| {
        tables.push(WriteRequests::read(scan, name)?);
        Ok(())
    })?;
    Ok(present.then_some(tables))
}

/// What was left unwritten of a table, as an answer names it.
pub(in crate::wire::json) fn unwritten<'a>(
    scan: &mut Scanner<'a>,
    name: Cow<'a, str>,
) -> Result<BatchWriteTable, ApiError> {
    // What was sent is not measured again.
    WriteRequests::read(scan, name)?.checked(0)
}

/// Whether a structure is there, and the attributes of that member of it.
fn read_attributes(
    scan: &mut Scanner<'_>,
    values: &mut Values,
    shape: &str,
    member: &str,
) -> Result<(bool, Option<Key>), ApiError> {
    let mut attributes = None;
    let present = scan.structure(shape, Place::Member, |scan, name| {
        if name == member {
            attributes = values.attributes(scan, Place::Member)?;
            Ok(())
        } else {
            scan.skip()
        }
    })?;
    Ok((present, attributes))
}

const WRITES_MAX: usize = 25;
/// What is asked of one table.
const REQUESTS: Rule = OPTIONAL.count(1, WRITES_MAX);
