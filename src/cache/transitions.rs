//! The last things that happened to each slot of the caches, in a fixed amount of memory.
//!
//!     bucket of a slot's hash   | event | event | ... |     the newest in the place that follows
//!     event                     | mark of the slot, 32 bits | kind, 4 bits | moment, 28 bits |
//!
//! It answers why a look-up found nothing, and goes into the log when an entry turns out wrong.
//! Slots share buckets and overwrite each other's events, and a mark may be another slot's: what
//! is said here is for people and decides nothing.
//!
//! Must hold: nothing is noted on a hit; noting takes no lock.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use ahash::RandomState;

use super::verdict::Why;

/// What happened to a slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event {
    /// A read filled it.
    Filled,
    /// A write left its image in it.
    Installed,
    /// A write of it began.
    Opened,
    /// A look-up found it too old.
    Expired,
    /// A look-up found it from before a flush.
    Flushed,
    /// An operator evicted it.
    Dropped,
    /// It was not what the engine had.
    Diverged,
}

/// What happened to all slots lately.
pub struct Transitions {
    buckets: Box<[Bucket]>,
    hash: RandomState,
}

/// A slot's place in the memory of events.
#[derive(Clone, Copy, Debug)]
pub struct SlotHash(u64);

#[derive(Default)]
struct Bucket {
    next: AtomicUsize,
    events: [AtomicU64; BUCKET_EVENTS],
}

impl Default for Transitions {
    fn default() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| Bucket::default()).collect(),
            hash: RandomState::new(),
        }
    }
}

impl Transitions {
    /// The place of what is cached under this key.
    pub fn slot(&self, key: impl Hash) -> SlotHash {
        SlotHash(self.hash.hash_one(key))
    }

    /// Notes what happened at a monotonic time.
    pub fn note(&self, slot: SlotHash, event: Event, now: Duration) {
        let bucket = self.bucket(slot);
        let place = bucket.next.fetch_add(1, Ordering::Relaxed) % BUCKET_EVENTS;
        let word = slot.mark() << 32 | event.kind() << MOMENT_BITS | moment(now);
        bucket.events[place].store(word, Ordering::Relaxed);
    }

    /// What is known of the slot, the newest first, with how long ago it was.
    pub fn of(&self, slot: SlotHash, now: Duration) -> Vec<(Event, Duration)> {
        let bucket = self.bucket(slot);
        let next = bucket.next.load(Ordering::Relaxed);
        let newest_first = (1..=BUCKET_EVENTS).map(|back| {
            let place = next.wrapping_sub(back) % BUCKET_EVENTS;
            bucket.events[place].load(Ordering::Relaxed)
        });
        let is_own = |word: &u64| word >> 32 == slot.mark();
        let told = |word: u64| {
            let event = Event::of_kind(word >> MOMENT_BITS & 0xf)?;
            let ago = moment(now).wrapping_sub(word & MOMENT_MASK) & MOMENT_MASK;
            Some((event, Duration::from_millis(ago)))
        };
        newest_first.filter(is_own).filter_map(told).collect()
    }

    /// Why a look-up of the slot finds nothing.
    pub fn why(&self, slot: SlotHash, now: Duration) -> Why {
        match self.of(slot, now).first() {
            None => Why::NeverSeen,
            // It was there and left in the one way that is not noted.
            Some((Event::Filled | Event::Installed, _)) => Why::Evicted,
            Some((Event::Opened, _)) => Why::Written,
            Some((Event::Expired, _)) => Why::Expired,
            Some((Event::Flushed | Event::Dropped | Event::Diverged, _)) => Why::Flushed,
        }
    }

    fn bucket(&self, slot: SlotHash) -> &Bucket {
        let mask = self.buckets.len() as u64 - 1;
        &self.buckets[usize::try_from(slot.0 & mask).expect("a mask below a length fits")]
    }
}

impl SlotHash {
    /// Bits that the bucket does not use; never those of an event that was not written yet.
    fn mark(self) -> u64 {
        (self.0 >> 32).max(1)
    }
}

impl Event {
    /// What happened, in a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Filled => "filled",
            Self::Installed => "written",
            Self::Opened => "write-began",
            Self::Expired => "expired",
            Self::Flushed => "flushed",
            Self::Dropped => "evicted",
            Self::Diverged => "diverged",
        }
    }

    fn kind(self) -> u64 {
        let place = EVENTS.iter().position(|event| *event == self);
        place.expect("every event has its place") as u64
    }

    fn of_kind(kind: u64) -> Option<Self> {
        EVENTS.get(usize::try_from(kind).ok()?).copied()
    }
}

fn moment(now: Duration) -> u64 {
    // Three days pass before it begins anew.
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX) & MOMENT_MASK
}

const EVENTS: [Event; 7] = [
    Event::Filled,
    Event::Installed,
    Event::Opened,
    Event::Expired,
    Event::Flushed,
    Event::Dropped,
    Event::Diverged,
];
/// 1.2 MiB in all.
const BUCKETS: usize = 1 << 14;
const BUCKET_EVENTS: usize = 8;
const MOMENT_BITS: u32 = 28;
const MOMENT_MASK: u64 = (1 << MOMENT_BITS) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_event_of_a_slot_says_why_it_is_not_there() {
        let transitions = Transitions::default();
        let (slot, other) = (transitions.slot("a"), transitions.slot("b"));
        let now = Duration::from_millis;
        let cases = [
            (Event::Filled, Why::Evicted),
            (Event::Opened, Why::Written),
            (Event::Installed, Why::Evicted),
            (Event::Expired, Why::Expired),
            (Event::Flushed, Why::Flushed),
            (Event::Dropped, Why::Flushed),
        ];
        assert_eq!(transitions.why(slot, now(0)), Why::NeverSeen);
        for (event, why) in cases {
            transitions.note(slot, event, now(1));
            assert_eq!(transitions.why(slot, now(2)), why, "{event:?}");
        }
        assert_eq!(transitions.why(other, now(2)), Why::NeverSeen);
    }

    #[test]
    fn events_are_told_newest_first_with_their_age() {
        let transitions = Transitions::default();
        let slot = transitions.slot("a");

        transitions.note(slot, Event::Filled, Duration::from_millis(5));
        transitions.note(slot, Event::Opened, Duration::from_millis(8));
        let told = transitions.of(slot, Duration::from_millis(10));

        let ms = Duration::from_millis;
        assert_eq!(told, [(Event::Opened, ms(2)), (Event::Filled, ms(5))]);
    }

    #[test]
    fn a_bucket_keeps_its_last_events() {
        let transitions = Transitions::default();
        let slot = transitions.slot("a");

        for _ in 0..100 {
            transitions.note(slot, Event::Filled, Duration::ZERO);
        }
        transitions.note(slot, Event::Opened, Duration::ZERO);

        let told = transitions.of(slot, Duration::ZERO);
        assert_eq!(told.len(), BUCKET_EVENTS);
        assert_eq!(told[0].0, Event::Opened);
    }
}
