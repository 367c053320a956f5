//! Judging journals: what a start may go on from, and what it must leave alone.
//!
//! Must hold: what an acknowledged batch may be part of is never dropped without a word. An
//! unfinished batch at the very end was not acknowledged, since its sync never returned.

use std::fmt;
use std::path::{Path, PathBuf};

use super::super::{Error, Result};
use super::journal::{Survey, Tail};

/// The state of a data directory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Nothing is wrong.
    Sound,
    /// The journal ends inside a batch, as a crash leaves it; the next start drops that batch.
    Unfinished {
        /// The journal.
        file: PathBuf,
        /// Where its last sound batch ends.
        at: u64,
        /// How much is written behind it.
        bytes: u64,
    },
    /// The last batch of the journal is damaged; a repair drops it.
    DamagedTail {
        /// The journal.
        file: PathBuf,
        /// Where its last sound batch ends.
        at: u64,
        /// How much is written behind it.
        bytes: u64,
    },
    /// Something before the end of the journal is damaged or missing.
    DamagedInside {
        /// The journal.
        file: PathBuf,
        /// Where the last sound batch before the damage ends.
        at: u64,
    },
    /// The store ends before a batch that had been synced.
    Shortened {
        /// The last batch that is known to have been synced.
        synced: u64,
        /// The last batch that is there.
        found: u64,
    },
    /// A table file could not be read to its end.
    Unreadable {
        /// The space it belongs to.
        space: String,
        /// What the engine said.
        detail: String,
    },
}

impl Verdict {
    /// Judges all journals of a store, oldest first, against the last batch known to be synced.
    pub(super) fn of(surveys: &[Survey], synced: u64) -> Self {
        let mut last = None;
        let mut last_sequence = None;
        let mut worst = Self::Sound;
        for (index, survey) in surveys.iter().enumerate() {
            let file = survey.file.clone();
            let gap = last.zip(survey.numbers).is_some_and(|(last, (first, _))| first != last + 1);
            let back =
                last_sequence.zip(survey.sequences).is_some_and(|(last, (first, _))| first <= last);
            if gap || back {
                return Self::DamagedInside { file, at: 0 };
            }
            last = survey.numbers.map(|(_, last)| last).or(last);
            last_sequence = survey.sequences.map(|(_, last)| last).or(last_sequence);
            // A younger journal is begun when this one was synced to its end. One without a
            // batch tells nothing: it is made also in the place of a journal that ends torn.
            let followed = surveys[index + 1..].iter().any(|younger| younger.batches > 0);
            let at = survey.sound_bytes;
            match survey.tail {
                Tail::Nothing => {}
                Tail::Inside => return Self::DamagedInside { file, at },
                Tail::Unfinished { .. } | Tail::Damaged { .. } if followed => {
                    return Self::DamagedInside { file, at };
                }
                Tail::Unfinished { bytes } => worst = Self::Unfinished { file, at, bytes },
                Tail::Damaged { bytes } => worst = Self::DamagedTail { file, at, bytes },
            }
        }
        match (worst, last) {
            (Self::Sound | Self::Unfinished { .. }, Some(found)) if found < synced => {
                Self::Shortened { synced, found }
            }
            (worst, _) => worst,
        }
    }

    /// Whether a start may go on.
    pub(super) fn admit(self, dir: &Path) -> Result<()> {
        let dir = dir.to_owned();
        match self {
            Self::Sound | Self::Unfinished { .. } => Ok(()),
            Self::DamagedTail { file, at, .. } => Err(Error::Damaged { dir, file, at }),
            Self::DamagedInside { file, at } => Err(Error::DamagedInside { file, at }),
            Self::Shortened { synced, found } => Err(Error::Shortened { dir, synced, found }),
            Self::Unreadable { detail, .. } => Err(Error::Engine { action: "read", detail }),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sound => write!(f, "sound"),
            Self::Unfinished { file, at, bytes } => write!(
                f,
                "sound; {} ends at byte {at} with {bytes} bytes of a batch that was never \
                 acknowledged, which the next start drops",
                file.display()
            ),
            Self::DamagedTail { file, at, bytes } => write!(
                f,
                "the last batch of {} is damaged ({bytes} bytes from byte {at}); a repair drops it",
                file.display()
            ),
            Self::DamagedInside { file, at } => write!(
                f,
                "{} is damaged at byte {at}, before sound batches: restore a backup",
                file.display()
            ),
            Self::Shortened { synced, found } => write!(
                f,
                "batches up to {synced} were synced, but the last one here is {found}: restore a \
                 backup, or let a repair go on without the rest"
            ),
            Self::Unreadable { space, detail } => write!(
                f,
                "the rows of space {space} cannot all be read: {detail}; restore a backup"
            ),
        }
    }
}
