//! Numbers: their range, their precision, and how they come back.

use serde_json::json;

use super::Api;

#[test]
fn numbers_come_back_as_plain_decimals() {
    let mut api = Api::with_users();
    let cases = [
        ("0", "0"),
        ("-0", "0"),
        ("0.000", "0"),
        ("00042", "42"),
        ("+5", "5"),
        (".5", "0.5"),
        ("1.", "1"),
        ("1.0", "1"),
        ("3.1400", "3.14"),
        ("1.5E2", "150"),
        ("1e-3", "0.001"),
        ("-1.2e3", "-1200"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        (
            "0.0000000000000000000000000000000000000000012",
            "0.0000000000000000000000000000000000000000012",
        ),
    ];

    for (given, returned) in cases {
        api.put_user(&json!({"id": {"S": "7"}, "n": {"N": given}})).ok();
        assert_eq!(api.user("7").expect("it was put")["n"]["N"], returned, "{given}");
    }
}

#[test]
fn the_largest_and_the_smallest_number_come_back_in_full() {
    let mut api = Api::with_users();
    let largest = format!("{}{}", "9".repeat(38), "0".repeat(88));
    let smallest = format!("0.{}1", "0".repeat(129));
    let cases = [
        ("9.9999999999999999999999999999999999999E+125", largest.clone()),
        ("-9.9999999999999999999999999999999999999E+125", format!("-{largest}")),
        ("1E-130", smallest.clone()),
        ("-1E-130", format!("-{smallest}")),
    ];

    for (given, returned) in cases {
        api.put_user(&json!({"id": {"S": "7"}, "n": {"N": given}})).ok();
        assert_eq!(api.user("7").expect("it was put")["n"]["N"], returned, "{given}");
    }
}

#[test]
fn what_is_no_number_is_told_with_the_text() {
    let mut api = Api::with_users();

    for text in [
        "abc", " 1", "1 ", "1_000", "1,5", "0x10", "NaN", "Infinity", "1e", "e5", ".", "-", "--1",
        "1.2.3", "1e1.5", "١",
    ] {
        let message = format!("The parameter cannot be converted to a numeric value: {text}");
        api.put_user(&json!({"id": {"S": "7"}, "n": {"N": text}})).assert_invalid(&message);
        api.put_user(&json!({"id": {"S": "7"}, "n": {"NS": ["1", text]}})).assert_invalid(&message);
    }
}

#[test]
fn an_empty_number_is_told_without_a_text() {
    let mut api = Api::with_users();

    api.put_user(&json!({"id": {"S": "7"}, "n": {"N": ""}}))
        .assert_invalid("The parameter cannot be converted to a numeric value");
}

#[test]
fn numbers_beyond_the_range_are_told() {
    let mut api = Api::with_users();
    let overflow = "Number overflow. Attempting to store a number with magnitude larger than \
                    supported range";
    let underflow = "Number underflow. Attempting to store a number with magnitude smaller than \
                     supported range";
    let digits = "Attempting to store more than 38 significant digits in a Number";
    let long = "1".repeat(39);
    let cases = [
        ("1E126", overflow),
        ("-1E126", overflow),
        ("10E125", overflow),
        ("1E-131", underflow),
        ("-0.1E-130", underflow),
        (long.as_str(), digits),
        ("1.00000000000000000000000000000000000001", digits),
    ];

    for (number, message) in cases {
        api.put_user(&json!({"id": {"S": "7"}, "n": {"N": number}})).assert_invalid(message);
    }
}

#[test]
fn zeros_around_38_digits_do_not_count() {
    let mut api = Api::with_users();
    let digits = "1".repeat(38);

    api.put_user(&json!({"id": {"S": "7"}, "n": {"N": format!("000{digits}000.000")}})).ok();

    assert_eq!(api.user("7").expect("it was put")["n"]["N"], format!("{digits}000"));
}
