//! What happens to an entry that has to make room for others: it is counted, and dropped late.
//!
//! Must hold: what is dropped is dropped once the shard's lock is released, as far as there is room
//! to keep it until then.
//! Not here: which entry goes.

use std::sync::Arc;

use quick_cache::Lifecycle;

use super::items::Entry;
use crate::metrics::CacheCounts;
use crate::model::ItemKey;

/// Counts evictions.
#[derive(Clone)]
pub(super) struct Evicting {
    counts: Arc<CacheCounts>,
}

impl Evicting {
    pub(super) fn counted_in(counts: &Arc<CacheCounts>) -> Self {
        Self { counts: Arc::clone(counts) }
    }
}

impl Lifecycle<ItemKey, Entry> for Evicting {
    /// A fill evicts one or two entries of its own size; more are dropped under the lock.
    type RequestState = [Option<(ItemKey, Entry)>; 2];

    fn on_evict(&self, evicted: &mut Self::RequestState, key: ItemKey, entry: Entry) {
        self.counts.evictions.add(1);
        if let Some(free) = evicted.iter_mut().find(|place| place.is_none()) {
            *free = Some((key, entry));
        }
    }
}
