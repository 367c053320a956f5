//! Origins of web pages.
//!
//! Must hold: an origin is written as browsers send it, or it is refused: one with a path or in
//! capitals would never be equal to theirs.
//! Not here: what a page may do (`server/http/`).

use super::value::{Problem, Raw, Value};

/// The web pages that may use the API.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CorsOrigins(Vec<String>);

impl CorsOrigins {
    /// As they are written; `*` stands for all.
    pub fn origins(&self) -> &[String] {
        &self.0
    }
}

impl Value for CorsOrigins {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let unlike = || raw.unlike("a list of origins, such as https://app.example:8443, or \"*\"");
        let origins = Vec::<String>::read(raw).map_err(|_| unlike())?;
        if origins.iter().all(|origin| is_origin(origin)) {
            Ok(Self(origins))
        } else {
            Err(unlike())
        }
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return text == "*" };
    let is_word = |word: &str, others: &str| {
        let admits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || others.contains(c);
        !word.is_empty() && word.chars().all(admits)
    };
    is_word(scheme, "+-.") && is_word(host, "-._:[]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_as_browsers_write_them() {
        let text = "http://localhost:3000,https://[::1]:8443,chrome-extension://abc,*";

        let origins = CorsOrigins::read(&Raw::Text(text)).expect("all are origins");

        assert_eq!(origins.origins().len(), 4);
        assert_eq!(CorsOrigins::read(&Raw::Text("")), Ok(CorsOrigins::default()));
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for text in ["localhost", "http://App.example", "http://a/", "http://", "://a", "null"] {
            assert!(CorsOrigins::read(&Raw::Text(text)).is_err(), "{text}");
        }
    }
}
