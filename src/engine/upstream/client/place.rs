//! One endpoint of the service, and what is known of it.
//!
//! Must hold: whoever is chosen to ask it is counted until it is let go; a probe that is let go
//! untold makes room for another.
//! Not here: who is chosen (`fleet.rs`).

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::header::HeaderValue;

use super::addresses::Addresses;
use super::aws::AwsHost;
use super::error::SetupError;
use super::health::{Health, Part, Standing};
use crate::net::{Endpoint, Name, NoEndpoint};

/// An endpoint.
pub(super) struct Place {
    pub(super) endpoint: Endpoint,
    /// What its Host header says.
    pub(super) authority: HeaderValue,
    /// The name that its certificate must be for, over TLS.
    pub(super) name: Option<Name>,
    /// The URL that is signed.
    pub(super) url: String,
    pub(super) addresses: Addresses,
    health: Mutex<Health>,
    in_flight: AtomicUsize,
}

/// The right to ask a place for one thing.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) place: Arc<Place>,
    part: Part,
    is_told: bool,
}

impl Place {
    pub(super) fn parse(url: &str) -> Result<Self, SetupError> {
        let endpoint = Endpoint::parse(url).map_err(|why| match why {
            NoEndpoint::Malformed => SetupError::Url { url: url.to_owned() },
            NoEndpoint::Beyond => SetupError::Beyond { url: url.to_owned() },
        })?;
        Self::of(endpoint)
    }

    pub(super) fn of(endpoint: Endpoint) -> Result<Self, SetupError> {
        let malformed = || SetupError::Url { url: endpoint.url() };
        if endpoint.scheme.is_dax() {
            return Err(malformed());
        }
        let authority = HeaderValue::from_str(&endpoint.authority).map_err(|_| malformed())?;
        let name = endpoint.scheme.has_tls().then(|| Name::of(&endpoint.host));
        let name = name.transpose().map_err(|_| malformed())?;
        let url = format!("{}/", endpoint.url());
        let addresses = Addresses::default();
        let health = Mutex::default();
        Ok(Self { endpoint, authority, name, url, addresses, health, in_flight: 0.into() })
    }

    /// Where its streams are read, if its name says that this is elsewhere.
    pub(super) fn of_streams(&self) -> Result<Option<Arc<Self>>, SetupError> {
        let Some(host) = AwsHost::of(&self.endpoint.host).and_then(|aws| aws.streams) else {
            return Ok(None);
        };
        let authority = self.endpoint.authority.replacen(&self.endpoint.host, &host, 1);
        let endpoint = Endpoint { host, authority, ..self.endpoint.clone() };
        Ok(Some(Arc::new(Self::of(endpoint)?)))
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn standing(&self, now: Duration) -> Standing {
        self.health().standing(now)
    }

    /// Chooses it, as its probe if one is due, unless it is out.
    pub(super) fn choose(self: &Arc<Self>, now: Duration) -> Option<Chosen> {
        let part = {
            let mut health = self.health();
            match health.standing(now) {
                Standing::In => Part::Plain,
                Standing::Due => {
                    health.probed();
                    Part::Probe
                }
                Standing::Out { .. } => return None,
            }
        };
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Some(Chosen { place: self.clone(), part, is_told: false })
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        // Nothing that holds it can panic halfway.
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chosen {
    /// It answered as a service does, if only to refuse; whether it was out.
    pub(super) fn answered(&mut self) -> bool {
        self.is_told = true;
        self.place.health().answered()
    }

    /// It did not; whether it is out from now on.
    pub(super) fn failed(&mut self, now: Duration) -> bool {
        self.is_told = true;
        self.place.health().failed(self.part, now)
    }
}

impl Drop for Chosen {
    fn drop(&mut self) {
        self.place.in_flight.fetch_sub(1, Ordering::Relaxed);
        if !self.is_told {
            self.place.health().untold(self.part);
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_aws_have_an_endpoint_of_their_own() {
        for (url, streams) in [
            (
                "https://dynamodb.eu-west-1.amazonaws.com",
                Some("https://streams.dynamodb.eu-west-1.amazonaws.com/"),
            ),
            (
                "http://dynamodb.eu-west-1.amazonaws.com:8080",
                Some("http://streams.dynamodb.eu-west-1.amazonaws.com:8080/"),
            ),
            ("http://127.0.0.1:8000", None),
        ] {
            let place = Place::parse(url).expect("an endpoint");

            let found = place.of_streams().expect("an endpoint");

            assert_eq!(found.as_ref().map(|place| &*place.url), streams);
            let is_tls = found.as_ref().is_some_and(|place| place.name.is_some());
            assert_eq!(is_tls, streams.is_some() && url.starts_with("https"));
        }
    }

    #[test]
    fn a_place_counts_who_asks_it_until_they_are_done() {
        let place = Arc::new(Place::parse("http://127.0.0.1:8000").expect("an endpoint"));
        let now = Duration::ZERO;

        let first = place.choose(now).expect("it is in");
        let second = place.choose(now).expect("it is in");

        assert_eq!(place.in_flight(), 2);
        drop((first, second));
        assert_eq!(place.in_flight(), 0);
    }
}
