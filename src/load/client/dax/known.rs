//! What requests are written with, and answers read: keys of tables, ids of lists of names.
//!
//! Must hold: what is kept is limited in number, whatever a server has in its tables.
//! Not here: asking for it (`mod.rs`).

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;

use crate::api::Request;
use crate::model::{TableId, TableSchema};
use crate::wire::dax::client::{self, AnswerError, Session};
use crate::wire::dax::{self, Frame, Habits};
use crate::wire::json::{self, Context, Wording};

/// What is known of one target, by all of its connections.
#[derive(Debug, Default)]
pub(in crate::load) struct Known(ArcSwap<Facts>);

#[derive(Clone, Debug, Default)]
struct Facts {
    schemas: HashMap<String, Arc<TableSchema>>,
    /// By the request that asks for the id, which no other list has.
    ids: HashMap<Vec<u8>, u64>,
    names: HashMap<u64, Arc<[Box<str>]>>,
}

/// Something that has to be asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Need {
    /// The key of a table.
    Schema(String),
    /// The id of a list of names.
    Id(Vec<String>),
    /// The names behind an id.
    Names(u64),
}

/// What became of writing a request.
pub(super) enum Written {
    Whole(Vec<u8>),
    Lacks(Need),
    Impossible,
}

impl Known {
    /// The bytes of a request.
    pub(super) fn write(&self, request: &Request) -> Written {
        let facts = self.0.load();
        let need = RefCell::new(None);
        let lacks = |lacking: Need| {
            need.borrow_mut().get_or_insert(lacking);
        };
        let session = Session {
            schema: &|table| {
                let schema = facts.schemas.get(table).map(Arc::as_ref);
                schema.or_else(|| {
                    lacks(Need::Schema(table.to_owned()));
                    None
                })
            },
            id_of: &|names| {
                facts.id_of(names).or_else(|| {
                    lacks(Need::Id(names.iter().map(|&name| name.to_owned()).collect()));
                    None
                })
            },
        };
        match client::request(request, &session) {
            Some(bytes) => Written::Whole(bytes),
            None => need.take().map_or(Written::Impossible, Written::Lacks),
        }
    }

    /// The JSON of an answer to a request that was written as these bytes.
    pub(super) fn in_json(
        &self,
        request: &Request,
        written: &[u8],
        answer: &[u8],
    ) -> Result<Bytes, AnswerError> {
        let facts = self.0.load();
        let names = |id| facts.names.get(&id).map(Arc::clone);
        let known = dax::Known {
            schema: &|table| facts.schemas.get(table).map(Arc::clone),
            names: &names,
            wording: Wording::Classic,
            habits: Habits::default(),
        };
        // The form of an answer is known to whoever read its request.
        let frame = Frame::of(written).map_err(|_| NOT_OURS)?;
        let form = dax::decode(frame, &known).map_err(|_| NOT_OURS)?.form;
        let response = client::answer(answer, request, &form, &names)?;
        Ok(json::encode(&response, Context { host: "" }).body)
    }

    /// Keeps what an answer says of what was asked for.
    pub(super) fn learn(&self, need: Need, answer: &[u8]) -> Result<(), AnswerError> {
        match need {
            Need::Schema(table) => {
                let (hash, range) = client::schema(answer)?;
                // Keys are read and written by their attributes alone.
                let schema =
                    TableSchema { table: TableId::new(0), hash, range, indexes: Vec::new() };
                let schema = Arc::new(schema);
                self.change(|facts| {
                    limited(&mut facts.schemas).insert(table.clone(), Arc::clone(&schema));
                });
            }
            Need::Id(list) => {
                let id = client::list_id(answer)?;
                let asked = Need::Id(list.clone()).request();
                let names: Arc<[Box<str>]> = list.into_iter().map(Into::into).collect();
                self.change(|facts| {
                    limited(&mut facts.ids).insert(asked.clone(), id);
                    limited(&mut facts.names).insert(id, Arc::clone(&names));
                });
            }
            Need::Names(id) => {
                let names: Arc<[Box<str>]> =
                    client::list(answer)?.into_iter().map(Into::into).collect();
                self.change(|facts| {
                    limited(&mut facts.names).insert(id, Arc::clone(&names));
                });
            }
        }
        Ok(())
    }

    fn change(&self, mut change: impl FnMut(&mut Facts)) {
        self.0.rcu(|facts| {
            let mut facts = Facts::clone(facts);
            change(&mut facts);
            facts
        });
    }
}

impl Facts {
    fn id_of(&self, names: &[&str]) -> Option<u64> {
        if names.is_empty() {
            return Some(dax::EMPTY_LIST);
        }
        self.ids.get(&client::define_list_id(names)).copied()
    }
}

impl Need {
    /// The request that asks for it.
    pub(super) fn request(&self) -> Vec<u8> {
        match self {
            Self::Schema(table) => client::define_key_schema(table),
            Self::Id(names) => {
                client::define_list_id(&names.iter().map(String::as_str).collect::<Vec<_>>())
            }
            Self::Names(id) => client::define_list(*id),
        }
    }
}

/// The map with room for one more; a full one is begun anew, and what is needed is asked for again.
fn limited<K, V>(map: &mut HashMap<K, V>) -> &mut HashMap<K, V> {
    if map.len() >= KEPT_MAX {
        map.clear();
    }
    map
}

/// As many as the best of the known clients keep.
const KEPT_MAX: usize = 1_000;
const NOT_OURS: AnswerError = AnswerError::Broken("the request cannot be read");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Operation;

    fn put(names: &[&str]) -> Request {
        let members: Vec<String> =
            names.iter().map(|name| format!(r#","{name}":{{"S":"x"}}"#)).collect();
        let members = members.concat();
        let body = format!(r#"{{"TableName":"t","Item":{{"id":{{"S":"7"}}{members}}}}}"#);
        json::decode(Operation::PutItem, body.as_bytes(), Wording::Classic).expect("a request")
    }

    fn lacks(known: &Known, request: &Request) -> Option<Need> {
        match known.write(request) {
            Written::Whole(_) => None,
            Written::Lacks(need) => Some(need),
            Written::Impossible => panic!("it can be written"),
        }
    }

    #[test]
    fn what_a_put_lacks_is_asked_for_once() {
        let known = Known::default();
        let put = put(&["b", "a"]);
        // A key of the text `id`, and the id 7.
        let answers: [&[u8]; 2] = [b"\x80\xA1\x62id\x61S", b"\x80\x07"];
        let needs = [Need::Schema("t".to_owned()), Need::Id(vec!["a".to_owned(), "b".to_owned()])];

        for (need, answer) in needs.into_iter().zip(answers) {
            assert_eq!(lacks(&known, &put), Some(need.clone()));
            known.learn(need, answer).expect("an answer");
        }

        assert_eq!(lacks(&known, &put), None);
        assert_eq!(lacks(&known, &super::tests::put(&[])), None);
    }

    #[test]
    fn no_more_is_kept_than_a_client_keeps() {
        let known = Known::default();

        for id in 2..3_000 {
            known.learn(Need::Names(id), b"\x80\x81\x61a").expect("an answer");
        }

        assert!(known.0.load().names.len() <= KEPT_MAX);
    }
}
