//! Writes the answers of DAX's control plane.
//!
//! Must hold: members that hearth has nothing to say in are left out: subnets, security groups,
//! roles, maintenance windows.

use std::net::SocketAddr;

use super::{Cluster, PARAMETER_GROUP, PARAMETER_SOURCE, Parameter, TTL_MS_MAX};
use crate::model::Answer;
use crate::wire::json::encode::write::{Separator, plain, text};
use crate::wire::json::encode::written;

/// What is told; all of it is about the one cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Response {
    /// The cluster, in a list of its own.
    Clusters,
    /// What happened to the cluster.
    Events(Vec<Event>),
    /// The group of parameters that was changed.
    ParameterGroup,
    /// The group of parameters, in a list of its own.
    ParameterGroups,
    /// Parameters and their values in milliseconds.
    Parameters(Vec<(Parameter, u64)>),
    /// No groups of subnets.
    SubnetGroups,
    /// No tags.
    Tags,
}

/// Something that happened to the cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Event {
    /// What.
    pub message: &'static str,
    /// Seconds since 1970.
    pub unix_s: u64,
}

/// Writes an answer.
pub fn encode(response: &Response, cluster: &Cluster) -> Answer {
    written(|out| {
        object(out, |members| match response {
            Response::Clusters => members.list("Clusters", [cluster], described),
            Response::Events(events) => members.list("Events", events, |members, event| {
                members.text("SourceName", &cluster.name);
                members.text("SourceType", "CLUSTER");
                members.text("Message", event.message);
                members.number("Date", event.unix_s);
            }),
            Response::ParameterGroup => members.object("ParameterGroup", group),
            Response::ParameterGroups => {
                members.list("ParameterGroups", [()], |members, ()| group(members));
            }
            Response::Parameters(values) => members.list("Parameters", values, parameter),
            Response::SubnetGroups => members.list("SubnetGroups", NONE, |_, ()| {}),
            Response::Tags => members.list("Tags", NONE, |_, ()| {}),
        });
    })
}

fn described(members: &mut Members<'_>, cluster: &Cluster) {
    members.text("ClusterName", &cluster.name);
    members.text("ClusterArn", &cluster.arn());
    members.number("TotalNodes", 1);
    members.number("ActiveNodes", 1);
    members.text("NodeType", &cluster.node_type);
    members.text("Status", "available");
    if let Some(address) = cluster.endpoint {
        members.object("ClusterDiscoveryEndpoint", |members| {
            endpoint(members, address);
            let scheme = if cluster.is_tls { "daxs" } else { "dax" };
            members.text("URL", &format!("{scheme}://{address}"));
        });
    }
    members.list("Nodes", [cluster], node);
    members.object("ParameterGroup", |members| {
        members.text("ParameterGroupName", PARAMETER_GROUP);
        members.text("ParameterApplyStatus", "in-sync");
        members.list("NodeIdsToReboot", NONE, |_, ()| {});
    });
    members.object("SSEDescription", |members| members.text("Status", "DISABLED"));
    let encryption = if cluster.is_tls { "TLS" } else { "NONE" };
    members.text("ClusterEndpointEncryptionType", encryption);
    if let Some(address) = cluster.endpoint {
        members.text("NetworkType", if address.is_ipv4() { "ipv4" } else { "ipv6" });
    }
}

fn node(members: &mut Members<'_>, cluster: &Cluster) {
    members.text("NodeId", &cluster.node_id());
    if let Some(address) = cluster.endpoint {
        members.object("Endpoint", |members| endpoint(members, address));
    }
    members.number("NodeCreateTime", cluster.started_unix_s);
    members.text("AvailabilityZone", &format!("{}a", cluster.region));
    members.text("NodeStatus", "available");
    members.text("ParameterGroupStatus", "in-sync");
}

fn endpoint(members: &mut Members<'_>, address: SocketAddr) {
    members.text("Address", &address.ip().to_string());
    members.number("Port", u64::from(address.port()));
}

fn group(members: &mut Members<'_>) {
    members.text("ParameterGroupName", PARAMETER_GROUP);
    members.text("Description", "How long this hearth caches");
}

fn parameter(members: &mut Members<'_>, (parameter, ms): &(Parameter, u64)) {
    members.text("ParameterName", parameter.name());
    members.text("ParameterType", "DEFAULT");
    members.text("ParameterValue", &ms.to_string());
    members.list("NodeTypeSpecificValues", NONE, |_, ()| {});
    members.text(
        "Description",
        match parameter {
            Parameter::QueryTtl => {
                "Milliseconds that a page of a query or scan is cached; 0 is never"
            }
            Parameter::RecordTtl => "Milliseconds that an item is cached; 0 is without limit",
        },
    );
    members.text("Source", PARAMETER_SOURCE);
    members.text("DataType", "integer");
    members.text("AllowedValues", &format!("0-{TTL_MS_MAX}"));
    members.text("IsModifiable", "TRUE");
    members.text("ChangeType", "IMMEDIATE");
}

/// An object that is being written.
struct Members<'a> {
    out: &'a mut Vec<u8>,
    separator: Separator,
}

