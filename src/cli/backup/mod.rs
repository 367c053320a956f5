//! `hearth backup` and `hearth restore`: everything in one file, and a data directory made of it.
//!
//!     running hearth ── GET /backup ──┐
//!     data directory ── snapshot ─────┴─> FILE.partial ── sync, read again, rename ──> FILE
//!     FILE ── rows ──> DIR.partial ── close, rename ──> DIR
//!
//! Must hold: what is there is not overwritten; FILE and DIR are there whole or not at all, and
//! what a failure leaves is removed; every checksum of a file was looked at before it is used.
//! Not here: the archive's bytes (`backup/archive.rs`).

mod arguments;
mod progress;
mod restore;
mod take;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

pub(super) use self::arguments::{BackupArguments, RestoreArguments};
use self::progress::Progress;
use super::Error as CliError;
use crate::backup::{Archive, ArchivePiece, ArchiveSums, Head, Label, Sums, check_table_backup};
use crate::{backup, clock, store};

/// Why there is no backup, or nothing was made of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is there.
    #[error("{} is there already, and is not overwritten", .0.display())]
    FileExists(PathBuf),
    /// The directory is there and holds something.
    #[error("{} is there already and not empty: name a directory that is to be made", .0.display())]
    DirectoryExists(PathBuf),
    /// The directory is where a file system is mounted.
    #[error(
        "{} is a mount point, in whose place no directory can be renamed: name one in it, as {}",
        .0.display(), .0.join("data").display()
    )]
    MountPoint(PathBuf),
    /// What an earlier command that was killed has left.
    #[error(
        "{} is there: another command makes it, or one that was killed left it; if none runs, \
         remove it", .0.display()
    )]
    LeftOver(PathBuf),
    /// There are no tables.
    #[error("{} is no data directory of hearth", .0.display())]
    NoData(PathBuf),
    /// The operating system refused something.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// The archive is none, or not whole.
    #[error("the backup {} cannot be used", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: backup::Error,
    },
    /// The tables could not be read into an archive.
    #[error("no backup was made")]
    Write(#[source] backup::Error),
    /// The archive did not come to its end.
    #[error("the backup ended early: hearth failed or stopped, see its log")]
    CutShort(#[source] io::Error),
    /// The store refused something.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The store took no more rows.
    #[error("the rows cannot be written")]
    Commit(#[from] store::CommitError),
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        Self::Part(Box::new(error))
    }
}

/// Makes a backup; returns what is to be printed.
pub(super) fn take(
    arguments: &BackupArguments,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<String, CliError> {
    let (head, sums) = take::run(arguments, environment)?;
    Ok(told("backed up", &arguments.to, &head, sums))
}

/// Restores a backup, or only checks it; returns what is to be printed.
pub(super) fn restore(arguments: &RestoreArguments) -> Result<String, CliError> {
    let file = &arguments.file;
    if let Some(dir) = &arguments.data_dir {
        let (head, sums) = restore::run(file, dir)?;
        return Ok(told("restored", file, &head, sums));
    }
    match check(file) {
        Ok((head, sums)) => Ok(told("sound", file, &head, sums)),
        Err(Error::Archive { path, source: backup::Error::Foreign(what) }) => {
            let foreign = Error::Archive { path, source: backup::Error::Foreign(what) };
            Ok(checked_table(file, foreign)?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads the whole backup of a table and looks at every checksum; if it is none of a table either,
/// the error is `foreign`.
fn checked_table(file: &Path, foreign: Error) -> Result<String, Error> {
    let opened = File::open(file).map_err(failed("open", file))?;
    let mut progress = Progress::begin("checked");
    let checked = check_table_backup(BufReader::new(opened), |bytes| progress.reached(bytes));
    let (label, sums) = checked.map_err(|error| match error {
        backup::Error::Foreign(_) => foreign,
        error => unusable(file)(error),
    })?;
    let (Label { name, table, created_ms, .. }, Sums { items, bytes }) = (label, sums);
    Ok(format!(
        "sound: {}\nbackup {name} of table {table}, made at {}: {items} items, {bytes} bytes\n",
        file.display(),
        clock::date(created_ms)
    ))
}

/// Reads a whole file and looks at every checksum.
fn check(file: &Path) -> Result<(Head, ArchiveSums), Error> {
    let (head, mut archive) = open(file)?;
    let mut progress = Progress::begin("checked");
    while archive.piece().map_err(unusable(file))? != ArchivePiece::End {
        progress.reached(archive.sums().bytes);
    }
    Ok((head, archive.sums()))
}

fn open(file: &Path) -> Result<(Head, Archive<BufReader<File>>), Error> {
    let opened = File::open(file).map_err(failed("open", file))?;
    Archive::open(BufReader::new(opened)).map_err(unusable(file))
}

fn told(what: &str, file: &Path, head: &Head, sums: ArchiveSums) -> String {
    let Head { created_ms, batch, version } = head;
    let ArchiveSums { spaces, rows, bytes } = sums;
    format!(
        "{what}: {}\nmade at {} by hearth {version}, after batch {batch}: {rows} rows in {spaces} \
         spaces, {bytes} bytes\n",
        file.display(),
        clock::date(*created_ms)
    )
}

fn unusable(path: &Path) -> impl Fn(backup::Error) -> Error {
    move |source| Error::Archive { path: path.to_owned(), source }
}

fn failed(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::Io { action, path: path.to_owned(), source }
}

/// The path with `.partial` behind it: what is made under this name is not there yet.
fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}

/// Makes the entries of the directory that `path` is in durable.
fn sync_parent(path: &Path) -> Result<(), Error> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    File::open(parent).and_then(|dir| dir.sync_all()).map_err(failed("sync", parent))
}
