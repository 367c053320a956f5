//! The indexes of a table, and the `CreateTable` that makes it with them.
//!
//! Must hold: the attributes that an index is sorted by have values that it takes.

use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::Error;
use super::limits::{NAME_BYTES_MAX, PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX};
use super::section::{Cell, Section};
use super::table::{Part, Table};
use super::value::ScalarType;

/// One index.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) kind: IndexKind,
    pub(super) partition: Part,
    pub(super) sort: Option<Part>,
    projection: Projection,
}

/// Over the whole table, or within its partitions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum IndexKind {
    Global,
    Local,
}

#[derive(Debug)]
enum Projection {
    All,
    Keys,
    Attributes(Vec<String>),
}

impl Index {
    /// Reads an index of a table whose other parts are known.
    pub(super) fn read(section: &Section<'_>, table: &Table) -> Result<Self, Error> {
        section.knows(&["name", "kind", "partition", "sort", "projection"])?;
        let name = section.need("name")?;
        let text = name.text(3..=NAME_BYTES_MAX)?;
        if table.indexes.iter().any(|index| index.name == text) {
            return Err(name.wrong(format!("two indexes have the name \"{text}\"")));
        }
        let kinds = [("global", IndexKind::Global), ("local", IndexKind::Local)];
        let kind = section.find("kind").map_or(Ok(IndexKind::Global), |cell| cell.word(&kinds))?;
        let (partition, sort) = match kind {
            IndexKind::Global => {
                let partition =
                    key_part(&section.need("partition")?, table, PARTITION_KEY_BYTES_MAX)?;
                let sort = section.find("sort");
                let sort =
                    sort.map(|cell| key_part(&cell, table, SORT_KEY_BYTES_MAX)).transpose()?;
                (partition, sort)
            }
            IndexKind::Local => {
                if table.sort.is_none() {
                    return Err(section.wrong("a local index needs a table with a sort key"));
                }
                if let Some(partition) = section.find("partition") {
                    return Err(partition.wrong("a local index has the partitions of its table"));
                }
                let sort = key_part(&section.need("sort")?, table, SORT_KEY_BYTES_MAX)?;
                (Part::Partition, Some(sort))
            }
        };
        let projection = section
            .find("projection")
            .map_or(Ok(Projection::All), |cell| projection(&cell, table))?;
        Ok(Self { name: text.to_owned(), kind, partition, sort, projection })
    }

    fn to_json(&self, table: &Table) -> Json {
        let projection = match &self.projection {
            Projection::All => json!({"ProjectionType": "ALL"}),
            Projection::Keys => json!({"ProjectionType": "KEYS_ONLY"}),
            Projection::Attributes(names) => {
                json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": names})
            }
        };
        json!({
            "IndexName": self.name,
            "KeySchema": key_schema(table, self.partition, self.sort),
            "Projection": projection,
        })
    }
}

/// The body of the `CreateTable` that makes a table under this name.
pub(super) fn create_body(table: &Table, name: &str) -> Bytes {
    let sort = table.sort.as_ref().map(|_| Part::Sort);
    let mut body = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key_schema(table, Part::Partition, sort),
        "AttributeDefinitions": definitions(table),
    });
    for (member, kind) in
        [("GlobalSecondaryIndexes", IndexKind::Global), ("LocalSecondaryIndexes", IndexKind::Local)]
    {
        let indexes = table.indexes.iter().filter(|index| index.kind == kind);
        let indexes: Vec<Json> = indexes.map(|index| index.to_json(table)).collect();
        if !indexes.is_empty() {
            body[member] = Json::Array(indexes);
        }
    }
    Bytes::from(body.to_string())
}

fn key_schema(table: &Table, partition: Part, sort: Option<Part>) -> Json {
    let mut schema = vec![json!({
        "AttributeName": table.name_of(partition).text, "KeyType": "HASH",
    })];
    schema.extend(
        sort.map(|sort| json!({"AttributeName": table.name_of(sort).text, "KeyType": "RANGE"})),
    );
    Json::Array(schema)
}

fn definitions(table: &Table) -> Json {
    let mut parts = vec![Part::Partition];
    parts.extend(table.sort.as_ref().map(|_| Part::Sort));
    for index in &table.indexes {
        for part in [Some(index.partition), index.sort].into_iter().flatten() {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    let define = |part: Part| {
        let kind = if table.kind_of(part) == ScalarType::Number { "N" } else { "S" };
        json!({"AttributeName": table.name_of(part).text, "AttributeType": kind})
    };
    Json::Array(parts.into_iter().map(define).collect())
}

/// The part that a cell names, if an index takes it as a key.
fn key_part(cell: &Cell<'_>, table: &Table, bytes_max: u64) -> Result<Part, Error> {
    let part = table.named_part(cell)?;
    if table.kind_of(part) == ScalarType::Boolean {
        return Err(cell.wrong("true and false are no keys"));
    }
    match part {
        Part::Attribute(place) if table.attributes[place].value.bytes_max() > bytes_max => {
            Err(cell.wrong(format!("its values may have more than the {bytes_max} bytes of a key")))
        }
        Part::Partition | Part::Sort | Part::Attribute(_) => Ok(part),
    }
}

fn projection(cell: &Cell<'_>, table: &Table) -> Result<Projection, Error> {
    if let Some(word) = cell.as_text() {
        return match word {
            "all" => Ok(Projection::All),
            "keys" => Ok(Projection::Keys),
            _ => Err(cell.unlike("\"all\", \"keys\" or a list of attributes")),
        };
    }
    let name = |cell: &Cell<'_>| Ok(table.name_of(table.named_part(cell)?).text.clone());
    Ok(Projection::Attributes(cell.list(1..=100)?.iter().map(name).collect::<Result<_, _>>()?))
}
