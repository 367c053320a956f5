//! Applies the actions of an update to an item.
//!
//! First every action becomes a change of one place, all by the item as it was before; then the
//! changes are merged into a tree and the item is put together in one walk. What no change is
//! about is copied as it is stored.
//!
//!     SET l[9] = :n, l[0] = :s REMOVE l[1]       l ─┬─ [0] put      s, e2, …, n
//!                                                   ├─ [1] drop
//!                                                   └─ [9] put: no such element, so at the end
//!
//! Must hold: either all changes are in the result or there is none; the result is an item that
//! could have been put.
//! Not here: what a right-hand side is worth (`operand.rs`).

use std::collections::BTreeMap;

use super::operand::{added, left, legacy_added};
use super::{Action, UpdateError};
use crate::expr::found::Found;
use crate::expr::path::{NoParent, Path};
use crate::expr::tree::Tree;
use crate::expr::work::Work;
use crate::model::{
    CONTAINERS_MAX, ITEM_BYTES_MAX, ItemBytes, ItemRef, ListRef, Part, Run, ValueRef,
};

pub(super) fn apply(actions: &[Action], item: ItemRef<'_>) -> Result<ItemBytes, UpdateError> {
    let planned = changes(actions, item)?;
    check_puts(&planned)?;
    let mut places = Places::default();
    for (order, (target, change)) in planned.into_iter().enumerate() {
        places.insert(target, (order, change));
    }
    let parts = changed_attributes(places.names, item.attributes());
    let changed = ItemBytes::of_parts(parts.iter().map(|(name, part)| (*name, part)));
    if changed.fits() { Ok(changed) } else { Err(UpdateError::TooLarge) }
}

/// What becomes of one place.
enum Change<'a> {
    Put(Part<'a>),
    Drop,
}

/// The changes, each with its place in the request.
type Places<'a> = Tree<&'a str, (usize, Change<'a>)>;

fn changes<'a>(
    actions: &'a [Action],
    item: ItemRef<'a>,
) -> Result<Vec<(&'a Path, Change<'a>)>, UpdateError> {
    let mut paths = Vec::new();
    for action in actions {
        paths.push(action.target());
        if let Action::Set(_, sum) = action {
            sum.collect_paths(&mut paths);
        }
    }
    let before = Found::of(item, &paths, &mut Work::default());
    // A right-hand side that is at fault is told before any target that is.
    let mut values = Vec::new();
    for action in actions {
        if let Action::Set(_, sum) = action {
            values.push(sum.evaluate(&before)?);
        }
    }
    let mut values = values.into_iter();
    let mut changes = Vec::with_capacity(actions.len());
    for action in actions {
        let target = action.target();
        let old = before.place(target, &mut Work::default());
        let old = old.map_err(|NoParent| UpdateError::InvalidPath)?;
        let change = match action {
            Action::Set(..) => Some(Change::Put(values.next().expect("one for each SET"))),
            Action::Remove(_) => Some(Change::Drop),
            Action::Add(_, given) => Some(Change::Put(match old {
                Some(old) => added(old, given)?,
                None => Part::Given(given),
            })),
            Action::LegacyAdd(_, given) => Some(Change::Put(match old {
                Some(old) => legacy_added(old, given).map_err(in_legacy_words)?,
                None => Part::Given(given),
            })),
            Action::Delete(_, given) => match old {
                Some(old) => Some(left(old, given)?.map_or(Change::Drop, Change::Put)),
                None => None,
            },
            Action::LegacyDelete(_, given) => match old {
                Some(old) => {
                    let left = left(old, given).map_err(in_legacy_words)?;
                    Some(left.map_or(Change::Drop, Change::Put))
                }
                None => None,
            },
        };
        changes.extend(change.map(|change| (target, change)));
    }
    Ok(changes)
}

fn in_legacy_words(error: UpdateError) -> UpdateError {
    if error == UpdateError::IncorrectType { UpdateError::LegacyTypeMismatch } else { error }
}

/// Refuses values that are nested too deep, and ends early if they alone are too large, since a
/// short text can name one large value very often.
fn check_puts(changes: &[(&Path, Change<'_>)]) -> Result<(), UpdateError> {
    let mut bytes = 0;
    for (target, change) in changes {
        if let Change::Put(part) = change {
            bytes += part.size();
            if bytes > ITEM_BYTES_MAX {
                return Err(UpdateError::TooLarge);
            }
            if target.steps.len() + part.containers() > CONTAINERS_MAX {
                return Err(UpdateError::TooDeep);
            }
        }
    }
    Ok(())
}

/// Those that are there keep their place; new ones follow in the order of the request.
fn changed_attributes<'a>(
    mut places: BTreeMap<&'a str, Places<'a>>,
    attributes: impl Iterator<Item = (&'a str, ValueRef<'a>)>,
) -> Vec<(&'a str, Part<'a>)> {
    let mut parts = Vec::new();
    for (name, value) in attributes {
        let part = match places.remove(name) {
            Some(place) => changed(place, value),
            None => Some(Part::Stored(value)),
        };
        parts.extend(part.map(|part| (name, part)));
    }
    let new = |(name, place): (&'a str, Places<'a>)| match place.end? {
        (order, Change::Put(part)) => Some((order, (name, part))),
        (_, Change::Drop) => None,
    };
    let mut new: Vec<_> = places.into_iter().filter_map(new).collect();
    new.sort_by_key(|(order, _)| *order);
    parts.extend(new.into_iter().map(|(_, attribute)| attribute));
    parts
}

/// Those that are dropped leave no hole; new ones follow in the order of their indexes.
fn changed_elements<'a>(places: BTreeMap<u32, Places<'a>>, list: ListRef<'a>) -> Vec<Run<'a>> {
    let mut places = places.into_iter().peekable();
    let mut runs = Vec::new();
    for (index, value) in (0..).zip(list.values()) {
        let part = match places.next_if(|(at, _)| *at == index) {
            Some((_, place)) => changed(place, value),
            None => Some(Part::Stored(value)),
        };
        runs.extend(part.map(Run::One));
    }
    runs.extend(places.filter_map(|(_, place)| match place.end? {
        (_, Change::Put(part)) => Some(Run::One(part)),
        (_, Change::Drop) => None,
    }));
    runs
}

fn changed<'a>(place: Places<'a>, value: ValueRef<'a>) -> Option<Part<'a>> {
    match place.end {
        Some((_, Change::Put(part))) => return Some(part),
        Some((_, Change::Drop)) => return None,
        None => {}
    }
    // Every target's parent was found, so nothing that is neither map nor list is changed inside.
    Some(match value {
        ValueRef::M(map) => Part::M(changed_attributes(place.names, map.attributes())),
        ValueRef::L(list) => Part::L(changed_elements(place.elements, list)),
        ValueRef::S(_)
        | ValueRef::N(_)
        | ValueRef::B(_)
        | ValueRef::Bool(_)
        | ValueRef::Null
        | ValueRef::Ss(_)
        | ValueRef::Ns(_)
        | ValueRef::Bs(_) => Part::Stored(value),
    })
}
