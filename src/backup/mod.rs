//! Backups: their files, archives of everything, and where those of tables are kept.
//!
//!     snapshot ── items ──> draft  NAME.new ── sync, rename ──> backup NAME.backup
//!     backup ── blocks, each with its checksum ──> items of a table that is restored
//!
//! Must hold: a backup is there whole or not at all, whenever the process was killed; what is read
//! of one is what was written, or an error.
//! Not here: reading and writing tables (`engine/`), when that is done (`proxy/background/`).

mod archive;
mod blocks;
mod directory;
mod draft;
mod error;
mod file;
mod shelf;
mod taken;

pub use self::archive::{Archive, ArchivePiece, ArchiveSums, Head, write_archive};
pub use self::draft::Draft;
pub use self::error::Error;
pub use self::file::{Label, Sums, check_table_backup};
pub use self::shelf::{Kept, Shelf};
pub use self::taken::{Items, Taken};
