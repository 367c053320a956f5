//! The credentials file: who may sign, with which secret, under which name.
//!
//!     [[credentials]]
//!     access_key_id = "…"
//!     secret_access_key = "…"
//!     principal = "…"        # optional; two keys may share one, so that keys can be rotated
//!     upstream_profile = "…" # optional; whose credentials an upstream is asked with for it
//!
//! Must hold: a file that others than its owner may read is refused; no error quotes a secret.
//! Not here: when a file is read again (`app`).

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Principal;
use super::owner_file::{self, Refusal};
use super::sigv4::Secret;

/// Everybody who may sign requests. Never empty.
#[derive(Debug)]
pub struct Credentials {
    by_key_id: HashMap<Box<str>, Credential, ahash::RandomState>,
}

/// What is known of one access key id.
#[derive(Debug)]
pub(super) struct Credential {
    pub(super) secret: Secret,
    pub(super) principal: Principal,
}

impl Credentials {
    /// Reads a credentials file, which must be the owner's alone.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: path.into(), source };
        let file = owner_file::open(path).map_err(|refusal| match refusal {
            Refusal::Unreadable(source) => failed(source),
            Refusal::Exposed(mode) => Error::Exposed { path: path.into(), mode },
        })?;
        let mut text = String::new();
        let bytes = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
        if bytes as u64 > FILE_BYTES_MAX {
            return Err(Error::TooLarge { path: path.into() });
        }
        Self::parse(&text).map_err(|(line, fault)| Error::Content {
            path: path.into(),
            line,
            fault,
        })
    }

    /// The profiles of an upstream that credentials name, each once.
    pub fn upstream_profiles(&self) -> BTreeSet<String> {
        let principals = self.by_key_id.values().map(|credential| &credential.principal);
        principals.filter_map(Principal::upstream_profile).map(str::to_owned).collect()
    }

    pub(super) fn find(&self, access_key_id: &str) -> Option<&Credential> {
        self.by_key_id.get(access_key_id)
    }

    /// Reads the text of a credentials file; an error comes with the line that it is about.
    pub(super) fn parse(text: &str) -> Result<Self, (usize, Fault)> {
        let at = |offset: usize, fault| (line_of(text, offset), fault);
        let document = DeTable::parse(text).map_err(|error| {
            at(error.span().map_or(0, |span| span.start), Fault::Syntax(error.message().to_owned()))
        })?;
        let mut by_key_id = HashMap::default();
        for (name, value) in document.get_ref() {
            let rows = match value.get_ref() {
                DeValue::Array(rows) if name.get_ref() == "credentials" => rows,
                _ => {
                    return Err(at(
                        name.span().start,
                        Fault::UnknownKey(name.get_ref().to_string()),
                    ));
                }
            };
            for row in rows {
                let (id, credential) =
                    parse_row(row).map_err(|(offset, fault)| at(offset, fault))?;
                if by_key_id.insert(id.clone(), credential).is_some() {
                    return Err(at(row.span().start, Fault::Duplicate(id)));
                }
            }
        }
        if by_key_id.is_empty() { Err((1, Fault::Empty)) } else { Ok(Self { by_key_id }) }
    }
}

/// Why a credentials file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read the credentials file {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// Others than the owner may read or change the file.
    #[error(
        "the credentials file {} has mode {mode:04o}, but only its owner may have access: set it to 0600",
        path.display()
    )]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// The permission bits found.
        mode: u32,
    },

    /// The file is larger than any credentials file is.
    #[error("the credentials file {} is larger than {FILE_BYTES_MAX} bytes", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },

    /// The file does not say what a credentials file says.
    #[error("{} line {line}: {fault}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        fault: Fault,
    },
}

/// What is wrong in a credentials file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// Not TOML.
    #[error("this is not TOML: {0}")]
    Syntax(String),

    /// A key that means nothing here.
    #[error(
        "unknown key \"{0}\": a credentials file holds [[credentials]] with access_key_id, \
         secret_access_key and, optionally, principal and upstream_profile"
    )]
    UnknownKey(String),

    /// One access key id twice.
    #[error("the access key id \"{0}\" stands here twice")]
    Duplicate(Box<str>),

    /// A credential without one of its keys.
    #[error("this credential has no {0}")]
    Missing(&'static str),

    /// A value of another kind, or one that no signature can name.
    #[error("{0} must be a string of 1 to {TEXT_BYTES_MAX} visible ASCII characters{1}")]
    Value(&'static str, &'static str),

    /// No credential at all.
    #[error("there are no [[credentials]] in this file")]
    Empty,
}

type Row<'a> = Spanned<DeValue<'a>>;

