//! Other programs that speak DynamoDB's API, as `scripts/bench` installs them below `target/peers`.
//!
//! Each runs as it does when it is started by hand: all keep everything in memory, dynoxide because it
//! is given no path. moto closes each connection with its answer, and gets another for each request.
//!
//! Not here: hearth, redis and memcached (`servers.rs`).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::client::{Client, http_answer_length};
use crate::contest::Load;
use crate::process::Server;
use crate::servers;

/// A peer that runs, with the table and the hot items.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) server: Server,
    closes: bool,
}

impl Peer {
    /// The load of so many connections.
    pub(crate) fn load(&self, connections: usize) -> Load {
        Load { anew: self.closes, ..Load::of(connections) }
    }
}

/// How a peer is started.
struct Start {
    name: &'static str,
    program: &'static str,
    arguments: fn(SocketAddr) -> Vec<String>,
    /// Whether it closes a connection with its answer.
    closes: bool,
}

/// Starts all that are installed, and says of the others that they are not.
pub(crate) fn start(launcher: impl Fn(&str) -> Command) -> Vec<Peer> {
    let start = |Start { name, program, arguments, closes }| {
        let program = below_target(program);
        if !program.exists() {
            println!("\n{name}: not measured, {} is not there", program.display());
            return None;
        }
        let address = servers::free_address();
        let mut command = launcher(&program.to_string_lossy());
        command.args(arguments(address)).stderr(Stdio::null());
        let server = Server::start_silent(command, address);
        let connect = if closes { Client::connect_anew } else { Client::connect };
        servers::fill_by(&mut connect(address, 1, http_answer_length));
        Some(Peer { name, server, closes })
    };
    let peers = [
        Start {
            name: "dynalite",
            program: "node/node_modules/.bin/dynalite",
            arguments: dynalite,
            closes: false,
        },
        Start {
            name: "dynoxide",
            program: "fast/bin/dynoxide",
            arguments: dynoxide,
            closes: false,
        },
        Start { name: "moto", program: "python/bin/moto_server", arguments: moto, closes: true },
    ];
    peers.into_iter().filter_map(start).collect()
}

fn dynalite(address: SocketAddr) -> Vec<String> {
    let port = address.port().to_string();
    ["--host", "127.0.0.1", "--port", &port, "--createTableMs", "0"].map(str::to_owned).to_vec()
}

fn dynoxide(address: SocketAddr) -> Vec<String> {
    let port = address.port().to_string();
    ["--host", "127.0.0.1", "--port", &port].map(str::to_owned).to_vec()
}

fn moto(address: SocketAddr) -> Vec<String> {
    ["--host", "127.0.0.1", "--port", &address.port().to_string()].map(str::to_owned).to_vec()
}

fn below_target(path: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is below the target");
    target.join("peers").join(path)
}
