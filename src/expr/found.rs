//! What an item has at the ends of some paths.
//!
//! Looking up a path walks the attributes before it. For a few paths that is the shortest way; for
//! many the item is walked once for all of them, since a short text can name two thousand
//! attributes of an item that has many more.
//!
//! Must hold: both ways find the same.
//! Not here: what is done with the values.

use std::collections::{BTreeMap, HashMap};

use super::path::{NoParent, Path};
use super::tree::Tree;
use super::work::Work;
use crate::model::{ItemRef, ListRef, ValueRef};

/// The values at the ends of paths that were told before.
#[derive(Debug)]
pub(super) enum Found<'p, 'a> {
    /// Of few paths, each looked up when it is asked for.
    Few(ItemRef<'a>),
    /// Of many; those that could not be there have no entry.
    Many(HashMap<&'p Path, Option<ValueRef<'a>>>),
}

impl<'p, 'a> Found<'p, 'a> {
    /// Looks for all of these paths.
    pub(super) fn of(item: ItemRef<'a>, paths: &[&'p Path], work: &mut Work) -> Self {
        if paths.len() <= FEW {
            return Self::Few(item);
        }
        let mut places = Places::default();
        for &path in paths {
            places.insert(path, path);
        }
        work.step(paths.len());
        let mut walk = Walk { values: HashMap::with_capacity(paths.len()), work };
        walk.names(places.names, item.attributes());
        Self::Many(walk.values)
    }

    /// The value at the end of one of the paths, if it is there; an error if what it would lie in
    /// is missing or of another kind.
    pub(super) fn place(
        &self,
        path: &Path,
        work: &mut Work,
    ) -> Result<Option<ValueRef<'a>>, NoParent> {
        match self {
            Self::Few(item) => path.place(*item, work),
            Self::Many(values) => {
                work.step(1);
                values.get(path).copied().ok_or(NoParent)
            }
        }
    }

    /// The value at the end of one of the paths, if it is there.
    pub(super) fn value(&self, path: &Path, work: &mut Work) -> Option<ValueRef<'a>> {
        self.place(path, work).ok().flatten()
    }
}

type Places<'p> = Tree<&'p str, &'p Path>;

struct Walk<'p, 'a, 'w> {
    values: HashMap<&'p Path, Option<ValueRef<'a>>>,
    work: &'w mut Work,
}

impl<'p, 'a> Walk<'p, 'a, '_> {
    fn names(
        &mut self,
        mut places: BTreeMap<&'p str, Places<'p>>,
        attributes: impl ExactSizeIterator<Item = (&'a str, ValueRef<'a>)>,
    ) {
        self.work.step(attributes.len());
        for (name, value) in attributes {
            if let Some(place) = places.remove(name) {
                self.place(place, Some(value));
            }
        }
        for place in places.into_values() {
            self.place(place, None);
        }
    }

    fn elements(&mut self, places: BTreeMap<u32, Places<'p>>, list: ListRef<'a>) {
        let values = list.values();
        self.work.step(values.len());
        let mut values = (0..).zip(values);
        for (wanted, place) in places {
            let value = values.find(|(index, _)| *index == wanted);
            self.place(place, value.map(|(_, value)| value));
        }
    }

    fn place(&mut self, place: Places<'p>, value: Option<ValueRef<'a>>) {
        if let Some(path) = place.end {
            self.values.insert(path, value);
        }
        match value {
            Some(ValueRef::M(map)) if !place.names.is_empty() => {
                self.names(place.names, map.attributes());
            }
            Some(ValueRef::L(list)) if !place.elements.is_empty() => {
                self.elements(place.elements, list);
            }
            // What lies below can be in no other value.
            Some(_) | None => {}
        }
    }
}

/// So many paths are looked up one by one.
const FEW: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::path::Step;
    use super::super::samples::{any_item, any_path, cases};
    use super::*;
    use crate::model::{AttributeValue, Item};

    proptest! {
        #![proptest_config(cases())]

        #[test]
        fn many_paths_find_what_each_finds(
            item in any_item(),
            paths in proptest::collection::vec(any_path(), FEW + 1..4 * FEW),
        ) {
            let image = item.encode();
            let paths: Vec<&Path> = paths.iter().collect();
            let found = Found::of(image.view(), &paths, &mut Work::default());

            prop_assert!(matches!(found, Found::Many(_)));
            for path in paths {
                let many = found.place(path, &mut Work::default());
                let alone = path.place(image.view(), &mut Work::default());
                let own = |place: Result<Option<ValueRef<'_>>, _>| {
                    place.map(|value| value.map(ValueRef::to_value))
                };
                prop_assert_eq!(own(many), own(alone), "{}", path);
            }
        }
    }

    /// Seen: an update of two thousand attributes of a wide item walked it two thousand times.
    /// Now the item is walked once, at every depth.
    #[test]
    fn many_paths_cost_one_walk() {
        let names = |count: usize| (0..count).map(|n| format!("n{n}"));
        let wide: Vec<_> = names(20_000).map(|name| (name, AttributeValue::Null)).collect();
        let list = AttributeValue::L(vec![AttributeValue::Null; 20_000]);
        let mut attributes = wide.clone();
        attributes.push(("m".into(), AttributeValue::M(wide)));
        attributes.push(("l".into(), list));
        let image = Item { attributes }.encode();
        let top = names(700).map(Path::attribute);
        let below =
            names(700).map(|name| Path { attribute: "m".into(), steps: vec![Step::Name(name)] });
        let elements = (0..700)
            .map(|index| Path { attribute: "l".into(), steps: vec![Step::Index(28 * index)] });
        let paths: Vec<Path> = top.chain(below).chain(elements).collect();
        let paths: Vec<&Path> = paths.iter().collect();
        let mut work = Work::default();

        let found = Found::of(image.view(), &paths, &mut work);

        assert!(paths.iter().all(|path| found.value(path, &mut work).is_some()));
        let mut linear = Work::default();
        linear.step(60_002 + 2 * 2_100);
        assert_eq!(work, linear);
    }
}
