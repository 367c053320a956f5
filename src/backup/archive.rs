//! An archive: every row of every space of a store, as one moment had them; drawn in
//! `docs/storage-format.md`.
//!
//!     head     when it was made, after which batch, by which version   one, first
//!     space    the name of a space                                     then its rows
//!     rows     key, value, again                                       as many as it takes
//!     sums     spaces u64 | rows u64 | bytes u64                       one, last
//!
//! Must hold: rows follow their space, in the order of their keys; what is read was written so.
//! Not here: where the bytes go (`proxy/archive.rs`, `cli/backup/`), what a row means (`engine/`).

use std::io::Read;

use bytes::Bytes;

use super::Error;
use super::blocks::{Decoder, Encoder, Format};
use super::file::{take_text, take_u64, text};
use crate::store::{ChunkLimit, Direction, KeyRange, Snapshot, SpaceId, SpaceName};

/// What an archive begins with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// The last batch that it shows.
    pub batch: u64,
    /// The version of hearth that made it.
    pub version: String,
}

/// What an archive holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ArchiveSums {
    /// Spaces.
    pub spaces: u64,
    /// Rows of all of them.
    pub rows: u64,
    /// Their keys and values, in bytes.
    pub bytes: u64,
}

/// Reads an archive, piece by piece.
#[derive(Debug)]
pub struct Archive<R> {
    decoder: Decoder<R>,
    sums: ArchiveSums,
    /// The last key of the present space; none before its first row.
    last: Option<Bytes>,
}

/// A piece of an archive.
#[derive(Debug, PartialEq)]
pub enum ArchivePiece {
    /// The rows behind it are of this space.
    Space(SpaceName),
    /// Rows, one at least.
    Rows(Vec<(Bytes, Bytes)>),
    /// There are no more, and those were all.
    End,
}

/// Writes an archive of these spaces; `out` takes its bytes, some at a time.
pub fn write_archive(
    snapshot: &dyn Snapshot,
    mut spaces: Vec<(SpaceName, SpaceId)>,
    created_ms: u64,
    mut out: impl FnMut(Bytes) -> Result<(), Error>,
) -> Result<ArchiveSums, Error> {
    spaces.sort_unstable();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::begin(FORMAT, &mut bytes);
    let mut sums = ArchiveSums::default();
    encoder.block(HEAD, &head(created_ms, snapshot.last_batch().get()), &mut bytes);
    for (name, space) in spaces {
        encoder.block(SPACE, name.as_str().as_bytes(), &mut bytes);
        sums.spaces += 1;
        let mut rest = Some(KeyRange::all());
        while let Some(range) = rest {
            let chunk = snapshot.range(space, &range, Direction::Forward, PIECE);
            let chunk = chunk.map_err(Error::Store)?;
            let mut block = Vec::new();
            for (key, value) in &chunk.rows {
                text(&mut block, key);
                text(&mut block, value);
                sums.add(key, value);
            }
            if !block.is_empty() {
                encoder.block(ROWS, &block, &mut bytes);
            }
            rest = chunk.rest;
            if bytes.len() >= PIECE.bytes_max {
                out(std::mem::take(&mut bytes).into())?;
            }
        }
    }
    encoder.block(SUMS, &sums.encode(), &mut bytes);
    out(bytes.into())?;
    Ok(sums)
}

impl<R: Read> Archive<R> {
    /// Reads how an archive begins.
    pub fn open(input: R) -> Result<(Head, Self), Error> {
        let mut decoder = Decoder::open(input, FORMAT)?;
        let (kind, block) = decoder.block()?;
        let head = Some(block).filter(|_| kind == HEAD);
        let head = head.and_then(|block| Head::decode(&mut &block[..]));
        let head = head.ok_or_else(|| decoder.wrong("it is no head"))?;
        Ok((head, Self { decoder, sums: ArchiveSums::default(), last: None }))
    }

