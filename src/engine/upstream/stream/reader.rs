//! The reading of all shards of a stream at once.
//!
//! Must hold: [`StreamReader::next`] may be dropped at any time and called again: what is under way
//! goes on where it was; a shard has one request under way at most.
//! Not here: what the requests are (`ask.rs`).

use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::ask::{Asking, Described, Polled, Trouble};
use super::shard::{Place, Shard};
use super::tree::Tree;
use super::{Lost, ReadRecord};
use crate::api::ShardStart;
use crate::clock::Clock;

/// How a stream is read.
#[derive(Clone, Debug)]
pub struct ReaderOptions {
    /// How often a shard is asked that had no records.
    pub poll_every: Duration,
    /// The time.
    pub clock: Clock,
    /// Of shards that were read before, the number of the record that was read last.
    pub cursors: HashMap<String, String>,
}

/// Reads a stream.
pub struct StreamReader {
    asking: Asking,
    options: ReaderOptions,
    tree: Tree,
    shards: HashMap<Id, Shard>,
    /// When each shard that nothing is under way for is asked next.
    due: BTreeSet<(Duration, Id)>,
    under_way: FuturesUnordered<UnderWay>,
    description: Description,
    /// How often the stream was not described, in a row.
    failures: u32,
    trouble: Option<Trouble>,
}

/// What an answer has brought.
#[derive(Debug)]
pub struct Read {
    /// Records of one shard, in their order; perhaps none.
    pub records: Vec<ReadRecord>,
}

/// When the stream is described next.
enum Description {
    Due(Duration),
    UnderWay,
}

type Id = Arc<str>;
type UnderWay = Pin<Box<dyn Future<Output = Done> + Send>>;

/// What was under way.
enum Done {
    Described(Result<Described, Trouble>),
    Polled(Id, Duration, Result<Polled, Trouble>),
}

impl StreamReader {
    pub(in crate::engine::upstream) fn new(asking: Asking, options: ReaderOptions) -> Self {
        let description = Description::Due(options.clock.monotonic());
        Self {
            asking,
            options,
            tree: Tree::default(),
            shards: HashMap::new(),
            due: BTreeSet::new(),
            under_way: FuturesUnordered::new(),
            description,
            failures: 0,
            trouble: None,
        }
    }

    /// The records that come next, or none as soon as a shard is known to have none.
    pub async fn next(&mut self) -> Result<Read, Lost> {
        loop {
            let wait = self.begin_due();
            let done = tokio::select! {
                done = self.under_way.next(), if !self.under_way.is_empty() => done,
                () = tokio::time::sleep(wait) => None,
            };
            if let Some(done) = done
                && let Some(read) = self.take(done)?
            {
                return Ok(read);
            }
        }
    }

    /// The monotonic time before which nothing happened that is still to be read; none until each
    /// shard that was open at the beginning was read once.
    pub fn seen(&self) -> Option<Duration> {
        let seen = self.shards.values().map(Shard::seen);
        seen.reduce(|one, other| Some(one?.min(other?))).flatten()
    }

    /// Whether no shard had records when it was asked last.
    pub fn is_at_end(&self) -> bool {
        self.shards.values().all(Shard::is_at_end)
    }

