//! The course of one table: its stream is turned on, read, lost, and read again.
//!
//!     enrol ── each shard read once ── forget ──> coherent ── anything missed ──> forget, pause ──> enrol
//!
//! Must hold: the order in which a table becomes coherent, which is that of the drawing; a table is
//! lost within `lag_max` and one look of when its stream was last known to be read to its end; what
//! ends with its table is not told as a loss.

use std::sync::Arc;
use std::time::Duration;

use super::FollowOptions;
use super::followed::Followed;
use super::records::Taken;
use crate::api::StreamSummary;
use crate::clock::whole_ms;
use crate::engine::Table;
use crate::engine::upstream::stream::{Lost, ReadRecord, StreamReader};
use crate::metrics::Coherence;
use crate::proxy::Proxy;
use crate::proxy::through::Through;

/// What the task of a table goes by.
pub(super) struct Course {
    proxy: Arc<Proxy>,
    through: Through,
    options: FollowOptions,
    pub(super) followed: Arc<Followed>,
}

/// The loss of a stream, which is told when this is dropped, unless the table is gone by then, as
/// far as is known: a stream that went with its table is nobody's loss. What was found may end the
/// task before it goes on.
struct Loss<'a> {
    course: &'a Course,
    why: String,
    lives: &'static str,
    is_news: bool,
}

/// Why a table is not coherent any more.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("{0}")]
    Lost(#[from] Lost),

    #[error(
        "the reading of its stream was {behind_ms} ms behind, more than max_lag_ms allows{trouble}"
    )]
    Behind { behind_ms: u64, trouble: String },
}

impl Course {
    pub(super) fn new(
        proxy: &Arc<Proxy>,
        through: &Through,
        options: FollowOptions,
        followed: Arc<Followed>,
    ) -> Self {
        Self { proxy: Arc::clone(proxy), through: through.clone(), options, followed }
    }

