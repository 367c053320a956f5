//! DynamoDB's number: up to 38 decimal digits, exponents −130 to 125, and zero.
//!
//! A number is kept as its own sort key, at most 22 bytes, so comparing bytes compares values and
//! one value has one representation, whatever text it came from:
//!
//!     zero       80
//!     positive   81  exponent + 130  (pair + 1) …
//!     negative   7F  the same bytes inverted …  FF
//!
//! A pair is two digits counted from the first one that is not zero; the last may be padded. The
//! closing FF makes −1.2 sort after −1.23.
//!
//! Must hold: no float anywhere; the text form never has an exponent.
//! Not here: sums (`sum.rs`), the size a number is charged for (`size.rs`).

mod sum;

use std::fmt;

/// A number of an attribute value, in its canonical form.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Number {
    bytes: [u8; ENCODED_BYTES_MAX],
    // Behind the bytes, so that the derived order compares values first; unused bytes are zero.
    len: u8,
}

/// A number where it lies in a stored item or key.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NumberRef<'a>(&'a [u8]);

/// Why a text is no DynamoDB number.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NumberError {
    /// The text is empty.
    #[error("The parameter cannot be converted to a numeric value")]
    Empty,
    /// The text does not read as a number.
    #[error("The parameter cannot be converted to a numeric value: {0}")]
    NotANumber(String),
    /// No number of DynamoDB has this value.
    #[error(transparent)]
    Range(#[from] RangeError),
}

/// Why a value, read or computed, is no DynamoDB number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RangeError {
    /// The magnitude is 1E126 or more.
    #[error(
        "Number overflow. Attempting to store a number with magnitude larger than supported range"
    )]
    Overflow,
    /// The magnitude is below 1E-130 and not zero.
    #[error(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range"
    )]
    Underflow,
    /// More than 38 digits lie between the first and the last that are not zero.
    #[error("Attempting to store more than 38 significant digits in a Number")]
    TooManyDigits,
}

impl Number {
    /// Reads a number as DynamoDB does: optional sign, digits with at most one point, optional
    /// exponent.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let scanned = Scanned::scan(text)?;
        let Some((exponent, digits)) = scanned.significant() else {
            return Ok(Self::zero());
        };
        Ok(Self::in_range(scanned.negative, exponent, digits)?)
    }

    /// The canonical bytes: their order is the order of the values.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The same number as a view.
    pub fn view(&self) -> NumberRef<'_> {
        NumberRef(self.as_bytes())
    }

    fn zero() -> Self {
        let mut bytes = [0; ENCODED_BYTES_MAX];
        bytes[0] = ZERO;
        Self { bytes, len: 1 }
    }

    /// The number of these digits, the first and the last of which are not zero.
    fn in_range(
        negative: bool,
        exponent: i64,
        digits: impl Iterator<Item = u8> + Clone,
    ) -> Result<Self, RangeError> {
        if exponent > EXPONENT_MAX {
            return Err(RangeError::Overflow);
        }
        if exponent < EXPONENT_MIN {
            return Err(RangeError::Underflow);
        }
        if digits.clone().count() > DIGITS_MAX {
            return Err(RangeError::TooManyDigits);
        }
        Ok(Self::from_digits(negative, exponent, digits))
    }

    fn from_digits(negative: bool, exponent: i64, digits: impl Iterator<Item = u8>) -> Self {
        let mut number = Self { bytes: [0; ENCODED_BYTES_MAX], len: 0 };
        let mask = if negative { 0xFF } else { 0 };
        number.push(if negative { NEGATIVE } else { POSITIVE });
        let biased = u8::try_from(exponent - EXPONENT_MIN).expect("the range was checked");
        number.push(biased ^ mask);
        let mut digits = digits.fuse();
        while let Some(first) = digits.next() {
            let second = digits.next().unwrap_or(0);
            number.push((first * 10 + second + 1) ^ mask);
        }
        if negative {
            number.push(0xFF);
        }
        number
    }

    fn push(&mut self, byte: u8) {
        self.bytes[usize::from(self.len)] = byte;
        self.len += 1;
    }
}

