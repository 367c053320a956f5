//! Gathers what breaks the constraints of the service model, and words it as the service does.
//!
//! Must hold: faults are listed in the order in which they were found, ten at most.
//! Not here: which member has which constraint (`decode/`), checks that look at two members.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use crate::api::{ApiError, Cut, ErrorCode, TableName};

/// The faults of one request.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<String>);

/// A value as a fault shows it: in quotes, or `null` without.
pub(super) struct Quoted<T>(pub(super) T);

impl Faults {
    /// Refuses the request if there was a fault.
    pub(super) fn end(self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let errors = if self.0.len() == 1 { "error" } else { "errors" };
        let message =
            format!("{} validation {errors} detected: {}", self.0.len(), self.0.join("; "));
        Err(ApiError::new(ErrorCode::MemberConstraint, message))
    }

    /// Adds a fault of the member at that path; its value is usually [`Quoted`].
    pub(super) fn add(
        &mut self,
        value: impl Display,
        path: impl Display,
        constraint: impl Display,
    ) {
        self.push(format_args!("Value {}", Cut(value)), path, constraint);
    }

    /// Adds a fault in the wording that shows no value.
    pub(super) fn add_unshown(&mut self, path: impl Display, constraint: impl Display) {
        self.push("Value", path, constraint);
    }

    /// The member must be there.
    pub(super) fn required<T>(&mut self, path: impl Display, member: Option<&T>) {
        if member.is_none() {
            self.add("null", path, "Member must not be null");
        }
    }

    /// The member, if there, must be one of these words.
    pub(super) fn one_of(&mut self, path: impl Display, text: Option<&str>, words: &[&str]) {
        if let Some(text) = text.filter(|text| !words.contains(text)) {
            let set = words.join(", ");
            let constraint = format_args!("Member must satisfy enum value set: [{set}]");
            self.add(Quoted(text), path, constraint);
        }
    }

    /// The member must be there and one of these words.
    pub(super) fn required_one_of(
        &mut self,
        path: impl Display,
        text: Option<&str>,
        words: &[&str],
    ) {
        self.required(&path, text.as_ref());
        self.one_of(path, text, words);
    }

    /// The length of a text or list must be in the range; `value` is how it is shown.
    pub(super) fn length(
        &mut self,
        path: impl Display,
        value: impl Display,
        length: usize,
        range: RangeInclusive<usize>,
    ) {
        if length < *range.start() {
            self.add(&value, &path, AtLeast("length", *range.start()));
        }
        if length > *range.end() {
            self.add(&value, &path, AtMost("length", *range.end()));
        }
    }

    /// The member must be there and its length in the range.
    pub(super) fn required_text(
        &mut self,
        path: impl Display,
        text: Option<&str>,
        range: RangeInclusive<usize>,
    ) {
        self.required(&path, text.as_ref());
        if let Some(text) = text {
            self.length(path, Quoted(text), text.chars().count(), range);
        }
    }

    /// The number must be at least `least`.
    pub(super) fn at_least(&mut self, path: impl Display, number: i64, least: i64) {
        if number < least {
            self.add(Quoted(number), path, AtLeast("value", least));
        }
    }

    /// The number must be at most `most`.
    pub(super) fn at_most(&mut self, path: impl Display, number: i64, most: i64) {
        if number > most {
            self.add(Quoted(number), path, AtMost("value", most));
        }
    }

    /// A name of a table or index, in these lengths.
    pub(super) fn name(&mut self, path: impl Display, name: &str, lengths: RangeInclusive<usize>) {
        if name.is_empty() || !name.bytes().all(TableName::admits) {
            let constraint =
                format_args!("Member must satisfy regular expression pattern: {NAME_PATTERN}");
            self.add(Quoted(name), &path, constraint);
        }
        self.length(path, Quoted(name), name.chars().count(), lengths);
    }

