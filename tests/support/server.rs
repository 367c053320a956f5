//! Real `hearth serve` processes on free ports.
//!
//! Must hold: a start that does not print its ready line within [`PATIENCE`] fails the test
//! with what the process said; a process never outlives its [`Server`].
//! With `HEARTH_TEST_TIERS=1` each is a hearth in front of another one, which has the tables: the
//! same tests then ask whether that makes a difference.
//! Not here: what the process answers.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Db, PATIENCE, Stopwatch, wait_until};

/// How a process is to be started; one launch can be started again and again.
#[derive(Clone)]
pub(crate) struct Launch {
    wrapper: Vec<OsString>,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
}

/// A process that said it is ready.
pub(crate) struct Server {
    process: Process,
    http: SocketAddr,
    admin: SocketAddr,
    dax: SocketAddr,
    ready: String,
    ready_after: Duration,
    behind: Option<Behind>,
}

/// The server behind another one, which only has a directory for what little it keeps itself.
struct Behind {
    _server: Box<Server>,
    _front: tempfile::TempDir,
}

/// A process that is not one of a server.
pub(crate) struct Running(Process);

/// How a process ended and what it said.
#[derive(Debug)]
pub(crate) struct Exit {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A child whose two outputs are read as they come.
struct Process {
    child: Child,
    stdout: Arc<Mutex<String>>,
    stderr: Arc<Mutex<String>>,
    ready: Receiver<String>,
}

impl Launch {
    /// `hearth serve` on a data directory, with free ports.
    pub(crate) fn on(data: &Path) -> Self {
        Self::on_ports(&["--listen", "--admin-listen", "--dax-listen"]).arg("--data-dir").arg(data)
    }

    /// `hearth serve` with free ports for these listeners.
    fn on_ports(listeners: &[&str]) -> Self {
        let ports = listeners.iter().flat_map(|listener| [*listener, "127.0.0.1:0"]);
        Self::with(&["serve"].into_iter().chain(ports).collect::<Vec<_>>())
    }

    /// `hearth` with exactly these arguments.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(OsString::from).collect();
        Self { wrapper: Vec::new(), arguments, environment: Vec::new() }
    }

    /// One more argument.
    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// One more environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts through another program that ends in `exec`.
    pub(crate) fn under(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(OsString::from).collect();
        self
    }

    /// Starts and waits for the ready line.
    #[track_caller]
    pub(crate) fn start(&self) -> Server {
        self.try_start().unwrap_or_else(|exit| panic!("did not start: {exit:#?}"))
    }

    /// Starts and waits for the ready line or the end.
    pub(crate) fn try_start(&self) -> Result<Server, Exit> {
        let is_server = self.arguments.first().is_some_and(|word| word == "serve");
        let has_own = self.arguments.iter().any(|word| word == "--upstream");
        if !is_server || has_own || super::count("HEARTH_TEST_TIERS", 0) == 0 {
            return self.try_start_one();
        }
        let front = super::scratch();
        let back = self.replacing("--credentials", None).try_start_one()?;
        let launch = self
            .replacing("--data-dir", Some(front.path()))
            .arg("--upstream")
            .arg(back.endpoint())
            .env("HEARTH__UPSTREAM__CREDENTIALS", "anonymous");
        let behind = Some(Behind { _server: Box::new(back), _front: front });
        launch.try_start_one().map(|server| Server { behind, ..server })
    }

    /// The same with another value of an option, or without it.
    fn replacing(&self, option: &str, value: Option<&Path>) -> Self {
        let mut launch = self.clone();
        if let Some(place) = launch.arguments.iter().position(|word| word == option) {
            launch.arguments.drain(place..place + 2);
        }
        match value {
            Some(value) => launch.arg(option).arg(value),
            None => launch,
        }
    }

    fn try_start_one(&self) -> Result<Server, Exit> {
        let watch = Stopwatch::start();
        let process = self.spawn();
        match process.ready.recv_timeout(PATIENCE) {
            Ok(line) => {
                let ready_after = watch.elapsed();
                let [http, admin, dax] = ["http", "admin", "dax"].map(|name| address(&line, name));
                Ok(Server { process, http, admin, dax, ready: line, ready_after, behind: None })
            }
            Err(_) => Err(process.exit()),
        }
    }

    /// Starts and waits for the end.
    pub(crate) fn run(&self) -> Exit {
        self.spawn().exit()
    }

    /// Starts what is no server.
    pub(crate) fn begin(&self) -> Running {
        Running(self.spawn())
    }

