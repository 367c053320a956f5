//! Whether an endpoint is worth asking.
//!
//!     in --- failed 3 times in a row ---> out for a while ---> due: one request is its probe
//!     ^                                        ^                       |          |
//!     +---------------- answered --------------|-----------------------+          |
//!                                              +------ failed: out twice as long -+
//!
//! Must hold: while one is out it is asked for nothing but one probe at a time.
//! Not here: who is chosen (`fleet.rs`).

use std::time::Duration;

/// What is known of one endpoint.
#[derive(Debug, Default)]
pub(super) struct Health {
    failures: u32,
    out: Option<Out>,
}

#[derive(Debug)]
struct Out {
    until: Duration,
    span: Duration,
    is_probed: bool,
}

/// Whether it can be chosen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    In,
    /// Not yet.
    Out {
        until: Duration,
    },
    /// By one request, which is its probe.
    Due,
}

/// What a request was to the endpoint that it went to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    Plain,
    Probe,
}

impl Health {
    pub(super) fn standing(&self, now: Duration) -> Standing {
        match &self.out {
            None => Standing::In,
            Some(Out { until, is_probed: false, .. }) if *until <= now => Standing::Due,
            Some(Out { until, .. }) => Standing::Out { until: *until },
        }
    }

    /// A request was chosen to be the probe.
    pub(super) fn probed(&mut self) {
        if let Some(out) = &mut self.out {
            out.is_probed = true;
        }
    }

    /// It answered; whether that brings it back.
    pub(super) fn answered(&mut self) -> bool {
        std::mem::take(self).out.is_some()
    }

    /// It did not answer as a service does; whether that takes it out.
    pub(super) fn failed(&mut self, part: Part, now: Duration) -> bool {
        let was_out = self.out.is_some();
        self.note_failure(part, now);
        self.out.is_some() && !was_out
    }

    /// A request ended without telling anything.
    pub(super) fn untold(&mut self, part: Part) {
        if let (Some(out), Part::Probe) = (&mut self.out, part) {
            out.is_probed = false;
        }
    }

    fn note_failure(&mut self, part: Part, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        let span = match (&self.out, part) {
            (Some(out), Part::Probe) => (out.span * 2).min(OUT_MAX),
            // It began before the endpoint was out.
            (Some(_), Part::Plain) => return,
            (None, _) if self.failures < FAILURES_MAX => return,
            (None, _) => OUT_FIRST,
        };
        self.out = Some(Out { until: now + span, span, is_probed: false });
    }
}

const FAILURES_MAX: u32 = 3;
const OUT_FIRST: Duration = Duration::from_millis(250);
const OUT_MAX: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn out() -> Health {
        let mut health = Health::default();
        let outs = (0..FAILURES_MAX).filter(|_| health.failed(Part::Plain, NOW)).count();
        assert_eq!(outs, 1, "the last one takes it out");
        health
    }

    #[test]
    fn three_failures_in_a_row_take_it_out() {
        let mut health = Health::default();

        for _ in 0..10 {
            health.failed(Part::Plain, NOW);
            health.failed(Part::Plain, NOW);
            assert_eq!(health.standing(NOW), Standing::In);
            assert!(!health.answered());
        }
        for _ in 0..3 {
            health.failed(Part::Plain, NOW);
        }

        assert_eq!(health.standing(NOW), Standing::Out { until: NOW + OUT_FIRST });
    }

    #[test]
    fn one_probe_at_a_time_lets_it_back_in() {
        let mut health = out();
        let later = NOW + OUT_FIRST;

        assert_eq!(
            health.standing(NOW + Duration::from_millis(249)),
            Standing::Out { until: later }
        );
        assert_eq!(health.standing(later), Standing::Due);
        health.probed();
        assert_eq!(health.standing(later), Standing::Out { until: later });
        health.untold(Part::Probe);
        assert_eq!(health.standing(later), Standing::Due);
        health.probed();
        assert!(health.answered());

        assert_eq!(health.standing(later), Standing::In);
    }

    #[test]
    fn it_is_out_for_longer_each_time_up_to_a_limit() {
        let mut health = out();
        let mut now = NOW;
        let mut spans = Vec::new();

        for _ in 0..8 {
            let Standing::Out { until } = health.standing(now) else { panic!("{health:?}") };
            spans.push(until.saturating_sub(now).as_millis());
            now = until;
            health.probed();
            // Those that were sent before it was out say nothing new.
            health.failed(Part::Plain, now);
            health.failed(Part::Probe, now);
        }

        assert_eq!(spans, [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    }
}
