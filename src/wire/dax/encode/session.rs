//! Writes what clients ask before and between their requests for data.

use std::net::{IpAddr, SocketAddr};

use super::success;
use crate::model::TableSchema;

/// A node of the cluster as clients see it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Node {
    /// Where clients connect to.
    pub address: SocketAddr,
}

/// The answer to endpoints: the nodes, which all take writes.
pub fn encode_endpoints(nodes: &[Node]) -> Vec<u8> {
    let mut writer = success();
    writer.array(nodes.len());
    for (id, node) in (0..).zip(nodes) {
        // No client leaves out a key that it does not know.
        writer.map(7);
        writer.unsigned(0);
        writer.unsigned(id);
        writer.unsigned(1);
        writer.text(&node.address.ip().to_string());
        writer.unsigned(2);
        match node.address.ip() {
            IpAddr::V4(address) => writer.bytes(&address.octets()),
            IpAddr::V6(address) => writer.bytes(&address.octets()),
        }
        writer.unsigned(3);
        writer.unsigned(node.address.port().into());
        writer.unsigned(4);
        writer.unsigned(LEADER);
        writer.unsigned(5);
        writer.text(ZONE);
        writer.unsigned(6);
        writer.unsigned(0);
    }
    writer.finish()
}

/// The answer to defineKeySchema.
pub fn encode_key_schema(schema: &TableSchema) -> Vec<u8> {
    let mut writer = success();
    writer.map(1 + usize::from(schema.range.is_some()));
    for attribute in std::iter::once(&schema.hash).chain(&schema.range) {
        writer.text(&attribute.name);
        writer.text(attribute.kind.name());
    }
    writer.finish()
}

/// The answer to defineAttributeListId.
pub fn encode_list_id(id: u64) -> Vec<u8> {
    let mut writer = success();
    writer.unsigned(id);
    writer.finish()
}

/// The answer to defineAttributeList.
pub fn encode_list(names: &[Box<str>]) -> Vec<u8> {
    let mut writer = success();
    writer.array(names.len());
    for name in names {
        writer.text(name);
    }
    writer.finish()
}

/// One client waits for a node with this role before it starts.
const LEADER: u64 = 1;
const ZONE: &str = "local";
