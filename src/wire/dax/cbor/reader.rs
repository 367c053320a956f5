//! Reads CBOR where it lies.
//!
//! A head is one byte of type and size, and up to eight of an argument:
//!
//!     3 bits  type      0 unsigned  1 negative  2 bytes  3 text  4 array  5 map  6 tag  7 simple
//!     5 bits  size      0-23 the argument itself, 24-27 it follows in 1, 2, 4 or 8 bytes, 31 open
//!
//! Must hold: a reader that failed is not read again, so where it stands then does not matter.
//! Not here: where a request ends in a stream (`frame.rs`).

use super::Walk;

/// A place in a run of CBOR values.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire::dax) struct Reader<'a>(&'a [u8]);

/// The bytes are not what should be here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("malformed request: {0}")]
pub struct Malformed(pub(in crate::wire::dax) &'static str);

/// What a value begins with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::wire::dax) enum Head<'a> {
    /// A whole number from zero.
    Unsigned(u64),
    /// The whole number −1 − n.
    Negative(u64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text.
    Text(&'a str),
    /// An array of so many values, which follow.
    Array(Count),
    /// A map of so many pairs, which follow.
    Map(Count),
    /// A tag of the value that follows.
    Tag(u64),
    /// A truth value.
    Bool(bool),
    /// Nothing.
    Null,
    /// A float of eight bytes.
    Float(f64),
    /// The end of an open array or map.
    Break,
}

/// How many values an array or map has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::wire::dax) enum Count {
    /// So many.
    Of(u64),
    /// As many as come before the break.
    Open,
}

impl<'a> Reader<'a> {
    pub(in crate::wire::dax) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What was not read yet.
    pub(in crate::wire::dax) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(in crate::wire::dax) fn is_at_end(self) -> bool {
        self.0.is_empty()
    }

    /// Refuses bytes behind the last value.
    pub(in crate::wire::dax) fn end(self) -> Result<(), Malformed> {
        if self.is_at_end() { Ok(()) } else { Err(Malformed("bytes behind the last value")) }
    }

    /// The next head; of bytes and texts with all of them.
    pub(in crate::wire::dax) fn head(&mut self) -> Result<Head<'a>, Malformed> {
        let first = self.byte()?;
        let (kind, size) = (first >> 5, first & 31);
        if size == OPEN {
            return match kind {
                4 => Ok(Head::Array(Count::Open)),
                5 => Ok(Head::Map(Count::Open)),
                7 => Ok(Head::Break),
                _ => Err(Malformed("texts and bytes in pieces are not read")),
            };
        }
        if kind == 7 {
            return self.simple(size);
        }
        let argument = self.argument(size)?;
        Ok(match kind {
            0 => Head::Unsigned(argument),
            1 => Head::Negative(argument),
            2 => Head::Bytes(self.take(argument)?),
            3 => {
                let text = std::str::from_utf8(self.take(argument)?);
                Head::Text(text.map_err(|_| Malformed("a text is not UTF-8"))?)
            }
            4 => Head::Array(Count::Of(argument)),
            5 => Head::Map(Count::Of(argument)),
            _ => Head::Tag(argument),
        })
    }

    /// A byte string.
    pub(in crate::wire::dax) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        match self.head()? {
            Head::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed("a byte string is missing")),
        }
    }

    /// A byte string, or null.
    pub(in crate::wire::dax) fn optional_bytes(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        match self.head()? {
            Head::Bytes(bytes) => Ok(Some(bytes)),
            Head::Null => Ok(None),
            _ => Err(Malformed("a byte string is missing")),
        }
    }

    /// A text.
    pub(in crate::wire::dax) fn text(&mut self) -> Result<&'a str, Malformed> {
        match self.head()? {
            Head::Text(text) => Ok(text),
            _ => Err(Malformed("a text is missing")),
        }
    }

    /// A text, or null.
    pub(in crate::wire::dax) fn optional_text(&mut self) -> Result<Option<&'a str>, Malformed> {
        match self.head()? {
            Head::Text(text) => Ok(Some(text)),
            Head::Null => Ok(None),
            _ => Err(Malformed("a text is missing")),
        }
    }

    /// A whole number that fits.
    pub(in crate::wire::dax) fn integer(&mut self) -> Result<i64, Malformed> {
        let wrong = Malformed("a number is out of range");
        match self.head()? {
            Head::Unsigned(number) => i64::try_from(number).map_err(|_| wrong),
            Head::Negative(number) => i64::try_from(number).map(|n| -1 - n).map_err(|_| wrong),
            _ => Err(Malformed("a whole number is missing")),
        }
    }

    /// A truth value, or a whole number that stands for one.
    pub(in crate::wire::dax) fn truth(&mut self) -> Result<bool, Malformed> {
        match self.head()? {
            Head::Bool(truth) => Ok(truth),
            Head::Unsigned(number) => Ok(number != 0),
            _ => Err(Malformed("a truth value is missing")),
        }
    }

    /// The head of an array.
    pub(in crate::wire::dax) fn array(&mut self) -> Result<Count, Malformed> {
        match self.head()? {
            Head::Array(count) => Ok(count),
            _ => Err(Malformed("an array is missing")),
        }
    }

    /// The head of a map.
    pub(in crate::wire::dax) fn map(&mut self) -> Result<Count, Malformed> {
        match self.head()? {
            Head::Map(count) => Ok(count),
            _ => Err(Malformed("a map is missing")),
        }
    }

    /// The head of an array of known length.
    pub(in crate::wire::dax) fn array_of(&mut self) -> Result<u64, Malformed> {
        match self.array()? {
            Count::Of(count) => Ok(count),
            Count::Open => Err(Malformed("an array has no length")),
        }
    }

    /// Whether another element of an array or map comes, whose head was read before; takes the
    /// break that ends an open one.
    pub(in crate::wire::dax) fn has_next(&mut self, left: &mut Count) -> Result<bool, Malformed> {
        match left {
            Count::Of(0) => Ok(false),
            Count::Of(count) => {
                *count -= 1;
                Ok(true)
            }
            Count::Open if self.0.first() == Some(&BREAK) => {
                self.byte()?;
                Ok(false)
            }
            Count::Open => Ok(true),
        }
    }

    /// Leaves out one value, whatever it is.
    pub(in crate::wire::dax) fn skip(&mut self) -> Result<(), Malformed> {
        let mut walk = Walk::over(1);
        while walk.step(self)? {}
        Ok(())
    }

    fn simple(&mut self, size: u8) -> Result<Head<'a>, Malformed> {
        match size {
            20 => Ok(Head::Bool(false)),
            21 => Ok(Head::Bool(true)),
            22 => Ok(Head::Null),
            27 => Ok(Head::Float(f64::from_bits(self.argument(27)?))),
            _ => Err(Malformed("a simple value that DAX does not have")),
        }
    }

    fn argument(&mut self, size: u8) -> Result<u64, Malformed> {
        match size {
            0..24 => Ok(size.into()),
            24 => Ok(self.byte()?.into()),
            25 => Ok(u16::from_be_bytes(self.fixed()?).into()),
            26 => Ok(u32::from_be_bytes(self.fixed()?).into()),
            27 => Ok(u64::from_be_bytes(self.fixed()?)),
            _ => Err(Malformed("a size that CBOR does not have")),
        }
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(length).map_err(|_| Malformed(CUT_SHORT))?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed(CUT_SHORT))?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let (&byte, rest) = self.0.split_first().ok_or(Malformed(CUT_SHORT))?;
        self.0 = rest;
        Ok(byte)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Malformed(CUT_SHORT))?;
        self.0 = rest;
        Ok(*bytes)
    }
}

