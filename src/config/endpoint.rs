//! Addresses of a service behind hearth.
//!
//! Must hold: an [`Endpoint`] is a scheme, a host and a port and nothing else: a path, a query or a
//! user in it would be dropped in silence by whoever connects.
//! Not here: who connects (`engine/upstream/`).

use std::fmt;
use std::net::IpAddr;

use super::value::{Problem, Raw, Value, quoted};

/// Where one node of a service listens.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Endpoint {
    is_https: bool,
    /// In lower case, an address of version 6 without its brackets.
    host: String,
    port: u16,
}

impl Endpoint {
    /// Whether requests go through TLS.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// As a `Host` header has it: without the scheme's own port.
    fn authority(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == own_port(self.is_https) { host } else { format!("{host}:{}", self.port) }
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|ip| ip.to_canonical().is_loopback())
    }

    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_https = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match authority.strip_prefix('[') {
            Some(bracketed) => {
                let (host, port) = bracketed.split_once(']')?;
                (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let is_known = if authority.starts_with('[') {
            host.parse::<std::net::Ipv6Addr>().is_ok()
        } else {
            is_host_name(host)
        };
        let port = match port {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|port| *port > 0)?
            }
            Some(_) => return None,
            None => own_port(is_https),
        };
        is_known.then(|| Self { is_https, host: host.to_ascii_lowercase(), port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// One, or none and "".
impl Value for Option<Endpoint> {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let unlike =
            || raw.unlike("a URL such as https://dynamodb.eu-west-1.amazonaws.com, or \"\"");
        match raw.text() {
            Some("") => Ok(None),
            Some(text) => Endpoint::parse(text).map(Some).ok_or_else(unlike),
            None => Err(unlike()),
        }
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| quoted(""), |endpoint| quoted(&endpoint.to_string()))
    }
}

impl Value for Vec<Endpoint> {
    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        let unlike = || raw.unlike("a list of at most 64 URLs, such as http://10.0.0.2:8000");
        let texts = Vec::<String>::read(raw).map_err(|_| unlike())?;
        let known = || texts.iter().map(|text| Endpoint::parse(text)).collect::<Option<_>>();
        Some(()).filter(|()| texts.len() <= ENDPOINTS_MAX).and_then(|()| known()).ok_or_else(unlike)
    }

    fn show(&self) -> String {
        let texts: Vec<String> = self.iter().map(ToString::to_string).collect();
        texts.show()
    }
}

fn own_port(is_https: bool) -> u16 {
    if is_https { 443 } else { 80 }
}

fn is_host_name(host: &str) -> bool {
    let admits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=HOST_BYTES_MAX).contains(&host.len()) && host.bytes().all(admits)
}

/// What DNS allows a name.
const HOST_BYTES_MAX: usize = 253;
const ENDPOINTS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Endpoint {
        Endpoint::parse(text).unwrap_or_else(|| panic!("{text} is one"))
    }

    #[test]
    fn an_endpoint_is_a_scheme_a_host_and_a_port() {
        let cases = [
            ("https://dynamodb.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com", 443),
            ("http://Node-1:8000/", "node-1", 8000),
            ("http://localhost", "localhost", 80),
            ("http://[::1]:8000", "::1", 8000),
            ("https://[2001:db8::1]", "2001:db8::1", 443),
        ];
        for (text, host, port) in cases {
            let read = endpoint(text);

            assert_eq!((&*read.host, read.port), (host, port), "{text}");
            assert_eq!(endpoint(&read.to_string()), read);
        }
        assert_eq!(endpoint("http://[::1]:80/").to_string(), "http://[::1]");
        assert_eq!(endpoint("https://a:80").authority(), "a:80");
    }

    #[test]
    fn what_would_be_dropped_on_the_way_is_refused() {
        let texts = [
            "",
            "a:8000",
            "ftp://a",
            "https://",
            "http://a/path",
            "http://a?b",
            "http://u@a",
            "http://a:0",
            "http://a:65536",
            "http://a:+1",
            "http://a:",
            "http://[::1",
            "http://[a]",
            "http://::1",
            "http://[::1]8000",
            "HTTP://a",
            "http://a b",
        ];
        for text in texts {
            assert_eq!(Endpoint::parse(text), None, "{text}");
        }
        assert!(Endpoint::parse(&format!("http://{}", "a".repeat(253))).is_some());
        assert!(Endpoint::parse(&format!("http://{}", "a".repeat(254))).is_none());
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for text in ["http://localhost:1", "http://127.8.0.1", "http://[::1]"] {
            assert!(endpoint(text).is_loopback(), "{text}");
        }
        for text in ["http://10.0.0.1", "http://localhost.example", "http://[2001:db8::1]"] {
            assert!(!endpoint(text).is_loopback(), "{text}");
        }
    }

    #[test]
    fn a_list_has_a_bound() {
        let list = |count: usize| vec!["http://a"; count].join(",");
        let read = |text: &str| Vec::<Endpoint>::read(&Raw::Text(text));

        assert_eq!(read(&list(64)).map(|list| list.len()), Ok(64));
        assert!(read(&list(65)).is_err());
        assert_eq!(read(""), Ok(Vec::new()));
    }
}
