//! Numbers as CBOR has them: whole ones, big ones, decimals and, from one client, floats.
//!
//!     7                07
//!     -7               26
//!     1E22             C2 4A 021E19E0C9BAB2400000      tag 2: the bytes of a whole number
//!     -1E22            C3 ...                          tag 3: -1 - n
//!     3.14             C4 82 21 19 013A                tag 4: [exponent, mantissa]
//!
//! Must hold: what is written is a float never, a decimal only of what is not whole; what is read is
//! handed on as text, so that its faults are found and worded where all numbers are.
//! Not here: numbers as sort keys (`lex_decimal.rs`).

use std::fmt::Write as _;

use super::cbor::{Count, Head, Malformed, Reader, Writer};
use crate::model::NumberRef;

/// The text of the number whose head was read.
pub(super) fn text_of(head: Head<'_>, reader: &mut Reader<'_>) -> Result<String, Malformed> {
    Ok(match head {
        Head::Unsigned(number) => itoa::Buffer::new().format(number).to_owned(),
        Head::Negative(_) | Head::Tag(BIG | NEGATIVE_BIG) => whole(head, reader)?,
        Head::Tag(DECIMAL) => {
            if reader.array()? != Count::Of(2) {
                return Err(Malformed("a decimal is no pair"));
            }
            let exponent = reader.integer()?;
            let head = reader.head()?;
            let mut text = whole(head, reader)?;
            write!(text, "e{exponent}").expect("a String takes all text");
            text
        }
        // The shortest text that means this float is what the client began with.
        Head::Float(number) => format!("{number:e}"),
        _ => return Err(Malformed("a number is missing")),
    })
}

/// The text of a number.
pub(super) fn text(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    let head = reader.head()?;
    text_of(head, reader)
}

/// Writes a number.
pub(super) fn put(writer: &mut Writer, number: NumberRef<'_>) {
    if number.is_zero() {
        return writer.unsigned(0);
    }
    let count = i64::try_from(number.digit_count()).expect("a number has at most 38 digits");
    let last = number.exponent() + 1 - count;
    let zeros = usize::try_from(last).unwrap_or(0);
    let digits = number.digits().chain(std::iter::repeat_n(0, zeros));
    let magnitude = if count + last.max(0) <= DIGITS_OF_U128 {
        Magnitude::Short(digits.fold(0, |sum, digit| sum * 10 + u128::from(digit)))
    } else {
        Magnitude::Long(digits.fold(Vec::new(), |limbs, digit| times_ten(limbs, digit.into())))
    };
    if last < 0 {
        writer.tag(DECIMAL);
        writer.array(2);
        writer.signed(last);
    }
    put_whole(writer, number.is_negative(), magnitude);
}

/// The size of a whole number without its sign.
enum Magnitude {
    Short(u128),
    /// In parts of 32 bits, the least first.
    Long(Vec<u32>),
}

fn put_whole(writer: &mut Writer, is_negative: bool, magnitude: Magnitude) {
    let bytes = match magnitude {
        Magnitude::Short(magnitude) => {
            // Below zero, −1 − n is what is written.
            let number = magnitude - u128::from(is_negative);
            if let Ok(short) = u64::try_from(number) {
                return if is_negative { writer.negative(short) } else { writer.unsigned(short) };
            }
            number.to_be_bytes().to_vec()
        }
        Magnitude::Long(mut limbs) => {
            if is_negative {
                take_one(&mut limbs);
            }
            limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
        }
    };
    writer.tag(if is_negative { NEGATIVE_BIG } else { BIG });
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    writer.bytes(&bytes[zeros..]);
}

/// The text of a whole number whose head was read.
fn whole(head: Head<'_>, reader: &mut Reader<'_>) -> Result<String, Malformed> {
    match head {
        Head::Unsigned(number) => Ok(number.to_string()),
        Head::Negative(number) => Ok(format!("-{}", u128::from(number) + 1)),
        Head::Tag(tag @ (BIG | NEGATIVE_BIG)) => {
            let bytes = reader.bytes()?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            let bytes = &bytes[zeros..];
            if bytes.len() > BIG_BYTES_MAX {
                return Err(Malformed("a number has more digits than any that fits"));
            }
            let mut parts = bytes.iter().fold(Vec::new(), |parts, byte| times_256(parts, *byte));
            if tag == NEGATIVE_BIG {
                add_one(&mut parts);
            }
            let sign = if tag == NEGATIVE_BIG { "-" } else { "" };
            let mut text = sign.to_owned();
            let mut parts = parts.iter().rev();
            write!(text, "{}", parts.next().unwrap_or(&0)).expect("a String takes all text");
            for part in parts {
                write!(text, "{part:09}").expect("a String takes all text");
            }
            Ok(text)
        }
        _ => Err(Malformed("a whole number is missing")),
    }
}

/// Ten times a number in parts of 32 bits, and a digit.
fn times_ten(mut limbs: Vec<u32>, digit: u64) -> Vec<u32> {
    let mut carry = digit;
    for limb in &mut limbs {
        let product = u64::from(*limb) * 10 + carry;
        (*limb, carry) = (low_32(product), product >> 32);
    }
    if carry > 0 {
        limbs.push(low_32(carry));
    }
    limbs
}

fn low_32(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).expect("the upper half was cut")
}