impl<'a> NumberRef<'a> {
    /// The number that these bytes are; `None` if they are none in canonical form.
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        let number = Self(bytes);
        match *bytes {
            [ZERO] => Some(number),
            [POSITIVE, _, _, ..] if bytes.len() < ENCODED_BYTES_MAX => {
                number.has_canonical_digits().then_some(number)
            }
            [NEGATIVE, _, _, .., 0xFF] if bytes.len() <= ENCODED_BYTES_MAX => {
                number.has_canonical_digits().then_some(number)
            }
            _ => None,
        }
    }

    /// The number that these bytes are known to be.
    pub(super) fn of_checked(bytes: &'a [u8]) -> Self {
        debug_assert!(Self::from_bytes(bytes).is_some(), "the bytes were checked before");
        Self(bytes)
    }

    /// The canonical bytes.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// An owned copy.
    pub fn to_number(self) -> Number {
        let mut bytes = [0; ENCODED_BYTES_MAX];
        bytes[..self.0.len()].copy_from_slice(self.0);
        let len = u8::try_from(self.0.len()).expect("a checked number has at most 22 bytes");
        Number { bytes, len }
    }

    /// Whether the number is below zero.
    pub fn is_negative(self) -> bool {
        self.0[0] == NEGATIVE
    }

    /// Whether the number is zero.
    pub fn is_zero(self) -> bool {
        self.0[0] == ZERO
    }

    /// The exponent of the first digit in scientific form; 0 for zero.
    pub fn exponent(self) -> i64 {
        if self.is_zero() { 0 } else { i64::from(self.0[1] ^ self.mask()) + EXPONENT_MIN }
    }

    /// The significant digits, first to last, without padding; none for zero.
    pub fn digits(self) -> impl Iterator<Item = u8> + 'a {
        let mask = self.mask();
        self.pairs()
            .iter()
            .flat_map(move |byte| {
                let pair = (byte ^ mask) - 1;
                [pair / 10, pair % 10]
            })
            .take(self.digit_count())
    }

    /// How many significant digits there are.
    pub fn digit_count(self) -> usize {
        let (mask, pairs) = (self.mask(), self.pairs());
        let padded = pairs.last().is_some_and(|last| ((last ^ mask) - 1).is_multiple_of(10));
        pairs.len() * 2 - usize::from(padded)
    }

    /// The same number as an integer; none if it has a fraction, is below zero or too large.
    pub fn as_u64(self) -> Option<u64> {
        if self.is_zero() {
            return Some(0);
        }
        let places = usize::try_from(self.exponent() + 1).ok()?;
        let zeros = u32::try_from(places.checked_sub(self.digit_count())?).ok()?;
        if self.is_negative() {
            return None;
        }
        let append = |number: u64, digit| number.checked_mul(10)?.checked_add(u64::from(digit));
        self.digits().try_fold(0, append)?.checked_mul(10_u64.checked_pow(zeros)?)
    }

    fn mask(self) -> u8 {
        if self.is_negative() { 0xFF } else { 0 }
    }

    fn pairs(self) -> &'a [u8] {
        match self.0 {
            [NEGATIVE, _, pairs @ .., _] | [POSITIVE, _, pairs @ ..] => pairs,
            _ => &[],
        }
    }

    fn has_canonical_digits(self) -> bool {
        let mask = self.mask();
        let pairs = self.pairs();
        pairs.iter().all(|byte| (1..=100).contains(&(byte ^ mask)))
            && pairs.first().is_some_and(|first| (first ^ mask) > 10)
            && pairs.last().is_some_and(|last| (last ^ mask) > 1)
    }
}

impl fmt::Display for NumberRef<'_> {
    /// Plain decimal text, as DynamoDB answers it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        let mut text = [0; TEXT_BYTES_MAX];
        let mut at = 0;
        let mut push = |byte: u8| {
            text[at] = byte;
            at += 1;
        };
        if self.is_negative() {
            push(b'-');
        }
        let exponent = self.exponent();
        if exponent < 0 {
            push(b'0');
            push(b'.');
            (1..-exponent).for_each(|_| push(b'0'));
        }
        let mut place = exponent;
        for digit in self.digits() {
            if place == -1 && exponent >= 0 {
                push(b'.');
            }
            push(b'0' + digit);
            place -= 1;
        }
        (0..=place).for_each(|_| push(b'0'));
        f.write_str(std::str::from_utf8(&text[..at]).expect("only digits, sign and point"))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

/// A text taken apart, its digits still in place.
struct Scanned<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl<'a> Scanned<'a> {
    fn scan(text: &'a str) -> Result<Self, NumberError> {
        if text.is_empty() {
            return Err(NumberError::Empty);
        }
        Self::split(text.as_bytes()).ok_or_else(|| NumberError::NotANumber(text.to_owned()))
    }

    fn split(text: &'a [u8]) -> Option<Self> {
        let (negative, rest) = take_sign(text);
        let (whole, rest) = take_digits(rest);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => take_digits(rest),
            _ => (&rest[..0], rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => scan_exponent(rest)?,
            _ => return None,
        };
        Some(Self { negative, whole, fraction, exponent })
    }

    /// The exponent of the first digit that is not zero, and the digits from it to the last that
    /// is not zero; `None` for zero.
    fn significant(&self) -> Option<(i64, impl Iterator<Item = u8> + Clone + 'a)> {
        let (whole, fraction) = (self.whole, self.fraction);
        let digit = move |at: usize| {
            if at < whole.len() { whole[at] } else { fraction[at - whole.len()] }
        };
        let count = whole.len() + fraction.len();
        let first = (0..count).find(|&at| digit(at) != b'0')?;
        let last = (0..count).rev().find(|&at| digit(at) != b'0')?;
        let place = i64::try_from(whole.len()).ok()? - 1 - i64::try_from(first).ok()?;
        let exponent = self.exponent.saturating_add(place);
        Some((exponent, (first..=last).map(move |at| digit(at) - b'0')))
    }
}

fn take_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn take_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// The value of an exponent's text, capped far beyond any that is in range.
fn scan_exponent(text: &[u8]) -> Option<i64> {
    let (negative, rest) = take_sign(text);
    let (digits, rest) = take_digits(rest);
    if digits.is_empty() || !rest.is_empty() {
        return None;
    }
    let magnitude = digits
        .iter()
        .fold(0_i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(EXPONENT_CAP));
    Some(if negative { -magnitude } else { magnitude })
}

const ZERO: u8 = 0x80;
const POSITIVE: u8 = 0x81;
const NEGATIVE: u8 = 0x7F;
const DIGITS_MAX: usize = 38;
const EXPONENT_MIN: i64 = -130;
const EXPONENT_MAX: i64 = 125;
/// Beyond any text's length, so that digits cannot bring a capped exponent back into range.
const EXPONENT_CAP: i64 = 1 << 40;
/// Sign, exponent, 19 pairs and the closing byte of a negative number.
const ENCODED_BYTES_MAX: usize = 22;
/// Sign, `0.`, and 130 + 37 places.
const TEXT_BYTES_MAX: usize = 176;

#[cfg(test)]
mod tests;
