//! Writes CBOR.
//!
//! Must hold: heads are as short as they can be.

/// Values one after the other.
#[derive(Debug, Default)]
pub(in crate::wire::dax) struct Writer(Vec<u8>);

impl Writer {
    pub(in crate::wire::dax) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(in crate::wire::dax) fn finish(self) -> Vec<u8> {
        self.0
    }

    pub(in crate::wire::dax) fn unsigned(&mut self, number: u64) {
        self.head(0, number);
    }

    /// The whole number −1 − `number`.
    pub(in crate::wire::dax) fn negative(&mut self, number: u64) {
        self.head(1, number);
    }

    pub(in crate::wire::dax) fn signed(&mut self, number: i64) {
        match u64::try_from(number) {
            Ok(number) => self.unsigned(number),
            Err(_) => self.negative(number.unsigned_abs() - 1),
        }
    }

    pub(in crate::wire::dax) fn bytes(&mut self, bytes: &[u8]) {
        self.head(2, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(in crate::wire::dax) fn text(&mut self, text: &str) {
        self.head(3, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(in crate::wire::dax) fn array(&mut self, length: usize) {
        self.head(4, length as u64);
    }

    pub(in crate::wire::dax) fn map(&mut self, length: usize) {
        self.head(5, length as u64);
    }

    /// The beginning of a map that ends with [`Writer::end_open`].
    pub(in crate::wire::dax) fn open_map(&mut self) {
        self.0.push(0xBF);
    }

    pub(in crate::wire::dax) fn end_open(&mut self) {
        self.0.push(0xFF);
    }

    pub(in crate::wire::dax) fn tag(&mut self, tag: u64) {
        self.head(6, tag);
    }

    pub(in crate::wire::dax) fn truth(&mut self, truth: bool) {
        self.0.push(if truth { 0xF5 } else { 0xF4 });
    }

    pub(in crate::wire::dax) fn null(&mut self) {
        self.0.push(0xF6);
    }

    /// A float of eight bytes, which is the only size that all clients read.
    pub(in crate::wire::dax) fn float(&mut self, number: f64) {
        self.0.push(0xFB);
        self.0.extend_from_slice(&number.to_bits().to_be_bytes());
    }

    /// Bytes without a head, as they are the rest of a byte string.
    pub(in crate::wire::dax) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A byte string of the values that are written inside.
    pub(in crate::wire::dax) fn embedded(&mut self, inside: impl FnOnce(&mut Self)) {
        let start = self.0.len();
        // The head is as long as it mostly will be; where it is not, the values move.
        self.0.push(0x58);
        self.0.push(0);
        inside(self);
        let length = self.0.len() - start - 2;
        if let (24.., Ok(short)) = (length, u8::try_from(length)) {
            self.0[start + 1] = short;
            return;
        }
        let mut head = Self::default();
        head.head(2, length as u64);
        self.0.splice(start..start + 2, head.0);
    }

    fn head(&mut self, kind: u8, argument: u64) {
        let kind = kind << 5;
        if let Ok(short) = u8::try_from(argument) {
            if short < 24 {
                self.0.push(kind | short);
            } else {
                self.0.extend_from_slice(&[kind | 0x18, short]);
            }
        } else if let Ok(short) = u16::try_from(argument) {
            self.0.push(kind | 0x19);
            self.0.extend_from_slice(&short.to_be_bytes());
        } else if let Ok(short) = u32::try_from(argument) {
            self.0.push(kind | 0x1A);
            self.0.extend_from_slice(&short.to_be_bytes());
        } else {
            self.0.push(kind | 0x1B);
            self.0.extend_from_slice(&argument.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Head, Reader};
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for number in [0, 23, 24, 255, 256, 65_535, 65_536, u64::from(u32::MAX), u64::MAX] {
            let mut writer = Writer::default();
            writer.unsigned(number);
            writer.negative(number);
            let bytes = writer.finish();
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.head(), Ok(Head::Unsigned(number)));
            assert_eq!(reader.head(), Ok(Head::Negative(number)));
            assert!(reader.is_at_end());
        }
    }

    #[test]
    fn a_byte_string_of_values_has_the_shortest_head() {
        for length in [0, 1, 22, 23, 24, 200, 255, 256, 300, 65_535, 65_536, 70_000] {
            let content = vec![7; length];
            let mut embedded = Writer::default();
            embedded.embedded(|writer| writer.raw(&content));
            let mut plain = Writer::default();
            plain.bytes(&content);
            assert_eq!(embedded.finish(), plain.finish(), "{length}");
        }
    }
}