    /// Why nothing was read lately, if nothing was.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.as_ref().map(Trouble::to_string)
    }

    /// Whether that is for want of an answer, and not for one that refuses.
    pub fn is_unanswered(&self) -> bool {
        matches!(self.trouble, Some(Trouble::Silent(_)))
    }

    /// The shards with the number of the record that was read last of each.
    pub fn cursors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.shards.iter().filter_map(|(id, shard)| Some((&**id, shard.cursor()?)))
    }

    /// Sends what is due; how long nothing else is.
    fn begin_due(&mut self) -> Duration {
        let now = self.options.clock.monotonic();
        let mut next = now + IDLE;
        if let Description::Due(due) = self.description {
            if due <= now {
                self.description = Description::UnderWay;
                let asking = self.asking.clone();
                self.under_way
                    .push(Box::pin(async move { Done::Described(asking.describe().await) }));
            } else {
                next = next.min(due);
            }
        }
        while self.under_way.len() < UNDER_WAY_MAX
            && let Some((due, _)) = self.due.first()
        {
            if *due > now {
                next = next.min(*due);
                break;
            }
            let Some((_, id)) = self.due.pop_first() else { break };
            if let Some(shard) = self.shards.get(&id) {
                let place = shard.place.clone();
                self.under_way.push(Box::pin(poll(self.asking.clone(), id, place, now)));
            }
        }
        next.saturating_sub(now)
    }

    fn take(&mut self, done: Done) -> Result<Option<Read>, Lost> {
        match done {
            Done::Described(described) => {
                self.described(described)?;
                Ok(None)
            }
            Done::Polled(id, began, polled) => self.polled(&id, began, polled),
        }
    }

    fn described(&mut self, described: Result<Described, Trouble>) -> Result<(), Lost> {
        let now = self.options.clock.monotonic();
        match described {
            Ok(Described { takes_records: false, .. }) => return Err(Lost::Disabled),
            Ok(Described { shards, .. }) => {
                self.failures = 0;
                if self.shards.is_empty() {
                    let open = self.tree.begin(&shards);
                    self.begin_shards(open, &ShardStart::Latest, None);
                    self.options.cursors.clear();
                } else {
                    let seen = self.seen();
                    let learned = self.tree.learn(&shards);
                    for over in learned.inherited {
                        self.shards.remove(over.as_str());
                    }
                    self.begin_shards(learned.begun, &ShardStart::TrimHorizon, seen);
                }
                let is_due = self.tree.lacks_children() || !self.tree.has_open();
                let pause = if is_due { DESCRIBED_AGAIN } else { DESCRIBED_EVERY };
                self.description = Description::Due(now + pause);
            }
            Err(Trouble::Lost(lost)) => return Err(lost),
            Err(trouble) => {
                self.failures += 1;
                self.trouble = Some(trouble);
                self.description = Description::Due(now + pause_after(self.failures));
            }
        }
        Ok(())
    }

    fn begin_shards(&mut self, ids: Vec<String>, start: &ShardStart, seen: Option<Duration>) {
        let now = self.options.clock.monotonic();
        for id in ids {
            let cursor = self.options.cursors.remove(&id).map(ShardStart::After);
            let start = cursor.unwrap_or_else(|| start.clone());
            let id: Id = id.into();
            self.due.insert((now, Arc::clone(&id)));
            self.shards.insert(id, Shard::new(start, seen));
        }
    }

    fn polled(
        &mut self,
        id: &Id,
        began: Duration,
        polled: Result<Polled, Trouble>,
    ) -> Result<Option<Read>, Lost> {
        let ReaderOptions { clock, poll_every, .. } = &self.options;
        let Some(shard) = self.shards.get_mut(id) else { return Ok(None) };
        let now = clock.monotonic();
        let (due, read) = match polled {
            Ok(polled) => {
                shard.answered(&polled, began, clock);
                self.trouble = None;
                let due = if polled.is_full { now } else { began + *poll_every };
                (due, Some(Read { records: polled.records }))
            }
            Err(Trouble::Lost(lost)) => return Err(lost),
            Err(Trouble::Expired) => {
                shard.start_again().ok_or(Lost::Gap)?;
                (now, None)
            }
            Err(trouble @ (Trouble::Refused(_) | Trouble::Denied(_) | Trouble::Silent(_))) => {
                self.trouble = Some(trouble);
                (now + pause_after(shard.failed()), None)
            }
        };
        if shard.place == Place::End {
            self.tree.ended(id);
            if let Description::Due(due) = &mut self.description {
                *due = now;
            }
        } else {
            self.due.insert((due, Arc::clone(id)));
        }
        Ok(read)
    }
}

/// Asks a shard for what comes next, at that monotonic time.
async fn poll(asking: Asking, id: Id, place: Place, began: Duration) -> Done {
    let polled = match &place {
        Place::Iterator(iterator) => asking.records(iterator).await,
        Place::Start(start) => match asking.iterator(&id, start).await {
            Ok(iterator) => asking.records(&iterator).await,
            Err(trouble) => Err(trouble),
        },
        Place::End => Ok(Polled::nothing()),
    };
    Done::Polled(id, began, polled)
}

fn pause_after(failures: u32) -> Duration {
    PAUSE_FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(PAUSE_MAX)
}

/// Requests about one stream at once.
const UNDER_WAY_MAX: usize = 32;
/// How often a stream is described of which nothing is expected.
const DESCRIBED_EVERY: Duration = Duration::from_secs(10);
/// How soon it is described again if a shard has ended and its children are not there.
const DESCRIBED_AGAIN: Duration = Duration::from_secs(1);
/// After a request without an answer.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// While nothing is due.
const IDLE: Duration = Duration::from_secs(1);
