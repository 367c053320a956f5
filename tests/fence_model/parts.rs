//! What a query reads a part of, by which word its pages are cached, and what a write touches.
//!
//! The items of the model share one partition of their table. Its global index has two, which
//! items enter, leave and move between.

use hearth::fence::{Epoch, WriteTicket};
use hearth::model::IndexId;

use super::version::{Half, Version};
use super::world::{Rule, TABLE, World};

/// What a query or a scan reads.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Part {
    /// A query of the items' partition.
    Partition,
    /// A scan of the table.
    Table,
    /// A query of one partition of the global index.
    Half(Half),
    /// A scan of the global index.
    Index,
}

impl Part {
    /// Whether an item of this version is on the pages.
    pub(crate) fn shows(self, version: Version) -> bool {
        match self {
            Self::Partition | Self::Table => version != Version::ABSENT,
            Self::Half(half) => version.half() == Some(half),
            Self::Index => version.half().is_some(),
        }
    }

    /// The epoch that pages read from now on are kept with.
    pub(crate) fn epoch(self, world: &World) -> Option<Epoch> {
        match self {
            Self::Partition => world.fence.epoch(TABLE, IndexId::TABLE, PARTITION),
            Self::Table => world.fence.index_epoch(TABLE, IndexId::TABLE),
            Self::Half(half) => world.fence.epoch(TABLE, INDEX, half.key()),
            Self::Index if world.lacks(Rule::ScanByIndexWord) => {
                world.fence.epoch(TABLE, INDEX, Half::Left.key())
            }
            Self::Index => world.fence.index_epoch(TABLE, INDEX),
        }
    }

    /// Whether nothing touched the part since that epoch.
    pub(crate) fn stands(self, world: &World, epoch: Epoch) -> bool {
        match self {
            Self::Partition => world.fence.stands(TABLE, IndexId::TABLE, PARTITION, epoch),
            Self::Table => world.fence.index_stands(TABLE, IndexId::TABLE, epoch),
            Self::Half(half) => world.fence.stands(TABLE, INDEX, half.key(), epoch),
            Self::Index => world.fence.index_stands(TABLE, INDEX, epoch),
        }
    }
}

impl Half {
    fn key(self) -> &'static [u8] {
        match self {
            Self::Left => b"left",
            Self::Right => b"right",
        }
    }
}

impl World {
    /// Touches what a write changes: its item's partition, and what its entry leaves and enters.
    pub(crate) fn touch(&self, ticket: &mut WriteTicket, before: Version, after: Version) {
        if !self.lacks(Rule::TouchBase) {
            ticket.touch(TABLE, IndexId::TABLE, PARTITION);
        }
        let left = before.half().filter(|_| !self.lacks(Rule::TouchLeft));
        let entered = after.half().filter(|_| !self.lacks(Rule::TouchEntered));
        for half in left.into_iter().chain(entered) {
            ticket.touch(TABLE, INDEX, half.key());
        }
    }
}

const PARTITION: &[u8] = b"p";
const INDEX: IndexId = IndexId::new(1);
