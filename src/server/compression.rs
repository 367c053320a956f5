//! Answers in gzip, for clients that ask for it.
//!
//! Must hold: a long answer is compressed on the blocking pool, so that no other client waits for
//! it, and few at a time, so that reads find a place there; the CRC-32 of a compressed answer is that
//! of the bytes that are sent.
//! Not here: compressed requests (`body.rs`).

use std::io::Write as _;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::Semaphore;

use crate::model::Answer;

/// What a client takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Accepted {
    /// Answers as they are.
    Identity,
    /// Answers in gzip, too.
    Gzip,
}

impl Accepted {
    /// What an `Accept-Encoding` says.
    pub(super) fn of(header: &[u8]) -> Self {
        let takes_gzip = |element: &[u8]| {
            let mut parts = element.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(b"gzip"));
            is_gzip && !parts.any(is_refusal)
        };
        if header.split(|byte| *byte == b',').any(takes_gzip) { Self::Gzip } else { Self::Identity }
    }

    /// Whether an answer of that many bytes is compressed for such a client.
    pub(super) fn is_for(self, body_bytes: usize) -> bool {
        self == Self::Gzip && body_bytes >= GZIP_BYTES_MIN
    }
}

/// The same answer in gzip; `None` if it would not be shorter, or if it is long and as many others
/// are being compressed as there are processors: it then goes out as it is.
pub(super) async fn compressed(body: Bytes) -> Option<Answer> {
    if body.len() <= INLINE_BYTES_MAX {
        return gzip(&body);
    }
    let _place = PLACES.try_acquire().ok()?;
    // A pool that ends with the process: the answer then goes out as it is.
    tokio::task::spawn_blocking(move || gzip(&body)).await.ok().flatten()
}

fn gzip(body: &Bytes) -> Option<Answer> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    let compressed = encoder.finish().ok().filter(|compressed| compressed.len() < body.len())?;
    Some(Answer { crc32: crc32fast::hash(&compressed), body: compressed.into() })
}

/// Whether a parameter is a weight of zero, which refuses what it stands behind.
fn is_refusal(parameter: &[u8]) -> bool {
    let Some(weight) = parameter.strip_prefix(b"q=").or(parameter.strip_prefix(b"Q=")) else {
        return false;
    };
    weight.iter().all(|byte| matches!(byte, b'0' | b'.'))
}

/// Long answers that are compressed at one moment.
static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, std::num::NonZero::get)));
/// Shorter answers fit a few packets as they are.
const GZIP_BYTES_MIN: usize = 4 << 10;
/// What takes less than a millisecond.
const INLINE_BYTES_MAX: usize = 32 << 10;

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn gzip_is_taken_where_it_is_named_and_not_refused() {
        for header in ["gzip", "deflate, GZIP", "br;q=1.0,gzip;q=0.5", "gzip;level=1", "gzip;q=1"] {
            assert_eq!(Accepted::of(header.as_bytes()), Accepted::Gzip, "{header}");
        }
        for header in ["", "identity", "br", "gzip;q=0", "gzip; q=0.0", "gzipped", "*"] {
            assert_eq!(Accepted::of(header.as_bytes()), Accepted::Identity, "{header}");
        }
    }

    #[test]
    fn only_long_answers_are_compressed_and_only_for_who_takes_it() {
        assert!(Accepted::Gzip.is_for(4_096));
        assert!(!Accepted::Gzip.is_for(4_095));
        assert!(!Accepted::Identity.is_for(1 << 20));
    }

    #[tokio::test]
    async fn a_compressed_answer_is_the_same_with_a_sum_of_its_own() {
        for bytes in [INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1] {
            let answer = compressed(Bytes::from(vec![b'a'; bytes])).await.expect("it is shorter");

            let mut inflated = Vec::new();
            GzDecoder::new(&answer.body[..]).read_to_end(&mut inflated).expect("gzip");
            assert_eq!(inflated, vec![b'a'; bytes]);
            assert_eq!(answer.crc32, crc32fast::hash(&answer.body));
        }
    }

    #[tokio::test]
    async fn a_long_answer_goes_out_as_it_is_while_there_is_no_place() {
        let every = u32::try_from(PLACES.available_permits()).expect("a few");
        let taken = PLACES.acquire_many(every).await.expect("it is never closed");

        let long = Bytes::from(vec![b'a'; INLINE_BYTES_MAX + 1]);
        assert!(compressed(long.clone()).await.is_none());
        assert!(compressed(long.slice(1..)).await.is_some(), "this one needs none");
        drop(taken);
    }

    #[tokio::test]
    async fn what_would_not_get_shorter_stays_as_it_is() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let noise: Vec<u8> = std::iter::repeat_with(&mut random).take(5_000).collect();

        assert!(compressed(noise.into()).await.is_none());
    }
}
