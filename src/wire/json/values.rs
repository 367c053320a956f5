//! Reads attribute values.
//!
//! A value can be well typed and still be refused, but only after the whole request was read and
//! its constraints were checked. So a fault is kept, reading goes on, and [`Values::check`] tells
//! the first one when its turn has come.
//!
//! Must hold: no value that was read is used before `check` has passed.
//! Not here: what sets and numbers must be (`api/value.rs`, `model/`).

use bytes::Bytes;

use super::scan::Scanner;
use super::types::{Place, shape_class};
use crate::api::{self, ApiError};
use crate::model::{AttributeValue, Number};

/// Reads values and keeps the first fault among them.
#[derive(Debug, Default)]
pub(in crate::wire) struct Values {
    fault: Option<Flaw>,
    too_deep: bool,
    count: usize,
}

/// Names and values, as an item or key has them.
type Attributes = Vec<(String, AttributeValue)>;

impl Values {
    /// Reads an item or key; `None` for null.
    pub(super) fn attributes(
        &mut self,
        scan: &mut Scanner<'_>,
        place: Place,
    ) -> Result<Option<Attributes>, ApiError> {
        self.map(scan, place, 1)
    }

    /// Reads one value that stands by itself.
    pub(super) fn value(
        &mut self,
        scan: &mut Scanner<'_>,
        place: Place,
    ) -> Result<AttributeValue, ApiError> {
        self.value_at(scan, place, 1)
    }

    /// Reads one value that stands by itself and may be left out; `None` for null.
    pub(super) fn optional(
        &mut self,
        scan: &mut Scanner<'_>,
    ) -> Result<Option<AttributeValue>, ApiError> {
        let found = self.found_at(scan, Place::Member, 1)?;
        Ok(found.map(|found| self.settle(found)))
    }

    /// How many values there are with this one, for a wire that says one in a byte.
    pub(in crate::wire) fn counted(&mut self) -> usize {
        self.count += 1;
        self.count
    }

    /// The number that a text is.
    pub(in crate::wire) fn number(&mut self, text: &str) -> AttributeValue {
        self.settled(number(text))
    }

    /// The set of the numbers that these texts are.
    pub(in crate::wire) fn number_set(&mut self, texts: &[String]) -> AttributeValue {
        self.settled(number_set(texts))
    }

    /// The set of these texts.
    pub(in crate::wire) fn text_set(&mut self, texts: &[&str]) -> AttributeValue {
        self.settled(text_set(texts))
    }

    /// The set of these byte strings.
    pub(in crate::wire) fn binary_set(&mut self, elements: &[Bytes]) -> AttributeValue {
        self.settled(binary_set(elements))
    }

    /// Keeps the fault of a name that no attribute can have.
    pub(in crate::wire) fn check_name(&mut self, name: &str) {
        if name.is_empty() {
            self.keep(last(ApiError::validation("Empty attribute name")));
        }
        if name.len() > NAME_BYTES_MAX {
            self.keep(last(ApiError::validation(
                "Attribute name has exceeded the maximum size of 65535",
            )));
        }
    }

    /// Tells the first fault of what was read.
    pub(in crate::wire) fn check(self) -> Result<(), ApiError> {
        match self.fault {
            Some(flaw) => Err(flaw.fault),
            None if self.too_deep => Err(ApiError::validation(TOO_DEEP)),
            None => Ok(()),
        }
    }

    /// Tells the first fault of a start key, whose words stand before all but faults of numbers
    /// and of elements that are there twice.
    pub(super) fn check_start_key(self) -> Result<(), ApiError> {
        let is_bare = self.fault.as_ref().is_some_and(|flaw| BARE_RANKS.contains(&flaw.rank));
        self.check().map_err(|fault| {
            if is_bare {
                return fault;
            }
            let message = format!("The provided starting key is invalid: {}", fault.message);
            ApiError::validation(message)
        })
    }

    fn map(
        &mut self,
        scan: &mut Scanner<'_>,
        place: Place,
        level: usize,
    ) -> Result<Option<Attributes>, ApiError> {
        let mut attributes = Vec::new();
        let present = scan.map(shape_class!("AttributeValue"), place, |scan, name| {
            self.check_name(&name);
            let value = self.value_at(scan, Place::Element, level)?;
            attributes.push((name.into_owned(), value));
            Ok(())
        })?;
        Ok(present.then_some(attributes))
    }

    fn value_at(
        &mut self,
        scan: &mut Scanner<'_>,
        place: Place,
        level: usize,
    ) -> Result<AttributeValue, ApiError> {
        let found = self.found_at(scan, place, level)?;
        Ok(self.settle(found.unwrap_or_default()))
    }

