//! Projections: which parts of an item are answered.
//!
//! Must hold: no two paths of a projection overlap or conflict.
//! Not here: what `Select` and the legacy parameters mean (`wire/`, `proxy/`).

mod parse;
mod places;
#[cfg(test)]
mod tests;

use std::borrow::Borrow;

pub use parse::parse_projection;
pub use places::Places;

use super::path::Path;
use super::printed::{Printed, Printer};
use super::tree::Tree;
use crate::model::{ItemBytes, ItemRef, ListRef, Part, Run, ValueRef};

/// The parts of an item that are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    paths: Vec<Path>,
    tree: Tree<String, ()>,
    is_widened: bool,
}

impl Projection {
    /// The projection on whole attributes, as `AttributesToGet` names them.
    pub fn of_attributes(names: impl IntoIterator<Item = String>) -> Self {
        Self::of_paths(names.into_iter().map(Path::attribute).collect())
    }

    fn of_paths(paths: Vec<Path>) -> Self {
        let mut tree = Tree::default();
        for path in &paths {
            tree.insert(path, ());
        }
        Self { paths, tree, is_widened: false }
    }

    /// The projection for who takes the parts out of an item itself: it leaves whole the attributes
    /// that its paths begin at, and is checked as before.
    pub fn widened(mut self) -> Self {
        self.tree = Tree::default();
        for path in &self.paths {
            self.tree.insert(&Path::attribute(path.attribute.as_str()), ());
        }
        self.is_widened = true;
        self
    }

    /// Whether whole attributes are left of an item.
    pub fn is_widened(&self) -> bool {
        self.is_widened
    }

    /// The paths in the order of the request.
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// The projection as an expression: for one that was widened, what it leaves of an item.
    pub fn print(&self) -> Printed {
        if self.is_widened {
            let names = self.tree.names.keys().cloned();
            return Self::of_attributes(names).print();
        }
        let mut printer = Printer::default();
        printer.put_all(&self.paths, ",", Printer::put_path);
        printer.finish()
    }

    /// The item reduced to the paths, its attributes in stored order.
    ///
    /// A list is reduced to the elements that are wanted and there. What is not there leaves
    /// nothing behind, no parents either.
    pub fn project(&self, item: ItemRef<'_>) -> ItemBytes {
        if self.tree.names.values().all(|place| place.end.is_some()) {
            let wanted = |(name, _): &(&str, _)| self.tree.names.contains_key(*name);
            return ItemBytes::of_views(item.attributes().filter(wanted));
        }
        project(&self.tree, item)
    }
}

/// The item reduced to the places of a tree.
pub(super) fn project<N, T>(tree: &Tree<N, T>, item: ItemRef<'_>) -> ItemBytes
where
    N: Ord + Borrow<str>,
{
    let parts: Vec<_> = named_parts(tree, item.attributes()).collect();
    ItemBytes::of_parts(parts.iter().map(|(name, part)| (*name, part)))
}

fn part_of<'a, N, T>(tree: &Tree<N, T>, value: ValueRef<'a>) -> Option<Part<'a>>
where
    N: Ord + Borrow<str>,
{
    if tree.end.is_some() {
        return Some(Part::Stored(value));
    }
    match value {
        ValueRef::M(map) => {
            let parts: Vec<_> = named_parts(tree, map.attributes()).collect();
            (!parts.is_empty()).then_some(Part::M(parts))
        }
        ValueRef::L(list) => {
            let parts: Vec<_> = element_parts(tree, list).map(Run::One).collect();
            (!parts.is_empty()).then_some(Part::L(parts))
        }
        ValueRef::S(_)
        | ValueRef::N(_)
        | ValueRef::B(_)
        | ValueRef::Bool(_)
        | ValueRef::Null
        | ValueRef::Ss(_)
        | ValueRef::Ns(_)
        | ValueRef::Bs(_) => None,
    }
}

fn named_parts<'a, N, T>(
    tree: &Tree<N, T>,
    attributes: impl Iterator<Item = (&'a str, ValueRef<'a>)>,
) -> impl Iterator<Item = (&'a str, Part<'a>)>
where
    N: Ord + Borrow<str>,
{
    attributes.filter_map(|(name, value)| Some((name, part_of(tree.names.get(name)?, value)?)))
}

fn element_parts<'a, N, T>(tree: &Tree<N, T>, list: ListRef<'a>) -> impl Iterator<Item = Part<'a>>
where
    N: Ord + Borrow<str>,
{
    wanted_elements(tree, list.values()).filter_map(|(place, value)| part_of(place, value))
}

/// The elements of a list that paths lead to or through, each with its place in the tree.
fn wanted_elements<N, T, V>(
    tree: &Tree<N, T>,
    mut values: impl Iterator<Item = V>,
) -> impl Iterator<Item = (&Tree<N, T>, V)> {
    let mut next = 0;
    let mut wanted = tree.elements.iter();
    std::iter::from_fn(move || {
        let (index, place) = wanted.next()?;
        let index = usize::try_from(*index).ok()?;
        let value = values.nth(index - next)?;
        next = index + 1;
        Some((place, value))
    })
}
