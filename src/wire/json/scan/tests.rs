//! Tokens at the edges of JSON, and bodies that are none.

use proptest::prelude::*;

use super::*;

fn reads(body: &[u8]) -> bool {
    Scanner::new(body).is_ok_and(|mut scan| scan.skip().is_ok() && scan.end().is_ok())
}

fn text_of(body: &str) -> Option<String> {
    match Scanner::new(body.as_bytes()).ok()?.token().ok()? {
        Token::Text(text) => Some(text.into_owned()),
        _ => None,
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for body in [
        "",
        " ",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "[1,]",
        "[1 2]",
        "01",
        "1.",
        "-",
        "1e",
        "+1",
        ".5",
        "tru",
        "nul",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\n\"",
        "{} {}",
        "{'a':1}",
        "\u{feff}{}",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
    ] {
        assert!(!reads(body.as_bytes()), "{body}");
    }
    assert!(!reads(b"\"\xff\""));
}

#[test]
fn escapes_become_what_they_stand_for() {
    assert_eq!(text_of(r#""a\"\\\/\b\f\n\r\t""#).as_deref(), Some("a\"\\/\u{8}\u{c}\n\r\t"));
    assert_eq!(text_of(r#""\u00e9x\ud83d\ude00y""#).as_deref(), Some("éx😀y"));
}

#[test]
fn depth_is_held_on_both_sides() {
    let nest = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));

    assert!(reads(nest(LEVELS_MAX).as_bytes()));
    assert!(!reads(nest(LEVELS_MAX + 1).as_bytes()));
    assert!(!reads("[".repeat(1_000_000).as_bytes()));
}

#[test]
fn a_name_twice_is_refused_however_it_is_written() {
    let members = |body: &str| {
        let mut scan = Scanner::new(body.as_bytes()).expect("utf-8");
        assert_eq!(scan.token(), Ok(Token::Object));
        scan.members(|scan, _| scan.skip())
    };
    let wide: Vec<String> = (0..40).map(|n| format!("\"n{n}\":1,")).collect();
    let wide = wide.concat();

    assert!(members(r#"{"a":1,"b":2}"#).is_ok());
    assert!(members(r#"{"a":1,"a":2}"#).is_err());
    assert!(members(r#"{"\u0061":1,"a":2}"#).is_err());
    assert!(members(&format!("{{{wide}\"z\":1}}")).is_ok());
    assert!(members(&format!("{{{wide}\"n39\":1}}")).is_err());
    assert!(members(&format!("{{{wide}\"n0\":1}}")).is_err());
}

proptest! {
    #[test]
    fn it_accepts_what_serde_accepts(body in "[\\[\\]{}:,\"a0-9.eE+ \\\\n-]{0,24}") {
        prop_assert_eq!(
            reads(body.as_bytes()),
            serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok()
        );
    }

    #[test]
    fn texts_read_as_serde_reads_them(text in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
        let body = serde_json::to_string(&text).expect("a text");

        prop_assert_eq!(text_of(&body), Some(text));
    }

    #[test]
    fn a_plain_run_ends_where_the_bytes_say(bytes in "[a-c\"\\\\\\n\u{e9}]{0,40}") {
        let bytes = bytes.as_bytes();
        let end = bytes.iter().position(|&byte| !is_plain(byte)).unwrap_or(bytes.len());

        prop_assert_eq!(plain_run(bytes), end);
    }
}
