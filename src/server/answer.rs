//! HTTP answers: one shared body and a handful of headers.
//!
//! Must hold: every answer has a request id; every one whose body is there has its CRC-32; nothing of a
//! request is echoed in a header.
//! Not here: what the body says (`wire/`).

use std::borrow::Cow;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::sync::mpsc::Receiver;

use super::compression::{self, Accepted};
use super::connection::{Making, Watch};
use crate::api::ApiError;
use crate::model::Answer;
use crate::wire::json;

/// What the server sends.
pub(super) type HttpAnswer = Response<AnswerBody>;

/// The body of an answer.
pub(super) enum AnswerBody {
    /// All of it is there.
    Whole(Full<Bytes>),
    /// It is made as it is sent.
    Stream {
        /// Its pieces.
        bytes: Receiver<io::Result<Bytes>>,
        /// Tells the connection's watch so, once it is on its way.
        making: Option<Making>,
    },
}

impl AnswerBody {
    /// Has the watch know for how long there is more to come.
    pub(super) fn watched(&mut self, watch: &Arc<Watch>) {
        match self {
            Self::Whole(_) => {}
            Self::Stream { making, .. } => *making = Some(Making::begin(watch)),
        }
    }
}

impl From<Bytes> for AnswerBody {
    fn from(body: Bytes) -> Self {
        Self::Whole(Full::new(body))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Whole(body) => {
                let frame = Pin::new(body).poll_frame(context);
                frame.map(|frame| frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Self::Stream { bytes, .. } => {
                bytes.poll_recv(context).map(|some| some.map(|bytes| bytes.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Stream { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Stream { .. } => SizeHint::default(),
        }
    }
}

/// Numbers the answers of one process.
pub(super) struct RequestIds {
    prefix: [u8; PREFIX_CHARS],
    next: AtomicU64,
}

impl RequestIds {
    /// Ids that other processes, and this one after a restart, do not give.
    pub(super) fn new() -> Self {
        let random = uuid::Uuid::new_v4().into_bytes();
        let mut prefix = [0; PREFIX_CHARS];
        for (place, byte) in prefix.iter_mut().zip(random.iter().cycle()) {
            *place = ALPHABET[usize::from(*byte) % ALPHABET.len()];
        }
        Self { prefix, next: AtomicU64::new(0) }
    }

    /// The next id, for an answer that has no headers.
    pub(super) fn next_text(&self) -> String {
        self.next().into_iter().map(char::from).collect()
    }

    fn next(&self) -> [u8; ID_CHARS] {
        let mut id = [b'0'; ID_CHARS];
        id[..PREFIX_CHARS].copy_from_slice(&self.prefix);
        let mut number = self.next.fetch_add(1, Ordering::Relaxed);
        for place in id[PREFIX_CHARS..].iter_mut().rev() {
            *place = ALPHABET[usize::try_from(number & 31).expect("five bits")];
            number >>= 5;
        }
        id
    }
}

/// An answer in JSON.
pub(super) fn json(
    ids: &RequestIds,
    status: StatusCode,
    kind: &HeaderValue,
    answer: Answer,
) -> HttpAnswer {
    let mut response = Response::new(AnswerBody::from(answer.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(4);
    headers.insert(CONTENT_TYPE, kind.clone());
    let id = HeaderValue::from_bytes(&ids.next()).expect("letters and digits");
    headers.insert(REQUEST_ID, id);
    headers.insert(CRC32, HeaderValue::from(answer.crc32));
    response
}

/// An answer whose body is made as it is sent.
pub(super) fn streamed(ids: &RequestIds, body: Receiver<io::Result<Bytes>>) -> HttpAnswer {
    let mut response = Response::new(AnswerBody::Stream { bytes: body, making: None });
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let id = HeaderValue::from_bytes(&ids.next()).expect("letters and digits");
    headers.insert(REQUEST_ID, id);
    response
}

/// An answer that is not JSON, after which the connection goes on.
pub(super) fn plain(
    ids: &RequestIds,
    status: StatusCode,
    kind: &'static str,
    body: Bytes,
) -> HttpAnswer {
    let answer = Answer { crc32: crc32fast::hash(&body), body };
    json(ids, status, &HeaderValue::from_static(kind), answer)
}

/// The same answer, compressed if the client takes that and it is worth it.
pub(super) async fn compressed(answer: HttpAnswer, accepted: Accepted) -> HttpAnswer {
    let bytes = answer.body().size_hint().lower();
    if !accepted.is_for(usize::try_from(bytes).unwrap_or(usize::MAX)) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let AnswerBody::Whole(body) = body else { return Response::from_parts(parts, body) };
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes);
    let body = match compression::compressed(body.clone()).await {
        Some(compressed) => {
            parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            parts.headers.insert(CRC32, HeaderValue::from(compressed.crc32));
            compressed.body
        }
        None => body,
    };
    Response::from_parts(parts, AnswerBody::from(body))
}

/// An answer in JSON 1.0 that does not go through hyper.
pub(super) struct Reply {
    status: StatusCode,
    id: [u8; ID_CHARS],
    explanation: Option<Cow<'static, str>>,
    is_gzip: bool,
    answer: Answer,
}

impl Reply {
    /// An answer with an id of its own.
    pub(super) fn new(ids: &RequestIds, status: StatusCode, answer: Answer) -> Self {
        Self { status, id: ids.next(), explanation: None, is_gzip: false, answer }
    }

    /// The same that says what the caches had.
    pub(super) fn explained(self, explanation: Cow<'static, str>) -> Self {
        Self { explanation: Some(explanation), ..self }
    }

    /// The same, compressed if the client takes that and it is worth it.
    pub(super) async fn compressed(self, accepted: Accepted) -> Self {
        if !accepted.is_for(self.body_bytes()) {
            return self;
        }
        match compression::compressed(self.answer.body.clone()).await {
            Some(answer) => Self { is_gzip: true, answer, ..self },
            None => self,
        }
    }

    /// The request id that the client is given, for the log.
    pub(super) fn id(&self) -> &str {
        std::str::from_utf8(&self.id).expect("letters and digits")
    }

    /// Writes what stands before the body, as hyper writes it, and yields the body. `closes` says
    /// that no request is answered after it.
    pub(super) fn written(self, date: &str, closes: bool, head: &mut Vec<u8>) -> Bytes {
        let (mut crc32, mut length) = (itoa::Buffer::new(), itoa::Buffer::new());
        let Self { status, id, explanation, is_gzip, answer } = self;
        let explanation = explanation.as_deref();
        let pieces: [&[u8]; 16] = [
            b"HTTP/1.1 ",
            status.as_str().as_bytes(),
            b" ",
            status.canonical_reason().unwrap_or_default().as_bytes(),
            b"\r\ncontent-type: application/x-amz-json-1.0\r\nx-amzn-requestid: ",
            &id,
            b"\r\nx-amz-crc32: ",
            crc32.format(answer.crc32).as_bytes(),
            explanation.map_or(b"", |_| b"\r\nx-hearth-cache: "),
            explanation.unwrap_or_default().as_bytes(),
            if is_gzip { b"\r\ncontent-encoding: gzip" } else { b"" },
            b"\r\ncontent-length: ",
            length.format(answer.body.len()).as_bytes(),
            if closes { b"\r\nconnection: close\r\ndate: " } else { b"\r\ndate: " },
            date.as_bytes(),
            b"\r\n\r\n",
        ];
        for piece in pieces {
            head.extend_from_slice(piece);
        }
        answer.body
    }

    /// How long the body is, in bytes.
    pub(super) fn body_bytes(&self) -> usize {
        self.answer.body.len()
    }
}

/// What says the error.
pub(super) fn of_error(error: &ApiError) -> (StatusCode, Answer) {
    let (status, answer) = json::encode_error(error);
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), answer)
}

/// Logs what the client is not told of an error.
pub(super) fn log_cause(error: &ApiError, request_id: &str) {
    if let Some(cause) = &error.cause {
        tracing::error!(request_id, %cause, "request failed");
    }
}

/// The same answer, after which the connection is closed: the request's end was not found.
pub(super) fn and_close(mut answer: HttpAnswer) -> HttpAnswer {
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// The request id that the client is given, for the log.
pub(super) fn id_of(answer: &HttpAnswer) -> &str {
    answer.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default()
}

/// What DynamoDB's clients send and expect.
pub(super) const AMZ_JSON_1_0: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
/// What clients of DAX's control plane send and expect.
pub(super) const AMZ_JSON_1_1: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
/// The other type that is mirrored.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");
const ID_CHARS: usize = 52;
const PREFIX_CHARS: usize = 39;
/// 32 of the characters that DynamoDB's ids are made of.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_differ_and_have_dynamodbs_form() {
        let ids = RequestIds::new();

        let (first, second) = (ids.next(), ids.next());

        assert_ne!(first, second);
        assert_eq!(first.len(), 52);
        assert!(first.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()), "{first:?}");
    }
}
