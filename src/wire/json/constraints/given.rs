//! What constraints see of the values that a request gives.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use super::{Faults, Path, Rule};
use crate::model::AttributeValue;

/// A value of a member, or an element of a list.
pub(in crate::wire::json) trait Given {
    /// The text, if it is one.
    fn text(&self) -> Option<&str> {
        None
    }

    /// The number, if it is one.
    #[inline]
    fn number(&self) -> Option<i64> {
        None
    }

    /// What bounds apply to.
    fn size(&self) -> Size {
        self.number().map_or(Size::None, Size::Value)
    }

    /// Writes the value as faults show it, without quotes.
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Adds the faults of what the value holds; it stands there.
    #[inline]
    fn constrain(&self, _at: Path<'_>, _faults: &mut Faults) {}

    /// Adds the faults of the elements of a list that stands there, each by that rule.
    fn check_each(&self, _rule: &Rule, _at: Path<'_>, _faults: &mut Faults) {}

    /// Whether a map has a key or a value that breaks its rule.
    fn breaks(&self, _keys: Option<&Rule>, _values: Option<&Rule>) -> (bool, bool) {
        (false, false)
    }
}

/// A value that stands in a map.
pub(in crate::wire::json) trait Entry: Given {
    /// Under which key.
    fn key(&self) -> &str;
}

/// What bounds apply to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::wire::json) enum Size {
    /// Nothing.
    None,
    /// So many characters or elements.
    Length(usize),
    /// The number itself.
    Value(i64),
}

/// A map, as the list of its entries; each says its key.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire::json) struct Map<'a, T>(pub(in crate::wire::json) &'a [T]);

/// How many elements there are of a list that a fault need not print.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire::json) struct Counted {
    /// How many.
    pub(in crate::wire::json) len: usize,
    /// The shape of one.
    pub(in crate::wire::json) shape: &'static str,
}

impl<T: Given + ?Sized> Given for &T {
    #[inline]
    fn text(&self) -> Option<&str> {
        (**self).text()
    }

    #[inline]
    fn number(&self) -> Option<i64> {
        (**self).number()
    }

    #[inline]
    fn size(&self) -> Size {
        (**self).size()
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).print(f)
    }

    #[inline]
    fn constrain(&self, at: Path<'_>, faults: &mut Faults) {
        (**self).constrain(at, faults);
    }

    fn check_each(&self, rule: &Rule, at: Path<'_>, faults: &mut Faults) {
        (**self).check_each(rule, at, faults);
    }
}

impl Given for str {
    fn text(&self) -> Option<&str> {
        Some(self)
    }

    fn size(&self) -> Size {
        Size::Length(self.chars().count())
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Given for Cow<'_, str> {
    fn text(&self) -> Option<&str> {
        Some(self)
    }

    fn size(&self) -> Size {
        (**self).size()
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Given for i32 {
    #[inline]
    fn number(&self) -> Option<i64> {
        Some(i64::from(*self))
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Given for i64 {
    #[inline]
    fn number(&self) -> Option<i64> {
        Some(*self)
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Given for bool {
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Attribute values have no constraints but their own checks (`values.rs`).
impl Given for AttributeValue {
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttributeValue")
    }
}

/// An attribute of an item or a key.
impl Given for (String, AttributeValue) {
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T: Given> Given for [T] {
    fn size(&self) -> Size {
        Size::Length(self.len())
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('[')?;
        for (at, element) in self.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            element.print(f)?;
        }
        f.write_char(']')
    }

    #[inline]
    fn constrain(&self, at: Path<'_>, faults: &mut Faults) {
        for (number, element) in self.iter().enumerate() {
            element.constrain(at.element(number), faults);
        }
    }

    fn check_each(&self, rule: &Rule, at: Path<'_>, faults: &mut Faults) {
        for (number, element) in self.iter().enumerate() {
            rule.check(Some(element), at.element(number), faults);
        }
    }
}

impl<T: Given> Given for Vec<T> {
    fn size(&self) -> Size {
        Size::Length(self.len())
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().print(f)
    }

    #[inline]
    fn constrain(&self, at: Path<'_>, faults: &mut Faults) {
        self.as_slice().constrain(at, faults);
    }

    fn check_each(&self, rule: &Rule, at: Path<'_>, faults: &mut Faults) {
        self.as_slice().check_each(rule, at, faults);
    }
}

impl<T: Entry> Given for Map<'_, T> {
    fn size(&self) -> Size {
        Size::Length(self.0.len())
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (at, entry) in self.0.iter().enumerate() {
            write!(f, "{}{}=", if at == 0 { "" } else { ", " }, entry.key())?;
            entry.print(f)?;
        }
        f.write_char('}')
    }

    #[inline]
    fn constrain(&self, at: Path<'_>, faults: &mut Faults) {
        for entry in self.0 {
            entry.constrain(at.entry(entry.key()), faults);
        }
    }

    fn breaks(&self, keys: Option<&Rule>, values: Option<&Rule>) -> (bool, bool) {
        let key = keys.is_some_and(|rule| self.0.iter().any(|entry| !rule.admits(entry.key())));
        let value = values.is_some_and(|rule| self.0.iter().any(|entry| !rule.admits(entry)));
        (key, value)
    }
}

impl Given for Counted {
    fn size(&self) -> Size {
        Size::Length(self.len)
    }

    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('[')?;
        f.write_str(if self.len == 0 { "" } else { self.shape })?;
        f.write_char(']')
    }
}
