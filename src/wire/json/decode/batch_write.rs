//! BatchWriteItem.
//!
//! Must hold: every request of a batch is checked before any is carried out.
//! Not here: two requests for one item, which only the table's key can tell (`proxy/`).

use std::borrow::Cow;
use std::fmt;

use super::super::constraints::{COLLECTION_METRICS, Faults, Quoted};
use super::super::scan::Scanner;
use super::super::types::{Place, shape_class};
use super::super::values::{TWO_TYPES, Values};
use super::super::wording::Wording;
use super::batch::{check_any, constrain_names, named_twice, shown_tables};
use super::write::collection_of;
use super::{capacity_of, check_capacity, read, required};
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
    put: Option<Given>,
    delete: Option<Given>,
    values: Values,
}

/// The item of a `PutRequest`, or the key of a `DeleteRequest`.
#[derive(Debug)]
struct Given(Option<Key>);

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
        self.constrain()?;
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

    fn constrain(&self) -> Result<(), ApiError> {
        let mut faults = Faults::default();
        check_capacity(&mut faults, self.capacity.as_deref());
        let metrics = self.collection_metrics.as_deref();
        faults.one_of("returnItemCollectionMetrics", metrics, COLLECTION_METRICS);
        faults.required("requestItems", self.tables.as_ref());
        let tables = self.tables.as_deref().unwrap_or_default();
        let names = tables.iter().map(|table| &*table.name);
        constrain_names(&mut faults, names.clone(), SHOWN);
        if !tables.iter().all(|table| (1..=WRITES_MAX).contains(&table.requests.len())) {
            faults.add(Quoted(shown_tables(names, SHOWN)), "requestItems", TableValues);
        }
        for WriteRequests { name, requests } in tables {
            for (at, request) in requests.iter().enumerate() {
                request.constrain(&mut faults, format_args!("{name}.member.{}", at + 1));
            }
        }
        faults.end()
    }
}

impl WriteRequests<'_> {
    fn checked(self, wire_bytes: usize) -> Result<BatchWriteTable, ApiError> {
        let writes: Result<_, _> =
            self.requests.into_iter().map(|request| request.checked(wire_bytes)).collect();
        Ok(BatchWriteTable { writes: writes?, table: TableRef::of(&self.name)? })
    }
}

impl WriteRequest {
    /// One that writes an item.
    pub(in crate::wire) fn put(item: Key, values: Values) -> Self {
        Self { put: Some(Given(Some(item))), delete: None, values }
    }

    /// One that removes the item of a key.
    pub(in crate::wire) fn delete(key: Key, values: Values) -> Self {
        Self { put: None, delete: Some(Given(Some(key))), values }
    }

    fn read(scan: &mut Scanner<'_>) -> Result<Self, ApiError> {
        let mut request = Self::default();
        scan.structure("WriteRequest", Place::Element, |scan, name| {
            let values = &mut request.values;
            match &*name {
                "PutRequest" => request.put = read_given(scan, values, "PutRequest", "Item")?,
                "DeleteRequest" => {
                    request.delete = read_given(scan, values, "DeleteRequest", "Key")?;
                }
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn constrain(&self, faults: &mut Faults, path: impl fmt::Display) {
        if let Some(Given(item)) = &self.put {
            let path = format_args!("requestItems.{path}.member.putRequest.item");
            faults.required(path, item.as_ref());
        }
        if let Some(Given(key)) = &self.delete {
            let path = format_args!("requestItems.{path}.member.deleteRequest.key");
            faults.required(path, key.as_ref());
        }
    }

    fn checked(self, wire_bytes: usize) -> Result<BatchWrite, ApiError> {
        match (self.put, self.delete) {
            (Some(Given(item)), None) => {
                self.values.check()?;
                let item = Item { attributes: required(item)? };
                check_item_size(&item, wire_bytes)?;
                Ok(BatchWrite::Put(item))
            }
            (None, Some(Given(key))) => {
                self.values.check()?;
                Ok(BatchWrite::Delete(required(key)?))
            }
            // The service takes a request for a value here, and speaks of it as of one.
            (None, None) | (Some(_), Some(_)) => Err(ApiError::validation(TWO_TYPES)),
        }
    }
}

/// The constraint of how many requests a table has.
struct TableValues;

impl fmt::Display for TableValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Map value must satisfy constraint: [Member must have length less than or equal to \
             {WRITES_MAX}, Member must have length greater than or equal to 1]"
        )
    }
}

fn read_tables<'a>(scan: &mut Scanner<'a>) -> Result<Option<Vec<WriteRequests<'a>>>, ApiError> {
    let mut tables = Vec::new();
    let class = concat!("java.util.List<", shape_class!("WriteRequest"), ">");
    let present = scan.map(class, Place::Member, |scan, name| {
        let requests = scan.list_at(Place::Element, WriteRequest::read)?.unwrap_or_default();
        tables.push(WriteRequests { name, requests });
        Ok(())
    })?;
    Ok(present.then_some(tables))
}

fn read_given(
    scan: &mut Scanner<'_>,
    values: &mut Values,
    shape: &str,
    member: &str,
) -> Result<Option<Given>, ApiError> {
    let mut given = Given(None);
    let present = scan.structure(shape, Place::Member, |scan, name| {
        if name == member {
            given = Given(values.attributes(scan, Place::Member)?);
            Ok(())
        } else {
            scan.skip()
        }
    })?;
    Ok(present.then_some(given))
}

const WRITES_MAX: usize = 25;
const SHOWN: &str = "[WriteRequest]";
