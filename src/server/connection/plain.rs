//! Requests whose end is certain, read where they lie.
//!
//! A request that is answered ahead of hyper must end exactly where hyper would find its end, or
//! the next one would begin in the wrong place. Only the plainest form is therefore known here:
//! HTTP/1.1, POST, one `Content-Length`, nothing that changes how a body is sent or what becomes of
//! the connection, and no byte behind it. All else is [`Front::Unknown`], and hyper's.
//!
//! Must hold: what is whole here, hyper reads as the same request and nothing more.
//! Not here: what a request means (`http/`).

use std::mem::MaybeUninit;

use httparse::{Header, ParserConfig, Status};

/// A request as it came.
pub(in crate::server) struct Plain<'a> {
    /// The path with what follows it.
    pub(in crate::server) target: &'a str,
    /// How long all that stands before the body is.
    pub(in crate::server) head_bytes: usize,
    /// All headers in the order in which they came, names as the client wrote them.
    pub(in crate::server) headers: &'a [Header<'a>],
    /// The body.
    pub(in crate::server) body: &'a [u8],
}

/// What the bytes between two requests turn out to be.
pub(super) enum Front<'a> {
    /// One request, and nothing behind it.
    Whole(Plain<'a>),
    /// The front of one request, of which so many bytes are to come.
    Begun { missing: usize },
    /// Not even a whole head.
    Short,
    /// Something of which only hyper can tell the end.
    Unknown,
}

/// Room for the headers of one request.
pub(super) type Room<'a> = [MaybeUninit<Header<'a>>; HEADERS_MAX];

/// What stands at the front of these bytes, which begin where a request may.
pub(super) fn front<'a>(bytes: &'a [u8], room: &'a mut Room<'a>) -> Front<'a> {
    let mut request = httparse::Request::new(&mut []);
    let parsed =
        ParserConfig::default().parse_request_with_uninit_headers(&mut request, bytes, room);
    let head_bytes = match parsed {
        Ok(Status::Complete(head_bytes)) => head_bytes,
        Ok(Status::Partial) => return Front::Short,
        Err(_) => return Front::Unknown,
    };
    let (Some("POST"), Some(target), Some(1)) = (request.method, request.path, request.version)
    else {
        return Front::Unknown;
    };
    let headers: &[Header<'_>] = request.headers;
    let Some(body_bytes) = body_bytes(headers) else { return Front::Unknown };
    let came = bytes.len() - head_bytes;
    match body_bytes.checked_sub(came) {
        Some(0) => Front::Whole(Plain { target, head_bytes, headers, body: &bytes[head_bytes..] }),
        Some(missing) => Front::Begun { missing },
        None => Front::Unknown,
    }
}

/// How long the body is, if nothing but its length says so.
fn body_bytes(headers: &[Header<'_>]) -> Option<usize> {
    let mut found = None;
    for header in headers {
        if is(header, "content-length") {
            if found.replace(number(header.value)?).is_some() {
                return None;
            }
        } else if is(header, "connection") {
            if !header.value.eq_ignore_ascii_case(b"keep-alive") {
                return None;
            }
        } else if is(header, "transfer-encoding") || is(header, "expect") || is(header, "upgrade") {
            return None;
        }
    }
    found
}

/// Whether the header has this name, in any case.
#[inline]
pub(in crate::server) fn is(header: &Header<'_>, name: &str) -> bool {
    header.name.len() == name.len() && header.name.eq_ignore_ascii_case(name)
}

fn number(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > LENGTH_DIGITS_MAX {
        return None;
    }
    digits.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + usize::from(byte - b'0'))
    })
}

/// As many as the limit on headers is by default; requests with more are hyper's.
const HEADERS_MAX: usize = 64;
/// More than any limit on bodies has.
const LENGTH_DIGITS_MAX: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    /// What the bytes are, in a word, with the number that belongs to it.
    fn told(bytes: &str) -> (&'static str, usize) {
        let mut room = [const { MaybeUninit::uninit() }; HEADERS_MAX];
        match front(bytes.as_bytes(), &mut room) {
            Front::Whole(request) => ("whole", request.body.len()),
            Front::Begun { missing } => ("begun", missing),
            Front::Short => ("short", 0),
            Front::Unknown => ("unknown", 0),
        }
    }

    fn posted(headers: &str, body: &str) -> String {
        format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n{body}")
    }

    #[test]
    fn a_request_is_whole_begun_or_short() {
        let whole = posted("content-LENGTH: 2\r\nConnection: Keep-Alive\r\n", "{}");

        assert_eq!(told(&whole), ("whole", 2));
        assert_eq!(told(&whole[..whole.len() - 1]), ("begun", 1));
        assert_eq!(told(&whole[..whole.len() - 2]), ("begun", 2));
        assert_eq!(told(&whole[..whole.len() - 3]), ("short", 0));
        assert_eq!(told(&whole[..1]), ("short", 0));
    }

    #[test]
    fn whatever_may_end_elsewhere_is_unknown() {
        let cases = [
            ("", "{}"),
            ("content-length: 2\r\n", "{}POST"),
            ("content-length: 2\r\ncontent-length: 2\r\n", "{}"),
            ("content-length: 2, 2\r\n", "{}"),
            ("content-length: +2\r\n", "{}"),
            ("content-length: 0x2\r\n", "{}"),
            ("content-length: \r\n", ""),
            ("content-length: 99999999999999999999\r\n", "{}"),
            ("content-length: 2\r\ntransfer-encoding: chunked\r\n", "{}"),
            ("content-length: 2\r\ntransfer-encoding: identity\r\n", "{}"),
            ("content-length: 2\r\nexpect: 100-continue\r\n", "{}"),
            ("content-length: 2\r\nconnection: close\r\n", "{}"),
            ("content-length: 2\r\nconnection: upgrade\r\nupgrade: h2c\r\n", "{}"),
            ("content-length : 2\r\n", "{}"),
            (" folded: 1\r\ncontent-length: 2\r\n", "{}"),
        ];

        for (headers, body) in cases {
            assert_eq!(told(&posted(headers, body)), ("unknown", 0), "{headers:?}");
        }
        for request in [
            "GET / HTTP/1.1\r\ncontent-length: 0\r\n\r\n",
            "POST / HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\u{16}\u{3}\u{1}",
        ] {
            assert_eq!(told(request), ("unknown", 0), "{request:?}");
        }
    }

    #[test]
    fn too_many_headers_are_unknown() {
        let headers = |count| "a: b\r\n".repeat(count) + "content-length: 2\r\n";

        assert_eq!(told(&posted(&headers(HEADERS_MAX - 2), "{}")), ("whole", 2));
        assert_eq!(told(&posted(&headers(HEADERS_MAX - 1), "{}")), ("unknown", 0));
    }
}
