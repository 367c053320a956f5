//! Follows the streams of the service's tables, so that what is cached is forgotten when somebody
//! writes past hearth.
//!
//!     catalog, policies ──> what is to be followed ──> a task a table ──> reader ──> records ──> fence
//!                                                            └──> standing, metrics, log
//!
//! A table is coherent from when each open shard of its stream was read once and all that was cached
//! before was forgotten. It is so no longer once anything may have been missed; then what is cached is
//! forgotten, and the stream is followed anew from its newest records on.
//!
//! Must hold: one task follows a table, and ends with its incarnation; nobody is told that a table is
//! coherent before what was cached until then is forgotten.
//! Not here: how a stream is read (`engine/upstream/stream/`), what a standing means for policies
//! (`standing.rs`).

mod course;
mod followed;
mod records;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

pub use self::followed::Following;

use self::course::Course;
use self::followed::Followed;
use super::Through;
use crate::api::StreamSummary;
use crate::cache::StreamUse;
use crate::engine::Table;
use crate::metrics::Coherence;
use crate::model::TableId;
use crate::proxy::Proxy;
use crate::task;

/// How streams are followed.
#[derive(Clone, Copy, Debug)]
pub struct FollowOptions {
    /// How often a shard is asked that had no records.
    pub poll_every: Duration,
    /// How far the reading may be behind before a table is not coherent any more.
    pub lag_max: Duration,
    /// Whether such a table is read past the caches.
    pub bypasses: bool,
}

/// Of each stream, by its ARN, the number of the record that was read last of each shard.
pub type StreamCursors = HashMap<String, HashMap<String, String>>;

/// The tables that are known, with what is known of their streams.
#[derive(Default)]
pub(super) struct Follows {
    tables: Mutex<HashMap<TableId, Arc<Followed>>>,
    /// Of the process before.
    cursors: Mutex<StreamCursors>,
}

impl Follows {
    /// What is known of a table's stream; none of a table that was not looked at yet.
    pub(super) fn of(&self, table: TableId) -> Option<Following> {
        let all = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&table).map(|followed| followed.now())
    }

    /// Up to where the process before had read a stream; told once.
    fn take_cursors(&self, arn: &str) -> HashMap<String, String> {
        let mut cursors = self.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        cursors.remove(arn).unwrap_or_default()
    }

    fn insert(&self, table: TableId, followed: Arc<Followed>) {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).insert(table, followed);
    }

    fn remove(&self, table: TableId) {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).remove(&table);
    }
}

/// What is to be done about the stream of a table.
#[derive(Clone, Debug, PartialEq)]
enum Wish {
    /// Nothing, for the reason in this sentence.
    Nothing(&'static str),
    /// It is to be turned on.
    Enable,
    /// It is to be followed.
    Follow(Arc<StreamSummary>),
}

impl Wish {
    fn of(table: &Table, stream_use: StreamUse) -> Self {
        let stream = table.stream.as_ref().filter(|stream| stream.view.is_some());
        match (stream_use, stream) {
            (StreamUse::Off, _) => Self::Nothing("its stream is not used (stream = \"off\")"),
            (StreamUse::Use, None) => Self::Nothing("it has no stream"),
            (StreamUse::Enable, None) => Self::Enable,
            (StreamUse::Use | StreamUse::Enable, Some(stream)) => Self::Follow(Arc::clone(stream)),
        }
    }
}

/// The task of a table; it ends when this is dropped.
struct Follower {
    wish: Wish,
    followed: Arc<Followed>,
    task: Option<JoinHandle<()>>,
}

impl Follower {
    /// Ends its task, and returns once it has ended.
    async fn end(mut self) -> Arc<Followed> {
        if let Some(task) = self.task.take() {
            task.abort();
            // It was aborted, or had panicked: either way it does nothing more.
            let _ = task.await;
        }
        Arc::clone(&self.followed)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.iter().for_each(JoinHandle::abort);
    }
}

impl Proxy {
    /// Follows the streams of all tables that are known, for ever.
    pub async fn follow_streams(self: Arc<Self>, options: FollowOptions) {
        let Some(through) = self.through.clone() else { return };
        let (mut followers, mut learned) = (HashMap::new(), self.clock.monotonic());
        let mut interval = tokio::time::interval(LOOK_EVERY);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            let now = self.clock.monotonic();
            if now.saturating_sub(learned) >= LEARN_EVERY {
                learned = now;
                self.learn_for_others(&through).await;
            }
            self.match_followers(&through, options, &mut followers).await;
        }
    }

