//! Taking a backup, of a running hearth or of a stopped one.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::super::Error as CliError;
use super::super::admin_port::{AdminPort, Opened, token};
use super::{BackupArguments, Error, Progress, check, failed, partial, sync_parent};
use crate::backup::{self, ArchiveSums, Head, write_archive};
use crate::clock::Clock;
use crate::store::Store as _;
use crate::store::disk::{DiskStore, Options};

/// Makes the file, whole or not at all.
pub(super) fn run(
    arguments: &BackupArguments,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(Head, ArchiveSums), CliError> {
    let mut out = Partial::create(&arguments.to)?;
    match &arguments.data_dir {
        Some(dir) => of_stopped(dir, &mut out)?,
        None => of_running(arguments, environment, &mut out)?,
    }
    Ok(out.keep()?)
}

fn of_stopped(dir: &Path, out: &mut Partial) -> Result<(), Error> {
    // An opening would make one.
    if !dir.join("format").exists() {
        return Err(Error::NoData(dir.to_owned()));
    }
    let clock = Clock::system();
    let store = DiskStore::open(dir, Options::default(), clock.clone())?;
    let snapshot = store.snapshot()?;
    let written = write_archive(&*snapshot, store.spaces(), clock.unix_ms(), |bytes| {
        out.write(&bytes).map_err(|source| backup::Error::Stream { action: "write", source })
    });
    drop(snapshot);
    store.close()?;
    written.map(drop).map_err(Error::Write)
}

fn of_running(
    arguments: &BackupArguments,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    out: &mut Partial,
) -> Result<(), CliError> {
    let url = &arguments.admin;
    let port = AdminPort::without_deadline(url)?;
    let token = token(arguments.token_file.as_deref(), environment)?;
    let opened = port.open("/backup", &token);
    let mut body =
        match opened.map_err(|source| CliError::Unreachable { url: url.clone(), source })? {
            Opened::Body(body) => body,
            Opened::Refused(reply) => return Err(reply.refusal(url)),
        };
    let mut bytes = vec![0; PIECE_BYTES];
    loop {
        let count = body.read(&mut bytes).map_err(Error::CutShort)?;
        if count == 0 {
            return Ok(());
        }
        out.write(&bytes[..count]).map_err(failed("write", &out.made_as))?;
    }
}

/// A file that is being made; it goes when this is dropped before its end.
struct Partial {
    file: File,
    path: PathBuf,
    made_as: PathBuf,
    bytes: u64,
    progress: Progress,
    is_kept: bool,
}

impl Partial {
    fn create(path: &Path) -> Result<Self, Error> {
        let made_as = partial(path);
        if path.exists() {
            return Err(Error::FileExists(path.to_owned()));
        }
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&made_as);
        let file = made.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Error::LeftOver(made_as.clone()),
            _ => failed("create", &made_as)(source),
        })?;
        let progress = Progress::begin("backed up");
        Ok(Self { file, path: path.to_owned(), made_as, bytes: 0, progress, is_kept: false })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.progress.reached(self.bytes);
        self.file.write_all(bytes)
    }

    /// Gives it its name once all of it is on the disk and was read again.
    fn keep(mut self) -> Result<(Head, ArchiveSums), Error> {
        self.file.sync_all().map_err(failed("sync", &self.made_as))?;
        let found = check(&self.made_as)?;
        if self.path.exists() {
            return Err(Error::FileExists(self.path.clone()));
        }
        fs::rename(&self.made_as, &self.path).map_err(failed("rename into", &self.path))?;
        self.is_kept = true;
        sync_parent(&self.path)?;
        Ok(found)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed is told by the next command.
            drop(fs::remove_file(&self.made_as));
        }
    }
}

const PIECE_BYTES: usize = 256 << 10;
