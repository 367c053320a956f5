//! Axes: where on a line a value is, and which values are written beside it.
//!
//! Must hold: the ends of a scale are at 0 and 1, whatever the values; a scale without any value
//! is still one.
//! Not here: pixels (`chart.rs`).

/// How values are laid out along an axis.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scale {
    /// From nothing to the last; evenly.
    FromZero { to: f64 },
    /// Seconds since the run began; evenly.
    Seconds { to: f64 },
    /// Each factor of ten the same length.
    Log { from: f64, to: f64 },
    /// Shares of a whole, each nine the same length: 0.9, 0.99, 0.999.
    Nines { to: f64 },
}

impl Scale {
    /// From nothing to above the largest of `values`, to a round number.
    pub(super) fn from_zero(values: impl Iterator<Item = f64>) -> Self {
        let most = values.fold(0.0, f64::max);
        let step = round_step(most / STEPS);
        Self::FromZero { to: ((most * HEADROOM / step).ceil() * step).max(step) }
    }

    /// Over all that is positive of `values`, to round numbers.
    pub(super) fn log(values: impl Iterator<Item = f64>) -> Self {
        let (from, to) = values
            .filter(|&value| value > 0.0)
            .fold((f64::INFINITY, 0.0), |(from, to), value| (value.min(from), value.max(to)));
        if to == 0.0 {
            return Self::Log { from: 1.0, to: 10.0 };
        }
        let (from, to) = (round_down(from), round_up(to));
        Self::Log { from, to: if to > from { to } else { from * 2.0 } }
    }

    /// From the median to at least two nines, at most five.
    pub(super) fn nines(samples: f64) -> Self {
        Self::Nines { to: 1.0 - (1.0 / samples).clamp(1e-5, 1e-2) }
    }

    /// How far along the axis a value is, from 0 to 1.
    pub(super) fn at(self, value: f64) -> f64 {
        let along = match self {
            Self::FromZero { to } | Self::Seconds { to } => value / to,
            Self::Log { from, to } => (value / from).ln() / (to / from).ln(),
            Self::Nines { to } => (nines(value) - nines(0.5)) / (nines(to) - nines(0.5)),
        };
        if along.is_finite() { along.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The values that are written beside the axis.
    pub(super) fn ticks(self) -> Vec<f64> {
        match self {
            Self::FromZero { to } => multiples(round_step(to / STEPS), to),
            Self::Seconds { to } => {
                let step = SECOND_STEPS.into_iter().find(|step| to / step <= SECOND_TICKS);
                multiples(step.unwrap_or_else(|| round_step(to / SECOND_TICKS)), to)
            }
            Self::Log { from, to } => log_ticks(from, to),
            Self::Nines { to } => {
                let all = [0.5, 0.9, 0.99, 0.999, 0.999_9, 0.999_99];
                all.into_iter().filter(|&share| nines(share) <= nines(to) + 1e-6).collect()
            }
        }
    }
}

/// How many nines a share has: 1 for 0.9, 2 for 0.99.
fn nines(share: f64) -> f64 {
    -(1.0 - share).max(1e-9).log10()
}

/// 1, 2 or 5 by a power of ten, at least `step`.
fn round_step(step: f64) -> f64 {
    if step <= 0.0 {
        return 1.0;
    }
    let ten = 10f64.powf(step.log10().floor());
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| round * ten >= step * 0.999);
    round.unwrap_or(10.0) * ten
}

/// The next 1, 2 or 5 by a power of ten that is no more.
fn round_down(value: f64) -> f64 {
    let ten = 10f64.powf(value.log10().floor());
    let round = [5.0, 2.0, 1.0].into_iter().find(|round| round * ten <= value * 1.000_1);
    round.unwrap_or(1.0) * ten
}

/// The next 1, 2 or 5 by a power of ten that is no less.
fn round_up(value: f64) -> f64 {
    round_step(value)
}

fn multiples(step: f64, to: f64) -> Vec<f64> {
    let all = (0..TICKS_MAX).map(|n| f64::from(n) * step);
    all.take_while(|&value| value <= to * 1.000_1).collect()
}

/// Powers of ten, and 2 and 5 between them where there is room.
fn log_ticks(from: f64, to: f64) -> Vec<f64> {
    let decades = (to / from).log10();
    let between: &[f64] = match decades {
        decades if decades <= 2.4 => &[1.0, 2.0, 5.0],
        decades if decades <= 3.6 => &[1.0, 3.0],
        _ => &[1.0],
    };
    let mut ten = 10f64.powf(from.log10().floor());
    let mut ticks = Vec::new();
    while ten <= to * 1.000_1 {
        let near = between.iter().map(|step| step * ten);
        ticks.extend(near.filter(|&value| value >= from * 0.999_9 && value <= to * 1.000_1));
        ten *= 10.0;
    }
    ticks
}

const STEPS: f64 = 5.0;
/// A line along the upper edge cannot be told from the edge.
const HEADROOM: f64 = 1.05;
const SECOND_STEPS: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0];
const SECOND_TICKS: f64 = 8.0;
const TICKS_MAX: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        let Scale::FromZero { to } = Scale::from_zero([3.0, 980.0].into_iter()) else {
            panic!("from zero")
        };
        assert!((to - 1_200.0).abs() < 1e-6, "{to}");
        let scale = Scale::log([85_000.0, 0.0, 1_300_000.0].into_iter());
        let Scale::Log { from, to } = scale else { panic!("log") };
        assert!((from - 50_000.0).abs() < 1.0 && (to - 2_000_000.0).abs() < 1.0, "{scale:?}");
        let ticks: Vec<_> = scale.ticks().into_iter().map(f64::round).collect();
        assert_eq!(ticks, [50_000.0, 100_000.0, 200_000.0, 500_000.0, 1_000_000.0, 2_000_000.0]);
    }

    #[test]
    fn each_nine_has_the_same_length() {
        let scale = Scale::nines(1e9);

        let steps: Vec<_> = scale.ticks().into_iter().map(|share| scale.at(share)).collect();

        assert_eq!(steps.len(), 6);
        assert!(steps[0].abs() < 1e-9 && (steps[5] - 1.0).abs() < 1e-6, "{steps:?}");
        assert!((steps[3] - steps[2] - (steps[5] - steps[4])).abs() < 1e-6, "{steps:?}");
        assert_eq!(Scale::nines(20.0).ticks().len(), 3, "what was not measured is not shown");
    }

    #[test]
    fn no_values_are_a_scale_too() {
        for scale in [
            Scale::from_zero([].into_iter()),
            Scale::log([].into_iter()),
            Scale::log([5.0].into_iter()),
            Scale::log([3.0].into_iter()),
            Scale::Seconds { to: 0.0 },
            Scale::nines(0.0),
        ] {
            for value in [0.0, 0.5, 7.0, f64::NAN] {
                assert!((0.0..=1.0).contains(&scale.at(value)), "{scale:?} at {value}");
            }
            assert!(!scale.ticks().is_empty(), "{scale:?}");
        }
    }
}
