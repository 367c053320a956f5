//! The admin token: who has it may control the cache.
//!
//! An operator may keep one in a file of their own; otherwise each start makes one and leaves it
//! where only the owner of the tables can read it.
//!
//! Must hold: a file that others than its owner may read is refused; a token is in no log, no
//! `Debug` output and no error; comparing takes as long whatever was given.
//! Not here: what a token is good for (`server/admin/`).

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::owner_file::{self, Refusal};

/// A token that was read or made; clones share it.
#[derive(Clone)]
pub struct AdminToken(Arc<str>);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read the admin token file {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The file could not be written.
    #[error("cannot write the admin token file {}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// Others than the owner may read or change the file.
    #[error(
        "the admin token file {} has mode {mode:04o}, but only its owner may have access: set it to 0600",
        path.display()
    )]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// The permission bits found.
        mode: u32,
    },

    /// The file's first line is no token.
    #[error(
        "the first line of the admin token file {} must be a token of {TOKEN_BYTES_MIN} to \
         {TOKEN_BYTES_MAX} visible ASCII characters",
        path.display()
    )]
    Content {
        /// Which file.
        path: PathBuf,
    },
}

impl AdminToken {
    /// The token that this text is, if it can be one.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (TOKEN_BYTES_MIN..=TOKEN_BYTES_MAX).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && plain).then(|| Self(text.into()))
    }

    /// Reads the first line of a file, which must be the owner's alone.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: path.into(), source };
        let file = owner_file::open(path).map_err(|refusal| match refusal {
            Refusal::Unreadable(source) => failed(source),
            Refusal::Exposed(mode) => Error::Exposed { path: path.into(), mode },
        })?;
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let text = std::str::from_utf8(line).ok().map(str::trim);
        text.and_then(Self::new).ok_or_else(|| Error::Content { path: path.into() })
    }

    /// Makes a token and leaves it in a file for its owner alone, in place of what was there.
    ///
    /// Whoever reads the file meanwhile reads the old token or the new one.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let token = Self::random();
        let mut fresh = path.as_os_str().to_owned();
        fresh.push(".new");
        let fresh = PathBuf::from(fresh);
        let write = || {
            match fs::remove_file(&fresh) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(&fresh)?;
            writeln!(file, "{}", token.0)?;
            file.sync_all()?;
            fs::rename(&fresh, path)
        };
        write().map_err(|source| Error::Write { path: path.into(), source })?;
        Ok(token)
    }

    /// Whether this text is the token.
    pub fn is(&self, given: &str) -> bool {
        // Digests are of one length, so not even the token's length can be measured.
        Sha256::digest(given).ct_eq(&Sha256::digest(&*self.0)).into()
    }

    /// The token itself, for who sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn random() -> Self {
        let half = || uuid::Uuid::new_v4().simple();
        Self(format!("{}{}", half(), half()).into())
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(hidden)")
    }
}

/// Less could be guessed.
const TOKEN_BYTES_MIN: usize = 16;
const TOKEN_BYTES_MAX: usize = 256;
const FILE_BYTES_MAX: u64 = 4 << 10;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("a directory for the test");
        let path = dir.path().join("token");
        fs::write(&path, text).expect("the directory is writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("the file is ours");
        (dir, path)
    }

    #[test]
    fn a_made_token_is_for_its_owner_alone_and_reads_back() {
        let (_dir, path) = file("what was there\n", 0o644);

        let made = AdminToken::create(&path).expect("the directory is writable");

        let bits = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(bits & 0o7777, 0o600);
        assert_eq!(AdminToken::load(&path).expect("a token").reveal(), made.reveal());
        assert_eq!(made.reveal().len(), 64);
        let again = AdminToken::create(&path).expect("the directory is writable");
        assert_ne!(again.reveal(), made.reveal());
    }

    #[test]
    fn only_the_token_itself_is_the_token() {
        let token = AdminToken::new("0123456789abcdef").expect("long enough");

        assert!(token.is("0123456789abcdef"));
        for other in ["", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef0"] {
            assert!(!token.is(other), "{other}");
        }
        assert!(!format!("{token:?}").contains("0123"));
    }

    #[test]
    fn the_first_line_counts() {
        let (_dir, path) = file("0123456789abcdef \nnotes\n", 0o400);

        assert!(AdminToken::load(&path).expect("a token").is("0123456789abcdef"));
    }

    #[test]
    fn a_file_that_others_may_read_or_that_holds_no_token_is_refused() {
        let good = "0123456789abcdef\n";
        let (_dir, exposed) = file(good, 0o640);
        assert!(matches!(AdminToken::load(&exposed), Err(Error::Exposed { mode: 0o640, .. })));

        for text in ["", "short\n", "\n0123456789abcdef\n", "0123456789 abcdef\n"] {
            let (_dir, path) = file(text, 0o600);
            assert!(matches!(AdminToken::load(&path), Err(Error::Content { .. })), "{text:?}");
        }
        let nowhere = exposed.with_file_name("nowhere");
        assert!(matches!(AdminToken::load(&nowhere), Err(Error::Read { .. })));
    }
}
