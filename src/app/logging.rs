//! The log: events on standard error, as text or JSON.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt, reload};

use crate::config::{Log, LogFormat, LogLevel};

/// The running log, whose level can be changed.
pub(super) struct Logging(reload::Handle<Targets, Registry>);

/// Starts the log. A second start in one process leaves the first as it is.
pub(super) fn start(log: &Log) -> Logging {
    let (level, handle) = reload::Layer::new(filter_of(log.level));
    let lines = match log.format {
        LogFormat::Text => {
            fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal()).boxed()
        }
        LogFormat::Json => fmt::layer().json().with_writer(stderr).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(level).with(lines);
    // An embedding program may have a log of its own, which then takes the events.
    drop(subscriber.try_init());
    Logging(handle)
}

impl Logging {
    /// Shows events of this level and above from now on.
    pub(super) fn set_level(&self, level: LogLevel) {
        // It fails only where another log took the place of this one.
        drop(self.0.reload(filter_of(level)));
    }
}

/// The store's own events of everyday work are for who debugs the store.
fn filter_of(level: LogLevel) -> Targets {
    let ours = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let store = if ours > LevelFilter::INFO { ours } else { ours.min(LevelFilter::WARN) };
    Targets::new().with_default(ours).with_target("fjall", store).with_target("lsm_tree", store)
}