    /// The next piece.
    pub fn piece(&mut self) -> Result<ArchivePiece, Error> {
        let (kind, block) = self.decoder.block()?;
        match kind {
            SPACE => {
                let name = std::str::from_utf8(&block).ok().and_then(SpaceName::new);
                let name = name.ok_or_else(|| self.decoder.wrong("it names no space"))?;
                self.sums.spaces += 1;
                self.last = None;
                Ok(ArchivePiece::Space(name))
            }
            ROWS if self.sums.spaces > 0 => {
                let rows = rows_of(&Bytes::from(block));
                let rows = rows.ok_or_else(|| self.decoder.wrong("it holds no rows"))?;
                for (key, value) in &rows {
                    if self.last.as_ref().is_some_and(|last| last >= key) {
                        return Err(self.decoder.wrong("its rows are in no order"));
                    }
                    self.sums.add(key, value);
                    self.last = Some(key.clone());
                }
                // The block's memory goes with its rows.
                self.last = self.last.as_deref().map(Bytes::copy_from_slice);
                Ok(ArchivePiece::Rows(rows))
            }
            SUMS => {
                self.decoder.end()?;
                if block != self.sums.encode() {
                    return Err(self.decoder.wrong("its sums are not those of the rows"));
                }
                Ok(ArchivePiece::End)
            }
            _ => Err(self.decoder.wrong("its kind is none")),
        }
    }

    /// What was read so far.
    pub fn sums(&self) -> ArchiveSums {
        self.sums
    }
}

impl ArchiveSums {
    fn add(&mut self, key: &[u8], value: &[u8]) {
        self.rows += 1;
        self.bytes += (key.len() + value.len()) as u64;
    }

    fn encode(self) -> Vec<u8> {
        [self.spaces, self.rows, self.bytes].map(u64::to_le_bytes).concat()
    }
}

impl Head {
    fn decode(rest: &mut &[u8]) -> Option<Self> {
        let (created_ms, batch) = (take_u64(rest)?, take_u64(rest)?);
        let version = String::from_utf8(take_text(rest)?.to_vec()).ok()?;
        rest.is_empty().then_some(Self { created_ms, batch, version })
    }
}

fn head(created_ms: u64, batch: u64) -> Vec<u8> {
    let mut block = [created_ms, batch].map(u64::to_le_bytes).concat();
    text(&mut block, env!("CARGO_PKG_VERSION").as_bytes());
    block
}

/// The rows of a block, in its memory.
fn rows_of(block: &Bytes) -> Option<Vec<(Bytes, Bytes)>> {
    let mut rest = &block[..];
    let mut rows = Vec::new();
    while !rest.is_empty() {
        let key = block.slice_ref(take_text(&mut rest)?);
        let value = block.slice_ref(take_text(&mut rest)?);
        // What is longer has never been a row.
        if key.len() > crate::store::KEY_BYTES_MAX {
            return None;
        }
        rows.push((key, value));
    }
    Some(rows).filter(|rows| !rows.is_empty())
}

