//! How far a migration is, in a file.
//!
//! The first line is JSON, the second the CRC-32 of the first in eight digits. Each version is
//! written beside the one before and renamed into its place (`docs/storage-format.md`).
//!
//! Must hold: what the file says is done was done before it was written; one process at a time uses
//! a file; what is read is either what was written or refused.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::Error;

/// How far it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct State {
    /// Of this form.
    pub(super) version: u32,
    pub(super) table: String,
    pub(super) from: String,
    pub(super) to: String,
    /// The source's incarnation: a table that was made again is another one.
    pub(super) source_id: String,
    /// When it was begun, by the clock of this machine.
    pub(super) began_ms: u64,
    /// When the file was written.
    pub(super) written_ms: u64,
    pub(super) segments: Vec<SegmentState>,
    /// The source's stream, if changes are followed.
    pub(super) stream: Option<StreamState>,
}

/// How far a part of the table is copied.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct SegmentState {
    /// The key behind which it goes on, as JSON; none at the beginning.
    pub(super) after: Option<String>,
    pub(super) items: u64,
    pub(super) is_done: bool,
}

/// How far the changes were followed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct StreamState {
    pub(super) arn: String,
    /// Whether the migration turned it on.
    pub(super) is_ours: bool,
    /// When all changes until then had been followed; none if they never were.
    pub(super) caught_up_ms: Option<u64>,
    pub(super) shards: BTreeMap<String, Position>,
}

/// A place in a shard.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Position {
    /// At the oldest record that is kept.
    Oldest,
    /// Behind the record of that number.
    After(String),
    /// At the end of a shard that takes no more.
    End,
}

/// The file, which nobody else uses.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    /// Held for its lock.
    _lock: File,
}

impl State {
    /// Whether all parts were copied.
    pub(super) fn is_copied(&self) -> bool {
        self.segments.iter().all(|segment| segment.is_done)
    }

    /// How many items were copied.
    pub(super) fn items(&self) -> u64 {
        self.segments.iter().map(|segment| segment.items).sum()
    }
}

impl StateFile {
    /// Takes the file for this process.
    pub(super) fn take(path: &Path) -> Result<Self, Error> {
        let lock_path = beside(path, ".lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(failed("create", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::StateInUse { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(failed("lock", &lock_path)(error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; none if it is not there.
    pub(super) fn read(&self) -> Result<Option<State>, Error> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(self.no_state("it is no text"));
            }
            Err(error) => return Err(failed("read", &self.path)(error)),
        };
        self.parse(&text).map(Some)
    }

    /// Writes what it is to hold, durably.
    pub(super) fn write(&self, state: &State) -> Result<(), Error> {
        let json = serde_json::to_string(state).expect("texts and numbers are JSON");
        let text = format!("{json}\n{:08x}\n", crc32fast::hash(json.as_bytes()));
        let fresh = beside(&self.path, ".new");
        let write = || {
            let mut options = File::options();
            // It names keys of items.
            let mut file =
                options.create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&fresh, &self.path)?;
            File::open(directory_of(&self.path))?.sync_all()
        };
        write().map_err(failed("write", &self.path))
    }

    fn parse(&self, text: &str) -> Result<State, Error> {
        let mut lines = text.lines();
        let (json, sum) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        if sum != format!("{:08x}", crc32fast::hash(json.as_bytes())) || lines.next().is_some() {
            return Err(self.no_state("its checksum is wrong"));
        }
        let state: State =
            serde_json::from_str(json).map_err(|error| self.no_state(&error.to_string()))?;
        if state.version != VERSION {
            return Err(self.no_state("another version of hearth wrote it"));
        }
        Ok(state)
    }

    fn no_state(&self, why: &str) -> Error {
        Error::NoState { path: self.path.clone(), why: why.to_owned() }
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(end);
    path.with_file_name(name)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::StateFile { action, path, source }
}

/// The version of the form.
pub(super) const VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State {
            version: VERSION,
            table: "Orders".to_owned(),
            from: "http://127.0.0.1:8000".to_owned(),
            to: "./data".to_owned(),
            source_id: "id".to_owned(),
            began_ms: 1,
            written_ms: 2,
            segments: vec![
                SegmentState {
                    after: Some("{\"id\":{\"S\":\"é\\n\"}}".into()),
                    items: 7,
                    is_done: false,
                },
                SegmentState { after: None, items: 0, is_done: true },
            ],
            stream: Some(StreamState {
                arn: "arn".to_owned(),
                is_ours: true,
                caught_up_ms: Some(4),
                shards: BTreeMap::from([
                    ("a".to_owned(), Position::Oldest),
                    ("b".to_owned(), Position::After("100".to_owned())),
                    ("c".to_owned(), Position::End),
                ]),
            }),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = StateFile::take(&dir.path().join("state")).expect("it is free");

        assert_eq!(file.read().expect("nothing is there"), None);
        file.write(&state()).expect("there is room");
        let mut later = state();
        later.written_ms = 3;
        file.write(&later).expect("there is room");

        assert_eq!(file.read().expect("it is whole"), Some(later));
    }

    #[test]
    fn a_damaged_file_is_refused_wherever_the_damage_is() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = StateFile::take(&dir.path().join("state")).expect("it is free");
        file.write(&state()).expect("there is room");
        let whole = fs::read(file.path()).expect("it is there");

        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(file.path(), &damaged).expect("there is room");
            let read = file.read();
            assert!(matches!(read, Err(Error::NoState { .. })), "byte {at}: {read:?}");
            fs::write(file.path(), &whole[..at]).expect("there is room");
            let read = file.read();
            let is_whole = at == whole.len() - 1;
            assert!(is_whole || matches!(read, Err(Error::NoState { .. })), "cut at {at}");
        }
    }

    #[test]
    fn a_file_is_used_by_one_at_a_time() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("state");
        let first = StateFile::take(&path).expect("it is free");

        let second = StateFile::take(&path);
        assert!(matches!(second, Err(Error::StateInUse { .. })), "{second:?}");

        drop(first);
        StateFile::take(&path).expect("it is free again");
    }
}
