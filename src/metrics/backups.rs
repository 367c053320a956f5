//! How backups and restores went.
//!
//! Not here: making them (`proxy/background/`).

use super::catalogue;
use super::number::{Counter, Gauge};
use super::page::Page;

/// Backups and restores that came to an end.
#[derive(Debug, Default)]
pub struct BackupMetrics {
    done: [Counter; WORKS.len()],
    failed: [Counter; WORKS.len()],
    /// When the newest backup was made, in seconds since 1970.
    last_s: [Gauge; WORKS.len()],
}

/// What is done with backups.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BackupWork {
    /// A backup of a table is made.
    Table,
    /// A backup of everything is made.
    Archive,
    /// A table is made of a backup.
    Restore,
}

impl BackupMetrics {
    /// One came to its end at that time, milliseconds since 1970.
    pub fn done(&self, work: BackupWork, now_ms: u64) {
        self.done[work as usize].add(1);
        self.was_last(work, now_ms);
    }

    /// One came to nothing.
    pub fn failed(&self, work: BackupWork) {
        self.failed[work as usize].add(1);
    }

    /// The newest is of that time, milliseconds since 1970.
    pub fn was_last(&self, work: BackupWork, at_ms: u64) {
        self.last_s[work as usize].set(at_ms / 1_000);
    }

    pub(super) fn show(&self, page: &mut Page) {
        let mut ended = page.family(&catalogue::BACKUPS);
        for (place, work) in WORKS.iter().enumerate() {
            ended.whole(&[work, "done"], self.done[place].get());
            ended.whole(&[work, "failed"], self.failed[place].get());
        }
        let mut last = page.family(&catalogue::BACKUP_LAST);
        for (place, work) in WORKS.iter().enumerate() {
            last.whole(&[work], self.last_s[place].get());
        }
    }
}

/// In the order of [`BackupWork`].
const WORKS: [&str; 3] = ["table", "archive", "restore"];
