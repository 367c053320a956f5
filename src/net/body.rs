//! The body of an answer, gathered.
//!
//! Must hold: no more than the bound is kept, whatever the answer said of its length.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

/// Why a body could not be gathered.
#[derive(Debug, thiserror::Error)]
pub enum Ungathered {
    /// The connection ended, or broke the rules, before the body was whole.
    #[error("the connection ended within the answer")]
    Cut(#[source] hyper::Error),
    /// It is larger than was allowed.
    #[error("the answer has more than {bytes_max} bytes")]
    TooLarge {
        /// How many were.
        bytes_max: usize,
    },
}

/// The whole body; a copy only if it came in parts.
pub async fn gather(mut body: Incoming, bytes_max: usize) -> Result<Bytes, Ungathered> {
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Ungathered::TooLarge { bytes_max });
    }
    let mut first = Bytes::new();
    let mut parts = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Ungathered::Cut)?.into_data() else { continue };
        if first.len() + parts.len() + data.len() > bytes_max {
            return Err(Ungathered::TooLarge { bytes_max });
        }
        if first.is_empty() && parts.is_empty() {
            first = data;
            if body.is_end_stream() {
                break;
            }
            continue;
        }
        if parts.is_empty() {
            parts.extend_from_slice(&std::mem::take(&mut first));
        }
        parts.extend_from_slice(&data);
    }
    Ok(if parts.is_empty() { first } else { parts.freeze() })
}

/// More than any answer of DynamoDB has: 16 MB of items, written as JSON.
pub const ANSWER_BYTES_MAX: usize = 128 << 20;

#[cfg(test)]
mod tests {
    use http_body_util::Full;
    use hyper::Request;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::net::Link;

    /// What is gathered of an answer that was sent so.
    async fn gathered(answer: &[u8], bytes_max: usize) -> Result<Bytes, Ungathered> {
        let (ours, mut theirs) = tokio::io::duplex(1 << 10);
        let mut link = Link::over("test connection", ours).await.expect("it is open");
        let send = async {
            let response = link.send(Request::new(Full::default())).await.expect("it has a head");
            gather(response.into_body(), bytes_max).await
        };
        let answered = async {
            let mut asked = [0; 1 << 10];
            let count = theirs.read(&mut asked).await.expect("it is open");
            assert!(count > 0, "something is asked");
            theirs.write_all(answer).await.expect("it fits between the ends");
            drop(theirs);
        };
        tokio::join!(send, answered).0
    }

    const TOLD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde";
    const PARTS: &[u8] =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n";

    #[tokio::test]
    async fn a_body_up_to_the_bound_is_gathered() {
        for answer in [TOLD, PARTS] {
            assert_eq!(gathered(answer, 5).await.expect("it fits"), "abcde");
        }
    }

    #[tokio::test]
    async fn a_body_beyond_the_bound_is_not() {
        for answer in [TOLD, PARTS] {
            let refused = gathered(answer, 4).await;
            assert!(matches!(refused, Err(Ungathered::TooLarge { bytes_max: 4 })), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn a_body_that_was_cut_off_is_none() {
        for answer in [TOLD, PARTS] {
            let refused = gathered(&answer[..answer.len() - 1], 5).await;
            assert!(matches!(refused, Err(Ungathered::Cut(_))), "{refused:?}");
        }
    }
}
