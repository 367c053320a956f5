//! The members by which a read asks for parts of an item, in the new way and in the old.
//!
//! Must hold: whoever calls [`Projection::check`] and [`Projection::refuse`] has no projection.
//! Not here: the language of expressions, which hearth does not have yet.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::constraints::Faults;
use super::super::scan::Scanner;
use super::super::types::Place;
use super::condition::{check_mix, names_without_expression};
use super::{refuse, unsupported};
use crate::api::ApiError;

/// The members as they came.
#[derive(Debug, Default)]
pub(super) struct Projection<'a> {
    attributes_to_get: Option<Vec<Cow<'a, str>>>,
    expression: bool,
    names: bool,
}

impl<'a> Projection<'a> {
    /// Reads the member if it is one of these, else skips it.
    pub(super) fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "AttributesToGet" => self.attributes_to_get = scan.texts()?,
            "ProjectionExpression" => self.expression = scan.text()?.is_some(),
            "ExpressionAttributeNames" => {
                self.names =
                    scan.map("java.lang.String", Place::Member, |scan, _| scan.text().map(drop))?;
            }
            _ => scan.skip()?,
        }
        Ok(())
    }

    /// The constraints of the service model; `path` is of `AttributesToGet`.
    pub(super) fn constrain(&self, faults: &mut Faults, path: impl std::fmt::Display) {
        faults.attributes_to_get(path, self.attributes_to_get.as_deref());
    }

    /// Checks that stand before those of the key.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        check_mix(
            &[("AttributesToGet", self.attributes_to_get.is_some())],
            &[("ProjectionExpression", self.expression)],
        )?;
        if self.names && !self.expression {
            return Err(names_without_expression());
        }
        Ok(())
    }

    /// Refuses an attribute that is named twice.
    pub(super) fn check_twins(&self) -> Result<(), ApiError> {
        let mut seen = HashSet::new();
        for name in self.attributes_to_get.iter().flatten() {
            if !seen.insert(name) {
                let fault =
                    "One or more parameter values were invalid: Duplicate value in attribute name";
                return Err(ApiError::validation(format!("{fault}: {name}")));
            }
        }
        Ok(())
    }

    /// Refuses a projection, since there is none yet.
    pub(super) fn refuse(&self) -> Result<(), ApiError> {
        if self.attributes_to_get.is_some() {
            return Err(unsupported("AttributesToGet"));
        }
        refuse([("ProjectionExpression", self.expression)])
    }
}
