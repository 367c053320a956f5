//! Writes requests.

use super::super::cbor::{SHORT_BYTES, Writer};
use super::super::frame::{MAGIC, Method, SERVICE};
use super::super::{key, value};
use super::expression::{condition, key_conditions, projection, update};
use crate::api::{
    BatchGetItem, BatchWrite, BatchWriteItem, CapacityDetail, CollectionDetail, Consistency, Key,
    Order, PageRequest, Request, ReturnValues, Select, WriteOptions,
};
use crate::model::{AttributeValue, KeyAttribute, TableSchema};

/// What writing a request needs to know: the schema of each table, and ids of lists of names.
pub struct Session<'a> {
    /// The schema of a table, by the name that the request gives it.
    pub schema: &'a dyn Fn(&str) -> Option<&'a TableSchema>,
    /// The id of a list of names, in the order of their bytes.
    pub id_of: &'a dyn Fn(&[&str]) -> Option<u64>,
}

/// What a connection begins with.
pub fn preamble(user_agent: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.text(MAGIC);
    writer.unsigned(0);
    writer.null();
    writer.map(1);
    writer.text("UserAgent");
    writer.text(user_agent);
    writer.unsigned(0);
    writer.finish()
}

/// Asks for the nodes.
pub fn endpoints() -> Vec<u8> {
    head(Method::Endpoints).finish()
}

/// Asks for the key of a table.
pub fn define_key_schema(table: &str) -> Vec<u8> {
    let mut writer = head(Method::DefineKeySchema);
    writer.bytes(table.as_bytes());
    writer.finish()
}

/// Asks for the id of a list of names.
pub fn define_list_id(names: &[&str]) -> Vec<u8> {
    let mut writer = head(Method::DefineAttributeListId);
    writer.array(names.len());
    for name in names {
        writer.text(name);
    }
    writer.finish()
}

/// Asks for the names of an id.
pub fn define_list(id: u64) -> Vec<u8> {
    let mut writer = head(Method::DefineAttributeList);
    writer.unsigned(id);
    writer.finish()
}

/// The bytes of a request for data; `None` if it is for none, a table of it has no schema here, names
/// of it have no id, or a key of it does not fit its table.
pub fn request(request: &Request, session: &Session<'_>) -> Option<Vec<u8>> {
    let mut writer = Writer::default();
    match request {
        Request::GetItem(get) => {
            session.subject(&mut writer, Method::GetItem, get.table.as_given(), &get.key)?;
            let mut options = Options::begin(&mut writer);
            options.bytes(0, get.projection.as_ref().map(projection));
            options.truth(2, get.consistency == Consistency::Strong);
            options.capacity(get.capacity);
            options.end();
        }
        Request::PutItem(put) => {
            let attributes = &put.item.attributes;
            let table = put.table.as_given();
            session.subject(&mut writer, Method::PutItem, table, attributes)?;
            session.attributes(&mut writer, table, attributes)?;
            write_options(&mut writer, &put.options, None);
        }
        Request::DeleteItem(delete) => {
            let table = delete.table.as_given();
            session.subject(&mut writer, Method::DeleteItem, table, &delete.key)?;
            write_options(&mut writer, &delete.options, None);
        }
        Request::UpdateItem(given) => {
            let table = given.table.as_given();
            session.subject(&mut writer, Method::UpdateItem, table, &given.key)?;
            let update = (!given.update.is_empty()).then(|| update(&given.update));
            write_options(&mut writer, &given.options, update);
        }
        Request::Query(query) => {
            writer = head(Method::Query);
            writer.bytes(query.page.table.as_given().as_bytes());
            writer.bytes(&key_conditions(&query.keys));
            let mut options = Options::begin(&mut writer);
            options.number(14, Some(i64::from(query.order == Order::Ascending)));
            session.page(&mut options, &query.page)?;
            options.end();
        }
        Request::Scan(scan) => {
            writer = head(Method::Scan);
            writer.bytes(scan.page.table.as_given().as_bytes());
            let mut options = Options::begin(&mut writer);
            if let Some(segment) = scan.segment {
                options.number(16, Some(segment.number.into()));
                options.number(17, Some(segment.total.into()));
            }
            session.page(&mut options, &scan.page)?;
            options.end();
        }
        Request::BatchGetItem(batch) => session.batch_get(&mut writer, batch)?,
        Request::BatchWriteItem(batch) => session.batch_write(&mut writer, batch)?,
        Request::TransactGetItems(get) => writer = session.transact_get(get)?,
        Request::TransactWriteItems(write) => writer = session.transact_write(write)?,
        Request::ExecuteStatement(_)
        | Request::BatchExecuteStatement(_)
        | Request::ExecuteTransaction(_)
        | Request::Control(_) => return None,
    }
    Some(writer.finish())
}

