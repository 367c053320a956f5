//! Where in a request a member stands, as faults name it.
//!
//! Must hold: a path is made of borrows alone, so that a walk that finds no fault pays nothing.

use std::fmt::{self, Display, Write as _};

/// A place in a request. Names of members begin with a small letter, except in the newer wording
/// (`{:#}`).
#[derive(Clone, Copy)]
pub(in crate::wire::json) enum Path<'a> {
    /// The request itself.
    Request,
    /// A member of the structure at that place.
    Member(&'a Path<'a>, &'a str),
    /// An element of the list at that place, counted from one.
    Element(&'a Path<'a>, usize),
    /// The value of a key of the map at that place.
    Entry(&'a Path<'a>, &'a str),
}

impl Path<'_> {
    /// The member of that name.
    #[inline]
    pub(in crate::wire::json) fn member<'p>(&'p self, name: &'p str) -> Path<'p> {
        Path::Member(self, name)
    }

    /// The element that comes after so many others.
    pub(in crate::wire::json) fn element(&self, at: usize) -> Path<'_> {
        Path::Element(self, at + 1)
    }

    /// What stands under that key.
    pub(in crate::wire::json) fn entry<'p>(&'p self, key: &'p str) -> Path<'p> {
        Path::Entry(self, key)
    }
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request => Ok(()),
            Self::Member(outer, name) => {
                if !matches!(outer, Self::Request) {
                    outer.fmt(f)?;
                    f.write_char('.')?;
                }
                let mut letters = name.chars();
                match letters.next() {
                    Some(first) if f.alternate() => {
                        write!(f, "{}{}", first.to_ascii_uppercase(), letters.as_str())
                    }
                    Some(_) | None => f.write_str(name),
                }
            }
            Self::Element(list, number) => {
                list.fmt(f)?;
                write!(f, ".{number}.member")
            }
            Self::Entry(map, key) => {
                map.fmt(f)?;
                write!(f, ".{key}.member")
            }
        }
    }
}
