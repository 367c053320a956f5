//! How each table is cached, and what decides whether an entry still holds.
//!
//! Must hold: a policy that lets entries live shorter, or not at all, forgets what was cached under
//! the one before, so that no hit has to ask for policies; an entry is a hit only before its
//! expiry and only in the generation it was made in.
//! Not here: the configuration file (`config/`), which is where policies come from.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;

use super::generation::Generations;
use crate::clock::Clock;
use crate::fence::Stamp;
use crate::model::TableId;

/// How the caches are built.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether anything is cached at all.
    pub enabled: bool,
    /// The memory that items may take, their bookkeeping included.
    pub bytes: u64,
    /// The memory that pages of queries and scans may take, their bookkeeping included.
    pub query_bytes: u64,
}

/// How one table is cached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Whether its reads go past the caches.
    pub bypass: bool,
    /// How long items live; `None` keeps them until they are evicted or written.
    pub item_ttl: Option<Duration>,
    /// How long absences live.
    pub absence_ttl: Option<Duration>,
    /// How long pages live.
    pub query_ttl: Option<Duration>,
    /// The same of pages of indexes that follow their tables in their own time, if not as long.
    pub follower_ttl: Option<Duration>,
    /// How long past its time an entry may be served while the engine gives no answer.
    pub max_stale: Duration,
    /// How pages are cached.
    pub queries: QueryCaching,
    /// What is made of its stream, if a service upstream has the table.
    pub stream: StreamUse,
    /// The largest page that is kept, in bytes of its items.
    pub page_bytes_max: usize,
    /// How many reads of the engine may fill the caches at once.
    pub fills_max: usize,
}

/// How pages of queries and scans are cached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum QueryCaching {
    /// A page is served only while nothing was written to the partition that it was read from.
    Exact,
    /// A page is served for as long as it lives, whatever is written meanwhile.
    Dax,
    /// No page is cached.
    Off,
}

/// What is made of the stream of a table upstream, which tells of writes that come another way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum StreamUse {
    /// Nothing.
    Off,
    /// It is read if there is one.
    #[default]
    Use,
    /// It is read, and turned on where there is none.
    Enable,
}

/// The policies of all tables; replaced whole.
#[derive(Debug, Default)]
pub struct Policies {
    /// For tables that are not named.
    pub default: Policy,
    /// For single tables.
    pub tables: HashMap<TableId, Policy, ahash::RandomState>,
}

/// What both caches go by.
pub struct Rules {
    generations: Arc<Generations>,
    policies: ArcSwap<Limited>,
    clock: Clock,
}

/// Policies, with the permits of each table's fills.
#[derive(Default)]
struct Limited {
    policies: Policies,
    fills: HashMap<TableId, Arc<Semaphore>, ahash::RandomState>,
}

impl Default for Options {
    fn default() -> Self {
        Self { enabled: true, bytes: 256 << 20, query_bytes: 64 << 20 }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            bypass: false,
            item_ttl: None,
            absence_ttl: None,
            query_ttl: None,
            follower_ttl: None,
            max_stale: Duration::ZERO,
            queries: QueryCaching::Exact,
            stream: StreamUse::Use,
            page_bytes_max: 256 << 10,
            fills_max: 64,
        }
    }
}

impl Policies {
    /// How this table is cached.
    pub fn of(&self, table: TableId) -> &Policy {
        self.tables.get(&table).unwrap_or(&self.default)
    }
}

impl Rules {
    /// Rules with the default policy for every table.
    pub fn new(generations: Arc<Generations>, clock: Clock) -> Arc<Self> {
        Arc::new(Self { generations, policies: ArcSwap::default(), clock })
    }

    /// How this table is cached now.
    pub fn policy(&self, table: TableId) -> Policy {
        self.policies.load().policies.of(table).clone()
    }

    /// Replaces all policies. `tables` are those that there are.
    pub fn set_policies(&self, policies: Policies, tables: impl IntoIterator<Item = TableId>) {
        let before = self.policies.load_full();
        let mut fills = HashMap::default();
        let mut stricter = Vec::new();
        for table in tables {
            let (old, new) = (before.policies.of(table), policies.of(table));
            let kept = before.fills.get(&table).filter(|_| old.fills_max == new.fills_max);
            let permits = kept.cloned().unwrap_or_else(|| Arc::new(Semaphore::new(new.fills_max)));
            fills.insert(table, permits);
            if new.is_stricter_than(old) {
                stricter.push(table);
            }
        }
        self.policies.store(Arc::new(Limited { policies, fills }));
        // Only now: what is filled from here on is filled under the new policies.
        for table in stricter {
            self.generations.raise(table);
        }
    }

