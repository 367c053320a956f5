//! What an endpoint says of itself before anybody signs anything.
//!
//! Must hold: nothing of ours is told: neither a key nor a signature.
//! Not here: what follows from it (`probe/`).

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::SERVER;
use hyper::{HeaderMap, Request};

use super::failure::{Fault, What};
use super::place::Place;
use super::plain::{Role, answered};
use super::{Client, answer, nodes};

/// What an endpoint says to somebody who asks for nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Greeting {
    /// Which one it is.
    pub url: String,
    /// What it says that it is.
    pub server: Option<String>,
    /// How far its clock is ahead of ours, in milliseconds, if it shows one; to about a second.
    pub ahead_ms: Option<i64>,
    /// How many nodes it tells of, if it is an Alternator.
    pub nodes: Option<usize>,
}

impl Client {
    /// Asks the endpoints, one after the other until one answers.
    pub async fn greet(&self) -> Result<Greeting, Fault> {
        let mut why = String::new();
        for place in self.shared.fleet.tellers(&self.shared.chance) {
            match self.greet_one(&place).await {
                Ok(greeting) => return Ok(greeting),
                Err(end) => why = format!("{} {end}", place.endpoint.url()),
            }
        }
        Err(Fault::new(What::Connect, why))
    }

    async fn greet_one(&self, place: &Place) -> Result<Greeting, String> {
        let (shared, endpoint) = (&self.shared, &place.endpoint);
        let asked_ms = shared.clock.unix_ms();
        let request = Request::new(Full::<Bytes>::default());
        let answer = answered(Role::Service, endpoint, shared.trust.as_ref(), request).await?;
        let headers = answer.headers();
        Ok(Greeting {
            url: endpoint.url(),
            server: server(headers),
            ahead_ms: ahead_ms(headers, asked_ms, shared.clock.unix_ms()),
            nodes: nodes::told_by(endpoint, shared.trust.as_ref()).await.ok().map(|all| all.len()),
        })
    }
}

fn server(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(SERVER)?.to_str().ok()?;
    Some(text.chars().take(SERVER_CHARS_MAX).collect())
}

/// A date is a second long, and so is none of the difference if our time may lie within it.
fn ahead_ms(headers: &HeaderMap, asked_ms: u64, answered_ms: u64) -> Option<i64> {
    let from_ms = i64::try_from(answer::date_ms(headers)?).ok()?;
    let (asked_ms, answered_ms) = (i64::try_from(asked_ms).ok()?, i64::try_from(answered_ms).ok()?);
    let to_ms = from_ms + 999;
    Some((from_ms - answered_ms).max(0) + (to_ms - asked_ms).min(0))
}

const SERVER_CHARS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_ahead_or_behind_by_what_the_second_and_the_way_leave() {
        let mut headers = HeaderMap::new();
        headers.insert("date", "Thu, 01 Jan 1970 00:01:40 GMT".parse().expect("a header"));

        for (asked_ms, answered_ms, ahead) in [
            (100_000, 100_000, 0),
            (99_000, 100_000, 0),
            (100_999, 105_000, 0),
            (90_000, 95_000, 5_000),
            (101_999, 103_000, -1_000),
        ] {
            assert_eq!(ahead_ms(&headers, asked_ms, answered_ms), Some(ahead), "{asked_ms}");
        }
        assert_eq!(ahead_ms(&HeaderMap::new(), 0, 0), None);
    }

    #[test]
    fn what_it_calls_itself_has_a_bound() {
        let mut headers = HeaderMap::new();
        assert_eq!(server(&headers), None);

        let long = "x".repeat(SERVER_CHARS_MAX + 1);
        headers.insert(SERVER, long.parse().expect("a header"));

        assert_eq!(server(&headers), Some("x".repeat(SERVER_CHARS_MAX)));
    }
}
