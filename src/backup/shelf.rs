//! The backups of tables that there are, and what each is being used for.
//!
//!     begin ──> creating ── keep ──> available ── take ──> taken ── drop ──> available
//!                  └─ drop ──> gone                          └─ delete ──> gone
//!
//! Must hold: one that is taken is nobody else's; one that is being made and fails leaves nothing.
//! Not here: who may delete one, and whether a table is being made of it (`proxy/backups.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::directory::Directory;
use super::{Draft, Error, Label, Taken};
use crate::api::{BackupArn, BackupStatus};

/// The backups, on disk or in memory.
#[derive(Debug)]
pub struct Shelf {
    directory: Option<Directory>,
    entries: Mutex<BTreeMap<String, Entry>>,
    /// Those that the operating system did not let us read at the start.
    unreadable: Mutex<BTreeSet<String>>,
}

/// A backup that is there.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What is written on it.
    pub label: Arc<Label>,
    /// What it is doing.
    pub status: BackupStatus,
}

#[derive(Debug)]
struct Entry {
    label: Arc<Label>,
    state: State,
}

#[derive(Debug)]
enum State {
    Creating,
    /// With its bytes, if they are in memory.
    Available(Bytes),
    Taken,
}

impl Shelf {
    /// Opens those in a directory.
    pub fn open(dir: &Path) -> Result<Arc<Self>, Error> {
        let directory = Directory::open(dir)?;
        let (mut entries, mut unreadable) = (BTreeMap::new(), BTreeSet::new());
        for label in directory.labels()? {
            match label {
                Ok(label) => {
                    entries.insert(label.id.clone(), Entry::found(label));
                }
                Err(id) => {
                    unreadable.insert(id);
                }
            }
        }
        let (entries, unreadable) = (Mutex::new(entries), Mutex::new(unreadable));
        Ok(Arc::new(Self { directory: Some(directory), entries, unreadable }))
    }

    /// A shelf in memory.
    pub fn in_memory() -> Arc<Self> {
        let (entries, unreadable) = Default::default();
        Arc::new(Self { directory: None, entries, unreadable })
    }

    /// All of them, oldest first.
    pub fn all(&self) -> Vec<Kept> {
        self.entries().values().map(Entry::kept).collect()
    }

    /// The one that is meant.
    pub fn find(&self, arn: &BackupArn) -> Result<Kept, Error> {
        let entries = self.entries();
        let entry = entries.get(arn.id()).filter(|entry| entry.label.table == *arn.table());
        entry.map(Entry::kept).ok_or(Error::NotThere)
    }

    /// Begins one with this label.
    pub async fn begin(self: &Arc<Self>, label: Label) -> Result<Draft, Error> {
        let label = Arc::new(label);
        self.enter(Arc::clone(&label))?;
        // From here on a drop leaves nothing.
        let draft = Draft::new(Arc::clone(self), label);
        apart(move || draft.begun()).await
    }

    /// Reads again what is written on one that could not be read at the start, if it is one of
    /// them. An error says that it cannot be read yet.
    pub async fn look_again(self: &Arc<Self>, arn: &BackupArn) -> Result<(), Error> {
        if !self.unreadable().contains(arn.id()) {
            return Ok(());
        }
        let (on, id) = (Arc::clone(self), arn.id().to_owned());
        apart(move || {
            let Some(directory) = &on.directory else { return Ok(()) };
            match directory.label(&id) {
                Err(error) if error.is_of_system() => return Err(error),
                // What is wrong with it whoever takes it is told as of one that is not there.
                Ok(None) | Err(_) => {}
                Ok(Some(label)) => {
                    on.entries().entry(id.clone()).or_insert_with(|| Entry::found(label));
                }
            }
            on.unreadable().remove(&id);
            Ok(())
        })
        .await
    }

    /// Takes one, to restore it or to delete it.
    pub fn take(self: &Arc<Self>, arn: &BackupArn) -> Result<Taken, Error> {
        let mut entries = self.entries();
        let entry = entries.get_mut(arn.id()).filter(|entry| entry.label.table == *arn.table());
        let entry = entry.ok_or(Error::NotThere)?;
        match std::mem::replace(&mut entry.state, State::Taken) {
            State::Available(bytes) => {
                Ok(Taken::new(Arc::clone(self), Arc::clone(&entry.label), bytes))
            }
            state @ (State::Creating | State::Taken) => {
                entry.state = state;
                Err(Error::Busy)
            }
        }
    }

    pub(super) fn directory(&self) -> Option<&Directory> {
        self.directory.as_ref()
    }

    /// The backup can be restored from now on; its bytes are there if it is in memory.
    pub(super) fn make_available(&self, id: &str, bytes: Bytes) {
        if let Some(entry) = self.entries().get_mut(id) {
            entry.state = State::Available(bytes);
        }
    }

    /// The backup is gone.
    pub(super) fn forget(&self, id: &str) {
        self.entries().remove(id);
    }

    fn enter(&self, label: Arc<Label>) -> Result<(), Error> {
        let mut entries = self.entries();
        let creating = || entries.values().filter(|it| matches!(it.state, State::Creating));
        if creating().any(|entry| entry.label.table_id == label.table_id) {
            return Err(Error::TableBusy);
        }
        if creating().count() >= CREATING_MAX {
            return Err(Error::TooMany { limit: CREATING_MAX, what: "being made" });
        }
        if entries.len() >= BACKUPS_MAX {
            return Err(Error::TooMany { limit: BACKUPS_MAX, what: "there" });
        }
        entries.insert(label.id.clone(), Entry { label, state: State::Creating });
        Ok(())
    }

    fn unreadable(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.unreadable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Of a backup on the disk.
    fn found(label: Label) -> Self {
        Self { label: Arc::new(label), state: State::Available(Bytes::new()) }
    }

    fn kept(&self) -> Kept {
        let status = match self.state {
            State::Creating => BackupStatus::Creating,
            State::Available(_) | State::Taken => BackupStatus::Available,
        };
        Kept { label: Arc::clone(&self.label), status }
    }
}

/// Does what waits for the disk apart from the threads that answer requests.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Error::Stopped))
}

/// Backups that there can be.
const BACKUPS_MAX: usize = 10_000;
/// Backups that can be made at a time, each of which holds a snapshot.
const CREATING_MAX: usize = 50;

#[cfg(test)]
mod tests;