/// One less than a number in parts of 32 bits, which is not zero.
fn take_one(limbs: &mut [u32]) {
    for limb in limbs {
        let (less, borrows) = limb.overflowing_sub(1);
        *limb = less;
        if !borrows {
            return;
        }
    }
}

/// 256 times a number in parts of nine decimal digits, and a byte.
fn times_256(mut parts: Vec<u32>, byte: u8) -> Vec<u32> {
    let mut carry = u64::from(byte);
    for part in &mut parts {
        let product = u64::from(*part) * 256 + carry;
        (*part, carry) = (low_32(product % PART), product / PART);
    }
    if carry > 0 {
        parts.push(low_32(carry));
    }
    parts
}

/// One more than a number in parts of nine decimal digits.
fn add_one(parts: &mut Vec<u32>) {
    for part in parts.iter_mut() {
        if u64::from(*part) + 1 < PART {
            *part += 1;
            return;
        }
        *part = 0;
    }
    parts.push(1);
}

pub(super) const BIG: u64 = 2;
pub(super) const NEGATIVE_BIG: u64 = 3;
pub(super) const DECIMAL: u64 = 4;
const PART: u64 = 1_000_000_000;
const DIGITS_OF_U128: i64 = 38;
/// The largest number of DynamoDB has 53.
const BIG_BYTES_MAX: usize = 128;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Number;

    fn written(text: &str) -> Vec<u8> {
        let number = Number::parse(text).expect("a number");
        let mut writer = Writer::default();
        put(&mut writer, number.view());
        writer.finish()
    }

    fn read(bytes: &[u8]) -> Result<String, Malformed> {
        let mut reader = Reader::new(bytes);
        let text = text(&mut reader)?;
        reader.end().map(|()| text)
    }

    #[test]
    fn numbers_are_written_as_clients_read_them() {
        for (text, bytes) in [
            ("0", &[0x00][..]),
            ("7", &[0x07]),
            ("-7", &[0x26]),
            ("18446744073709551615", &[0x1B, 255, 255, 255, 255, 255, 255, 255, 255]),
            ("18446744073709551616", &[0xC2, 0x49, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("-18446744073709551616", &[0x3B, 255, 255, 255, 255, 255, 255, 255, 255]),
            ("-18446744073709551617", &[0xC3, 0x49, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("3.14", &[0xC4, 0x82, 0x21, 0x19, 0x01, 0x3A]),
            ("-12.5", &[0xC4, 0x82, 0x20, 0x38, 0x7C]),
            ("1000", &[0x19, 0x03, 0xE8]),
            ("1e-130", &[0xC4, 0x82, 0x38, 0x81, 0x01]),
            // Of python/getItem-hit-all-types: 12345678901234567890123 and its negative.
            (
                "12345678901234567890123",
                &[0xC2, 0x4A, 0x02, 0x9D, 0x42, 0xB6, 0x4E, 0x76, 0x71, 0x42, 0x44, 0xCB],
            ),
            (
                "-12345678901234567890123",
                &[0xC3, 0x4A, 0x02, 0x9D, 0x42, 0xB6, 0x4E, 0x76, 0x71, 0x42, 0x44, 0xCA],
            ),
        ] {
            assert_eq!(written(text), bytes, "{text}");
        }
    }

    #[test]
    fn every_spelling_of_a_client_is_read() {
        for (bytes, text) in [
            // A small number as a big one, and with bytes that it does not need.
            (&[0xC2, 0x41, 0x05][..], "5"),
            (&[0xC2, 0x43, 0x00, 0x00, 0x05], "5"),
            (&[0xC3, 0x41, 0x00], "-1"),
            (&[0xC2, 0x40], "0"),
            (&[0xC4, 0x82, 0x20, 0x0F], "15e-1"),
            (&[0xC4, 0x82, 0x21, 0x18, 0x96], "150e-2"),
            (&[0xC4, 0x82, 0x02, 0xC2, 0x41, 0x05], "5e2"),
            (&[0xFB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0], "1.5e0"),
            (&[0xFB, 0x40, 0x09, 0x1E, 0xB8, 0x51, 0xEB, 0x85, 0x1F], "3.14e0"),
        ] {
            assert_eq!(read(bytes).as_deref(), Ok(text), "{bytes:02x?}");
        }
        let endless = [&[0xC2, 0x58, 0xFF][..], &[1; 255]].concat();
        assert!(read(&endless).is_err());
        assert!(read(&[0xC4, 0x83, 0, 0, 0]).is_err());
        let not_a_number = read(&[0xFB, 0x7F, 0xF8, 0, 0, 0, 0, 0, 0]).expect("a text");
        assert!(Number::parse(&not_a_number).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same_number(
            digits in "-?[1-9][0-9]{0,37}",
            exponent in -130_i32..126,
        ) {
            let Ok(number) = Number::parse(&format!("{digits}e{exponent}")) else { return Ok(()) };
            let mut writer = Writer::default();
            put(&mut writer, number.view());
            let bytes = writer.finish();

            let read = read(&bytes).expect("what was written");

            prop_assert_eq!(Number::parse(&read), Ok(number));
            let is_whole = !number.to_string().contains('.');
            prop_assert_eq!(bytes[0] == 0xC4, !is_whole);
        }
    }
}
