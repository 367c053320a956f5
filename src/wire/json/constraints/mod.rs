//! The validator of shape constraints: what the service's model asks of single members, gathered
//! over the whole request and worded as the service does.
//!
//! Each shape that has constraints is one table, written with [`shape`] beside the members that a
//! decoder reads: a row for each member, with its name, its [`Rule`] and its value, in the order in
//! which the service tells faults. The walk over the table is the code that the table becomes: a
//! member that is absent and may be so costs one look, and nothing is made unless it is wrong.
//!
//! ```text
//! shape! {
//!     fn constrain(get: &GetMembers<'_>) {
//!         "returnConsumedCapacity": CAPACITY, get.capacity.as_deref();
//!         "tableName": TABLE, get.table.as_deref();
//!         "key": REQUIRED, get.key.as_ref();
//!     }
//! }
//! ```
//!
//! Must hold: faults are listed in the order of the tables, ten at most; those of what a member
//! holds follow its own.
//! Not here: the tables (`decode/`), checks that look at two members.

use std::fmt::{self, Display};

use crate::api::{ApiError, Cut, ErrorCode};

mod given;
mod path;
mod rule;
mod words;

pub(super) use given::{Counted, Entry, Given, Map, Size};
pub(super) use path::Path;
pub(super) use rule::{OPTIONAL, Pattern, REQUIRED, Rule, is_arn};
pub(super) use words::{
    ATTRIBUTE_TYPES, ATTRIBUTES_TO_GET, BILLING_MODES, CAPACITY, COLLECTION_METRICS,
    CONDITIONAL_OPERATORS, ENCRYPTION_KINDS, INDEX_NAME, KEY_TYPES, PROJECTION_TYPES,
    RETURN_ON_FAILURE, RETURN_VALUES, SELECTS, STREAM_VIEWS, TABLE, TABLE_CLASSES, TABLE_NAME,
};

/// A table of constraints. `fn` makes a function that checks a whole request; `impl` lets a
/// structure stand as a member or an element of another shape, `under` its key if that is a map.
/// Behind `..` stand members that are tables themselves.
///
/// What follows `impl` is how faults show the structure: a text, or what prints it.
macro_rules! shape {
    (
        $(#[$doc:meta])*
        $vis:vis fn $walk:ident($members:ident: $type:ty) {
            $($name:literal: $rule:expr, $value:expr;)*
            $(..$more:expr;)?
        }
    ) => {
        $(#[$doc])*
        $vis fn $walk($members: $type) -> Result<(), $crate::api::ApiError> {
            let mut faults = $crate::wire::json::constraints::Faults::default();
            let at = $crate::wire::json::constraints::Path::Request;
            $($rule.check($value, at.member($name), &mut faults);)*
            $($crate::wire::json::constraints::Given::constrain($more, at, &mut faults);)?
            faults.end()
        }
    };
    (impl $shape:literal for $type:ty as $members:ident $($rest:tt)*) => {
        shape! { impl (|_, f| f.write_str($shape)) for $type as $members $($rest)* }
    };
    (
        impl ($print:expr) for $type:ty as $members:ident $(, under ($key:expr))? {
            $($name:literal: $rule:expr, $value:expr;)*
            $(..$more:expr;)?
        }
    ) => {
        $(impl $crate::wire::json::constraints::Entry for $type {
            fn key(&self) -> &str {
                let $members = self;
                $key
            }
        })?

        impl $crate::wire::json::constraints::Given for $type {
            fn print(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let print: fn(&Self, &mut std::fmt::Formatter<'_>) -> std::fmt::Result = $print;
                print(self, f)
            }

            #[inline]
            fn constrain(
                &self,
                at: $crate::wire::json::constraints::Path<'_>,
                faults: &mut $crate::wire::json::constraints::Faults,
            ) {
                let $members = self;
                $($rule.check($value, at.member($name), faults);)*
                $($crate::wire::json::constraints::Given::constrain($more, at, faults);)?
            }
        }
    };
}
pub(super) use shape;

/// The faults of one request.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<String>);

/// A value as a fault shows it: in quotes.
pub(super) struct Quoted<T>(pub(super) T);

impl Faults {
    /// Refuses the request if there was a fault.
    pub(super) fn end(self) -> Result<(), ApiError> {
        if self.is_empty() { Ok(()) } else { Err(self.refusal()) }
    }

    /// Adds a fault of the member at that path, which has that value.
    pub(super) fn add(&mut self, value: impl Display, path: Path<'_>, constraint: impl Display) {
        self.push(format_args!("Value {}", Cut(value)), Cut(path), constraint);
    }

    /// Adds a fault in the newer wording, which shows no value and names members as requests do.
    pub(super) fn add_unshown(&mut self, path: Path<'_>, constraint: impl Display) {
        self.push("Value", Cut(format_args!("{path:#}")), constraint);
    }

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cold]
    fn refusal(self) -> ApiError {
        let errors = if self.0.len() == 1 { "error" } else { "errors" };
        let message =
            format!("{} validation {errors} detected: {}", self.0.len(), self.0.join("; "));
        ApiError::new(ErrorCode::MemberConstraint, message)
    }

    #[cold]
    fn push(&mut self, value: impl Display, path: impl Display, constraint: impl Display) {
        if self.0.len() < FAULTS_MAX {
            let fault = format!("{value} at '{path}' failed to satisfy constraint: {constraint}");
            self.0.push(fault);
        }
    }
}

impl<T: Display> Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0)
    }
}

const FAULTS_MAX: usize = 10;

#[cfg(test)]
mod tests;
