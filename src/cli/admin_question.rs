//! One question to the admin port of a running hearth, whose answer is printed for people, or as it
//! came.
//!
//! Must hold: the token is sent only to the admin port that was named, and printed nowhere.
//! Not here: what is asked, and how answers read (each command).

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::Error;
use super::admin_port::{AdminPort, token};

/// Who is asked, and how the answer is printed.
#[derive(Args, Debug)]
pub(super) struct Port {
    /// The admin port of the running hearth.
    #[arg(long, global = true, value_name = "URL", default_value = "http://127.0.0.1:9811")]
    admin: String,
    /// The file with the admin token [default: ./hearth-data/admin-token, unless
    /// `HEARTH_ADMIN_TOKEN` has the token itself].
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Print the answer as it came, in JSON.
    #[arg(long, global = true)]
    json: bool,
}

/// A request of the admin API; without a body it is a GET.
pub(super) struct Question {
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

impl Port {
    /// Asks, and returns what is to be printed: `text` says how an answer reads.
    pub(super) fn ask(
        &self,
        question: &Question,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        text: impl FnOnce(&Value) -> String,
    ) -> Result<String, Error> {
        let port = AdminPort::at(&self.admin, DEADLINE)?;
        let token = token(self.token_file.as_deref(), environment)?;
        let reply = match &question.body {
            None => port.get(&question.path, &token),
            Some(body) => port.post(&question.path, &body.to_string(), &token),
        };
        let reply =
            reply.map_err(|source| Error::Unreachable { url: self.admin.clone(), source })?;
        match serde_json::from_str::<Value>(&reply.body) {
            Ok(_) if reply.status == 200 && self.json => Ok(format!("{}\n", reply.body.trim_end())),
            Ok(answer) if reply.status == 200 => Ok(text(&answer)),
            Ok(_) | Err(_) => Err(reply.refusal(&self.admin)),
        }
    }
}

const DEADLINE: Duration = Duration::from_mins(1);
