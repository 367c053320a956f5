//! The cache of pages: epochs, time, loads that are shared and given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::*;
use crate::cache::{Policies, Policy};
use crate::clock::Clock;
use crate::fence::{Entries, Fence};
use crate::model::{AttributeValue, Image, IndexId, Item, ItemKey};

const TABLE: TableId = TableId::new(1);

/// A fence of which only the epochs are used.
struct NoItems;

impl Entries for NoItems {
    fn remove(&self, _key: &ItemKey) {}
    fn install(&self, _key: &ItemKey, _image: Image) {}
}

struct World {
    pages: PageCache,
    rules: Arc<Rules>,
    fence: Arc<Fence>,
    clock: Clock,
    reads: AtomicU64,
}

impl World {
    fn new(policy: Policy) -> Self {
        let clock = Clock::manual(0);
        let rules = Rules::new(Arc::default(), clock.clone());
        rules.set_policies(Policies { default: policy, ..Policies::default() }, [TABLE]);
        let pages = PageCache::new(&Options::default(), Arc::clone(&rules));
        let fence = Fence::new(Arc::new(NoItems), crate::fence::Options::default());
        Self { pages, rules, fence, clock, reads: AtomicU64::new(0) }
    }

    fn epoch(&self) -> Option<Epoch> {
        self.fence.epoch(TABLE, IndexId::TABLE, b"p")
    }

    fn write(&self) {
        let mut ticket = self.fence.ticket();
        ticket.touch(TABLE, IndexId::TABLE, b"p");
        ticket.close();
    }

    /// Loads a page of one item of so many bytes.
    async fn load(&self, epoch: Option<Epoch>, bytes: usize) -> Arc<PageImage> {
        let read = || async {
            self.reads.fetch_add(1, Ordering::Relaxed);
            let item = Item::from([("a", AttributeValue::S("x".repeat(bytes)))]).encode();
            let items = Some(vec![item.item()]);
            Ok::<_, ()>(PageFound { items, count: 1, ..PageFound::default() })
        };
        self.pages.load(&key(), epoch, read).await.expect("the read succeeds").page
    }

    fn is_hit(&self, epoch: Option<Epoch>) -> bool {
        self.pages.get(&key(), epoch, self.clock.monotonic()).is_some()
    }
}

fn key() -> PageKey {
    PageKey::new(TABLE, b"request".to_vec())
}

#[tokio::test]
async fn a_page_is_served_until_its_partition_is_written() {
    let world = World::new(Policy::default());
    let epoch = world.epoch();
    assert_eq!(world.pages.why(&key(), epoch), Why::NeverSeen);

    world.load(epoch, 10).await;
    let before = world.is_hit(world.epoch());
    world.write();

    assert!(before);
    assert!(!world.is_hit(world.epoch()));
    assert_eq!(world.pages.why(&key(), world.epoch()), Why::Written);
}

#[tokio::test]
async fn a_page_ends_with_its_time() {
    let ttl = Some(Duration::from_millis(50));
    let world = World::new(Policy { query_ttl: ttl, ..Policy::default() });
    let epoch = world.epoch();
    world.load(epoch, 10).await;

    world.clock.advance(Duration::from_millis(49));
    assert!(world.is_hit(epoch));
    world.clock.advance(Duration::from_millis(1));

    assert!(!world.is_hit(epoch));
    assert_eq!(world.pages.why(&key(), epoch), Why::Expired);
}

#[tokio::test]
async fn a_page_whose_time_is_over_is_counted_once_by_who_looks_twice() {
    let ttl = Some(Duration::from_millis(50));
    let world = World::new(Policy { query_ttl: ttl, ..Policy::default() });
    let epoch = world.epoch();
    world.load(epoch, 10).await;
    let first = || world.pages.get_first(&key(), epoch, world.clock.monotonic());
    assert!(first().is_some());

    world.clock.advance(Duration::from_millis(50));

    assert!(first().is_none());
    assert_eq!(world.pages.counts.expirations.get(), 0);
    assert!(!world.is_hit(epoch));
    assert_eq!(world.pages.counts.expirations.get(), 1);
}

#[tokio::test]
async fn a_page_without_an_epoch_is_not_served_to_who_has_one() {
    let world = World::new(Policy::default());
    world.load(None, 10).await;

    assert!(world.is_hit(None));
    assert!(!world.is_hit(world.epoch()));
}

#[tokio::test]
async fn a_flush_that_overtakes_a_load_keeps_its_page_from_being_served() {
    let world = World::new(Policy::default());
    let epoch = world.epoch();
    let read = || async {
        world.rules.forget(TABLE);
        Ok::<_, ()>(PageFound::default())
    };

    world.pages.load(&key(), epoch, read).await.expect("the read succeeds");

    assert!(!world.is_hit(epoch));
}

