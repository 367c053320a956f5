//! Reads a member as the type that the service model gives it, and words the refusal of any other.
//!
//! The texts are those of the service's own parser: they name Java classes because it does.
//!
//! Must hold: JSON null reads as an absent member, whatever the type.
//! Not here: what a well-typed member may hold (`constraints.rs`, `values.rs`).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::scan::{Scanner, Token};
use crate::api::{ApiError, ErrorCode};

/// Where a structure or map stands, which decides how a scalar in its place is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// A member of a structure.
    Member,
    /// An element of a list, or a value of a map.
    Element,
}

impl<'a> Scanner<'a> {
    pub(super) fn text(&mut self) -> Result<Option<Cow<'a, str>>, ApiError> {
        match self.token()? {
            Token::Null => Ok(None),
            Token::Text(text) => Ok(Some(text)),
            token => Err(unfit_scalar(&token, "String")),
        }
    }

    pub(super) fn boolean(&mut self) -> Result<Option<bool>, ApiError> {
        let text = match self.token()? {
            Token::Null => return Ok(None),
            Token::Bool(truth) => return Ok(Some(truth)),
            Token::Text(text) => text,
            token => return Err(unfit_scalar(&token, "Boolean")),
        };
        let is_one_of = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is_one_of(["true", "1", "yes"]) {
            Ok(Some(true))
        } else if is_one_of(["false", "0", "no"]) {
            Ok(Some(false))
        } else {
            Err(type_fault("Unexpected token received from parser"))
        }
    }

    pub(super) fn integer(&mut self) -> Result<Option<i32>, ApiError> {
        self.whole_number("Integer")
    }

    pub(super) fn long(&mut self) -> Result<Option<i64>, ApiError> {
        self.whole_number("Long")
    }

    pub(super) fn blob(&mut self) -> Result<Option<Bytes>, ApiError> {
        match self.token()? {
            Token::Null => Ok(None),
            Token::Text(text) => bytes_of(&text).map(Some),
            Token::Bool(_) | Token::Number(_) => {
                Err(type_fault("only base-64-encoded strings are convertible to bytes"))
            }
            Token::List => Err(unrecognized("class java.nio.ByteBuffer")),
            Token::Object => Err(type_fault(UNEXPECTED_OBJECT)),
        }
    }

    /// The list's elements, each read by `element`; `None` for null.
    pub(super) fn list<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, ApiError>,
    ) -> Result<Option<Vec<T>>, ApiError> {
        match self.token()? {
            Token::Null => Ok(None),
            Token::List => {
                let mut list = Vec::new();
                self.elements(|scan| {
                    list.push(element(scan)?);
                    Ok(())
                })?;
                Ok(Some(list))
            }
            Token::Object => Err(type_fault(UNEXPECTED_OBJECT)),
            Token::Bool(_) | Token::Number(_) | Token::Text(_) => Err(type_fault(UNEXPECTED_FIELD)),
        }
    }

    /// A list of texts; the service has no null among them.
    pub(super) fn texts(&mut self) -> Result<Option<Vec<Cow<'a, str>>>, ApiError> {
        self.list(|scan| scan.text()?.ok_or_else(|| type_fault(UNEXPECTED_VALUE)))
    }

    /// A list of byte strings.
    pub(super) fn blobs(&mut self) -> Result<Option<Vec<Bytes>>, ApiError> {
        self.list(|scan| scan.blob()?.ok_or_else(|| type_fault(UNEXPECTED_VALUE)))
    }

    /// Reads a structure of that shape; `false` for null. `member` must read each value.
    pub(super) fn structure(
        &mut self,
        shape: &str,
        place: Place,
        member: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), ApiError>,
    ) -> Result<bool, ApiError> {
        match self.token()? {
            Token::Null => Ok(false),
            Token::Object => self.members(member).map(|()| true),
            Token::List => Err(unrecognized(&format!("class {SHAPES}{shape}"))),
            Token::Bool(_) | Token::Number(_) | Token::Text(_) => Err(type_fault(match place {
                Place::Member => UNEXPECTED_FIELD,
                Place::Element => UNEXPECTED_VALUE,
            })),
        }
    }

    /// Reads a map to values of that class; `false` for null. `entry` must read each value.
    pub(super) fn map(
        &mut self,
        class: &str,
        place: Place,
        entry: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), ApiError>,
    ) -> Result<bool, ApiError> {
        match self.token()? {
            Token::Null => Ok(false),
            Token::Object => self.members(entry).map(|()| true),
            Token::List => Err(unrecognized(&format!("java.util.Map<java.lang.String, {class}>"))),
            Token::Bool(_) | Token::Number(_) | Token::Text(_) => Err(type_fault(match place {
                Place::Member => UNEXPECTED_FIELD,
                Place::Element => UNEXPECTED_GENERIC,
            })),
        }
    }

    /// Fractions are cut off, as the service does.
    fn whole_number<T: TryFrom<i64>>(&mut self, class: &str) -> Result<Option<T>, ApiError> {
        let text = match self.token()? {
            Token::Null => return Ok(None),
            Token::Number(text) => text,
            token => return Err(unfit_scalar(&token, class)),
        };
        whole_part(text)
            .and_then(|number| T::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| unfit_scalar(&Token::Number(text), class))
    }
}

