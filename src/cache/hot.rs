//! The keys that are looked up most, by table: a sketch as `HeavyKeeper` does it, and
//! a list of its heaviest.
//!
//!     rows    two of 1,024 buckets (fingerprint, count)      count + 1 if the fingerprint fits,
//!     top     up to 128 keys with their counts               else - 1 with chance 1.08^-count
//!
//! A bucket so belongs to the heaviest of the keys that share it, and light keys wear each other
//! out. All counts are halved in fixed steps of time, so what was hot yesterday fades.
//!
//! Must hold: bounded memory, whatever is looked up; a look-up never waits here: where two meet,
//! one of them is not noted.
//! Not here: which look-ups are noted (`sampler.rs`).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use ahash::RandomState;

use super::sampler;
use crate::model::{ItemKey, ItemKeyRef, TableId};

/// The hot keys of all tables.
pub struct HotKeys {
    sketches: Mutex<Sketches>,
    hash: RandomState,
}

impl HotKeys {
    /// Nothing noted yet.
    pub fn new(hash: RandomState) -> Self {
        let sketches = Sketches {
            tables: HashMap::with_hasher(hash.clone()),
            key_bytes: 0,
            next_halving: HALF_LIFE,
            random: 1,
        };
        Self { sketches: Mutex::new(sketches), hash }
    }

