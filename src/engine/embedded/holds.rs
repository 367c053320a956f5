//! What must stay as long as somebody reads it from an old snapshot.
//!
//! A snapshot keeps rows, but not a space that is dropped under it. So a table that is being backed
//! up refuses to be deleted, and while everything is read, spaces that are dropped go later.
//!
//! Must hold: what is held is given back when the hold is dropped, whoever drops it.
//! Not here: who asks (`tables.rs`, `streams.rs`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::TableId;

/// How many hold each table, and everything.
#[derive(Debug, Default)]
pub(super) struct Holds(Mutex<HashMap<Held, usize>>);

/// What is held.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Held {
    Table(TableId),
    Everything,
}

/// Something that is held as long as this lives.
#[derive(Debug)]
pub(super) struct Hold {
    holds: Arc<Holds>,
    held: Held,
}

impl Holds {
    /// Holds it.
    pub(super) fn take(self: &Arc<Self>, held: Held) -> Hold {
        *self.counts().entry(held).or_default() += 1;
        Hold { holds: Arc::clone(self), held }
    }

    /// Whether somebody holds it.
    pub(super) fn has(&self, held: Held) -> bool {
        self.counts().contains_key(&held)
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, HashMap<Held, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut counts = self.holds.counts();
        if let Some(count) = counts.get_mut(&self.held) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.held);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_hold_is_free_once_both_have_let_go() {
        let holds = Arc::new(Holds::default());
        let table = Held::Table(TableId::new(7));

        let (first, second) = (holds.take(table), holds.take(table));

        drop(first);
        assert!(holds.has(table) && !holds.has(Held::Everything));
        drop(second);
        assert!(!holds.has(table));
    }
}
