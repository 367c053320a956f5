//! An item's attributes beside its key: an id for their names, then their values.
//!
//!     id of a list of names | value | value ...        as many values as the list has names
//!
//! A client asks once for the id of the names that it writes, and once for the names of an id that
//! it reads; from then on only the id travels.
//!
//! Must hold: of what this server answers, a list has its names in the order of their bytes, so that
//! a set of names has one list; a client may have made others.
//! Not here: where ids are kept (`state/`).

use smallvec::SmallVec;

use super::cbor::{Malformed, Reader, Writer};
use super::value;
use crate::api::Key;
use crate::model::{ItemRef, Raw, TableSchema};
use crate::wire::json::Values;

/// The ids of the lists of an answer's names; of those that have none yet it keeps the names.
pub struct ListIds<'a> {
    id_of: &'a dyn Fn(&[&str]) -> Option<u64>,
    missing: Vec<Vec<String>>,
}

impl<'a> ListIds<'a> {
    /// The ids that are known.
    pub fn new(id_of: &'a dyn Fn(&[&str]) -> Option<u64>) -> Self {
        Self { id_of, missing: Vec::new() }
    }

    /// The lists that were asked for and have no id. An answer that was written then cannot be sent:
    /// they need ids, and it must be written anew.
    pub fn missing(self) -> Vec<Vec<String>> {
        self.missing
    }

    fn id(&mut self, names: &[&str]) -> u64 {
        if names.is_empty() {
            return EMPTY_LIST;
        }
        (self.id_of)(names).unwrap_or_else(|| {
            self.missing.push(names.iter().map(|name| (*name).to_owned()).collect());
            EMPTY_LIST
        })
    }
}

/// Reads the attributes that a put brings, to those of the key.
pub(super) fn read(
    bytes: &[u8],
    names_of: impl Fn(u64) -> Option<std::sync::Arc<[Box<str>]>>,
    values: &mut Values,
    item: &mut Key,
) -> Result<(), Malformed> {
    let mut reader = Reader::new(bytes);
    let id = u64::try_from(reader.integer()?).map_err(|_| UNKNOWN)?;
    if id == EMPTY_LIST {
        return reader.end();
    }
    let names = names_of(id).ok_or(UNKNOWN)?;
    let key_length = item.len();
    item.reserve(names.len());
    for name in &names[..] {
        // No list has a name twice; but a table made anew may have another key than the client knows.
        if item[..key_length].iter().any(|(known, _)| **known == **name) {
            return Err(Malformed("an attribute of the key comes again beside it"));
        }
        values.check_name(name);
        item.push((name.to_string(), value::read(&mut reader, values, 1)?));
    }
    reader.end()
}

/// Writes all attributes of an item but those of its key.
pub(super) fn put(
    writer: &mut Writer,
    item: ItemRef<'_>,
    schema: &TableSchema,
    ids: &mut ListIds<'_>,
) {
    let mut others = Few::new();
    others.extend(item.raw_attributes().filter(|(name, _)| !schema.is_key(name)));
    let id = listed(&mut others, ids);
    writer.embedded(item.stored_bytes(), |writer| {
        writer.unsigned(id);
        for (_, value) in &others {
            value::put(writer, *value);
        }
    });
}

/// Writes attributes as a map from their places in a list.
pub(super) fn put_by_place(writer: &mut Writer, item: ItemRef<'_>, ids: &mut ListIds<'_>) {
    let mut attributes = Few::new();
    attributes.extend(item.raw_attributes());
    let id = listed(&mut attributes, ids);
    writer.embedded(item.stored_bytes(), |writer| {
        writer.unsigned(id);
        writer.map(attributes.len());
        for (place, (_, value)) in (0..).zip(&attributes) {
            writer.unsigned(place);
            value::put(writer, *value);
        }
    });
}

/// Puts attributes in the order of their names' bytes; returns the id of the list of these.
fn listed(attributes: &mut [(&str, Raw<'_>)], ids: &mut ListIds<'_>) -> u64 {
    attributes.sort_unstable_by_key(|(name, _)| *name);
    let mut names = Few::new();
    names.extend(attributes.iter().map(|(name, _)| *name));
    ids.id(&names)
}

/// What most items have so few of that no heap is needed.
type Few<T> = SmallVec<[T; 16]>;

/// The id of the list without names.
pub const EMPTY_LIST: u64 = 1;
const UNKNOWN: Malformed = Malformed(
    "the id of its attribute names is not known here; a client that outlived the data directory \
     must be started anew",
);
