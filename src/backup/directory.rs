//! The directory of backups: `NAME.backup` is one, `NAME.new` is one that is being made.
//!
//! Must hold: a file has its name as a backup only once all of it is on the disk.
//! Not here: what is in a file (`file.rs`).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufReader, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::Error;
use super::file::{Label, Reader};

/// Where backups lie.
#[derive(Clone, Debug)]
pub(super) struct Directory(PathBuf);

impl Directory {
    /// Takes the directory, making it if it is missing, and clears away what was being made when
    /// the process before ended.
    pub(super) fn open(dir: &Path) -> Result<Self, Error> {
        let directory = Self(dir.to_owned());
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(Error::io("create the directory of backups", dir))?;
        for path in directory.files(DRAFT)? {
            fs::remove_file(&path).map_err(Error::io("remove the unfinished backup", &path))?;
            tracing::warn!(file = %path.display(), "an unfinished backup was removed");
        }
        Ok(directory)
    }

    /// What is written on each backup, or the names of those that the operating system does not
    /// let us read. One that cannot be used is left where it is, and told.
    pub(super) fn labels(&self) -> Result<Vec<Result<Label, String>>, Error> {
        let mut labels = Vec::new();
        for path in self.files(BACKUP)? {
            match self.label_in(&path) {
                Ok(label) => labels.extend(label.map(Ok)),
                Err(error) => {
                    if error.is_of_system() {
                        let id = path.file_stem().unwrap_or_default();
                        labels.push(Err(id.to_string_lossy().into_owned()));
                    }
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, file = %path.display(), "a backup cannot be read");
                }
            }
        }
        Ok(labels)
    }

    /// What is written on a backup, unless it is another's.
    pub(super) fn label(&self, id: &str) -> Result<Option<Label>, Error> {
        self.label_in(&self.backup(id))
    }

    fn label_in(&self, path: &Path) -> Result<Option<Label>, Error> {
        let (label, _) = Reader::open(open(path)?)?;
        if self.backup(&label.id) == path {
            return Ok(Some(label));
        }
        tracing::error!(file = %path.display(), "a backup under another's name");
        Ok(None)
    }

    /// Makes the file of a draft.
    pub(super) fn create(&self, id: &str) -> Result<File, Error> {
        let path = self.draft(id);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        made.map_err(Error::io("create", &path))
    }

    /// Makes a backup of a draft that is synced.
    pub(super) fn keep(&self, id: &str) -> Result<(), Error> {
        let (draft, backup) = (self.draft(id), self.backup(id));
        fs::rename(&draft, &backup).map_err(Error::io("rename into", &backup))?;
        self.sync().inspect_err(|_| {
            // Whether it would be there after a power cut is unknown; back, it goes as a draft does.
            drop(fs::rename(&backup, &draft));
        })
    }

    /// Removes the file of a draft.
    pub(super) fn forget(&self, id: &str) {
        let path = self.draft(id);
        if let Err(error) = fs::remove_file(&path) {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, file = %path.display(), "an unfinished backup stays");
        }
    }

    /// Removes a backup, unless somebody else did.
    pub(super) fn remove(&self, id: &str) -> Result<(), Error> {
        let path = self.backup(id);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            removed => removed.map_err(Error::io("remove", &path))?,
        }
        self.sync()
    }

    /// Opens the file of a backup.
    pub(super) fn open_file(&self, id: &str) -> Result<BufReader<File>, Error> {
        open(&self.backup(id))
    }

    fn sync(&self) -> Result<(), Error> {
        let synced = File::open(&self.0).and_then(|dir| dir.sync_all());
        synced.map_err(Error::io("sync", &self.0))
    }

    fn files(&self, extension: &str) -> Result<Vec<PathBuf>, Error> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(Error::io("list", &self.0))? {
            let path = entry.map_err(Error::io("list", &self.0))?.path();
            if path.extension().is_some_and(|is| is == extension) {
                files.push(path);
            }
        }
        Ok(files)
    }

    fn draft(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.{DRAFT}"))
    }

    fn backup(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.{BACKUP}"))
    }
}

fn open(path: &Path) -> Result<BufReader<File>, Error> {
    match File::open(path) {
        Ok(file) => Ok(BufReader::new(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::NotThere),
        Err(error) => Err(Error::io("open", path)(error)),
    }
}

const BACKUP: &str = "backup";
const DRAFT: &str = "new";
