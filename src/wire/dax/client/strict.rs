//! What good CBOR must be besides, for every client to read it as a value.

use super::super::cbor::{Count, Head, Reader};
use super::super::number;
use super::answer::AnswerError;

/// Walks a value and refuses what is good CBOR, and yet not what every client reads.
pub(super) fn check_value(reader: &mut Reader<'_>) -> Result<(), AnswerError> {
    let first = reader.rest().first().copied();
    match reader.head()? {
        Head::Float(_) => Err(AnswerError::Broken("a number is a float")),
        Head::Array(Count::Of(count)) => (0..count).try_for_each(|_| check_value(reader)),
        Head::Map(Count::Of(count)) => (0..count).try_for_each(|_| {
            reader.text()?;
            check_value(reader)
        }),
        Head::Array(Count::Open) | Head::Map(Count::Open) | Head::Break => {
            Err(AnswerError::Broken("a value is of unknown length"))
        }
        Head::Tag(tag @ number::BIG..=number::DECIMAL) => {
            if first.is_none_or(|first| u64::from(first) != 0xC0 + tag) {
                return Err(AnswerError::Broken("the head of a tag is longer than it need be"));
            }
            if tag == number::DECIMAL { check_decimal(reader) } else { Ok(reader.skip()?) }
        }
        Head::Tag(_) => check_value(reader),
        Head::Unsigned(_)
        | Head::Negative(_)
        | Head::Bytes(_)
        | Head::Text(_)
        | Head::Bool(_)
        | Head::Null => Ok(()),
    }
}

fn check_decimal(reader: &mut Reader<'_>) -> Result<(), AnswerError> {
    if reader.array()? != Count::Of(2) {
        return Err(AnswerError::Broken("a decimal is no pair"));
    }
    if reader.integer()? >= 0 {
        return Err(AnswerError::Broken("a whole number is a decimal"));
    }
    Ok(reader.skip()?)
}
