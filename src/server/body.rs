//! A request's body: gathered within its limit, and inflated within another.
//!
//! Must hold: what is authenticated are the bytes as they came; inflating never yields more than
//! its limit, however small the body was.

use std::io::Read as _;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::HeaderMap;
use hyper::body::{Body as _, Incoming};
use hyper::header::CONTENT_ENCODING;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::connection::Watch;

/// Why there is no body.
#[derive(Debug)]
pub(super) enum BodyError {
    /// It is longer than it may be; the rest was not read.
    TooLong,
    /// Bodies take all the memory that they may.
    NoRoom,
    /// The connection failed on the way.
    Broken,
}

/// Why a body could not be inflated.
#[derive(Debug)]
pub(super) enum InflateError {
    /// The encoding is not one that is understood.
    Unknown,
    /// It inflates beyond its limit.
    TooLong,
    /// It is damaged.
    Damaged,
}

/// The memory that bodies of several frames may take together, so that many clients who send
/// large ones slowly cannot take all there is.
pub(super) struct Budget(Semaphore);

/// A body's share of the budget, given back when it is dropped.
pub(super) struct Charge<'a>(Option<SemaphorePermit<'a>>);

impl Budget {
    /// A budget of so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self(Semaphore::new((bytes / BUDGET_UNIT_BYTES).min(Semaphore::MAX_PERMITS)))
    }
}

impl<'a> Charge<'a> {
    /// A share of nothing.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// Takes so many bytes more.
    pub(super) fn grow(&mut self, budget: &'a Budget, bytes: usize) -> Result<(), BodyError> {
        let units = u32::try_from(bytes.div_ceil(BUDGET_UNIT_BYTES)).unwrap_or(u32::MAX);
        let more = budget.0.try_acquire_many(units).map_err(|_| BodyError::NoRoom)?;
        match &mut self.0 {
            Some(held) => held.merge(more),
            held @ None => *held = Some(more),
        }
        Ok(())
    }
}

/// Gathers the body. A body of one frame, as nearly all are, is neither copied nor charged for.
pub(super) async fn gather<'a>(
    mut body: Incoming,
    bytes_max: usize,
    budget: &'a Budget,
    watch: &Watch,
) -> Result<(Bytes, Charge<'a>), BodyError> {
    let mut charge = Charge::none();
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(BodyError::TooLong);
    }
    let Some(first) = next(&mut body, watch).await? else { return Ok((Bytes::new(), charge)) };
    if first.len() > bytes_max {
        return Err(BodyError::TooLong);
    }
    if body.is_end_stream() {
        return Ok((first, charge));
    }
    charge.grow(budget, first.len())?;
    let mut whole = BytesMut::from(first);
    while let Some(data) = next(&mut body, watch).await? {
        if whole.len() + data.len() > bytes_max {
            return Err(BodyError::TooLong);
        }
        charge.grow(budget, data.len())?;
        whole.extend_from_slice(&data);
    }
    Ok((whole.freeze(), charge))
}

/// The next bytes; trailers are passed over.
async fn next(body: &mut Incoming, watch: &Watch) -> Result<Option<Bytes>, BodyError> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() {
            watch.body_grew(data.len());
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Inflates the body if its headers say that it is compressed.
pub(super) fn inflate(
    headers: &HeaderMap,
    body: Bytes,
    bytes_max: usize,
) -> Result<Bytes, InflateError> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else { return Ok(body) };
    let limit = bytes_max as u64 + 1;
    let mut inflated = Vec::new();
    let read = match encoding.as_bytes() {
        b"identity" => return Ok(body),
        b"gzip" => flate2::read::GzDecoder::new(&body[..]).take(limit).read_to_end(&mut inflated),
        b"deflate" => {
            flate2::read::ZlibDecoder::new(&body[..]).take(limit).read_to_end(&mut inflated)
        }
        _ => return Err(InflateError::Unknown),
    };
    match read {
        Err(_) => Err(InflateError::Damaged),
        Ok(bytes) if bytes > bytes_max => Err(InflateError::TooLong),
        Ok(_) => Ok(inflated.into()),
    }
}

const BUDGET_UNIT_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use hyper::header::HeaderValue;

    use super::*;

    fn headers(encoding: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(encoding))])
    }

    fn gzip(bytes: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory").into()
    }

    #[test]
    fn gzip_and_deflate_are_inflated() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"hello").expect("memory");
        let zlib = zlib.finish().expect("memory").into();

        assert_eq!(inflate(&headers("gzip"), gzip(b"hello"), 5).expect("fits"), "hello");
        assert_eq!(inflate(&headers("deflate"), zlib, 5).expect("fits"), "hello");
        assert_eq!(
            inflate(&HeaderMap::new(), Bytes::from("as it is"), 5).expect("plain"),
            "as it is"
        );
    }

    #[test]
    fn the_budget_is_held_and_given_back() {
        let budget = Budget::new(4 << 10);
        let mut first = Charge(None);

        first.grow(&budget, 3 << 10).expect("room");
        assert!(matches!(Charge(None).grow(&budget, 2 << 10), Err(BodyError::NoRoom)));
        first.grow(&budget, 1).expect("room");
        drop(first);

        Charge(None).grow(&budget, 4 << 10).expect("all of it again");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = gzip(&vec![0; 10 << 20]);

        assert!(bomb.len() < 20_000);
        assert!(matches!(inflate(&headers("gzip"), bomb, 1 << 20), Err(InflateError::TooLong)));
    }

    #[test]
    fn damaged_and_unknown_encodings_are_refused() {
        let cut = gzip(b"hello").slice(..10);

        assert!(matches!(inflate(&headers("gzip"), cut, 100), Err(InflateError::Damaged)));
        assert!(matches!(inflate(&headers("br"), Bytes::new(), 100), Err(InflateError::Unknown)));
    }
}
