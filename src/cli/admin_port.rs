//! Asking the admin port of a running hearth, with a deadline.
//!
//! Must hold: only the address that was given is asked, past every proxy of the environment.
//! Not here: what the answers mean to a command.

use std::io;
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

impl AdminPort {
    /// The port at `url`, whose answers must come within `deadline`.
    pub(super) fn at(url: &str, deadline: Duration) -> Result<Self, Error> {
        let authority = authority(url).ok_or_else(|| Error::AdminUrl { url: url.to_owned() })?;
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(deadline))
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

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.authority)
    }
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
}
