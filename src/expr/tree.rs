//! Paths merged into a tree, so that an item is walked once for all of them.
//!
//!     m.x, m.z[2], l[0]      m ─┬─ x          l ─── [0]
//!                               └─ z ─── [2]
//!
//! Must hold: no deeper than a path is long.
//! Not here: what is at the paths' ends (`projection/`, `update/`, `overlap.rs`).

use std::collections::BTreeMap;

use super::path::{Path, Step};

/// A place of an item, and the places below it that paths lead to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree<N, T> {
    /// What a path that ends here leads to; then nothing below it counts.
    pub(super) end: Option<T>,
    pub(super) names: BTreeMap<N, Self>,
    pub(super) elements: BTreeMap<u32, Self>,
}

impl<N: Ord, T> Tree<N, T> {
    /// Adds a path; of paths that are equal the first stays.
    pub(super) fn insert<'p>(&mut self, path: &'p Path, end: T)
    where
        N: From<&'p str>,
    {
        let mut place = self.names.entry(path.attribute.as_str().into()).or_default();
        for step in &path.steps {
            place = match step {
                Step::Name(name) => place.names.entry(name.as_str().into()).or_default(),
                Step::Index(index) => place.elements.entry(*index).or_default(),
            };
        }
        place.end.get_or_insert(end);
    }
}

impl<N, T> Default for Tree<N, T> {
    fn default() -> Self {
        Self { end: None, names: BTreeMap::new(), elements: BTreeMap::new() }
    }
}
