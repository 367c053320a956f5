//! Entries past their time: who is served one, and what takes it away.

use std::sync::Arc;

use super::*;
use crate::cache::items::ItemCache;
use crate::cache::{Options, Policies, Rules, Why};
use crate::clock::Clock;
use crate::fence::{Entries as _, Fence};
use crate::model::{KeyAttribute, KeyBuffer, KeyType, KeyValue, TableId, TableSchema};

const TABLE: TableId = TableId::new(1);
const TTL: Duration = Duration::from_millis(100);
const MAX_STALE: Duration = Duration::from_millis(50);

struct World {
    cache: Arc<ItemCache>,
    rules: Arc<Rules>,
    clock: Clock,
    key: ItemKey,
}

impl World {
    /// A key whose time is just over.
    fn new(max_stale: Duration) -> Self {
        let clock = Clock::manual(0);
        let rules = Rules::new(Arc::default(), clock.clone());
        let cache = Arc::new(ItemCache::new(&Options::default(), Arc::clone(&rules)));
        let world = Self { cache, rules, clock, key: key() };
        world.set_policy(Policy {
            item_ttl: Some(TTL),
            absence_ttl: Some(TTL),
            max_stale,
            ..Policy::default()
        });
        world.guard().fill(Image::Absent, world.rules.stamp(TABLE));
        world.clock.advance(TTL);
        world
    }

    fn set_policy(&self, policy: Policy) {
        self.rules.set_policies(Policies { default: policy, ..Policies::default() }, [TABLE]);
    }

    fn guard(&self) -> FillGuard<'_> {
        match self.cache.try_get_or_guard(&self.key) {
            Lookup::Miss(guard) => guard,
            Lookup::Hit(_) | Lookup::Stale(_) | Lookup::Bypass(_) => panic!("the key is not free"),
        }
    }
}

fn key() -> ItemKey {
    let hash = KeyAttribute { name: "pk".into(), kind: KeyType::S };
    let schema = TableSchema { table: TABLE, hash, range: None, indexes: Vec::new() };
    let mut buffer = KeyBuffer::default();
    schema.key_of_values(KeyValue::S("a"), None, &mut buffer).expect("a key").to_key()
}

#[test]
fn an_entry_is_served_past_its_time_until_that_is_over_too() {
    for (past_ms, is_served) in [(0, true), (49, true), (50, false)] {
        let world = World::new(MAX_STALE);
        world.clock.advance(Duration::from_millis(past_ms));

        let served = world.guard().unanswered();

        assert_eq!(served.is_some(), is_served, "{past_ms}");
        assert_eq!(world.cache.past_its_time(&world.key).is_some(), is_served, "{past_ms}");
        assert!(world.cache.get(world.key.view(), world.clock.monotonic()).is_none());
    }
}

#[test]
fn where_no_policy_allows_it_nothing_is_served_past_its_time() {
    let none = World::new(Duration::ZERO);
    assert!(none.guard().unanswered().is_none());
    assert!(none.cache.past_its_time(&none.key).is_none());

    let bypassed = World::new(MAX_STALE);
    let guard = bypassed.guard();
    bypassed.set_policy(Policy { bypass: true, max_stale: MAX_STALE, ..Policy::default() });
    assert!(guard.unanswered().is_none());
}

#[test]
fn a_shorter_time_holds_at_once() {
    let world = World::new(MAX_STALE);
    world.clock.advance(Duration::from_millis(20));
    let guard = world.guard();
    let shorter = Duration::from_millis(20);

    let policy = world.rules.policy(TABLE);
    world.set_policy(Policy { max_stale: shorter, ..policy });

    assert!(guard.unanswered().is_none());
}

#[test]
fn what_was_filled_takes_the_place_of_what_was_past_its_time() {
    let world = World::new(MAX_STALE);

    world.guard().fill(Image::Absent, world.rules.stamp(TABLE));

    assert!(world.cache.get(world.key.view(), world.clock.monotonic()).is_some());
}

#[test]
fn a_write_that_opens_takes_it_away_whenever_it_does() {
    let before = World::new(MAX_STALE);
    before.cache.remove(&before.key);
    assert!(before.guard().unanswered().is_none());

    let during = World::new(MAX_STALE);
    let guard = during.guard();
    during.cache.remove(&during.key);
    assert!(guard.unanswered().is_none());
    assert!(during.cache.past_its_time(&during.key).is_none());

    let after = World::new(MAX_STALE);
    drop(after.guard());
    assert!(after.cache.past_its_time(&after.key).is_some());
    after.cache.remove(&after.key);
    assert!(after.cache.past_its_time(&after.key).is_none());
}

#[test]
fn a_guard_that_the_fence_does_not_admit_brings_nothing_back() {
    let world = World::new(MAX_STALE);
    let fence = Fence::new(Arc::<ItemCache>::clone(&world.cache), crate::fence::Options::default());
    let guard = world.guard();

    let mut ticket = fence.ticket();
    ticket.open(&world.key);
    assert!(fence.admit(&world.key, guard).is_none());
    ticket.close();

    assert!(world.cache.past_its_time(&world.key).is_none());
}

#[test]
fn a_flush_and_an_eviction_take_it_away() {
    let flushed = World::new(MAX_STALE);
    let guard = flushed.guard();
    flushed.rules.forget_all();
    assert!(guard.unanswered().is_none());

    let forgotten = World::new(MAX_STALE);
    forgotten.rules.forget(TABLE);
    assert!(forgotten.guard().unanswered().is_none());

    let evicted = World::new(MAX_STALE);
    let guard = evicted.guard();
    evicted.cache.evict_partition(TABLE, evicted.key.partition());
    assert!(guard.unanswered().is_none());

    let dropped = World::new(MAX_STALE);
    let guard = dropped.guard();
    dropped.cache.evict(&dropped.key);
    assert!(guard.unanswered().is_none());
    assert!(dropped.cache.past_its_time(&dropped.key).is_none());
}

#[tokio::test]
async fn who_waited_is_served_what_got_no_answer_and_who_comes_later_asks() {
    let world = World::new(MAX_STALE);
    let guard = world.guard();

    let (waited, ()) = tokio::join!(world.cache.get_or_guard(&world.key), async {
        assert!(guard.unanswered().is_some());
    });

    assert!(matches!(waited, Lookup::Stale(Image::Absent)));
    assert!(matches!(world.cache.get_or_guard(&world.key).await, Lookup::Miss(_)));
}

#[tokio::test]
async fn who_waited_for_a_load_that_was_given_up_asks() {
    let world = World::new(MAX_STALE);
    let guard = world.guard();

    let (waited, ()) = tokio::join!(world.cache.get_or_guard(&world.key), async { drop(guard) });

    let Lookup::Miss(guard) = waited else { panic!("nobody asked in vain") };
    assert!(guard.unanswered().is_some());
}

#[test]
fn who_does_not_wait_reads_past_what_another_loads() {
    let world = World::new(MAX_STALE);
    let _guard = world.guard();

    let other = world.cache.try_get_or_guard(&world.key);

    assert!(matches!(other, Lookup::Bypass(Why::InFlight)));
}
