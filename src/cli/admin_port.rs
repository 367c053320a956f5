//! Asking the admin port of a running hearth, with its token where that is needed.
//!
//! Must hold: only the address that was given is asked, past every proxy of the environment; the
//! token is sent nowhere else, and printed nowhere.
//! Not here: what the answers mean to a command.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use super::Error;
use crate::auth::AdminToken;

/// The admin port at an address.
pub(super) struct AdminPort {
    agent: ureq::Agent,
    authority: String,
}

/// What it answered.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: String,
}

/// What it answered to a request for much.
pub(super) enum Opened {
    /// It comes.
    Body(Box<dyn Read>),
    /// It does not.
    Refused(Reply),
}

impl Reply {
    /// Why it is not what was asked for.
    pub(super) fn refusal(&self, url: &str) -> Error {
        match serde_json::from_str::<serde_json::Value>(&self.body) {
            Ok(_) if self.status == 401 => Error::WrongToken { url: url.to_owned() },
            Ok(answer) if self.status != 200 => {
                let why = answer["error"].as_str().unwrap_or("it does not say why").to_owned();
                Error::Refused { why }
            }
            Ok(_) | Err(_) => Error::NotHearth { url: url.to_owned(), status: self.status },
        }
    }
}

impl AdminPort {
    /// The port at `url`, whose answers must come within `deadline`.
    pub(super) fn at(url: &str, deadline: Duration) -> Result<Self, Error> {
        Self::with(url, Some(deadline))
    }

    /// The port at `url`, whose answers may take as long as they come.
    pub(super) fn without_deadline(url: &str) -> Result<Self, Error> {
        Self::with(url, None)
    }

    fn with(url: &str, deadline: Option<Duration>) -> Result<Self, Error> {
        let authority = authority(url).ok_or_else(|| Error::AdminUrl { url: url.to_owned() })?;
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_global(deadline)
            .build();
        Ok(Self { agent: config.new_agent(), authority: authority.to_owned() })
    }

    /// Asks for a page that everybody may see.
    pub(super) fn page(&self, path: &str) -> io::Result<Reply> {
        reply(self.agent.get(self.url(path)).call())
    }

    /// Asks for what only who has the token may see.
    pub(super) fn get(&self, path: &str, token: &AdminToken) -> io::Result<Reply> {
        let request = self.agent.get(self.url(path));
        reply(request.header("Authorization", bearer(token)).call())
    }

    /// Asks for what only who has the token may do.
    pub(super) fn post(&self, path: &str, body: &str, token: &AdminToken) -> io::Result<Reply> {
        let request = self.agent.post(self.url(path)).header("Content-Type", "application/json");
        reply(request.header("Authorization", bearer(token)).send(body))
    }

    /// Asks for what is too large to be gathered.
    pub(super) fn open(&self, path: &str, token: &AdminToken) -> io::Result<Opened> {
        let request = self.agent.get(self.url(path)).header("Authorization", bearer(token));
        let response = request.call().map_err(ureq::Error::into_io)?;
        let is_body = response.headers().get("content-type").is_some_and(|kind| kind == BYTES);
        if response.status().as_u16() == 200 && is_body {
            return Ok(Opened::Body(Box::new(response.into_body().into_reader())));
        }
        reply(Ok(response)).map(Opened::Refused)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.authority)
    }
}

/// The token from the file that was named, the environment, or the file that a hearth started here
/// leaves.
pub(super) fn token(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<AdminToken, Error> {
    if let Some(path) = file {
        return AdminToken::load(path).map_err(Error::Token);
    }
    let mut environment = environment.into_iter();
    if let Some((_, value)) = environment.find(|(name, _)| name == TOKEN_VARIABLE) {
        let token = value.to_str().and_then(AdminToken::new);
        return token.ok_or(Error::TokenVariable);
    }
    AdminToken::load(Path::new(TOKEN_FILE)).map_err(Error::Token)
}

fn bearer(token: &AdminToken) -> String {
    format!("Bearer {}", token.reveal())
}

fn reply(answered: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> io::Result<Reply> {
    let mut response = answered.map_err(ureq::Error::into_io)?;
    let body = response.body_mut().with_config().limit(BODY_BYTES_MAX).lossy_utf8(true);
    let body = body.read_to_string().map_err(ureq::Error::into_io)?;
    Ok(Reply { status: response.status().as_u16(), body })
}

/// The host and port of a URL without a path, or of an address alone.
fn authority(url: &str) -> Option<&str> {
    let authority = url.strip_prefix("http://").unwrap_or(url);
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let (host, port) = authority.rsplit_once(':')?;
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@".contains(&byte);
    let is_plain = authority.bytes().all(is_plain);
    (is_plain && !host.is_empty() && port.parse::<u16>().is_ok()).then_some(authority)
}

/// How long a connection, and the beginning of an answer, may take.
const PATIENCE: Duration = Duration::from_mins(1);
const BYTES: &str = "application/octet-stream";
const TOKEN_VARIABLE: &str = "HEARTH_ADMIN_TOKEN";
const TOKEN_FILE: &str = "./hearth-data/admin-token";
/// The figures of many thousands of tables.
const BODY_BYTES_MAX: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_can_be_asked() {
        for url in ["http://127.0.0.1:9811", "127.0.0.1:9811/", "http://[::1]:1", "localhost:1"] {
            assert!(AdminPort::at(url, Duration::from_secs(1)).is_ok(), "{url}");
        }
        for url in [
            "https://a:1",
            "http://a",
            "http://a:1/x",
            "http://:1",
            "a:99999",
            "a b:1",
            "",
            "http://u@a:1",
        ] {
            let refused = AdminPort::at(url, Duration::from_secs(1));
            assert!(matches!(refused, Err(Error::AdminUrl { .. })), "{url}");
        }
    }

    #[test]
    fn the_file_that_was_named_comes_before_the_environment() {
        let variable = |value: &str| [(OsString::from(TOKEN_VARIABLE), OsString::from(value))];

        let token = token(None, variable("0123456789abcdef")).expect("a token");

        assert!(token.is("0123456789abcdef"));
        assert!(matches!(super::token(None, variable("short")), Err(Error::TokenVariable)));
        let nowhere = super::token(Some(Path::new("/nowhere")), variable("0123456789abcdef"));
        assert!(matches!(nowhere, Err(Error::Token(_))));
    }
}
