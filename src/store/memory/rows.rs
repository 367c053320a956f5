//! Rows with the versions that held snapshots may still read.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;

use bytes::Bytes;

use super::super::batch::Change;
use super::super::{
    Batch, BatchNumber, Chunk, ChunkLimit, Direction, Error, KeyRange, Result, SpaceId, SpaceName,
};

/// All spaces.
#[derive(Default)]
pub(super) struct Rows {
    ids: HashMap<SpaceName, SpaceId>,
    slots: Vec<Option<Space>>,
    /// Keys that have a version or a deletion to be forgotten, by the batch that made it so.
    stale: VecDeque<(BatchNumber, SpaceId, Bytes)>,
}

type Space = BTreeMap<Bytes, Versions>;

/// The changes of one key, oldest first.
type Versions = Vec<(BatchNumber, Change)>;

impl Rows {
    pub(super) fn id(&self, name: &SpaceName) -> Option<SpaceId> {
        self.ids.get(name).copied()
    }

    pub(super) fn names(&self) -> Vec<(SpaceName, SpaceId)> {
        self.ids.iter().map(|(name, id)| (name.clone(), *id)).collect()
    }

    pub(super) fn has(&self, space: SpaceId) -> bool {
        self.space(space).is_ok()
    }

    pub(super) fn create(&mut self, name: SpaceName) -> SpaceId {
        let id = SpaceId::from_slot(self.slots.len());
        self.slots.push(Some(Space::new()));
        self.ids.insert(name, id);
        id
    }

    pub(super) fn drop_space(&mut self, name: &SpaceName) {
        if let Some(id) = self.ids.remove(name) {
            self.slots[id.slot()] = None;
        }
    }

    /// Adds the versions of batch `number`; rows of spaces that are gone are left out.
    pub(super) fn apply(&mut self, batch: Batch, number: BatchNumber) {
        for (id, key, change) in batch.into_rows() {
            let Some(Some(space)) = self.slots.get_mut(id.slot()) else { continue };
            let deletion = change.is_none();
            let versions = space.entry(key.clone()).or_default();
            versions.push((number, change));
            if versions.len() > 1 || deletion {
                self.stale.push_back((number, id, key));
            }
        }
    }

    /// Forgets versions that no snapshot at `oldest` or later can read.
    pub(super) fn prune(&mut self, oldest: BatchNumber) {
        while let Some((number, id, key)) = self.stale.pop_front_if(|stale| stale.0 <= oldest) {
            let Some(Some(space)) = self.slots.get_mut(id.slot()) else { continue };
            let Some(versions) = space.get_mut(&key) else { continue };
            let older = versions.partition_point(|(made, _)| *made < number);
            versions.drain(..older);
            if let [(_, None)] = versions[..] {
                space.remove(&key);
            }
        }
    }

    pub(super) fn get(&self, id: SpaceId, key: &[u8], at: BatchNumber) -> Result<Option<Bytes>> {
        Ok(self.space(id)?.get(key).and_then(|versions| visible(versions, at)))
    }

    pub(super) fn range(
        &self,
        id: SpaceId,
        range: &KeyRange,
        direction: Direction,
        limit: ChunkLimit,
        at: BatchNumber,
    ) -> Result<Chunk> {
        let space = self.space(id)?;
        if range.is_empty() {
            return Ok(Chunk { rows: Vec::new(), rest: None });
        }
        let bounds: (Bound<&Bytes>, Bound<&Bytes>) = (range.from.as_ref(), range.to.as_ref());
        let rows = space.range::<Bytes, _>(bounds).filter_map(|(key, versions)| {
            visible(versions, at).map(|value| Ok((key.clone(), value)))
        });
        match direction {
            Direction::Forward => Chunk::collect(rows, range, direction, limit),
            Direction::Backward => Chunk::collect(rows.rev(), range, direction, limit),
        }
    }

    fn space(&self, id: SpaceId) -> Result<&Space> {
        self.slots.get(id.slot()).and_then(Option::as_ref).ok_or(Error::NoSpace(id))
    }
}

fn visible(versions: &[(BatchNumber, Change)], at: BatchNumber) -> Option<Bytes> {
    let newer = versions.partition_point(|(made, _)| *made <= at);
    versions[..newer].last().and_then(|(_, change)| change.clone())
}

#[cfg(test)]
impl Rows {
    /// Whether no key and no work is left.
    pub(super) fn is_bare(&self) -> bool {
        self.stale.is_empty() && self.slots.iter().flatten().all(BTreeMap::is_empty)
    }
}
