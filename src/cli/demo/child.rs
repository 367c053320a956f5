//! The server of a demo: this very program, serving a directory that goes away with it.
//!
//! Must hold: the server is told to stop, at last killed, and its directory removed, whichever way
//! the demo ends; what it said last is told if it ends by itself.
//! Not here: what is asked of it (`mod.rs`).

use std::env;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::cli::load::Error;

/// A running server.
pub(super) struct Server {
    child: Child,
    /// Kept open: who writes to a closed output ends.
    _output: Lines<BufReader<ChildStdout>>,
    directory: Directory,
    /// Where the DynamoDB API is, as an address.
    pub(super) http: String,
    /// Where metrics and control are, as an address.
    pub(super) admin: String,
}

impl Server {
    /// Starts one on free ports of loopback and an empty directory, and waits until it is ready.
    pub(super) async fn start() -> Result<Self, Error> {
        let directory = Directory::new()?;
        let machine = |what| move |source| Error::Machine { what, source };
        let program = env::current_exe().map_err(machine("path of this program"))?;
        let log = File::create(directory.log()).map_err(machine("file for a log"))?;
        let mut command = Command::new(program);
        // What the environment configures is another server.
        let is_ours = |name: &OsString| name.as_encoded_bytes().starts_with(b"HEARTH__");
        for name in env::vars_os().map(|(name, _)| name).filter(is_ours) {
            command.env_remove(name);
        }
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .args(["--dax-listen", "off"])
            .arg("--data-dir")
            .arg(directory.data())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            // An interrupt of the terminal is for the demo, which then stops the server itself.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(machine("process for the server"))?;
        let output = child.stdout.take().expect("its output is piped");
        let mut output = BufReader::new(output).lines();
        let ready = timeout(START_LIMIT, ready_line(&mut output)).await;
        let Ok(Some(line)) = ready else {
            let why = last_words(&directory.log());
            return Err(Error::Server { what: "did not start", why });
        };
        let address = |name: &str| {
            let found = line.split(' ').find_map(|word| word.strip_prefix(name));
            found.unwrap_or_default().to_owned()
        };
        let (http, admin) = (address("http="), address("admin="));
        Ok(Self { child, _output: output, directory, http, admin })
    }

    /// The file with its admin token.
    pub(super) fn token_file(&self) -> PathBuf {
        self.directory.data().join("admin-token")
    }

    /// Returns once it ended by itself, and says why.
    pub(super) async fn ended(&mut self) -> Error {
        let status = self.child.wait().await;
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        let said = last_words(&self.directory.log());
        Error::Server { what: "ended by itself", why: format!("{status}; {said}") }
    }

    /// Stops it, by force if it takes too long, and removes its directory.
    pub(super) async fn stop(mut self) {
        let pid = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        // One that has no id any more has ended.
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::TERM);
        }
        if timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

/// A temporary directory that is removed with the value.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Result<Self, Error> {
        let path = env::temp_dir().join(format!("hearth-demo-{}", uuid::Uuid::new_v4()));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|source| Error::Machine { what: "temporary directory", source })?;
        Ok(Self(path))
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn log(&self) -> PathBuf {
        self.0.join("log")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Whoever removed it before us is welcome.
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn ready_line(output: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    while let Ok(Some(line)) = output.next_line().await {
        if line.starts_with("ready ") {
            return Some(line);
        }
    }
    None
}

/// The last line of a log.
fn last_words(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    last.map_or_else(|| "it said nothing".to_owned(), |line| format!("it said last: {line}"))
}

const START_LIMIT: Duration = Duration::from_secs(30);
/// Longer than a drain takes.
const STOP_LIMIT: Duration = Duration::from_secs(15);
