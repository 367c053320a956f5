//! Server processes: started on a core, looked at from outside, killed.
//!
//! Linux only: what a process used is read from `/proc`.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    line: String,
    /// Kept open, since some servers go on talking.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts the command and waits for the line from which `ready` reads its address.
    pub(crate) fn start(mut command: Command, ready: impl Fn(&str) -> Option<SocketAddr>) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let out = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(out).lines();
        let found = lines.by_ref().find_map(|line| {
            let line = line.ok()?;
            Some((ready(&line)?, line))
        });
        let (address, line) =
            found.unwrap_or_else(|| panic!("{command:?} ended without being ready"));
        Self { child, address, line, _lines: lines }
    }

    /// Starts a command that says nothing, and waits until it listens.
    pub(crate) fn start_silent(mut command: Command, address: SocketAddr) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let out = child.stdout.take().expect("it is piped");
        let server =
            Self { child, address, line: String::new(), _lines: BufReader::new(out).lines() };
        let listens = || TcpStream::connect(address).is_ok();
        assert!((0..TRIES).any(|_| listens() || rest()), "{command:?} does not listen");
        server
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The line in which it said that it is ready.
    pub(crate) fn line(&self) -> &str {
        &self.line
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// CPU that its threads have used, in user and system mode.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs");
        let of_task = |task: fs::DirEntry| {
            let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            let first = text.split_whitespace().next();
            first.and_then(|ns| ns.parse().ok()).map_or(Duration::ZERO, Duration::from_nanos)
        };
        tasks.flatten().map(of_task).sum()
    }

    /// Its resident memory in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        resident_kib(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The resident memory of a process in KiB.
pub(crate) fn resident_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).expect("a number of KiB")
}

/// A command that runs the program on one core from its first instruction on.
pub(crate) fn on_core(core: usize, program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string(), program]);
    command
}

/// A command that runs the program on all cores; a child else inherits this process's one.
pub(crate) fn on_all_cores(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args([ALL_CORES, program]);
    command
}

/// Moves this process to a core.
pub(crate) fn pin_this_to(core: usize) {
    run("taskset", &["-a", "-c", "-p", &core.to_string(), &std::process::id().to_string()]);
}

/// Runs a program that says nothing of interest, and must succeed.
pub(crate) fn run(program: &str, arguments: &[&str]) {
    let status =
        Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{program} {arguments:?}");
}

#[expect(clippy::disallowed_methods, reason = "the server says nothing that could be waited for")]
fn rest() -> bool {
    std::thread::sleep(Duration::from_millis(10));
    false
}

/// How often a silent server is tried, 10 ms apart.
const TRIES: usize = 1_000;
/// Where servers run whose CPU is measured.
pub(crate) const SERVER_CORE: usize = 0;
/// Where the client runs.
pub(crate) const CLIENT_CORE: usize = 1;
/// As a mask; what the machine does not have is ignored.
const ALL_CORES: &str = "ffffffff";
