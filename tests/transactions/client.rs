//! A client that sends transactions and single operations, and knows what became of each.
//!
//! Must hold: an outcome is told only if it is certain. A transaction with a token is sent again
//! until it is answered, under the same token; if an earlier copy of it may still be on its way, a
//! refusal tells nothing.
//! Not here: what the transactions are (`bank.rs`, `duty.rs`, `lists.rs`).

use serde_json::{Value, json};

use crate::plans::{Fault, Plan};
use crate::support::{Answer, Caller, Deadline, NEVER, PATIENCE, Rng, Sent, Stage};

/// A client with a connection of its own.
pub(crate) struct Client<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) plan: &'a Plan,
    pub(crate) rng: Rng,
    caller: Caller<'a>,
    counts: Counts,
}

/// How often what happened.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    /// TransactWriteItems, each once however often it was sent.
    pub(crate) writes: u64,
    /// Of those, refused for a condition.
    pub(crate) cancelled: u64,
    /// Of those, sent again under their token.
    pub(crate) repeated: u64,
    /// Of those, of unknown fate.
    pub(crate) unknown: u64,
    /// TransactGetItems.
    pub(crate) reads: u64,
    /// Other operations.
    pub(crate) singles: u64,
    pub(crate) hang_ups: u64,
    pub(crate) cut_off: u64,
}

/// An answer to a read, and when it was asked for and came.
pub(crate) struct Seen<T> {
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) it: T,
}

/// What became of a write, and between which times it took effect if it did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) fate: Fate,
}

/// What became of a write.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It is done; a single write's answer.
    Done(Value),
    /// A condition failed: what each element has to do with it.
    Refused(Vec<Reason>),
    Unknown,
}

/// What an element has to do with the refusal of its transaction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Reason {
    /// Its condition holds, or it has none.
    Holds,
    /// Its condition fails, and this is the item, if it is told.
    Fails(Option<Value>),
}

impl<'a> Client<'a> {
    pub(crate) fn new(stage: &'a Stage, plan: &'a Plan, rng: Rng) -> Self {
        Self { stage, plan, rng, caller: Caller::new(stage), counts: Counts::default() }
    }

    /// What it did altogether.
    pub(crate) fn counts(&self) -> Counts {
        let Caller { hang_ups, cut_off, .. } = self.caller;
        Counts { hang_ups, cut_off, ..self.counts }
    }

    /// A read; some hang up without an answer and learn nothing.
    pub(crate) fn read(&mut self, operation: &str, request: &Value) -> Option<Seen<Value>> {
        let sent = self.send(operation, request);
        let answer = sent.answer?;
        assert_eq!(answer.status, 200, "{operation} was refused: {}", answer.body);
        Some(Seen { began: sent.began, ended: sent.ended, it: answer.body })
    }

    /// One item by GetItem, often from a cache.
    pub(crate) fn get(&mut self, table: &str, key: &Value) -> Option<Seen<Option<Value>>> {
        self.counts.singles += 1;
        let consistent = self.rng.percent(30);
        let request = json!({"TableName": table, "Key": key, "ConsistentRead": consistent});
        let Seen { began, ended, mut it } = self.read("GetItem", &request)?;
        Some(Seen { began, ended, it: it.get_mut("Item").map(Value::take) })
    }

    /// Items of one moment, each by its table and key.
    pub(crate) fn transact_get(
        &mut self,
        items: &[(&str, Value)],
    ) -> Option<Seen<Vec<Option<Value>>>> {
        self.counts.reads += 1;
        if self.plan.fault == Fault::TornReads {
            return self.get_one_by_one(items);
        }
        let gets =
            items.iter().map(|(table, key)| json!({"Get": {"TableName": table, "Key": key}}));
        let request = json!({"TransactItems": gets.collect::<Vec<_>>()});
        let Seen { began, ended, mut it } = self.read("TransactGetItems", &request)?;
        let responses = it["Responses"].as_array_mut().expect("a list of items");
        assert_eq!(responses.len(), items.len(), "an item for each key: {responses:?}");
        let found = responses.iter_mut().map(|response| response.get_mut("Item").map(Value::take));
        Some(Seen { began, ended, it: found.collect() })
    }

    /// The fault that a check must find.
    fn get_one_by_one(&mut self, items: &[(&str, Value)]) -> Option<Seen<Vec<Option<Value>>>> {
        let began = self.stage.tick();
        let found = items.iter().map(|(table, key)| Some(self.get(table, key)?.it));
        let found = found.collect::<Option<Vec<_>>>()?;
        Some(Seen { began, ended: self.stage.tick(), it: found })
    }

    /// A single write that must not be refused but for its condition.
    pub(crate) fn write(&mut self, operation: &str, request: &Value) -> Outcome {
        self.counts.singles += 1;
        let Sent { began, ended, answer } = self.send(operation, request);
        let fate = answer.map_or(Fate::Unknown, fate_of);
        Outcome { began, ended, fate }
    }

