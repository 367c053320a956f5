//! Which look-ups are looked at more closely: one random draw decides for hot keys and audits.
//!
//!     draw    0        1/N            1/32                                   2^64
//!             | audit  |              |                                         |
//!             | noted as hot          |  nothing more                           |
//!
//! The two shares are nested, so most look-ups pay for one comparison. A thread that draws for the
//! first time has the state 0, which is below every limit, and gets its seed there.
//!
//! Must hold: whether a look-up is drawn does not depend on its key; nothing here waits.
//! Not here: what is done with it (`hot.rs`, `proxy/background/`).

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Draws look-ups at random.
#[derive(Debug)]
pub struct Sampler {
    /// Draws up to here are for something.
    drawn: AtomicU64,
    /// Draws up to here are audited.
    audited: AtomicU64,
    seed: AtomicU64,
}

/// What a look-up was drawn for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Drawn {
    /// Its key is noted among the hot ones.
    pub noted: bool,
    /// What it found is compared with the engine, if it was a hit.
    pub audited: bool,
}

impl Sampler {
    /// Draws 1 look-up in [`NOTED_ONE_IN`], and none to be audited yet.
    pub fn new(seed: u64) -> Self {
        Self {
            drawn: AtomicU64::new(NOTED),
            audited: AtomicU64::new(0),
            seed: AtomicU64::new(seed),
        }
    }

    /// From now on 1 look-up in `one_in` is audited; 0 is none.
    pub fn audit_one_in(&self, one_in: u64) {
        let audited = u64::MAX.checked_div(one_in).unwrap_or(0);
        self.audited.store(audited, Ordering::Relaxed);
        self.drawn.store(audited.max(NOTED), Ordering::Relaxed);
    }

    /// What this look-up is drawn for; almost always nothing.
    #[inline]
    pub fn draw(&self) -> Option<Drawn> {
        let draw = STATE.get();
        STATE.set(next(draw));
        if draw > self.drawn.load(Ordering::Relaxed) { None } else { self.drawn(draw) }
    }

    #[cold]
    fn drawn(&self, draw: u64) -> Option<Drawn> {
        if draw == 0 {
            let seed = self.seed.fetch_add(GOLDEN, Ordering::Relaxed);
            STATE.set(mixed(seed).max(1));
            return self.draw();
        }
        let audited = draw <= self.audited.load(Ordering::Relaxed);
        Some(Drawn { noted: draw <= NOTED, audited })
    }
}

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// Marsaglia's xorshift: every number but 0 once in 2^64 - 1 steps.
#[inline]
pub(super) fn next(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^ (state << 17)
}

/// A seed with its bits spread, so that neighbours begin far apart.
fn mixed(seed: u64) -> u64 {
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    seed ^ (seed >> 31)
}

/// How many look-ups stand behind one that is noted.
pub const NOTED_ONE_IN: u64 = 32;
const NOTED: u64 = u64::MAX / NOTED_ONE_IN;
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: u64 = 1 << 20;

    /// How many of many draws were noted, and how many audited.
    fn shares(sampler: &Sampler) -> (u64, u64) {
        let drawn = (0..DRAWS).filter_map(|_| sampler.draw());
        drawn.fold((0, 0), |(noted, audited), drawn| {
            (noted + u64::from(drawn.noted), audited + u64::from(drawn.audited))
        })
    }

    fn is_near(count: u64, expected: u64) -> bool {
        // Six standard deviations.
        count.abs_diff(expected) <= 6 * expected.isqrt()
    }

    #[test]
    fn both_shares_are_as_asked() {
        let sampler = Sampler::new(7);
        sampler.audit_one_in(1_000);

        let (noted, audited) = shares(&sampler);

        assert!(is_near(noted, DRAWS / NOTED_ONE_IN), "{noted}");
        assert!(is_near(audited, DRAWS / 1_000), "{audited}");
    }

    #[test]
    fn audits_may_be_more_frequent_than_notes_and_never_make_more_of_those() {
        let sampler = Sampler::new(7);
        sampler.audit_one_in(1);

        let (noted, audited) = shares(&sampler);

        assert!(is_near(noted, DRAWS / NOTED_ONE_IN), "{noted}");
        assert_eq!(audited, DRAWS);
    }

    #[test]
    fn audits_can_be_turned_off_again() {
        let sampler = Sampler::new(7);
        sampler.audit_one_in(2);
        sampler.audit_one_in(0);

        let (noted, audited) = shares(&sampler);

        assert!(noted > 0);
        assert_eq!(audited, 0);
    }

    #[test]
    fn threads_draw_differently() {
        let sampler = Sampler::new(7);
        let first_notes = || {
            let noted = |_: &u32| sampler.draw().is_some_and(|drawn| drawn.noted);
            (0..10_000).filter(noted).collect::<Vec<u32>>()
        };

        let (one, other) = std::thread::scope(|scope| {
            let (one, other) = (scope.spawn(first_notes), scope.spawn(first_notes));
            (one.join().expect("it ends"), other.join().expect("it ends"))
        });

        assert_ne!(one, other);
    }
}
