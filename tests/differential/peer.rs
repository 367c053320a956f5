//! The second opinion: a real process on a free loopback port, ended with the test.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Answer, Connection, wait_until};

/// A running peer and a connection to it.
pub(crate) struct Peer {
    process: Child,
    connection: Connection,
}

impl Peer {
    /// Starts the program that `HEARTH_PEER` names.
    pub(crate) fn start() -> Self {
        let program = std::env::var_os("HEARTH_PEER").map(PathBuf::from);
        let program = program.expect("HEARTH_PEER names the program; scripts/test sets it");
        let port = free_port();
        let mut process = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the peer starts");
        let stderr = process.stderr.take().expect("it is piped");
        // What it says must be read, or else it stops once the pipe is full.
        std::thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).for_each(drop);
        });
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let connection = wait_until("the peer to listen", || Connection::open(address).ok());
        Self { process, connection }
    }

    /// Sends an operation and waits for its answer.
    pub(crate) fn call(&mut self, operation: &str, request: &Value) -> Answer {
        let body = request.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: DynamoDB_20120810.{operation}\r\nX-Amz-Date: 20260101T000000Z\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=any\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let sent = self.connection.send((head + &body).as_bytes());
        let response = sent.and_then(|()| self.connection.receive()).expect("the peer answers");
        let body = serde_json::from_slice(&response.body).expect("the peer answers in JSON");
        Answer { status: response.status, body }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    listener.local_addr().expect("it is bound").port()
}
