//! Quantiles of Student's distribution.
//!
//! Must hold: to five digits for 9 degrees of freedom or more and a miss of one in a million or
//! more; below that nothing is judged.

use std::f64::consts::PI;

/// How many standard errors to either side an interval has that misses in `miss` of all cases,
/// when the error was estimated from `freedom` + 1 values, of which there are two or more.
pub(super) fn standard_errors(miss: f64, freedom: u64) -> f64 {
    let (mut low, mut high) = (0.0, ERRORS_MAX);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if beyond(middle, freedom) > miss { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The share of the distribution that is further than `errors` from its middle: for whole degrees
/// of freedom a sum of powers of a cosine, the odd ones or the even ones.
fn beyond(errors: f64, freedom: u64) -> f64 {
    let angle = (errors / super::float(freedom).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let is_even = freedom.is_multiple_of(2);
    let (first, mut term) = if is_even { (0, 1.0) } else { (1, cosine) };
    let mut sum = 0.0;
    for power in (first..freedom - 1).step_by(2) {
        sum += term;
        term *= cosine * cosine * super::float(power + 1) / super::float(power + 2);
    }
    let within = if is_even { sine * sum } else { (angle + sine * sum) * 2.0 / PI };
    1.0 - within
}

const ERRORS_MAX: f64 = 10_000.0;
const HALVINGS: u32 = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (miss, freedom, errors) in [
            (0.05, 1, 12.706_20),
            (0.05, 9, 2.262_16),
            (0.001, 9, 4.780_91),
            (0.000_2, 9, 6.010_13),
            (0.05, 20, 2.085_96),
            (0.001, 20, 3.849_52),
            (0.01, 99, 2.626_41),
            // As good as the normal distribution's.
            (0.05, 100_000, 1.959_99),
        ] {
            let found = standard_errors(miss, freedom);
            assert!((found - errors).abs() < 2e-5, "{miss}, {freedom}: {found}");
        }
    }
}
