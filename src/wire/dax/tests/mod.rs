//! Recorded frames of real clients, and random requests and answers against our own client.

mod answers;
mod expressions;
mod framing;
mod golden;
mod recorded;
mod requests;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::*;
use crate::model::{KeyAttribute, KeyType, TableId, TableSchema};
use crate::wire::json::Wording;

/// A list of names and its id.
type List = (u64, Arc<[Box<str>]>);

/// What a server knows: tables and lists of names.
#[derive(Default)]
struct World {
    habits: Habits,
    schemas: HashMap<String, Arc<TableSchema>>,
    lists: RefCell<Vec<List>>,
}

impl World {
    fn with_table(mut self, name: &str, keys: &[(&str, &str)]) -> Self {
        let attribute = |(name, kind): &(&str, &str)| KeyAttribute {
            name: (*name).to_owned(),
            kind: match *kind {
                "S" => KeyType::S,
                "N" => KeyType::N,
                _ => KeyType::B,
            },
        };
        let schema = TableSchema {
            table: TableId::new(1),
            hash: attribute(&keys[0]),
            range: keys.get(1).map(attribute),
            indexes: Vec::new(),
        };
        self.schemas.insert(name.to_owned(), Arc::new(schema));
        self
    }

    fn schema(&self, name: &str) -> Option<Arc<TableSchema>> {
        self.schemas.get(name).cloned()
    }

    fn names(&self, id: u64) -> Option<Arc<[Box<str>]>> {
        self.lists.borrow().iter().find(|(known, _)| *known == id).map(|(_, names)| names.clone())
    }

    /// The id of a list, which is made if it is not there.
    fn id(&self, names: &[&str]) -> u64 {
        let same = |list: &[Box<str>]| list.iter().map(|name| &**name).eq(names.iter().copied());
        let found = self.lists.borrow().iter().find(|(_, list)| same(list)).map(|(id, _)| *id);
        found.unwrap_or_else(|| {
            let id = self.lists.borrow().iter().map(|(id, _)| *id).max().unwrap_or(1) + 1;
            let names: Arc<[Box<str>]> = names.iter().map(|name| Box::from(*name)).collect();
            self.lists.borrow_mut().push((id, names));
            id
        })
    }

    fn decode(&self, bytes: &[u8]) -> Result<Call, crate::api::ApiError> {
        let known = Known {
            schema: &|name| self.schema(name),
            names: &|id| self.names(id),
            wording: Wording::Classic,
            habits: self.habits,
        };
        decode(Frame::of(bytes).expect("a known method"), &known)
    }

    fn encode(&self, response: &crate::api::Response, form: &Form) -> Vec<u8> {
        let id_of = |names: &[&str]| Some(self.id(names));
        let mut ids = ListIds::new(&id_of);
        let bytes = encode(response, form, &mut ids);
        assert!(ids.missing().is_empty());
        bytes
    }
}

/// The end of a request, found at once.
fn end_of(bytes: &[u8]) -> Result<Option<usize>, FrameError> {
    Framer::request().find(bytes)
}
