//! The wall clock as far as it is believed: what deletes by the clock must not follow a wrong one.
//!
//!     believed   goes on with monotonic time, and follows the wall clock while they agree
//!     a step     the two differ by more than a clock drifts: the earlier of them holds
//!     settled    the difference has stood for long enough: the wall clock was right
//!
//! So a clock that is set ahead makes nothing expire for a while, one that is set back makes
//! nothing expire that has not yet, and either comes right by itself. Monotonic time stands still
//! while a machine is suspended: waking up looks like a clock that was set ahead.
//!
//! Must hold: no time that was never on the wall clock nor passed since it was there.
//! Not here: a clock that is wrong at the start, which nobody can tell.

use std::time::Duration;

use crate::clock::{Clock, whole_ms};

/// When a clock has stepped, and when that is believed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// What two looks at the wall clock may differ by from the time between them.
    pub(super) step: Duration,
    /// How long a step must stand.
    pub(super) settle: Duration,
}

/// The believed time.
#[derive(Debug)]
pub(super) struct SteadyTime {
    believed_ms: u64,
    /// The monotonic time of the last look.
    at: Duration,
    step: Option<Step>,
}

/// A step that is not believed.
#[derive(Debug)]
struct Step {
    /// How far the wall clock is ahead of the believed time.
    ahead_ms: i64,
    /// Since when, in monotonic time.
    since: Duration,
}

impl SteadyTime {
    /// Believes the clock as it is now.
    pub(super) fn of(clock: &Clock) -> Self {
        Self { believed_ms: clock.unix_ms(), at: clock.monotonic(), step: None }
    }

    /// Milliseconds since 1970 by which things may be deleted now.
    pub(super) fn look(&mut self, clock: &Clock, limits: Limits) -> u64 {
        let (wall_ms, now) = (clock.unix_ms(), clock.monotonic());
        // What is left of a millisecond counts with the next look.
        let passed_ms = whole_ms(now.saturating_sub(self.at));
        self.believed_ms += passed_ms;
        self.at += Duration::from_millis(passed_ms);
        let ahead_ms = wall_ms.cast_signed().saturating_sub(self.believed_ms.cast_signed());
        let step_ms = whole_ms(limits.step);
        let is_step = |ahead_ms: i64| ahead_ms.unsigned_abs() > step_ms;
        match &self.step {
            None if !is_step(ahead_ms) => self.believed_ms = wall_ms,
            Some(_) if !is_step(ahead_ms) => self.believe(wall_ms, "the clock is back"),
            Some(step) if !is_step(ahead_ms.saturating_sub(step.ahead_ms)) => {
                if now.saturating_sub(step.since) >= limits.settle {
                    self.believe(wall_ms, "the clock's step is believed");
                }
            }
            None | Some(_) => {
                let why = "the clock stepped: nothing expires by it before that has stood";
                tracing::warn!(ahead_ms, settle_ms = whole_ms(limits.settle), "{why}");
                self.step = Some(Step { ahead_ms, since: now });
            }
        }
        self.believed_ms.min(wall_ms)
    }

    /// Whether the wall clock is not believed.
    pub(super) fn doubts(&self) -> bool {
        self.step.is_some()
    }

