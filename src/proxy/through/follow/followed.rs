//! What is known of the stream of one table, for who asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::api::StreamSummary;
use crate::engine::Table;
use crate::metrics::{Coherence, FollowedTable};
use crate::model::TableId;

/// A table whose stream is looked after.
pub(super) struct Followed {
    pub(super) name: String,
    pub(super) id: TableId,
    pub(super) metrics: Arc<FollowedTable>,
    now: Mutex<Following>,
    cursors: Mutex<HashMap<String, String>>,
}

/// What is known of the stream of a table now.
#[derive(Clone, Debug)]
pub struct Following {
    /// The stream that is read.
    pub stream: Option<Arc<StreamSummary>>,
    /// How far what is cached of the table may be trusted.
    pub coherence: Coherence,
    /// Since when, milliseconds since 1970.
    pub since_ms: u64,
    /// Why it is not coherent, or not yet; none if it is.
    pub why: Option<String>,
    /// How far the reading is behind; none while nothing is read.
    pub lag: Option<Duration>,
}

impl Followed {
    pub(super) fn new(table: &Table, metrics: Arc<FollowedTable>, now_ms: u64) -> Self {
        let now = Following {
            stream: None,
            coherence: Coherence::Ttl,
            since_ms: now_ms,
            why: None,
            lag: None,
        };
        let name = table.name.as_str().to_owned();
        let cursors = Mutex::default();
        Self { name, id: table.schema.table, metrics, now: Mutex::new(now), cursors }
    }

    pub(super) fn now(&self) -> Following {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// This stream is read from now on.
    pub(super) fn reads(&self, stream: Option<Arc<StreamSummary>>) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).stream = stream;
    }

    /// The shards of its stream were read up to these records.
    pub(super) fn read_up_to(&self, cursors: HashMap<String, String>) {
        *self.cursors.lock().unwrap_or_else(PoisonError::into_inner) = cursors;
    }

    /// The stream that is read, with the record that was read last of each shard.
    pub(super) fn cursors(&self) -> Option<(String, HashMap<String, String>)> {
        let cursors = self.cursors.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Some((self.now().stream?.arn.clone(), cursors))
    }

    /// It stands so from now on; whether it stood otherwise.
    pub(super) fn stands(&self, coherence: Coherence, why: Option<&str>, now_ms: u64) -> bool {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.why = why.map(str::to_owned);
        let is_news = now.coherence != coherence;
        if is_news {
            now.coherence = coherence;
            now.since_ms = now_ms;
            self.metrics.becomes(coherence);
        }
        is_news
    }

    /// The reading is so far behind; all that was written before `seen_unix_ms` is known.
    pub(super) fn lags(&self, lag: Option<Duration>, seen_unix_ms: Option<u64>) {
        self.metrics.has_seen(seen_unix_ms);
        self.metrics.lags(lag);
        self.now.lock().unwrap_or_else(PoisonError::into_inner).lag = lag;
    }
}
