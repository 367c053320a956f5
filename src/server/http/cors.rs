//! Which web pages may use the API: the answers that browsers ask for before they let a page's
//! script see others.
//!
//! Must hold: without credentials no page may but those of the configuration, since any page that
//! a user opens could otherwise read and change the tables on the same machine.
//! Not here: for which hosts browsers may ask at all (`mod.rs`).

use hyper::HeaderMap;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderValue, ORIGIN, VARY,
};

/// The pages whose scripts may use the API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origins {
    /// Those of these origins, as `https://app.example:8443`.
    Listed(Vec<String>),
    /// All.
    Any,
}

impl Default for Origins {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl Origins {
    /// What the headers of an answer say to a page that asked with these headers; nothing if no
    /// page did, or one that may not.
    pub(super) fn admit(&self, headers: &HeaderMap) -> Option<Admitted> {
        let origin = headers.get(ORIGIN)?;
        match self {
            Self::Any => Some(Admitted { origin: HeaderValue::from_static("*"), varies: false }),
            Self::Listed(origins) => {
                let listed =
                    origins.iter().find(|listed| listed.as_bytes() == origin.as_bytes())?;
                let origin = HeaderValue::from_str(listed).ok()?;
                Some(Admitted { origin, varies: true })
            }
        }
    }
}

/// A page that may use the API.
#[derive(Debug)]
pub(super) struct Admitted {
    origin: HeaderValue,
    /// Whether another page would have been answered otherwise.
    varies: bool,
}

impl Admitted {
    /// Lets the page see an answer.
    pub(super) fn show(&self, answer: &mut HeaderMap) {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.origin.clone());
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
        if self.varies {
            answer.insert(VARY, HeaderValue::from_static("origin"));
        }
    }
}

/// Lets a page that may use the API send its requests.
pub(super) fn let_send(answer: &mut HeaderMap) {
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, GET"));
    answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, SENT);
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE_S));
}

/// Whether a browser asks what a page may send.
pub(super) fn is_preflight(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Headers of answers that scripts may read. Not the checksum: it is that of the bytes as they are
/// sent, and a browser shows them inflated, so that an SDK that compared the two would fail.
const SHOWN: HeaderValue = HeaderValue::from_static("x-amzn-requestid, x-hearth-cache, date");
/// Headers that scripts may send: all, and the one that "all" does not mean.
const SENT: HeaderValue = HeaderValue::from_static("*, authorization");
/// Two days, as DynamoDB says.
const MAX_AGE_S: &str = "172800";

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))])
    }

    fn shown(origins: &Origins, headers: &HeaderMap) -> Option<String> {
        let mut answer = HeaderMap::new();
        origins.admit(headers)?.show(&mut answer);
        let origin = answer.get(ACCESS_CONTROL_ALLOW_ORIGIN).expect("it was admitted");
        Some(origin.to_str().expect("text").to_owned())
    }

    #[test]
    fn a_page_is_admitted_by_its_whole_origin() {
        let origins = Origins::Listed(vec!["https://app.example:8443".to_owned()]);

        let told = shown(&origins, &asked("https://app.example:8443"));

        assert_eq!(told.as_deref(), Some("https://app.example:8443"));
        for other in ["https://app.example", "http://app.example:8443", "null", "https://evil"] {
            assert_eq!(shown(&origins, &asked(other)), None, "{other}");
        }
    }

    #[test]
    fn by_default_none_is() {
        assert_eq!(shown(&Origins::default(), &asked("http://localhost:3000")), None);
    }

    #[test]
    fn all_are_told_the_same_if_all_may() {
        assert_eq!(shown(&Origins::Any, &asked("null")).as_deref(), Some("*"));
        assert_eq!(shown(&Origins::Any, &HeaderMap::new()), None);
    }
}
