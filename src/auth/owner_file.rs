//! Opening a file that holds a secret.
//!
//! Must hold: a file that others than its owner may read or change is refused, by the mode of the
//! very file that was opened.
//! Not here: what such a file says (`credentials.rs`, `admin_token.rs`, `cli/load/credentials.rs`).

use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Why a file was not opened.
pub enum Refusal {
    /// What the system said.
    Unreadable(io::Error),
    /// Others than its owner have access, by these permission bits.
    Exposed(u32),
}

/// Opens a file for reading, if it is its owner's alone.
pub fn open(path: &Path) -> Result<File, Refusal> {
    let file = File::open(path).map_err(Refusal::Unreadable)?;
    let metadata = file.metadata().map_err(Refusal::Unreadable)?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 { Err(Refusal::Exposed(mode)) } else { Ok(file) }
}