/// The name of a shape of the service model, as a Java class.
macro_rules! shape_class {
    ($name:literal) => {
        concat!("com.amazonaws.dynamodb.v20120810.", $name)
    };
}
pub(super) use shape_class;

fn whole_part(text: &str) -> Option<i64> {
    if !is_decimal(text) {
        return text.parse().ok();
    }
    let cut = text.parse::<f64>().ok()?.trunc();
    // Beyond 2^53 a fraction says nothing about the whole part any more.
    if cut.abs() > 9_007_199_254_740_992.0 {
        return None;
    }
    format!("{cut:.0}").parse().ok()
}

fn is_decimal(number: &str) -> bool {
    number.contains(['.', 'e', 'E'])
}

fn bytes_of(text: &str) -> Result<Bytes, ApiError> {
    if text.len() % 4 != 0 {
        return Err(type_fault(format!(
            "Base64 encoded length is expected a multiple of 4 bytes but found: {}",
            text.len()
        )));
    }
    STANDARD
        .decode(text)
        .map(Bytes::from)
        .map_err(|_| type_fault("Invalid last non-pad Base64 character dectected"))
}

fn unfit_scalar(token: &Token<'_>, class: &str) -> ApiError {
    let kind = match token {
        Token::List => return unrecognized(&format!("class java.lang.{class}")),
        Token::Object => return type_fault(UNEXPECTED_OBJECT),
        Token::Number(text) if is_decimal(text) => "DECIMAL_VALUE",
        Token::Number(_) => "NUMBER_VALUE",
        Token::Bool(true) => "TRUE_VALUE",
        Token::Bool(false) => "FALSE_VALUE",
        Token::Text(_) => "STRING_VALUE",
        Token::Null => "NULL_VALUE",
    };
    type_fault(format!("{kind} cannot be converted to {class}"))
}

fn unrecognized(class: &str) -> ApiError {
    type_fault(format!("Unrecognized collection type {class}"))
}

fn type_fault(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::Serialization, message)
}

const SHAPES: &str = shape_class!("");
const UNEXPECTED_OBJECT: &str = "Start of structure or map found where not expected";
const UNEXPECTED_FIELD: &str = "Unexpected field type";
const UNEXPECTED_VALUE: &str = "Unexpected value type in payload";
const UNEXPECTED_GENERIC: &str = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl \
    cannot be cast to class java.lang.Class (sun.reflect.generics.reflectiveObjects.\
    ParameterizedTypeImpl and java.lang.Class are in module java.base of loader 'bootstrap')";
