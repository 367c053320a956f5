//! `LexDecimal`: numbers as sort keys, whose bytes are in the order of their values.
//!
//!     head | digits, three in ten bits each | how many of the last three are digits, ten bits
//!
//! The value is 0.d1d2d3... x 10^e. The head tells sign and e; below zero the bits are inverted:
//!
//!     head        above zero            below zero
//!     e small     C0 + e                3F - e
//!     e larger    FE, then e ^ 8000_0000    01, then e ^ 7FFF_FFFF
//!     e smaller   81, then e ^ 8000_0000    7E, then e ^ 7FFF_FFFF
//!
//! Zero is the one byte 80.
//!
//! Must hold: one number is written in one way only; a client may write it in others (1, 1.0).
//! Not here: numbers everywhere else (`number.rs`).

use super::cbor::{Malformed, Writer};
use crate::model::NumberRef;

/// The text of a number.
pub(super) fn text(bytes: &[u8]) -> Result<String, Malformed> {
    if matches!(bytes, [0x80 | 0x7F]) {
        return Ok("0".to_owned());
    }
    let (&head, rest) = bytes.split_first().ok_or(WRONG)?;
    let (is_negative, short) = match head {
        0x82..=0xFD => (false, Some(i32::from(head) - 0xC0)),
        0x02..=0x7D => (true, Some(0x3F - i32::from(head))),
        0xFE | 0x81 => (false, None),
        0x01 | 0x7E => (true, None),
        _ => return Err(WRONG),
    };
    let (exponent, rest) = if let Some(exponent) = short {
        (exponent, rest)
    } else {
        let (exponent, rest) = rest.split_first_chunk().ok_or(WRONG)?;
        let mask = if is_negative { 0x7FFF_FFFF } else { 0x8000_0000 };
        ((u32::from_be_bytes(*exponent) ^ mask).cast_signed(), rest)
    };
    let mut text = if is_negative { "-0." } else { "0." }.to_owned();
    put_digits(&mut text, rest, is_negative)?;
    text.push('e');
    text.push_str(itoa::Buffer::new().format(exponent));
    Ok(text)
}

/// Writes a number.
pub(super) fn put(writer: &mut Writer, number: NumberRef<'_>) {
    if number.is_zero() {
        return writer.raw(&[0x80]);
    }
    let is_negative = number.is_negative();
    let exponent = i32::try_from(number.exponent() + 1).expect("exponents have three digits");
    put_head(writer, is_negative, exponent);
    let mut bits = Bits { writer, held: 0, count: 0, mask: if is_negative { 1023 } else { 0 } };
    let (mut place, mut group) = (0, 0);
    for digit in number.digits() {
        group = group * 10 + u32::from(digit);
        place += 1;
        if place == 3 {
            bits.put(group + DIGITS_FROM);
            (place, group) = (0, 0);
        }
    }
    match place {
        1 => bits.put(group * 100 + DIGITS_FROM),
        2 => bits.put(group * 10 + DIGITS_FROM),
        _ => {}
    }
    bits.put([2, 0, 1][place]);
    bits.end();
}

fn put_head(writer: &mut Writer, is_negative: bool, exponent: i32) {
    if let (-0x3E..0x3E, Ok(small)) = (exponent, i16::try_from(exponent)) {
        let head = if is_negative { 0x3F - small } else { 0xC0 + small };
        return writer.raw(&[u8::try_from(head).expect("it is between 02 and FD")]);
    }
    let (head, mask) = match (is_negative, exponent > 0) {
        (false, true) => (0xFE, 0x8000_0000),
        (false, false) => (0x81, 0x8000_0000),
        (true, true) => (0x01, 0x7FFF_FFFF),
        (true, false) => (0x7E, 0x7FFF_FFFF),
    };
    writer.raw(&[head]);
    writer.raw(&(exponent.cast_unsigned() ^ mask).to_be_bytes());
}

/// Writes groups of ten bits.
struct Bits<'w> {
    writer: &'w mut Writer,
    held: u32,
    count: u32,
    mask: u32,
}

