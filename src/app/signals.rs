//! What the process is told from outside: to stop, or to read its configuration again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::App;

/// The signals that are listened to.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
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
        crate::task::spawn("second signal", self.end_at_once());
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
