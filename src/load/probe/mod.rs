//! Single questions to an endpoint, for whoever wants to know why it does not work.
//!
//! Must hold: each question ends within [`PATIENCE`], whatever answers.
//! Not here: which questions are asked and what is made of the answers (`cli/doctor/`).

mod reach;
mod voice;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::StatusCode;
use hyper::header::DATE;
use serde::Deserialize;
use serde_json::json;

pub use self::reach::{TlsFault, Unreached};
pub use self::voice::Voice;
use super::client::{Client, DaxLink, Explain, Patience, Request, Terms, code, connected, message};
use super::target::{Target, Wire};
use super::{Ending, Operation};
use crate::clock::Clock;
pub use crate::model::{KeyAttribute, KeyType};
pub use crate::net::UNTRUSTED;
use crate::task::Drain;
use crate::wire::dax::client::{self as dax, AnswerError};

/// An endpoint that questions are put to.
pub struct Probe {
    target: Arc<Target>,
    clock: Clock,
    client: Client,
}

/// How an endpoint answers when it is spoken to as its URL says.
#[derive(Debug)]
pub enum Greeting {
    /// It is one of DynamoDB, or like it.
    DynamoDb {
        /// The names of its tables, the first hundred at most.
        tables: Result<Vec<String>, Refusal>,
        /// Its time, in seconds since 1970, if it says one.
        unix_s: Option<u64>,
    },
    /// It speaks HTTP, and is none of DynamoDB.
    OtherHttp {
        /// The status of its answer.
        status: u16,
    },
    /// It is one of DAX.
    Dax {
        /// Where it tells clients to connect.
        nodes: Result<Vec<SocketAddr>, Refusal>,
    },
    /// It is neither; what it does speak, if that is known.
    Other(Option<Voice>),
}

/// What an endpoint says when it does not do what was asked.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The exception.
    pub code: String,
    /// Its sentence.
    pub message: String,
}

impl Probe {
    /// One that has asked nothing yet.
    pub fn new(target: Arc<Target>, clock: Clock) -> Self {
        let terms = Terms {
            target: Arc::clone(&target),
            patience: Patience { retries_max: 1, deadline: PATIENCE },
            explain: Explain::Leave,
            clock: clock.clone(),
            stop: Drain::default(),
        };
        Self { target, clock, client: Client::new(terms, 0) }
    }

    /// Connects; yields the address that accepted.
    pub async fn reach(&self) -> Result<SocketAddr, Unreached> {
        reach::connect(&self.target.place().addresses, None).await.map(|(address, _)| address)
    }

    /// Agrees on TLS, if the URL asks for it.
    pub async fn agree(&self) -> Result<(), Unreached> {
        reach::connect(&self.target.place().addresses, self.target.tls()).await.map(drop)
    }

    /// Connects to one address as the clients of DAX do that were told of it.
    pub async fn reach_node(&self, node: SocketAddr) -> Result<(), Unreached> {
        reach::connect(&[node], self.target.tls()).await.map(drop)
    }

    /// What speaks there when nothing is made of TLS.
    pub async fn plain_voice(&self) -> Option<Voice> {
        voice::heard(&self.target, None, &self.clock).await
    }

    /// Speaks to it as the URL says.
    pub async fn greet(&self) -> Greeting {
        let greeted = match self.target.wire() {
            Wire::Http => tokio::time::timeout(PATIENCE, self.greet_http()).await,
            Wire::Dax { .. } => tokio::time::timeout(PATIENCE, self.greet_dax()).await,
        };
        if let Ok(Some(greeting)) = greeted {
            return greeting;
        }
        Greeting::Other(voice::heard(&self.target, self.target.tls(), &self.clock).await)
    }

    /// The key attributes of a table, the partition key's first.
    pub async fn key_of(&mut self, table: &str) -> Result<Vec<KeyAttribute>, Refusal> {
        match self.target.wire() {
            Wire::Http => {
                let body = json!({ "TableName": table }).to_string();
                let body = self.answer(&Request::describe_table(body.into())).await?;
                described(&body).ok_or_else(|| Refusal::silent("its description has no key"))
            }
            Wire::Dax { .. } => {
                let request = dax::define_key_schema(table);
                let asked = tokio::time::timeout(PATIENCE, self.ask_dax(&request)).await;
                let answer = asked.ok().flatten();
                let answer = answer.ok_or_else(|| Refusal::silent("there is no answer"))?;
                let (hash, range) = dax::schema(&answer).map_err(Refusal::of)?;
                Ok([hash].into_iter().chain(range).collect())
            }
        }
    }

    /// The JSON of an answer.
    pub async fn ask(&mut self, operation: Operation, body: String) -> Result<Bytes, Refusal> {
        self.answer(&Request::with_answer(operation, body.into())).await
    }

