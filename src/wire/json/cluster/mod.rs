//! DAX's control plane, as the AWS SDKs and the AWS CLI speak it: JSON 1.1 about clusters, their
//! parameters and events.
//!
//! Must hold: a body is read and refused by the rules of the tables' own (`decode/`); a member that
//! is missing reads as an empty one, which names nothing.
//! Not here: what there is to describe and what can be changed (`server/http/cluster.rs`); DAX's own
//! wire, which is not JSON.

mod answer;
mod fault;
mod operation;
mod request;

pub use answer::{Event, Response, encode};
pub use fault::{Fault, FaultKind, encode_fault};
pub use operation::{Operation, TARGET_PREFIX};
pub use request::{EventFilter, Foreign, ParameterValue, Request, decode};

use std::net::SocketAddr;

/// The one cluster that is described: this process.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// Where it is said to be.
    pub region: String,
    /// Whose it is.
    pub account: String,
    /// Where clients of DAX's wire connect, if they can: an address of this machine, not "any".
    pub endpoint: Option<SocketAddr>,
    /// Whether they speak TLS there.
    pub is_tls: bool,
    /// Seconds since 1970 at its start.
    pub started_unix_s: u64,
    /// What it runs on.
    pub node_type: String,
}

impl Cluster {
    /// The name by which it can be tagged and permitted.
    pub fn arn(&self) -> String {
        format!("arn:aws:dax:{}:{}:cache/{}", self.region, self.account, self.name)
    }

    /// The name of its one node.
    pub fn node_id(&self) -> String {
        format!("{}-a", self.name)
    }
}

/// A parameter of a group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Parameter {
    /// How long pages of queries and scans are cached; 0 caches none.
    QueryTtl,
    /// How long items and their absences are cached; 0 is without limit.
    RecordTtl,
}

impl Parameter {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 2] = [Self::QueryTtl, Self::RecordTtl];

    /// As requests and answers name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::QueryTtl => "query-ttl-millis",
            Self::RecordTtl => "record-ttl-millis",
        }
    }

    /// The parameter of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| parameter.name() == name)
    }
}

/// The one group of parameters, by the name of the one that every account of DAX has.
pub const PARAMETER_GROUP: &str = "default.dax1.0";
/// Who chose its parameters, in the service's word, which it has even for those nobody chose.
pub const PARAMETER_SOURCE: &str = "user";
/// The longest time to live that can be given, ten years; it also stands for one without limit.
pub const TTL_MS_MAX: u64 = 10 * 365 * 24 * 60 * 60 * 1_000;
