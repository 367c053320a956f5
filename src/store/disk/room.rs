//! Room on the disk, and what its lack explains.

use std::path::Path;

use super::super::{Error, FreeSpace, Result, WriteState};
use super::options::Options;

/// What the file system of a directory has left.
pub(super) fn free_space(dir: &Path) -> Result<FreeSpace> {
    let stat = rustix::fs::statvfs(dir)
        .map_err(|errno| Error::io("ask for free space in", dir)(errno.into()))?;
    Ok(FreeSpace {
        free_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
        total_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
    })
}

/// Why the engine closed itself although no write or sync of ours had failed.
///
/// Its threads do so when they cannot write a table file or sync the journal, and do not say
/// which it was. With (nearly) no room left it was that: the journal is whole, and reopening
/// replays it. With room, a sync may have failed, and then what is durable is unknown.
pub(super) fn why_poisoned(dir: &Path, options: &Options) -> WriteState {
    match free_space(dir) {
        Ok(free) if is_nearly_full(free, options) => WriteState::DiskFull,
        Ok(_) | Err(_) => WriteState::SyncFailed,
    }
}

/// Whether a table file of the usual size may have found no room.
fn is_nearly_full(free: FreeSpace, options: &Options) -> bool {
    let margin = options.memtable_bytes_max.saturating_mul(4);
    free.free_bytes < margin.min(free.total_bytes / 4)
}

/// Room for the new journal's beginning, the tables' indexes and the engine's own files.
pub(super) const REOPEN_MARGIN_BYTES: u64 = 8 << 20;
