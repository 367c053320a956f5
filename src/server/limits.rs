//! How much clients may ask of the sockets.
//!
//! Must hold: a permit is given back when it is dropped, whatever ended its connection.
//! Not here: DynamoDB's own limits (`wire/`), the engine's queue (`engine/`).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::metrics::Gauge;

/// Limits of the data listeners; replaced whole at a reload.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open connections, over all clients.
    pub connections_max: usize,
    /// Open connections from one address.
    pub connections_per_address_max: usize,
    /// Requests that are being answered at one moment.
    pub requests_in_flight_max: usize,
    /// Bytes of a request's first line and headers.
    pub header_bytes_max: usize,
    /// Headers of one request.
    pub headers_max: usize,
    /// Bytes of a body as it is sent.
    pub body_bytes_max: usize,
    /// Bytes of a compressed body once it is inflated.
    pub inflated_bytes_max: usize,
    /// From the first byte of a request to the end of its headers.
    pub header_timeout: Duration,
    /// After this long a body must have kept up with [`Limits::body_bytes_per_second_min`].
    pub body_grace: Duration,
    /// How fast a body must come once its grace is over.
    pub body_bytes_per_second_min: u64,
    /// Without a request on a connection.
    pub idle_timeout: Duration,
    /// Without the client taking a byte of its answer.
    pub write_stall_timeout: Duration,
    /// How long connections may take to end once the process was told to stop.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 8_192,
            connections_per_address_max: 4_096,
            requests_in_flight_max: 4_096,
            header_bytes_max: 32 << 10,
            headers_max: 64,
            body_bytes_max: (16 << 20) + (64 << 10),
            inflated_bytes_max: 16 << 20,
            header_timeout: Duration::from_secs(10),
            body_grace: Duration::from_secs(5),
            body_bytes_per_second_min: 1024,
            idle_timeout: Duration::from_mins(1),
            write_stall_timeout: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// Counts open connections, in all and by address.
#[derive(Debug, Default)]
pub struct Connections {
    open: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize, ahash::RandomState>>,
}

/// The right to one connection.
#[derive(Debug)]
pub(super) struct ConnectionPermit {
    connections: Arc<Connections>,
    address: IpAddr,
}

/// The right to one request in flight; what counts them is shown, too.
pub(super) struct RequestPermit<'a>(&'a Gauge);

impl Connections {
    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// A permit for one more connection from this address, if there is room.
    pub(super) fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        limits: &Limits,
    ) -> Option<ConnectionPermit> {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = by_address.get(&address).copied().unwrap_or(0);
        if self.open() >= limits.connections_max || of_address >= limits.connections_per_address_max
        {
            return None;
        }
        by_address.insert(address, of_address + 1);
        self.open.fetch_add(1, Ordering::Relaxed);
        Some(ConnectionPermit { connections: Arc::clone(self), address })
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.connections.open.fetch_sub(1, Ordering::Relaxed);
        let by_address = &self.connections.by_address;
        let mut by_address = by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = by_address.get_mut(&self.address) {
            *open -= 1;
            if *open == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

impl<'a> RequestPermit<'a> {
    /// A permit, if fewer than `max` are out.
    pub(super) fn take(in_flight: &'a Gauge, max: usize) -> Option<Self> {
        let permit = Self(in_flight);
        (in_flight.increment() < max as u64).then_some(permit)
    }
}

impl Drop for RequestPermit<'_> {
    fn drop(&mut self) {
        self.0.decrement();
    }
}

/// Whether a Host header names this machine's loopback or one of the configured names.
pub(super) fn host_is_allowed(host: &str, allowed: &[String]) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    ["localhost", "127.0.0.1", "::1"].contains(&name)
        || allowed.iter().any(|allowed| name.eq_ignore_ascii_case(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_limited_in_all_and_by_address() {
        let connections = Arc::new(Connections::default());
        let limits =
            Limits { connections_max: 3, connections_per_address_max: 2, ..Limits::default() };
        let (a, b) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));

        let first = connections.admit(a, &limits).expect("room");
        let _second = connections.admit(a, &limits).expect("room");
        assert!(connections.admit(a, &limits).is_none(), "two of one address");
        let _third = connections.admit(b, &limits).expect("room");
        assert!(connections.admit(b, &limits).is_none(), "three in all");

        drop(first);
        assert!(connections.admit(a, &limits).is_some());
        assert_eq!(connections.open(), 2);
    }

    #[test]
    fn hosts_are_compared_without_their_port() {
        let allowed = ["hearth.example".to_owned()];

        for host in ["localhost:8000", "127.0.0.1", "[::1]:8000", "Hearth.Example:80"] {
            assert!(host_is_allowed(host, &allowed), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "[::2]", "127.0.0.1.evil"] {
            assert!(!host_is_allowed(host, &allowed), "{host}");
        }
    }

    #[test]
    fn requests_in_flight_are_limited_and_counted_down() {
        let in_flight = Gauge::default();

        let first = RequestPermit::take(&in_flight, 1);
        assert!(first.is_some());
        assert!(RequestPermit::take(&in_flight, 1).is_none());
        drop(first);

        assert!(RequestPermit::take(&in_flight, 1).is_some());
        assert_eq!(in_flight.get(), 0);
    }
}
