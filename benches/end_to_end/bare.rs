//! The bare server: what hyper alone costs to answer a hot GetItem, a page of items, or one that is
//! copied once and summed.
//!
//! Must hold: the same versions, runtime, socket and HTTP settings as hearth's, and an answer of
//! the same bytes and headers; nothing is looked at but the request's body, which is read.

use std::convert::Infallible;
use std::io::Write as _;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::request;

/// What every request is answered with.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// An item, shared by all answers.
    Item,
    /// A page of so many items, shared by all answers.
    Page(usize),
    /// A page of so many items, copied and summed for each answer.
    PageCopied(usize),
}

impl Body {
    /// What the words behind `bare` ask for.
    pub(crate) fn of_words(words: &[String]) -> Option<Self> {
        match words {
            [] => Some(Self::Item),
            [shared, items] if shared == "page" => items.parse().ok().map(Self::Page),
            [copied, items] if copied == "page-copied" => items.parse().ok().map(Self::PageCopied),
            _ => None,
        }
    }
}

/// Serves until it is killed, on a port that its ready line tells as hearth's does.
pub(crate) fn serve(body: Body) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .global_queue_interval(2)
        .enable_all()
        .build()
        .expect("a runtime of one thread");
    // Spawned, since what `block_on` is given runs on a thread beside the worker.
    runtime.block_on(runtime.spawn(accept(body))).expect("accepting goes on");
}

#[expect(clippy::disallowed_methods, reason = "hearth's own `task::spawn` is what this measures")]
async fn accept(body: Body) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    println!("ready http={address}");
    std::io::stdout().flush().expect("somebody reads the ready line");
    loop {
        let (stream, _) = listener.accept().await.expect("few connections");
        stream.set_nodelay(true).expect("a TCP stream");
        tokio::spawn(connection(stream, body));
    }
}

async fn connection(stream: TcpStream, kind: Body) {
    let body = Bytes::from(match kind {
        Body::Item => request::hot_answer(0),
        Body::Page(items) | Body::PageCopied(items) => request::page_answer(items),
    });
    let service = service_fn(|request: Request<Incoming>| {
        let body = body.clone();
        async move {
            request.into_body().collect().await.expect("the client sends whole requests");
            Ok::<_, Infallible>(match kind {
                Body::Item | Body::Page(_) => answer(body, HeaderValue::from_static("2745614147")),
                Body::PageCopied(_) => {
                    let body = copied(&body);
                    let sum = crc32fast::hash(&body).to_string();
                    answer(body, HeaderValue::from_str(&sum).expect("digits"))
                }
            })
        }
    });
    let mut builder = Builder::new();
    builder.max_headers(64).max_buf_size(32 << 10).header_read_timeout(None);
    // A client that is done hangs up.
    drop(builder.serve_connection(TokioIo::new(stream), service).await);
}

/// The body copied in pieces of about an item's length, as a page is put together.
fn copied(body: &[u8]) -> Bytes {
    let mut copy = Vec::with_capacity(body.len());
    body.chunks(PIECE_BYTES).for_each(|piece| copy.extend_from_slice(piece));
    copy.into()
}

fn answer(body: Bytes, sum: HeaderValue) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.reserve(4);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    headers.insert(REQUEST_ID, HeaderValue::from_static(ID));
    headers.insert(CRC32, sum);
    response
}

const PIECE_BYTES: usize = 1_000;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");
const ID: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345ABCDEFGHIJKLMNOPQRST";
