//! Reads members by the service's model alone: their types, their constraints, and little of what
//! they mean.
//!
//! What hearth does not have is refused, but first as the service would: what has the wrong type or
//! breaks a constraint is told before what it is for. Such members are tables of [`Shape`]s, and are
//! read into a [`Tree`].
//!
//! Must hold: of a list no more is kept than is needed to see that it is too long.
//! Not here: what hearth has, which is read into types of its own (`decode/`).

use std::borrow::Cow;
use std::fmt;

use super::constraints::{Faults, Given, Path, Rule, Size};
use super::scan::Scanner;
use super::types::{Place, unexpected_value};
use super::values::Values;
use crate::api::ApiError;

pub(super) mod patterns;
pub(super) mod scaling;
pub(super) mod tables;

/// A structure: its name in the model, and its members in the order in which faults are told.
#[derive(Debug)]
pub(super) struct Shape(pub(super) &'static str, pub(super) &'static [Row]);

/// A member's name, beginning with a small letter as in faults; its type; its constraints.
pub(super) type Row = (&'static str, Kind, Rule);

/// A type.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    Boolean,
    Integer,
    Long,
    Double,
    Time,
    /// A value of an attribute.
    Value,
    /// A map to values of attributes.
    Values,
    /// A map to names of attributes.
    Names,
    Structure(&'static Shape),
    /// Of elements of that type, each with these constraints.
    List(&'static (Kind, Rule)),
}

/// A value that was read.
#[derive(Debug)]
pub(super) enum Tree<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Boolean(bool),
    /// One of which nothing is asked but that it is there.
    Other,
    List(Vec<Tree<'a>>, &'static Rule),
    Structure(Members<'a>),
}

/// The members of a structure.
#[derive(Debug)]
pub(super) struct Members<'a> {
    shape: &'static Shape,
    /// Each with its row.
    given: Vec<(usize, Tree<'a>)>,
}

impl Kind {
    /// Reads a value that stands there; `None` for null.
    pub(super) fn read<'a>(
        &'static self,
        scan: &mut Scanner<'a>,
        place: Place,
    ) -> Result<Option<Tree<'a>>, ApiError> {
        Ok(match self {
            Self::Text => scan.text()?.map(Tree::Text),
            Self::Boolean => scan.boolean()?.map(Tree::Boolean),
            Self::Integer => scan.integer()?.map(|number| Tree::Number(number.into())),
            Self::Long => scan.long()?.map(Tree::Number),
            Self::Double => scan.double()?.map(|_| Tree::Other),
            Self::Time => scan.time_ms()?.map(|_| Tree::Other),
            Self::Value => {
                Values::default().value(scan, place)?;
                Some(Tree::Other)
            }
            Self::Values => Values::default().attributes(scan, place)?.map(|_| Tree::Other),
            Self::Names => {
                let entry = |scan: &mut Scanner<'a>, _: Cow<'a, str>| scan.text().map(drop);
                scan.map("java.lang.String", place, entry)?.then_some(Tree::Other)
            }
            Self::Structure(shape) => {
                let mut members = Members::none(shape);
                let present =
                    scan.structure(shape.0, place, |scan, name| members.read(scan, &name))?;
                present.then_some(Tree::Structure(members))
            }
            Self::List((kind, rule)) => {
                let mut kept = Vec::new();
                let present = scan.list_at(place, |scan| {
                    let element = match (kind.read(scan, Place::Element)?, kind) {
                        (Some(element), _) => element,
                        (None, Self::Text) => return Err(unexpected_value()),
                        (None, _) => Tree::Other,
                    };
                    if kept.len() <= ELEMENTS_MAX {
                        kept.push(element);
                    }
                    Ok(())
                })?;
                present.map(|_| Tree::List(kept, rule))
            }
        })
    }
}

impl<'a> Members<'a> {
    /// A structure without members.
    pub(super) fn none(shape: &'static Shape) -> Self {
        Self { shape, given: Vec::new() }
    }

    /// Reads the member of that name, and skips it if the shape has none.
    pub(super) fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        let at = self.shape.1.iter().position(|(known, ..)| is_name(name, known));
        let Some((at, (_, kind, _))) = at.and_then(|at| Some((at, self.shape.1.get(at)?))) else {
            return scan.skip();
        };
        self.given.extend(kind.read(scan, Place::Member)?.map(|value| (at, value)));
        Ok(())
    }

    /// The members that are there, with their names as requests have them, in the request's order.
    pub(super) fn given(&self) -> impl Iterator<Item = (String, &Tree<'a>)> {
        self.given.iter().filter_map(|(at, value)| {
            let mut letters = self.shape.1.get(*at)?.0.chars();
            let first = letters.next()?.to_ascii_uppercase();
            Some((format!("{first}{}", letters.as_str()), value))
        })
    }

    /// The member of that name.
    pub(super) fn member(&self, name: &str) -> Option<&Tree<'a>> {
        let mut given = self.given.iter();
        let found = given.find(|(at, _)| self.shape.1.get(*at).is_some_and(|row| row.0 == name));
        found.map(|(_, value)| value)
    }

    /// The text that is the member of that name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.member(name).and_then(Tree::text)
    }

    /// The structure that is the member of that name.
    pub(super) fn structure(&self, name: &str) -> Option<&Members<'a>> {
        match self.member(name)? {
            Tree::Structure(members) => Some(members),
            Tree::Text(_) | Tree::Number(_) | Tree::Boolean(_) | Tree::Other | Tree::List(..) => {
                None
            }
        }
    }
}