impl Session<'_> {
    /// Head, table and key of a request for one item.
    fn subject(
        &self,
        writer: &mut Writer,
        method: Method,
        table: &str,
        attributes: &Key,
    ) -> Option<()> {
        *writer = head(method);
        writer.bytes(table.as_bytes());
        let schema = (self.schema)(table)?;
        if method == Method::PutItem {
            put_key_among(writer, schema, attributes)
        } else {
            put_key(writer, schema, attributes)
        }
    }

    /// What an item has beside its key.
    pub(super) fn attributes(
        &self,
        writer: &mut Writer,
        table: &str,
        attributes: &Key,
    ) -> Option<()> {
        let schema = (self.schema)(table)?;
        let mut others: Vec<&(String, AttributeValue)> =
            attributes.iter().filter(|(name, _)| !schema.is_key(name)).collect();
        others.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let names: Vec<&str> = others.iter().map(|(name, _)| name.as_str()).collect();
        let id = (self.id_of)(&names)?;
        writer.embedded(SHORT_BYTES, |writer| {
            writer.unsigned(id);
            for (_, value) in &others {
                value::put_owned(writer, value);
            }
        });
        Some(())
    }

    fn page(&self, options: &mut Options<'_>, page: &PageRequest) -> Option<()> {
        options.bytes(0, page.projection.as_ref().map(projection));
        options.number(2, Some(i64::from(page.consistency == Consistency::Strong)));
        options.capacity(page.capacity);
        if let Some(start) = &page.start {
            let mut key = Writer::default();
            match page.index {
                Some(_) => key::put_compound(&mut key, start),
                None => put_key(&mut key, (self.schema)(page.table.as_given())?, start)?,
            }
            options.value(9, &key.finish());
        }
        options.bytes(10, page.filter.as_ref().map(|filter| condition(&filter.condition)));
        options.bytes(11, page.index.as_ref().map(|index| index.clone().into_bytes()));
        options.number(13, page.limit.and_then(|limit| i64::try_from(limit).ok()));
        options.number(15, page.select.map(select));
        Some(())
    }

    fn batch_get(&self, writer: &mut Writer, batch: &BatchGetItem) -> Option<()> {
        *writer = head(Method::BatchGetItem);
        writer.map(batch.tables.len());
        for table in &batch.tables {
            let given = table.table.as_given();
            let schema = (self.schema)(given)?;
            writer.text(given);
            writer.array(3);
            writer.truth(table.consistency == Consistency::Strong);
            match &table.projection {
                Some(given) => writer.bytes(&projection(&given.projection)),
                None => writer.null(),
            }
            writer.array(table.keys.len());
            for key in &table.keys {
                put_key(writer, schema, key)?;
            }
        }
        let mut options = Options::begin(writer);
        options.capacity(batch.capacity);
        options.end();
        Some(())
    }

    fn batch_write(&self, writer: &mut Writer, batch: &BatchWriteItem) -> Option<()> {
        *writer = head(Method::BatchWriteItem);
        writer.map(batch.tables.len());
        for table in &batch.tables {
            let given = table.table.as_given();
            let schema = (self.schema)(given)?;
            writer.text(given);
            writer.array(table.writes.len() * 2);
            for write in &table.writes {
                match write {
                    BatchWrite::Put(item) => {
                        put_key_among(writer, schema, &item.attributes)?;
                        self.attributes(writer, given, &item.attributes)?;
                    }
                    BatchWrite::Delete(key) => {
                        put_key(writer, schema, key)?;
                        writer.null();
                    }
                }
            }
        }
        let mut options = Options::begin(writer);
        options.capacity(batch.capacity);
        options.collection(batch.collection);
        options.end();
        Some(())
    }
}