    /// The table of a data operation, which may be given as an ARN.
    pub(super) fn table(&mut self, path: impl Display, name: Option<&str>) {
        self.required(&path, name.as_ref());
        match name {
            Some(arn) if is_arn(arn) => {
                self.length(path, Quoted(arn), arn.chars().count(), ARN_LENGTHS);
            }
            // The service tells only the length of an empty one.
            Some("") => self.length(path, Quoted(""), 0, 1..=255),
            Some(name) => self.name(path, name, 1..=255),
            None => {}
        }
    }

    /// The attributes that a read asks for by the old way.
    pub(super) fn attributes_to_get<T: AsRef<str>>(
        &mut self,
        path: impl Display,
        names: Option<&[T]>,
    ) {
        if let Some(names) = names {
            self.length(path, Quoted(List(names)), names.len(), 1..=255);
        }
    }

    fn push(&mut self, value: impl Display, path: impl Display, constraint: impl Display) {
        if self.0.len() < FAULTS_MAX {
            let path = Cut(path);
            let fault = format!("{value} at '{path}' failed to satisfy constraint: {constraint}");
            self.0.push(fault);
        }
    }
}

/// Whether a table's name is meant as an ARN.
pub(super) fn is_arn(name: &str) -> bool {
    name.starts_with("arn:")
}

/// A list as Java prints one.
pub(super) struct List<'a, T>(pub(super) &'a [T]);

struct AtLeast<T>(&'static str, T);
struct AtMost<T>(&'static str, T);

impl<T: Display> Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0)
    }
}

impl<T: AsRef<str>> Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (at, element) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            f.write_str(element.as_ref())?;
        }
        f.write_str("]")
    }
}

impl<T: Display> Display for AtLeast<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member must have {} greater than or equal to {}", self.0, self.1)
    }
}

impl<T: Display> Display for AtMost<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member must have {} less than or equal to {}", self.0, self.1)
    }
}

// The words of each enumeration in the order in which the service prints them.
pub(super) const CAPACITY_DETAILS: &[&str] = &["INDEXES", "TOTAL", "NONE"];
pub(super) const COLLECTION_METRICS: &[&str] = &["SIZE", "NONE"];
pub(super) const RETURN_VALUES: &[&str] =
    &["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"];
pub(super) const RETURN_ON_FAILURE: &[&str] = &["ALL_OLD", "NONE"];
pub(super) const CONDITIONAL_OPERATORS: &[&str] = &["OR", "AND"];
pub(super) const ATTRIBUTE_ACTIONS: &[&str] = &["ADD", "PUT", "DELETE"];
pub(super) const SELECTS: &[&str] =
    &["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"];
pub(super) const KEY_TYPES: &[&str] = &["HASH", "RANGE"];
pub(super) const ATTRIBUTE_TYPES: &[&str] = &["B", "N", "S"];
pub(super) const BILLING_MODES: &[&str] = &["PROVISIONED", "PAY_PER_REQUEST"];
pub(super) const PROJECTION_TYPES: &[&str] = &["ALL", "INCLUDE", "KEYS_ONLY"];
pub(super) const TABLE_CLASSES: &[&str] = &["STANDARD", "STANDARD_INFREQUENT_ACCESS"];
pub(super) const ENCRYPTION_KINDS: &[&str] = &["AES256", "KMS"];
pub(super) const STREAM_VIEWS: &[&str] =
    &["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"];

pub(super) const NAME_PATTERN: &str = "[a-zA-Z0-9_.-]+";
pub(super) const ARN_LENGTHS: RangeInclusive<usize> = 1..=1024;
const FAULTS_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_no_more_of_a_value_than_anyone_reads() {
        let mut faults = Faults::default();
        faults.name("a", &"é".repeat(1 << 20), 3..=255);

        let message = faults.end().expect_err("too long").message;

        assert!(message.starts_with("2 validation errors detected: Value 'éé"));
        assert!(message.contains("é... at 'a' failed to satisfy constraint: Member must satisfy"));
        assert!(message.ends_with("Member must have length less than or equal to 255"));
        assert!(message.len() < 20_000);
    }
}
