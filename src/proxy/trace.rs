//! What one request met in the caches, for the metrics and for clients that ask.
//!
//! Must hold: reasons are looked up only for a client that asked for them.
//! Not here: the header that tells it (`server/`).

use std::sync::Arc;

use super::repeated::Checked;
use crate::cache::{Verdict, Why};
use crate::metrics::{Protocol, Source};

/// The verdicts of a request's look-ups.
pub struct Trace {
    protocol: Protocol,
    explains: bool,
    hits: u32,
    misses: u32,
    bypasses: u32,
    stale: u32,
    last: Option<Verdict>,
    learning: Learning,
}

/// What a trace does about a read that is a hit.
enum Learning {
    Off,
    Ready,
    Learned(Arc<Checked>),
}

impl Trace {
    /// A trace that only counts.
    pub fn counting() -> Self {
        let learning = Learning::Off;
        let protocol = Protocol::Http;
        let (hits, misses, bypasses, stale) = (0, 0, 0, 0);
        Self { protocol, explains: false, hits, misses, bypasses, stale, last: None, learning }
    }

    /// A trace of a request that came by DAX.
    pub fn of_dax() -> Self {
        Self { protocol: Protocol::Dax, ..Self::counting() }
    }

    /// How the request came.
    pub(super) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// A trace that can be told to the client.
    pub fn explaining() -> Self {
        Self { explains: true, ..Self::counting() }
    }

    /// The same trace, which learns what [`super::Proxy::remember`] keeps of a Query.
    pub fn learning(self) -> Self {
        Self { learning: Learning::Ready, ..self }
    }

    /// A look-up was a hit.
    pub(super) fn hit(&mut self) {
        self.hits += 1;
        self.last = Some(Verdict::Hit);
    }

    /// The read that was a hit, with all that was checked of it.
    pub(super) fn learn(&mut self, checked: Checked) {
        if matches!(self.learning, Learning::Ready) && checked.repeats() {
            self.learning = Learning::Learned(Arc::new(checked));
        }
    }

    /// What it learned.
    pub(super) fn into_learned(self) -> Option<Arc<Checked>> {
        match self.learning {
            Learning::Learned(checked) => Some(checked),
            Learning::Off | Learning::Ready => None,
        }
    }

    /// A look-up was a miss; `why` is asked only if it will be told.
    pub(super) fn miss(&mut self, why: impl FnOnce() -> Why) {
        self.misses += 1;
        if self.explains {
            self.last = Some(Verdict::Miss(why()));
        }
    }

    /// A read went past the cache.
    pub(super) fn bypass(&mut self, why: Why) {
        self.bypasses += 1;
        self.last = Some(Verdict::Bypass(why));
    }

    /// What a look-up found was past its time; it is counted as a miss or bypass as well.
    pub(super) fn stale(&mut self) {
        self.stale += 1;
    }

    /// Where the answer came from.
    pub(super) fn source(&self) -> Source {
        if self.hits > 0 && self.misses + self.bypasses == 0 {
            Source::Cache
        } else {
            Source::Engine
        }
    }

    /// What a client that asked is told; none if nothing was looked up. That an answer is stale
    /// is told to who did not ask, too.
    pub fn explanation(&self) -> Option<String> {
        let Self { hits, misses, bypasses, stale, .. } = self;
        if *stale > 0 {
            let is_one = hits + misses + bypasses == 1;
            return Some(if self.explains && !is_one {
                format!("stale; hit={hits} miss={misses} bypass={bypasses} stale={stale}")
            } else {
                "stale".to_owned()
            });
        }
        match self.last.filter(|_| self.explains)? {
            _ if hits + misses + bypasses > 1 => {
                Some(format!("hit={hits} miss={misses} bypass={bypasses}"))
            }
            Verdict::Hit => Some("hit".to_owned()),
            Verdict::Miss(why) => Some(format!("miss; why={}", why.name())),
            Verdict::Bypass(why) => Some(format!("bypass; why={}", why.name())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_look_up_is_told_with_its_reason_and_several_with_their_counts() {
        let mut trace = Trace::explaining();
        assert_eq!(trace.explanation(), None);

        trace.miss(|| Why::Expired);
        assert_eq!(trace.explanation().as_deref(), Some("miss; why=expired"));
        trace.hit();
        assert_eq!(trace.explanation().as_deref(), Some("hit=1 miss=1 bypass=0"));
    }

    #[test]
    fn what_is_stale_is_told_to_who_did_not_ask() {
        for (mut trace, several) in [
            (Trace::counting(), "stale"),
            (Trace::explaining(), "stale; hit=1 miss=1 bypass=0 stale=1"),
        ] {
            trace.miss(|| Why::Expired);
            trace.stale();
            assert_eq!(trace.explanation().as_deref(), Some("stale"));

            trace.hit();
            assert_eq!(trace.explanation().as_deref(), Some(several));
        }
    }

    #[test]
    fn reasons_are_not_looked_up_for_nobody() {
        let mut trace = Trace::counting();

        trace.miss(|| panic!("nobody asked"));

        assert!(matches!(trace.source(), Source::Engine));
    }
}