const FORMAT: Format = Format { name: "archive", magic: b"hearthAR", version: 1 };
const HEAD: u8 = 1;
const SPACE: u8 = 2;
const ROWS: u8 = 3;
const SUMS: u8 = 4;
/// What is read and written at once.
const PIECE: ChunkLimit = ChunkLimit { rows_max: 2_000, bytes_max: 256 << 10 };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;
    use crate::store::{Batch, Store as _, SyncMode};

    /// A store of two spaces with rows and one without.
    fn store() -> MemoryStore {
        let store = MemoryStore::new();
        let space = |name| store.create_space(&SpaceName::new(name).expect("a name"));
        let mut batch = Batch::new();
        for name in ["system", "table.1"] {
            let space = space(name).expect("it is open");
            for number in 0..20_u8 {
                let value = vec![number; usize::from(number) * 10];
                batch.put(space, Bytes::copy_from_slice(&[7, number]), value.into());
            }
        }
        space("table.2").expect("it is open");
        store.commit(batch, SyncMode::Sync).expect("it is open");
        store
    }

    fn archive(store: &MemoryStore) -> Vec<u8> {
        let mut file = Vec::new();
        let snapshot = store.snapshot().expect("it is open");
        let sums = write_archive(&*snapshot, store.spaces(), 17, |bytes| {
            file.extend_from_slice(&bytes);
            Ok(())
        });
        let bytes = 2 * (20 * 2 + 10 * (0..20).sum::<u64>());
        assert_eq!(sums.expect("memory"), ArchiveSums { spaces: 3, rows: 40, bytes });
        file
    }

    fn read(file: &[u8]) -> Result<(Head, Vec<ArchivePiece>), Error> {
        let (head, mut archive) = Archive::open(file)?;
        let mut pieces = Vec::new();
        loop {
            match archive.piece()? {
                ArchivePiece::End => return Ok((head, pieces)),
                piece @ (ArchivePiece::Space(_) | ArchivePiece::Rows(_)) => pieces.push(piece),
            }
        }
    }

    #[test]
    fn all_rows_come_back_by_their_spaces() {
        let store = store();

        let (head, pieces) = read(&archive(&store)).expect("it is sound");

        let version = env!("CARGO_PKG_VERSION").to_owned();
        assert_eq!(head, Head { created_ms: 17, batch: 1, version });
        let rows = |name: &str| {
            let space = store.space(&SpaceName::new(name).expect("a name")).expect("it is there");
            let snapshot = store.snapshot().expect("it is open");
            let limit = ChunkLimit::rows(usize::MAX);
            let chunk = snapshot.range(space, &KeyRange::all(), Direction::Forward, limit);
            ArchivePiece::Rows(chunk.expect("it is sound").rows)
        };
        let space = |name| ArchivePiece::Space(SpaceName::new(name).expect("a name"));
        assert_eq!(
            pieces,
            [space("system"), rows("system"), space("table.1"), rows("table.1"), space("table.2")]
        );
    }

    #[test]
    fn an_archive_that_was_cut_or_changed_anywhere_is_refused() {
        let file = archive(&store());
        for place in 0..file.len() {
            assert!(read(&file[..place]).is_err(), "cut to {place} bytes");
            let mut damaged = file.clone();
            damaged[place] ^= 0x10;
            assert!(read(&damaged).is_err(), "byte {place}");
        }
    }

    #[test]
    fn blocks_with_good_checksums_that_make_no_archive_are_refused() {
        let refused = |blocks: &[(u8, &[u8])]| {
            let mut out = Vec::new();
            let mut encoder = Encoder::begin(FORMAT, &mut out);
            encoder.block(HEAD, &head(1, 2), &mut out);
            for (kind, bytes) in blocks {
                encoder.block(*kind, bytes, &mut out);
            }
            read(&out).is_err()
        };
        let row = |key: u8| [1, 0, 0, 0, key, 0, 0, 0, 0];
        let sums = |spaces: u64, rows: u64, bytes| ArchiveSums { spaces, rows, bytes }.encode();

        assert!(!refused(&[
            (SPACE, b"a"),
            (ROWS, &row(1)),
            (ROWS, &row(2)),
            (SUMS, &sums(1, 2, 2))
        ]));
        assert!(refused(&[
            (SPACE, b"a"),
            (ROWS, &row(2)),
            (ROWS, &row(2)),
            (SUMS, &sums(1, 2, 2))
        ]));
        assert!(refused(&[(ROWS, &row(1)), (SUMS, &sums(0, 1, 1))]));
        assert!(refused(&[(SPACE, b".own"), (SUMS, &sums(1, 0, 0))]));
        assert!(refused(&[(SPACE, b"a"), (ROWS, b"\x05\0\0\0a"), (SUMS, &sums(1, 0, 0))]));
        assert!(refused(&[(SPACE, b"a"), (SUMS, &sums(1, 1, 0))]));
        assert!(refused(&[(9, b""), (SUMS, &sums(0, 0, 0))]));
    }
}
