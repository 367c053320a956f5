//! Cached Query of 100 items of 1,000 bytes: server CPU for each request, beside the bare server's
//! that sends a body as long.

use crate::client::http_answer_length;
use crate::contest::{Entrant, Load, Rounds, drawn};
use crate::pages;
use crate::process::{SERVER_CORE, Server, on_core};
use crate::request;
use crate::servers::{self, HEARTH, Signatures};

/// Measures and prints.
pub(crate) fn measure() {
    drop(held());
}

/// The servers whose answers are a page of 100 items.
struct Servers {
    bare: Server,
    hearth: Server,
    checking: Server,
    _directories: [tempfile::TempDir; 2],
}

impl Servers {
    fn start() -> Self {
        let directories = [servers::directory(), servers::directory()];
        let hearth = |place: usize, signatures| {
            let command = on_core(SERVER_CORE, HEARTH);
            let directory = directories[place].path();
            let server =
                Server::start(servers::hearth(command, directory, signatures), servers::ready_line);
            pages::fill(&server);
            server
        };
        Self {
            bare: bare(),
            hearth: hearth(0, Signatures::Ignored),
            checking: hearth(1, Signatures::Checked),
            _directories: directories,
        }
    }

    fn entrants(&self) -> [Entrant<'_>; 3] {
        let entrant = |name, server| Entrant {
            name,
            server,
            answer_length: http_answer_length,
            requests: |_| drawn((0..pages::PARTITIONS).map(request::query).collect()),
            load: Load::of(CONNECTIONS),
        };
        [
            entrant("bare hyper", &self.bare),
            entrant("hearth", &self.hearth),
            entrant("hearth, signatures checked", &self.checking),
        ]
    }
}

/// Measures, prints and tells the rounds: of the bare server, of hearth, and of hearth that checks
/// signatures.
pub(crate) fn held() -> Rounds {
    let servers = Servers::start();
    let rounds = Rounds::of(&servers.entrants());
    let title = format!("Cached Query of 100 items, {CONNECTIONS} connections");
    rounds.print(&title, &servers.entrants());
    rounds
}

fn bare() -> Server {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = on_core(SERVER_CORE, &program.to_string_lossy());
    command.args(["bare", "page", &pages::PARTITION_ITEMS.to_string()]);
    Server::start(command, servers::ready_line)
}

const CONNECTIONS: usize = 32;
