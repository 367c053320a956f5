//! Where an endpoint's name leads.
//!
//! Must hold: a name is looked up again after half a minute, and after a connection failed, once for
//! all who wait; no name leads to addresses of the machine's own link or to the others that EC2 has
//! for the machine itself, where metadata services are.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::net::Endpoint;

/// The addresses of one name, as long as they are good.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    found: Mutex<Option<Found>>,
    looking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug)]
struct Found {
    addresses: Vec<SocketAddr>,
    until: Duration,
}

impl Addresses {
    /// All of them, as the resolver ordered them.
    pub(super) async fn of(
        &self,
        endpoint: &Endpoint,
        now: Duration,
    ) -> io::Result<Vec<SocketAddr>> {
        if let Some(addresses) = self.known(now) {
            return Ok(addresses);
        }
        let _turn = self.looking.lock().await;
        if let Some(addresses) = self.known(now) {
            return Ok(addresses);
        }
        let addresses = look_up(endpoint).await?;
        self.set(Some(Found { addresses: addresses.clone(), until: now + GOOD }));
        Ok(addresses)
    }

    /// None of them was any good: the next connection looks the name up again.
    pub(super) fn forget(&self) {
        self.set(None);
    }

    fn known(&self, now: Duration) -> Option<Vec<SocketAddr>> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.as_ref().filter(|found| now < found.until).map(|found| found.addresses.clone())
    }

    fn set(&self, found: Option<Found>) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

/// The addresses of a service, as the resolver ordered them.
pub(super) async fn look_up(endpoint: &Endpoint) -> io::Result<Vec<SocketAddr>> {
    let found = tokio::net::lookup_host((&*endpoint.host, endpoint.port)).await?;
    let addresses: Vec<SocketAddr> = found.filter(|found| !is_near(found.ip())).collect();
    if addresses.is_empty() {
        let host = &endpoint.host;
        let why = format!("{host:?} leads to no address but those of this machine's link");
        return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, why));
    }
    Ok(addresses)
}

fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_unicast_link_local() || address.segments()[..2] == EC2_SEGMENTS
        }
    }
}

/// `fd00:ec2::/32`, where EC2 has metadata, the credentials of pods, its resolver and its clock.
const EC2_SEGMENTS: [u16; 2] = [0xfd00, 0x0ec2];

const GOOD: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(host: &str) -> Endpoint {
        Endpoint::parse(&format!("http://{host}:8000")).expect("an endpoint")
    }

    #[tokio::test]
    async fn a_name_is_looked_up_again_after_half_a_minute_or_a_failure() {
        let addresses = Addresses::default();
        let (one, other) = (endpoint("127.0.0.1"), endpoint("127.0.0.2"));
        let now = Duration::from_secs(1);
        let just = Duration::from_nanos(29_999_999_999);
        let found = async |endpoint, now| {
            addresses.of(endpoint, now).await.expect("it is an address")[0].to_string()
        };

        assert_eq!(found(&one, now).await, "127.0.0.1:8000");
        assert_eq!(found(&other, now + just).await, "127.0.0.1:8000", "it is not looked up");
        assert_eq!(found(&other, now + GOOD).await, "127.0.0.2:8000");
        addresses.forget();
        assert_eq!(found(&one, now + GOOD).await, "127.0.0.1:8000");
    }

    #[tokio::test]
    async fn no_service_is_where_metadata_is() {
        for host in ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.170.2]", "[fd00:ec2::254]"] {
            let refused = Addresses::default().of(&endpoint(host), Duration::ZERO).await;

            let refused = refused.expect_err("it is on the link").to_string();
            assert!(refused.contains("no address but those of this machine's link"), "{refused}");
        }
        let other = Addresses::default().of(&endpoint("[fd00:ec3::254]"), Duration::ZERO).await;
        assert!(other.is_ok(), "it is somebody's own");
    }
}
