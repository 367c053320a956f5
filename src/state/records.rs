//! The bytes of the log of attribute lists.
//!
//! ```text
//! log      header | record …
//! header   "hearthAL" | version u32 | salt u32 | incarnation u32 | CRC-32 of the bytes before u32
//! record   length u32 | CRC-32 u32 | number u64 | count u32 | (length u32 | UTF-8) …
//! ```
//!
//! Numbers are little-endian. A record's length is that of what follows its CRC-32, which is that
//! of the salt, the length and what follows itself. Numbers of lists begin with 2 and have no gap;
//! with the incarnation, which is not 0, they make ids (`ids.rs`).
//!
//! Names come from clients, and anybody can compute a CRC-32. The salt is drawn for each log and
//! never leaves it, so that no name of a torn record reads as a sound record behind it.
//!
//! Must hold: only what ends the log is ever left out, never anything before a sound record.
//! Not here: the file (`log.rs`).

use std::num::NonZeroU32;

use super::attribute_lists::AttributeList;
use super::ids::{Incarnation, NUMBER_MAX, NUMBER_MIN};

/// One list and its number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Record {
    pub(super) number: u32,
    pub(super) names: AttributeList,
}

/// What is drawn for a log when it is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Header {
    /// What nobody outside may learn.
    pub(super) salt: u32,
    /// What every id tells.
    pub(super) incarnation: Incarnation,
}

/// What a log holds.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Contents {
    pub(super) header: Header,
    /// In the order of their numbers.
    pub(super) records: Vec<Record>,
    /// Where the last of them ends. What follows was never whole.
    pub(super) sound_bytes: usize,
}

/// Why bytes are no log that can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// They are something else.
    Foreign,
    /// A later hearth wrote them.
    Newer { found: u32, known: u32 },
    /// At this byte is no record that can be there, and it is not the end of the log.
    Damaged { at: usize },
}

impl Header {
    /// How the log begins.
    pub(super) fn bytes(self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.salt.to_le_bytes());
        bytes.extend(self.incarnation.0.get().to_le_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    fn read(log: &[u8]) -> Result<Self, Fault> {
        let mut rest = log.strip_prefix(MAGIC).ok_or(Fault::Foreign)?;
        let found = number(&mut rest).ok_or(Fault::Foreign)?;
        if found > VERSION {
            return Err(Fault::Newer { found, known: VERSION });
        }
        let header = Self::drawn(rest).filter(|header| log.starts_with(&header.bytes()));
        header.ok_or(Fault::Damaged { at: 0 })
    }

    fn drawn(mut rest: &[u8]) -> Option<Self> {
        let salt = number(&mut rest)?;
        let incarnation = NonZeroU32::new(number(&mut rest)?)?;
        Some(Self { salt, incarnation: Incarnation(incarnation) })
    }
}

/// Writes a record behind what is there. It must not take more than [`RECORD_BYTES_MAX`].
pub(super) fn encode(record: &Record, salt: u32, log: &mut Vec<u8>) {
    let start = log.len();
    log.extend([0; FRAME_BYTES]);
    log.extend(u64::from(record.number).to_le_bytes());
    log.extend(length(record.names.len()));
    for name in &*record.names {
        log.extend(length(name.len()));
        log.extend(name.as_bytes());
    }
    let content = &log[start + FRAME_BYTES..];
    let length = length(content.len());
    let sum = sum(salt, length, content);
    log[start..start + 4].copy_from_slice(&length);
    log[start + 4..start + FRAME_BYTES].copy_from_slice(&sum.to_le_bytes());
}

/// The bytes that the record of these names takes.
pub(super) fn record_bytes<S: AsRef<str>>(names: &[S]) -> u64 {
    let names = names.iter().map(|name| 4 + name.as_ref().len() as u64);
    (FRAME_BYTES + CONTENT_BYTES_MIN) as u64 + names.sum::<u64>()
}

/// Reads a log up to its end, or to the torn record that ends it.
pub(super) fn read(log: &[u8]) -> Result<Contents, Fault> {
    let header = Header::read(log)?;
    let mut records = Vec::new();
    let mut at = HEADER_BYTES;
    let mut numbers = NUMBER_MIN..=NUMBER_MAX;
    while let Some(content) = framed(&log[at..], header.salt) {
        let record = decode(content).filter(|record| numbers.next() == Some(record.number));
        records.push(record.ok_or(Fault::Damaged { at })?);
        at += FRAME_BYTES + content.len();
    }
    // A damaged length says nothing about where the next record begins, so each byte is tried.
    if (at..log.len()).any(|later| framed(&log[later..], header.salt).is_some()) {
        return Err(Fault::Damaged { at });
    }
    Ok(Contents { header, records, sound_bytes: at })
}

/// The content of the record that these bytes begin with, if it is sound.
fn framed(bytes: &[u8], salt: u32) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (expected, rest) = rest.split_first_chunk()?;
    let content = rest.get(..u32::from_le_bytes(*length) as usize)?;
    let fits = (CONTENT_BYTES_MIN..=CONTENT_BYTES_MAX).contains(&content.len());
    let sound = fits && sum(salt, *length, content) == u32::from_le_bytes(*expected);
    sound.then_some(content)
}

fn decode(content: &[u8]) -> Option<Record> {
    let (listed, mut rest) = content.split_first_chunk()?;
    let listed = u32::try_from(u64::from_le_bytes(*listed)).ok()?;
    let count = number(&mut rest)?;
    let name = |_| {
        let length = number(&mut rest)?;
        let (name, behind) = rest.split_at_checked(length as usize)?;
        rest = behind;
        std::str::from_utf8(name).ok().map(Box::from)
    };
    let names = (0..count).map(name).collect::<Option<_>>()?;
    rest.is_empty().then_some(Record { number: listed, names })
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (number, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u32::from_le_bytes(*number))
}

fn length(count: usize) -> [u8; 4] {
    u32::try_from(count).expect("a record takes at most RECORD_BYTES_MAX").to_le_bytes()
}

fn sum(salt: u32, length: [u8; 4], content: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&salt.to_le_bytes());
    sum.update(&length);
    sum.update(content);
    sum.finalize()
}

/// The most that a record takes; the names of an item take a quarter of it. A longer one would be
/// no record to this version, so whoever raises this raises [`VERSION`].
pub(super) const RECORD_BYTES_MAX: u64 = (FRAME_BYTES + CONTENT_BYTES_MAX) as u64;

const MAGIC: &[u8; 8] = b"hearthAL";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 8 + 4 + 4 + 4 + 4;
/// A record's length and CRC-32.
const FRAME_BYTES: usize = 4 + 4;
/// A number and a count.
const CONTENT_BYTES_MIN: usize = 8 + 4;
const CONTENT_BYTES_MAX: usize = 4 << 20;

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
