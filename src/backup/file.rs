//! The file of a table's backup; drawn in `docs/storage-format.md`.
//!
//!     label    what it is a backup of       one, first
//!     items    length u32 | item, again     as many as it takes
//!     sums     items u64 | bytes u64        one, last
//!
//! Must hold: an item that is read can be an item; the sums are those of what was read.
//! Not here: checksums (`blocks.rs`), what the description of the table says (`engine/`).

use std::io::Read;

use bytes::Bytes;

use super::Error;
use super::blocks::{Decoder, Encoder, Format};
use crate::api::TableName;
use crate::model::ItemBytes;

/// What a backup is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// What tells it from all others; they are ordered by it.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// When it was asked for, milliseconds since 1970.
    pub created_ms: u64,
    /// The sizes of the items that the table had, together.
    pub bytes: u64,
    /// The table's name.
    pub table: TableName,
    /// The table's UUID.
    pub table_id: String,
    /// The table's ARN.
    pub table_arn: String,
    /// What the table was, in the engine's form.
    pub description: Bytes,
}

/// What a backup holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sums {
    /// Items.
    pub items: u64,
    /// Their sizes together.
    pub bytes: u64,
}

/// Writes a file, piece by piece.
#[derive(Debug)]
pub(super) struct Writer {
    encoder: Encoder,
    sums: Sums,
}

/// Reads a file, piece by piece.
#[derive(Debug)]
pub(super) struct Reader<R> {
    decoder: Decoder<R>,
    sums: Sums,
}

/// A piece of a file.
#[derive(Debug)]
pub(super) enum Piece {
    /// Items, one at least.
    Items(Vec<ItemBytes>),
    /// There are no more, and those were all.
    End,
}

impl Writer {
    /// Begins a file.
    pub(super) fn begin(label: &Label, out: &mut Vec<u8>) -> Self {
        let mut encoder = Encoder::begin(FORMAT, out);
        encoder.block(LABEL, &label.encode(), out);
        Self { encoder, sums: Sums::default() }
    }

    /// Adds items.
    pub(super) fn items(&mut self, items: &[ItemBytes], out: &mut Vec<u8>) {
        let mut block = Vec::new();
        for item in items {
            let stored = item.stored();
            if !block.is_empty() && block.len() + stored.len() > BLOCK_BYTES {
                self.encoder.block(ITEMS, &block, out);
                block.clear();
            }
            text(&mut block, stored);
            self.sums.add(item);
        }
        if !block.is_empty() {
            self.encoder.block(ITEMS, &block, out);
        }
    }

    /// Ends the file.
    pub(super) fn end(mut self, out: &mut Vec<u8>) -> Sums {
        let Sums { items, bytes } = self.sums;
        let block = [items.to_le_bytes(), bytes.to_le_bytes()].concat();
        self.encoder.block(SUMS, &block, out);
        self.sums
    }
}

impl<R: Read> Reader<R> {
    /// Reads how a file begins.
    pub(super) fn open(input: R) -> Result<(Label, Self), Error> {
        let mut decoder = Decoder::open(input, FORMAT)?;
        let (kind, block) = decoder.block()?;
        let label = Some(block).filter(|_| kind == LABEL);
        let label = label.and_then(|block| Label::decode(&mut &block[..]));
        let label = label.ok_or_else(|| decoder.wrong("it is no label"))?;
        Ok((label, Self { decoder, sums: Sums::default() }))
    }

    /// What was read so far.
    pub(super) fn sums(&self) -> Sums {
        self.sums
    }

    /// An error of what was read last.
    pub(super) fn wrong(&self, why: &'static str) -> Error {
        self.decoder.wrong(why)
    }

    /// The next piece.
    pub(super) fn piece(&mut self) -> Result<Piece, Error> {
        let (kind, block) = self.decoder.block()?;
        match kind {
            ITEMS => {
                let items = items_of(&Bytes::from(block));
                let items = items.ok_or_else(|| self.decoder.wrong("it holds no items"))?;
                for item in &items {
                    self.sums.add(item);
                }
                Ok(Piece::Items(items))
            }
            SUMS => {
                self.decoder.end()?;
                let Sums { items, bytes } = self.sums;
                if block != [items.to_le_bytes(), bytes.to_le_bytes()].concat() {
                    return Err(self.decoder.wrong("its sums are not those of the items"));
                }
                Ok(Piece::End)
            }
            _ => Err(self.decoder.wrong("its kind is none")),
        }
    }
}

/// Reads the whole file of a backup and looks at everything in it; `reached` hears of how many
/// bytes the items have so far.
pub fn check_table_backup(
    input: impl Read,
    mut reached: impl FnMut(u64),
) -> Result<(Label, Sums), Error> {
    let (label, mut reader) = Reader::open(input)?;
    while let Piece::Items(_) = reader.piece()? {
        reached(reader.sums().bytes);
    }
    Ok((label, reader.sums()))
}

impl Sums {
    fn add(&mut self, item: &ItemBytes) {
        self.items += 1;
        self.bytes += item.view().size() as u64;
    }
}

impl Label {
    fn encode(&self) -> Vec<u8> {
        let mut block = Vec::new();
        block.extend_from_slice(&self.created_ms.to_le_bytes());
        block.extend_from_slice(&self.bytes.to_le_bytes());
        for member in [
            self.id.as_bytes(),
            self.arn.as_bytes(),
            self.name.as_bytes(),
            self.table.as_str().as_bytes(),
            self.table_id.as_bytes(),
            self.table_arn.as_bytes(),
            &self.description,
        ] {
            text(&mut block, member);
        }
        block
    }

