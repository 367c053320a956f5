//! The traces: which keys are asked for, in which order.

use crate::common::Random;
use crate::zipf::Zipf;

/// A way in which keys are asked for.
#[derive(Clone, Copy)]
pub(crate) enum Trace {
    /// Zipf's distribution.
    Zipf { exponent: f64 },
    /// The same, interrupted by scans of keys that nobody asks for before or after.
    Scans { exponent: f64 },
    /// Four of five requests are for a set that moves on, the others for any key.
    HotSet,
    /// A few more keys than the cache has room for, over and over in the same order.
    Loop,
}

impl Trace {
    pub(crate) const ALL: [Self; 6] = [
        Self::Zipf { exponent: 0.9 },
        Self::Zipf { exponent: 0.99 },
        Self::Scans { exponent: 0.9 },
        Self::Scans { exponent: 0.99 },
        Self::HotSet,
        Self::Loop,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Zipf { exponent } => format!("Zipf {exponent}"),
            Self::Scans { exponent } => format!("Zipf {exponent}, a quarter one-time scans"),
            Self::HotSet => "hot set that moves".into(),
            Self::Loop => "loop of 1.2 × the entries".into(),
        }
    }

    /// The keys of so many requests; `entries` is what the caches have room for.
    pub(crate) fn keys(self, requests: usize, entries: usize) -> Vec<u32> {
        let mut random = Random::seeded();
        match self {
            Self::Zipf { exponent } => {
                let zipf = Zipf::new(KEYS, exponent);
                (0..requests).map(|_| number(zipf.draw(&mut random))).collect()
            }
            Self::Scans { exponent } => {
                let zipf = Zipf::new(KEYS, exponent);
                let mut scanned = KEYS;
                let next = |place| {
                    if place % SCAN_EVERY >= SCAN_KEYS {
                        return number(zipf.draw(&mut random));
                    }
                    scanned += 1;
                    number(scanned)
                };
                (0..requests).map(next).collect()
            }
            Self::HotSet => {
                let zipf = Zipf::new(HOT_KEYS, HOT_EXPONENT);
                let next = |place| {
                    if random.below(5) == 0 {
                        return number(random.below(KEYS));
                    }
                    let first = place / HOT_STAY * HOT_STEP;
                    number((first + zipf.draw(&mut random)) % KEYS)
                };
                (0..requests).map(next).collect()
            }
            Self::Loop => {
                let looped = entries + entries / 5;
                (0..requests).map(|place| number(place % looped)).collect()
            }
        }
    }
}

fn number(key: usize) -> u32 {
    u32::try_from(key).expect("keys are counted in millions")
}

/// Keys that may be asked for, scans aside.
pub(crate) const KEYS: usize = 1_000_000;
/// A scan of so many keys begins every so many requests.
const SCAN_KEYS: usize = 10_000;
const SCAN_EVERY: usize = 40_000;
/// The hot set: so many keys, which step on by so many after so many requests.
const HOT_KEYS: usize = 50_000;
const HOT_STEP: usize = 5_000;
const HOT_STAY: usize = 100_000;
const HOT_EXPONENT: f64 = 0.6;
