//! The frame of every file of a backup: blocks with checksums, of which none can be missing.
//!
//!     file    magic (8) | version u32 | block … | the last block
//!     block   length u32 | kind u8 | bytes | XXH3-64 u64
//!
//! The checksum is that of magic, version, the block's number from 0, length, kind and bytes: a
//! block in another place, or of another kind of file, is not sound. Numbers are little-endian.
//!
//! Must hold: what is read was written so, in this order, or it is an error; a reader takes no more
//! memory than one block may have, whatever a damaged length says.
//! Not here: what the blocks mean.

use std::io::{self, Read};

use xxhash_rust::xxh3::Xxh3;

use super::Error;

/// What files of a kind begin with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    /// For people.
    pub(super) name: &'static str,
    pub(super) magic: &'static [u8; 8],
    pub(super) version: u32,
}

/// Numbers and sums the blocks that are written.
#[derive(Debug)]
pub(super) struct Encoder {
    format: Format,
    next: u64,
}

/// Reads blocks.
#[derive(Debug)]
pub(super) struct Decoder<R> {
    input: R,
    format: Format,
    next: u64,
}

impl Encoder {
    /// Begins a file.
    pub(super) fn begin(format: Format, out: &mut Vec<u8>) -> Self {
        out.extend_from_slice(format.magic);
        out.extend_from_slice(&format.version.to_le_bytes());
        Self { format, next: 0 }
    }

    /// Adds a block.
    pub(super) fn block(&mut self, kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= BLOCK_BYTES_MAX);
        let length = length.expect("whoever writes keeps blocks small");
        out.extend_from_slice(&length.to_le_bytes());
        out.push(kind);
        out.extend_from_slice(bytes);
        let sum = sum(self.format, self.next, length, kind, bytes);
        out.extend_from_slice(&sum.to_le_bytes());
        self.next += 1;
    }
}

impl<R: Read> Decoder<R> {
    /// Reads how a file begins.
    pub(super) fn open(mut input: R, format: Format) -> Result<Self, Error> {
        let (mut magic, mut version) = ([0; 8], [0; 4]);
        let begins = input.read_exact(&mut magic).and_then(|()| input.read_exact(&mut version));
        begins.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::Foreign(format.name),
            _ => Error::Stream { action: "read", source: error },
        })?;
        let (found, known) = (u32::from_le_bytes(version), format.version);
        if magic != *format.magic || found == 0 {
            return Err(Error::Foreign(format.name));
        }
        if found > known {
            return Err(Error::NewerFormat { found, known });
        }
        Ok(Self { input, format: Format { version: found, ..format }, next: 0 })
    }

    /// The next block's kind and bytes. There must be one: the last is known by its kind.
    pub(super) fn block(&mut self) -> Result<(u8, Vec<u8>), Error> {
        let mut head = [0; 5];
        self.fill(&mut head)?;
        let [l0, l1, l2, l3, kind] = head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        if length > BLOCK_BYTES_MAX {
            return Err(self.damaged("its length is none"));
        }
        let mut bytes = vec![0; length as usize];
        self.fill(&mut bytes)?;
        let mut stored = [0; 8];
        self.fill(&mut stored)?;
        if u64::from_le_bytes(stored) != sum(self.format, self.next, length, kind, &bytes) {
            return Err(self.damaged("its checksum is wrong"));
        }
        self.next += 1;
        Ok((kind, bytes))
    }

    /// Makes sure that nothing is behind the last block.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        let mut more = [0];
        match self.input.read(&mut more) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.damaged("something is behind the end")),
            Err(source) => Err(Error::Stream { action: "read", source }),
        }
    }

    /// An error of the block that was read last.
    pub(super) fn wrong(&self, why: &'static str) -> Error {
        Error::Damaged { block: self.next.saturating_sub(1), why }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.input.read_exact(bytes).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("the file ends in it"),
            _ => Error::Stream { action: "read", source },
        })
    }

    fn damaged(&self, why: &'static str) -> Error {
        Error::Damaged { block: self.next, why }
    }
}

