//! How each of the compared servers is started and made ready.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::client::{Client, http_answer_length};
use crate::common::KEYS;
use crate::process::{Server, on_all_cores};
use crate::request;

/// Whether hearth checks signatures.
#[derive(Clone, Copy)]
pub(crate) enum Signatures {
    Ignored,
    Checked,
}

/// The servers of which hot reads are asked.
#[derive(Clone, Copy)]
pub(crate) enum Hot {
    Bare,
    Hearth(Signatures),
    /// Without a cache: what each read then costs at the engine.
    Uncached,
}

impl Hot {
    /// All of them, the baseline first.
    pub(crate) const ALL: [Self; 4] = [
        Self::Bare,
        Self::Hearth(Signatures::Ignored),
        Self::Hearth(Signatures::Checked),
        Self::Uncached,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare hyper",
            Self::Hearth(Signatures::Ignored) => "hearth",
            Self::Hearth(Signatures::Checked) => "hearth, signatures checked",
            Self::Uncached => "hearth, cache off",
        }
    }

    /// Starts it behind `launcher`, which is given the program; hearth gets the hot items.
    pub(crate) fn start(self, launcher: impl Fn(&str) -> Command, directory: &Path) -> Server {
        match self {
            Self::Bare => {
                let program = std::env::current_exe().expect("this program has a path");
                let mut command = launcher(&program.to_string_lossy());
                command.arg("bare");
                Server::start(command, ready_line)
            }
            Self::Hearth(signatures) => filled(hearth(launcher(HEARTH), directory, signatures)),
            Self::Uncached => {
                let mut command = hearth(launcher(HEARTH), directory, Signatures::Ignored);
                command.env("HEARTH__CACHE__ENABLED", "false");
                filled(command)
            }
        }
    }
}

fn filled(command: Command) -> Server {
    let server = Server::start(command, ready_line);
    fill(&server);
    server
}

/// Makes the table and its hot items.
pub(crate) fn fill(server: &Server) {
    fill_by(&mut Client::connect(server.address(), 1, http_answer_length));
}

/// The same by this client.
pub(crate) fn fill_by(client: &mut Client) {
    create_table(client);
    for number in 0..KEYS {
        client.ask(&request::put_item(number));
    }
}

/// Makes the table; it is there at once.
pub(crate) fn create_table(client: &mut Client) {
    client.ask(&request::create_table());
    client.ask(&request::describe_table());
}

/// Completes a command that runs hearth with one worker and its tables below `directory`.
pub(crate) fn hearth(command: Command, directory: &Path, signatures: Signatures) -> Command {
    let mut command = whole_hearth(command, directory);
    command.args(["--worker-threads", "1"]);
    if let Signatures::Checked = signatures {
        command.arg("--credentials").arg(credentials(directory));
    }
    command
}

/// The same with as many workers as hearth takes by itself, and no signatures checked.
pub(crate) fn whole_hearth(mut command: Command, directory: &Path) -> Command {
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
    command.args(["--dax-listen", "127.0.0.1:0"]);
    command.arg("--data-dir").arg(directory.join("data"));
    command.stderr(Stdio::null());
    command
}

/// A redis that syncs each write before it answers, as hearth does.
pub(crate) fn redis(directory: &Path) -> Server {
    let address = free_address();
    let mut command = on_all_cores("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string()]);
    command.args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""]);
    command.arg("--dir").arg(directory);
    Server::start(command, |line| line.contains("Ready to accept connections").then_some(address))
}

/// A redis that keeps everything in memory only, if there is one here.
pub(crate) fn unsaved_redis(launcher: impl Fn(&str) -> Command) -> Option<Server> {
    let address = there_is("redis-server").then(free_address)?;
    let mut command = launcher("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string(), "--save", ""]);
    let ready = |line: &str| line.contains("Ready to accept connections").then_some(address);
    Some(Server::start(command, ready))
}

/// A memcached with room for what the benches tell it, if there is one here.
pub(crate) fn memcached() -> Option<Server> {
    let address = there_is("memcached").then(free_address)?;
    let mut command = on_all_cores("memcached");
    command.args(["-l", "127.0.0.1", "-p", &address.port().to_string(), "-U", "0"]);
    command.args(["-m", "4096", "-u", "nobody"]);
    Some(Server::start_silent(command, address))
}

/// The address in hearth's ready line.
pub(crate) fn ready_line(line: &str) -> Option<SocketAddr> {
    let first = line.strip_prefix("ready http=")?.split(' ').next()?;
    first.parse().ok()
}

/// Where the same line says that clients of DAX connect.
pub(crate) fn dax_address(server: &Server) -> SocketAddr {
    let mut fields = server.line().split(' ');
    let address = fields.find_map(|field| field.strip_prefix("dax="));
    address.and_then(|address| address.parse().ok()).expect("it was started with it")
}

/// The address of the admin port in the same line.
pub(crate) fn admin_address(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.strip_prefix("ready http=")?.split_once("admin=")?;
    address.parse().ok()
}

/// An empty directory beside the build, hence on a real disk.
pub(crate) fn directory() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the build's directory is writable")
}

fn credentials(directory: &Path) -> std::path::PathBuf {
    let path = directory.join("credentials.toml");
    let (id, secret) = (request::ACCESS_KEY_ID, request::SECRET_ACCESS_KEY);
    let text =
        format!("[[credentials]]\naccess_key_id = \"{id}\"\nsecret_access_key = \"{secret}\"\n");
    fs::write(&path, text).expect("the directory is ours");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("the file is ours");
    path
}

/// Whether the program can be run.
pub(crate) fn there_is(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok()
}

/// An address of this machine's own that nobody listens on.
pub(crate) fn free_address() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    free.expect("a free port")
}

/// The server that was built with this program.
pub(crate) const HEARTH: &str = env!("CARGO_BIN_EXE_hearth");
