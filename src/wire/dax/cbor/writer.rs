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

    /// Behind what was written before.
    pub(in crate::wire::dax) fn behind(written: Vec<u8>) -> Self {
        Self(written)
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
        self.text_bytes(text.as_bytes());
    }

    /// A text of these bytes, which are UTF-8.
    pub(in crate::wire::dax) fn text_bytes(&mut self, text: &[u8]) {
        self.head(3, text.len() as u64);
        self.0.extend_from_slice(text);
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

    /// A byte string of the values that are written inside, which take about so many bytes.
    pub(in crate::wire::dax) fn embedded(&mut self, about: usize, inside: impl FnOnce(&mut Self)) {
        let start = self.0.len();
        // Room for a head as long as it will be, most likely; if it is not, the values move.
        let room = Start::of(2, about as u64).bytes().len();
        self.0.reserve(room + about);
        self.0.resize(start + room, 0);
        inside(self);
        let head = Start::of(2, (self.0.len() - start - room) as u64);
        if head.bytes().len() == room {
            self.0[start..start + room].copy_from_slice(head.bytes());
        } else {
            self.0.splice(start..start + room, head.bytes().iter().copied());
        }
    }

    fn head(&mut self, kind: u8, argument: u64) {
        self.0.extend_from_slice(Start::of(kind, argument).bytes());
    }
}

/// The bytes that a value begins with.
struct Start {
    bytes: [u8; 9],
    length: usize,
}

impl Start {
    fn of(kind: u8, argument: u64) -> Self {
        let (kind, [.., a, b, c, d]) = (kind << 5, argument.to_be_bytes());
        let mut head = [0; 9];
        let length = match argument {
            0..24 => {
                head[0] = kind | d;
                1
            }
            24..0x100 => {
                head[..2].copy_from_slice(&[kind | 0x18, d]);
                2
            }
            0x100..0x1_0000 => {
                head[..3].copy_from_slice(&[kind | 0x19, c, d]);
                3
            }
            0x1_0000..0x1_0000_0000 => {
                head[..5].copy_from_slice(&[kind | 0x1A, a, b, c, d]);
                5
            }
            _ => {
                head[0] = kind | 0x1B;
                head[1..].copy_from_slice(&argument.to_be_bytes());
                9
            }
        };
        Self { bytes: head, length }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What most that is embedded takes, about.
pub(in crate::wire::dax) const SHORT_BYTES: usize = 64;

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
            let mut plain = Writer::default();
            plain.bytes(&content);
            let plain = plain.finish();
            for about in [0, 30, length, 300, 70_000] {
                let mut embedded = Writer::default();
                embedded.embedded(about, |writer| writer.raw(&content));
                assert_eq!(embedded.finish(), plain, "{length}, about {about}");
            }
        }
    }
}
