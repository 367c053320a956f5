//! Other programs that speak DynamoDB's API, as `scripts/bench` installs them below `target/peers`.
//!
//! Each runs as it does when it is started by hand: dynalite keeps everything in memory, and so does
//! dynoxide without a path.
//!
//! Not here: moto, which closes each connection with its answer, so that this client cannot drive it;
//! hearth, redis and memcached (`servers.rs`).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::Server;
use crate::servers;

/// A peer that runs, with the table and the hot items.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) server: Server,
}

/// Starts all that are installed, and says of the others that they are not.
pub(crate) fn start(launcher: impl Fn(&str) -> Command) -> Vec<Peer> {
    let start = |(name, program, arguments): (&'static str, &str, Arguments)| {
        let program = below_target(program);
        if !program.exists() {
            println!("\n{name}: not measured, {} is not there", program.display());
            return None;
        }
        let address = servers::free_address();
        let mut command = launcher(&program.to_string_lossy());
        command.args(arguments(address)).stderr(Stdio::null());
        let server = Server::start_silent(command, address);
        servers::fill(&server);
        Some(Peer { name, server })
    };
    let peers: [(&str, &str, Arguments); 2] = [
        ("dynalite", "node/node_modules/.bin/dynalite", dynalite),
        ("dynoxide", "fast/bin/dynoxide", dynoxide),
    ];
    peers.into_iter().filter_map(start).collect()
}

type Arguments = fn(SocketAddr) -> Vec<String>;

fn dynalite(address: SocketAddr) -> Vec<String> {
    let port = address.port().to_string();
    ["--host", "127.0.0.1", "--port", &port, "--createTableMs", "0"].map(str::to_owned).to_vec()
}

fn dynoxide(address: SocketAddr) -> Vec<String> {
    let port = address.port().to_string();
    ["--host", "127.0.0.1", "--port", &port].map(str::to_owned).to_vec()
}

fn below_target(path: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is below the target");
    target.join("peers").join(path)
}
