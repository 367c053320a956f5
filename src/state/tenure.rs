//! Whether the process before this one has left something under way.
//!
//! ```text
//! DIR/running    there from the beginning of a process to its end with nothing under way; empty
//! ```
//!
//! Must hold: the file is durable before [`Tenure::begin`] returns, and gone for good once
//! [`Tenure::end`] has returned.
//! Not here: what may be under way, and what follows from it (`proxy/`).

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::Error;

/// The time of a process in a directory.
#[derive(Debug)]
pub struct Tenure {
    path: PathBuf,
}

/// How the process before this one has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Before {
    /// With nothing under way, or there was none.
    Settled,
    /// With something under way, or it was not let end.
    Unsettled,
}

impl Tenure {
    /// Begins in a directory, which must be there and which no other process uses.
    pub fn begin(directory: &Path) -> Result<(Self, Before), Error> {
        let path = directory.join("running");
        let before = match fs::exists(&path) {
            Ok(true) => Before::Unsettled,
            Ok(false) => Before::Settled,
            Err(error) => return Err(Error::io("look for", &path)(error)),
        };
        let make = || {
            let mut options = File::options();
            options.create(true).truncate(true).write(true).mode(0o600).open(&path)?.sync_all()
        };
        make().and_then(|()| sync(directory)).map_err(Error::io("write", &path))?;
        Ok((Self { path }, before))
    }

    /// Ends with nothing under way; without it, the next process is told that something was.
    pub fn end(self) -> Result<(), Error> {
        let remove = || {
            fs::remove_file(&self.path)?;
            self.path.parent().map_or(Ok(()), sync)
        };
        remove().map_err(Error::io("remove", &self.path))
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(directory: &Path) -> (Tenure, Before) {
        Tenure::begin(directory).expect("the directory is there")
    }

    #[test]
    fn an_end_that_was_not_told_is_noticed_by_the_next_process_and_every_one_until_one_tells() {
        let directory = tempfile::tempdir().expect("a directory");

        let (_, first) = begin(directory.path());
        let (_, second) = begin(directory.path());
        let (tenure, third) = begin(directory.path());
        tenure.end().expect("it can be removed");
        let (_, fourth) = begin(directory.path());

        let expected = [Before::Settled, Before::Unsettled, Before::Unsettled, Before::Settled];
        assert_eq!([first, second, third, fourth], expected);
    }

    #[test]
    fn what_cannot_be_kept_is_told_with_its_path() {
        let refused = Tenure::begin(Path::new("/nowhere")).expect_err("there is no such directory");

        assert!(refused.to_string().contains("/nowhere/running"), "{refused}");
    }
}
