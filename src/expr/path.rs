//! Document paths: an attribute, and steps into its maps and lists.
//!
//! Must hold: a path has resolved names only, no placeholders, and at most 32 steps.
//! Not here: how a path is written in an expression (`lexer.rs`, the parsers).

use std::fmt;

use super::error::Fault;
use super::work::Work;
use crate::model::{ItemRef, ValueRef};

/// The way from an item to one of its values.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Path {
    /// The attribute of the item.
    pub attribute: String,
    /// The steps below it.
    pub steps: Vec<Step>,
}

/// One step into a value.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Step {
    /// Into a map.
    Name(String),
    /// Into a list, counted from zero.
    Index(u32),
}

impl Path {
    /// A path of resolved names, if there are not too many steps.
    pub fn of(attribute: String, steps: Vec<Step>) -> Result<Self, Fault> {
        check_step_count(steps.len())?;
        Ok(Self { attribute, steps })
    }

    /// The path of an attribute as a whole.
    pub fn attribute(name: impl Into<String>) -> Self {
        Self { attribute: name.into(), steps: Vec::new() }
    }

    /// The value at the path's end, if every step of it is there.
    pub fn find<'a>(&self, item: ItemRef<'a>) -> Option<ValueRef<'a>> {
        self.place(item, &mut Work::default()).ok().flatten()
    }

    /// The value at the path's end, if it is there; an error if what it would lie in is missing or
    /// of another kind.
    pub(super) fn place<'a>(
        &self,
        item: ItemRef<'a>,
        work: &mut Work,
    ) -> Result<Option<ValueRef<'a>>, NoParent> {
        work.step(item.attributes().len());
        let mut place = item.attribute(&self.attribute);
        for step in &self.steps {
            place = match (step, place) {
                (Step::Name(name), Some(ValueRef::M(map))) => {
                    work.step(map.attributes().len());
                    map.attribute(name)
                }
                (Step::Index(index), Some(ValueRef::L(list))) => {
                    work.step(list.values().len());
                    list.value(*index)
                }
                (Step::Name(_) | Step::Index(_), _) => return Err(NoParent),
            };
        }
        Ok(place)
    }
}

impl Step {
    /// The index of these digits, if a list can have it.
    pub fn index(digits: &str) -> Result<Self, Fault> {
        match digits.parse() {
            Ok(index) if index <= INDEX_MAX => Ok(Self::Index(index)),
            _ => Err(Fault::IndexTooLarge(digits.to_owned())),
        }
    }
}

/// Refuses a path of more steps than one may have.
pub(super) fn check_step_count(steps: usize) -> Result<(), Fault> {
    if steps > STEPS_MAX { Err(Fault::PathTooDeep(steps)) } else { Ok(()) }
}

/// There is no map or list that a path could end in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct NoParent;

/// As messages print a path: `[a, [0], b]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}", self.attribute)?;
        for step in &self.steps {
            match step {
                Step::Name(name) => write!(f, ", {name}")?,
                Step::Index(index) => write!(f, ", [{index}]")?,
            }
        }
        f.write_str("]")
    }
}

const STEPS_MAX: usize = 32;
const INDEX_MAX: u32 = i32::MAX.unsigned_abs();

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, Item};

    #[test]
    fn a_path_ends_where_a_step_is_missing() {
        let text = |text: &str| AttributeValue::S(text.into());
        let list =
            AttributeValue::L(vec![text("e0"), AttributeValue::M(vec![("k".into(), text("v"))])]);
        let image = Item::from([("l", list), ("s", text("x"))]).encode();
        let find = |attribute: &str, steps: &[Step]| {
            let path = Path { attribute: attribute.into(), steps: steps.to_vec() };
            let place = path.place(image.view(), &mut Work::default());
            place.map(|value| value.map(ValueRef::to_value))
        };
        let name = |name: &str| Step::Name(name.into());

        assert_eq!(find("s", &[]), Ok(Some(text("x"))));
        assert_eq!(find("l", &[Step::Index(1), name("k")]), Ok(Some(text("v"))));
        assert_eq!(find("l", &[Step::Index(2)]), Ok(None));
        assert_eq!(find("l", &[Step::Index(2), name("k")]), Err(NoParent));
        assert_eq!(find("l", &[name("k")]), Err(NoParent));
        assert_eq!(find("s", &[name("k")]), Err(NoParent));
        assert_eq!(find("m", &[]), Ok(None));
        assert_eq!(find("m", &[name("k")]), Err(NoParent));
    }

    #[test]
    fn a_path_is_printed_as_messages_show_it() {
        let steps = vec![Step::Index(0), Step::Name("b".into())];
        assert_eq!(Path { attribute: "a".into(), steps }.to_string(), "[a, [0], b]");
    }
}
