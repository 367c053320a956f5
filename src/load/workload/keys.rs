//! Which item a request is about.
//!
//! | distribution | draws |
//! |---|---|
//! | uniform | each loaded item as often as any other |
//! | zipfian | the item of rank r in proportion to r^-exponent; ranks are scattered over the keys |
//! | latest | the same by age: the newest most often, inserted ones included |
//! | hotspot | a few items with one share of the requests, the others with the rest |
//!
//! Must hold: a draw costs the same however many items there are, and nothing is kept for each.
//! Not here: how a number becomes a key (`table.rs`).

use rand_distr::{Distribution as _, Zipf};

use super::Error;
use super::limits::ITEMS_MAX;
use super::random::Random;
use super::scramble::Scramble;
use super::section::Section;

/// How keys are drawn, as the file says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Distribution {
    Uniform,
    Zipfian { exponent: f64, order: Order },
    Latest { exponent: f64 },
    Hotspot { hot: Hot, request_share: f64 },
}

/// Where the keys that are drawn most lie.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Order {
    /// Anywhere.
    Scrambled,
    /// At the beginning.
    ByNumber,
}

/// How many keys are hot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Hot {
    Keys(u64),
    Share(f64),
}

/// Draws numbers of items out of so many.
#[derive(Clone, Copy, Debug)]
pub(super) enum Picker {
    Uniform { items: u64 },
    Zipfian { zipf: Zipf<f64>, items: u64 },
    Scrambled { zipf: Zipf<f64>, items: u64, scramble: Scramble },
    Latest { zipf: Zipf<f64>, items: u64 },
    Hotspot { hot: u64, items: u64, request_share: f64, scramble: Scramble },
}

#[derive(Clone, Copy)]
enum Kind {
    Uniform,
    Zipfian,
    Latest,
    Hotspot,
}

impl Distribution {
    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        let kind = section.need("distribution")?.word(&[
            ("uniform", Kind::Uniform),
            ("zipfian", Kind::Zipfian),
            ("latest", Kind::Latest),
            ("hotspot", Kind::Hotspot),
        ])?;
        match kind {
            Kind::Uniform => {
                section.knows(&["distribution"])?;
                Ok(Self::Uniform)
            }
            Kind::Zipfian => {
                section.knows(&["distribution", "exponent", "scrambled"])?;
                let scrambled = section.find("scrambled").map_or(Ok(true), |cell| cell.flag())?;
                let order = if scrambled { Order::Scrambled } else { Order::ByNumber };
                Ok(Self::Zipfian { exponent: exponent(section)?, order })
            }
            Kind::Latest => {
                section.knows(&["distribution", "exponent"])?;
                Ok(Self::Latest { exponent: exponent(section)? })
            }
            Kind::Hotspot => {
                section.knows(&["distribution", "hot_keys", "hot_share", "request_share"])?;
                let request_share = section.need("request_share")?.real(0.0..=1.0)?;
                Ok(Self::Hotspot { hot: hot(section)?, request_share })
            }
        }
    }

    /// What draws numbers below `items`, which is at least 1.
    #[expect(clippy::cast_precision_loss, reason = "there are at most 10^9 items")]
    pub(super) fn picker(self, items: u64) -> Picker {
        let zipf = |exponent| {
            Zipf::new(items as f64, exponent).expect("the exponent is positive and an item there")
        };
        match self {
            Self::Uniform => Picker::Uniform { items },
            Self::Zipfian { exponent, order: Order::ByNumber } => {
                Picker::Zipfian { zipf: zipf(exponent), items }
            }
            Self::Zipfian { exponent, order: Order::Scrambled } => {
                Picker::Scrambled { zipf: zipf(exponent), items, scramble: Scramble::new(items) }
            }
            Self::Latest { exponent } => Picker::Latest { zipf: zipf(exponent), items },
            Self::Hotspot { hot, request_share } => {
                let hot = hot.of(items);
                Picker::Hotspot { hot, items, request_share, scramble: Scramble::new(items) }
            }
        }
    }
}

impl Hot {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of at most 10^9 items"
    )]
    fn of(self, items: u64) -> u64 {
        let keys = match self {
            Self::Keys(keys) => keys,
            Self::Share(share) => (items as f64 * share).round() as u64,
        };
        keys.clamp(1, items)
    }
}

impl Picker {
    /// The number of an item; `end` is one more than the newest one's.
    pub(super) fn pick(&self, random: &mut Random, end: u64) -> u64 {
        match self {
            Self::Uniform { items } => random.below(*items),
            Self::Zipfian { zipf, items } => rank(zipf, *items, random),
            Self::Scrambled { zipf, items, scramble } => scramble.map(rank(zipf, *items, random)),
            Self::Latest { zipf, items } => {
                end.saturating_sub(1).saturating_sub(rank(zipf, *items, random))
            }
            Self::Hotspot { hot, items, request_share, scramble } => {
                let is_hot = *hot == *items || random.happens(*request_share);
                let rank =
                    if is_hot { random.below(*hot) } else { hot + random.below(items - hot) };
                scramble.map(rank)
            }
        }
    }
}

/// A rank from 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ranks are whole and lie between 1 and at most 10^9"
)]
pub(super) fn rank(zipf: &Zipf<f64>, items: u64, random: &mut Random) -> u64 {
    // Rounding may put the very last one a step too far.
    ((zipf.sample(random.source()) as u64).saturating_sub(1)).min(items - 1)
}

fn exponent(section: &Section<'_>) -> Result<f64, Error> {
    section.find("exponent").map_or(Ok(EXPONENT), |cell| cell.real(0.01..=5.0))
}

fn hot(section: &Section<'_>) -> Result<Hot, Error> {
    match (section.find("hot_keys"), section.find("hot_share")) {
        (Some(keys), None) => Ok(Hot::Keys(keys.whole(1..=ITEMS_MAX)?)),
        (None, Some(share)) => Ok(Hot::Share(share.real(0.0..=1.0)?)),
        (Some(keys), Some(_)) => Err(keys.wrong("hot_share is set too; one of them says it")),
        (None, None) => Err(section.wrong("a hotspot needs hot_keys or hot_share")),
    }
}

/// YCSB's.
const EXPONENT: f64 = 0.99;