    /// Takes up to where a process before has read streams, before any is followed.
    pub fn resume_streams(&self, cursors: StreamCursors) {
        if let Some(through) = &self.through {
            *through.follows.cursors.lock().unwrap_or_else(PoisonError::into_inner) = cursors;
        }
    }

    /// Up to where the streams are read that are followed.
    pub fn stream_cursors(&self) -> StreamCursors {
        let Some(through) = &self.through else { return StreamCursors::new() };
        let tables = through.follows.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.values().filter_map(|followed| followed.cursors()).collect()
    }

    /// What is known of the stream of a table; none where there is no service upstream.
    pub fn following(&self, table: TableId) -> Option<Following> {
        self.through.as_ref()?.follows.of(table)
    }

    /// Learns of the tables that only callers with other credentials have asked for: streams are read
    /// with hearth's own.
    async fn learn_for_others(&self, through: &Through) {
        for (first, name) in through.upstream.scopes().tables() {
            if self.catalog.load().table_of(first).is_none()
                && let Err(error) = self.learn_table(name.as_str()).await
            {
                let (table, error) = (name.as_str(), &error as &dyn std::error::Error);
                tracing::warn!(table, error, "the upstream does not describe a table");
            }
        }
    }

    /// Begins and ends tasks until they are those of the tables that there are.
    async fn match_followers(
        self: &Arc<Self>,
        through: &Through,
        options: FollowOptions,
        followers: &mut HashMap<TableId, Follower>,
    ) {
        let catalog = self.catalog.load_full();
        let gone = followers.extract_if(|table, _| catalog.table_of(*table).is_none());
        for (table, follower) in gone.collect::<Vec<_>>() {
            let followed = follower.end().await;
            // It may be found again, and nobody listens until then.
            Course::new(self, through, options, followed).stand(Coherence::Ttl, None);
            through.follows.remove(table);
        }
        for table in catalog.tables() {
            let id = table.schema.table;
            let wish = Wish::of(table, self.rules.policy(id).stream);
            if followers.get(&id).is_some_and(|follower| follower.wish == wish) {
                continue;
            }
            let followed = if let Some(follower) = followers.remove(&id) {
                follower.end().await
            } else {
                let metrics = self.metrics.upstream.follow(Arc::clone(&table.metrics));
                let followed = Arc::new(Followed::new(table, metrics, self.clock.unix_ms()));
                through.follows.insert(id, Arc::clone(&followed));
                followed
            };
            let course = Course::new(self, through, options, Arc::clone(&followed));
            followers.insert(id, Follower { task: course.begin(&wish), wish, followed });
        }
    }
}

impl Course {
    /// Begins what is wished of a table that was not, or not so, followed before.
    fn begin(self, wish: &Wish) -> Option<JoinHandle<()>> {
        let was = self.followed.now();
        if was.coherence == Coherence::Coherent {
            self.stand(Coherence::Ttl, Some("its stream was replaced or is used no more"));
        }
        self.followed.lags(None, None);
        self.followed.reads(match wish {
            Wish::Nothing(_) | Wish::Enable => None,
            Wish::Follow(stream) => Some(Arc::clone(stream)),
        });
        match wish {
            Wish::Nothing(why) => {
                self.stand(Coherence::Ttl, Some(why));
                None
            }
            Wish::Enable => Some(task::spawn("stream enabler", self.enable())),
            Wish::Follow(stream) => {
                Some(task::spawn("stream reader", self.follow(Arc::clone(stream))))
            }
        }
    }
}

/// How often tables are asked for that others have asked for.
const LEARN_EVERY: Duration = Duration::from_secs(10);
/// How often it is looked whether the right tables are followed.
const LOOK_EVERY: Duration = Duration::from_millis(50);
