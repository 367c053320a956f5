//! A server that is killed and started again under its clients, and how they get on with it.
//!
//! Must hold: ticks order everything that the clients do; a client that lost its connection to one
//! start of the server gets the next start, never the same again; every other connection is one of
//! DAX.
//! Not here: what the clients do, and what a check makes of it (`tests/histories/`,
//! `tests/transactions/`).

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;

use serde_json::Value;

use super::{Answer, Launch, Server, Wire, wait_until};

/// What clients that act at once have in common: their server, their clock, and what is left to do.
pub(crate) struct Stage {
    launch: Launch,
    /// How often the server is killed.
    kills: u64,
    serving: Mutex<Serving>,
    operations: u64,
    left: AtomicU64,
    ticks: AtomicU64,
    connections: AtomicU64,
}

/// The server as it was started last.
struct Serving {
    starts: u64,
    http: SocketAddr,
    dax: SocketAddr,
}

/// A client's connection, which comes back after kills.
pub(crate) struct Caller<'a> {
    stage: &'a Stage,
    wire: Wire,
    /// How often the server had been started before.
    starts: u64,
    pub(crate) hang_ups: u64,
    /// Operations without an answer because the server was killed.
    pub(crate) cut_off: u64,
}

/// An operation that was sent.
pub(crate) struct Sent {
    /// Before its first byte was sent.
    pub(crate) began: u64,
    /// After its last effect: after the answer, after the next start of a server that was killed,
    /// or [`NEVER`].
    pub(crate) ended: u64,
    pub(crate) answer: Option<Answer>,
}

impl Stage {
    /// Clients will carry out so many operations on this server, which is killed so often.
    pub(crate) fn new(launch: &Launch, server: &Server, kills: u64, operations: u64) -> Self {
        Self {
            launch: launch.clone(),
            kills,
            serving: Mutex::new(Serving { starts: 0, http: server.http(), dax: server.dax() }),
            operations,
            left: AtomicU64::new(operations),
            ticks: AtomicU64::new(1),
            connections: AtomicU64::new(0),
        }
    }

    pub(crate) fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    /// Takes one of the operations that are left.
    pub(crate) fn take_one(&self) -> bool {
        let taken = |left: u64| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    /// How many operations are left.
    pub(crate) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Runs all clients to their end, while the server is killed at even distances; yields the
    /// server that is there then, and what each client came to.
    pub(crate) fn act<S: Send>(
        &self,
        mut server: Server,
        clients: Vec<impl FnOnce() -> S + Send>,
        mut before_kill: impl FnMut(&Server),
    ) -> (Server, Vec<S>) {
        thread::scope(|scope| {
            let clients: Vec<_> = clients.into_iter().map(|client| scope.spawn(client)).collect();
            for kill in 1..=self.kills {
                let left = self.operations - self.operations * kill / (self.kills + 1);
                wait_until("the clients to get on", || (self.left() <= left).then_some(()));
                before_kill(&server);
                server = self.restart(server);
            }
            let seen = clients.into_iter().map(|client| client.join().expect("no client panics"));
            (server, seen.collect())
        })
    }

    /// Kills the server and starts it again on its data.
    pub(crate) fn restart(&self, server: Server) -> Server {
        server.kill();
        let server = self.launch.start();
        let mut serving = self.serving();
        let starts = serving.starts + 1;
        *serving = Serving { starts, http: server.http(), dax: server.dax() };
        server
    }

    /// A connection to the server as it was started last, and how often it had been before.
    fn connect(&self, starts_min: u64) -> (Wire, u64) {
        wait_until("the server to accept", || {
            let (starts, http, dax) = {
                let serving = self.serving();
                (serving.starts, serving.http, serving.dax)
            };
            if starts < starts_min {
                return None;
            }
            let wire = match self.connections.fetch_add(1, Ordering::Relaxed) % 2 {
                0 => Wire::http(http),
                _ => Wire::dax(dax),
            };
            wire.ok().map(|wire| (wire, starts))
        })
    }

    fn serving(&self) -> MutexGuard<'_, Serving> {
        self.serving.lock().expect("no client panics while it holds it")
    }
}

impl<'a> Caller<'a> {
    /// Connects.
    pub(crate) fn new(stage: &'a Stage) -> Self {
        let (wire, starts) = stage.connect(0);
        Self { stage, wire, starts, hang_ups: 0, cut_off: 0 }
    }

    /// Sends an operation and waits for its answer. If the server was killed meanwhile there is
    /// none: the server is another one by now, and the operation had its time.
    pub(crate) fn call(&mut self, operation: &str, request: &Value) -> Sent {
        let began = self.stage.tick();
        let answer = self.wire.try_call(operation, request);
        let answer = answer.map_err(|why| self.connect_again(&why)).ok();
        Sent { began, ended: self.stage.tick(), answer }
    }

    /// Sends an operation and hangs up right after that: it may take effect at any time, or not.
    pub(crate) fn hang_up(&mut self, operation: &str, request: &Value) -> Sent {
        let began = self.stage.tick();
        self.hang_ups += 1;
        let (wire, starts) = self.stage.connect(0);
        self.starts = starts;
        std::mem::replace(&mut self.wire, wire).send_and_hang_up(operation, request);
        Sent { began, ended: NEVER, answer: None }
    }

    /// Whether it is told of what a single write's condition did not hold.
    pub(crate) fn is_told_failed_items(&self) -> bool {
        self.wire.tells_failed_items()
    }

    fn connect_again(&mut self, why: &io::Error) {
        assert!(self.stage.kills > 0, "no answer from a server that nobody killed: {why}");
        self.cut_off += 1;
        (self.wire, self.starts) = self.stage.connect(self.starts + 1);
    }
}

/// When an operation ends that may take effect at any time.
pub(crate) const NEVER: u64 = u64::MAX;

/// A server without caches.
pub(crate) const CACHE_OFF: (&str, &str) = ("HEARTH__CACHE__ENABLED", "false");
/// One whose cache has room for two or three items.
pub(crate) const CACHE_TINY: (&str, &str) = ("HEARTH__CACHE__BYTES", "1024");
