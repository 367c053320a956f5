//! Turns at asking for a table's description, one at a time for each name.
//!
//!     first     |--- look ---|
//!     second       |......... |--- look ---|     the first began before it came
//!     third          |........|............|     shares what the second found
//!
//! Must hold: what somebody is told was asked for after it came, however many came with it; names
//! that nobody asks for any more take no memory, whatever clients make up.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::registry::Learned;
use crate::engine::Error;

/// The names that are asked for now.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<String, Weak<Turn>>>);

/// The turn of a name.
#[derive(Default)]
pub(super) struct Turn {
    /// Looks that were begun.
    begun: AtomicU64,
    /// How often something else has told of the name.
    heard: AtomicU64,
    /// The last look that ended: how many had begun by it, and what it found.
    last: tokio::sync::Mutex<Option<(u64, Result<Learned, Error>)>>,
}

impl Turn {
    /// How often something else has told of the name.
    pub(super) fn heard(&self) -> u64 {
        self.heard.load(Ordering::SeqCst)
    }

    /// Looks, unless somebody else's look has begun since this was called and ended.
    pub(super) async fn share<F>(&self, look: impl FnOnce() -> F) -> Result<Learned, Error>
    where
        F: Future<Output = Result<Learned, Error>>,
    {
        let begun_before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if let Some((number, found)) = &*last
            && *number > begun_before
        {
            return found.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let found = look().await;
        *last = Some((number, found.clone()));
        found
    }
}

impl Turns {
    /// Something else tells of that name than the answer that whoever has its turn waits for.
    pub(super) fn overheard(&self, name: &str) {
        let turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(name).and_then(Weak::upgrade) {
            turn.heard.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Who asks for that name does it by this.
    pub(super) fn of(&self, name: &str) -> Arc<Turn> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(name).and_then(Weak::upgrade) {
            return turn;
        }
        if turns.len() >= SWEPT_AT {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(Turn::default());
        turns.insert(name.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

const SWEPT_AT: usize = 256;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_name_has_one_turn_while_somebody_holds_it_and_is_forgotten_then() {
        let turns = Turns::default();
        let first = turns.of("a");
        assert!(Arc::ptr_eq(&first, &turns.of("a")));
        assert!(!Arc::ptr_eq(&first, &turns.of("b")));

        for number in 0..10 * SWEPT_AT {
            drop(turns.of(&format!("made up {number}")));
        }

        assert!(turns.0.lock().expect("nothing panicked").len() <= SWEPT_AT);
        assert!(Arc::ptr_eq(&first, &turns.of("a")), "it is held all the time");
    }

    #[tokio::test]
    async fn who_waits_together_is_told_together_by_a_look_that_began_after_they_came() {
        let turn = Turn::default();
        let looks = AtomicU64::new(0);
        let held = tokio::sync::Notify::new();
        let look = || async {
            if looks.fetch_add(1, Ordering::SeqCst) == 0 {
                held.notified().await;
            }
            Ok(Learned::Nothing)
        };
        let first = turn.share(look);
        let others = async {
            // The first has begun: it is polled before.
            let many = tokio::join!(turn.share(look), turn.share(look), turn.share(look), async {
                held.notify_one();
            });
            [many.0, many.1, many.2]
        };

        let (first, others) = tokio::join!(first, others);

        assert!(first.is_ok() && others.iter().all(Result::is_ok));
        assert_eq!(looks.load(Ordering::SeqCst), 2, "one for the first, one for all others");
    }

    #[tokio::test]
    async fn a_look_that_nobody_waited_for_to_its_end_is_made_again() {
        let turn = Turn::default();
        let left = tokio::time::timeout(Duration::ZERO, turn.share(std::future::pending)).await;
        assert!(left.is_err());

        assert_eq!(turn.share(|| async { Ok(Learned::Change) }).await.ok(), Some(Learned::Change));
    }

    #[test]
    fn who_has_a_turn_notices_that_others_told_of_its_name() {
        let turns = Turns::default();
        let turn = turns.of("a");
        let heard = turn.heard();
        turns.overheard("b");
        assert_eq!(turn.heard(), heard);

        turns.overheard("a");

        assert_ne!(turn.heard(), heard);
    }
}