/// Whether more bytes could make good what was wrong.
pub(in crate::wire::dax) fn is_cut_short(error: Malformed) -> bool {
    error == Malformed(CUT_SHORT)
}

const OPEN: u8 = 31;
const BREAK: u8 = 0xFF;
const CUT_SHORT: &str = "it ends in the middle of a value";

#[cfg(test)]
mod tests {
    use super::*;

    fn head(bytes: &[u8]) -> Result<Head<'_>, Malformed> {
        Reader::new(bytes).head()
    }

    #[test]
    fn heads_of_all_sizes_are_read() {
        for (bytes, expected) in [
            (&[0x17][..], Head::Unsigned(23)),
            (&[0x18, 24], Head::Unsigned(24)),
            (&[0x19, 1, 0], Head::Unsigned(256)),
            (&[0x1A, 0, 1, 0, 0], Head::Unsigned(65_536)),
            (&[0x1B, 255, 255, 255, 255, 255, 255, 255, 255], Head::Unsigned(u64::MAX)),
            // Longer than it need be.
            (&[0x1B, 0, 0, 0, 0, 0, 0, 0, 1], Head::Unsigned(1)),
            (&[0x20], Head::Negative(0)),
            (&[0x42, 1, 2], Head::Bytes(&[1, 2])),
            (&[0x62, 0xC3, 0xA9], Head::Text("é")),
            (&[0x82], Head::Array(Count::Of(2))),
            (&[0x9F], Head::Array(Count::Open)),
            (&[0xBF], Head::Map(Count::Open)),
            (&[0xD9, 0x0C, 0xF9], Head::Tag(3321)),
            (&[0xF4], Head::Bool(false)),
            (&[0xF6], Head::Null),
            (&[0xFB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0], Head::Float(1.5)),
            (&[0xFF], Head::Break),
        ] {
            assert_eq!(head(bytes), Ok(expected), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_ends_early_or_is_no_cbor_is_refused() {
        for bytes in [
            &[][..],
            &[0x18],
            &[0x1B, 0, 0, 0],
            &[0x42, 1],
            &[0x5B, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x62, 0xC3, 0x28],
            &[0x1C],
            &[0x5F],
            &[0xF9, 0, 0],
            &[0xF7],
        ] {
            assert!(head(bytes).is_err(), "{bytes:02x?}");
        }
    }

    #[test]
    fn one_value_is_left_out_with_all_that_is_in_it() {
        for bytes in [
            &[0x01][..],
            &[0x82, 0x01, 0x82, 0x02, 0x03],
            &[0xBF, 0x01, 0x9F, 0x02, 0xFF, 0xFF],
            &[0xC4, 0x82, 0x20, 0x0F],
        ] {
            let long = [bytes, &[0xF6]].concat();
            let mut reader = Reader::new(&long);
            assert_eq!(reader.skip(), Ok(()), "{bytes:02x?}");
            assert_eq!(reader.rest(), [0xF6], "{bytes:02x?}");
        }
        let nested = |levels| [&vec![0x81; levels][..], &[0]].concat();
        assert_eq!(Reader::new(&nested(127)).skip(), Ok(()));
        assert_eq!(Reader::new(&nested(128)).skip(), Err(Malformed("values are nested too deep")));
        let map = [0xBB, 255, 255, 255, 255, 255, 255, 255, 255];
        assert!(Reader::new(&map).skip().is_err());
    }
}
