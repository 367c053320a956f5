//! What the coherence protocol needs of the pinned cache map, asked of the crate itself.
//!
//! The placeholder guard is the token of a fill: a write that overtook it must make it void, and
//! a void guard must touch nothing that came later. `tests/fence_model.rs` has the interleavings;
//! this is the list to run when the pin moves.
#![cfg(not(feature = "shuttle"))]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use quick_cache::sync::{
    Cache, DefaultLifecycle, EntryAction, EntryResult, GuardResult, PlaceholderGuard,
};
use quick_cache::{DefaultHashBuilder, Weighter};

type Map = Cache<u32, u64, Own, DefaultHashBuilder>;
type Guard<'a> =
    PlaceholderGuard<'a, u32, u64, Own, DefaultHashBuilder, DefaultLifecycle<u32, u64>>;

/// An entry weighs its value.
#[derive(Clone)]
struct Own;

impl Weighter<u32, u64> for Own {
    fn weight(&self, _key: &u32, value: &u64) -> u64 {
        *value
    }
}

fn map() -> Map {
    Cache::with_weighter(CAPACITY, CAPACITY as u64, Own)
}

fn guard(map: &Map) -> Guard<'_> {
    match map.get_value_or_guard(&KEY, Some(Duration::ZERO)) {
        GuardResult::Guard(guard) => guard,
        GuardResult::Value(_) | GuardResult::Timeout => panic!("the key's place is not free"),
    }
}

fn is_held(map: &Map) -> bool {
    matches!(map.get_value_or_guard(&KEY, Some(Duration::ZERO)), GuardResult::Timeout)
}

/// Polls once; whoever waits for a guard is listed as a waiter from then on.
fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[test]
fn a_guard_fills_its_place() {
    let map = map();

    let filled = guard(&map).insert(1);

    assert_eq!(filled, Ok(()));
    assert_eq!(map.get(&KEY), Some(1));
}

#[test]
fn a_guard_refuses_to_fill_after_a_remove() {
    let map = map();
    let guard = guard(&map);

    map.remove(&KEY);

    assert_eq!(guard.insert(1), Err(1));
    assert_eq!(map.get(&KEY), None);
}

#[test]
fn a_guard_refuses_to_fill_after_an_insert_and_leaves_what_was_inserted() {
    let map = map();
    let guard = guard(&map);

    map.insert(KEY, 2);

    assert_eq!(guard.insert(1), Err(1));
    assert_eq!(map.get(&KEY), Some(2));
}

/// Takes what the key has, which leaves a guard in its place.
fn taken(map: &Map) -> (Guard<'_>, u64) {
    match map.entry(&KEY, Some(Duration::ZERO), |_, _| EntryAction::<()>::ReplaceWithGuard) {
        EntryResult::Replaced(guard, value) => (guard, value),
        _ => panic!("there is something to take"),
    }
}

#[test]
fn what_a_guard_took_the_place_of_can_be_put_back_unless_the_guard_is_void() {
    let map = map();
    map.insert(KEY, 1);

    let (guard, old) = taken(&map);
    assert!(is_held(&map) && map.get(&KEY).is_none());
    assert_eq!(guard.insert(old), Ok(()));
    assert_eq!((map.get(&KEY), map.weight()), (Some(1), 1));

    let (guard, old) = taken(&map);
    map.remove(&KEY);
    assert_eq!(guard.insert(old), Err(1));
    assert_eq!((map.get(&KEY), map.weight()), (None, 0));
}

#[test]
fn a_void_guard_never_fills_a_later_placeholder() {
    let map = map();
    let void = guard(&map);
    map.remove(&KEY);
    let later = guard(&map);

    assert_eq!(void.insert(1), Err(1));
    assert!(is_held(&map));
    assert_eq!(later.insert(2), Ok(()));
    assert_eq!(map.get(&KEY), Some(2));
}

#[test]
fn a_void_guard_that_is_dropped_leaves_a_later_placeholder() {
    let map = map();
    let void = guard(&map);
    map.remove(&KEY);
    let later = guard(&map);

    drop(void);

    assert!(is_held(&map));
    assert_eq!(later.insert(2), Ok(()));
}

#[test]
fn a_void_guard_never_fills_the_place_that_another_key_took_over() {
    let map = map();
    let void = guard(&map);
    map.remove(&KEY);
    map.insert(KEY + 1, 2);

    assert_eq!(void.insert(1), Err(1));
    assert_eq!((map.get(&KEY), map.get(&(KEY + 1))), (None, Some(2)));
}

#[test]
fn a_remove_removes_a_placeholder() {
    let map = map();
    let _void = guard(&map);

    map.remove(&KEY);

    assert!(!is_held(&map));
}

