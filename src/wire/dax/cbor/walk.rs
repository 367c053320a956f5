//! Passes over values, whatever they are.
//!
//! Must hold: no more is remembered than the arrays and maps that are open, and these are so many at
//! most; a step that failed may be tried again once more bytes are there.

use super::reader::{Count, Head, Malformed, Reader};

/// What is still to be passed.
#[derive(Debug)]
pub(in crate::wire::dax) struct Walk {
    /// What is open, the innermost last, and how many values are still to come in it.
    open: Vec<Count>,
}

impl Walk {
    /// Over so many values.
    pub(in crate::wire::dax) fn over(values: u64) -> Self {
        Self { open: vec![Count::Of(values)] }
    }

    /// So many more.
    pub(in crate::wire::dax) fn go_on(&mut self, values: u64) {
        self.open.push(Count::Of(values));
    }

    /// Passes a head, or the end of an array or map; whether there was anything left to pass.
    pub(in crate::wire::dax) fn step(
        &mut self,
        reader: &mut Reader<'_>,
    ) -> Result<bool, Malformed> {
        let Some(left) = self.open.last_mut() else { return Ok(false) };
        let mut rest = *left;
        if !reader.has_next(&mut rest)? {
            self.open.pop();
            return Ok(true);
        }
        let inside = match reader.head()? {
            Head::Array(count) => Some(count),
            Head::Map(count) => Some(pairs(count)?),
            Head::Tag(_) => Some(Count::Of(1)),
            Head::Break => return Err(Malformed("a break where a value should be")),
            Head::Unsigned(_)
            | Head::Negative(_)
            | Head::Bytes(_)
            | Head::Text(_)
            | Head::Bool(_)
            | Head::Null
            | Head::Float(_) => None,
        };
        *left = rest;
        self.open.extend(inside);
        if self.open.len() > LEVELS_MAX {
            return Err(Malformed("values are nested too deep"));
        }
        Ok(true)
    }
}

/// How many values stand in a map of so many pairs.
fn pairs(count: Count) -> Result<Count, Malformed> {
    match count {
        Count::Of(count) => match count.checked_mul(2) {
            Some(values) => Ok(Count::Of(values)),
            None => Err(Malformed("a map that no request has room for")),
        },
        Count::Open => Ok(Count::Open),
    }
}

/// Far deeper than the values of an item in an optional parameter.
const LEVELS_MAX: usize = 128;