    /// Turns the table's stream on; who looks after the tasks sees that there is one.
    pub(super) async fn enable(self) {
        let name = &self.followed.name;
        let mut pause = PAUSE_FIRST;
        loop {
            if !self.has_stream() {
                match self.through.upstream.enable_stream(name).await {
                    Ok(learned) => {
                        tracing::info!(table = name, "a table's stream is turned on");
                        self.proxy.learned(learned);
                    }
                    Err(error) => {
                        // It may have been deleted meanwhile, with all that it had.
                        self.look().await;
                        if self.table().is_some() {
                            let why = format!("its stream cannot be turned on: {error}");
                            tracing::warn!(
                                table = name,
                                why,
                                "entries of a table live by time alone"
                            );
                            self.stand(Coherence::Ttl, Some(&why));
                        }
                    }
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
            self.look().await;
        }
    }

    /// Reads this stream, again and again.
    pub(super) async fn follow(self, stream: Arc<StreamSummary>) {
        let mut pause = PAUSE_FIRST;
        loop {
            let cursors = self.through.follows.take_cursors(&stream.arn);
            let poll_every = self.options.poll_every;
            let mut reader = self.through.upstream.read_stream(&stream.arn, poll_every, cursors);
            let Err(ended) = self.read(&stream, &mut reader).await;
            if self.followed.now().coherence == Coherence::Coherent {
                pause = PAUSE_FIRST;
            }
            self.lose(&ended).await;
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Reads until the stream can no longer be followed.
    async fn read(
        &self,
        stream: &StreamSummary,
        reader: &mut StreamReader,
    ) -> Result<std::convert::Infallible, Ended> {
        let clock = &self.proxy.clock;
        let began = clock.monotonic();
        let (mut looked, mut noted) = (began, began);
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let is_look = tokio::select! {
                read = reader.next() => {
                    self.take(stream, read?.records).await?;
                    false
                }
                _ = looks.tick() => true,
            };
            let now = clock.monotonic();
            // With many shards there are many answers, and each shard is looked at here.
            if !is_look && now.saturating_sub(looked) < LOOKED_MIN {
                continue;
            }
            looked = now;
            if now.saturating_sub(noted) >= NOTED_EVERY {
                noted = now;
                let owned = |(shard, number): (&str, &str)| (shard.to_owned(), number.to_owned());
                self.followed.read_up_to(reader.cursors().map(owned).collect());
            }
            let seen = reader.seen();
            let behind = now.saturating_sub(seen.unwrap_or(began));
            if behind > self.lag_allowed(reader) {
                let trouble = reader.trouble().map(|why| format!(": {why}")).unwrap_or_default();
                return Err(Ended::Behind { behind_ms: whole_ms(behind), trouble });
            }
            if seen.is_some() {
                let keeps_up = reader.is_at_end() && behind <= self.options.poll_every + SLACK;
                let lag = if keeps_up { Duration::ZERO } else { behind };
                let seen_unix_ms = clock.unix_ms().saturating_sub(whole_ms(behind));
                self.become_coherent();
                self.followed.lags(Some(lag), Some(seen_unix_ms));
            }
        }
    }

    /// How far the reading may be behind; more while there is no answer, if what is cached of the
    /// table may be served past its time.
    fn lag_allowed(&self, reader: &StreamReader) -> Duration {
        let max_stale = || self.proxy.rules.policy(self.followed.id).max_stale;
        let more = reader.is_unanswered().then(max_stale).unwrap_or_default();
        self.options.lag_max + more
    }

    /// Each shard was read once.
    fn become_coherent(&self) {
        if self.followed.now().coherence == Coherence::Coherent {
            return;
        }
        // Changes of what was read until now may have been told before anybody listened.
        self.forget();
        self.stand(Coherence::Coherent, None);
        tracing::info!(table = self.followed.name, "a table's stream is followed");
    }

    /// Something may have been missed.
    async fn lose(&self, ended: &Ended) {
        let (coherence, lives) = if self.options.bypasses {
            (Coherence::Bypassed, "is not cached")
        } else {
            (Coherence::Incoherent, "lives by time alone")
        };
        let why = ended.to_string();
        let is_news = self.stand(coherence, Some(&why));
        self.followed.lags(None, None);
        let loss = Loss { course: self, why, lives, is_news };
        // Another stream may have taken its place, or the table is gone.
        if matches!(ended, Ended::Lost(Lost::Gone | Lost::Disabled)) {
            self.look().await;
        }
        drop(loss);
    }

    /// Lets the table stand so, with nothing cached that was trusted otherwise; whether that is news.
    pub(super) fn stand(&self, coherence: Coherence, why: Option<&str>) -> bool {
        let id = self.followed.id;
        let is_news = self.followed.stands(coherence, why, self.proxy.clock.unix_ms());
        if self.through.standings.set(id, coherence) {
            self.proxy.apply_policies();
            if coherence != Coherence::Coherent {
                self.forget();
            }
        }
        is_news
    }

    /// Forgets what is cached of the table, for all callers.
    fn forget(&self) {
        for table in self.through.block(self.followed.id) {
            self.proxy.rules.forget(table);
        }
    }

    /// Asks how the table is now.
    async fn look(&self) {
        // Whether the service is away shows where the stream is read.
        let _ = self.proxy.look_at(&self.through, &self.followed.name).await;
    }

    /// The table, unless it is gone.
    fn table(&self) -> Option<Arc<Table>> {
        self.proxy.catalog().table_of(self.followed.id).cloned()
    }

    fn has_stream(&self) -> bool {
        let table = self.table();
        table.is_some_and(|table| table.stream.as_ref().is_some_and(|of| of.view.is_some()))
    }

    async fn take(&self, stream: &StreamSummary, records: Vec<ReadRecord>) -> Result<(), Lost> {
        if records.is_empty() {
            return Ok(());
        }
        // What they tell of may be cached yet, and be served if the table is found again.
        let table = self.table().ok_or(Lost::Gone)?;
        let mut taken = Taken::default();
        // What is cached for other callers is as old.
        let views = self.through.upstream.scopes().views(&table);
        for table in &views {
            let of_scope = self.proxy.take_records(&self.through, table, stream.view, &records);
            taken.add(&of_scope);
        }
        taken.count(&self.followed.metrics, records.len());
        if taken.moves_whole_indexes {
            let proxy = Arc::clone(&self.proxy);
            // It looks at every page.
            let forget = move || views.iter().for_each(|table| proxy.forget_index_pages(table));
            let forgotten = tokio::task::spawn_blocking(forget);
            drop(forgotten.await);
        }
        Ok(())
    }
}

impl Drop for Loss<'_> {
    fn drop(&mut self) {
        let Self { course, why, lives, is_news } = self;
        let (table, why) = (&course.followed.name, why.as_str());
        if course.table().is_none() {
            tracing::debug!(table, why, "the stream of a table ended with the table");
            return;
        }
        course.followed.metrics.loses();
        if *is_news {
            tracing::warn!(
                table,
                why,
                "what was cached of a table is forgotten, and it {lives} until its stream is \
                 followed again"
            );
        }
    }
}

/// The first pause before a stream that was lost is read again, which doubles.
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How often it is looked how far the reading is, whatever is answered.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often it is at most.
const LOOKED_MIN: Duration = Duration::from_millis(2);
/// How often it is noted up to where the shards are read.
const NOTED_EVERY: Duration = Duration::from_millis(500);
/// What an answer may take beyond the pause before it until the reading counts as behind.
const SLACK: Duration = Duration::from_secs(1);