    /// Starts, lets `span` pass and kills, ready or not.
    pub(crate) fn start_and_kill_after(&self, span: Duration) {
        let process = self.spawn();
        super::pause(span);
        drop(process);
    }

    fn spawn(&self) -> Process {
        let binary = OsString::from(env!("CARGO_BIN_EXE_hearth"));
        let mut words = self.wrapper.iter().chain([&binary]).chain(&self.arguments);
        let program = words.next().expect("the binary's path is always there");
        let mut child = Command::new(program)
            .args(words)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", program.display()));
        let (tell, ready) = sync_channel(1);
        let stdout = collect(child.stdout.take().expect("stdout is piped"), Some(tell));
        let stderr = collect(child.stderr.take().expect("stderr is piped"), None);
        Process { child, stdout, stderr, ready }
    }
}

impl Running {
    /// Waits until it has said this on stderr.
    #[track_caller]
    pub(crate) fn wait_for(&self, said: &str) {
        wait_until(&format!("{said:?} on stderr"), || {
            text(&self.0.stderr).contains(said).then_some(())
        });
    }

    /// kill -9, and waits until it is gone.
    pub(crate) fn kill(self) {
        drop(self.0);
    }

    /// Sends a signal by name, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        self.0.signal(name);
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn exit(self) -> Exit {
        self.0.exit()
    }
}

impl Server {
    /// Where operations go.
    pub(crate) fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where something is served by its name in the ready line, such as `daxs`; it must be on.
    pub(crate) fn listener(&self, name: &str) -> SocketAddr {
        address(&self.ready, name)
    }

    /// Where metrics and health are.
    pub(crate) fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// Where clients of DAX connect.
    pub(crate) fn dax(&self) -> SocketAddr {
        self.dax
    }

    /// What an SDK is given as its endpoint.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.http)
    }

    /// A new client.
    pub(crate) fn db(&self) -> Db {
        Db::connect(self.http)
    }

    /// How long the process took to its ready line.
    pub(crate) fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// Resident memory in kilobytes.
    pub(crate) fn resident_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))
            .expect("the process is alive");
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
            .expect("the kernel reports VmRSS in kilobytes")
    }

    /// Whether the process still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.process.child.try_wait().expect("the process is our child").is_none()
    }

    /// kill -9, and waits until it is gone.
    pub(crate) fn kill(self) {
        drop(self.process);
    }

    /// Sends a signal by name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn exit(self) -> Exit {
        self.process.exit()
    }

    /// What the process has said on stderr so far.
    pub(crate) fn stderr(&self) -> String {
        text(&self.process.stderr)
    }
}

impl Process {
    fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &command]).status().expect("there is a shell");
        assert!(sent.success(), "{command}");
    }

    #[track_caller]
    fn exit(mut self) -> Exit {
        let child = &mut self.child;
        let status = wait_until("the process to end", || {
            child.try_wait().expect("the process is our child")
        });
        // The readers end with the pipes; the stdout one tells by dropping its sender.
        while self.ready.recv().is_ok() {}
        wait_until("its stderr to be read", || {
            (Arc::strong_count(&self.stderr) == 1).then_some(())
        });
        Exit { status, stdout: text(&self.stdout), stderr: text(&self.stderr) }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- stderr of hearth ---\n{}", text(&self.stderr));
        }
    }
}

/// Reads an output to its end on a thread of its own, and passes the ready line on.
fn collect(
    output: impl Read + Send + 'static,
    tell: Option<SyncSender<String>>,
) -> Arc<Mutex<String>> {
    let kept = Arc::new(Mutex::new(String::new()));
    let shared = Arc::clone(&kept);
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let (Some(tell), true) = (&tell, line.starts_with("ready ")) {
                // Nobody listens any more once a test gave the process up.
                let _ = tell.try_send(line.clone());
            }
            keep(&shared, &line);
        }
    });
    kept
}

fn keep(kept: &Mutex<String>, line: &str) {
    let mut kept = kept.lock().expect("no reader panics while it holds the text");
    if kept.len() < OUTPUT_BYTES_MAX {
        kept.push_str(line);
        kept.push('\n');
    }
}

fn text(kept: &Mutex<String>) -> String {
    kept.lock().expect("no reader panics while it holds the text").clone()
}

/// The address after `name=` in the ready line.
fn address(line: &str, name: &str) -> SocketAddr {
    let prefix = format!("{name}=");
    let found = line.split(' ').find_map(|word| word.strip_prefix(&prefix));
    found.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no {name} in {line:?}"))
}

/// How much of an output is kept.
const OUTPUT_BYTES_MAX: usize = 1 << 20;
