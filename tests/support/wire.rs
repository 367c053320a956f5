//! A client's connection, in either protocol.
//!
//! Not here: which client has which (`stage.rs`).

use std::io;
use std::net::SocketAddr;

use hearth::api::Operation;
use serde_json::Value;

use super::{Answer, DaxClient, Db};

/// A connection that carries operations.
pub(crate) enum Wire {
    Http(Db),
    Dax(DaxClient),
}

impl Wire {
    /// As JSON.
    pub(crate) fn http(address: SocketAddr) -> io::Result<Self> {
        Db::try_connect(address).map(Self::Http)
    }

    /// As a client of DAX.
    pub(crate) fn dax(address: SocketAddr) -> io::Result<Self> {
        DaxClient::try_connect(address).map(Self::Dax)
    }

    /// Sends an operation and waits for its answer, if the connection holds.
    pub(crate) fn try_call(&mut self, operation: &str, request: &Value) -> io::Result<Answer> {
        match self {
            Self::Http(db) => db.try_call(operation, request),
            Self::Dax(client) => client.try_answer(operation, request),
        }
    }

    /// Whether it is told of what a condition did not hold.
    pub(crate) fn tells_failed_items(&self) -> bool {
        matches!(self, Self::Http(_))
    }

    /// Sends an operation and hangs up without waiting for anything.
    pub(crate) fn send_and_hang_up(self, operation: &str, request: &Value) {
        match self {
            Self::Http(db) => db.send_and_hang_up(operation, request),
            Self::Dax(client) => {
                let operation = Operation::of_name(operation).expect("an operation of DynamoDB");
                client.send_and_hang_up(operation, request);
            }
        }
    }
}
