//! Sums and differences of numbers, exact or refused.
//!
//! The digits of both lie side by side in cells of their places; the carry runs once over them.
//!
//!     12.5     .  1  2  5
//!     7.75     .  .  7  7  5
//!     cells    0  1 -5 -2 -5     one place before the first digit, for the carry
//!     4.75     0  0  4  7  5
//!
//! Must hold: nothing is ever rounded.
//! Not here: where a sum is asked for (`expr/update/`).

use std::cmp::Ordering;

use super::{DIGITS_MAX, EXPONENT_MAX, EXPONENT_MIN, Number, NumberRef, RangeError};

impl NumberRef<'_> {
    /// The sum, if a number has that value.
    pub fn plus(self, other: Self) -> Result<Number, RangeError> {
        sum(Signed::of(self), Signed::of(other))
    }

    /// What is left of this number without the other, if a number has that value.
    pub fn minus(self, other: Self) -> Result<Number, RangeError> {
        let subtrahend = Signed { negative: !other.is_negative(), magnitude: other };
        sum(Signed::of(self), subtrahend)
    }

    fn cmp_magnitude(self, other: Self) -> Ordering {
        // A number has no zeros at its end, so of two that begin alike the longer is larger.
        let digits = || self.digits().cmp(other.digits());
        self.exponent().cmp(&other.exponent()).then_with(digits)
    }

    /// The place of the last digit: 0 for ones, -1 for tenths.
    fn last_place(self) -> i64 {
        self.exponent() + 1 - i64::try_from(self.digits().count()).expect("at most 38")
    }
}

/// A number whose own sign does not count.
#[derive(Clone, Copy)]
struct Signed<'a> {
    negative: bool,
    magnitude: NumberRef<'a>,
}

impl<'a> Signed<'a> {
    fn of(number: NumberRef<'a>) -> Self {
        Self { negative: number.is_negative(), magnitude: number }
    }

    fn to_number(self) -> Number {
        if self.magnitude.is_zero() {
            return Number::zero();
        }
        Number::from_digits(self.negative, self.magnitude.exponent(), self.magnitude.digits())
    }
}

fn sum(a: Signed<'_>, b: Signed<'_>) -> Result<Number, RangeError> {
    if b.magnitude.is_zero() {
        return Ok(a.to_number());
    }
    if a.magnitude.is_zero() {
        return Ok(b.to_number());
    }
    let (large, small) =
        if a.magnitude.cmp_magnitude(b.magnitude).is_lt() { (b, a) } else { (a, b) };
    let top = large.magnitude.exponent() + 1;
    let low = a.magnitude.last_place().min(b.magnitude.last_place());
    let cell = |place: i64| usize::try_from(top - place).expect("no place is above the top");
    let mut cells = [0_i8; CELLS];
    let cells = &mut cells[..=cell(low)];
    let factor = if large.negative == small.negative { 1 } else { -1 };
    for (number, factor) in [(large.magnitude, 1), (small.magnitude, factor)] {
        let first = cell(number.exponent());
        for (cell, digit) in cells[first..].iter_mut().zip(number.digits()) {
            *cell += factor * i8::try_from(digit).expect("one digit");
        }
    }
    carry(cells);
    let Some(first) = cells.iter().position(|digit| *digit != 0) else {
        return Ok(Number::zero());
    };
    let last = cells.iter().rposition(|digit| *digit != 0).expect("there is a first");
    let exponent = top - i64::try_from(first).expect("below the cells' count");
    let digits = cells[first..=last].iter().map(|digit| digit.unsigned_abs());
    Number::in_range(large.negative, exponent, digits)
}

/// Makes every cell a digit; the whole is not negative, so nothing is left to carry at its head.
fn carry(cells: &mut [i8]) {
    let mut carried = 0;
    for cell in cells.iter_mut().rev() {
        let sum = *cell + carried;
        *cell = sum.rem_euclid(10);
        carried = sum.div_euclid(10);
    }
    debug_assert_eq!(carried, 0, "the larger number decides the sign");
}

/// From the place above the largest number to the last of the smallest.
#[expect(clippy::cast_possible_truncation, reason = "a constant of a few hundred")]
const CELLS: usize = (EXPONENT_MAX - EXPONENT_MIN + 2) as usize + DIGITS_MAX;

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use bigdecimal::BigDecimal;
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).expect("a number")
    }

    fn plus(a: &str, b: &str) -> Result<Number, RangeError> {
        number(a).view().plus(number(b).view())
    }

    #[test]
    fn a_sum_that_no_number_has_is_refused_not_rounded() {
        let nines = |count: usize| "9".repeat(count);
        let largest = format!("{}e88", nines(38));
        for (a, b, sum) in [
            ("1e38", "1", Err(RangeError::TooManyDigits)),
            ("1e37", "1", Ok(number("10000000000000000000000000000000000001"))),
            (&nines(38), "1", Ok(number("1e38"))),
            ("9e125", "1e125", Err(RangeError::Overflow)),
            ("9e125", "-1e125", Ok(number("8e125"))),
            (&largest, "1e88", Err(RangeError::Overflow)),
            (&largest, "1e87", Err(RangeError::TooManyDigits)),
            ("-9e125", "-1e125", Err(RangeError::Overflow)),
            ("1.1e-130", "-1e-130", Err(RangeError::Underflow)),
            ("1e125", "1e-130", Err(RangeError::TooManyDigits)),
            ("1e125", "9.9e-130", Err(RangeError::TooManyDigits)),
            ("0", "0", Ok(number("0"))),
            ("-5", "5", Ok(number("0"))),
            ("0", "-7.5", Ok(number("-7.5"))),
        ] {
            assert_eq!(plus(a, b), sum, "{a} + {b}");
            assert_eq!(plus(b, a), sum, "{b} + {a}");
        }
    }

    fn any_number() -> impl Strategy<Value = String> {
        let exponent = prop_oneof![4 => -3_i32..4, 1 => -40_i32..40, 1 => -130_i32..88];
        let digits = prop_oneof!["[0-9]{1,3}", "9{1,38}", "[0-9]{1,38}", "10{0,37}"];
        ("-?", digits, exponent)
            .prop_map(|(sign, digits, exponent)| format!("{sign}{digits}e{exponent}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn sums_agree_with_a_big_decimal(a in any_number(), b in any_number()) {
            let (x, y) = (number(&a), number(&b));
            let (oracle_x, oracle_y) = (BigDecimal::from_str(&a)?, BigDecimal::from_str(&b)?);

            for (sum, oracle) in [
                (x.view().plus(y.view()), &oracle_x + &oracle_y),
                (x.view().minus(y.view()), &oracle_x - &oracle_y),
            ] {
                // Reading is held against the same oracle by tests of its own.
                let text = oracle.to_scientific_notation();
                prop_assert_eq!(sum.map_err(Into::into), Number::parse(&text), "{}", text);
            }
        }
    }
}
