//! Document paths: an attribute, and steps into its maps and lists.
//!
//! Must hold: a path has resolved names only, no placeholders, and at most 32 steps.
//! Not here: how a path is written in an expression (`lexer.rs`, the parsers).

use std::fmt;

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
    /// The path of an attribute as a whole.
    pub fn attribute(name: impl Into<String>) -> Self {
        Self { attribute: name.into(), steps: Vec::new() }
    }

    /// The value at the path's end, if every step of it is there.
    pub fn find<'a>(&self, item: ItemRef<'a>) -> Option<ValueRef<'a>> {
        let mut value = item.attribute(&self.attribute)?;
        for step in &self.steps {
            value = match (step, value) {
                (Step::Name(name), ValueRef::M(map)) => map.attribute(name)?,
                (Step::Index(index), ValueRef::L(list)) => list.value(*index)?,
                (Step::Name(_) | Step::Index(_), _) => return None,
            };
        }
        Some(value)
    }
}

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
            path.find(image.view()).map(ValueRef::to_value)
        };
        let name = |name: &str| Step::Name(name.into());

        assert_eq!(find("s", &[]), Some(text("x")));
        assert_eq!(find("l", &[Step::Index(1), name("k")]), Some(text("v")));
        assert_eq!(find("l", &[Step::Index(2)]), None);
        assert_eq!(find("l", &[name("k")]), None);
        assert_eq!(find("s", &[name("k")]), None);
        assert_eq!(find("m", &[]), None);
    }

    #[test]
    fn a_path_is_printed_as_messages_show_it() {
        let steps = vec![Step::Index(0), Step::Name("b".into())];
        assert_eq!(Path { attribute: "a".into(), steps }.to_string(), "[a, [0], b]");
    }
}
