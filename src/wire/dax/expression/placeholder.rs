//! Placeholders, as short as they can be.

use std::fmt;

use super::super::cbor::Malformed;

/// The placeholder of a value of the expression whose first value has that number.
pub(super) fn of_value(first: usize, number: u64) -> Result<String, Malformed> {
    let number = usize::try_from(number).ok().and_then(|number| first.checked_add(number));
    let number = number.ok_or(Malformed("values have numbers from zero"))?;
    Ok(format!(":{}", Short(number)))
}

/// A number in few characters, all of which a placeholder may have.
pub(super) struct Short(pub(super) usize);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = *self;
        if number >= CHARACTERS.len() {
            write!(f, "{}", Self(number / CHARACTERS.len() - 1))?;
        }
        write!(f, "{}", char::from(CHARACTERS[number % CHARACTERS.len()]))
    }
}

const CHARACTERS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