fn parse_row(row: &Row<'_>) -> Result<(Box<str>, Credential), (usize, Fault)> {
    let start = row.span().start;
    let DeValue::Table(table) = row.get_ref() else {
        return Err((start, Fault::UnknownKey("credentials".to_owned())));
    };
    let mut texts = [None; KEYS.len()];
    for (name, value) in table {
        let Some(place) = KEYS.iter().position(|key| *key == name.get_ref()) else {
            return Err((name.span().start, Fault::UnknownKey(name.get_ref().to_string())));
        };
        let text = value.get_ref().as_str().filter(|text| is_plain(text));
        let text = text.filter(|text| place != 0 || !text.contains(KEY_ID_EXCLUDES));
        let but = if place == 0 { " without slash, comma or equals sign" } else { "" };
        texts[place] = Some(text.ok_or((value.span().start, Fault::Value(KEYS[place], but)))?);
    }
    let [id, secret, principal, profile] = texts;
    let id = id.ok_or((start, Fault::Missing(KEYS[0])))?;
    let secret = Secret::new(secret.ok_or((start, Fault::Missing(KEYS[1])))?);
    let principal = Principal::new(principal.unwrap_or(id), profile);
    Ok((id.into(), Credential { secret, principal }))
}

fn is_plain(text: &str) -> bool {
    (1..=TEXT_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

const KEYS: [&str; 4] = ["access_key_id", "secret_access_key", "principal", "upstream_profile"];
/// They end a key id in the `Authorization` header.
const KEY_ID_EXCLUDES: [char; 3] = ['/', ',', '='];
const TEXT_BYTES_MAX: usize = 256;
const FILE_BYTES_MAX: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const TWO: &str = "\
        [[credentials]]\naccess_key_id = \"AKIDONE\"\nsecret_access_key = \"first-secret\"\n\
        [[credentials]]\naccess_key_id = \"AKIDTWO\"\nsecret_access_key = \"other-secret\"\n\
        principal = \"orders\"\n";

    #[test]
    fn a_credential_acts_under_its_principal_or_else_its_key_id() {
        let credentials = Credentials::parse(TWO).expect("two good credentials");

        let name = |id| credentials.find(id).map(|found| found.principal.as_str());

        assert_eq!(name("AKIDONE"), Some("AKIDONE"));
        assert_eq!(name("AKIDTWO"), Some("orders"));
        assert_eq!(name("AKIDTHREE"), None);
    }

    #[test]
    fn a_credential_may_name_whom_an_upstream_is_asked_as() {
        let text = format!("{TWO}upstream_profile = \"team\"\n");
        let credentials = Credentials::parse(&text).expect("two good credentials");

        let profile =
            |id| credentials.find(id).and_then(|found| found.principal.upstream_profile());

        assert_eq!((profile("AKIDONE"), profile("AKIDTWO")), (None, Some("team")));
        assert!(credentials.upstream_profiles().iter().eq(["team"]));
    }

    #[test]
    fn the_shipped_example_is_a_credentials_file() {
        let text = include_str!("../../config/credentials.example.toml");

        let credentials = Credentials::parse(text).expect("the example is whole");

        assert!(credentials.find("AKIDORDERS1").is_some());
    }

    #[test]
    fn secrets_are_not_in_the_debug_output() {
        let credentials = Credentials::parse(TWO).expect("two good credentials");

        let shown = format!("{credentials:?}");

        assert!(
            shown.contains("AKIDONE") && !shown.contains("secret\"") && !shown.contains("first")
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let id = "[[credentials]]\naccess_key_id = \"A\"\n";
        let whole = format!("{id}secret_access_key = \"S\"\n");
        let unknown = |key: &str| Fault::UnknownKey(key.to_owned());
        let bad_id = Fault::Value(KEYS[0], " without slash, comma or equals sign");
        let cases = [
            (String::new(), 1, Fault::Empty),
            ("[credential]\n".to_owned(), 1, unknown("credential")),
            ("credentials = 1\n".to_owned(), 1, unknown("credentials")),
            (format!("{whole}secret = 1\n"), 4, unknown("secret")),
            (id.to_owned(), 1, Fault::Missing("secret_access_key")),
            (whole.replace("access_key_id = \"A\"", ""), 1, Fault::Missing("access_key_id")),
            (whole.replace("\"A\"", "\"a/b\""), 2, bad_id),
            (whole.replace("\"S\"", "12345"), 3, Fault::Value(KEYS[1], "")),
            (format!("{whole}{whole}"), 4, Fault::Duplicate("A".into())),
        ];

        for (text, line, fault) in cases {
            let got = Credentials::parse(&text).expect_err("each of these is wrong");
            assert_eq!(got, (line, fault), "{text}");
        }
    }

    #[test]
    fn a_file_that_is_not_toml_is_refused_without_its_secret() {
        let text = TWO.replace("first-secret\"", "first-secret");

        let (line, fault) = Credentials::parse(&text).expect_err("the quote is missing");

        assert_eq!(line, 3);
        assert!(!fault.to_string().contains("first-secret"), "{fault}");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_the_mode_found() {
        let dir = tempfile::tempdir().expect("a directory for the test");
        let path = dir.path().join("credentials.toml");
        std::fs::write(&path, TWO).expect("the directory is writable");

        for (mode, taken) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&path, permissions).expect("the file is ours");
            match Credentials::load(&path) {
                Ok(_) => assert!(taken, "{mode:o}"),
                Err(Error::Exposed { mode: found, .. }) => {
                    assert_eq!((found, taken), (mode, false));
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}
