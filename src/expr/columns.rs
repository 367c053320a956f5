//! Columns: values of an item under names of their own, as a `SELECT` of PartiQL answers them.
//!
//!     a, m.k, l[1]     of   {a: 1, m: {k: 2}, l: [3, 4]}     is   {a: 1, k: 2, "l[1]": 4}
//!
//! Must hold: no name appears twice in what is answered; an item is walked once, however many
//! columns there are.
//! Not here: projections, which keep what their paths lead through (`projection/`).

use std::collections::HashSet;
use std::fmt::Write as _;

use super::found::Found;
use super::path::{Path, Step};
use super::work::Work;
use crate::model::{ItemBytes, ItemRef};

/// What is wanted of an item, and under which names.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns(Vec<(String, Path)>);

impl Columns {
    /// The values at these paths, each named by the last name of its path and what stands behind
    /// that; of two with one name the first counts.
    pub fn of(paths: impl IntoIterator<Item = Path>) -> Self {
        let mut columns: Vec<(String, Path)> = Vec::new();
        let mut names = HashSet::new();
        for path in paths {
            let name = name_of(&path);
            if names.insert(name.clone()) {
                columns.push((name, path));
            }
        }
        Self(columns)
    }

    /// The attributes that the columns begin at, each once, in the order of the columns.
    pub fn attributes(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let all = self.0.iter().map(|(_, path)| path.attribute.as_str());
        all.filter(|name| seen.insert(*name)).collect()
    }

    /// The columns of an item; what is not there is left out.
    pub fn pick(&self, item: ItemRef<'_>) -> ItemBytes {
        let paths: Vec<&Path> = self.0.iter().map(|(_, path)| path).collect();
        let work = &mut Work::default();
        let found = Found::of(item, &paths, work);
        let picked = self.0.iter().filter_map(|(name, path)| {
            let value = found.value(path, &mut Work::default())?;
            Some((name.as_str(), value))
        });
        ItemBytes::of_views(picked.collect::<Vec<_>>().into_iter())
    }
}

fn name_of(path: &Path) -> String {
    let mut name = path.attribute.clone();
    for step in &path.steps {
        match step {
            Step::Name(last) => name.clone_from(last),
            Step::Index(index) => write!(name, "[{index}]").expect("a String takes all text"),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::samples::{item, number, text};
    use crate::model::Item;

    fn path(attribute: &str, steps: &[Step]) -> Path {
        Path { attribute: attribute.into(), steps: steps.to_vec() }
    }

    fn name(name: &str) -> Step {
        Step::Name(name.into())
    }

    fn picked(paths: Vec<Path>) -> Item {
        let item = Columns::of(paths).pick(item().encode().view());
        let attributes = item.view().attributes();
        let own = attributes.map(|(name, value)| (name.to_owned(), value.to_value()));
        Item { attributes: own.collect() }
    }

    #[test]
    fn a_column_has_the_last_name_of_its_path() {
        let paths = vec![
            path("m", &[name("z"), name("q")]),
            path("l", &[Step::Index(1)]),
            path("l", &[Step::Index(3), name("k")]),
            path("n", &[]),
            path("m", &[name("nope")]),
            path("l", &[Step::Index(9)]),
        ];

        let expected = Item::from([
            ("q", text("deep")),
            ("l[1]", text("e1")),
            ("k", text("v")),
            ("n", number("5")),
        ]);
        assert_eq!(picked(paths), expected);
    }

    #[test]
    fn of_two_columns_of_one_name_the_first_is_answered() {
        let twice = vec![path("n", &[]), path("m", &[name("n")]), path("n", &[])];

        assert_eq!(picked(twice), Item::from([("n", number("5"))]));
    }

    #[test]
    fn many_columns_find_what_few_do_and_one_may_lie_in_another() {
        let one = path("m", &[name("x")]);
        let mut many: Vec<Path> = (0..100).map(|at| path(&format!("nope{at}"), &[])).collect();
        many.extend([path("m", &[]), one.clone()]);

        let columns = Columns::of(many.clone());

        assert_eq!(columns.attributes().len(), 101);
        let found = picked(many);
        assert_eq!(found.attribute("x"), Some(&text("mx")));
        assert!(found.attribute("m").is_some());
        assert_eq!(picked(vec![one]), Item::from([("x", text("mx"))]));
    }
}
