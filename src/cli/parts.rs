//! Where commands call into the parts that do the work.

use std::path::Path;

use super::Error;
use crate::app;
use crate::config::{Config, Sources};

/// The layout of data directories that this version writes.
pub(super) const STORAGE_FORMAT: u32 = 1;

/// Serves until the process is told to stop; `sources` are read again when it is told to reload.
pub(super) fn serve(config: Config, sources: Sources) -> Result<(), Error> {
    app::serve(config, sources).map_err(|error| Error::Part(Box::new(error)))
}

/// Reads the whole directory of a stopped hearth and says what it holds.
pub(super) fn check_data(_dir: &Path) -> Result<String, Error> {
    Err(Error::Part("check-data is not in this build".into()))
}

/// Repairs the directory of a stopped hearth and says what was dropped.
pub(super) fn repair(_dir: &Path) -> Result<String, Error> {
    Err(Error::Part("repair is not in this build".into()))
}