    /// The permits of this table's fills; none if its policy was not resolved yet.
    pub fn fills(&self, table: TableId) -> Option<Arc<Semaphore>> {
        self.policies.load().fills.get(&table).cloned()
    }

    /// The stamp to read before the snapshot that an entry comes from.
    pub fn stamp(&self, table: TableId) -> Stamp {
        self.generations.stamp(table)
    }

    /// When an entry made now expires.
    pub(super) fn expiry(&self, ttl: Option<Duration>) -> Duration {
        ttl.map_or(Duration::MAX, |ttl| self.clock.monotonic() + ttl)
    }

    /// The monotonic time.
    pub(super) fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Forgets everything that is cached of this table.
    pub fn forget(&self, table: TableId) {
        self.generations.raise(table);
    }

    /// Forgets everything that is cached.
    pub fn forget_all(&self) {
        self.generations.raise_all();
    }
}

impl Policy {
    /// How long pages live; of an index that follows its table in its own time, or of another.
    pub(super) fn page_ttl(&self, is_of_follower: bool) -> Option<Duration> {
        self.follower_ttl.filter(|_| is_of_follower).or(self.query_ttl)
    }

    /// Whether something that was cached under `old` may not be served any more.
    fn is_stricter_than(&self, old: &Self) -> bool {
        let shorter = |new: Option<Duration>, old: Option<Duration>| {
            new.is_some_and(|new| old.is_none_or(|old| new < old))
        };
        self.bypass && !old.bypass
            || shorter(self.item_ttl, old.item_ttl)
            || shorter(self.absence_ttl, old.absence_ttl)
            || shorter(self.query_ttl, old.query_ttl)
            || shorter(self.page_ttl(true), old.page_ttl(true))
            || self.queries != old.queries
            || self.page_bytes_max < old.page_bytes_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: TableId = TableId::new(1);

    fn rules() -> Arc<Rules> {
        Rules::new(Arc::default(), Clock::manual(0))
    }

    fn set(rules: &Rules, default: Policy) {
        rules.set_policies(Policies { default, ..Policies::default() }, [TABLE]);
    }

    #[test]
    fn a_stricter_policy_forgets_what_the_one_before_allowed() {
        let ms = Duration::from_millis;
        let ttl = |ttl| Policy { item_ttl: ttl, ..Policy::default() };
        let bypass = Policy { bypass: true, ..Policy::default() };
        let off = Policy { queries: QueryCaching::Off, ..Policy::default() };
        let cases = [
            (Policy::default(), ttl(Some(ms(5))), true),
            (ttl(Some(ms(5))), ttl(Some(ms(4))), true),
            (ttl(Some(ms(5))), ttl(Some(ms(6))), false),
            (ttl(Some(ms(5))), ttl(None), false),
            (Policy::default(), bypass.clone(), true),
            (bypass, Policy::default(), false),
            (Policy::default(), off, true),
            (Policy::default(), Policy { page_bytes_max: 1, ..Policy::default() }, true),
            (Policy::default(), Policy::default(), false),
        ];
        for (old, new, forgets) in cases {
            let rules = rules();
            set(&rules, old.clone());
            let stamp = rules.stamp(TABLE);

            set(&rules, new.clone());

            assert_eq!(rules.stamp(TABLE) != stamp, forgets, "{old:?} {new:?}");
        }
    }

    #[test]
    fn permits_are_kept_as_long_as_their_number_is() {
        let rules = rules();
        let permits = |rules: &Rules| rules.fills(TABLE).expect("the table was named");
        set(&rules, Policy::default());
        let first = permits(&rules);

        set(&rules, Policy { bypass: true, ..Policy::default() });
        let same = permits(&rules);
        set(&rules, Policy { fills_max: 3, ..Policy::default() });
        let other = permits(&rules);

        assert!(Arc::ptr_eq(&first, &same));
        assert_eq!(other.available_permits(), 3);
    }
}
