//! The cache of items: hits, fills, lifetimes, limits.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::cache::Lifetimes;
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
    Image::Item(Arc::new(item.encode()))
}

fn cache(bytes: u64) -> (ItemCache, Arc<Generations>, Clock) {
    let (generations, clock) = (Arc::new(Generations::default()), Clock::manual(0));
    let options = Options { enabled: true, bytes };
    (ItemCache::new(&options, Arc::clone(&generations), clock.clone()), generations, clock)
}

fn is_hit(cache: &ItemCache, key: &ItemKey) -> bool {
    cache.get(key.view(), cache.clock.monotonic()).is_some()
}

fn fill(cache: &ItemCache, key: &ItemKey, image: Image) {
    match cache.try_get_or_guard(key) {
        Lookup::Miss(guard) => guard.fill(image, cache.stamp(key.view())),
        Lookup::Hit(_) | Lookup::Bypass => panic!("the key is not free"),
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
    let stamp = cache.stamp(key.view());

    cache.remove(&key);
    guard.fill(Image::Absent, stamp);

    assert!(!is_hit(&cache, &key));
}

#[test]
fn an_entry_ends_with_its_lifetime_and_can_be_filled_again() {
    let (cache, _, clock) = cache(1 << 20);
    let default = Some(Duration::from_millis(50));
    cache.set_lifetimes(Lifetimes { default, ..Lifetimes::default() });
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
    let (cache, generations, _) = cache(1 << 20);
    let key = key("a");
    let Lookup::Miss(guard) = cache.try_get_or_guard(&key) else { panic!("the key is free") };
    let stamp = cache.stamp(key.view());

    generations.raise_all();
    guard.fill(Image::Absent, stamp);

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
fn a_cache_that_is_off_is_always_bypassed() {
    let options = Options { enabled: false, bytes: 1 << 20 };
    let cache = ItemCache::new(&options, Arc::default(), Clock::manual(0));

    cache.install(&key("a"), Image::Absent);

    assert!(!is_hit(&cache, &key("a")));
    assert!(matches!(cache.try_get_or_guard(&key("a")), Lookup::Bypass));
}

#[tokio::test]
async fn who_waited_inherits_the_guard_of_a_load_that_was_given_up() {
    let (cache, ..) = cache(1 << 20);
    let key = key("a");
    let Lookup::Miss(first) = cache.try_get_or_guard(&key) else { panic!("the key is free") };

    let (second, ()) = tokio::join!(cache.get_or_guard(&key), async { drop(first) });

    assert!(matches!(second, Lookup::Miss(_)));
}
