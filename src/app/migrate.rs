//! From two places to the ends of a migration.
//!
//! A place is a configuration: with an upstream it is that service, else the data directory of a
//! stopped hearth, which is opened here for as long as the migration takes.
//!
//! Must hold: a directory is closed before the process ends, and none is made that was only looked
//! for.

use std::sync::Arc;

use tokio::runtime::Builder;

use super::{Error, signals, start, upstream};
use crate::clock::Clock;
use crate::config::Config;
use crate::engine::embedded::EmbeddedEngine;
use crate::migrate::{self, Directory, End, Moved, Plan, Tell};

/// Moves a table; the first signal ends it as soon as that is sound, the second at once.
pub fn migrate(plan: Plan, from: &Config, to: &Config, tell: Tell) -> Result<Moved, Error> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Error::Runtime { source })?;
    let clock = Clock::system();
    let from = Opened::open(from, Needs::Data, &clock)?;
    let to = Opened::open(to, if plan.create { Needs::Room } else { Needs::Data }, &clock);
    let moved = match &to {
        Ok(to) => {
            let (from, to) = (Arc::clone(&from.end), Arc::clone(&to.end));
            runtime.block_on(async {
                let told = signals::told_to_end().map_err(|source| Error::Signals { source })?;
                Ok(Box::pin(migrate::run(plan, from, to, clock, told, tell)).await?)
            })
        }
        Err(_) => Err(Error::Migrate(migrate::Error::Stopped)),
    };
    from.close();
    to?.close();
    runtime.shutdown_timeout(super::RUNTIME_PATIENCE);
    moved
}

/// What a directory must be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Needs {
    /// One with tables.
    Data,
    /// One with tables, or one that can be made.
    Room,
}

/// An end that can be asked.
struct Opened {
    end: Arc<End>,
    engine: Option<Arc<EmbeddedEngine>>,
}

impl Opened {
    fn open(config: &Config, needs: Needs, clock: &Clock) -> Result<Self, Error> {
        if let Some(url) = &config.upstream.url {
            let client = upstream::examiner(&with_time(config), std::env::vars_os())?;
            let end = Arc::new(End::service(url.to_string(), client));
            return Ok(Self { end, engine: None });
        }
        let dir = &config.storage.data_dir;
        if needs == Needs::Data && !dir.join("format").exists() {
            return Err(Error::NoData { path: dir.clone() });
        }
        let mut config = config.clone();
        // What is read once need not be kept.
        config.cache.enabled = false;
        let parts = start::open_by(&config, clock.clone())?;
        let directory = Directory::new(parts.proxy, clock.clone());
        let end = Arc::new(End::directory(dir.display().to_string(), directory));
        Ok(Self { end, engine: Some(parts.engine) })
    }

    fn close(self) {
        if let Some(engine) = self.engine {
            engine.stop();
        }
    }
}

/// Nobody waits for a single answer here, and batches are large.
fn with_time(config: &Config) -> Config {
    let mut config = config.clone();
    config.upstream.connect_timeout_ms = 5_000;
    config.upstream.try_timeout_ms = 30_000;
    config.upstream.deadline_ms = 60_000;
    config
}
