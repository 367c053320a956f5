//! The sizes of item collections: what the items of one partition and their entries in local
//! indexes take together.
//!
//! Only tables with a local index keep them. A collection that is empty has no row.
//!
//! Must hold: the sizes of a batch move with its items, one mutation after the other.
//! Not here: the limit and who is refused (`batch.rs`), the form of the rows (`index_rows.rs`).

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use super::{index_rows, rows};
use crate::engine::Error;
use crate::model::ItemKey;
use crate::store::{Batch, Snapshot, SpaceId};

/// The sizes that a batch changes, over those that are stored.
#[derive(Default)]
pub(super) struct Collections {
    sizes: HashMap<(SpaceId, Bytes), u64, ahash::RandomState>,
    /// What was noted, with what it replaced, in this order.
    noted: Vec<((SpaceId, Bytes), Option<u64>)>,
}

/// A place in the order of what is noted.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl Collections {
    /// The size of the item's collection as the mutations before leave it.
    pub(super) fn size(
        &self,
        space: SpaceId,
        key: &ItemKey,
        snapshot: &dyn Snapshot,
    ) -> Result<u64, Error> {
        let place = (space, index_rows::collection_row(key.partition()));
        if let Some(size) = self.sizes.get(&place) {
            return Ok(*size);
        }
        let value = snapshot.get(space, &place.1).map_err(|error| Error::Store(Arc::new(error)))?;
        let size = value.map_or(Some(0), |value| rows::number_of(&value));
        size.ok_or(Error::Damaged { table: key.table().get() })
    }

    /// Notes what a mutation leaves of the item's collection.
    pub(super) fn set(&mut self, space: SpaceId, key: &ItemKey, size: u64) {
        let place = (space, index_rows::collection_row(key.partition()));
        let replaced = self.sizes.insert(place.clone(), size);
        self.noted.push((place, replaced));
    }

    /// Marks what is noted so far.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.noted.len())
    }

    /// Takes back what was noted since.
    pub(super) fn go_back(&mut self, mark: Mark) {
        for (place, replaced) in self.noted.drain(mark.0..).rev() {
            match replaced {
                Some(size) => self.sizes.insert(place, size),
                None => self.sizes.remove(&place),
            };
        }
    }

    /// Adds the rows to write.
    pub(super) fn write(&self, batch: &mut Batch) {
        for ((space, row), size) in &self.sizes {
            if *size == 0 {
                batch.delete(*space, row.clone());
            } else {
                batch.put(*space, row.clone(), rows::number_value(*size));
            }
        }
    }
}
