//! The lists that are known, found from either side.
//!
//!     by names   hash of the names, turn -> names, id     the turn is 0, but for lists of one hash
//!     by id      id -> names
//!
//! Must hold: what was added is never changed or taken away; whose id can be found, its names can;
//! a list is found by its names, the hash only says where to look. A look-up takes one shard's read
//! lock, and an addition holds a shard's lock for the moment of the change only.
//! Not here: who may add, one at a time, and which ids (`attribute_lists.rs`).

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ahash::RandomState;
use dashmap::DashMap;

use super::attribute_lists::AttributeList;
use super::ids::EMPTY_ID;
use super::limits::{Usage, weight};

/// All lists that have an id.
pub(super) struct Known {
    by_names: DashMap<Place, Listed, RandomState>,
    by_id: DashMap<u64, AttributeList, RandomState>,
    hash: RandomState,
    bytes: AtomicU64,
}

/// Where a list is looked for: its hash, and its turn among the lists of that hash.
type Place = (u64, u32);

struct Listed {
    names: AttributeList,
    id: u64,
}

impl Known {
    /// Only the empty list, which needs nobody to define it.
    pub(super) fn new() -> Self {
        let known = Self {
            by_names: DashMap::with_hasher(RandomState::new()),
            by_id: DashMap::with_hasher(RandomState::new()),
            hash: RandomState::new(),
            bytes: AtomicU64::new(0),
        };
        known.add(EMPTY_ID, Arc::default());
        known
    }

    /// The id of these names in this order.
    pub(super) fn id_of<S: AsRef<str>>(&self, names: &[S]) -> Option<u64> {
        self.find(self.hash(names), names)
    }

    /// The names of an id.
    pub(super) fn names_of(&self, id: u64) -> Option<AttributeList> {
        self.by_id.get(&id).map(|names| Arc::clone(&names))
    }

    /// What the lists take, the empty one left out.
    pub(super) fn usage(&self) -> Usage {
        Usage { lists: self.by_id.len() - 1, bytes: self.bytes.load(Ordering::Relaxed) }
    }

    /// Makes a list known; no two may be added at a time.
    pub(super) fn add(&self, id: u64, names: AttributeList) {
        let hash = self.hash(&names);
        self.insert(hash, Listed { names, id });
    }

    fn find<S: AsRef<str>>(&self, hash: u64, names: &[S]) -> Option<u64> {
        let mut listed = (0..).map_while(|turn| self.by_names.get(&(hash, turn)));
        listed.find(|listed| same(&listed.names, names)).map(|listed| listed.id)
    }

    fn insert(&self, hash: u64, listed: Listed) {
        self.bytes.fetch_add(weight(&listed.names), Ordering::Relaxed);
        // First, so that nobody finds an id without names.
        self.by_id.insert(listed.id, Arc::clone(&listed.names));
        let mut turn = 0;
        while self.by_names.contains_key(&(hash, turn)) {
            turn += 1;
        }
        self.by_names.insert((hash, turn), listed);
    }

    fn hash<S: AsRef<str>>(&self, names: &[S]) -> u64 {
        let mut hasher = self.hash.build_hasher();
        for name in names {
            name.as_ref().hash(&mut hasher);
        }
        hasher.finish()
    }
}

fn same<S: AsRef<str>>(list: &[Box<str>], names: &[S]) -> bool {
    list.len() == names.len() && list.iter().zip(names).all(|(one, other)| **one == *other.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_one_hash_are_told_apart_by_their_names() {
        let known = Known::new();
        let list = |name: &str| AttributeList::from([Box::from(name)]);
        known.insert(7, Listed { names: list("a"), id: 2 });
        known.insert(7, Listed { names: list("b"), id: 3 });

        assert_eq!(known.find(7, &["a"]), Some(2));
        assert_eq!(known.find(7, &["b"]), Some(3));
        assert_eq!(known.find(7, &["c"]), None);
        assert_eq!(known.find(7, &["a", "b"]), None);
        assert_eq!(known.find::<&str>(7, &[]), None);
    }
}
