//! Credentials as they are now: loaded when they are first needed, and again before they end.
//!
//! Must hold: one load at a time, however many wait for it, and one failure for all of them; while
//! those that there are hold, nobody waits for others, but for a look at files; a load that failed or
//! that the service's refusals ask for is made again at most once a second.
//! Not here: where they come from (`loader.rs`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::Credentials;
use super::loader::Loader;
use crate::clock::{Clock, whole_ms};
use crate::engine::upstream::client::failure::{Fault, What};
use crate::task;

/// Keeps them.
pub(in crate::engine::upstream::client) struct Keeper {
    loader: Loader,
    clock: Clock,
    now: ArcSwapOption<Credentials>,
    /// Held by who loads; has how the last load that somebody waited for failed.
    loading: Arc<Mutex<Option<Failed>>>,
    /// By the monotonic clock, when was looked for others last.
    looked: Last,
    /// The same, of loads that refusals asked for.
    forced: Last,
}

struct Failed {
    at: Last,
    fault: Fault,
}

/// When something was done last, by the monotonic clock.
struct Last(AtomicU64);

impl Keeper {
    pub(in crate::engine::upstream::client) fn new(loader: Loader, clock: Clock) -> Self {
        let (looked, forced) = (Last::default(), Last::default());
        Self { loader, clock, now: ArcSwapOption::empty(), loading: Arc::default(), looked, forced }
    }

    /// Those to sign with now.
    pub(in crate::engine::upstream::client) async fn current(
        self: &Arc<Self>,
    ) -> Result<Arc<Credentials>, Fault> {
        let unix_ms = self.clock.unix_ms();
        if let Some(now) = self.now.load_full().filter(|now| !now.ends_within(0, unix_ms)) {
            let ends_soon = now.ends_within(SOON_MS, unix_ms);
            let is_due = ends_soon || self.loader.may_change();
            // Who finds another loading goes on with those that still hold.
            if is_due
                && self.looked.is_over(LOOK_EVERY_MS, &self.clock)
                && let Ok(turn) = Arc::clone(&self.loading).try_lock_owned()
            {
                if !ends_soon {
                    return Ok(self.look(&now, turn).await);
                }
                let (keeper, before) = (Arc::clone(self), Arc::clone(&now));
                let renewal = async move { keeper.look(&before, turn).await };
                drop(task::spawn("credentials", renewal));
            }
            return Ok(now);
        }
        let mut turn = self.loading.lock().await;
        if let Some(now) = self.now.load_full().filter(|now| !now.ends_within(0, unix_ms)) {
            return Ok(now);
        }
        let of_late = |failed: &&Failed| !failed.at.is_over(AGAIN_EVERY_MS, &self.clock);
        if let Some(Failed { fault, .. }) = turn.as_ref().filter(of_late) {
            return Err(fault.clone());
        }
        let loaded = self.load().await;
        *turn = loaded.as_ref().err().map(|fault| {
            let at = Last::default();
            at.is_now(&self.clock);
            Failed { at, fault: fault.clone() }
        });
        loaded
    }

    /// The service did not accept `used`: whether there are others now.
    pub(in crate::engine::upstream::client) async fn renew(&self, used: &Credentials) -> bool {
        let is_other = || self.now.load().as_deref().is_some_and(|now| now != used);
        if is_other() {
            return true;
        }
        let _turn = self.loading.lock().await;
        if is_other() {
            return true;
        }
        if !self.forced.is_over(AGAIN_EVERY_MS, &self.clock) {
            return false;
        }
        self.forced.is_now(&self.clock);
        // Why not is told to whoever signs next.
        self.load().await.is_ok_and(|loaded| *loaded != *used)
    }

    /// Loads others if there may be any; those before if that fails.
    async fn look(
        &self,
        before: &Arc<Credentials>,
        _turn: OwnedMutexGuard<Option<Failed>>,
    ) -> Arc<Credentials> {
        if !before.ends_within(SOON_MS, self.clock.unix_ms()) && !self.loader.has_changed().await {
            self.looked.is_now(&self.clock);
            return before.clone();
        }
        match self.load().await {
            Ok(loaded) => loaded,
            Err(fault) => {
                tracing::warn!(%fault, "upstream credentials not renewed");
                before.clone()
            }
        }
    }

    async fn load(&self) -> Result<Arc<Credentials>, Fault> {
        self.looked.is_now(&self.clock);
        let loaded = self.loader.load().await;
        let loaded = Arc::new(loaded.map_err(|why| Fault::new(What::Credentials, why))?);
        if loaded.ends_within(0, self.clock.unix_ms()) {
            return Err(Fault::new(What::Credentials, "those that there are have ended"));
        }
        self.now.store(Some(loaded.clone()));
        Ok(loaded)
    }
}

impl Last {
    fn is_over(&self, ms: u64, clock: &Clock) -> bool {
        let before_ms = self.0.load(Ordering::Relaxed);
        before_ms == NEVER || whole_ms(clock.monotonic()).saturating_sub(before_ms) >= ms
    }

    fn is_now(&self, clock: &Clock) {
        self.0.store(whole_ms(clock.monotonic()), Ordering::Relaxed);
    }
}

impl Default for Last {
    fn default() -> Self {
        Self(AtomicU64::new(NEVER))
    }
}

/// How long before their end others are asked for.
const SOON_MS: u64 = 5 * 60 * 1_000;
const LOOK_EVERY_MS: u64 = 5_000;
const AGAIN_EVERY_MS: u64 = 1_000;
const NEVER: u64 = u64::MAX;
