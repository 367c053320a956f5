//! Reading stored bytes value by value, checked or not yet.
//!
//! Must hold: what is not of the format ends in `None`, never in a panic or a wrong value.
//! Not here: views, which exist only over bytes that [`check_map`] walked (`view.rs`).

use super::number::NumberRef;
use super::view::{ListRef, MapRef, Raw, SetRef, ValueRef};
use super::write::tag;

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    /// At the attributes of an item that was checked before.
    pub(super) fn of_checked(item: &'a [u8]) -> Self {
        Self(&item[1..])
    }

    /// At the start of what a value of several has stored.
    pub(super) fn of_value(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The tag of the next value and the bytes behind it, empty for a constant, not looked into.
    pub(super) fn stored_value(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        self.0 = rest;
        match tag {
            tag::FALSE | tag::TRUE | tag::NULL => Some((tag, &[])),
            _ => Some((tag, self.bytes()?)),
        }
    }

    pub(super) fn length(&mut self) -> Option<usize> {
        let mut length = 0_usize;
        for shift in [0, 7, 14, 21] {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            length |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(length);
            }
        }
        None
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(super) fn value(&mut self) -> Option<ValueRef<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(match tag {
            tag::S => ValueRef::S(self.text()?),
            tag::N => ValueRef::N(NumberRef::from_bytes(self.bytes()?)?),
            tag::B => ValueRef::B(self.bytes()?),
            tag::FALSE => ValueRef::Bool(false),
            tag::TRUE => ValueRef::Bool(true),
            tag::NULL => ValueRef::Null,
            tag::L => ValueRef::L(ListRef(Cursor(self.bytes()?))),
            tag::M => ValueRef::M(MapRef(Cursor(self.bytes()?))),
            tag::SS => ValueRef::Ss(SetRef(Cursor(self.bytes()?))),
            tag::NS => ValueRef::Ns(SetRef(Cursor(self.bytes()?))),
            tag::BS => ValueRef::Bs(SetRef(Cursor(self.bytes()?))),
            _ => return None,
        })
    }

    /// The next value of what was checked before.
    pub(super) fn raw(&mut self) -> Option<Raw<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(match tag {
            tag::S => Raw::S(self.bytes()?),
            tag::N => Raw::N(NumberRef::of_checked(self.bytes()?)),
            tag::B => Raw::B(self.bytes()?),
            tag::FALSE => Raw::Bool(false),
            tag::TRUE => Raw::Bool(true),
            tag::NULL => Raw::Null,
            tag::L => Raw::L(ListRef(Cursor(self.bytes()?))),
            tag::M => Raw::M(MapRef(Cursor(self.bytes()?))),
            tag::SS => Raw::Ss(SetRef(Cursor(self.bytes()?))),
            tag::NS => Raw::Ns(SetRef(Cursor(self.bytes()?))),
            tag::BS => Raw::Bs(SetRef(Cursor(self.bytes()?))),
            _ => return None,
        })
    }

    /// Leaves out so many values by their lengths, whatever is in them.
    pub(super) fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            let (&tag, rest) = self.0.split_first()?;
            if !is_constant(tag) {
                self.0 = rest;
                self.bytes()?;
                count -= 1;
                continue;
            }
            // The longest lists are made of what takes one byte: these go by many at once.
            let run = self.0.first_chunk::<RUN>().filter(|_| count >= RUN);
            let skipped = if run.is_some_and(is_all_constants) { RUN } else { 1 };
            self.0 = &self.0[skipped..];
            count -= skipped;
        }
        Some(())
    }

    fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// Walks the attributes to their end.
pub(super) fn check_map(mut cursor: Cursor<'_>, levels: usize) -> Option<()> {
    for _ in 0..cursor.length()? {
        cursor.text()?;
        check_value(cursor.value()?, levels)?;
    }
    cursor.end()
}

fn check_value(value: ValueRef<'_>, levels: usize) -> Option<()> {
    match value {
        ValueRef::S(_) | ValueRef::N(_) | ValueRef::B(_) | ValueRef::Bool(_) | ValueRef::Null => {
            Some(())
        }
        ValueRef::L(ListRef(mut cursor)) => {
            let levels = levels.checked_sub(1)?;
            for _ in 0..cursor.length()? {
                check_value(cursor.value()?, levels)?;
            }
            cursor.end()
        }
        ValueRef::M(MapRef(cursor)) => check_map(cursor, levels.checked_sub(1)?),
        ValueRef::Ss(set) => check_set(set, |bytes| std::str::from_utf8(bytes).is_ok()),
        ValueRef::Ns(set) => check_set(set, |bytes| NumberRef::from_bytes(bytes).is_some()),
        ValueRef::Bs(set) => check_set(set, |_| true),
    }
}

fn check_set(SetRef(mut cursor): SetRef<'_>, holds: impl Fn(&[u8]) -> bool) -> Option<()> {
    for _ in 0..cursor.length()? {
        holds(cursor.bytes()?).then_some(())?;
    }
    cursor.end()
}

/// Whether a value of that tag has nothing behind it.
fn is_constant(tag: u8) -> bool {
    (tag::FALSE..=tag::NULL).contains(&tag)
}

/// Looks at each without a branch, so that the compiler takes many in one step.
fn is_all_constants(tags: &[u8; RUN]) -> bool {
    tags.iter().fold(true, |all, tag| all & is_constant(*tag))
}

/// How many values of one byte are left out at once.
const RUN: usize = 64;
pub(super) const CHECKED: &str = "the item was walked to its end when its view was made";
/// Beyond DynamoDB's 32, and far from the end of a stack.
pub(super) const CHECKED_LEVELS_MAX: usize = 64;
