//! What the process is told from outside: to stop, or to read its configuration again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::App;
use crate::task::{self, Drain};

/// The signals that are listened to.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// Begins when the terminal is gone, or at the first interrupt or SIGTERM; the second ends the process.
pub(super) fn told_to_end() -> io::Result<Drain> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let told = Drain::default();
    let drain = told.clone();
    task::spawn("signals", async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
            if drain.has_begun() {
                std::process::exit(EXIT_INTERRUPTED);
            }
            drain.begin();
        }
    });
    Ok(told)
}

impl Signals {
    /// Takes the signals from their defaults.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Reloads as often as told, and begins the drain once told to stop.
    pub(super) async fn obey(mut self, app: &mut App) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => break,
                _ = self.terminate.recv() => break,
                _ = self.hang_up.recv() => {
                    if let Err(error) = app.reload() {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(error, "not reloaded; the old configuration holds");
                    }
                }
            }
        }
        app.drain.begin();
        task::spawn("second signal", self.end_at_once());
    }

    /// Who asks twice does not want to wait for connections; what was acknowledged is durable.
    async fn end_at_once(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        tracing::warn!("told to stop again: ending without draining");
        std::process::exit(1);
    }
}

/// As shells have it of who was interrupted.
const EXIT_INTERRUPTED: i32 = 130;
