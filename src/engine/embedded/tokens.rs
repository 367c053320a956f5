//! What tells a transaction that comes again from a new one: its client's token.
//!
//!     system   token/HASH          ->  digest of the request (16) | end, milliseconds (8)
//!              token-end/END HASH  ->  nothing
//!
//! Both rows are written in the batch of the transaction, so that what is remembered was done, and
//! what was done is remembered, whatever happens. Rows whose time is over are deleted by later
//! batches, found by their end.
//!
//! Must hold: of two transactions of one token only one is under way, from before it looks whether
//! it was done until its fate is known, also when nobody waits for it any more.
//! Not here: what a transaction does (`transaction.rs`).

use std::collections::HashSet;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{BufMut as _, Bytes, BytesMut};
use xxhash_rust::xxh3::xxh3_128;

use super::rows;
use super::writer::MUTATIONS_MAX;
use crate::engine::{Error, Token};
use crate::store::{self, Batch, ChunkLimit, Direction, KeyRange, Snapshot, SpaceId};

/// What is kept of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Remembered {
    /// The digest of its request.
    pub(super) digest: u128,
    /// Until when it counts, in milliseconds since 1970.
    pub(super) end_ms: u64,
}

/// The tokens of transactions that are under way.
#[derive(Default)]
pub(super) struct Tokens {
    held: Mutex<HashSet<u128, ahash::RandomState>>,
}

/// The only transaction of its token that is under way, as long as this lives.
pub(super) struct Held {
    tokens: Arc<Tokens>,
    hash: u128,
}

impl Tokens {
    /// Holds a token, unless another transaction does.
    pub(super) fn hold(self: &Arc<Self>, token: &Token) -> Result<Arc<Held>, Error> {
        let hash = hash_of(token);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.insert(hash) {
            return Err(Error::TransactionInProgress);
        }
        Ok(Arc::new(Held { tokens: Arc::clone(self), hash }))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.tokens.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.hash);
    }
}

/// What is remembered of a token, whether or not its time is over.
pub(super) fn find(
    snapshot: &dyn Snapshot,
    system: SpaceId,
    token: &Token,
) -> Result<Option<Remembered>, store::Error> {
    let value = snapshot.get(system, &token_row(hash_of(token)))?;
    Ok(value.and_then(|value| Remembered::read(&value)))
}

/// Remembers a token.
pub(super) fn put(batch: &mut Batch, system: SpaceId, token: &Token, end_ms: u64) {
    let hash = hash_of(token);
    let remembered = Remembered { digest: token.digest, end_ms };
    batch.put(system, token_row(hash), remembered.value());
    batch.put(system, end_row(end_ms, hash), Bytes::new());
}

/// Tokens whose time is over.
pub(super) struct Over {
    /// Their rows.
    pub(super) rows: Vec<Bytes>,
    /// No row that is left ends earlier.
    pub(super) next_ms: u64,
}

/// Those whose time is over: some of them, those first that ended first, none before `from_ms`.
/// What was deleted lies there still for a while, and would be passed over each time.
pub(super) fn over(
    snapshot: &dyn Snapshot,
    system: SpaceId,
    from_ms: u64,
    now_ms: u64,
) -> Result<Over, store::Error> {
    let from = Bound::Included(end_row(from_ms, 0));
    let range = KeyRange { from, ..KeyRange::prefix(ENDS) };
    let limit = ChunkLimit::rows(OVER_MAX);
    let ends = snapshot.range(system, &range, Direction::Forward, limit)?.rows;
    let (mut rows, mut next_ms) = (Vec::new(), from_ms);
    for (row, _) in ends {
        let Some((end_ms, hash)) = end_of(&row).filter(|(end_ms, _)| *end_ms <= now_ms) else {
            break;
        };
        next_ms = end_ms;
        let token = token_row(hash);
        // One that came again since has another end.
        let kept = snapshot.get(system, &token)?.and_then(|value| Remembered::read(&value));
        if kept.is_some_and(|kept| kept.end_ms == end_ms) {
            rows.push(token);
        }
        rows.push(row);
    }
    Ok(Over { rows, next_ms })
}

impl Remembered {
    fn value(self) -> Bytes {
        let mut value = BytesMut::with_capacity(24);
        value.put_u128(self.digest);
        value.put_u64(self.end_ms);
        value.freeze()
    }

    fn read(value: &[u8]) -> Option<Self> {
        let (digest, end_ms) = value.split_first_chunk()?;
        Some(Self { digest: u128::from_be_bytes(*digest), end_ms: rows::number_of(end_ms)? })
    }
}

fn hash_of(token: &Token) -> u128 {
    xxh3_128(token.name.as_bytes())
}

fn token_row(hash: u128) -> Bytes {
    let mut row = BytesMut::from(TOKENS);
    row.put_u128(hash);
    row.freeze()
}

fn end_row(end_ms: u64, hash: u128) -> Bytes {
    let mut row = BytesMut::from(ENDS);
    row.put_u64(end_ms);
    row.put_u128(hash);
    row.freeze()
}

fn end_of(row: &[u8]) -> Option<(u64, u128)> {
    let (end_ms, hash) = row.strip_prefix(ENDS)?.split_first_chunk()?;
    Some((u64::from_be_bytes(*end_ms), u128::from_be_bytes(hash.try_into().ok()?)))
}

const TOKENS: &[u8] = b"token/";
const ENDS: &[u8] = b"token-end/";
/// Rows that one batch looks at; more than it adds, so that they do not become more and more.
const OVER_MAX: usize = MUTATIONS_MAX + 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_bytes_that_the_format_says() {
        let remembered = Remembered { digest: 7, end_ms: 258 };

        assert_eq!(Remembered::read(&remembered.value()), Some(remembered));
        assert_eq!(remembered.value()[14..], [0, 7, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(token_row(1)[..7], b"token/\0"[..]);
        assert_eq!(end_row(258, 1)[..18], b"token-end/\0\0\0\0\0\0\x01\x02"[..]);
        assert_eq!(end_of(&end_row(258, 1)), Some((258, 1)));
        assert_eq!(end_of(b"token-end/short"), None);
    }

    #[test]
    fn a_token_is_held_by_one_at_a_time() {
        let tokens = Arc::new(Tokens::default());
        let token = |name: &str| Token { name: name.to_owned(), digest: 0 };

        let first = tokens.hold(&token("a")).expect("nobody has it");
        assert!(matches!(tokens.hold(&token("a")), Err(Error::TransactionInProgress)));
        assert!(tokens.hold(&token("b")).is_ok());
        drop(first);

        assert!(tokens.hold(&token("a")).is_ok());
    }
}