impl Members<'_> {
    fn text(&mut self, name: &str, value: &str) {
        self.separator.name(self.out, name);
        text(self.out, value);
    }

    fn number(&mut self, name: &str, value: u64) {
        self.separator.name(self.out, name);
        plain(self.out, value);
    }

    fn object(&mut self, name: &str, fill: impl FnOnce(&mut Members<'_>)) {
        self.separator.name(self.out, name);
        object(self.out, fill);
    }

    /// A list of one object for each of `elements`.
    fn list<T>(
        &mut self,
        name: &str,
        elements: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Members<'_>, T),
    ) {
        self.separator.name(self.out, name);
        self.out.push(b'[');
        let mut separator = Separator::start();
        for element in elements {
            separator.next(self.out);
            object(self.out, |members| fill(members, element));
        }
        self.out.push(b']');
    }
}

fn object(out: &mut Vec<u8>, fill: impl FnOnce(&mut Members<'_>)) {
    out.push(b'{');
    fill(&mut Members { out, separator: Separator::start() });
    out.push(b'}');
}

/// The elements of an empty list.
const NONE: [(); 0] = [];

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster() -> Cluster {
        Cluster {
            name: "hearth".to_owned(),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            endpoint: Some(SocketAddr::from(([127, 0, 0, 1], 8111))),
            is_tls: false,
            started_unix_s: 1_795_463_320,
            node_type: "dax.hearth".to_owned(),
        }
    }

    fn json(response: &Response, cluster: &Cluster) -> String {
        let answer = encode(response, cluster);
        String::from_utf8(answer.body.to_vec()).expect("utf-8")
    }

    #[test]
    fn a_cluster_is_described_to_the_letter() {
        assert_eq!(
            json(&Response::Clusters, &cluster()),
            "{\"Clusters\":[{\"ClusterName\":\"hearth\",\
             \"ClusterArn\":\"arn:aws:dax:us-east-1:000000000000:cache/hearth\",\
             \"TotalNodes\":1,\"ActiveNodes\":1,\"NodeType\":\"dax.hearth\",\
             \"Status\":\"available\",\"ClusterDiscoveryEndpoint\":{\"Address\":\"127.0.0.1\",\
             \"Port\":8111,\"URL\":\"dax://127.0.0.1:8111\"},\"Nodes\":[{\"NodeId\":\"hearth-a\",\
             \"Endpoint\":{\"Address\":\"127.0.0.1\",\"Port\":8111},\
             \"NodeCreateTime\":1795463320,\"AvailabilityZone\":\"us-east-1a\",\
             \"NodeStatus\":\"available\",\"ParameterGroupStatus\":\"in-sync\"}],\
             \"ParameterGroup\":{\"ParameterGroupName\":\"default.dax1.0\",\
             \"ParameterApplyStatus\":\"in-sync\",\"NodeIdsToReboot\":[]},\
             \"SSEDescription\":{\"Status\":\"DISABLED\"},\
             \"ClusterEndpointEncryptionType\":\"NONE\",\"NetworkType\":\"ipv4\"}]}"
        );
    }

    #[test]
    fn a_cluster_with_tls_says_so_and_one_without_a_port_names_none() {
        let endpoint = "[::1]:9111".parse().ok();
        let tls = json(&Response::Clusters, &Cluster { endpoint, is_tls: true, ..cluster() });
        let without = json(&Response::Clusters, &Cluster { endpoint: None, ..cluster() });

        assert!(tls.contains("{\"Address\":\"::1\",\"Port\":9111,\"URL\":\"daxs://[::1]:9111\"}"));
        assert!(tls.contains("\"ClusterEndpointEncryptionType\":\"TLS\",\"NetworkType\":\"ipv6\""));
        assert!(!without.contains("Endpoint\":{") && !without.contains("NetworkType"), "{without}");
    }

    #[test]
    fn parameters_are_described_to_the_letter() {
        let response = Response::Parameters(vec![(Parameter::RecordTtl, 300_000)]);

        assert_eq!(
            json(&response, &cluster()),
            "{\"Parameters\":[{\"ParameterName\":\"record-ttl-millis\",\
             \"ParameterType\":\"DEFAULT\",\"ParameterValue\":\"300000\",\
             \"NodeTypeSpecificValues\":[],\"Description\":\
             \"Milliseconds that an item is cached; 0 is without limit\",\"Source\":\"user\",\
             \"DataType\":\"integer\",\"AllowedValues\":\"0-315360000000\",\
             \"IsModifiable\":\"TRUE\",\"ChangeType\":\"IMMEDIATE\"}]}"
        );
    }

    #[test]
    fn lists_of_everything_else_are_short_or_empty() {
        let event = Event { message: "Cluster created.", unix_s: 7 };
        let group = "{\"ParameterGroupName\":\"default.dax1.0\",\
                     \"Description\":\"How long this hearth caches\"}";

        for (response, expected) in [
            (
                Response::Events(vec![event]),
                "{\"Events\":[{\"SourceName\":\"hearth\",\"SourceType\":\"CLUSTER\",\
                 \"Message\":\"Cluster created.\",\"Date\":7}]}"
                    .to_owned(),
            ),
            (Response::Events(Vec::new()), "{\"Events\":[]}".to_owned()),
            (Response::ParameterGroup, format!("{{\"ParameterGroup\":{group}}}")),
            (Response::ParameterGroups, format!("{{\"ParameterGroups\":[{group}]}}")),
            (Response::SubnetGroups, "{\"SubnetGroups\":[]}".to_owned()),
            (Response::Tags, "{\"Tags\":[]}".to_owned()),
        ] {
            assert_eq!(json(&response, &cluster()), expected);
        }
    }
}
