//! What can happen to the records of a stream: they come twice, or later than they could.
//!
//! Must hold: no record is lost; one that is kept back comes with the same iterator, after all
//! records before it and before all records after it.
//! Not here: faults that any request can meet (`connection.rs`).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::message::Message;

/// By iterator, for how many polls more its records are kept back.
#[derive(Default)]
pub(super) struct Withheld(Mutex<HashMap<String, u32>>);

impl Withheld {
    /// The answer to a poll whose records are kept back: none, and the iterator that it came with.
    pub(super) fn answer(&self, request: &Message) -> Option<Message> {
        let iterator = iterator_of(request)?;
        let mut polls = self.polls();
        let left = polls.get_mut(&iterator)?;
        if *left == 0 {
            polls.remove(&iterator);
            return None;
        }
        *left -= 1;
        Some(nothing_at(&iterator))
    }

    /// Keeps back what this answer has, if it has any records, for this poll and some more.
    pub(super) fn withhold(
        &self,
        request: &Message,
        found: &Message,
        polls: u32,
    ) -> Option<Message> {
        let iterator = iterator_of(request)?;
        records_of(found).filter(|records| !records.is_empty())?;
        self.polls().insert(iterator.clone(), polls - 1);
        Some(nothing_at(&iterator))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.polls().is_empty()
    }

    fn polls(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer with its records twice, if it has any.
pub(super) fn repeated(answer: &Message) -> Option<Message> {
    let records = records_of(answer).filter(|records| !records.is_empty())?;
    let mut body: Value = serde_json::from_slice(&answer.body).ok()?;
    body["Records"] = Value::Array([records.clone(), records].concat());
    Some(of_stream(&body))
}

/// Whether this is a read of a stream that found nothing.
pub(super) fn is_empty(request: &Message, answer: &Message) -> bool {
    request.operation() == "GetRecords"
        && records_of(answer).is_some_and(|records| records.is_empty())
}

fn records_of(answer: &Message) -> Option<Vec<Value>> {
    if !answer.is_success() {
        return None;
    }
    let mut body: Value = serde_json::from_slice(&answer.body).ok()?;
    Some(std::mem::take(body["Records"].as_array_mut()?))
}

fn iterator_of(request: &Message) -> Option<String> {
    if request.operation() != "GetRecords" {
        return None;
    }
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    Some(body["ShardIterator"].as_str()?.to_owned())
}

fn nothing_at(iterator: &str) -> Message {
    of_stream(&json!({"Records": [], "NextShardIterator": iterator}))
}

fn of_stream(body: &Value) -> Message {
    Message::answer("200 OK", "application/x-amz-json-1.0", body.to_string().into_bytes())
}