impl Bits<'_> {
    fn put(&mut self, group: u32) {
        self.held = self.held << 10 | (group ^ self.mask);
        self.count += 10;
        while self.count >= 8 {
            self.count -= 8;
            self.put_byte(self.held >> self.count);
            self.held &= (1 << self.count) - 1;
        }
    }

    fn end(mut self) {
        if self.count > 0 {
            self.put_byte(self.held << (8 - self.count));
            self.count = 0;
        }
    }

    fn put_byte(&mut self, byte: u32) {
        self.writer.raw(&[u8::try_from(byte).expect("what is held is less than a byte more")]);
    }
}

/// Reads groups of ten bits up to the one that ends them.
fn put_digits(text: &mut String, bytes: &[u8], is_negative: bool) -> Result<(), Malformed> {
    let mask = if is_negative { 1023 } else { 0 };
    let (mut held, mut count) = (0_u32, 0);
    let mut bytes = bytes.iter();
    loop {
        while count < 10 {
            held = held << 8 | u32::from(*bytes.next().ok_or(WRONG)?);
            count += 8;
        }
        count -= 10;
        let group = (held >> count) ^ mask;
        held &= (1 << count) - 1;
        let Some(digits) = group.checked_sub(DIGITS_FROM) else {
            let padding = match group {
                0 => 2,
                1 => 1,
                2 => 0,
                _ => return Err(WRONG),
            };
            let is_short = text.len() < "-0.".len() + padding;
            if is_short || bytes.next().is_some() || held != 0 {
                return Err(WRONG);
            }
            text.truncate(text.len() - padding);
            return Ok(());
        };
        if digits > 999 {
            return Err(WRONG);
        }
        for divisor in [100, 10, 1] {
            let digit = digits / divisor % 10;
            text.push(char::from_digit(digit, 10).expect("it is below ten"));
        }
    }
}

const DIGITS_FROM: u32 = 12;
const WRONG: Malformed = Malformed("a sort key is no number");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Number;

    fn written(number: &Number) -> Vec<u8> {
        let mut writer = Writer::default();
        put(&mut writer, number.view());
        writer.finish()
    }

    fn number(text: &str) -> Number {
        Number::parse(text).expect("a number")
    }

    fn hex(text: &str) -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("two digits");
        (0..text.len()).step_by(2).map(byte).collect()
    }

    #[test]
    fn numbers_are_written_in_their_shortest_form() {
        for (text, bytes) in [
            ("0", "80"),
            ("1", "c11c0000"),
            ("1.0", "c11c0000"),
            ("-1", "3ee3fff0"),
            ("123.456", "c321dd4008"),
            ("-12.5", "3dddbfd0"),
            ("1E-130", "817fffff7f1c0000"),
        ] {
            assert_eq!(written(&number(text)), hex(bytes), "{text}");
        }
    }

    #[test]
    fn other_spellings_are_read_and_what_is_none_is_refused() {
        for (bytes, text) in [("80", "0"), ("7f", "0"), ("c11c0010", "1.0"), ("c11c0000", "1")] {
            let read = super::text(&hex(bytes)).expect("a number");
            assert_eq!(number(&read), number(text), "{bytes}");
        }
        for bytes in ["", "00", "ff", "c1", "c11c00", "c11c000000", "c100", "c1ffffff", "fe80"] {
            assert!(super::text(&hex(bytes)).is_err(), "{bytes}");
        }
    }

    proptest! {
        #[test]
        fn bytes_are_in_the_order_of_values(
            texts in proptest::collection::vec(("-?[1-9][0-9]{0,37}", -120_i32..80), 2),
        ) {
            let numbers: Result<Vec<Number>, _> = texts
                .iter()
                .map(|(digits, exponent)| Number::parse(&format!("{digits}e{exponent}")))
                .collect();
            let Ok(numbers) = numbers else { return Ok(()) };
            let bytes: Vec<Vec<u8>> = numbers.iter().map(written).collect();

            for (number, bytes) in numbers.iter().zip(&bytes) {
                let read = super::text(bytes).expect("what was written");
                prop_assert_eq!(Number::parse(&read), Ok(*number));
            }
            prop_assert_eq!(bytes[0].cmp(&bytes[1]), numbers[0].cmp(&numbers[1]));
        }
    }
}
