//! Requests that come again in the very same bytes, and what reading and checking them came to.
//!
//! Must hold: what is found was kept for exactly these bytes; what is kept takes no more memory
//! than `BYTES_MAX`, by the weights that callers give.
//! Not here: whether what was found still holds (`proxy/repeated.rs`), which every caller must ask.

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

/// What bodies of requests came to.
pub struct Repeats<T>(Map<T>);

type Map<T> = Cache<Box<[u8]>, Kept<T>, KeptWeight, ahash::RandomState, Lifecycle<T>>;
type Lifecycle<T> = DefaultLifecycle<Box<[u8]>, Kept<T>>;

#[derive(Clone)]
struct Kept<T> {
    came_to: T,
    bytes: u64,
}

#[derive(Clone)]
struct KeptWeight;

impl<T: Clone> Repeats<T> {
    /// Nothing yet.
    pub fn new() -> Self {
        let options = OptionsBuilder::new()
            .weight_capacity(BYTES_MAX)
            .estimated_items_capacity(KEPT_TYPICAL)
            .build()
            .expect("both capacities are given");
        let (hash, lifecycle) = (ahash::RandomState::new(), Lifecycle::default());
        Self(Cache::with_options(options, KeptWeight, hash, lifecycle))
    }

    /// What this body came to, if that is kept.
    pub fn get(&self, body: &[u8]) -> Option<T> {
        self.0.get(body).map(|kept| kept.came_to)
    }

    /// Keeps what a body came to, which takes so many bytes.
    pub fn keep(&self, body: &[u8], came_to: T, bytes: usize) {
        let bytes = (bytes + body.len() + SLOT_BYTES) as u64;
        self.0.insert(body.into(), Kept { came_to, bytes });
    }
}

impl<T: Clone> Default for Repeats<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Weighter<Box<[u8]>, Kept<T>> for KeptWeight {
    fn weight(&self, _: &Box<[u8]>, kept: &Kept<T>) -> u64 {
        kept.bytes
    }
}

/// What all of it may take together.
const BYTES_MAX: u64 = 8 << 20;
const KEPT_TYPICAL: usize = 4_096;
/// The map's own bookkeeping for an entry, and the memory of the body beyond its bytes.
const SLOT_BYTES: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_same_bytes_are_found() {
        let repeats = Repeats::new();
        repeats.keep(br#"{"a":1}"#, 1, 10);
        repeats.keep(br#"{"a": 1}"#, 2, 10);

        assert_eq!(repeats.get(br#"{"a":1}"#), Some(1));
        assert_eq!(repeats.get(br#"{"a": 1}"#), Some(2));
        assert_eq!(repeats.get(br#"{"a":1} "#), None);
    }

    #[test]
    fn what_is_kept_last_takes_the_place_of_what_was() {
        let repeats = Repeats::new();

        repeats.keep(b"body", 1, 10);
        repeats.keep(b"body", 2, 10);

        assert_eq!(repeats.get(b"body"), Some(2));
    }

    #[test]
    fn many_bodies_take_no_more_memory_than_they_may() {
        let repeats = Repeats::new();
        let body = |number: u64| number.to_be_bytes();

        for number in 0..20_000 {
            repeats.keep(&body(number), number, 1 << 10);
        }

        let kept = (0..20_000).filter(|number| repeats.get(&body(*number)).is_some()).count();
        assert!((1_000..=8 << 10).contains(&kept), "{kept}");
    }
}
