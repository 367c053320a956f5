//! The nodes that an Alternator's nodes tell of.
//!
//! Must hold: a list that cannot be had, or is empty, leaves the one before; a list has a bound; no
//! node is asked over another scheme or port than the endpoint that told of it.
//! Not here: which of them is asked for what (`fleet.rs`).

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Uri};

use super::Client;
use super::failure::{Fault, What};
use super::options::Discover;
use super::place::Place;
use super::plain::{Role, exchange};
use crate::net::{Endpoint, Trust};
use crate::task::Drain;

impl Client {
    /// Asks for the nodes now and then, if the service tells of them, until the process drains.
    pub async fn tend(&self, drain: Drain) {
        if self.shared.discover == Discover::Off {
            return;
        }
        let mut was_found = true;
        while !drain.has_begun() {
            let found = self.discover().await;
            if let (Err(fault), true) = (&found, was_found) {
                tracing::warn!(%fault, "upstream nodes not found");
            }
            was_found = found.is_ok();
            tokio::select! {
                () = tokio::time::sleep(ASK_EVERY) => {}
                () = drain.begun() => {}
            }
        }
    }

    /// Asks for the nodes now, one endpoint after the other until one tells; how many there are.
    pub async fn discover(&self) -> Result<usize, Fault> {
        let shared = &self.shared;
        let mut why = String::new();
        for place in shared.fleet.tellers(&shared.chance) {
            match told_by(&place.endpoint, shared.trust.as_ref()).await {
                Ok(nodes) => {
                    let count = nodes.len();
                    shared.fleet.set_nodes(nodes);
                    shared.count_endpoints();
                    return Ok(count);
                }
                Err(end) => why = format!("{} {end}", place.endpoint.url()),
            }
        }
        Err(Fault::new(What::Connect, why))
    }
}

/// The nodes that an endpoint tells of.
pub(super) async fn told_by(
    endpoint: &Endpoint,
    trust: Option<&Trust>,
) -> Result<Vec<Place>, String> {
    let mut request = Request::new(Full::<Bytes>::default());
    *request.uri_mut() = Uri::from_static("/localnodes");
    let told = exchange(Role::Service, endpoint, trust, request).await;
    told.and_then(|body| nodes(&body, endpoint))
}

/// The nodes of a list, as places like that which told of them.
fn nodes(body: &[u8], told_by: &Endpoint) -> Result<Vec<Place>, String> {
    let hosts: Vec<String> =
        serde_json::from_slice(body).map_err(|_| "gave no list of nodes".to_owned())?;
    let place = |host: &String| {
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let scheme = if told_by.scheme.has_tls() { "https" } else { "http" };
        let url = format!("{scheme}://{host}");
        let standard = Endpoint::parse(&url).ok()?;
        let is_standard = standard.port == told_by.port;
        let url = if is_standard { url } else { format!("{url}:{}", told_by.port) };
        Place::parse(&url).ok()
    };
    let nodes: Vec<Place> = hosts.iter().take(NODES_MAX).filter_map(place).collect();
    if nodes.is_empty() { Err("gave a list without nodes".to_owned()) } else { Ok(nodes) }
}

const ASK_EVERY: Duration = Duration::from_secs(5);
const NODES_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(body: &str, told_by: &str) -> Result<Vec<String>, String> {
        let told_by = Endpoint::parse(told_by).expect("an endpoint");
        let nodes = nodes(body.as_bytes(), &told_by)?;
        Ok(nodes.into_iter().map(|node| node.url).collect())
    }

    #[test]
    fn nodes_are_spoken_to_as_the_one_that_told_of_them() {
        let list = r#"["10.0.0.1", "fd00::1", "node-3"]"#;

        let http = urls(list, "http://seed:8000");
        let https = urls(list, "https://seed");

        let expected = ["http://10.0.0.1:8000/", "http://[fd00::1]:8000/", "http://node-3:8000/"];
        assert_eq!(http.expect("a list"), expected);
        let expected = ["https://10.0.0.1/", "https://[fd00::1]/", "https://node-3/"];
        assert_eq!(https.expect("a list"), expected);
    }

    #[test]
    fn what_is_no_list_of_nodes_is_refused() {
        for body in ["", "{}", "[]", "[1]", r#"["a b", "me@host", "x/y?z"]"#] {
            assert!(urls(body, "http://seed:8000").is_err(), "{body}");
        }
    }

    #[test]
    fn a_list_has_a_bound() {
        let list = |count: usize| {
            let names: Vec<String> = (0..count).map(|n| format!("\"n{n}\"")).collect();
            urls(&format!("[{}]", names.join(",")), "http://seed").map(|urls| urls.len())
        };

        assert_eq!(list(NODES_MAX), Ok(NODES_MAX));
        assert_eq!(list(NODES_MAX + 1), Ok(NODES_MAX));
    }
}
