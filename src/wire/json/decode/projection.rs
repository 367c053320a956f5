//! The members by which a read asks for parts of an item, in the new way and in the old.
//!
//! Must hold: no projection names an attribute twice.
//! Not here: the other members that say expressions (`expressions.rs`).

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::scan::Scanner;
use super::expressions::{Expressions, Usage};
use crate::api::{ApiError, BatchProjection, Cut, ProjectionMembers, invalid};
use crate::expr;

/// The members as they came.
#[derive(Debug, Default)]
pub(in crate::wire) struct Projection<'a> {
    attributes_to_get: Option<Vec<Cow<'a, str>>>,
    expressions: Expressions<'a>,
}

impl<'a> Projection<'a> {
    /// By an expression, if these have one.
    pub(in crate::wire) fn of(expressions: Expressions<'a>) -> Self {
        Self { attributes_to_get: None, expressions }
    }

    /// Reads the member if it is one of these, else skips it.
    pub(super) fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "AttributesToGet" => self.attributes_to_get = scan.texts()?,
            name if self.expressions.read(Usage::Read, scan, name)? => {}
            _ => scan.skip()?,
        }
        Ok(())
    }

    /// What the old way names.
    pub(super) fn attributes_to_get(&self) -> Option<&[Cow<'a, str>]> {
        self.attributes_to_get.as_deref()
    }

    /// Checks that stand before those of the key.
    pub(super) fn check_usage(&self) -> Result<(), ApiError> {
        let older = [("AttributesToGet", self.is_older())];
        self.expressions.check_usage(Usage::Read, &older)
    }

    /// Refuses an attribute that is named twice.
    pub(super) fn check_twins(&self) -> Result<(), ApiError> {
        check_twins(self.attributes_to_get.as_deref().unwrap_or_default())
    }

    /// Whether the old way was taken.
    pub(super) fn is_older(&self) -> bool {
        self.attributes_to_get.is_some()
    }

    /// Whether the new way was taken.
    pub(super) fn is_newer(&self) -> bool {
        self.expressions.text(expr::Language::Projection).is_some()
    }

    /// The projection, if there is one.
    pub(super) fn parse(self) -> Result<Option<expr::Projection>, ApiError> {
        match self.attributes_to_get {
            Some(names) => Ok(Some(of_attributes(&names))),
            None => Ok(self.expressions.parse()?.projection),
        }
    }

    /// The projection, with the members that said it.
    pub(super) fn parse_for_batch(self) -> Result<Option<BatchProjection>, ApiError> {
        let given = match &self.attributes_to_get {
            Some(names) => {
                let names = names.iter().map(|name| name.clone().into_owned());
                Some(ProjectionMembers::AttributesToGet(names.collect()))
            }
            None => self.expressions.projection_members(),
        };
        let projection = self.parse()?;
        Ok(projection.zip(given).map(|(projection, given)| BatchProjection { projection, given }))
    }
}

/// Refuses an attribute that `AttributesToGet` names twice.
pub(super) fn check_twins(names: &[Cow<'_, str>]) -> Result<(), ApiError> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(name) => {
            Err(invalid(format_args!("Duplicate value in attribute name: {}", Cut(name))))
        }
        None => Ok(()),
    }
}

/// The projection on what `AttributesToGet` names.
pub(super) fn of_attributes(names: &[Cow<'_, str>]) -> expr::Projection {
    expr::Projection::of_attributes(names.iter().map(|name| name.clone().into_owned()))
}