    /// What an object that should be one value holds; `None` for null.
    fn found_at(
        &mut self,
        scan: &mut Scanner<'_>,
        place: Place,
        level: usize,
    ) -> Result<Option<Found>, ApiError> {
        let mut found = Found::default();
        let present = scan.structure("AttributeValue", place, |scan, name| {
            if let Some(outcome) = self.typed(scan, &name, level)? {
                found.add(outcome);
            }
            Ok(())
        })?;
        Ok(present.then_some(found))
    }

    fn settle(&mut self, found: Found) -> AttributeValue {
        self.settled(found.one())
    }

    fn settled(&mut self, outcome: Outcome) -> AttributeValue {
        outcome.unwrap_or_else(|flaw| {
            self.keep(flaw);
            AttributeValue::Null
        })
    }

    /// The value under the name of a type; `None` for null and for names that are no type's.
    fn typed(
        &mut self,
        scan: &mut Scanner<'_>,
        name: &str,
        level: usize,
    ) -> Result<Option<Outcome>, ApiError> {
        Ok(match name {
            "S" => scan.text()?.map(|text| Ok(AttributeValue::S(text.into_owned()))),
            "N" => scan.text()?.map(|text| number(&text)),
            "B" => scan.blob()?.map(|bytes| Ok(AttributeValue::B(bytes))),
            "BOOL" => scan.boolean()?.map(|truth| Ok(AttributeValue::Bool(truth))),
            "NULL" => scan.boolean()?.map(|truth| api::null(truth).map_err(ranked(1))),
            "SS" => scan.texts()?.map(|set| text_set(&set)),
            "NS" => scan.texts()?.map(|set| number_set(&set)),
            "BS" => scan.blobs()?.map(|set| binary_set(&set)),
            "L" => {
                self.descend(level);
                let list = scan.list(|scan| self.value_at(scan, Place::Element, level + 1))?;
                list.map(|list| Ok(AttributeValue::L(list)))
            }
            "M" => {
                self.descend(level);
                let map = self.map(scan, Place::Member, level + 1)?;
                map.map(|map| Ok(AttributeValue::M(map)))
            }
            _ => {
                scan.skip()?;
                None
            }
        })
    }

    /// Keeps that a list or map lies in one level too many; an item's attributes are in the first.
    pub(in crate::wire) fn descend(&mut self, level: usize) {
        self.too_deep |= level >= VALUE_LEVELS_MAX;
    }

    fn keep(&mut self, flaw: Flaw) {
        self.fault.get_or_insert(flaw);
    }
}

/// A value of one type, or what is wrong with it and the rank in which the service would say so.
type Outcome = Result<AttributeValue, Flaw>;

#[derive(Debug)]
struct Flaw {
    rank: u8,
    fault: ApiError,
}

/// What an object that should be one value turned out to hold.
#[derive(Default)]
struct Found {
    value: Option<AttributeValue>,
    flaw: Option<Flaw>,
    types: usize,
}

impl Found {
    fn add(&mut self, outcome: Outcome) {
        self.types += 1;
        match outcome {
            Ok(value) => self.value = Some(value),
            Err(flaw) if self.flaw.as_ref().is_none_or(|first| flaw.rank < first.rank) => {
                self.flaw = Some(flaw);
            }
            Err(_) => {}
        }
    }

    fn one(self) -> Outcome {
        match (self.flaw, self.value) {
            (Some(flaw), _) => Err(flaw),
            (None, None) => Err(last(ApiError::validation(NO_TYPE))),
            (None, Some(value)) if self.types == 1 => Ok(value),
            (None, Some(_)) => Err(last(ApiError::validation(TWO_TYPES))),
        }
    }
}

fn number(text: &str) -> Outcome {
    Number::parse(text).map(AttributeValue::N).map_err(|error| ranked(0)(error.into()))
}

fn text_set<T: AsRef<str>>(set: &[T]) -> Outcome {
    let rank = if set.is_empty() { 2 } else { 6 };
    api::text_set(set).map_err(ranked(rank))
}

fn binary_set(set: &[Bytes]) -> Outcome {
    let rank = if set.is_empty() { 4 } else { 8 };
    api::binary_set(set).map_err(ranked(rank))
}

fn number_set<T: AsRef<str>>(texts: &[T]) -> Outcome {
    let numbers: Result<Vec<Number>, _> =
        texts.iter().map(|text| Number::parse(text.as_ref())).collect();
    let numbers = numbers.map_err(|error| ranked(5)(error.into()))?;
    let rank = if numbers.is_empty() { 3 } else { 7 };
    api::number_set(numbers).map_err(ranked(rank))
}

fn ranked(rank: u8) -> impl FnOnce(ApiError) -> Flaw {
    move |fault| Flaw { rank, fault }
}

/// A flaw that is told when there is no other.
fn last(fault: ApiError) -> Flaw {
    Flaw { rank: u8::MAX, fault }
}

