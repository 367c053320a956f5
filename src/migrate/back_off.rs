//! Pauses between tries, and when to give up.
//!
//! Must hold: pauses are drawn from all of their span, which doubles up to a bound; an end is given
//! up only once nothing has succeeded for all of the patience.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng as _};

use super::end::{End, Failed};
use super::error::Error;
use crate::clock::Clock;
use crate::task::Drain;

/// What the pauses of a migration go by.
#[derive(Clone)]
pub(super) struct Pauses {
    chance: Arc<Mutex<Xoshiro256PlusPlus>>,
    patience: Duration,
    pub(super) clock: Clock,
    pub(super) stop: Drain,
}

/// The pauses of one piece of work.
pub(super) struct BackOff<'a> {
    pauses: &'a Pauses,
    /// Since when nothing succeeded.
    failing_since: Option<Duration>,
    tries: u32,
}

impl Pauses {
    pub(super) fn new(patience: Duration, seed: u64, clock: Clock, stop: Drain) -> Self {
        let chance = Arc::new(Mutex::new(Xoshiro256PlusPlus::seed_from_u64(seed)));
        Self { chance, patience, clock, stop }
    }

    pub(super) fn begin(&self) -> BackOff<'_> {
        BackOff { pauses: self, failing_since: None, tries: 0 }
    }

    /// Lets a span pass, unless it is stopped.
    pub(super) async fn pass(&self, span: Duration) -> Result<(), Error> {
        tokio::select! {
            () = tokio::time::sleep(span) => Ok(()),
            () = self.stop.begun() => Err(Error::Stopped),
        }
    }

    /// Any part of a span.
    fn part(&self, of: Duration) -> Duration {
        let drawn = self.chance.lock().unwrap_or_else(PoisonError::into_inner).next_u32();
        of.mul_f64(f64::from(drawn) / f64::from(u32::MAX))
    }
}

impl BackOff<'_> {
    /// Something was done: what failed before does not count any more.
    pub(super) fn succeeded(&mut self) {
        self.failing_since = None;
        self.tries = 0;
    }

    /// Waits before another try, or says why there is none.
    pub(super) async fn after(&mut self, end: &End, failed: Failed) -> Result<(), Error> {
        if failed.may_pass {
            return self.wait(end, &failed.why).await;
        }
        let (end, why) = (end.to_string(), failed.why);
        Err(match failed.code {
            Some(_) => Error::Refused { end, why },
            None => Error::Unasked { end, why },
        })
    }

    /// The same after a failure that may pass.
    pub(super) async fn wait(&mut self, end: &End, why: &str) -> Result<(), Error> {
        let now = self.pauses.clock.monotonic();
        let since = *self.failing_since.get_or_insert(now);
        let spent = now.saturating_sub(since);
        if spent >= self.pauses.patience {
            let (end, why) = (end.to_string(), why.to_owned());
            return Err(Error::GaveUp { end, why, seconds: spent.as_secs() });
        }
        let span = PAUSE_FIRST.saturating_mul(1 << self.tries.min(16)).min(PAUSE_MAX);
        self.tries += 1;
        self.pauses.pass(self.pauses.part(span)).await
    }
}

/// The longest pause before the second try.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(10);
