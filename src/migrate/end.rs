//! One end of a migration: a service, or the data directory of a stopped hearth.
//!
//! Must hold: both are asked in the same words and answer in the same.
//! Not here: what is asked again, and when (`back_off.rs`, `writer.rs`).

use std::fmt;

use bytes::Bytes;

use super::directory::Directory;
use crate::api::{ApiError, ControlCode, ErrorCode, Operation};
use crate::engine::upstream::client::{
    Ask, Client, Effect, Failure, Fate, Fault, Refusal, Told, What,
};
use crate::wire::json::{client as border, target};

/// Where a table is moved from or to.
pub struct End {
    name: String,
    tables: Tables,
}

enum Tables {
    Service(Client),
    Directory(Directory),
}

/// Why an end did not do what it was asked.
#[derive(Debug)]
pub(super) struct Failed {
    /// What became of it.
    pub(super) fate: Fate,
    /// The exception, if it was refused.
    pub(super) code: Option<ErrorCode>,
    /// Whether the same may be done a little later.
    pub(super) may_pass: bool,
    /// In words.
    pub(super) why: String,
}

impl End {
    /// A service by its URL.
    pub fn service(url: impl Into<String>, client: Client) -> Self {
        Self { name: url.into(), tables: Tables::Service(client) }
    }

    /// A data directory by its path.
    pub fn directory(path: impl Into<String>, directory: Directory) -> Self {
        Self { name: path.into(), tables: Tables::Directory(directory) }
    }

    /// Whether others than this process may write there meanwhile.
    pub(super) fn is_shared(&self) -> bool {
        match self.tables {
            Tables::Service(_) => true,
            Tables::Directory(_) => false,
        }
    }

    /// Asks once, as often as that is safe.
    pub(super) async fn ask(
        &self,
        operation: Operation,
        body: Bytes,
        effect: Effect,
    ) -> Result<Bytes, Failed> {
        match &self.tables {
            Tables::Service(client) => {
                let target = target(operation).into();
                Ok(client.send(Ask { target, body, effect }).await?)
            }
            Tables::Directory(directory) => {
                let answer = directory.ask(operation, &body).await;
                answer.map_err(|error| Failed::of_directory(&error, effect))
            }
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Failed {
    fn of_directory(error: &ApiError, effect: Effect) -> Self {
        let is_ambiguous = effect != Effect::Reads && error.code == ErrorCode::InternalServerError;
        Self {
            fate: if is_ambiguous { Fate::Unknown } else { Fate::NotDone },
            code: Some(error.code),
            may_pass: passes(error.code),
            why: error.message.clone(),
        }
    }

    fn refused(fate: Fate, refusal: Refusal) -> Self {
        let Refusal { status, kind, body } = refusal;
        let ApiError { code, message, .. } = border::decode_error(status, &kind, &body);
        let why = if kind.is_empty() { message } else { format!("{kind}: {message}") };
        Self { fate, code: Some(code), may_pass: status >= 500 || passes(code), why }
    }

    fn lost(fate: Fate, fault: &Fault) -> Self {
        let (may_pass, hint) = match fault.what {
            What::Busy
            | What::Down
            | What::Connect
            | What::Disconnected
            | What::Deadline
            | What::Unavailable
            | What::Broken => (true, ""),
            What::Credentials => {
                (false, "; --from-credentials and --to-credentials say where else they come from")
            }
            What::Untrusted => {
                (false, "; --from-ca-file and --to-ca-file name that of its authority")
            }
            What::Unaskable | What::Redirected => (false, ""),
        };
        Self { fate, code: None, may_pass, why: format!("{fault}{hint}") }
    }

    /// Whether there is no such table, stream or shard.
    pub(super) fn is_not_found(&self) -> bool {
        self.code == Some(ErrorCode::ResourceNotFound)
    }

    /// Whether that exception of streams was told.
    pub(super) fn is(&self, code: ControlCode) -> bool {
        self.code == Some(ErrorCode::Control(code))
    }
}

impl From<Failure> for Failed {
    fn from(Failure { fate, told }: Failure) -> Self {
        match told {
            Told::Refused(refusal) => Self::refused(fate, refusal),
            Told::Failed(fault) => Self::lost(fate, &fault),
        }
    }
}

/// Whether an exception may pass by itself.
fn passes(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Throttling
            | ErrorCode::ProvisionedThroughputExceeded
            | ErrorCode::InternalServerError
            | ErrorCode::ServiceUnavailable
            | ErrorCode::LimitExceeded
            | ErrorCode::TransactionConflict
    )
}
