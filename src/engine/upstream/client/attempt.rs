//! One try of an operation, at one endpoint.
//!
//! Must hold: a try ends within its time, whatever the other side does; what may have left is never
//! called unsent; a connection whose answer was not read whole is closed.
//! Not here: what the end means (`verdict.rs`), whether there is another try (`course.rs`).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::Response;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::answer::{self, Outcome};
use super::connect::{Connection, connect};
use super::credentials::Credentials;
use super::failure::{Fault, What};
use super::place::{Chosen, Place};
use super::pool::Lease;
use super::sign::{Signer, signed};
use super::{Ask, Shared};
use crate::clock::whole_ms;
use crate::net::{Lost, Ungathered, gather, is_untrusted};

/// What a try has come to, and where.
pub(super) struct Tried {
    pub(super) outcome: Outcome,
    pub(super) place: Option<Arc<Place>>,
}

impl Shared {
    /// Tries once, within `limit`; another endpoint than `avoid`, if there is one.
    pub(super) async fn attempt(
        &self,
        ask: &Ask,
        credentials: &Credentials,
        avoid: Option<&Arc<Place>>,
        limit: Duration,
    ) -> Tried {
        let began = self.clock.monotonic();
        let nowhere = |what, why: String| Tried {
            outcome: Outcome::Unsent(Fault::new(what, why)),
            place: None,
        };
        let Ok(lease) = timeout(limit, self.pool.lease()).await else {
            return nowhere(What::Busy, format!("for {} ms", limit.as_millis()));
        };
        let now = self.clock.monotonic();
        let fleet = self.fleet(&ask.target);
        let mut chosen = match fleet.choose(avoid, &self.chance, now) {
            Ok(chosen) => chosen,
            Err(out) => {
                let in_ms = whole_ms(out.until.saturating_sub(now));
                return nowhere(What::Down, format!("it is asked again in {in_ms} ms"));
            }
        };
        let left = limit.saturating_sub(now.saturating_sub(began));
        let may_have_left = AtomicBool::new(false);
        let exchange = self.exchange(ask, credentials, lease, &chosen.place, &may_have_left);
        let outcome = match timeout(left, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => overdue(left, may_have_left.load(Ordering::Relaxed)),
        };
        self.note(&mut chosen, &outcome, limit, fleet.has_several());
        Tried { outcome, place: Some(chosen.place.clone()) }
    }

    async fn exchange(
        &self,
        ask: &Ask,
        credentials: &Credentials,
        lease: Lease,
        place: &Arc<Place>,
        may_have_left: &AtomicBool,
    ) -> Outcome {
        let now = self.clock.monotonic();
        let unix_ms = self.skew.apply(self.clock.unix_ms());
        let signer = Signer { credentials, region: &self.region, unix_ms };
        let mut request = match signed(ask, place, &signer) {
            Ok(request) => request,
            Err(fault) => return Outcome::Unsent(fault),
        };
        // A server may have closed a connection that idled; what could not leave takes the next.
        loop {
            let kept = lease.take(place, now);
            let is_fresh = kept.is_none();
            let mut connection = match kept {
                Some(connection) => connection,
                None => match self.connect(&lease, place, now).await {
                    Ok(connection) => connection,
                    Err(fault) => return Outcome::Unsent(fault),
                },
            };
            may_have_left.store(true, Ordering::Relaxed);
            match connection.send(request).await {
                Ok(response) => return self.finish(ask, response, lease, connection, place).await,
                Err(Lost::Sent(error)) => {
                    return Outcome::Lost(Fault::from(What::Disconnected, &error));
                }
                Err(Lost::Unsent(_)) if is_fresh => {
                    return Outcome::Unsent(Fault::new(What::Disconnected, "before it was asked"));
                }
                Err(Lost::Unsent(unsent)) => request = *unsent,
            }
            may_have_left.store(false, Ordering::Relaxed);
        }
    }

    async fn connect(
        &self,
        lease: &Lease,
        place: &Place,
        now: Duration,
    ) -> Result<Connection, Fault> {
        lease.make_room();
        connect(place, self, now).await.map_err(|error| unconnected(&error))
    }

    async fn finish(
        &self,
        ask: &Ask,
        response: Response<Incoming>,
        lease: Lease,
        connection: Connection,
        place: &Arc<Place>,
    ) -> Outcome {
        let (head, body) = response.into_parts();
        let body = match gather(body, answer::bytes_max(&ask.target, head.status)).await {
            Ok(body) => body,
            Err(error @ Ungathered::Cut(_)) => {
                return Outcome::Lost(Fault::from(What::Disconnected, &error));
            }
            Err(error @ Ungathered::TooLarge { .. }) => {
                return Outcome::Lost(Fault::from(What::Broken, &error));
            }
        };
        let outcome = answer::read(&head, body);
        match &outcome {
            Outcome::Answered(_) | Outcome::Refused { .. } => {
                lease.keep(place.clone(), connection, self.clock.monotonic());
            }
            Outcome::Unsent(_) | Outcome::Lost(_) => {}
        }
        outcome
    }

    /// What the end of a try says of the endpoint's health.
    fn note(&self, chosen: &mut Chosen, outcome: &Outcome, limit: Duration, has_others: bool) {
        let has_changed = match outcome {
            Outcome::Answered(_) | Outcome::Refused { .. } => chosen.answered(),
            Outcome::Unsent(fault) | Outcome::Lost(fault) => match fault.what {
                // A try that had little time says nothing.
                What::Deadline if limit < self.patience.per_try => false,
                What::Credentials | What::Busy | What::Down | What::Unaskable => false,
                // Who says that quickest would draw the most requests, if there are others to ask.
                What::Unavailable if has_others => chosen.failed(self.clock.monotonic()),
                // Something answers there: one request that it cannot bear is nothing to the others.
                What::Unavailable | What::Broken | What::Redirected => chosen.answered(),
                What::Connect | What::Untrusted | What::Disconnected | What::Deadline => {
                    chosen.failed(self.clock.monotonic())
                }
            },
        };
        if has_changed {
            self.show_endpoints(&chosen.place, outcome);
        }
    }
}

impl Shared {
    /// An endpoint went out or came back.
    fn show_endpoints(&self, changed: &Place, outcome: &Outcome) {
        let endpoint = changed.endpoint.url();
        match outcome {
            Outcome::Answered(_) | Outcome::Refused { .. } => {
                tracing::info!(endpoint, "upstream endpoint is back");
            }
            Outcome::Unsent(fault) | Outcome::Lost(fault) => {
                tracing::warn!(endpoint, %fault, "upstream endpoint does not answer");
            }
        }
        self.count_endpoints();
    }

    /// Shows how many endpoints answer.
    pub(super) fn count_endpoints(&self) {
        let endpoints = self.fleet.endpoints(self.clock.monotonic());
        let down = endpoints.iter().filter(|endpoint| endpoint.is_out).count();
        self.metrics.upstream.show_endpoints(endpoints.len() - down, down);
    }
}

/// There is no connection.
fn unconnected(error: &io::Error) -> Fault {
    let what = if is_untrusted(error) { What::Untrusted } else { What::Connect };
    Fault::from(what, error)
}

fn overdue(after: Duration, may_have_left: bool) -> Outcome {
    let fault = Fault::new(What::Deadline, format!("within {} ms", after.as_millis()));
    if may_have_left { Outcome::Lost(fault) } else { Outcome::Unsent(fault) }
}
