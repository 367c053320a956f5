//! Random batches over several spaces, every read compared with a map.
//!
//! Spaces come and go, snapshots are held while hundreds of batches pass, the store is reopened.
//! On disk the memtables are small, so that most rows are read from table files that were merged
//! several times. `HEARTH_SEED` repeats a run, `HEARTH_ORACLE_BATCHES` sets its length.

#![expect(clippy::unwrap_used, reason = "an oracle ends at the first surprise")]

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use hearth::clock::Clock;
use hearth::store::disk::{DiskStore, Options};
use hearth::store::memory::MemoryStore;
use hearth::store::{
    Batch, ChunkLimit, Direction, Error, KeyRange, Snapshot, SpaceId, SpaceName, Store, SyncMode,
};

#[test]
fn the_store_on_disk_reads_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let batches = from_env("HEARTH_ORACLE_BATCHES", 50_000);
    let mut oracle = Oracle::new(seed(), Box::new(open(dir.path())));

    for turn in 1..=batches {
        oracle.step();
        if turn % 5_000 == 0 {
            oracle.store.close().unwrap();
            oracle.reopened(|store| {
                drop(store);
                Box::new(open(dir.path()))
            });
        }
    }
    oracle.compare_all();
    oracle.report();
}

#[test]
fn the_store_in_memory_reads_what_was_written() {
    let batches = from_env("HEARTH_ORACLE_BATCHES", 50_000) / 10;
    let mut oracle = Oracle::new(seed(), Box::new(MemoryStore::new()));

    for _ in 0..batches {
        oracle.step();
    }
    oracle.compare_all();
    oracle.report();
}

/// A store, what it should hold, and what snapshots of it should show.
struct Oracle {
    random: Random,
    store: Box<dyn Store>,
    spaces: Vec<Space>,
    names: u64,
    held: Vec<Held>,
    batches: u64,
    reads: u64,
}

struct Space {
    name: SpaceName,
    id: SpaceId,
    rows: Rows,
}

type Rows = Arc<BTreeMap<Bytes, Bytes>>;

struct Held {
    snapshot: Arc<dyn Snapshot>,
    spaces: Vec<(SpaceId, Rows)>,
}

impl Oracle {
    fn new(seed: u64, store: Box<dyn Store>) -> Self {
        let mut oracle = Self {
            random: Random(seed),
            store,
            spaces: Vec::new(),
            names: 0,
            held: Vec::new(),
            batches: 0,
            reads: 0,
        };
        (0..4).for_each(|_| oracle.create_space());
        oracle
    }

    fn step(&mut self) {
        self.write();
        self.read_a_little();
        match self.random.below(2_000) {
            0..4 => self.compare_all(),
            4..20 => self.hold(),
            20..24 => self.replace_space(),
            _ => {}
        }
    }

    fn write(&mut self) {
        let mut batch = Batch::new();
        for _ in 0..self.random.below(30) {
            let index = self.random.index(self.spaces.len());
            let key = self.key(index);
            let value = self.value();
            let space = &mut self.spaces[index];
            let rows = Arc::make_mut(&mut space.rows);
            if self.random.below(4) == 0 {
                batch.delete(space.id, key.clone());
                rows.remove(&key);
            } else {
                batch.put(space.id, key.clone(), value.clone());
                rows.insert(key, value);
            }
        }
        let mode = if self.random.below(16) == 0 { SyncMode::Sync } else { SyncMode::Buffer };
        self.store.commit(batch, mode).unwrap();
        self.batches += 1;
    }

    fn read_a_little(&mut self) {
        let snapshot = self.store.snapshot().unwrap();
        for _ in 0..4 {
            let index = self.random.index(self.spaces.len());
            let key = self.key(index);
            let space = &self.spaces[index];
            assert_eq!(snapshot.get(space.id, &key).unwrap(), space.rows.get(&key).cloned());
            self.reads += 1;
        }
        if self.random.below(8) == 0 {
            let index = self.random.index(self.spaces.len());
            let (from, to) = (self.bound(index), self.bound(index));
            let range = KeyRange { from, to };
            let space = &self.spaces[index];
            self.reads +=
                compare_chunk(&mut self.random, &*snapshot, space.id, &range, &space.rows);
        }
        if !self.held.is_empty() {
            let held = &self.held[self.random.index(self.held.len())];
            let (id, rows) = &held.spaces[self.random.index(held.spaces.len())];
            let key = any_key(&mut self.random, rows);
            if self.spaces.iter().any(|space| space.id == *id) {
                assert_eq!(held.snapshot.get(*id, &key).unwrap(), rows.get(&key).cloned());
                self.reads += 1;
            }
        }
    }

    fn compare_all(&mut self) {
        let snapshot = self.store.snapshot().unwrap();
        for space in &self.spaces {
            self.reads += compare_space(&*snapshot, space.id, &space.rows);
        }
        for held in &self.held {
            for (id, rows) in &held.spaces {
                if self.spaces.iter().any(|space| space.id == *id) {
                    self.reads += compare_space(&*held.snapshot, *id, rows);
                } else {
                    let gone = held.snapshot.get(*id, b"k");
                    assert!(matches!(gone, Err(Error::NoSpace(_))), "{gone:?}");
                }
            }
        }
    }

