//! Why an endpoint is not reached or not understood, in words.
//!
//! Must hold: each fix is something that whoever reads it can do.
//! Not here: how a failure is found (`examine.rs`, `load/probe/`), what servers refuse (`refusals.rs`).

use std::net::SocketAddr;

use super::chart::Ill;
use crate::cli::error::sentence;
use crate::load::Error as LoadError;
use crate::load::probe::{TlsFault, UNTRUSTED, Unreached, Voice};

/// The name has no address.
pub(super) fn unresolved(error: &LoadError) -> Ill {
    ill(sentence(error), "Correct the name, or the resolver of this machine")
}

/// Nobody answers.
pub(super) fn unreached(why: &Unreached, url: &str) -> Ill {
    match why {
        Unreached::Refused => ill(
            format!("nobody listens at {url}"),
            "Start hearth serve there; if it runs, its ready line has the addresses that it \
             listens on, and one of 127.0.0.1 is reached from its own machine alone",
        ),
        Unreached::Silent => ill(
            format!("nothing comes back from {url}"),
            "Look for a firewall or security group in between, and whether the address is the \
             right one",
        ),
        Unreached::Tls(fault) => tls(fault),
        Unreached::Other(error) => ill(
            format!("{url} cannot be reached: {error}"),
            "Look at the network and the routes of this machine",
        ),
    }
}

/// The certificate is of no use.
pub(super) fn tls(fault: &TlsFault) -> Ill {
    match fault {
        TlsFault::UnknownAuthority => ill(
            UNTRUSTED,
            "Name the authority's certificate with --ca-file, for tls.self_signed the file \
             tls.pem of the server's data directory, and give it to your clients, too",
        ),
        TlsFault::WrongName => ill(
            "the certificate is for other names than the one in the URL",
            "Use a name that it has, or get one that has this name; one of tls.self_signed has \
             those of server.allowed_hosts",
        ),
        TlsFault::Expired => ill(
            "the certificate has expired, or the clock of this machine is ahead",
            "Renew it and send hearth SIGHUP, or set the clock",
        ),
        TlsFault::NotYetValid => ill(
            "the certificate is not valid yet, or the clock of this machine is behind",
            "Set the clock of this machine, or that where the certificate was made",
        ),
        TlsFault::NotTls => no_tls(None, ""),
        TlsFault::Other(why) => ill(
            format!("TLS cannot be agreed on: {why}"),
            "Look at the certificate, and at what TLS versions both sides have",
        ),
    }
}

/// What answers speaks no TLS.
pub(super) fn no_tls(voice: Option<Voice>, url: &str) -> Ill {
    let fix = match voice {
        Some(Voice::Http) => format!("Give it as {}", with_scheme("http", url)),
        Some(Voice::Dax) => format!("Give it as {}", with_scheme("dax", url)),
        Some(Voice::Tls) | None => "Correct the port: server.https_listen and server.daxs_listen \
            are those with TLS"
            .to_owned(),
    };
    ill("what answers there speaks no TLS", fix)
}

/// It speaks something else than its URL says.
pub(super) fn other_protocol(voice: Option<Voice>, url: &str) -> Ill {
    let is_dax = url.starts_with("dax");
    let has_tls = url.starts_with("https:") || url.starts_with("daxs:");
    match voice {
        Some(Voice::Http) if is_dax => {
            let scheme = if has_tls { "https" } else { "http" };
            ill(
                "this is a port of HTTP, not of DAX",
                format!(
                    "Give it as {}, or take the port of {}",
                    with_scheme(scheme, url),
                    if has_tls { "server.daxs_listen" } else { "server.dax_listen" }
                ),
            )
        }
        Some(Voice::Dax) if !is_dax => {
            let scheme = if has_tls { "daxs" } else { "dax" };
            ill(
                "this is a port of DAX, not of HTTP",
                format!(
                    "Give it as {}, or take the port of {}",
                    with_scheme(scheme, url),
                    if has_tls { "server.https_listen" } else { "server.listen" }
                ),
            )
        }
        Some(Voice::Tls) => {
            let scheme = if is_dax { "daxs" } else { "https" };
            ill("this port speaks TLS", format!("Give it as {}", with_scheme(scheme, url)))
        }
        Some(Voice::Http | Voice::Dax) => ill(
            "it hung up on a request of the protocol that it speaks",
            "Look into the log of the server; it may be overloaded or about to stop",
        ),
        None => ill(
            "what answers there speaks neither HTTP nor DAX, or did not answer in time",
            "Correct the port; the ready line of hearth serve has all of them",
        ),
    }
}

