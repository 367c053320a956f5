//! The tries of one operation.
//!
//! Must hold: they end within the total deadline, and after as many as are allowed and one each for
//! other credentials and another time; once a write's fate was unknown, only an answer ends that.
//! Not here: a single try (`attempt.rs`), what its end means (`verdict.rs`).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{sleep, timeout};

use super::answer::Outcome;
use super::credentials::Credentials;
use super::failure::{Failure, Fate, Fault, Told, What};
use super::place::Place;
use super::verdict::{Next, Why, verdict};
use super::{Ask, Client, Patience};
use crate::api::Operation;
use crate::metrics::{Retry, UpstreamOutcome};

/// An operation under way.
pub(super) struct Course<'a> {
    client: &'a Client,
    ask: &'a Ask,
    patience: Patience,
    began: Duration,
    tries: u32,
    fate: Fate,
    /// What kept the answer away last.
    why: Why,
    /// Where it failed last.
    avoid: Option<Arc<Place>>,
    /// Whether it was signed by others, or at another time, after a refusal.
    is_renewed: bool,
    is_reset: bool,
}

impl<'a> Course<'a> {
    pub(super) fn new(client: &'a Client, ask: &'a Ask, patience: Patience) -> Self {
        let began = client.shared.clock.monotonic();
        Self {
            client,
            ask,
            patience,
            began,
            tries: 0,
            fate: Fate::NotDone,
            why: Why::Broken,
            avoid: None,
            is_renewed: false,
            is_reset: false,
        }
    }

    pub(super) async fn run(mut self) -> Result<Bytes, Failure> {
        let shared = &self.client.shared;
        shared.budget.earn();
        let ended = self.try_on().await;
        let took = shared.clock.monotonic().saturating_sub(self.began);
        let outcome = match &ended {
            Ok(_) => UpstreamOutcome::Ok,
            Err(Failure { fate: Fate::Unknown, .. }) => UpstreamOutcome::Unknown,
            Err(_) => match self.why {
                Why::Refused => UpstreamOutcome::Refused,
                Why::Throttled => UpstreamOutcome::Throttled,
                Why::Failed | Why::Broken => UpstreamOutcome::Failed,
            },
        };
        shared.metrics.upstream.ended(operation(&self.ask.target), outcome, took);
        ended
    }

    async fn try_on(&mut self) -> Result<Bytes, Failure> {
        let shared = &self.client.shared;
        loop {
            let left = self.left();
            let Ok(loaded) = timeout(left, self.client.keeper.current()).await else {
                return Err(self.failed(Fault::new(What::Credentials, "they did not come in time")));
            };
            let credentials = loaded.map_err(|fault| self.failed(fault))?;
            let skew_ms = shared.skew.ms();
            let limit = self.left().min(self.patience.per_try);
            let tried = shared.attempt(self.ask, &credentials, self.avoid.as_ref(), limit).await;
            self.tries += 1;
            let Some(verdict) = verdict(self.ask.effect, &tried.outcome) else {
                let Outcome::Answered(body) = tried.outcome else {
                    unreachable!("everything else has a verdict")
                };
                return Ok(body);
            };
            self.fate = self.fate.max(verdict.fate);
            self.why = verdict.why;
            let goes_on = match verdict.next {
                Next::End => false,
                Next::Again => self.pause().await,
                Next::Renew => self.renew(&credentials).await,
                Next::Reset => {
                    self.reset(&tried.outcome, skew_ms) || self.renew(&credentials).await
                }
            };
            if !goes_on {
                return Err(self.ended(tried.outcome, verdict.fate));
            }
            self.avoid = tried.place;
        }
    }

    /// Waits before another try, if there may be one.
    async fn pause(&mut self) -> bool {
        let shared = &self.client.shared;
        let patience = &self.patience;
        if self.tries >= patience.tries_max {
            return false;
        }
        let doubled = patience.pause_first.saturating_mul(1 << (self.tries - 1).min(16));
        let span = shared.chance.part(doubled.min(patience.pause_max));
        if span >= self.left() {
            return false;
        }
        if !shared.budget.spend() {
            shared.metrics.upstream.retry_refused();
            return false;
        }
        shared.metrics.upstream.retried(match self.why {
            Why::Throttled => Retry::Throttled,
            Why::Failed => Retry::Failed,
            Why::Broken | Why::Refused => Retry::Broken,
        });
        sleep(span).await;
        true
    }

    /// Whether there are other credentials than those that were refused.
    async fn renew(&mut self, used: &Credentials) -> bool {
        if std::mem::replace(&mut self.is_renewed, true) {
            return false;
        }
        timeout(self.left(), self.client.keeper.renew(used)).await.unwrap_or(false)
    }

    /// Whether the service's clock is known to be another than the refused try was signed by, which
    /// was `skew_ms` ahead of ours.
    fn reset(&mut self, outcome: &Outcome, skew_ms: i64) -> bool {
        let Outcome::Refused { date_ms: Some(theirs_ms), .. } = outcome else { return false };
        let shared = &self.client.shared;
        !std::mem::replace(&mut self.is_reset, true)
            && (shared.skew.ms() != skew_ms
                || shared.skew.learn(*theirs_ms, shared.clock.unix_ms()))
    }

    fn left(&self) -> Duration {
        let shared = &self.client.shared;
        let spent = shared.clock.monotonic().saturating_sub(self.began);
        self.patience.total.saturating_sub(spent)
    }

    fn failed(&self, fault: Fault) -> Failure {
        Failure { fate: self.fate, told: Told::Failed(fault) }
    }

    /// What is told of the last try, which by itself came to that. A refusal of it is no end of one
    /// before it that may land yet; but clients need the reasons of a cancellation, and the same
    /// token finds out what became of it.
    fn ended(&self, outcome: Outcome, own: Fate) -> Failure {
        let told = match outcome {
            Outcome::Refused { refusal, .. } if own < self.fate && refusal.kind != CANCELLED => {
                let why = format!("{refusal}, and a try before it may be carried out yet");
                Told::Failed(Fault::new(What::Broken, why))
            }
            Outcome::Refused { refusal, .. } => Told::Refused(refusal),
            Outcome::Unsent(fault) | Outcome::Lost(fault) => Told::Failed(fault),
            Outcome::Answered(_) => unreachable!("an answer is no failure"),
        };
        Failure { fate: self.fate, told }
    }
}

/// The name that an operation is counted by; those that hearth does not know share one.
fn operation(target: &str) -> &'static str {
    let name = target.rsplit('.').next().unwrap_or_default();
    Operation::of_name(name).map_or("other", Operation::name)
}

const CANCELLED: &str = "TransactionCanceledException";
