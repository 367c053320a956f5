//! Any bytes as a connection of DAX: nothing panics, a request ends at the same byte however it
//! arrives, and what was read can be written and is then read as the same.
//!
//!     how it arrives, and 1 if the preamble came already | preamble | request | request ...

#![no_main]

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use hearth::api::{
    ApiError, BatchWrite, CapacityDetail, Key, PageRequest, ProjectionMembers, Request, TableName,
    TransactChange,
};
use hearth::model::{ItemKeyRef, KeyAttribute, KeyBuffer, KeyType, TableId, TableSchema};
use hearth::wire::dax::client::{self, AnswerError, Session};
use hearth::wire::dax::{
    Call, EMPTY_LIST, Frame, Framer, Habits, HotGet, Known, Method, attribute_list_id,
    attribute_names, authorization, decode, encode_error, hot_get, key_schema_table, read_preamble,
};
use hearth::wire::json::Wording;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((arrival, mut stream)) = input.split_first() else { return };
    let mut habits = Habits::default();
    if arrival & 1 == 0 {
        let Some(preamble) = first(Framer::preamble, &mut stream, *arrival) else { return };
        let Ok(read) = read_preamble(preamble) else { return };
        habits = read;
    }
    while let Some(request) = first(Framer::request, &mut stream, *arrival) {
        let frame = Frame::of(request).expect("its end was found");
        check_session(frame);
        for (hash, range) in KEYS {
            World::new(hash, range, habits).check(request, frame);
        }
    }
});

/// Takes what the stream begins with, if it is whole; it ends at the same byte however it arrives.
fn first<'s>(framer: fn() -> Framer, stream: &mut &'s [u8], arrival: u8) -> Option<&'s [u8]> {
    let at_once = framer().find(stream);
    let mut in_pieces = framer();
    let (mut came, mut piece) = (0, usize::from(arrival >> 1));
    let found = loop {
        match in_pieces.find(&stream[..came]) {
            Ok(None) if came < stream.len() => {
                piece = (piece * 5 + 3) % 64;
                came = stream.len().min(came + 1 + piece);
            }
            found => break found,
        }
    };
    assert_eq!(found, at_once);
    let (first, rest) = stream.split_at(at_once.ok()??);
    *stream = rest;
    Some(first)
}

/// What a client asks between its requests for data is written as it was read.
fn check_session(frame: Frame<'_>) {
    let is_same = |written: &[u8], read: &dyn Fn(Frame<'_>) -> bool| {
        assert_eq!(Framer::request().find(written), Ok(Some(written.len())));
        assert!(read(Frame::of(written).expect("a request")));
    };
    if let Ok(said) = authorization(frame)
        && let Ok(signed) = std::str::from_utf8(said.string_to_sign)
        && frame.method == Method::AuthorizeConnection
    {
        is_same(&client::authorization(said.access_key_id, said.signature, signed), &|frame| {
            let again = authorization(frame).expect("what was written");
            again.access_key_id == said.access_key_id
                && again.signature == said.signature
                && again.string_to_sign == said.string_to_sign
        });
    }
    if let Ok(table) = key_schema_table(frame) {
        is_same(&client::define_key_schema(table), &|frame| key_schema_table(frame) == Ok(table));
    }
    if let Ok(names) = attribute_names(frame) {
        let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
        is_same(&client::define_list_id(&borrowed), &|frame| {
            attribute_names(frame).as_ref() == Ok(&names)
        });
    }
    if let Ok(id) = attribute_list_id(frame) {
        is_same(&client::define_list(id), &|frame| attribute_list_id(frame) == Ok(id));
    }
}

/// A server all of whose tables have the same key.
struct World {
    schema: Arc<TableSchema>,
    habits: Habits,
    /// Lists that were asked for.
    defined: RefCell<Vec<Arc<[Box<str>]>>>,
}

impl World {
    fn new(hash: KeyType, range: Option<KeyType>, habits: Habits) -> Self {
        let attribute = |name: &str, kind| KeyAttribute { name: name.to_owned(), kind };
        let schema = TableSchema {
            table: TableId::new(1),
            hash: attribute("pk", hash),
            range: range.map(|kind| attribute("sk", kind)),
            indexes: Vec::new(),
        };
        Self { schema: Arc::new(schema), habits, defined: RefCell::default() }
    }

    fn check(&self, request: &[u8], frame: Frame<'_>) {
        let decoded = self.decode(frame);
        if let Some(get) = hot_get(request) {
            self.check_hot(&get, decoded.as_ref());
        }
        match decoded {
            Ok(Call { request, .. }) => self.check_written(request),
            Err(error) => check_refusal(&error),
        }
    }

    /// What a hit answers is a request that is taken, and the same one.
    fn check_hot(&self, get: &HotGet<'_>, decoded: Result<&Call, &ApiError>) {
        let (mut buffer, mut other_buffer) = (KeyBuffer::default(), KeyBuffer::default());
        let bytes = |key: ItemKeyRef<'_>| key.bytes().to_vec();
        let key = get.with_key(&self.schema, |hash, range| {
            self.schema.key_of_values(hash, range, &mut buffer).ok().map(bytes)
        });
        // No table has another name, and one is not there.
        let is_of_a_table = TableName::new(get.table).is_some() && get.table != NOWHERE;
        let (Some(Some(key)), true) = (key, is_of_a_table) else { return };
        let Ok(Call { request: Request::GetItem(same), .. }) = decoded else {
            panic!("what is plain is refused: {get:?}");
        };
        let same_key = self.schema.key(&same.key, &mut other_buffer).map(bytes);
        assert_eq!(same_key, Ok(key));
        assert_eq!((same.table.as_given(), same.consistency), (get.table, get.consistency));
        assert!(same.projection.is_none() && same.capacity == CapacityDetail::None);
    }

