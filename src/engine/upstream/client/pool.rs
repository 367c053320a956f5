//! Connections, kept open for the next request.
//!
//! Must hold: no more are open than allowed, those in use and those kept together; only one whose
//! last answer was read whole is kept; none is kept for longer than servers leave them open.
//! Not here: opening one (`connect.rs`).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connect::Connection;
use super::place::Place;

/// The connections of a client.
pub(super) struct Pool {
    permits: Arc<Semaphore>,
    connections_max: usize,
    held: Mutex<Held>,
}

/// The right to one connection.
pub(super) struct Lease {
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

#[derive(Default)]
struct Held {
    leases: usize,
    /// The one that was used last is at the back.
    kept: VecDeque<Kept>,
}

struct Kept {
    place: Arc<Place>,
    connection: Connection,
    until: Duration,
}

impl Pool {
    pub(super) fn new(connections_max: usize) -> Arc<Self> {
        let connections_max = connections_max.clamp(1, Semaphore::MAX_PERMITS);
        let permits = Arc::new(Semaphore::new(connections_max));
        Arc::new(Self { permits, connections_max, held: Mutex::default() })
    }

    /// Waits for its turn, in the order of those who ask.
    pub(super) async fn lease(self: &Arc<Self>) -> Lease {
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.expect("nobody closes the semaphore");
        self.held().leases += 1;
        Lease { pool: self.clone(), _permit: permit }
    }

    /// How many there are, those that are about to be opened included.
    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        let held = self.held();
        held.leases + held.kept.iter().filter(|kept| !kept.connection.is_closed()).count()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing that holds it can panic halfway.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// A kept connection to that place, the one that was used last.
    pub(super) fn take(&self, place: &Arc<Place>, now: Duration) -> Option<Connection> {
        let mut held = self.pool.held();
        held.kept.retain(|kept| now < kept.until && !kept.connection.is_closed());
        let at = held.kept.iter().rposition(|kept| Arc::ptr_eq(&kept.place, place))?;
        held.kept.remove(at).map(|kept| kept.connection)
    }

    /// Closes the connection that was kept for longest, if a new one would be one too many.
    pub(super) fn make_room(&self) {
        let mut held = self.pool.held();
        while held.leases + held.kept.len() > self.pool.connections_max {
            if held.kept.pop_front().is_none() {
                break;
            }
        }
    }

    /// Keeps a connection for others.
    pub(super) fn keep(self, place: Arc<Place>, connection: Connection, now: Duration) {
        let kept = Kept { place, connection, until: now + IDLE_MAX };
        self.pool.held().kept.push_back(kept);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.held().leases -= 1;
    }
}

/// Shorter than DynamoDB and most balancers leave a connection open.
const IDLE_MAX: Duration = Duration::from_secs(20);
