//! DAX's protocol: a request's JSON written as DAX's clients write it, its answer as HTTP has it.
//!
//!     JSON ── decoded ──> request ── schemas, ids ──> bytes ──> answer ──> status, code, message
//!
//! What is needed to write a request is asked for once and kept for all connections of a target.
//! Of an answer to a batch the JSON is made, for it says what was left undone; of any other
//! answer only that it came, and what a refusal says.
//!
//! Must hold: a link is used again only if all was read of what was asked over it.
//! Not here: what requests and answers look like (`wire/dax/client/`).

mod known;
mod link;

use bytes::Bytes;
use serde_json::json;

pub(in crate::load) use self::known::Known;
use self::known::{Need, Written};
pub(in crate::load) use self::link::Link;
use super::answer::{Attempt, CONNECT_FAILED};
use super::request::{Request, Wants};
use crate::api;
use crate::clock::Clock;
use crate::load::Operation;
use crate::load::target::{Target, Wire};
use crate::wire::dax::client::{self, AnswerError, Refused};
use crate::wire::json::{self, Wording};

/// One try of a request; the link is left for the next.
pub(super) async fn exchange(
    kept: &mut Option<Link>,
    request: &Request,
    target: &Target,
    clock: &Clock,
) -> Attempt {
    let (Wire::Dax { known, .. }, Some(operation)) = (target.wire(), request.operation) else {
        return Attempt::lost(NOT_OF_DAX);
    };
    // A server may close a connection that idles.
    let mut link = match kept.take().and_then(Link::unless_ended) {
        Some(link) => link,
        None => match Link::open(target, clock).await {
            Ok(link) => link,
            Err(_) => return Attempt::lost(CONNECT_FAILED),
        },
    };
    let mut turn = Turn { link: &mut link, known, target, clock, wants: request.wants };
    let (status, body) = match turn.answer(operation, &request.body).await {
        Ok(body) => (200, body),
        Err(Failure::Refused(status, body)) => (status, body),
        Err(Failure::Lost(code)) => return Attempt::lost(code),
    };
    *kept = Some(link);
    Attempt::without_headers(status, body, request.kind)
}

/// One request and what has to be asked for it.
struct Turn<'a> {
    link: &'a mut Link,
    known: &'a Known,
    target: &'a Target,
    clock: &'a Clock,
    wants: Wants,
}

/// Why there is no answer.
enum Failure {
    /// It was refused, with that status and body.
    Refused(u16, Bytes),
    /// The connection is of no use any more.
    Lost(&'static str),
}

impl Turn<'_> {
    /// The answer as JSON, if it is wanted; else nothing.
    async fn answer(&mut self, operation: Operation, body: &[u8]) -> Result<Bytes, Failure> {
        let request = json::decode(api_operation(operation), body, Wording::Classic)?;
        let bytes = loop {
            match self.known.write(&request) {
                Written::Whole(bytes) => break bytes,
                Written::Lacks(need) => self.learn(need).await?,
                Written::Impossible => return Err(Failure::Lost(NOT_OF_DAX)),
            }
        };
        let answer = self.ask(&bytes, client::answer_values(&request)).await?;
        let is_batch =
            matches!(request, api::Request::BatchGetItem(_) | api::Request::BatchWriteItem(_));
        let is_wanted = is_batch || self.wants == Wants::Answer;
        if !is_wanted || *answer == NOTHING_LEFT {
            return Ok(Bytes::new());
        }
        loop {
            match self.known.in_json(&request, &bytes, &answer) {
                Ok(body) => return Ok(body),
                Err(AnswerError::UnknownList(id)) => self.learn(Need::Names(id)).await?,
                Err(AnswerError::Refused(refused)) => return Err(refused.into()),
                Err(AnswerError::Broken(_)) => return Err(Failure::Lost(BROKEN)),
            }
        }
    }

    async fn learn(&mut self, need: Need) -> Result<(), Failure> {
        let answer = self.ask(&need.request(), 1).await?;
        self.known.learn(need, &answer).map_err(|error| match error {
            AnswerError::Refused(refused) => refused.into(),
            AnswerError::Broken(_) | AnswerError::UnknownList(_) => Failure::Lost(BROKEN),
        })
    }

    async fn ask(&mut self, request: &[u8], values: usize) -> Result<Bytes, Failure> {
        let asked = self.link.ask(request, values, self.target, self.clock).await;
        let answer = asked.map_err(Failure::Lost)?;
        client::refusal(&answer).map_or(Ok(answer), |refused| Err(refused.into()))
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let Refused { message, exception, status, .. } = refused;
        // The one exception that has another name in DAX.
        let code = if exception == "InternalServerErrorException" {
            "InternalServerError"
        } else {
            &exception
        };
        let body = json!({ "__type": code, "message": message }).to_string();
        Self::Refused(u16::try_from(status).unwrap_or(400), body.into())
    }
}

impl From<api::ApiError> for Failure {
    /// A request that its server would refuse, too.
    fn from(error: api::ApiError) -> Self {
        let (status, answer) = json::encode_error(&error);
        Self::Refused(status, answer.body)
    }
}

fn api_operation(operation: Operation) -> api::Operation {
    match operation {
        Operation::GetItem => api::Operation::GetItem,
        Operation::PutItem => api::Operation::PutItem,
        Operation::UpdateItem => api::Operation::UpdateItem,
        Operation::DeleteItem => api::Operation::DeleteItem,
        Operation::Query => api::Operation::Query,
        Operation::Scan => api::Operation::Scan,
        Operation::BatchGetItem => api::Operation::BatchGetItem,
        Operation::BatchWriteItem => api::Operation::BatchWriteItem,
    }
}

/// A BatchWriteItem that wrote all, and says no more.
const NOTHING_LEFT: [u8; 4] = [0x80, 0xA0, 0x80, 0xA0];
/// The code of an answer that DAX's clients could not read.
const BROKEN: &str = "BrokenAnswer";
/// The code of a request that cannot be said in DAX's protocol.
const NOT_OF_DAX: &str = "NotOfDax";