    /// A transaction without a token, or with one, which is sent again if need be.
    pub(crate) fn transact_write(&mut self, elements: &[Value], token: Option<&str>) -> Outcome {
        self.counts.writes += 1;
        let mut request = json!({"TransactItems": self.honest_or_not(elements)});
        if let Some(token) = token {
            request["ClientRequestToken"] = json!(token);
        }
        let first = self.send("TransactWriteItems", &request);
        let is_on_its_way = first.ended == NEVER;
        let (began, mut ended, mut answer) = (first.began, first.ended, first.answer);
        if token.is_some() && answer.as_ref().is_none_or(is_under_way) {
            self.counts.repeated += 1;
            if self.plan.fault == Fault::NewTokens {
                request["ClientRequestToken"] = json!(format!("again-{}", self.stage.tick()));
            }
            Sent { ended, answer, .. } = self.insist(&request);
        }
        let mut outcome = Outcome { began, ended, fate: answer.map_or(Fate::Unknown, fate_of) };
        match &outcome.fate {
            // The copy that nobody waited for may come after this one was refused.
            Fate::Refused(_) if is_on_its_way => {
                outcome = Outcome { began, ended: NEVER, fate: Fate::Unknown };
                self.counts.unknown += 1;
            }
            Fate::Refused(_) => self.counts.cancelled += 1,
            Fate::Unknown => self.counts.unknown += 1,
            Fate::Done(_) => {}
        }
        outcome
    }

    /// Sends what was done under a token once more, which must do nothing.
    pub(crate) fn repeat(&mut self, elements: &[Value], token: &str) -> Result<(), String> {
        let outcome = self.transact_write(elements, Some(token));
        self.counts.repeated += 1;
        match outcome.fate {
            Fate::Done(_) => Ok(()),
            Fate::Refused(_) | Fate::Unknown => {
                Err(format!("what was done under {token} is not known any more: {outcome:?}"))
            }
        }
    }

    /// Sends something else under a token that was used, and expects the refusal.
    pub(crate) fn misuse(&mut self, elements: &[Value], token: &str) -> Result<(), String> {
        self.counts.singles += 1;
        let request = json!({"TransactItems": elements, "ClientRequestToken": token});
        let answer = self.insist(&request).answer.expect("it is sent until it is answered");
        if answer.status == 400 && code_of(&answer) == "IdempotentParameterMismatchException" {
            return Ok(());
        }
        Err(format!("something else was taken under {token}: {answer:?}"))
    }

    /// Sends a transaction until it is answered, whatever is killed or still under way.
    fn insist(&mut self, request: &Value) -> Sent {
        let deadline = Deadline::after(PATIENCE);
        loop {
            let sent = self.caller.call("TransactWriteItems", request);
            if sent.answer.as_ref().is_some_and(|answer| !is_under_way(answer)) {
                return sent;
            }
            assert!(!deadline.passed(), "under way for ever: {request}");
        }
    }

    fn send(&mut self, operation: &str, request: &Value) -> Sent {
        if self.rng.percent(HANG_UP_PERCENT) {
            self.caller.hang_up(operation, request)
        } else {
            self.caller.call(operation, request)
        }
    }

    /// The elements as they are, unless this client leaves out what is only checked.
    fn honest_or_not<'v>(&self, elements: &'v [Value]) -> Vec<&'v Value> {
        let is_sent = |element: &&Value| {
            self.plan.fault != Fault::NoChecks || element.get("ConditionCheck").is_none()
        };
        elements.iter().filter(is_sent).collect()
    }
}

impl Counts {
    /// Adds those of another client.
    pub(crate) fn add(&mut self, other: &Self) {
        self.writes += other.writes;
        self.cancelled += other.cancelled;
        self.repeated += other.repeated;
        self.unknown += other.unknown;
        self.reads += other.reads;
        self.singles += other.singles;
        self.hang_ups += other.hang_ups;
        self.cut_off += other.cut_off;
    }
}

/// What an answer says of a write; a refusal must be for a condition.
fn fate_of(answer: Answer) -> Fate {
    if answer.status == 200 {
        return Fate::Done(answer.body);
    }
    match code_of(&answer) {
        "TransactionCanceledException" => Fate::Refused(reasons_of(&answer)),
        "ConditionalCheckFailedException" => Fate::Refused(Vec::new()),
        _ => panic!("refused for something else than a condition: {}", answer.body),
    }
}

fn is_under_way(answer: &Answer) -> bool {
    answer.status == 400 && code_of(answer) == "TransactionInProgressException"
}

fn code_of(answer: &Answer) -> &str {
    let kind = answer.body["__type"].as_str().unwrap_or_default();
    kind.rsplit('#').next().unwrap_or_default()
}

/// The reasons of a refusal, from their list, or from the sentence where the protocol has but that.
fn reasons_of(answer: &Answer) -> Vec<Reason> {
    let reason = |code: &str, item: Option<&Value>| match code {
        "None" => Reason::Holds,
        "ConditionalCheckFailed" => Reason::Fails(item.cloned()),
        _ => panic!("cancelled for something else than a condition: {}", answer.body),
    };
    if let Some(list) = answer.body["CancellationReasons"].as_array() {
        let code = |entry: &Value| entry["Code"].as_str().expect("each has a code").to_owned();
        return list.iter().map(|entry| reason(&code(entry), entry.get("Item"))).collect();
    }
    let sentence = ["Message", "message"].map(|name| answer.body[name].as_str());
    let sentence = sentence.into_iter().flatten().next().expect("a refusal has a sentence");
    let codes = sentence.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let (codes, _) = codes.expect("the sentence lists the codes");
    codes.split(", ").map(|code| reason(code, None)).collect()
}

/// How many of a hundred requests are left without waiting for the answer.
const HANG_UP_PERCENT: u64 = 3;
