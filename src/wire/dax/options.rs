//! The optional parameters of a method: a map from numbers to values.
//!
//! Must hold: of a parameter that comes twice the last one counts (one client sends a condition as
//! text and then as a tree); one that is not known is left out.
//! Not here: what they mean together (`decode/`).

use std::borrow::Cow;

use super::cbor::{Head, Malformed, Reader};
use super::frame::Habits;

/// The parameters as they came.
#[derive(Debug, Default)]
pub(super) struct Options<'a> {
    pub(super) projection: Option<&'a [u8]>,
    pub(super) consistent: Option<bool>,
    pub(super) condition: Option<&'a [u8]>,
    pub(super) update: Option<&'a [u8]>,
    pub(super) start: Option<&'a [u8]>,
    pub(super) filter: Option<&'a [u8]>,
    pub(super) index: Option<&'a [u8]>,
    pub(super) forward: Option<bool>,
    pub(super) token: Option<&'a str>,
    capacity: Option<i64>,
    collection: Option<i64>,
    return_values: Option<i64>,
    limit: Option<i64>,
    select: Option<i64>,
    segment: Option<i64>,
    segments: Option<i64>,
}

impl<'a> Options<'a> {
    /// Reads the last argument of a method.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let mut options = Self::default();
        let mut count = match reader.head()? {
            Head::Null => return Ok(options),
            Head::Map(count) => count,
            _ => return Err(Malformed("the optional parameters are no map")),
        };
        while reader.has_next(&mut count)? {
            let key = reader.integer()?;
            options.read_one(key, reader)?;
        }
        Ok(options)
    }

    fn read_one(&mut self, key: i64, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        match key {
            0 => self.projection = reader.optional_bytes()?,
            2 => self.consistent = Some(reader.truth()?),
            3 => self.capacity = Some(reader.integer()?),
            4 => self.condition = reader.optional_bytes()?,
            6 => self.collection = Some(reader.integer()?),
            7 => self.return_values = Some(reader.integer()?),
            8 => self.update = reader.optional_bytes()?,
            9 => self.start = reader.optional_bytes()?,
            10 => self.filter = reader.optional_bytes()?,
            11 => self.index = reader.optional_bytes()?,
            13 => self.limit = Some(reader.integer()?),
            14 => self.forward = Some(reader.truth()?),
            15 => self.select = Some(reader.integer()?),
            16 => self.segment = Some(reader.integer()?),
            17 => self.segments = Some(reader.integer()?),
            19 => self.token = reader.optional_text()?,
            // 1 and 5 are the maps of names and values, which the trees have already.
            _ => reader.skip()?,
        }
        Ok(())
    }

    pub(super) fn capacity(&self) -> Option<Cow<'static, str>> {
        named(self.capacity, 0, &["NONE", "TOTAL", "INDEXES"])
    }

    pub(super) fn collection(&self) -> Option<Cow<'static, str>> {
        named(self.collection, 0, &["NONE", "SIZE"])
    }

    pub(super) fn return_values(&self) -> Option<Cow<'static, str>> {
        let names = ["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"];
        named(self.return_values, 1, &names)
    }

    /// A client that says "all attributes" where nothing was said does so also beside a projection or
    /// an index, with which it would be refused or cost reads of the table.
    pub(super) fn select(&self, habits: Habits) -> Option<Cow<'static, str>> {
        let has_other = self.projection.is_some() || self.index.is_some();
        if habits.says_all_attributes && self.select == Some(1) && has_other {
            return None;
        }
        let names = ["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES"];
        named(self.select, 1, &names)
    }

    pub(super) fn limit(&self) -> Option<i32> {
        self.limit.map(clamped)
    }

    pub(super) fn segment(&self) -> Option<i32> {
        self.segment.map(clamped)
    }

    pub(super) fn segments(&self) -> Option<i32> {
        self.segments.map(clamped)
    }
}

/// The name of a number, the first of which is `first`; one without a name is refused as it stands.
fn named(number: Option<i64>, first: i64, names: &[&'static str]) -> Option<Cow<'static, str>> {
    let number = number?;
    let place = number.checked_sub(first).and_then(|place| usize::try_from(place).ok());
    Some(match place.and_then(|place| names.get(place)) {
        Some(name) => Cow::Borrowed(*name),
        None => Cow::Owned(number.to_string()),
    })
}

/// The nearest number that the parameter can have; what is out of range stays so.
fn clamped(number: i64) -> i32 {
    let bounded = number.clamp(i32::MIN.into(), i32::MAX.into());
    i32::try_from(bounded).expect("it was brought into range")
}
