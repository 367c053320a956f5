//! Numbers against a big decimal, and texts and bytes that are none.

use std::str::FromStr as _;

use bigdecimal::BigDecimal;
use proptest::prelude::*;

use super::*;

fn text_of(text: &str) -> String {
    Number::parse(text).expect("a number").to_string()
}

#[test]
fn texts_are_normalised_as_dynamodb_does() {
    for (given, answered) in [
        ("00042", "42"),
        ("1.0", "1"),
        ("3.1400", "3.14"),
        ("1.5E2", "150"),
        ("-0", "0"),
        ("0e999", "0"),
        ("+5", "5"),
        (".5", "0.5"),
        ("1.", "1"),
        ("-0.00120", "-0.0012"),
        ("100", "100"),
        ("12e-1", "1.2"),
    ] {
        assert_eq!(text_of(given), answered, "{given}");
    }
    assert_eq!(text_of("9.9e125").len(), 126);
    assert_eq!(text_of("1E-130"), format!("0.{}1", "0".repeat(129)));
}

#[test]
fn texts_that_are_no_numbers_are_refused() {
    assert_eq!(Number::parse(""), Err(NumberError::Empty));
    for text in
        [" 1", "1 ", "0x1", "1_0", "1,0", "NaN", "Infinity", "e5", ".", "+", "1e", "1.2.3", "１"]
    {
        assert_eq!(Number::parse(text), Err(NumberError::NotANumber(text.to_owned())));
    }
}

#[test]
fn the_range_is_dynamodbs() {
    let digits = |count: usize| "9".repeat(count);

    assert!(Number::parse("9.9999999999999999999999999999999999999E+125").is_ok());
    assert_eq!(Number::parse("1e126"), Err(RangeError::Overflow.into()));
    assert_eq!(Number::parse("1E+999999999999999999999"), Err(RangeError::Overflow.into()));
    assert!(Number::parse("1e-130").is_ok());
    assert_eq!(Number::parse("1e-131"), Err(RangeError::Underflow.into()));
    assert!(Number::parse(&digits(38)).is_ok());
    assert_eq!(Number::parse(&digits(39)), Err(RangeError::TooManyDigits.into()));
    assert!(Number::parse(&format!("{}000", digits(38))).is_ok());
}

#[test]
fn bytes_that_no_text_yields_are_refused() {
    for bytes in
        [&[][..], &[0x80, 0], &[0x81, 130], &[0x81, 130, 1], &[0x81, 130, 102], &[0x7F, 1, 2]]
    {
        assert_eq!(NumberRef::from_bytes(bytes), None, "{bytes:?}");
    }
}

fn number_text() -> impl Strategy<Value = String> {
    ("[+-]?[0-9]{0,20}", "[0-9]{1,18}", proptest::option::of(-140_i32..140)).prop_map(
        |(whole, fraction, exponent)| match exponent {
            Some(exponent) => format!("{whole}.{fraction}e{exponent}"),
            None => format!("{whole}.{fraction}"),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whole_numbers_that_fit_are_integers(number in any::<u64>(), zeros in 0_u32..20) {
        let number = number / 10_u64.pow(zeros) * 10_u64.pow(zeros);
        let as_u64 = |text: String| Number::parse(&text).expect("a number").view().as_u64();

        prop_assert_eq!(as_u64(number.to_string()), Some(number));
        prop_assert_eq!(as_u64(format!("{number}.5")), None);
        prop_assert_eq!(as_u64(format!("-{number}1")), None);
        prop_assert_eq!(as_u64(format!("1{number:020}")), None);
    }

    #[test]
    fn text_and_order_agree_with_a_big_decimal(a in number_text(), b in number_text()) {
        let (Ok(x), Ok(y)) = (Number::parse(&a), Number::parse(&b)) else {
            return Ok(());
        };
        let (oracle_x, oracle_y) = (BigDecimal::from_str(&a)?, BigDecimal::from_str(&b)?);

        prop_assert_eq!(x.as_bytes().cmp(y.as_bytes()), oracle_x.cmp(&oracle_y));
        prop_assert_eq!(x.cmp(&y), oracle_x.cmp(&oracle_y));
        prop_assert_eq!(BigDecimal::from_str(&x.to_string())?, oracle_x.clone());
        prop_assert!(!x.to_string().contains(['e', 'E']));
        prop_assert_eq!(Number::parse(&x.to_string()).expect("its own text"), x);
        prop_assert_eq!(NumberRef::from_bytes(x.as_bytes()).map(NumberRef::to_number), Some(x));
    }

    #[test]
    fn refusals_agree_with_a_big_decimal(text in number_text()) {
        let oracle = BigDecimal::from_str(&text)?;
        let limit = |text| BigDecimal::from_str(text).expect("a constant");
        let in_range = oracle == limit("0")
            || (oracle.abs() < limit("1e126") && oracle.abs() >= limit("1e-130"));
        let digits = oracle.normalized().digits();

        prop_assert_eq!(Number::parse(&text).is_ok(), in_range && digits <= 38);
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        drop(Number::parse(&text));
    }
}