/// Writes a key that these attributes are, if they are one and nothing else.
pub(super) fn put_key(writer: &mut Writer, schema: &TableSchema, attributes: &Key) -> Option<()> {
    let count = 1 + usize::from(schema.range.is_some());
    if attributes.len() == count { put_key_among(writer, schema, attributes) } else { None }
}

/// Writes the key among these attributes, if they have one.
pub(super) fn put_key_among(
    writer: &mut Writer,
    schema: &TableSchema,
    attributes: &Key,
) -> Option<()> {
    let is_there = |key: &KeyAttribute| {
        let found = attributes.iter().find(|(name, _)| *name == key.name);
        found.is_some_and(|(_, value)| value.type_name() == key.kind.name())
    };
    let mut wanted = std::iter::once(&schema.hash).chain(&schema.range);
    wanted.all(is_there).then(|| key::put(writer, schema, attributes))
}

/// Writes the optional parameters.
pub(super) struct Options<'w>(&'w mut Writer);

impl<'w> Options<'w> {
    pub(super) fn begin(writer: &'w mut Writer) -> Self {
        writer.open_map();
        Self(writer)
    }

    pub(super) fn end(self) {
        self.0.end_open();
    }

    pub(super) fn number(&mut self, option: u64, number: Option<i64>) {
        if let Some(number) = number {
            self.0.unsigned(option);
            self.0.signed(number);
        }
    }

    fn truth(&mut self, option: u64, truth: bool) {
        self.0.unsigned(option);
        self.0.truth(truth);
    }

    pub(super) fn text(&mut self, option: u64, text: Option<&str>) {
        if let Some(text) = text {
            self.0.unsigned(option);
            self.0.text(text);
        }
    }

    fn bytes(&mut self, option: u64, bytes: Option<Vec<u8>>) {
        if let Some(bytes) = bytes {
            self.0.unsigned(option);
            self.0.bytes(&bytes);
        }
    }

    /// A value that was written before.
    fn value(&mut self, option: u64, value: &[u8]) {
        self.0.unsigned(option);
        self.0.raw(value);
    }

    pub(super) fn capacity(&mut self, capacity: CapacityDetail) {
        self.number(
            3,
            match capacity {
                CapacityDetail::None => None,
                CapacityDetail::Total => Some(1),
                CapacityDetail::Indexes => Some(2),
            },
        );
    }

    fn collection(&mut self, collection: CollectionDetail) {
        self.number(6, (collection == CollectionDetail::Size).then_some(1));
    }
}

fn write_options(writer: &mut Writer, given: &WriteOptions, update: Option<Vec<u8>>) {
    let mut options = Options::begin(writer);
    options.capacity(given.capacity);
    options.bytes(4, given.condition.as_ref().map(|given| condition(given)));
    options.collection(given.collection);
    options.number(
        7,
        match given.return_values {
            ReturnValues::None => None,
            ReturnValues::AllOld => Some(2),
            ReturnValues::UpdatedOld => Some(3),
            ReturnValues::AllNew => Some(4),
            ReturnValues::UpdatedNew => Some(5),
        },
    );
    options.bytes(8, update);
    options.end();
}

fn select(select: Select) -> i64 {
    match select {
        Select::AllAttributes => 1,
        Select::AllProjected => 2,
        Select::Count => 3,
        Select::Specific => 4,
    }
}

pub(super) fn head(method: Method) -> Writer {
    let mut writer = Writer::default();
    writer.signed(SERVICE);
    writer.signed(method.id());
    writer
}
