//! The words and flags of `hearth backup` and `hearth restore`.

use std::path::PathBuf;

use clap::Args;

/// What `hearth backup` was asked for.
#[derive(Args, Debug)]
pub(in crate::cli) struct BackupArguments {
    /// The file to make; it must not be there.
    #[arg(long, value_name = "FILE")]
    pub(super) to: PathBuf,
    /// The data directory of a stopped hearth, in place of a running one.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["admin", "token_file"])]
    pub(super) data_dir: Option<PathBuf>,
    /// The admin port of the running hearth.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9811")]
    pub(super) admin: String,
    /// The file with the admin token [default: ./hearth-data/admin-token, unless
    /// `HEARTH_ADMIN_TOKEN` has the token itself].
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,
}

/// What `hearth restore` was asked for.
#[derive(Args, Debug)]
pub(in crate::cli) struct RestoreArguments {
    /// The file that `hearth backup` made; to check, also a table's in `backups/`.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The data directory to make; it must be empty or not be there, and be no mount point.
    #[arg(long, value_name = "DIR", required_unless_present = "check", conflicts_with = "check")]
    pub(super) data_dir: Option<PathBuf>,
    /// Only read the file and check all of it.
    #[arg(long)]
    pub(super) check: bool,
}
