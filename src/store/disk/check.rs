//! `hearth check-data`: says whether a stopped data directory is sound.
//!
//! It reads the journals with our own reader and changes nothing if they are damaged. If they are
//! sound, it opens the store as a start would and reads every row, so that every block's checksum
//! is looked at. After an unclean end such an opening writes the journal out and replaces it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::super::{
    ChunkLimit, Direction, Error, KeyRange, Result, Snapshot, SpaceId, SpaceName, Store as _,
};
use super::directory::Directory;
use super::journal::Survey;
use super::opening::survey_all;
use super::{DiskStore, Options, Verdict};
use crate::clock::Clock;

/// What was found in a data directory.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whether it is sound.
    pub verdict: Verdict,
    /// The last batch that the side file knows to have been synced.
    pub synced: u64,
    /// Whether the store had been closed in order.
    pub closed: bool,
    /// Its journals, oldest first.
    pub journals: Vec<JournalReport>,
    /// Rows of each space; empty if the journals are damaged.
    pub spaces: Vec<(SpaceName, u64)>,
}

/// What was found in one journal.
#[derive(Clone, Debug)]
pub struct JournalReport {
    /// The file.
    pub file: PathBuf,
    /// How many sound batches it begins with.
    pub batches: u64,
    /// The numbers of the first and the last of them.
    pub numbers: Option<(u64, u64)>,
    /// How many bytes they take.
    pub sound_bytes: u64,
}

/// Looks through a data directory that no process uses.
pub fn check_data(dir: &Path, options: Options, clock: Clock) -> Result<Report> {
    let directory = Directory::lock_complete(dir)?;
    let mark = directory.open_progress()?.mark();
    let surveys = survey_all(&directory.store())?;
    let mut report = Report {
        verdict: Verdict::of(&surveys, mark.synced.get()),
        synced: mark.synced.get(),
        closed: mark.closed,
        journals: surveys.into_iter().map(JournalReport::from).collect(),
        spaces: Vec::new(),
    };
    match report.verdict {
        Verdict::Sound | Verdict::Unfinished { .. } => {}
        Verdict::DamagedTail { .. }
        | Verdict::DamagedInside { .. }
        | Verdict::Shortened { .. }
        | Verdict::Unreadable { .. } => return Ok(report),
    }
    match DiskStore::open_in(directory, options, clock) {
        Ok(store) => count_rows(&store, &mut report)?,
        Err(Error::Shortened { synced, found, .. }) => {
            report.verdict = Verdict::Shortened { synced, found };
        }
        Err(error) => return Err(error),
    }
    Ok(report)
}

fn count_rows(store: &DiskStore, report: &mut Report) -> Result<()> {
    let snapshot = store.snapshot()?;
    let mut spaces = store.spaces();
    spaces.sort_unstable();
    for (name, id) in spaces {
        match rows_in(&*snapshot, id) {
            Ok(rows) => report.spaces.push((name, rows)),
            Err(error) => {
                let space = name.as_str().to_owned();
                report.verdict = Verdict::Unreadable { space, detail: error.to_string() };
            }
        }
    }
    Ok(())
}

fn rows_in(snapshot: &dyn Snapshot, space: SpaceId) -> Result<u64> {
    let limit = ChunkLimit { rows_max: usize::MAX, bytes_max: 1 << 20 };
    let mut rows = 0;
    let mut rest = Some(KeyRange::all());
    while let Some(range) = rest {
        let chunk = snapshot.range(space, &range, Direction::Forward, limit)?;
        rows += chunk.rows.len() as u64;
        rest = chunk.rest;
    }
    Ok(rows)
}

impl From<Survey> for JournalReport {
    fn from(survey: Survey) -> Self {
        let Survey { file, batches, numbers, sound_bytes, .. } = survey;
        Self { file, batches, numbers, sound_bytes }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = if self.closed { "closed in order" } else { "not closed in order" };
        writeln!(f, "{}", self.verdict)?;
        writeln!(f, "synced up to batch {}, {ended}", self.synced)?;
        for journal in &self.journals {
            write!(f, "{}: {} batches", journal.file.display(), journal.batches)?;
            if let Some((first, last)) = journal.numbers {
                write!(f, " ({first} to {last})")?;
            }
            writeln!(f, ", {} bytes", journal.sound_bytes)?;
        }
        for (name, rows) in &self.spaces {
            writeln!(f, "space {name}: {rows} rows")?;
        }
        Ok(())
    }
}
