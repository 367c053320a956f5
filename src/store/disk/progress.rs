//! The side file: up to which batch the store was synced, and whether it was closed in order.
//!
//! A journal whose end is lost looks like one that ended there. This file is what tells them
//! apart: it is overwritten after each sync, without a sync of its own, and the store refuses to
//! open when it ends before the batch named here.
//!
//! ```text
//! byte      0                               4096
//!           | record of even turns | zeros | record of odd turns | zeros |
//! record    | "hearthLS" | turn u64 | batch u64 | closed u64 | XXH3-64 of these 32 bytes |
//! ```
//!
//! Numbers are little-endian. The sound record of the higher turn counts, so a torn overwrite
//! leaves the one before it.
//!
//! Must hold: it may lag behind the store, never lead. After a killed process it is exact, or one
//! batch behind; after a power cut it may lag as far as the operating system delays writing.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::super::{BatchNumber, Error, Result};

/// The open side file.
#[derive(Debug)]
pub(super) struct Progress {
    file: File,
    path: PathBuf,
    turn: u64,
    last: Mark,
}

/// What the side file says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Mark {
    /// The last batch that was synced.
    pub(super) synced: BatchNumber,
    /// Whether the store was closed in order after it, so that its journal ends with whole and
    /// durable batches.
    pub(super) closed: bool,
}

impl Progress {
    /// Makes the file anew, durably, with one record.
    pub(super) fn create(path: &Path, mark: Mark) -> Result<Self> {
        let file = File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(path)
            .map_err(Error::io("create", path))?;
        file.write_all_at(&[0; 2 * SLOT_BYTES], 0).map_err(Error::io("write", path))?;
        let mut progress = Self { file, path: path.to_owned(), turn: 0, last: mark };
        progress.set_durably(mark)?;
        Ok(progress)
    }

    /// Opens the file; `None` if it holds no sound record.
    pub(super) fn open(path: &Path) -> Result<Option<Self>> {
        let file =
            File::options().read(true).write(true).open(path).map_err(Error::io("open", path))?;
        let slot = |at: u64| {
            let mut record = [0; RECORD_BYTES];
            file.read_exact_at(&mut record, at * SLOT_BYTES as u64).ok()?;
            decode(&record)
        };
        let newest = [slot(0), slot(1)].into_iter().flatten().max_by_key(|(turn, _)| *turn);
        Ok(newest.map(|(turn, last)| Self { file, path: path.to_owned(), turn, last }))
    }

    pub(super) fn mark(&self) -> Mark {
        self.last
    }

    /// Notes that everything up to `synced` is durable. A failure only makes the file lag.
    pub(super) fn note(&mut self, synced: BatchNumber) {
        let mark = Mark { synced, closed: false };
        if let Err(source) = self.write(mark) {
            tracing::warn!(path = %self.path.display(), %source, "side file not written");
        }
    }

    /// Writes a record that is durable on return.
    pub(super) fn set_durably(&mut self, mark: Mark) -> Result<()> {
        self.write(mark).map_err(Error::io("write", &self.path))?;
        self.file.sync_all().map_err(Error::io("sync", &self.path))
    }

    fn write(&mut self, mark: Mark) -> std::io::Result<()> {
        let turn = self.turn + 1;
        self.file.write_all_at(&encode(turn, mark), turn % 2 * SLOT_BYTES as u64)?;
        self.turn = turn;
        self.last = mark;
        Ok(())
    }
}

fn encode(turn: u64, mark: Mark) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    record[..8].copy_from_slice(MAGIC);
    record[8..16].copy_from_slice(&turn.to_le_bytes());
    record[16..24].copy_from_slice(&mark.synced.get().to_le_bytes());
    record[24..32].copy_from_slice(&u64::from(mark.closed).to_le_bytes());
    let sum = xxh3_64(&record[..32]);
    record[32..].copy_from_slice(&sum.to_le_bytes());
    record
}

fn decode(record: &[u8; RECORD_BYTES]) -> Option<(u64, Mark)> {
    let word = |at: usize| {
        u64::from_le_bytes(record[at..at + 8].try_into().expect("the slice has eight bytes"))
    };
    let sound = &record[..8] == MAGIC && word(32) == xxh3_64(&record[..32]);
    sound.then(|| (word(8), Mark { synced: BatchNumber::new(word(16)), closed: word(24) == 1 }))
}

const MAGIC: &[u8; 8] = b"hearthLS";
const RECORD_BYTES: usize = 40;
const SLOT_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_record_is_read_back_and_a_torn_one_yields_to_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("progress");
        let mut progress = Progress::create(&path, Mark::default()).unwrap();
        progress.note(BatchNumber::new(7));
        progress.note(BatchNumber::new(8));

        let whole = Progress::open(&path).unwrap().unwrap();
        progress.file.write_all_at(&[0xff; 8], progress.turn % 2 * SLOT_BYTES as u64 + 20).unwrap();
        let torn = Progress::open(&path).unwrap().unwrap();

        assert_eq!(whole.mark(), Mark { synced: BatchNumber::new(8), closed: false });
        assert_eq!(torn.mark(), Mark { synced: BatchNumber::new(7), closed: false });
    }

    #[test]
    fn a_file_without_a_sound_record_is_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("progress");
        std::fs::write(&path, [0; 2 * SLOT_BYTES]).unwrap();

        assert!(Progress::open(&path).unwrap().is_none());
    }
}
