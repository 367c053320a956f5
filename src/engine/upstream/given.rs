//! The numbers that were given to tables, and what became of those that have them no more.
//!
//!     known ── not found ──> gone ── found again, the same ──> known by the same number
//!       └── another of that name ──> replaced <── another of that name ──┘
//!
//! Must hold: an incarnation that is found again has the number that it had, since writes of it may be
//! under way by that number; one that was replaced is never found again; what is kept in mind has a
//! bound.
//! Not here: the catalogs (`scopes.rs`).

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::table::{incarnation, incarnation_of};
use crate::api::TableDescription;
use crate::engine::Table;
use crate::model::TableId;

/// What is kept in mind of the numbers. Tables are named by their first ones.
#[derive(Default)]
pub(super) struct Given {
    /// How many blocks were given.
    blocks: u64,
    /// Tables that were known and were not found any more, the oldest first.
    gone: VecDeque<(TableId, Arc<Table>)>,
    /// Tables, each with the one that was made in its place, the oldest first.
    replaced: VecDeque<(TableId, TableId)>,
    /// Tables that were gone for a while, in which changes may have been missed.
    missed: BTreeSet<TableId>,
}

impl Given {
    /// The number of one more block.
    pub(super) fn next(&mut self) -> u64 {
        self.blocks += 1;
        self.blocks
    }

    /// A table was not found any more.
    pub(super) fn lost(&mut self, first: TableId, table: &Arc<Table>) {
        self.missed.insert(first);
        self.gone.retain(|(_, gone)| !(gone.name == table.name && gone.arn == table.arn));
        self.gone.push_back((first, Arc::clone(table)));
        if self.gone.len() > KEPT_MAX {
            self.gone.pop_front();
        }
    }

    /// The table with its number, if it is one that was not found for a while.
    pub(super) fn found_again(
        &mut self,
        described: &TableDescription,
    ) -> Option<(TableId, Arc<Table>)> {
        let at = self.gone.iter().position(|(_, gone)| {
            is_named(gone, described) && incarnation_of(gone) == incarnation(described)
        })?;
        let (first, table) = self.gone.remove(at)?;
        self.missed.insert(first);
        Some((first, table))
    }

    /// These, and those of the same name that are gone, were replaced by a new one.
    pub(super) fn replace(
        &mut self,
        mut before: BTreeSet<TableId>,
        described: &TableDescription,
        new: TableId,
    ) {
        self.gone.retain(|(first, gone)| {
            let stays = !is_named(gone, described);
            if !stays {
                before.insert(*first);
            }
            stays
        });
        self.replaced.extend(before.into_iter().map(|old| (old, new)));
        while self.replaced.len() > KEPT_MAX {
            self.replaced.pop_front();
        }
    }

    /// Tables, each with the one that was made in its place, the oldest first.
    pub(super) fn replaced(&self) -> impl Iterator<Item = (TableId, TableId)> + '_ {
        self.replaced.iter().copied()
    }

    /// Tables in which changes may have been missed; told once.
    pub(super) fn take_missed(&mut self) -> BTreeSet<TableId> {
        std::mem::take(&mut self.missed)
    }
}

fn is_named(table: &Table, described: &TableDescription) -> bool {
    table.name == described.name && table.arn == described.arn
}

/// Of tables that are gone, and of those that were replaced.
const KEPT_MAX: usize = 1024;
