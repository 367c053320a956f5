//! The nodes that clients are told to connect to.
//!
//! Clients connect to the addresses of this list and not to the one that they were given. Behind
//! address translation, or in a container, it must be configured.
//!
//! Must hold: a node that is stopping is not in its own list, if there are others.

use std::net::SocketAddr;

use crate::wire::dax::Node;

/// Where clients are told to connect.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    /// This node; by default it is wherever the client came to.
    pub own: Option<SocketAddr>,
    /// Other nodes of the same cluster.
    pub others: Vec<SocketAddr>,
}

impl Nodes {
    /// The list for a client that came to this address.
    pub(super) fn for_client_of(&self, local: SocketAddr, is_stopping: bool) -> Vec<Node> {
        // Who came over IPv4 to a socket of IPv6 is told an address of IPv4.
        let came_to = SocketAddr::new(local.ip().to_canonical(), local.port());
        let own = self.own.unwrap_or(came_to);
        let own = (!is_stopping || self.others.is_empty()).then_some(own);
        own.into_iter().chain(self.others.iter().copied()).map(|address| Node { address }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn list(nodes: &Nodes, is_stopping: bool) -> Vec<SocketAddr> {
        let nodes = nodes.for_client_of(address("10.0.0.1:8111"), is_stopping);
        nodes.into_iter().map(|node| node.address).collect()
    }

    #[test]
    fn a_client_is_sent_where_it_came_unless_told_otherwise() {
        let own = Some(address("192.0.2.1:9000"));

        assert_eq!(list(&Nodes::default(), false), [address("10.0.0.1:8111")]);
        let mapped = address("[::ffff:10.0.0.1]:8111");
        let nodes = Nodes::default().for_client_of(mapped, false);
        assert_eq!(nodes, [Node { address: address("10.0.0.1:8111") }]);
        assert_eq!(list(&Nodes { own, others: Vec::new() }, false), [address("192.0.2.1:9000")]);
    }

    #[test]
    fn who_stops_leaves_the_list_if_there_is_another() {
        let other = address("192.0.2.2:9000");
        let nodes = Nodes { own: None, others: vec![other] };

        assert_eq!(list(&nodes, false), [address("10.0.0.1:8111"), other]);
        assert_eq!(list(&nodes, true), [other]);
        assert_eq!(list(&Nodes::default(), true), [address("10.0.0.1:8111")]);
    }
}