#[test]
fn a_guard_that_is_dropped_frees_its_place() {
    let map = map();

    drop(guard(&map));

    assert!(!is_held(&map));
}

#[test]
fn a_time_out_of_zero_ends_at_once_while_another_holds_the_guard() {
    let map = map();
    let held = guard(&map);

    let while_held = is_held(&map);
    held.insert(1).expect("nothing overtook it");

    assert!(while_held);
    let found = map.get_value_or_guard(&KEY, Some(Duration::ZERO));
    assert!(matches!(found, GuardResult::Value(1)));
}

#[test]
fn a_waiter_inherits_the_guard_and_may_fill() {
    let map = map();
    let first = guard(&map);
    let mut waiter = pin!(map.get_value_or_guard_async(&KEY));
    assert!(poll(waiter.as_mut()).is_none());

    drop(first);
    let inherited = poll(waiter).expect("the guard is free").expect_err("nothing was filled in");

    assert!(is_held(&map));
    assert_eq!(inherited.insert(1), Ok(()));
    assert_eq!(map.get(&KEY), Some(1));
}

#[test]
fn an_inherited_guard_is_as_void_as_the_first_was() {
    let map = map();
    let first = guard(&map);
    let mut waiter = pin!(map.get_value_or_guard_async(&KEY));
    assert!(poll(waiter.as_mut()).is_none());

    map.remove(&KEY);
    drop(first);
    let inherited = poll(waiter).expect("the guard is free").expect_err("nothing was filled in");

    assert_eq!(inherited.insert(1), Err(1));
    assert_eq!(map.get(&KEY), None);
}

#[test]
fn a_waiter_that_is_dropped_passes_an_inherited_guard_on() {
    let map = map();
    let first = guard(&map);
    {
        let mut waiter = pin!(map.get_value_or_guard_async(&KEY));
        assert!(poll(waiter.as_mut()).is_none());
        drop(first);
    }

    assert!(!is_held(&map));
}

/// It waited when the write began, so the older image is an answer; it just must not stay.
#[test]
fn a_waiter_is_answered_by_a_fill_that_was_overtaken() {
    let map = map();
    let first = guard(&map);
    let mut waiter = pin!(map.get_value_or_guard_async(&KEY));
    assert!(poll(waiter.as_mut()).is_none());

    map.remove(&KEY);
    let refused = first.insert(1);

    assert_eq!(refused, Err(1));
    assert!(matches!(poll(waiter), Some(Ok(1))));
    assert_eq!(map.get(&KEY), None);
}

/// A reader that comes after a write began must not wait for a fill from before.
#[test]
fn nobody_joins_a_placeholder_that_was_removed() {
    let map = map();
    let void = guard(&map);

    map.remove(&KEY);
    let mut reader = pin!(map.get_value_or_guard_async(&KEY));
    let own = poll(reader.as_mut()).expect("it does not wait").expect_err("nothing was filled in");
    void.insert(1).expect_err("it was overtaken");

    assert_eq!(own.insert(2), Ok(()));
    assert_eq!(map.get(&KEY), Some(2));
}

#[test]
fn placeholders_survive_any_amount_of_eviction() {
    let map = map();
    let held = guard(&map);

    for key in 0..10 * u32::try_from(CAPACITY).expect("small") {
        map.insert(KEY + 1 + key, 1);
    }

    assert!(map.weight() <= CAPACITY as u64);
    assert!(is_held(&map));
    assert_eq!(held.insert(1), Ok(()));
    assert_eq!(map.get(&KEY), Some(1));
}

#[test]
fn a_placeholder_weighs_nothing() {
    let map = map();

    let _held = guard(&map);

    assert_eq!(map.weight(), 0);
}

/// Why a flush raises the cache's generation and does not rely on this.
#[test]
fn retain_passes_placeholders_by() {
    let map = map();
    let held = guard(&map);

    map.retain(|_, _| false);

    assert_eq!(held.insert(1), Ok(()));
}

#[test]
fn a_value_too_heavy_for_the_map_leaves_no_older_one() {
    let map = map();
    map.insert(KEY, 1);

    map.insert(KEY, TOO_HEAVY);

    assert_eq!(map.get(&KEY), None);
}

#[test]
fn a_fill_too_heavy_for_the_map_frees_its_place() {
    let map = map();

    // What is returned here says nothing: the crate calls it filled, and keeps nothing.
    let _ = guard(&map).insert(TOO_HEAVY);

    assert_eq!(map.get(&KEY), None);
    assert!(!is_held(&map));
}

const KEY: u32 = 7;
const CAPACITY: usize = 64;
const TOO_HEAVY: u64 = 10 * CAPACITY as u64;
