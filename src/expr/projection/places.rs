//! The places of a projection: what is at the end of each path.
//!
//! Must hold: an item is walked once, however many paths there are, and none of its texts looked into.

use super::super::path::Path;
use super::super::tree::Tree;
use super::{Projection, wanted_elements};
use crate::model::{ItemRef, Raw};

/// The paths of a projection, each with its place among them.
#[derive(Debug)]
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
    pub fn find<'a>(&self, item: ItemRef<'a>) -> Vec<(u64, Raw<'a>)> {
        let mut found = Vec::new();
        named(&self.tree, item.raw_attributes(), &mut found);
        found.sort_unstable_by_key(|(place, _)| *place);
        found
    }
}

fn named<'a>(
    tree: &Tree<String, u64>,
    attributes: impl Iterator<Item = (&'a str, Raw<'a>)>,
    found: &mut Vec<(u64, Raw<'a>)>,
) {
    for (name, value) in attributes {
        if let Some(below) = tree.names.get(name) {
            at(below, value, found);
        }
    }
}

fn at<'a>(tree: &Tree<String, u64>, value: Raw<'a>, found: &mut Vec<(u64, Raw<'a>)>) {
    if let Some(place) = tree.end {
        return found.push((place, value));
    }
    match value {
        Raw::M(map) => named(tree, map.raw_attributes(), found),
        Raw::L(list) => {
            for (below, value) in wanted_elements(tree, list.raw()) {
                at(below, value, found);
            }
        }
        Raw::S(_)
        | Raw::N(_)
        | Raw::B(_)
        | Raw::Bool(_)
        | Raw::Null
        | Raw::Ss(_)
        | Raw::Ns(_)
        | Raw::Bs(_) => {}
    }
}
