//! What DynamoDB asks of attribute values before it looks at any table.
//!
//! Must hold: a set that leaves this file is sorted and has no element twice.
//! Not here: how values are read from a wire, and in which order their faults are told.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::{ApiError, Cut};
use crate::model::{AttributeValue, Number};

/// A set of texts.
pub fn text_set<T: AsRef<str>>(elements: &[T]) -> Result<AttributeValue, ApiError> {
    if elements.is_empty() {
        return Err(invalid("An string set  may not be empty"));
    }
    let mut sorted: Vec<&str> = elements.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    if has_twins(&sorted) {
        let given: Vec<&str> = elements.iter().map(AsRef::as_ref).collect();
        let given = Cut(given.join(", "));
        return Err(invalid(format_args!("Input collection [{given}] contains duplicates.")));
    }
    Ok(AttributeValue::Ss(sorted.into_iter().map(str::to_owned).collect()))
}

/// A set of numbers; two that are equal by value are duplicates.
pub fn number_set(mut elements: Vec<Number>) -> Result<AttributeValue, ApiError> {
    if elements.is_empty() {
        return Err(invalid("An number set  may not be empty"));
    }
    elements.sort_unstable();
    if has_twins(&elements) {
        return Err(ApiError::validation("Input collection contains duplicates"));
    }
    Ok(AttributeValue::Ns(elements))
}

/// A set of byte strings.
pub fn binary_set(elements: &[Bytes]) -> Result<AttributeValue, ApiError> {
    if elements.is_empty() {
        return Err(invalid("Binary sets should not be empty"));
    }
    let mut sorted = elements.to_vec();
    sorted.sort_unstable();
    if has_twins(&sorted) {
        let given: Vec<String> = elements.iter().map(|bytes| STANDARD.encode(bytes)).collect();
        let given = Cut(given.join(", "));
        let fault = format_args!("Input collection [{given}]of type BS contains duplicates.");
        return Err(invalid(fault));
    }
    Ok(AttributeValue::Bs(sorted))
}

/// The null value, of which only the true one exists.
pub fn null(truth: bool) -> Result<AttributeValue, ApiError> {
    if truth {
        Ok(AttributeValue::Null)
    } else {
        Err(invalid("Null attribute value types must have the value of true"))
    }
}

/// A fault of several parameters, in the words that DynamoDB begins with.
pub fn invalid(fault: impl Display) -> ApiError {
    ApiError::validation(format!("One or more parameter values were invalid: {fault}"))
}

fn has_twins<T: PartialEq>(sorted: &[T]) -> bool {
    sorted.windows(2).any(|pair| pair[0] == pair[1])
}
