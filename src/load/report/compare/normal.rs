//! Quantiles of the normal distribution and of Student's.
//!
//! Must hold: to four digits where they are used, between one and seven standard deviations.

use std::f64::consts::PI;

/// How many standard errors to either side an interval has that misses in `miss` of all cases,
/// when the error was estimated from `freedom` + 1 values.
pub(super) fn standard_errors(miss: f64, freedom: f64) -> f64 {
    let z = two_sided(miss);
    // The first terms of the Cornish-Fisher expansion of Student's quantile.
    let first = (z.powi(3) + z) / (4.0 * freedom);
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * freedom * freedom);
    z + first + second
}

/// The z beyond which, on both sides, a share of `miss` lies.
fn two_sided(miss: f64) -> f64 {
    let (mut low, mut high) = (0.0, Z_MAX);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if 2.0 * tail(middle) > miss { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The share of a normal distribution above `z`, which is positive.
fn tail(z: f64) -> f64 {
    let density = (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
    if z < SERIES_Z_MAX {
        // The series of the middle part: z + z³/3 + z⁵/15 + …
        let (mut term, mut sum) = (z, z);
        for n in 1..SERIES_TERMS {
            term *= z * z / f64::from(2 * n + 1);
            sum += term;
        }
        return 0.5 - density * sum;
    }
    // Laplace's continued fraction: 1 / (z + 1 / (z + 2 / (z + …))).
    let below = (1..=FRACTION_TERMS).rev().fold(z, |below, n| z + f64::from(n) / below);
    density / below
}

const Z_MAX: f64 = 10.0;
const HALVINGS: u32 = 60;
const SERIES_Z_MAX: f64 = 3.0;
const SERIES_TERMS: u32 = 40;
const FRACTION_TERMS: u32 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (miss, z) in
            [(0.317_310_5, 1.0), (0.05, 1.959_964), (0.01, 2.575_829), (0.000_1, 3.890_592)]
        {
            assert!((two_sided(miss) - z).abs() < 1e-5, "{miss}: {}", two_sided(miss));
        }
        // Student's for 0.05 and 0.001 with 20 degrees of freedom.
        assert!((standard_errors(0.05, 20.0) - 2.086).abs() < 0.001);
        assert!((standard_errors(0.001, 20.0) - 3.850).abs() < 0.01);
    }
}