    /// Keeps a snapshot for later, in the place of an older one.
    fn hold(&mut self) {
        let snapshot = self.store.snapshot().unwrap();
        let spaces = self.spaces.iter().map(|space| (space.id, Arc::clone(&space.rows))).collect();
        if self.held.len() == SNAPSHOTS_HELD {
            let index = self.random.index(SNAPSHOTS_HELD);
            self.held.swap_remove(index);
        }
        self.held.push(Held { snapshot, spaces });
    }

    fn create_space(&mut self) {
        self.names += 1;
        let name = SpaceName::new(&format!("space.{}", self.names)).unwrap();
        let id = self.store.create_space(&name).unwrap();
        assert_eq!(self.store.create_space(&name).unwrap(), id);
        self.spaces.push(Space { name, id, rows: Rows::default() });
    }

    fn replace_space(&mut self) {
        let index = self.random.index(self.spaces.len());
        let space = self.spaces.swap_remove(index);
        self.store.drop_space(&space.name).unwrap();
        assert_eq!(self.store.space(&space.name), None);
        self.create_space();
    }

    /// Goes on with another store of the same content: ids are new, snapshots are revoked.
    fn reopened(&mut self, open: impl FnOnce(Box<dyn Store>) -> Box<dyn Store>) {
        for held in self.held.drain(..) {
            let answer = held.snapshot.get(held.spaces[0].0, b"k");
            assert!(matches!(answer, Err(Error::Revoked)), "{answer:?}");
        }
        let last_batch = self.batches;
        let store = std::mem::replace(&mut self.store, Box::new(MemoryStore::new()));
        self.store = open(store);
        assert_eq!(self.store.last_batch().get(), last_batch);
        assert_eq!(self.store.spaces().len(), self.spaces.len());
        for space in &mut self.spaces {
            space.id = self.store.space(&space.name).expect("the space is still there");
        }
        self.compare_all();
    }

    /// Mostly a few hot keys, some of a wider range, some that were never written.
    fn key(&mut self, space: usize) -> Bytes {
        match self.random.below(10) {
            0..3 => format!("hot.{}", self.random.below(20)).into(),
            3..9 => format!("k.{:05}", self.random.below(3_000)).into(),
            _ => any_key(&mut self.random, &self.spaces[space].rows),
        }
    }

    fn value(&mut self) -> Bytes {
        let length = match self.random.below(200) {
            0 => 20_000,
            1..20 => 0,
            _ => self.random.index(300),
        };
        let first = self.random.next();
        (0..length).map(|at| first.to_le_bytes()[at % 8]).collect()
    }

    fn bound(&mut self, space: usize) -> Bound<Bytes> {
        match self.random.below(4) {
            0 => Bound::Unbounded,
            1 => Bound::Excluded(self.key(space)),
            _ => Bound::Included(self.key(space)),
        }
    }

    fn report(&self) {
        println!("{} batches, {} reads compared", self.batches, self.reads);
    }
}

/// Compares one chunk of a range, read in either direction, and returns its rows.
fn compare_chunk(
    random: &mut Random,
    snapshot: &dyn Snapshot,
    space: SpaceId,
    range: &KeyRange,
    rows: &Rows,
) -> u64 {
    let direction = if random.below(2) == 0 { Direction::Forward } else { Direction::Backward };
    let rows_max = 1 + random.index(100);

    let chunk = snapshot.range(space, range, direction, ChunkLimit::rows(rows_max)).unwrap();

    let pair = |(key, value): (&Bytes, &Bytes)| (key.clone(), value.clone());
    let bounds = (range.from.clone(), range.to.clone());
    let expected: Vec<_> = match (range.is_empty(), direction) {
        (true, _) => Vec::new(),
        (_, Direction::Forward) => rows.range(bounds).take(rows_max).map(pair).collect(),
        (_, Direction::Backward) => rows.range(bounds).rev().take(rows_max).map(pair).collect(),
    };
    assert_eq!(chunk.rows, expected, "{range:?} {direction:?}");
    expected.len() as u64
}

/// Reads a whole space by chunks of bounded bytes and compares it.
fn compare_space(snapshot: &dyn Snapshot, space: SpaceId, rows: &Rows) -> u64 {
    let limit = ChunkLimit { rows_max: usize::MAX, bytes_max: 50_000 };
    let mut found = Vec::new();
    let mut rest = Some(KeyRange::all());
    while let Some(range) = rest {
        let chunk = snapshot.range(space, &range, Direction::Forward, limit).unwrap();
        found.extend(chunk.rows);
        rest = chunk.rest;
    }
    let expected: Vec<_> = rows.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    assert_eq!(found, expected);
    expected.len() as u64
}

fn any_key(random: &mut Random, rows: &Rows) -> Bytes {
    let beyond = Bytes::from(format!("k.{:05}", random.below(3_000)));
    rows.range(beyond..).next().map_or_else(|| "absent".into(), |(key, _)| key.clone())
}

fn open(dir: &Path) -> DiskStore {
    let options = Options {
        memtable_bytes_max: 256 << 10,
        write_buffer_bytes_max: 512 << 10,
        block_cache_bytes: 1 << 20,
        ..Options::default()
    };
    DiskStore::open(dir, options, Clock::system()).unwrap()
}

fn seed() -> u64 {
    let seed = from_env("HEARTH_SEED", Clock::system().unix_ms());
    println!("HEARTH_SEED={seed}");
    seed
}

fn from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A splitmix64 generator.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("below a length")
    }
}

const SNAPSHOTS_HELD: usize = 4;
