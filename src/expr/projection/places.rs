//! The places of a projection: what is at the end of each path.
//!
//! Must hold: an item is walked once, however many paths there are.

use super::super::path::Path;
use super::super::tree::Tree;
use super::{Projection, wanted_elements};
use crate::model::{ItemRef, ValueRef};

/// The paths of a projection, each with its place among them.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    paths: Vec<Path>,
    tree: Tree<String, u64>,
}

impl Places {
    /// Those of this projection.
    pub fn of(projection: &Projection) -> Self {
        let mut tree = Tree::default();
        for (place, path) in (0..).zip(&projection.paths) {
            tree.insert(path, place);
        }
        Self { paths: projection.paths.clone(), tree }
    }

    /// The paths in the order of the request.
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// What an item has at the ends of the paths, in their order; what is not there is left out.
    pub fn find<'a>(&self, item: ItemRef<'a>) -> Vec<(u64, ValueRef<'a>)> {
        let mut found = Vec::new();
        named(&self.tree, item.attributes(), &mut found);
        found.sort_unstable_by_key(|(place, _)| *place);
        found
    }
}

fn named<'a>(
    tree: &Tree<String, u64>,
    attributes: impl Iterator<Item = (&'a str, ValueRef<'a>)>,
    found: &mut Vec<(u64, ValueRef<'a>)>,
) {
    for (name, value) in attributes {
        if let Some(below) = tree.names.get(name) {
            at(below, value, found);
        }
    }
}

fn at<'a>(tree: &Tree<String, u64>, value: ValueRef<'a>, found: &mut Vec<(u64, ValueRef<'a>)>) {
    if let Some(place) = tree.end {
        return found.push((place, value));
    }
    match value {
        ValueRef::M(map) => named(tree, map.attributes(), found),
        ValueRef::L(list) => {
            for (below, value) in wanted_elements(tree, list) {
                at(below, value, found);
            }
        }
        ValueRef::S(_)
        | ValueRef::N(_)
        | ValueRef::B(_)
        | ValueRef::Bool(_)
        | ValueRef::Null
        | ValueRef::Ss(_)
        | ValueRef::Ns(_)
        | ValueRef::Bs(_) => {}
    }
}
