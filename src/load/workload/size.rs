//! How large a text is, and how many of something: fixed, a range, or lognormal.
//!
//! Must hold: what is drawn is never outside the limits that were read.

use std::ops::RangeInclusive;

use rand_distr::{Distribution as _, LogNormal};

use super::Error;
use super::random::Random;
use super::section::Cell;

/// Draws sizes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Size {
    Fixed(u64),
    Range { min: u64, max: u64 },
    LogNormal { law: LogNormal<f64>, min: u64, max: u64 },
}

impl Size {
    /// Reads a number, or `{ min, max }`.
    pub(super) fn read_count(cell: &Cell<'_>, limits: RangeInclusive<u64>) -> Result<Self, Error> {
        let Some(section) = cell.as_section() else {
            return Ok(Self::Fixed(cell.whole(limits)?));
        };
        section.knows(&["min", "max"])?;
        let (min, max) = bounds(cell, limits)?;
        Ok(Self::Range { min, max })
    }

    /// Reads a number, `{ min, max }`, or `{ median, sigma, min, max }`.
    #[expect(clippy::cast_precision_loss, reason = "sizes are at most 400 KiB")]
    pub(super) fn read(cell: &Cell<'_>, limits: RangeInclusive<u64>) -> Result<Self, Error> {
        let Some(section) = cell.as_section().filter(|section| section.has("median")) else {
            return Self::read_count(cell, limits);
        };
        section.knows(&["median", "sigma", "min", "max"])?;
        let (min, max) = bounds(cell, limits)?;
        let median = section.need("median")?.whole(min..=max)?;
        let sigma = section.need("sigma")?.real(0.01..=3.0)?;
        let law = LogNormal::new((median as f64).ln(), sigma);
        Ok(Self::LogNormal { law: law.expect("sigma is positive and finite"), min, max })
    }

    /// The most that it draws.
    pub(super) fn max(&self) -> u64 {
        match self {
            Self::Fixed(size) => *size,
            Self::Range { max, .. } | Self::LogNormal { max, .. } => *max,
        }
    }

    /// One of them.
    pub(super) fn draw(&self, random: &mut Random) -> u64 {
        match self {
            Self::Fixed(size) => *size,
            Self::Range { min, max } => random.between(*min, *max),
            Self::LogNormal { law, min, max } => log_normal(law, *min, *max, random),
        }
    }

    /// One of them, as a length.
    pub(super) fn draw_length(&self, random: &mut Random) -> usize {
        usize::try_from(self.draw(random)).expect("sizes are at most 400 KiB")
    }
}

/// Draws again what is out of bounds, so that the bounds do not become the most common sizes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is negative or too large becomes an end of the range, and is clamped"
)]
fn log_normal(law: &LogNormal<f64>, min: u64, max: u64, random: &mut Random) -> u64 {
    for _ in 0..TRIES {
        let size = law.sample(random.source()).round() as u64;
        if (min..=max).contains(&size) {
            return size;
        }
    }
    (law.sample(random.source()) as u64).clamp(min, max)
}

fn bounds(cell: &Cell<'_>, limits: RangeInclusive<u64>) -> Result<(u64, u64), Error> {
    let section = cell.section()?;
    let min = section.need("min")?.whole(limits.clone())?;
    let max = section.need("max")?.whole(min..=*limits.end())?;
    Ok((min, max))
}

const TRIES: u32 = 20;