fn sum(format: Format, number: u64, length: u32, kind: u8, bytes: &[u8]) -> u64 {
    let mut sum = Xxh3::new();
    sum.update(format.magic);
    sum.update(&format.version.to_le_bytes());
    sum.update(&number.to_le_bytes());
    sum.update(&length.to_le_bytes());
    sum.update(&[kind]);
    sum.update(bytes);
    sum.digest()
}

/// Bytes of one block. The largest row has two images of 400 KB in it.
pub(super) const BLOCK_BYTES_MAX: u32 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format { name: "test", magic: b"hearth??", version: 3 };

    fn file() -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = Encoder::begin(FORMAT, &mut out);
        for (kind, bytes) in [(1, &b"one"[..]), (2, b""), (2, b"three"), (9, b"end")] {
            encoder.block(kind, bytes, &mut out);
        }
        out
    }

    fn read(file: &[u8]) -> Result<Vec<(u8, Vec<u8>)>, Error> {
        let mut decoder = Decoder::open(file, FORMAT)?;
        let mut blocks = Vec::new();
        while blocks.last().is_none_or(|(kind, _)| *kind != 9) {
            blocks.push(decoder.block()?);
        }
        decoder.end().map(|()| blocks)
    }

    #[test]
    fn blocks_come_back_as_they_were_written() {
        let blocks = read(&file()).expect("it is sound");

        let expected = [(1, &b"one"[..]), (2, b""), (2, b"three"), (9, b"end")];
        assert_eq!(blocks, expected.map(|(kind, bytes)| (kind, bytes.to_vec())));
    }

    #[test]
    fn a_file_that_was_cut_anywhere_is_refused() {
        let file = file();
        for length in 0..file.len() {
            assert!(read(&file[..length]).is_err(), "{length} bytes");
        }
        let mut longer = file;
        longer.push(0);
        assert!(matches!(read(&longer), Err(Error::Damaged { block: 4, .. })));
    }

    #[test]
    fn a_bit_that_is_another_anywhere_is_noticed() {
        let file = file();
        for place in 0..file.len() * 8 {
            let mut damaged = file.clone();
            damaged[place / 8] ^= 1 << (place % 8);
            assert!(read(&damaged).is_err(), "bit {place}");
        }
    }

    #[test]
    fn blocks_in_another_order_are_refused() {
        let mut out = Vec::new();
        Encoder::begin(FORMAT, &mut out);
        let (start, second) = (out.len(), out.len() + 5 + 3 + 8);
        let third = second + 5 + 8;
        let file = file();
        let swapped =
            [&file[..start], &file[second..third], &file[start..second], &file[third..]].concat();

        assert!(matches!(read(&swapped), Err(Error::Damaged { block: 0, .. })));
        let left_out = [&file[..second], &file[third..]].concat();
        assert!(matches!(read(&left_out), Err(Error::Damaged { block: 1, .. })));
    }

    #[test]
    fn a_block_has_a_limit_which_a_damaged_length_cannot_pass() {
        let most = vec![7; BLOCK_BYTES_MAX as usize];
        let mut out = Vec::new();
        let mut encoder = Encoder::begin(FORMAT, &mut out);
        encoder.block(9, &most, &mut out);
        assert_eq!(read(&out).expect("it is sound"), [(9, most)]);

        out[12..16].copy_from_slice(&(BLOCK_BYTES_MAX + 1).to_le_bytes());

        let why = "its length is none";
        assert!(matches!(read(&out), Err(Error::Damaged { block: 0, why: is }) if is == why));
    }

    #[test]
    fn a_later_version_and_another_file_are_refused_as_such() {
        let mut later = file();
        later[8] = 4;
        assert!(matches!(read(&later), Err(Error::NewerFormat { found: 4, known: 3 })));
        assert!(matches!(read(b"something else"), Err(Error::Foreign("test"))));
    }
}
