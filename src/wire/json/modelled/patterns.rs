//! The patterns of the model, apart from that of names.

use super::super::constraints::Pattern;

/// `ClientToken` of requests that make something.
pub(in crate::wire::json) const CLIENT_TOKEN: Pattern =
    Pattern { text: r"^[^\$]+$", admits: |text| !text.is_empty() && !text.contains('$') };
/// A bucket.
pub(in crate::wire::json) const BUCKET: Pattern =
    Pattern { text: r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$", admits: is_bucket };
/// The account that owns a bucket.
pub(in crate::wire::json) const ACCOUNT: Pattern = Pattern {
    text: "[0-9]{12}",
    admits: |text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()),
};
/// Where a list goes on.
pub(in crate::wire::json) const NEXT_TOKEN: Pattern =
    Pattern { text: "([0-9a-f]{16})+", admits: is_next_token };
/// What stands between the columns of a file.
pub(in crate::wire::json) const DELIMITER: Pattern = Pattern {
    text: r"[,;:|\t ]",
    admits: |text| matches!(text, "," | ";" | ":" | "|" | "\t" | " "),
};
/// The name of a column.
pub(in crate::wire::json) const HEADER: Pattern =
    Pattern { text: r"[\x20-\x21\x23-\x2B\x2D-\x7E]*", admits: is_header };
/// The name of a policy.
pub(in crate::wire::json) const PRINT: Pattern = Pattern {
    text: r"\p{Print}+",
    admits: |text| !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~')),
};
/// A role, which is any text but for some control characters.
pub(in crate::wire::json) const ROLE: Pattern = Pattern {
    text: r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*",
    admits: |text| text.chars().all(|letter| letter >= ' ' || matches!(letter, '\r' | '\n' | '\t')),
};

fn is_bucket(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    bytes.len() >= 2
        && first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
        && bytes.iter().all(is_inner)
}

fn is_next_token(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    !text.is_empty() && text.len().is_multiple_of(16) && text.bytes().all(is_digit)
}

fn is_header(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_what_they_say_and_nothing_else() {
        let token = "0123456789abcdef".repeat(7);
        for (pattern, taken, refused) in [
            (CLIENT_TOKEN, vec!["a", "é b"], vec!["", "a$"]),
            (BUCKET, vec!["ab", "a.b-c_d"], vec!["", "a", "-b", "a-", "a b"]),
            (ACCOUNT, vec!["000000000000"], vec!["", "00000000000", "00000000000x"]),
            (NEXT_TOKEN, vec![token.as_str()], vec!["", &token[1..], "0123456789abcdeg"]),
            (DELIMITER, vec![",", "\t"], vec!["", "a", ",,"]),
            (HEADER, vec!["", "a b"], vec!["a,b", "\"", "é"]),
            (PRINT, vec!["a b"], vec!["", "\u{7f}", "é"]),
            (ROLE, vec!["", "é\r\n\t"], vec!["\u{1}"]),
        ] {
            assert!(taken.iter().all(|text| (pattern.admits)(text)), "{}", pattern.text);
            assert!(!refused.iter().any(|text| (pattern.admits)(text)), "{}", pattern.text);
        }
    }
}