/// It speaks HTTP, but is no DynamoDB.
pub(super) fn not_dynamodb(status: u16) -> Ill {
    ill(
        format!("what answers there speaks HTTP, but not DynamoDB's API (status {status})"),
        "Correct the port: that of server.listen, not the admin port; a proxy in between must \
         pass POST / and its headers on",
    )
}

/// The clocks differ, if they do.
pub(super) fn skew(ours_unix_s: u64, theirs_unix_s: u64) -> Option<Ill> {
    let apart = ours_unix_s.abs_diff(theirs_unix_s);
    if apart <= SKEW_SECONDS_MAX {
        return None;
    }
    let side = if ours_unix_s > theirs_unix_s { "ahead of" } else { "behind" };
    let cause = format!("the clock of this machine is {apart} s {side} that of the server");
    Some(ill(cause, CLOCKS))
}

/// A node that clients are told of cannot be reached.
pub(super) fn unreached_node(node: SocketAddr, why: &Unreached, has_tls: bool) -> Ill {
    let (own, others) = if has_tls {
        ("dax.advertise_tls", "dax.peers_tls")
    } else {
        ("dax.advertise", "dax.peers")
    };
    let why = match why {
        Unreached::Refused => "nobody listens there".to_owned(),
        Unreached::Silent => "nothing comes back".to_owned(),
        Unreached::Tls(fault) => tls(fault).cause,
        Unreached::Other(error) => error.to_string(),
    };
    ill(
        format!("clients are told to connect to {node}, which cannot be reached from here: {why}"),
        format!("Set {own} (or {others}) to addresses that your clients reach, and restart hearth"),
    )
}

/// A list of nodes that has none.
pub(super) fn no_nodes() -> Ill {
    ill("clients are told of no node", "Wait until the server has started, or look into its log")
}

/// What is wrong, and what to do about it.
pub(super) fn ill(cause: impl Into<String>, fix: impl Into<String>) -> Ill {
    Ill { cause: trimmed(&cause.into()), fix: trimmed(&fix.into()) }
}

/// Without what a server's sentence ends with.
fn trimmed(text: &str) -> String {
    text.trim_end_matches(['.', ' ']).to_owned()
}

/// The URL with another scheme.
fn with_scheme(scheme: &str, url: &str) -> String {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    format!("{scheme}://{place}")
}

/// A third of what signatures may be apart.
const SKEW_SECONDS_MAX: u64 = 300;
pub(super) const CLOCKS: &str = "Set both clocks, best by NTP: a signature is good for 15 minutes";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_told_apart_by_minutes_not_by_seconds() {
        assert!(skew(1_000, 1_300).is_none() && skew(1_300, 1_000).is_none());
        let behind = skew(1_000, 2_000).expect("they are apart");
        assert!(behind.cause.contains("1000 s behind"), "{}", behind.cause);
        assert!(skew(2_000, 1_000).expect("they are apart").cause.contains("ahead of"));
    }

    #[test]
    fn another_scheme_keeps_the_place() {
        let ill = other_protocol(Some(Voice::Http), "daxs://[::1]:9111");

        assert!(ill.fix.contains("https://[::1]:9111"), "{}", ill.fix);
        assert!(no_tls(Some(Voice::Dax), "https://h:1").fix.contains("dax://h:1"));
    }
}
