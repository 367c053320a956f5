//! A backup of everything while the tables serve: one archive of one snapshot, made as it is taken.
//!
//! Must hold: there is one at a time; it ends with whoever takes it and with the process, and what
//! was not taken whole has no end, so that nobody can take it for whole.
//! Not here: the archive's bytes (`backup/archive.rs`), the socket (`server/admin/`).

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::Proxy;
use crate::backup::{self, ArchiveSums, write_archive};
use crate::engine::{self, StoreSnapshot};
use crate::metrics::BackupWork;

/// An archive, some bytes at a time; an error ends it.
pub type ArchiveBytes = Receiver<io::Result<Bytes>>;

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Another one is being made.
    #[error("another archive is being made")]
    Busy,
    /// The engine has no snapshot.
    #[error("the tables cannot be read now")]
    Engine(#[from] engine::Error),
}

impl Proxy {
    /// Begins an archive of everything as it is now.
    pub async fn archive(self: &Arc<Self>) -> Result<ArchiveBytes, ArchiveError> {
        let permit = self.background.archive_permit().ok_or(ArchiveError::Busy)?;
        let snapshot = self.store()?.snapshot_all().await?;
        let (bytes, taken) = channel(CHUNKS_MAX);
        let proxy = Arc::clone(self);
        // It waits for the disk and for whoever takes it, and ends with either.
        drop(tokio::task::spawn_blocking(move || proxy.write_archive(snapshot, &bytes, permit)));
        Ok(taken)
    }

    fn write_archive(
        &self,
        snapshot: StoreSnapshot,
        bytes: &Sender<io::Result<Bytes>>,
        _permit: OwnedSemaphorePermit,
    ) {
        let now_ms = self.clock.unix_ms();
        let written = write_archive(&*snapshot.snapshot, snapshot.spaces, now_ms, |some| {
            let is_taken = !self.background.is_draining() && bytes.blocking_send(Ok(some)).is_ok();
            if is_taken { Ok(()) } else { Err(backup::Error::Stopped) }
        });
        match written {
            Ok(ArchiveSums { spaces, rows, bytes }) => {
                self.metrics.backups.done(BackupWork::Archive, now_ms);
                tracing::info!(spaces, rows, bytes, "an archive was made");
            }
            Err(error) => {
                self.metrics.backups.failed(BackupWork::Archive);
                tracing::warn!(error = &error as &dyn std::error::Error, "an archive failed");
                // Who takes no more needs not be told.
                drop(bytes.blocking_send(Err(io::Error::other(error))));
            }
        }
    }
}

/// Pieces that wait to be taken.
const CHUNKS_MAX: usize = 4;
