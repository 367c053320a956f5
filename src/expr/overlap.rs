//! Which two paths of an expression cannot stand beside each other.
//!
//! Must hold: about linear in the paths' steps, however many paths there are.

use super::error::Fault;
use super::path::{Path, Step};
use super::tree::Tree;

/// Refuses paths that overlap, or else paths that conflict.
///
/// The two that are named are the first that is too much and the first before it that it meets.
pub(super) fn check_apart(paths: &[&Path]) -> Result<(), Fault> {
    let mut seen = Seen::default();
    let mut conflict = None;
    for (place, path) in paths.iter().enumerate() {
        if let Some(first) = add(&mut seen, &mut conflict, place, path) {
            return Err(Fault::Overlap(paths[first].clone(), (*path).clone()));
        }
    }
    match conflict {
        Some((first, second)) => Err(Fault::Conflict(paths[first].clone(), paths[second].clone())),
        None => Ok(()),
    }
}

/// The paths before, each ending in its own place among them.
type Seen<'p> = Tree<&'p str, usize>;

/// Adds a path and returns the first one before it that it overlaps; keeps the first conflict.
fn add<'p>(
    seen: &mut Seen<'p>,
    conflict: &mut Option<(usize, usize)>,
    place: usize,
    path: &'p Path,
) -> Option<usize> {
    let mut here = seen.names.entry(path.attribute.as_str()).or_default();
    for step in &path.steps {
        if here.end.is_some() {
            return here.end;
        }
        if conflict.is_none() {
            let across = match step {
                Step::Name(_) => here.elements.values().filter_map(first_end).min(),
                Step::Index(_) => here.names.values().filter_map(first_end).min(),
            };
            *conflict = across.map(|first| (first, place));
        }
        here = match step {
            Step::Name(name) => here.names.entry(name.as_str()).or_default(),
            Step::Index(index) => here.elements.entry(*index).or_default(),
        };
    }
    let overlap = first_end(here);
    here.end = Some(place);
    overlap
}

fn first_end(seen: &Seen<'_>) -> Option<usize> {
    let below = seen.names.values().chain(seen.elements.values());
    seen.end.into_iter().chain(below.filter_map(first_end)).min()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::expr::samples::{any_path, cases};

    fn path(text: &str) -> Path {
        let mut names = text.split('.');
        let attribute = names.next().expect("a head").to_owned();
        let step = |name: &str| match name.parse() {
            Ok(index) => Step::Index(index),
            Err(_) => Step::Name(name.to_owned()),
        };
        Path { attribute, steps: names.map(step).collect() }
    }

    #[test]
    fn the_first_pair_is_told_and_an_overlap_before_a_conflict() {
        for (paths, met) in [
            ("a b c", None),
            ("l.0 l.1 m.x m.y", None),
            ("a a", Some(("overlap", 0, 1))),
            ("b a.x a", Some(("overlap", 1, 2))),
            ("b a a.x.1", Some(("overlap", 1, 2))),
            ("m.z m.y.1 m.y.0 m.y", Some(("overlap", 1, 3))),
            ("m.z m.y m", Some(("overlap", 0, 2))),
            ("m.x m.0", Some(("conflict", 0, 1))),
            ("m.y m.x.0 m.2 m.1", Some(("conflict", 0, 2))),
            ("m.x m.0 m.0.y", Some(("overlap", 1, 2))),
            ("m.x m.0 a a", Some(("overlap", 2, 3))),
        ] {
            let paths: Vec<Path> = paths.split(' ').map(path).collect();
            let paths: Vec<&Path> = paths.iter().collect();

            let fault = met.map(|(kind, one, two)| {
                let (one, two) = (paths[one].clone(), paths[two].clone());
                if kind == "overlap" { Fault::Overlap(one, two) } else { Fault::Conflict(one, two) }
            });
            assert_eq!(check_apart(&paths).err(), fault, "{paths:?}");
        }
    }

    /// As the specification says it: two paths at a time.
    fn meeting(one: &Path, two: &Path) -> Option<Fault> {
        if one.attribute != two.attribute {
            return None;
        }
        match one.steps.iter().zip(&two.steps).find(|(one, two)| one != two) {
            None => Some(Fault::Overlap(one.clone(), two.clone())),
            Some((Step::Name(_), Step::Name(_)) | (Step::Index(_), Step::Index(_))) => None,
            Some(_) => Some(Fault::Conflict(one.clone(), two.clone())),
        }
    }

    proptest! {
        #![proptest_config(cases())]

        #[test]
        fn the_tree_finds_what_looking_at_each_pair_finds(
            paths in proptest::collection::vec(any_path(), 0..8),
        ) {
            let pairs = (0..paths.len()).flat_map(|two| (0..two).map(move |one| (one, two)));
            let met = pairs.filter_map(|(one, two)| meeting(&paths[one], &paths[two]));
            let (overlaps, conflicts): (Vec<_>, Vec<_>) =
                met.partition(|fault| matches!(fault, Fault::Overlap(..)));

            let found = check_apart(&paths.iter().collect::<Vec<_>>()).err();

            prop_assert_eq!(found.as_ref(), overlaps.first().or(conflicts.first()));
        }
    }
}