    /// Notes a look-up at this monotonic time, unless another is being noted right now.
    pub fn note(&self, key: ItemKeyRef<'_>, now: Duration) {
        let mut sketches = match self.sketches.try_lock() {
            Ok(sketches) => sketches,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        sketches.fade(now);
        sketches.note(key, self.hash.hash_one(key), &self.hash);
    }

    /// The table's hottest keys at this monotonic time, hottest first, 100 at most,
    /// each with about how often it was noted lately.
    pub fn hottest(&self, table: TableId, now: Duration) -> Vec<(ItemKey, u64)> {
        let mut sketches = self.lock();
        sketches.fade(now);
        let mut keys = sketches.tables.get(&table).map(Sketch::keys).unwrap_or_default();
        drop(sketches);
        heaviest_first(&mut keys);
        keys.truncate(REPORTED_MAX);
        keys
    }

    /// The hottest keys of all tables at this monotonic time, hottest first.
    pub fn hottest_of_all(&self, now: Duration) -> Vec<(ItemKey, u64)> {
        let mut sketches = self.lock();
        sketches.fade(now);
        let mut keys: Vec<_> = sketches.tables.values().flat_map(Sketch::keys).collect();
        drop(sketches);
        heaviest_first(&mut keys);
        keys
    }

    fn lock(&self) -> MutexGuard<'_, Sketches> {
        // Counts are estimates: a panic between two of them leaves nothing that matters.
        self.sketches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Sketches {
    tables: HashMap<TableId, Sketch, RandomState>,
    /// Bytes of all keys in all tops.
    key_bytes: usize,
    /// When all counts are halved next.
    next_halving: Duration,
    random: u64,
}

impl Sketches {
    fn note(&mut self, key: ItemKeyRef<'_>, hash: u64, hasher: &RandomState) {
        let tables = self.tables.len();
        let sketch = match self.tables.entry(key.table()) {
            Entry::Occupied(known) => known.into_mut(),
            // A table that is not looked up any more makes room when it has faded.
            Entry::Vacant(_) if tables >= TABLES_MAX => return,
            Entry::Vacant(vacant) => vacant.insert(Sketch::new(hasher)),
        };
        self.random = sampler::next(self.random);
        let count = sketch.count(hash, self.random);
        sketch.rank(key, hash, count, &mut self.key_bytes);
    }

    /// Halves all counts as often as is due.
    fn fade(&mut self, now: Duration) {
        if now < self.next_halving {
            return;
        }
        let missed = now.saturating_sub(self.next_halving).as_secs() / HALF_LIFE.as_secs();
        let times = u32::try_from(missed + 1).unwrap_or(u32::MAX);
        self.next_halving += HALF_LIFE * times;
        let times = times.min(COUNT_BITS - 1);
        for sketch in self.tables.values_mut() {
            sketch.halve(times);
        }
        self.tables.retain(|_, sketch| !sketch.top.is_empty());
        let keys = self.tables.values().flat_map(|sketch| sketch.top.values());
        self.key_bytes = keys.map(|hot| hot.key.bytes().len()).sum();
    }
}

/// The hot keys of one table.
struct Sketch {
    rows: Box<[[Bucket; ROW_BUCKETS]; 2]>,
    /// By the hash of the key.
    top: HashMap<u64, Hot, RandomState>,
    /// No count in a full top is below this.
    floor: u32,
}

#[derive(Clone, Copy, Default)]
struct Bucket {
    fingerprint: u32,
    count: u32,
}

struct Hot {
    key: ItemKey,
    count: u32,
}

impl Sketch {
    fn new(hasher: &RandomState) -> Self {
        Self {
            rows: Box::new([[Bucket::default(); ROW_BUCKETS]; 2]),
            top: HashMap::with_hasher(hasher.clone()),
            floor: 0,
        }
    }

    /// Counts one look-up of the key of this hash; about how many it has now.
    fn count(&mut self, hash: u64, random: u64) -> u32 {
        let [fingerprint, low] = [hash >> 32, hash & u64::from(u32::MAX)]
            .map(|half| u32::try_from(half).expect("half of 64 bits"));
        let places = [low & 0xFFFF, low >> 16];
        let mut most = 0;
        for (row, place) in self.rows.iter_mut().zip(places) {
            let bucket = &mut row[place as usize % ROW_BUCKETS];
            most = most.max(bucket.add(fingerprint, random));
        }
        most
    }

    /// Puts the key in its place among the heaviest, if it is one.
    fn rank(&mut self, key: ItemKeyRef<'_>, hash: u64, count: u32, key_bytes: &mut usize) {
        if let Some(hot) = self.top.get_mut(&hash) {
            hot.count = hot.count.max(count);
            return;
        }
        if count == 0 {
            return;
        }
        if self.top.len() >= TOP_MAX {
            if count <= self.floor {
                return;
            }
            let least = self.top.iter().min_by_key(|(_, hot)| hot.count);
            let Some((least, floor)) = least.map(|(hash, hot)| (*hash, hot.count)) else { return };
            self.floor = floor;
            if count <= floor {
                return;
            }
            if let Some(hot) = self.top.remove(&least) {
                *key_bytes -= hot.key.bytes().len();
            }
        }
        if *key_bytes + key.bytes().len() <= KEY_BYTES_MAX {
            *key_bytes += key.bytes().len();
            self.top.insert(hash, Hot { key: key.to_key(), count });
        }
    }

    fn halve(&mut self, times: u32) {
        for bucket in self.rows.iter_mut().flatten() {
            bucket.count >>= times;
        }
        self.top.retain(|_, hot| {
            hot.count >>= times;
            hot.count > 0
        });
        self.floor = 0;
    }

    fn keys(&self) -> Vec<(ItemKey, u64)> {
        self.top.values().map(|hot| (hot.key.clone(), u64::from(hot.count))).collect()
    }
}

impl Bucket {
    /// Counts a look-up; the count if the bucket belongs to that fingerprint now, else 0.
    fn add(&mut self, fingerprint: u32, random: u64) -> u32 {
        if self.fingerprint == fingerprint || self.count == 0 {
            *self = Self { fingerprint, count: self.count.saturating_add(1) };
            return self.count;
        }
        let chance = CHANCES.get(self.count as usize).copied().unwrap_or(0);
        if random < chance {
            self.count -= 1;
        }
        if self.count > 0 {
            return 0;
        }
        *self = Self { fingerprint, count: 1 };
        1
    }
}

/// Equal counts in the order of the bytes, so that an answer does not jump about.
fn heaviest_first(keys: &mut [(ItemKey, u64)]) {
    keys.sort_unstable_by(|(key, count), (other, other_count)| {
        let order = (key.table(), key.bytes()).cmp(&(other.table(), other.bytes()));
        other_count.cmp(count).then(order)
    });
}

/// 1.08^-count of 2^64, by count.
const CHANCES: [u64; 256] = {
    let mut chances = [u64::MAX; 256];
    let mut count = 1;
    while count < chances.len() {
        chances[count] = chances[count - 1] / 108 * 100;
        count += 1;
    }
    chances
};

/// How many keys of a table are reported.
const REPORTED_MAX: usize = 100;
/// How long a look-up counts in full; then half as much for as long, and so on.
pub const HALF_LIFE: Duration = Duration::from_mins(10);
/// More than are reported, so that a key that is coming up is not lost at the edge.
const TOP_MAX: usize = 128;
const ROW_BUCKETS: usize = 1024;
const COUNT_BITS: u32 = 32;
/// Tables that are followed at once; a sketch takes some 30 KB.
const TABLES_MAX: usize = 256;
/// Of all keys that are listed: most are short, but 3 KB each must not add up.
const KEY_BYTES_MAX: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{KeyAttribute, KeyBuffer, KeyType, KeyValue, TableSchema};

    const START: Duration = Duration::ZERO;

    fn key_of(table: u64, text: &str) -> ItemKey {
        let hash = KeyAttribute { name: "pk".into(), kind: KeyType::S };
        let table = TableId::new(table);
        let schema = TableSchema { table, hash, range: None, indexes: Vec::new() };
        let mut buffer = KeyBuffer::default();
        schema.key_of_values(KeyValue::S(text), None, &mut buffer).expect("a key").to_key()
    }

    fn key(number: usize) -> ItemKey {
        key_of(1, &number.to_string())
    }

    fn hot_keys() -> HotKeys {
        HotKeys::new(RandomState::with_seeds(1, 2, 3, 4))
    }

    fn hottest(hot: &HotKeys, now: Duration) -> Vec<(ItemKey, u64)> {
        hot.hottest(TableId::new(1), now)
    }

    /// The ranks of this many draws from 100,000 keys of which the n-th is drawn 1/n as often as
    /// the first.
    fn skewed(draws: usize) -> impl Iterator<Item = usize> {
        let mut sums = vec![0_u64];
        sums.extend((1..=100_000_u64).scan(0, |sum, rank| {
            *sum += (1 << 40) / rank;
            Some(*sum)
        }));
        let all = sums[100_000];
        let mut state = 88_172_645_463_325_252_u64;
        (0..draws).map(move |_| {
            state = sampler::next(state);
            sums.partition_point(|sum| *sum <= state % all) - 1
        })
    }

    #[test]
    fn the_heaviest_keys_are_found_with_their_counts() {
        let hot = hot_keys();
        let mut exact = HashMap::<usize, u64>::new();

        for rank in skewed(200_000) {
            *exact.entry(rank).or_default() += 1;
            hot.note(key(rank).view(), START);
        }

        let found = hottest(&hot, START);
        assert_eq!(found.len(), REPORTED_MAX);
        let listed = |rank: usize| found.iter().find(|(found, _)| *found == key(rank));
        for rank in 0..50 {
            let (_, count) = listed(rank).expect("a heavy key is listed");
            assert!(*count <= exact[&rank] && *count * 10 >= exact[&rank] * 9, "{rank}: {count}");
        }
        let right = (0..100).filter(|rank| listed(*rank).is_some()).count();
        assert!(right >= 90, "{right} of the heaviest 100");
    }

    #[test]
    fn what_was_hot_fades_behind_what_is() {
        let hot = hot_keys();
        let (old, new) = (key(1), key(2));
        (0..1_000).for_each(|_| hot.note(old.view(), START));

        let later = HALF_LIFE * 5;
        (0..100).for_each(|_| hot.note(new.view(), later));

        assert_eq!(hottest(&hot, later), [(new, 100), (old, 31)]);
        assert_eq!(hottest(&hot, HALF_LIFE * 144), []);
    }

    #[test]
    fn tables_are_kept_apart() {
        let hot = hot_keys();

        hot.note(key_of(1, "a").view(), START);
        (0..2).for_each(|_| hot.note(key_of(2, "a").view(), START));

        assert_eq!(hottest(&hot, START), [(key_of(1, "a"), 1)]);
        assert_eq!(hot.hottest_of_all(START), [(key_of(2, "a"), 2), (key_of(1, "a"), 1)]);
    }

    #[test]
    fn memory_is_bounded_by_tables_and_by_the_bytes_of_keys() {
        let hot = hot_keys();

        for table in 0..300 {
            for number in 0..40 {
                let long = format!("{number:02000}");
                hot.note(key_of(table, &long).view(), START);
            }
        }

        let keys = hot.hottest_of_all(START);
        let bytes: usize = keys.iter().map(|(key, _)| key.bytes().len()).sum();
        assert!(bytes > KEY_BYTES_MAX / 2 && bytes <= KEY_BYTES_MAX, "{bytes}");
        assert_eq!(hot.lock().key_bytes, bytes);
        assert_eq!(hot.lock().tables.len(), TABLES_MAX);
        // Once they faded there is room for others.
        hot.note(key_of(299, "a").view(), HALF_LIFE);
        assert_eq!(hot.hottest_of_all(HALF_LIFE), [(key_of(299, "a"), 1)]);
    }

    #[test]
    fn who_meets_another_passes_by() {
        let hot = hot_keys();
        let held = hot.lock();

        hot.note(key(1).view(), START);

        drop(held);
        assert_eq!(hottest(&hot, START), []);
    }
}