    fn decode(rest: &mut &[u8]) -> Option<Self> {
        let (created_ms, bytes) = (take_u64(rest)?, take_u64(rest)?);
        let mut word = || String::from_utf8(take_text(rest)?.to_vec()).ok();
        let (id, arn, name) = (word()?, word()?, word()?);
        let (table, table_id, table_arn) = (TableName::new(word()?)?, word()?, word()?);
        let description = Bytes::copy_from_slice(take_text(rest)?);
        let label =
            Self { id, arn, name, created_ms, bytes, table, table_id, table_arn, description };
        rest.is_empty().then_some(label)
    }
}

/// The items of a block, in its memory.
fn items_of(block: &Bytes) -> Option<Vec<ItemBytes>> {
    let mut rest = &block[..];
    let mut items = Vec::new();
    while !rest.is_empty() {
        let stored = block.slice_ref(take_text(&mut rest)?);
        items.push(ItemBytes::new(stored).ok()?);
    }
    Some(items).filter(|items| !items.is_empty())
}

/// Adds bytes behind their length.
pub(super) fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("what goes into a block is smaller than one");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Takes bytes behind their length.
pub(super) fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk()?;
    let (bytes, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = behind;
    Some(bytes)
}

/// Takes a number.
pub(super) fn take_u64(rest: &mut &[u8]) -> Option<u64> {
    let (number, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u64::from_le_bytes(*number))
}

const FORMAT: Format = Format { name: "backup of a table", magic: b"hearthTB", version: 1 };
const LABEL: u8 = 1;
const ITEMS: u8 = 2;
const SUMS: u8 = 3;
/// Of items in one block, about: what is read, checked and restored at once.
const BLOCK_BYTES: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, Item};

    fn label() -> Label {
        Label {
            id: "01658528578619-ab12cd34".into(),
            arn: "arn:aws:dynamodb:r:a:table/users/backup/01658528578619-ab12cd34".into(),
            name: "nightly".into(),
            created_ms: 1_658_528_578_619,
            bytes: 77,
            table: TableName::new("users").expect("a name"),
            table_id: "u".into(),
            table_arn: "arn:aws:dynamodb:r:a:table/users".into(),
            description: Bytes::from_static(b"{}"),
        }
    }

    fn items(count: usize, value_bytes: usize) -> Vec<ItemBytes> {
        let item = |number: usize| {
            let value = AttributeValue::S("v".repeat(value_bytes));
            Item::from([("id", AttributeValue::S(number.to_string())), ("v", value)])
        };
        (0..count).map(|number| item(number).encode().item()).collect()
    }

    fn file(items: &[ItemBytes]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::begin(&label(), &mut out);
        writer.items(items, &mut out);
        let sums = writer.end(&mut out);
        assert_eq!(sums.items, items.len() as u64);
        out
    }

    fn read(file: &[u8]) -> Result<(Label, Vec<ItemBytes>, Sums), Error> {
        let (label, mut reader) = Reader::open(file)?;
        let mut items = Vec::new();
        loop {
            match reader.piece()? {
                Piece::Items(some) => items.extend(some),
                Piece::End => return Ok((label, items, reader.sums())),
            }
        }
    }

    #[test]
    fn a_file_comes_back_as_it_was_written() {
        for count in [0, 1, 3, 2_000] {
            let items = items(count, 400);

            let (found, again, sums) = read(&file(&items)).expect("it is sound");

            assert_eq!(found, label());
            assert_eq!(again, items);
            let bytes: usize = items.iter().map(|item| item.view().size()).sum();
            assert_eq!(sums, Sums { items: count as u64, bytes: bytes as u64 });
        }
    }

    #[test]
    fn items_are_parted_into_blocks_that_a_restore_takes_at_once() {
        let file = file(&items(10, 100_000));

        let (_, mut reader) = Reader::open(&file[..]).expect("it is sound");

        let mut sizes = Vec::new();
        while let Piece::Items(items) = reader.piece().expect("it is sound") {
            sizes.push(items.len());
        }
        assert_eq!(sizes, [2, 2, 2, 2, 2]);
    }

    #[test]
    fn a_file_that_was_cut_or_changed_anywhere_is_refused() {
        let file = file(&items(3, 5));
        for place in 0..file.len() {
            assert!(read(&file[..place]).is_err(), "cut to {place} bytes");
            let mut damaged = file.clone();
            damaged[place] ^= 0x40;
            assert!(read(&damaged).is_err(), "byte {place}");
        }
    }

    #[test]
    fn blocks_with_good_checksums_that_make_no_backup_are_refused() {
        let made = |blocks: &[(u8, &[u8])]| {
            let mut out = Vec::new();
            let mut encoder = Encoder::begin(FORMAT, &mut out);
            encoder.block(LABEL, &label().encode(), &mut out);
            for (kind, bytes) in blocks {
                encoder.block(*kind, bytes, &mut out);
            }
            out
        };
        let none = [0; 16];
        assert!(read(&made(&[(SUMS, &none)])).is_ok());
        for blocks in [
            &[(ITEMS, &b""[..]), (SUMS, &none)][..],
            &[(ITEMS, b"\x05\0\0\0abc"), (SUMS, &none)],
            &[(ITEMS, b"\x03\0\0\0abc"), (SUMS, &none)],
            &[(SUMS, &none[1..])],
            &[(SUMS, &[1; 16])],
            &[(7, b"")],
        ] {
            let refused = read(&made(blocks));
            assert!(matches!(refused, Err(Error::Damaged { block: 1, .. })), "{refused:?}");
        }
    }
}