    fn believe(&mut self, wall_ms: u64, why: &'static str) {
        tracing::info!("{why}");
        self.believed_ms = wall_ms;
        self.step = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { step: Duration::from_hours(1), settle: Duration::from_hours(2) };
    const START_MS: u64 = 1_700_000_000_000;
    const MINUTE_MS: u64 = 60_000;
    const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

    /// A look after so many minutes.
    fn later(time: &mut SteadyTime, clock: &Clock, minutes: u64) -> u64 {
        clock.advance(Duration::from_mins(minutes));
        time.look(clock, LIMITS)
    }

    #[test]
    fn a_clock_that_drifts_or_is_corrected_a_little_is_followed() {
        let clock = Clock::manual(START_MS);
        let mut time = SteadyTime::of(&clock);

        assert_eq!(later(&mut time, &clock, 5), START_MS + 5 * MINUTE_MS);
        clock.set_unix_ms(START_MS);
        assert_eq!(time.look(&clock, LIMITS), START_MS);
        clock.set_unix_ms(START_MS + 60 * MINUTE_MS);
        assert_eq!(time.look(&clock, LIMITS), START_MS + 60 * MINUTE_MS);
        assert!(!time.doubts());
    }

    #[test]
    fn a_day_ahead_is_believed_once_it_has_stood_and_time_goes_on_meanwhile() {
        let clock = Clock::manual(START_MS);
        let mut time = SteadyTime::of(&clock);

        clock.set_unix_ms(START_MS + DAY_MS);
        assert_eq!(time.look(&clock, LIMITS), START_MS);
        assert!(time.doubts());
        assert_eq!(later(&mut time, &clock, 119), START_MS + 119 * MINUTE_MS);
        assert!(time.doubts());

        assert_eq!(later(&mut time, &clock, 1), START_MS + DAY_MS + 120 * MINUTE_MS);
        assert!(!time.doubts());
    }

    #[test]
    fn a_day_ahead_that_is_taken_back_never_was() {
        let clock = Clock::manual(START_MS);
        let mut time = SteadyTime::of(&clock);
        clock.set_unix_ms(START_MS + DAY_MS);
        assert_eq!(later(&mut time, &clock, 100), START_MS + 100 * MINUTE_MS);

        clock.set_unix_ms(START_MS + 101 * MINUTE_MS);
        assert_eq!(time.look(&clock, LIMITS), START_MS + 101 * MINUTE_MS);

        assert!(!time.doubts());
        assert_eq!(later(&mut time, &clock, 60), START_MS + 161 * MINUTE_MS);
    }

    #[test]
    fn a_day_behind_holds_at_once_and_coming_back_does_too() {
        let clock = Clock::manual(START_MS);
        let mut time = SteadyTime::of(&clock);

        clock.set_unix_ms(START_MS - DAY_MS);
        assert_eq!(time.look(&clock, LIMITS), START_MS - DAY_MS);
        assert!(time.doubts());
        assert_eq!(later(&mut time, &clock, 10), START_MS - DAY_MS + 10 * MINUTE_MS);
        clock.set_unix_ms(START_MS + 10 * MINUTE_MS);
        assert_eq!(time.look(&clock, LIMITS), START_MS + 10 * MINUTE_MS);
        assert!(!time.doubts());
    }

    #[test]
    fn a_day_behind_that_has_stood_is_the_time() {
        let clock = Clock::manual(START_MS);
        let mut time = SteadyTime::of(&clock);
        clock.set_unix_ms(START_MS - DAY_MS);
        time.look(&clock, LIMITS);

        assert_eq!(later(&mut time, &clock, 120), START_MS - DAY_MS + 120 * MINUTE_MS);
        assert!(!time.doubts());

        // What was the time before would be a step ahead now.
        clock.set_unix_ms(START_MS + 120 * MINUTE_MS);
        assert_eq!(time.look(&clock, LIMITS), START_MS - DAY_MS + 120 * MINUTE_MS);
        assert!(time.doubts());
    }

    #[test]
    fn parts_of_a_millisecond_are_no_drift() {
        let clock = Clock::manual(START_MS);
        let mut time = SteadyTime::of(&clock);
        let limits = Limits { step: Duration::from_millis(100), settle: Duration::from_secs(3) };
        clock.set_unix_ms(START_MS + DAY_MS);
        let looks = 2_100;

        for _ in 0..looks {
            clock.advance(Duration::from_micros(1_500));
            time.look(&clock, limits);
        }

        assert!(!time.doubts(), "the step has stood for {looks} times 1.5 ms");
    }

    #[test]
    fn another_step_has_to_stand_anew() {
        let clock = Clock::manual(START_MS);
        let mut time = SteadyTime::of(&clock);
        clock.set_unix_ms(START_MS + DAY_MS);
        later(&mut time, &clock, 119);

        clock.set_unix_ms(START_MS + 2 * DAY_MS);
        assert_eq!(later(&mut time, &clock, 1), START_MS + 120 * MINUTE_MS);
        assert_eq!(later(&mut time, &clock, 119), START_MS + 239 * MINUTE_MS);
        assert!(time.doubts());

        assert_eq!(later(&mut time, &clock, 1), START_MS + 2 * DAY_MS + 121 * MINUTE_MS);
    }
}
