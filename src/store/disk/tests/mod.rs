//! The store on disk against crashes, damage and a full disk.

mod damage;
mod full;
mod lifecycle;
mod removal;

use std::fs;
use std::path::Path;

use bytes::Bytes;

use super::*;

fn open(dir: &Path) -> Result<DiskStore> {
    DiskStore::open(dir, small(), Clock::system())
}

fn small() -> Options {
    Options { memtable_bytes_max: 1 << 20, block_cache_bytes: 1 << 20, ..Options::default() }
}

fn name(name: &str) -> SpaceName {
    SpaceName::new(name).unwrap()
}

fn put(space: SpaceId, key: &str, value: Bytes) -> Batch {
    let mut batch = Batch::new();
    batch.put(space, Bytes::copy_from_slice(key.as_bytes()), value);
    batch
}

/// A store of `batches` synced batches, each one row `k.N` of the length that `value_bytes` says.
fn fill(dir: &Path, batches: u64, value_bytes: impl Fn(u64) -> usize) -> DiskStore {
    let store = open(dir).unwrap();
    let space = store.create_space(&name("t")).unwrap();
    for number in 1..=batches {
        let value = vec![u8::try_from(number % 251).unwrap(); value_bytes(number)];
        let batch = put(space, &format!("k.{number}"), value.into());
        assert_eq!(store.commit(batch, SyncMode::Sync).unwrap().get(), number);
    }
    store
}

/// Which of the rows that [`fill`] writes are there.
fn rows(store: &DiskStore) -> Vec<u64> {
    let space = store.space(&name("t")).unwrap();
    let snapshot = store.snapshot().unwrap();
    let limit = super::super::ChunkLimit::rows(usize::MAX);
    let all = super::super::KeyRange::all();
    let chunk = snapshot.range(space, &all, super::super::Direction::Forward, limit).unwrap();
    let number = |key: &Bytes| std::str::from_utf8(&key[2..]).unwrap().parse().unwrap();
    let mut numbers: Vec<u64> = chunk.rows.iter().map(|(key, _)| number(key)).collect();
    numbers.sort_unstable();
    numbers
}

/// What a killed process would leave: a copy of the directory while the store is open.
fn crash(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            crash(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn journals(dir: &Path) -> Vec<std::path::PathBuf> {
    journal::files(&dir.join("store")).unwrap().into_iter().map(|(_, path)| path).collect()
}
