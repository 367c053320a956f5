//! Failures as one sentence and one exit code.

use std::error::Error as StdError;
use std::io;

use crate::{auth, config};

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration was refused.
    #[error(transparent)]
    Config(#[from] config::Error),

    /// The credentials file was refused.
    #[error(transparent)]
    Credentials(#[from] auth::credentials::Error),

    /// The file with the admin token was refused.
    #[error(transparent)]
    AdminToken(auth::admin_token::Error),

    /// A variable of ours that is not text.
    #[error("environment variable {name} is not UTF-8")]
    NotText {
        /// The variable, as far as it can be shown.
        name: String,
    },

    /// An address that cannot be asked.
    #[error("--admin {url}: expected an address such as http://127.0.0.1:9811")]
    AdminUrl {
        /// What was given.
        url: String,
    },

    /// Nobody answers at the admin port, or not in time.
    #[error("no answer from {url}")]
    Silent {
        /// Who was asked.
        url: String,
        /// What the system said.
        source: io::Error,
    },

    /// The process answers, but is not ready.
    #[error("{url} is not ready: {answer}")]
    NotReady {
        /// Who was asked.
        url: String,
        /// The first line of the answer.
        answer: String,
    },

    /// Nobody answers a command of the cache, or not in time.
    #[error("nobody answers at {url}; start hearth, or name its admin port with --admin")]
    Unreachable {
        /// Who was asked.
        url: String,
        /// What the system said.
        source: io::Error,
    },

    /// Something else listens there.
    #[error(
        "what answers at {url} (with status {status}) is not the admin port of a hearth that has \
         this command; name it with --admin"
    )]
    NotHearth {
        /// Who was asked.
        url: String,
        /// The status of the answer.
        status: u16,
    },

    /// There is no admin token to send.
    #[error(
        "an admin token is needed; name its file with --token-file, or set HEARTH_ADMIN_TOKEN to \
         the token"
    )]
    Token(#[source] auth::admin_token::Error),

    /// The token in the environment is none.
    #[error(
        "HEARTH_ADMIN_TOKEN is not an admin token; set it to the first line of the token's file"
    )]
    TokenVariable,

    /// The token is not that of the process.
    #[error(
        "the admin token is not that of the hearth at {url}; it is in the file admin-token of that \
         hearth's data directory, or where auth.admin_token says: name the file with --token-file"
    )]
    WrongToken {
        /// Who was asked.
        url: String,
    },

    /// A key that is no JSON object.
    #[error("the key must be DynamoDB JSON, such as '{{\"id\":{{\"S\":\"7\"}}}}'")]
    KeyArgument,

    /// A name that no table can have.
    #[error("{table:?} is no name of a table; see hearth cache stats")]
    TableArgument {
        /// What was given.
        table: String,
    },

    /// The process refuses, and says why.
    #[error("{why}")]
    Refused {
        /// Its sentence.
        why: String,
    },

    /// A load or a demo was refused or failed.
    #[error(transparent)]
    Load(#[from] super::load::Error),

    /// A doctor was given a configuration without an upstream.
    #[error("the configuration names no upstream to examine; set upstream.url, or use --upstream")]
    NoUpstream,

    /// A doctor found something wrong.
    #[error("{failed} of {checks} checks failed")]
    Unwell {
        /// Checks that failed.
        failed: usize,
        /// Checks that were made.
        checks: usize,
    },

    /// A table cannot be moved to where it is.
    #[error(
        "--from and --to name the same place; a table keeps its name, so it can only be moved elsewhere"
    )]
    SameEnds,

    /// What was copied is not what is there.
    #[error(
        "the tables differ, in {parts} of 65,536 parts; if nothing writes to them, run the same command again with --verify-only"
    )]
    TablesDiffer {
        /// Parts by the hash of keys.
        parts: usize,
    },

    /// The answer could not be written.
    #[error("cannot write to standard output")]
    Print {
        /// What the system said.
        source: io::Error,
    },

    /// A part failed while it ran.
    #[error(transparent)]
    Part(Box<dyn StdError + Send + Sync>),
}

impl Error {
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_)
            | Self::Credentials(_)
            | Self::NotText { .. }
            | Self::AdminUrl { .. }
            | Self::AdminToken(_)
            | Self::Token(_)
            | Self::TokenVariable
            | Self::KeyArgument
            | Self::NoUpstream
            | Self::TableArgument { .. }
            | Self::SameEnds => EXIT_USAGE,
            Self::Load(error) if error.is_usage() => EXIT_USAGE,
            Self::Load(_)
            | Self::Silent { .. }
            | Self::NotReady { .. }
            | Self::Unreachable { .. }
            | Self::NotHearth { .. }
            | Self::WrongToken { .. }
            | Self::Refused { .. }
            | Self::Unwell { .. }
            | Self::TablesDiffer { .. }
            | Self::Print { .. }
            | Self::Part(_) => EXIT_FAILURE,
        }
    }
}

/// An error and its causes on one line.
pub(super) fn sentence(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    on_one_line(&text)
}

/// What clap objects to and what it suggests, without its usage text.
pub(super) fn usage_sentence(refused: &clap::Error) -> String {
    let text = refused.to_string();
    let mut paragraphs = text.split("\n\n").map(on_one_line);
    let objection = paragraphs.next().unwrap_or_default();
    let tips = paragraphs.filter_map(|tip| tip.strip_prefix("tip: ").map(str::to_owned));
    let told: Vec<String> = [objection.trim_start_matches("error: ").to_owned()]
        .into_iter()
        .chain(tips)
        .chain(["see hearth --help".to_owned()])
        .collect();
    told.join("; ")
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) const EXIT_FAILURE: u8 = 1;
pub(super) const EXIT_USAGE: u8 = 2;

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::arguments::Arguments;

    fn refusal(line: &str) -> String {
        let refused = Arguments::try_parse_from(line.split(' ')).expect_err("a wrong line");
        usage_sentence(&refused)
    }

    #[test]
    fn a_wrong_line_is_refused_in_one_sentence_that_suggests_what_is_near() {
        assert_eq!(
            refusal("hearth serve --lisen x"),
            "unexpected argument '--lisen' found; a similar argument exists: '--listen'; \
             see hearth --help"
        );
        assert_eq!(
            refusal("hearth serv"),
            "unrecognized subcommand 'serv'; a similar subcommand exists: 'serve'; see hearth --help"
        );
        assert_eq!(
            refusal("hearth repair"),
            "the following required arguments were not provided: <DIR>; see hearth --help"
        );
    }

    #[test]
    fn causes_follow_on_the_same_line() {
        let source = io::Error::other("first\nsecond");
        let error = Error::Silent { url: "http://x".to_owned(), source };

        assert_eq!(sentence(&error), "no answer from http://x: first second");
    }
}
