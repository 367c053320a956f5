//! `ExpressionAttributeNames` and `ExpressionAttributeValues`: what placeholders stand for, and
//! which of them were used.
//!
//! Must hold: a placeholder counts as used once any expression of the request names it.
//! Not here: reading the two maps from a request (`wire/`).

use super::Error;
use crate::model::AttributeValue;

/// The two maps of one request.
#[derive(Debug, Default)]
pub struct Placeholders {
    names: Vec<(String, String, bool)>,
    values: Vec<(String, AttributeValue, bool)>,
}

impl Placeholders {
    /// Checks the maps of a request, in their order; `None` is a map that was not given.
    pub fn new(
        names: Option<Vec<(String, String)>>,
        values: Option<Vec<(String, AttributeValue)>>,
    ) -> Result<Self, Error> {
        let _ = (names, values);
        unimplemented!()
    }

    /// Refuses placeholders that no expression used: names first, then values.
    pub fn check_used(&self) -> Result<(), Error> {
        let _ = (&self.names, &self.values);
        unimplemented!()
    }
}