    /// Our client says the request so that it is read as the same.
    fn check_written(&self, request: Request) {
        check_names(&request);
        let session =
            Session { schema: &|_| Some(&self.schema), id_of: &|names| Some(self.id_of(names)) };
        let Some(bytes) = client::request(&request, &session) else {
            return self.check_unsayable(&request);
        };
        assert_eq!(Framer::request().find(&bytes), Ok(Some(bytes.len())));
        let again = self.decode(Frame::of(&bytes).expect("a method"));
        let again = again.unwrap_or_else(|error| panic!("{error} of {request:?}"));
        assert_eq!(comparable(again.request), comparable(request));
    }

    /// Only a key that does not fit its table cannot be said.
    fn check_unsayable(&self, request: &Request) {
        let fits = |key: &Key| self.schema.key(key, &mut KeyBuffer::default()).is_ok();
        let fits_of_page = |page: &PageRequest| page.start.as_ref().is_none_or(fits);
        let all_fit = match request {
            Request::GetItem(get) => fits(&get.key),
            Request::UpdateItem(update) => fits(&update.key),
            Request::DeleteItem(delete) => fits(&delete.key),
            Request::Query(query) => fits_of_page(&query.page),
            Request::Scan(scan) => fits_of_page(&scan.page),
            Request::BatchGetItem(batch) => {
                batch.tables.iter().flat_map(|table| &table.keys).all(fits)
            }
            Request::TransactGetItems(request) => request.gets.iter().all(|get| fits(&get.key)),
            // Of items only the type of their keys counts.
            _ => false,
        };
        assert!(!all_fit, "{request:?}");
    }

    fn decode(&self, frame: Frame<'_>) -> Result<Call, ApiError> {
        let known = Known {
            schema: &|name| (name != NOWHERE).then(|| Arc::clone(&self.schema)),
            names: &|id| self.names_of(id),
            wording: Wording::Classic,
            habits: self.habits,
        };
        decode(frame, &known)
    }

    /// As many names as the lists of the recorded requests have, or those that were asked for.
    fn names_of(&self, id: u64) -> Option<Arc<[Box<str>]>> {
        let id = usize::try_from(id).ok()?;
        if let Some(place) = id.checked_sub(DEFINED_FROM) {
            return self.defined.borrow().get(place).cloned();
        }
        let names = match LENGTHS.get(id) {
            Some(length) => NAMES[..*length].iter().map(|name| Box::from(*name)).collect(),
            None if id == LENGTHS.len() => ["pk".into()].into(),
            None => return None,
        };
        Some(names)
    }

    fn id_of(&self, names: &[&str]) -> u64 {
        if names.is_empty() {
            return EMPTY_LIST;
        }
        let mut defined = self.defined.borrow_mut();
        defined.push(names.iter().map(|name| Box::from(*name)).collect());
        (DEFINED_FROM + defined.len() - 1) as u64
    }
}

/// A refusal is an answer that clients read.
fn check_refusal(error: &ApiError) {
    let answer = encode_error(error, "id");
    assert_eq!(client::length(&answer, 0), Ok(Some(answer.len())));
    match client::nodes(&answer) {
        Err(AnswerError::Refused(refused)) => assert_eq!(refused.message, error.message),
        other => panic!("a refusal is read as {other:?}"),
    }
}

/// No item has two attributes of one name.
fn check_names(request: &Request) {
    let check = |attributes: &Key| {
        let names: HashSet<&str> = attributes.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.len(), attributes.len(), "{attributes:?}");
    };
    match request {
        Request::PutItem(put) => check(&put.item.attributes),
        Request::BatchWriteItem(batch) => {
            for write in batch.tables.iter().flat_map(|table| &table.writes) {
                match write {
                    BatchWrite::Put(item) => check(&item.attributes),
                    BatchWrite::Delete(key) => check(key),
                }
            }
        }
        Request::TransactWriteItems(request) => {
            for action in &request.actions {
                match &action.change {
                    TransactChange::Put(item) => check(&item.attributes),
                    TransactChange::Check(key)
                    | TransactChange::Delete(key)
                    | TransactChange::Update(key, _) => check(key),
                }
            }
        }
        _ => {}
    }
}

/// A request without what may differ: the order of attributes, and the words of a projection.
fn comparable(mut request: Request) -> String {
    let sort = |attributes: &mut Key| attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
    match &mut request {
        Request::PutItem(put) => sort(&mut put.item.attributes),
        Request::BatchGetItem(batch) => {
            for given in batch.tables.iter_mut().flat_map(|table| &mut table.projection) {
                given.given = ProjectionMembers::AttributesToGet(Vec::new());
            }
        }
        Request::BatchWriteItem(batch) => {
            for write in batch.tables.iter_mut().flat_map(|table| &mut table.writes) {
                match write {
                    BatchWrite::Put(item) => sort(&mut item.attributes),
                    BatchWrite::Delete(_) => {}
                }
            }
        }
        Request::TransactWriteItems(request) => {
            for action in &mut request.actions {
                if let TransactChange::Put(item) = &mut action.change {
                    sort(&mut item.attributes);
                }
            }
        }
        _ => {}
    }
    format!("{request:?}")
}

const KEYS: [(KeyType, Option<KeyType>); 4] = [
    (KeyType::S, None),
    (KeyType::N, None),
    (KeyType::N, Some(KeyType::N)),
    (KeyType::B, Some(KeyType::S)),
];
const NOWHERE: &str = "nowhere";
/// By id, how many names a list has.
const LENGTHS: [usize; 11] = [0, 0, 17, 1, 23, 1, 3, 1, 2, 2, 1];
const NAMES: [&str; 23] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
    "t", "u", "v", "w",
];
const DEFINED_FROM: usize = 1_000;
