//! Places in shards as clients carry them.
//!
//!     <ARN of the stream>|1|<base64 of: shard (4) | number (8) | told at, ms (8) | sum (8)>
//!
//! Numbers are big-endian. The sum is XXH3-64 of the ARN and the bytes before, so that one that was
//! cut or mixed up is noticed. It keeps nobody from making one up: that opens no more of a stream
//! than who may read it can ask for.
//!
//! Must hold: an iterator is good for [`LIFE_MS`] from when it was told.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use xxhash_rust::xxh3::Xxh3;

use crate::api::{ApiError, ControlCode, SequenceNumber};
use crate::engine::ShardNumber;

/// A place in a shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) shard: ShardNumber,
    /// Reading goes on with this number or a higher one.
    pub(super) from: SequenceNumber,
}

/// Tells a place in a stream of that ARN, at that time.
pub(super) fn told(arn: &str, place: Place, now_ms: u64) -> String {
    let mut bytes = [0; BYTES];
    let (said, sum) = bytes.split_at_mut(SAID_BYTES);
    said[..4].copy_from_slice(&place.shard.get().to_be_bytes());
    said[4..12].copy_from_slice(&place.from.get().to_be_bytes());
    said[12..].copy_from_slice(&now_ms.to_be_bytes());
    sum.copy_from_slice(&sum_of(arn, said));
    format!("{arn}{MIDDLE}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The ARN of the stream and the place in it that an iterator tells, if it still may at that time.
pub(super) fn read(iterator: &str, now_ms: u64) -> Result<(&str, Place), ApiError> {
    let (arn, place, told_ms) =
        parts_of(iterator).ok_or_else(|| ApiError::validation("Invalid ShardIterator"))?;
    if now_ms.saturating_sub(told_ms) > LIFE_MS {
        let message = "The provided iterator exceeds the maximum age allowed.";
        return Err(ApiError::new(ControlCode::ExpiredIterator, message));
    }
    Ok((arn, place))
}

fn parts_of(iterator: &str) -> Option<(&str, Place, u64)> {
    let (arn, opaque) = iterator.rsplit_once(MIDDLE)?;
    let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(opaque).ok()?.try_into().ok()?;
    let (said, sum) = bytes.split_at(SAID_BYTES);
    let (shard, rest) = said.split_first_chunk()?;
    let (from, told_ms) = rest.split_first_chunk()?;
    let place = Place {
        shard: ShardNumber::new(u32::from_be_bytes(*shard)),
        from: SequenceNumber::new(u64::from_be_bytes(*from)),
    };
    let told_ms = u64::from_be_bytes(told_ms.try_into().ok()?);
    (sum == sum_of(arn, said)).then_some((arn, place, told_ms))
}

fn sum_of(arn: &str, said: &[u8]) -> [u8; 8] {
    let mut hash = Xxh3::new();
    hash.update(arn.as_bytes());
    hash.update(said);
    hash.digest().to_be_bytes()
}

/// How long an iterator is good for.
pub(super) const LIFE_MS: u64 = 15 * 60 * 1_000;
/// Between the ARN and what is told besides, with the version of that.
const MIDDLE: &str = "|1|";
const SAID_BYTES: usize = 20;
const BYTES: usize = SAID_BYTES + 8;

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/a/stream/b";

    fn place() -> Place {
        Place { shard: ShardNumber::new(3), from: SequenceNumber::new(1 << 40) }
    }

    #[test]
    fn an_iterator_says_its_place_for_a_quarter_of_an_hour() {
        let iterator = told(ARN, place(), 1_000);

        assert!(iterator.starts_with(ARN) && iterator[ARN.len()..].starts_with("|1|"));
        assert_eq!(read(&iterator, 1_000), Ok((ARN, place())));
        assert_eq!(read(&iterator, 1_000 + LIFE_MS), Ok((ARN, place())));
        assert_eq!(read(&iterator, 0), Ok((ARN, place())), "a clock was put back");
        let expired = read(&iterator, 1_001 + LIFE_MS).expect_err("it is too old");
        assert_eq!(expired.code, ControlCode::ExpiredIterator.into());
    }

    #[test]
    fn what_is_no_iterator_or_another_streams_is_refused() {
        let iterator = told(ARN, place(), 1_000);
        let opaque = &iterator[ARN.len() + MIDDLE.len()..];
        let mut others: Vec<String> =
            (0..iterator.len()).map(|end| iterator[..end].to_owned()).collect();
        others.push(format!("{ARN}|2|{opaque}"));
        others.push(format!("{ARN}c|1|{opaque}"));
        others.push(iterator.replacen("|1|A", "|1|B", 1));
        others.push(format!("{iterator}A"));

        for other in others {
            let refused = read(&other, 1_000).expect_err(&other);
            assert_eq!(refused, ApiError::validation("Invalid ShardIterator"), "{other}");
        }
    }
}