#[tokio::test]
async fn a_flush_ends_pages() {
    let world = World::new(Policy::default());
    let epoch = world.epoch();
    world.load(epoch, 10).await;

    world.rules.forget(TABLE);

    assert!(!world.is_hit(epoch));
    assert_eq!(world.pages.why(&key(), epoch), Why::Flushed);
}

#[tokio::test]
async fn a_page_that_is_too_large_is_answered_and_not_kept() {
    let world = World::new(Policy { page_bytes_max: 1_000, ..Policy::default() });
    let epoch = world.epoch();

    let answered = world.load(epoch, 1_000).await;
    let large = world.is_hit(epoch);
    world.load(epoch, 900).await;

    assert_eq!(answered.found().count, 1);
    assert!(!large);
    assert!(world.is_hit(epoch));
}

#[tokio::test]
async fn loads_of_one_epoch_are_one_read_and_those_of_another_are_not() {
    let world = World::new(Policy { page_bytes_max: 0, ..Policy::default() });
    let old = world.epoch();
    let (entered, wait) = tokio::sync::oneshot::channel::<()>();
    let slow = || async {
        world.reads.fetch_add(1, Ordering::Relaxed);
        wait.await.expect("the test goes on");
        Ok::<_, ()>(PageFound::default())
    };
    let key = key();
    let first = world.pages.load(&key, old, slow);
    let others = async {
        world.write();
        let new = world.epoch();
        let later = world.load(new, 10).await;
        let joined = world.load(old, 10);
        let (joined, ()) = tokio::join!(joined, async {
            entered.send(()).expect("the load waits");
        });
        (later, joined)
    };

    let (first, (later, joined)) = tokio::join!(first, others);

    let first = first.expect("the read succeeds").page;
    assert!(Arc::ptr_eq(&first, &joined) && !Arc::ptr_eq(&first, &later));
    assert_eq!(world.reads.load(Ordering::Relaxed), 2);
    assert!(world.pages.loads.is_empty());
}

#[tokio::test]
async fn nobody_joins_a_load_from_before_a_flush() {
    let world = World::new(Policy::default());
    let epoch = world.epoch();
    let key = key();
    let (entered, wait) = tokio::sync::oneshot::channel::<()>();
    let slow = || async {
        wait.await.expect("the test goes on");
        Ok::<_, ()>(PageFound::default())
    };
    let later = async {
        world.rules.forget(TABLE);
        let later = world.load(epoch, 10).await;
        entered.send(()).expect("the load waits");
        later
    };

    let (first, later) = tokio::join!(world.pages.load(&key, epoch, slow), later);

    assert!(!Arc::ptr_eq(&first.expect("the read succeeds").page, &later));
    assert!(world.is_hit(epoch));
}

#[tokio::test]
async fn a_load_that_is_given_up_is_taken_over_and_one_that_fails_is_tried_again() {
    let world = World::new(Policy::default());
    let epoch = world.epoch();
    let key = key();
    let never = || std::future::pending::<Result<PageFound, ()>>();
    let fails = || async { Err::<PageFound, &str>("the disk is slow") };

    let given_up = async {
        tokio::select! {
            biased;
            _ = world.pages.load(&key, epoch, never) => unreachable!("it never ends"),
            () = tokio::task::yield_now() => {}
        }
    };
    let ((), taken_over) = tokio::join!(given_up, world.load(epoch, 10));
    let failed = world.pages.load(&PageKey::new(TABLE, vec![]), epoch, fails).await;

    assert_eq!((taken_over.found().count, world.reads.load(Ordering::Relaxed)), (1, 1));
    assert_eq!(failed.err(), Some("the disk is slow"));
    assert!(world.pages.loads.is_empty());
}

#[tokio::test]
async fn pages_stay_within_their_bytes() {
    let world = World::new(Policy::default());
    let options = Options { query_bytes: 1 << 20, ..Options::default() };
    let pages = PageCache::new(&options, Arc::clone(&world.rules));
    for number in 0..1_000_u32 {
        let item = Item::from([("a", AttributeValue::S("x".repeat(5_000)))]).encode();
        let items = Some(vec![item.item()]);
        let read = || async { Ok::<_, ()>(PageFound { items, ..PageFound::default() }) };
        let key = PageKey::new(TABLE, number.to_be_bytes().to_vec());
        pages.load(&key, None, read).await.expect("the read succeeds");
    }

    if let Some(map) = &pages.map {
        map.run_pending_tasks();
    }

    let (entries, bytes) = pages.usage();
    assert!(bytes <= 1 << 20, "{bytes}");
    assert!((50..=110).contains(&entries), "{entries}");
}
