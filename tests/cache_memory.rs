//! A server's memory while its item cache is turned over again and again, by items of all sizes.
//!
//! Twenty times as much as the cache may hold is written; then a new process reads all of it in
//! random order. Memory is not time: the limit on it holds on any machine.
//!
//!     HEARTH_CACHE_MIB=256 cargo test --profile ci --test cache_memory -- --nocapture
//!
//! Not here: what one item costs beside redis and memcached (`benches/end_to_end/memory.rs`).

mod support;

use std::fmt;
use std::path::Path;
use std::sync::LazyLock;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use serde_json::json;
use support::{Db, Launch, Rng, Scrape, Server, Stopwatch, pause, scratch};

#[test]
fn memory_stays_near_the_caches_limit_however_often_its_items_are_replaced() {
    let (limit_mib, seed) =
        (support::count("HEARTH_CACHE_MIB", 64), support::count("HEARTH_SEED", 1));
    let limit = limit_mib << 20;
    let data = scratch();
    let mut keys: Vec<u64> = (0..TURNS * limit / ITEM_BYTES_MEAN).collect();

    let server = start(data.path(), limit);
    server.db().create_table(TABLE);
    let written = churn(&server, &keys, |db, key| put(db, key, item_bytes(seed, key)));
    server.signal("TERM");
    assert!(server.exit().status.success(), "it stops in order");
    let server = start(data.path(), limit);
    keys.sort_by_cached_key(|key| Rng::new(!seed, *key).next());
    let read = churn(&server, &keys, get);

    let cached = Scrape::of(server.admin()).sum("hearth_cache_bytes", &[("cache", "item")]);
    support::figure(&format!(
        "cache_limit_mib={limit_mib} seed={seed} cached_mib={} writing: {written} reading: {read}",
        cached >> 20,
    ));
    assert!(written.bytes == read.bytes, "what was written was read");
    assert!(cached > limit * 3 / 4 && cached <= limit, "the cache is full: {cached}");
    let mib_max = limit_mib * 5 / 4 + BASE_MIB;
    for churn in [&written, &read] {
        assert!(churn.resident_mib <= mib_max, "more than {mib_max}: {churn}, seed {seed}");
    }
}

/// What one way through all keys came to.
struct Churn {
    bytes: u64,
    resident_mib: u64,
    took: Duration,
}

impl fmt::Display for Churn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, resident_mib, took } = self;
        write!(out, "{} MiB in {took:.1?}, at most {resident_mib} MiB resident", bytes >> 20)
    }
}

fn start(data: &Path, limit: u64) -> Server {
    Launch::on(data)
        .env("HEARTH__CACHE__BYTES", &limit.to_string())
        // No page is read, so this cache stays empty.
        .env("HEARTH__CACHE__QUERY_BYTES", "1024")
        .env("HEARTH__STORAGE__DURABILITY", "buffer")
        .start()
}

/// Calls for each key once, from several clients, and watches the server's memory meanwhile.
fn churn<'a>(server: &Server, keys: &'a [u64], call: impl Fn(&mut Db, u64) -> u64 + Sync) -> Churn {
    let watch = Stopwatch::start();
    let mut resident_kb_max = 0;
    let bytes = thread::scope(|scope| {
        let part = |keys: &'a [u64]| {
            let (mut db, call) = (server.db(), &call);
            scope.spawn(move || keys.iter().map(|key| call(&mut db, *key)).sum::<u64>())
        };
        let clients: Vec<_> = keys.chunks(keys.len().div_ceil(CLIENTS)).map(part).collect();
        while !clients.iter().all(ScopedJoinHandle::is_finished) {
            resident_kb_max = resident_kb_max.max(server.resident_kb());
            pause(Duration::from_millis(20));
        }
        clients.into_iter().map(|client| client.join().expect("a client ended well")).sum()
    });
    Churn { bytes, resident_mib: resident_kb_max / 1024, took: watch.elapsed() }
}

fn put(db: &mut Db, key: u64, bytes: usize) -> u64 {
    let text = &TEXT[..bytes];
    let request = format!(
        r#"{{"TableName":"{TABLE}","Item":{{"id":{{"S":"{key}"}},"v":{{"S":"{text}"}}}}}}"#
    );
    db.call_raw("PutItem", request.as_bytes()).ok();
    bytes as u64
}

fn get(db: &mut Db, key: u64) -> u64 {
    let item = db.get(TABLE, &json!({"id": {"S": key.to_string()}})).expect("it was put");
    item["v"]["S"].as_str().expect("a text").len() as u64
}

/// From 100 bytes to 400 KB, each doubling as likely as the next.
fn item_bytes(seed: u64, key: u64) -> usize {
    let mut rng = Rng::new(seed, key);
    let least = 100 << rng.below(12);
    usize::try_from(least + rng.below(least)).expect("a small number").min(ITEM_BYTES_MAX)
}

/// No compressor shortens it much.
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let bytes = Rng::new(1, 0).bytes(ITEM_BYTES_MAX);
    bytes.iter().map(|byte| char::from(b'a' + byte % 26)).collect()
});

const TABLE: &str = "churn";
const CLIENTS: usize = 4;
/// How many times the cache's limit the data are.
const TURNS: u64 = 20;
const ITEM_BYTES_MAX: usize = 400_000;
/// Of the sizes that [`item_bytes`] draws, roughly.
const ITEM_BYTES_MEAN: u64 = 51_000;
/// What the server may take besides its cache.
const BASE_MIB: u64 = 150;
