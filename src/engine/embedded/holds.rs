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
pub(super) struct Holds(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    of: HashMap<Held, usize>,
    announced_bytes: u64,
}

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
    announced_bytes: u64,
}

impl Holds {
    /// Holds a table, of which so many bytes are going to be written beside the tables.
    pub(super) fn take_table(self: &Arc<Self>, table: TableId, announced_bytes: u64) -> Hold {
        self.take(Held::Table(table), announced_bytes)
    }

    /// Holds everything.
    pub(super) fn take_everything(self: &Arc<Self>) -> Hold {
        self.take(Held::Everything, 0)
    }

    /// Whether somebody holds it.
    pub(super) fn has(&self, held: Held) -> bool {
        self.counts().of.contains_key(&held)
    }

    /// What all who hold a table are going to write.
    pub(super) fn announced_bytes(&self) -> u64 {
        self.counts().announced_bytes
    }

    fn take(self: &Arc<Self>, held: Held, announced_bytes: u64) -> Hold {
        let mut counts = self.counts();
        *counts.of.entry(held).or_default() += 1;
        counts.announced_bytes += announced_bytes;
        Hold { holds: Arc::clone(self), held, announced_bytes }
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut counts = self.holds.counts();
        counts.announced_bytes -= self.announced_bytes;
        if let Some(count) = counts.of.get_mut(&self.held) {
            *count -= 1;
            if *count == 0 {
                counts.of.remove(&self.held);
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
        let id = TableId::new(7);
        let table = Held::Table(id);

        let (first, second) = (holds.take_table(id, 5), holds.take_table(id, 5));

        assert_eq!(holds.announced_bytes(), 10);
        drop(first);
        assert!(holds.has(table) && !holds.has(Held::Everything));
        drop(second);
        assert!(!holds.has(table));
        assert_eq!(holds.announced_bytes(), 0);
    }
}
