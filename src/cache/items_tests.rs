//! The cache of items: hits, fills, lifetimes, limits.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::cache::{Policies, Policy};
use crate::clock::Clock;
use crate::model::{
    AttributeValue, Item, KeyAttribute, KeyBuffer, KeyType, KeyValue, TableId, TableSchema,
};

fn key(text: &str) -> ItemKey {
    let hash = KeyAttribute { name: "pk".into(), kind: KeyType::S };
    let schema = TableSchema { table: TableId::new(1), hash, range: None, indexes: Vec::new() };
    let mut buffer = KeyBuffer::default();
    schema.key_of_values(KeyValue::S(text), None, &mut buffer).expect("a key").to_key()
}

fn image(bytes: usize) -> Image {
    let item = Item::from([("v", AttributeValue::S("x".repeat(bytes)))]);
    Image::Item(item.encode())
}

fn cache(bytes: u64) -> (ItemCache, Arc<Rules>, Clock) {
    let clock = Clock::manual(0);
    let rules = Rules::new(Arc::default(), clock.clone());
    let options = Options { bytes, ..Options::default() };
    (ItemCache::new(&options, Arc::clone(&rules)), rules, clock)
}

fn set_policy(rules: &Rules, policy: Policy) {
    rules.set_policies(Policies { default: policy, ..Policies::default() }, [TableId::new(1)]);
}

fn is_hit(cache: &ItemCache, key: &ItemKey) -> bool {
    cache.get(key.view(), cache.rules.now()).is_some()
}

fn fill(cache: &ItemCache, key: &ItemKey, image: Image) {
    match cache.try_get_or_guard(key) {
        Lookup::Miss(guard) => guard.fill(image, cache.rules.stamp(key.table())),
        Lookup::Hit(_) | Lookup::Stale(_) | Lookup::Bypass(_) => panic!("the key is not free"),
    }
}

#[test]
fn a_filled_key_is_a_hit() {
    let (cache, ..) = cache(1 << 20);

    fill(&cache, &key("a"), Image::Absent);

    assert!(is_hit(&cache, &key("a")));
    assert!(!is_hit(&cache, &key("b")));
}

#[test]
fn a_write_overtakes_a_fill() {
    let (cache, ..) = cache(1 << 20);
    let key = key("a");
    let Lookup::Miss(guard) = cache.try_get_or_guard(&key) else { panic!("the key is free") };
    let stamp = cache.rules.stamp(key.table());

    cache.remove(&key);
    guard.fill(Image::Absent, stamp);

    assert!(!is_hit(&cache, &key));
}

#[test]
fn an_entry_ends_with_its_lifetime_and_can_be_filled_again() {
    let (cache, rules, clock) = cache(1 << 20);
    let ttl = Some(Duration::from_millis(50));
    set_policy(&rules, Policy { absence_ttl: ttl, ..Policy::default() });
    fill(&cache, &key("a"), Image::Absent);

    clock.advance(Duration::from_millis(49));
    assert!(is_hit(&cache, &key("a")));
    clock.advance(Duration::from_millis(1));

    assert!(!is_hit(&cache, &key("a")));
    fill(&cache, &key("a"), Image::Absent);
    assert!(is_hit(&cache, &key("a")));
}

#[test]
fn a_raised_generation_forgets_fills_that_began_before_it() {
    let (cache, rules, _) = cache(1 << 20);
    let key = key("a");
    let Lookup::Miss(guard) = cache.try_get_or_guard(&key) else { panic!("the key is free") };
    let stamp = cache.rules.stamp(key.table());

    rules.forget_all();
    guard.fill(Image::Absent, stamp);

    assert!(!is_hit(&cache, &key));
}

#[test]
fn an_image_that_was_sent_for_before_a_flush_is_not_served_after_it() {
    let (cache, rules, _) = cache(1 << 20);
    let key = key("a");
    let since = rules.stamp(key.table());

    cache.install_since(&key, Image::Absent, since);
    assert!(is_hit(&cache, &key));
    cache.remove(&key);
    rules.forget(key.table());
    cache.install_since(&key, Image::Absent, since);

    assert!(!is_hit(&cache, &key));
}

#[test]
fn the_cache_stays_within_its_bytes() {
    let (cache, ..) = cache(4 << 20);

    for number in 0..10_000 {
        cache.install(&key(&number.to_string()), image(1_000));
    }

    let (entries, bytes) = cache.usage();
    assert!(bytes <= 4 << 20, "{bytes}");
    assert!(entries > 1_000, "{entries}");
}

