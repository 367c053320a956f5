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

    /// Any number.
    pub(super) fn double(&mut self) -> Result<Option<f64>, ApiError> {
        match self.token()? {
            Token::Null => Ok(None),
            Token::Number(text) => Ok(Some(text.parse().unwrap_or(0.0))),
            token => Err(unfit_scalar(&token, "Double")),
        }
    }

    /// A time, which is given in seconds since 1970, to the millisecond.
    pub(super) fn time_ms(&mut self) -> Result<Option<u64>, ApiError> {
        let text = match self.token()? {
            Token::Null => return Ok(None),
            Token::Number(text) => text,
            token => return Err(unfit_scalar(&token, "Date")),
        };
        let seconds: f64 = text.parse().unwrap_or(0.0);
        // A time before 1970 is no other than that of the oldest record.
        let ms = (seconds * 1_000.0).round().clamp(0.0, LATEST_MS);
        Ok(Some(format!("{ms:.0}").parse().unwrap_or(0)))
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
        element: impl FnMut(&mut Self) -> Result<T, ApiError>,
    ) -> Result<Option<Vec<T>>, ApiError> {
        self.list_at(Place::Member, element)
    }

    /// As [`Scanner::list`], for a list that stands there.
    pub(super) fn list_at<T>(
        &mut self,
        place: Place,
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
            Token::Bool(_) | Token::Number(_) | Token::Text(_) => Err(type_fault(match place {
                Place::Member => UNEXPECTED_FIELD,
                Place::Element => UNEXPECTED_GENERIC,
            })),
        }
    }

    /// A list of texts; the service has no null among them.
    pub(super) fn texts(&mut self) -> Result<Option<Vec<Cow<'a, str>>>, ApiError> {
        self.list(|scan| scan.text()?.ok_or_else(unexpected_value))
    }

    /// A list of byte strings.
    pub(super) fn blobs(&mut self) -> Result<Option<Vec<Bytes>>, ApiError> {
        self.list(|scan| scan.blob()?.ok_or_else(unexpected_value))
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
    if !text.len().is_multiple_of(4) {
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

/// An element that is none.
pub(super) fn unexpected_value() -> ApiError {
    type_fault(UNEXPECTED_VALUE)
}

fn type_fault(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::Serialization, message)
}

/// The latest time that is told apart from later ones.
const LATEST_MS: f64 = 9_007_199_254_740_992.0;
const SHAPES: &str = shape_class!("");
const UNEXPECTED_OBJECT: &str = "Start of structure or map found where not expected";
const UNEXPECTED_FIELD: &str = "Unexpected field type";
const UNEXPECTED_VALUE: &str = "Unexpected value type in payload";
const UNEXPECTED_GENERIC: &str = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl \
    cannot be cast to class java.lang.Class (sun.reflect.generics.reflectiveObjects.\
    ParameterizedTypeImpl and java.lang.Class are in module java.base of loader 'bootstrap')";

#[cfg(test)]
mod tests {
    use super::super::{Wording, decode};
    use super::*;
    use crate::api::Operation;

    fn serialization_fault(operation: Operation, body: &str) -> String {
        let error = decode(operation, body.as_bytes(), Wording::Classic).expect_err(body);
        assert_eq!(error.code, ErrorCode::Serialization, "{body}: {error}");
        error.message
    }

    #[test]
    fn scalars_of_another_type_are_refused_in_the_services_words() {
        for (member, message) in [
            (r#""TableName":1"#, "NUMBER_VALUE cannot be converted to String"),
            (r#""TableName":1.5"#, "DECIMAL_VALUE cannot be converted to String"),
            (r#""TableName":true"#, "TRUE_VALUE cannot be converted to String"),
            (r#""TableName":false"#, "FALSE_VALUE cannot be converted to String"),
            (r#""TableName":[]"#, "Unrecognized collection type class java.lang.String"),
            (r#""TableName":{}"#, "Start of structure or map found where not expected"),
            (r#""ConsistentRead":1"#, "NUMBER_VALUE cannot be converted to Boolean"),
            (r#""ConsistentRead":0.1"#, "DECIMAL_VALUE cannot be converted to Boolean"),
            (r#""ConsistentRead":"x""#, "Unexpected token received from parser"),
            (r#""ConsistentRead":[]"#, "Unrecognized collection type class java.lang.Boolean"),
            (r#""ConsistentRead":{}"#, "Start of structure or map found where not expected"),
            (r#""AttributesToGet":1"#, "Unexpected field type"),
            (r#""AttributesToGet":{}"#, "Start of structure or map found where not expected"),
            (r#""AttributesToGet":[1]"#, "NUMBER_VALUE cannot be converted to String"),
            (r#""AttributesToGet":[[]]"#, "Unrecognized collection type class java.lang.String"),
            (r#""ExpressionAttributeNames":1"#, "Unexpected field type"),
            (
                r#""ExpressionAttributeNames":[]"#,
                "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>",
            ),
        ] {
            let body = format!("{{{member}}}");
            assert_eq!(serialization_fault(Operation::GetItem, &body), message, "{body}");
        }
    }

    #[test]
    fn values_of_another_type_are_refused_in_the_services_words() {
        for (key, message) in [
            ("1", "Unexpected field type"),
            (
                "[]",
                "Unrecognized collection type java.util.Map<java.lang.String, \
                 com.amazonaws.dynamodb.v20120810.AttributeValue>",
            ),
            (r#"{"a":1}"#, "Unexpected value type in payload"),
            (
                r#"{"a":[]}"#,
                "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue",
            ),
            (r#"{"a":{"S":1}}"#, "NUMBER_VALUE cannot be converted to String"),
            (r#"{"a":{"N":1}}"#, "NUMBER_VALUE cannot be converted to String"),
            (r#"{"a":{"B":1}}"#, "only base-64-encoded strings are convertible to bytes"),
            (r#"{"a":{"B":true}}"#, "only base-64-encoded strings are convertible to bytes"),
            (r#"{"a":{"B":[]}}"#, "Unrecognized collection type class java.nio.ByteBuffer"),
            (r#"{"a":{"B":{}}}"#, "Start of structure or map found where not expected"),
            (
                r#"{"a":{"B":"YWI"}}"#,
                "Base64 encoded length is expected a multiple of 4 bytes but found: 3",
            ),
            (r#"{"a":{"B":"YX=="}}"#, "Invalid last non-pad Base64 character dectected"),
            (r#"{"a":{"B":"Y*Jj"}}"#, "Invalid last non-pad Base64 character dectected"),
            (r#"{"a":{"SS":"x"}}"#, "Unexpected field type"),
            (r#"{"a":{"SS":[null]}}"#, "Unexpected value type in payload"),
            (r#"{"a":{"L":{}}}"#, "Start of structure or map found where not expected"),
            (r#"{"a":{"L":["x"]}}"#, "Unexpected value type in payload"),
            (r#"{"a":{"M":"x"}}"#, "Unexpected field type"),
            (r#"{"a":{"M":{"b":"x"}}}"#, "Unexpected value type in payload"),
        ] {
            let body = format!(r#"{{"Key":{key}}}"#);
            assert_eq!(serialization_fault(Operation::GetItem, &body), message, "{body}");
        }
    }

    #[test]
    fn other_shapes_are_refused_by_their_names() {
        use Operation::{BatchGetItem, CreateTable, ListTables, PutItem};

        let shape = |name: &str| {
            format!("Unrecognized collection type class com.amazonaws.dynamodb.v20120810.{name}")
        };
        let map_to = |name: &str| {
            format!(
                "Unrecognized collection type java.util.Map<java.lang.String, \
                 com.amazonaws.dynamodb.v20120810.{name}>"
            )
        };
        for (operation, body, message) in [
            (CreateTable, r#"{"ProvisionedThroughput":[]}"#, shape("ProvisionedThroughput")),
            (CreateTable, r#"{"KeySchema":[[]]}"#, shape("KeySchemaElement")),
            (CreateTable, r#"{"KeySchema":[1]}"#, "Unexpected value type in payload".into()),
            (CreateTable, r#"{"ProvisionedThroughput":1}"#, "Unexpected field type".into()),
            (
                CreateTable,
                r#"{"ProvisionedThroughput":{"ReadCapacityUnits":"1"}}"#,
                "STRING_VALUE cannot be converted to Long".into(),
            ),
            (BatchGetItem, r#"{"RequestItems":[]}"#, map_to("KeysAndAttributes")),
            (BatchGetItem, r#"{"RequestItems":{"a":[]}}"#, shape("KeysAndAttributes")),
            (BatchGetItem, r#"{"RequestItems":{"a":{"Keys":[[]]}}}"#, map_to("AttributeValue")),
            (BatchGetItem, r#"{"RequestItems":{"a":{"Keys":[1]}}}"#, UNEXPECTED_GENERIC.into()),
            (PutItem, r#"{"Expected":[]}"#, map_to("ExpectedAttributeValue")),
            (PutItem, r#"{"Expected":{"a":{"Value":1}}}"#, "Unexpected field type".into()),
            (ListTables, r#"{"Limit":"10"}"#, "STRING_VALUE cannot be converted to Integer".into()),
            (ListTables, r#"{"Limit":true}"#, "TRUE_VALUE cannot be converted to Integer".into()),
            (
                ListTables,
                r#"{"Limit":[]}"#,
                "Unrecognized collection type class java.lang.Integer".into(),
            ),
            (
                ListTables,
                r#"{"Limit":4294967297}"#,
                "NUMBER_VALUE cannot be converted to Integer".into(),
            ),
        ] {
            assert_eq!(serialization_fault(operation, body), message, "{body}");
        }
    }

    #[test]
    fn booleans_may_be_words_and_integers_lose_their_fraction() {
        let boolean = |json: &str| Scanner::new(json.as_bytes()).and_then(|mut s| s.boolean());
        let integer = |json: &str| Scanner::new(json.as_bytes()).and_then(|mut s| s.integer());

        for word in ["true", "\"true\"", "\"TRUE\"", "\"1\"", "\"Yes\""] {
            assert_eq!(boolean(word), Ok(Some(true)), "{word}");
        }
        for word in ["false", "\"False\"", "\"0\"", "\"no\""] {
            assert_eq!(boolean(word), Ok(Some(false)), "{word}");
        }
        assert_eq!(boolean("null"), Ok(None));
        assert_eq!(integer("1.9"), Ok(Some(1)));
        assert_eq!(integer("-1.9"), Ok(Some(-1)));
        assert_eq!(integer("1e2"), Ok(Some(100)));
        assert_eq!(integer("2147483647"), Ok(Some(i32::MAX)));
        assert!(integer("1e300").is_err());
    }

    #[test]
    fn times_are_read_to_the_millisecond() {
        let time = |json: &str| Scanner::new(json.as_bytes()).and_then(|mut s| s.time_ms());

        assert_eq!(time("1664806406"), Ok(Some(1_664_806_406_000)));
        assert_eq!(time("1664806406.123"), Ok(Some(1_664_806_406_123)));
        assert_eq!(time("1.664806406123E9"), Ok(Some(1_664_806_406_123)));
        assert_eq!((time("-1"), time("null")), (Ok(Some(0)), Ok(None)));
        assert_eq!(time("1e300"), Ok(Some(9_007_199_254_740_992)));
        let refused = time("\"2022-10-03\"").expect_err("it is a text");
        assert_eq!(refused.message, "STRING_VALUE cannot be converted to Date");
    }

    #[test]
    fn a_body_that_is_no_json_is_told_so_even_behind_a_wrong_type() {
        for body in
            ["", "x", "[]", "\"a\"", "null", "1", r#"{"TableName":1"#, r#"{"TableName":1}}"#]
        {
            assert_eq!(serialization_fault(Operation::GetItem, body), "", "{body}");
        }
    }
}