    async fn answer(&mut self, request: &Request) -> Result<Bytes, Refusal> {
        let exchange = self.client.ask(request).await;
        let code = match exchange.ending {
            Ending::Answered => return Ok(exchange.body),
            Ending::ConditionFailed => "ConditionalCheckFailedException".to_owned(),
            Ending::Throttled => "ThrottlingException".to_owned(),
            Ending::Failed(code) => code,
        };
        Err(Refusal { code, message: message(&exchange.body) })
    }

    /// None if what came is no answer of HTTP.
    async fn greet_http(&self) -> Option<Greeting> {
        let request = Request::list_tables("{}".into());
        let signed = request.signed(&self.target, Explain::Leave, self.clock.unix_ms());
        let mut link = connected(self.target.place(), self.target.tls()).await.ok()?;
        let (head, body) = link.send(signed).await.ok()?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.ok()?.to_bytes();
        let date = head.headers.get(DATE).and_then(|date| date.to_str().ok());
        let unix_s = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let unix_s = unix_s.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
        let tables = match (head.status, listed(&body), code(&body)) {
            (StatusCode::OK, Some(tables), _) => Ok(tables),
            (status, _, Some(code)) if status != StatusCode::OK => {
                Err(Refusal { code, message: message(&body) })
            }
            (status, ..) => return Some(Greeting::OtherHttp { status: status.as_u16() }),
        };
        Some(Greeting::DynamoDb { tables, unix_s: unix_s.map(|span| span.as_secs()) })
    }

    /// None if what came is no answer of DAX.
    async fn greet_dax(&self) -> Option<Greeting> {
        let nodes = match dax::nodes(&self.ask_dax(&dax::endpoints()).await?) {
            Ok(nodes) => Ok(nodes),
            Err(AnswerError::Refused(refused)) => Err(Refusal::of(AnswerError::Refused(refused))),
            Err(AnswerError::Broken(_) | AnswerError::UnknownList(_)) => return None,
        };
        Some(Greeting::Dax { nodes })
    }

    async fn ask_dax(&self, request: &[u8]) -> Option<Bytes> {
        let mut link = DaxLink::open(&self.target, &self.clock).await.ok()?;
        link.ask(request, 1, &self.target, &self.clock).await.ok()
    }
}

impl Refusal {
    fn of(error: AnswerError) -> Self {
        match error {
            AnswerError::Refused(refused) => {
                Self { code: refused.exception, message: refused.message }
            }
            error @ (AnswerError::Broken(_) | AnswerError::UnknownList(_)) => {
                Self::silent(&error.to_string())
            }
        }
    }

    fn silent(message: &str) -> Self {
        Self { code: "NoAnswer".to_owned(), message: message.to_owned() }
    }
}

fn listed(body: &[u8]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Listed {
        #[serde(rename = "TableNames")]
        names: Vec<String>,
    }
    serde_json::from_slice(body).ok().map(|Listed { names }| names)
}

/// The key attributes of a DescribeTable.
fn described(body: &[u8]) -> Option<Vec<KeyAttribute>> {
    #[derive(Deserialize)]
    struct Described {
        #[serde(rename = "Table")]
        table: Table,
    }
    #[derive(Deserialize)]
    struct Table {
        #[serde(rename = "KeySchema")]
        key: Vec<Member>,
        #[serde(rename = "AttributeDefinitions")]
        attributes: Vec<Member>,
    }
    #[derive(Deserialize)]
    struct Member {
        #[serde(rename = "AttributeName")]
        name: String,
        #[serde(rename = "KeyType", alias = "AttributeType")]
        what: String,
    }
    let Described { table: Table { mut key, attributes } } = serde_json::from_slice(body).ok()?;
    key.sort_by_key(|member| member.what != "HASH");
    let attribute = |key: Member| {
        let defined = attributes.iter().find(|defined| defined.name == key.name)?;
        let kind = match defined.what.as_str() {
            "S" => KeyType::S,
            "N" => KeyType::N,
            "B" => KeyType::B,
            _ => return None,
        };
        Some(KeyAttribute { name: key.name, kind })
    };
    key.into_iter().map(attribute).collect()
}

/// How long a question may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// A hundred names of tables, and more.
const ANSWER_BYTES_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_the_partition_key_first() {
        let body = br#"{"Table":{"KeySchema":[{"AttributeName":"at","KeyType":"RANGE"},
            {"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[
            {"AttributeName":"id","AttributeType":"B"},{"AttributeName":"x","AttributeType":"S"},
            {"AttributeName":"at","AttributeType":"N"}]}}"#;

        let key = described(body).expect("it has a key");

        let named: Vec<_> = key.iter().map(|key| (key.name.as_str(), key.kind)).collect();
        assert_eq!(named, [("id", KeyType::B), ("at", KeyType::N)]);
        assert!(described(b"{}").is_none());
    }
}