#[test]
fn the_largest_item_fits_a_cache_of_a_few_megabytes() {
    let (cache, ..) = cache(4 << 20);

    cache.install(&key("large"), image(400 * 1024 - 100));

    assert!(is_hit(&cache, &key("large")));
}

#[test]
fn an_entry_is_a_pointer_and_a_life() {
    assert_eq!(size_of::<Entry>(), 16);
}

#[test]
fn a_cache_that_is_off_is_always_bypassed() {
    let options = Options { enabled: false, ..Options::default() };
    let cache = ItemCache::new(&options, Rules::new(Arc::default(), Clock::manual(0)));

    cache.install(&key("a"), Image::Absent);

    assert!(!is_hit(&cache, &key("a")));
    assert!(matches!(cache.try_get_or_guard(&key("a")), Lookup::Bypass(Why::Policy)));
}

#[tokio::test]
async fn who_waited_inherits_the_guard_of_a_load_that_was_given_up() {
    let (cache, ..) = cache(1 << 20);
    let key = key("a");
    let Lookup::Miss(first) = cache.try_get_or_guard(&key) else { panic!("the key is free") };

    let (second, ()) = tokio::join!(cache.get_or_guard(&key), async { drop(first) });

    assert!(matches!(second, Lookup::Miss(_)));
}

#[test]
fn items_and_absences_have_times_of_their_own() {
    let (cache, rules, clock) = cache(1 << 20);
    let ms = |ms| Some(Duration::from_millis(ms));
    set_policy(&rules, Policy { item_ttl: ms(20), absence_ttl: ms(10), ..Policy::default() });
    fill(&cache, &key("item"), image(1));
    fill(&cache, &key("absence"), Image::Absent);

    clock.advance(Duration::from_millis(10));
    let after_ten = ["item", "absence"].map(|id| is_hit(&cache, &key(id)));
    clock.advance(Duration::from_millis(10));

    assert_eq!(after_ten, [true, false]);
    assert!(!is_hit(&cache, &key("item")));
}

#[test]
fn a_table_whose_reads_go_past_the_cache_is_neither_served_nor_filled() {
    let (cache, rules, _) = cache(1 << 20);
    fill(&cache, &key("a"), Image::Absent);

    set_policy(&rules, Policy { bypass: true, ..Policy::default() });
    cache.install(&key("b"), Image::Absent);

    assert!(!is_hit(&cache, &key("a")));
    assert!(!is_hit(&cache, &key("b")));
    assert!(matches!(cache.try_get_or_guard(&key("a")), Lookup::Bypass(Why::Policy)));
}

/// A load that began before its table was bypassed, and read its stamp after, left an entry that
/// hits found, since they ask for no policy. Now what is filled under such a policy is spent.
#[test]
fn a_load_that_a_bypass_overtook_leaves_no_hit() {
    let (cache, rules, _) = cache(1 << 20);
    let key = key("a");
    let Lookup::Miss(guard) = cache.try_get_or_guard(&key) else { panic!("the key is free") };

    set_policy(&rules, Policy { bypass: true, ..Policy::default() });
    guard.fill(Image::Absent, rules.stamp(key.table()));

    assert!(!is_hit(&cache, &key));
}

#[test]
fn what_happened_to_a_key_tells_why_it_is_not_there() {
    let (cache, rules, clock) = cache(1 << 20);
    set_policy(&rules, Policy { absence_ttl: Some(Duration::from_millis(5)), ..Policy::default() });
    let why = |id: &str| cache.why(key(id).view());
    for id in ["written", "expired", "dropped", "flushed"] {
        fill(&cache, &key(id), Image::Absent);
    }

    cache.remove(&key("written"));
    assert!(cache.evict(&key("dropped")));
    rules.forget_all();
    drop(cache.try_get_or_guard(&key("flushed")));
    clock.advance(Duration::from_millis(5));
    drop(cache.try_get_or_guard(&key("expired")));

    assert_eq!(why("never"), Why::NeverSeen);
    assert_eq!(why("written"), Why::Written);
    assert_eq!(why("dropped"), Why::Flushed);
    assert_eq!(why("flushed"), Why::Flushed);
    assert_eq!(why("expired"), Why::Expired);
}
