//! Where commands call into the parts that do the work.

use std::path::Path;

use super::Error;
use crate::app;
use crate::clock::Clock;
use crate::config::{Config, Sources};
use crate::store::disk;

pub(super) use crate::app::ROWS_FORMAT;
pub(super) use crate::store::disk::STORAGE_FORMAT;

/// Serves until the process is told to stop; `sources` are read again when it is told to reload.
pub(super) fn serve(config: Config, sources: Sources) -> Result<(), Error> {
    app::serve(config, sources).map_err(|error| Error::Part(Box::new(error)))
}

/// Reads the whole directory of a stopped hearth and says what it holds.
pub(super) fn check_data(dir: &Path) -> Result<String, Error> {
    let report = disk::check_data(dir, disk::Options::default(), Clock::system());
    let report = report.map_err(|error| Error::Part(Box::new(error)))?;
    if matches!(report.verdict, disk::Verdict::Sound | disk::Verdict::Unfinished { .. }) {
        return Ok(report.to_string());
    }
    Err(Error::Part(report.to_string().into()))
}

/// Repairs the directory of a stopped hearth and says what was dropped.
pub(super) fn repair(dir: &Path) -> Result<String, Error> {
    let repair = disk::repair(dir, &disk::Options::default(), &Clock::system());
    Ok(repair.map_err(|error| Error::Part(Box::new(error)))?.to_string())
}