/// The ranks of faults of numbers and of duplicates.
const BARE_RANKS: [u8; 5] = [0, 5, 6, 7, 8];
const VALUE_LEVELS_MAX: usize = 32;
const NAME_BYTES_MAX: usize = 65_535;
const NO_TYPE: &str =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
pub(super) const TWO_TYPES: &str = "Supplied AttributeValue has more than one datatypes set, must contain \
    exactly one of the supported datatypes";
const TOO_DEEP: &str = "Nesting Levels have exceeded supported limits: Attributes in the item have \
    nested levels beyond supported limit";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorCode;

    fn read(json: &str) -> Result<AttributeValue, ApiError> {
        let mut scan = Scanner::new(json.as_bytes())?;
        let mut values = Values::default();
        let value = values.value(&mut scan, Place::Element)?;
        scan.end()?;
        values.check().map(|()| value)
    }

    fn nest(levels: usize, (open, close): (&str, &str)) -> String {
        format!("{}{{\"S\":\"x\"}}{}", open.repeat(levels), close.repeat(levels))
    }

    #[test]
    fn faults_are_told_in_the_services_words() {
        let p = "One or more parameter values were invalid: ";
        let not_a_number = "The parameter cannot be converted to a numeric value";
        for (json, message) in [
            ("{}", NO_TYPE.to_owned()),
            ("null", NO_TYPE.to_owned()),
            (r#"{"X":"a"}"#, NO_TYPE.to_owned()),
            (r#"{"s":"a"}"#, NO_TYPE.to_owned()),
            (r#"{"S":null}"#, NO_TYPE.to_owned()),
            (r#"{"L":[null]}"#, NO_TYPE.to_owned()),
            (r#"{"M":{"a":{}}}"#, NO_TYPE.to_owned()),
            (r#"{"M":{"":{"S":"a"}}}"#, "Empty attribute name".to_owned()),
            (r#"{"N":""}"#, not_a_number.to_owned()),
            (r#"{"N":"abc"}"#, format!("{not_a_number}: abc")),
            (r#"{"NS":["1","b"]}"#, format!("{not_a_number}: b")),
            (
                r#"{"N":"1e126"}"#,
                "Number overflow. Attempting to store a number with magnitude larger than \
                 supported range"
                    .to_owned(),
            ),
            (
                r#"{"NULL":false}"#,
                format!("{p}Null attribute value types must have the value of true"),
            ),
            (r#"{"SS":[]}"#, format!("{p}An string set  may not be empty")),
            (r#"{"NS":[]}"#, format!("{p}An number set  may not be empty")),
            (r#"{"BS":[]}"#, format!("{p}Binary sets should not be empty")),
            (
                r#"{"SS":["b","a","a"]}"#,
                format!("{p}Input collection [b, a, a] contains duplicates."),
            ),
            (r#"{"NS":["1","1.0"]}"#, "Input collection contains duplicates".to_owned()),
            (
                r#"{"BS":["YQ==","YQ=="]}"#,
                format!("{p}Input collection [YQ==, YQ==]of type BS contains duplicates."),
            ),
            (r#"{"S":"a","N":"1"}"#, TWO_TYPES.to_owned()),
        ] {
            assert_eq!(read(json), Err(ApiError::validation(message)), "{json}");
        }
    }

    #[test]
    fn of_two_faults_the_services_first_is_told() {
        for (json, message) in [
            (r#"{"SS":[],"N":"x"}"#, "The parameter cannot be converted to a numeric value: x"),
            (
                r#"{"BS":[],"NULL":false}"#,
                "One or more parameter values were invalid: Null attribute value types must have \
                 the value of true",
            ),
            (
                r#"{"L":[{"NULL":false},{}]}"#,
                "One or more parameter values were invalid: Null attribute value types must have \
                 the value of true",
            ),
        ] {
            assert_eq!(read(json), Err(ApiError::validation(message)), "{json}");
        }
        let mistyped = read(r#"{"L":[{},{"S":1}]}"#).map_err(|error| error.code);
        assert_eq!(mistyped, Err(ErrorCode::Serialization));
    }

    #[test]
    fn sets_are_read_in_order() {
        let text = |text: &str| text.to_owned();
        assert_eq!(
            read(r#"{"SS":["b","","a"]}"#),
            Ok(AttributeValue::Ss(vec![text(""), text("a"), text("b")]))
        );
        let numbers = ["-1", "2", "10"].map(|text| Number::parse(text).expect("a number"));
        assert_eq!(read(r#"{"NS":["10","2","-1"]}"#), Ok(AttributeValue::Ns(numbers.into())));
    }

    #[test]
    fn nesting_is_held_on_both_sides() {
        for container in [(r#"{"L":["#, "]}"), (r#"{"M":{"a":"#, "}}")] {
            assert!(read(&nest(31, container)).is_ok());
            assert_eq!(read(&nest(32, container)), Err(ApiError::validation(TOO_DEEP)));
            let deeper = read(&nest(40, container)).map_err(|error| error.code);
            assert_eq!(deeper, Err(ErrorCode::Serialization));
        }
    }
}
