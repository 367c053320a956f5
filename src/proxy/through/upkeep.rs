//! What goes on beside the requests where a service upstream has the tables.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Through;
use crate::engine;
use crate::proxy::Proxy;
use crate::task::Drain;

/// The tables that were not described when they were looked at last, each of which is worth one
/// event.
#[derive(Default)]
pub(super) struct Undescribed(Mutex<BTreeSet<String>>);

impl Undescribed {
    /// Whether that is news.
    fn insert(&self, name: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned())
    }

    fn remove(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

/// Whether the service upstream answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Service {
    There,
    Away,
}

impl Proxy {
    /// Lets go of writes of unknown fate that cannot land any more, for ever.
    pub async fn keep_quarantine(self: Arc<Self>) {
        let mut interval = tokio::time::interval(RELEASE_EVERY);
        loop {
            interval.tick().await;
            self.release_quarantined();
        }
    }

    /// Looks for further nodes of the service, where they tell of each other, until the drain.
    pub async fn keep_nodes(self: Arc<Self>, drain: Drain) {
        let Some(through) = self.through.clone() else { return };
        through.upstream.client().tend(drain).await;
    }

    /// Asks how the tables are that are known, for ever: others may change them, drop them, or make
    /// others in their place.
    pub async fn keep_described(self: Arc<Self>, every: Duration) {
        let Some(through) = self.through.clone() else { return };
        let mut interval = tokio::time::interval(every);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = interval.tick() => self.look_at_tables(&through).await,
                name = through.upstream.doubted() => {
                    // Whether the service is away is for the next round to find out.
                    let _ = self.look_at(&through, &name).await;
                }
            }
        }
    }

    async fn look_at_tables(&self, through: &Through) {
        let names: Vec<String> =
            self.catalog().names_after(None).map(|name| name.as_str().to_owned()).collect();
        for name in names {
            if self.look_at(through, &name).await == Service::Away {
                return;
            }
        }
        let known = through.upstream.scopes().tables();
        through.standings.keep(|table| known.contains_key(&table));
    }

    /// Asks how a table is now, and whether the service answers.
    pub(super) async fn look_at(&self, through: &Through, name: &str) -> Service {
        match through.upstream.look(name).await {
            Ok(learned) => {
                through.undescribed.remove(name);
                self.learned(learned);
                Service::There
            }
            Err(error) => {
                let is_away = matches!(
                    &error,
                    engine::Error::Upstream(failure) if !failure.has_answered()
                );
                let error = &error as &dyn Error;
                if through.undescribed.insert(name) {
                    tracing::warn!(table = name, error, "the upstream does not describe a table");
                }
                if is_away { Service::Away } else { Service::There }
            }
        }
    }
}

const RELEASE_EVERY: Duration = Duration::from_millis(200);