/// Whether a member's name in a request, which begins with a capital, is that name in faults.
fn is_name(given: &str, known: &str) -> bool {
    let (mut given, mut known) = (given.chars(), known.chars());
    given.next() == known.next().map(|first| first.to_ascii_uppercase())
        && given.as_str() == known.as_str()
}

impl Given for Members<'_> {
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shape.0)
    }

    fn constrain(&self, at: Path<'_>, faults: &mut Faults) {
        for (name, _, rule) in self.shape.1 {
            rule.check(self.member(name), at.member(name), faults);
        }
    }
}

impl Given for Tree<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_)
            | Self::Boolean(_)
            | Self::Other
            | Self::List(..)
            | Self::Structure(_) => None,
        }
    }

    fn size(&self) -> Size {
        match self {
            Self::Text(text) => text.size(),
            Self::Number(number) => Size::Value(*number),
            Self::List(elements, _) => Size::Length(elements.len()),
            Self::Boolean(_) | Self::Other | Self::Structure(_) => Size::None,
        }
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.print(f),
            Self::Number(number) => number.print(f),
            Self::Boolean(truth) => truth.print(f),
            Self::Other => f.write_str("..."),
            Self::List(elements, _) => elements.print(f),
            Self::Structure(members) => members.print(f),
        }
    }

    fn constrain(&self, at: Path<'_>, faults: &mut Faults) {
        match self {
            Self::List(elements, rule) => elements.check_each(rule, at, faults),
            Self::Structure(members) => members.constrain(at, faults),
            Self::Text(_) | Self::Number(_) | Self::Boolean(_) | Self::Other => {}
        }
    }
}

/// The most that any constraint lets a list have.
const ELEMENTS_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::super::constraints::{OPTIONAL, REQUIRED};
    use super::*;

    const LEAF: Shape = Shape("Leaf", &[("colour", Kind::Text, REQUIRED.within(1, 5))]);
    const BRANCH: Shape = Shape(
        "Branch",
        &[
            ("leaves", Kind::List(&(Kind::Structure(&LEAF), OPTIONAL)), OPTIONAL.within(1, 2)),
            ("bearsFruit", Kind::Boolean, OPTIONAL),
        ],
    );

    fn told(json: &str) -> Result<(), String> {
        let mut scan = Scanner::new(json.as_bytes()).expect("utf-8");
        let kind: &'static Kind = &Kind::Structure(&BRANCH);
        let tree = kind.read(&mut scan, Place::Member).map_err(|fault| fault.message)?;
        let mut faults = Faults::default();
        REQUIRED.check(tree, Path::Request.member("branch"), &mut faults);
        faults.end().map_err(|fault| fault.message)
    }

    #[test]
    fn types_and_constraints_are_those_of_the_tables() {
        assert_eq!(told(r#"{"Leaves":[{"Colour":"red"}],"BearsFruit":true,"Other":1}"#), Ok(()));
        for (json, fault) in [
            (r#"{"BearsFruit":1}"#, "NUMBER_VALUE cannot be converted to Boolean"),
            (r#"{"Leaves":{}}"#, "Start of structure or map found where not expected"),
            (
                r#"{"Leaves":[{"colour":"red"}]}"#,
                "1 validation error detected: Value null at 'branch.leaves.1.member.colour' failed to \
                 satisfy constraint: Member must not be null",
            ),
            (
                r#"{"Leaves":[]}"#,
                "1 validation error detected: Value '[]' at 'branch.leaves' failed to satisfy \
                 constraint: Member must have length greater than or equal to 1",
            ),
            (
                "null",
                "1 validation error detected: Value null at 'branch' failed to satisfy constraint: \
                 Member must not be null",
            ),
        ] {
            assert_eq!(told(json), Err(fault.to_owned()), "{json}");
        }
    }

    #[test]
    fn a_list_is_kept_until_it_is_too_long() {
        let list = |count: usize| format!(r#"{{"Leaves":[{}{{}}]}}"#, "{},".repeat(count - 1));
        let length = |json: &str| {
            let mut scan = Scanner::new(json.as_bytes()).expect("utf-8");
            let mut members = Members::none(&BRANCH);
            let whole = scan.structure("", Place::Member, |scan, name| members.read(scan, &name));
            assert_eq!(whole, Ok(true));
            members.member("leaves").map(Tree::size)
        };

        assert_eq!(length(&list(ELEMENTS_MAX)), Some(Size::Length(ELEMENTS_MAX)));
        assert_eq!(length(&list(ELEMENTS_MAX * 2)), Some(Size::Length(ELEMENTS_MAX + 1)));
    }
}
