//! What the integration tests share: real server processes, a lean client, faults and figures.
//!
//! Must hold: nothing here sleeps for a fixed time or waits without a deadline, and a server
//! started here dies with the test that started it.
//! Not here: what a test asserts about an operation (`tests/api/`), the history checker
//! (`tests/histories/`).
#![allow(dead_code, unused_imports, reason = "each test binary uses its own part of this")]

mod dax;
mod db;
mod fault;
mod http;
mod metrics;
mod rng;
mod server;
mod service;
mod signature;
mod stage;
mod time;
mod wire;

pub(crate) use dax::{DaxClient, DaxConnection, DaxRefusal, UNSAYABLE, authorization};
pub(crate) use db::{Answer, Db, Refusal};
pub(crate) use fault::{Tmpfs, in_mount_namespace};
pub(crate) use http::{Connection, Response};
pub(crate) use metrics::Scrape;
pub(crate) use rng::Rng;
pub(crate) use server::{Exit, Launch, Running, Server};
pub(crate) use service::{Asked, OK, REFUSED, service};
pub(crate) use signature::{signature, signature_for};
pub(crate) use stage::{CACHE_OFF, CACHE_TINY, Caller, NEVER, Sent, Stage};
pub(crate) use time::{Deadline, PATIENCE, Stopwatch, pause, wait_until};
pub(crate) use wire::Wire;

/// A count from the environment, so that the same test is short in CI and long in `scripts/prove`.
pub(crate) fn count(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")),
        Err(_) => otherwise,
    }
}

/// The seed of this run: `HEARTH_SEED`, else one from the wall clock; tests print it.
pub(crate) fn seed() -> u64 {
    count("HEARTH_SEED", hearth::clock::Clock::system().unix_ms())
}

/// Prints one line of figures in the form that `scripts/prove` collects.
pub(crate) fn figure(line: &str) {
    println!("figure: {line}");
}

/// An empty directory that goes away with the value.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("the machine has room for a temporary directory")
}
