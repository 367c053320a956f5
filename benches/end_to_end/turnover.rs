//! Memory of a full item cache whose items are replaced again and again, by items of all sizes.
//!
//! Several threads put twenty times as much as the cache may hold; each item is answered once, as
//! its weight counts. The cache is held by this program, started as `turnover-of`, so that nothing
//! else grows.
//!
//! Not here: a whole server under the same load (`tests/cache_memory.rs`).

use std::env;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use hearth::cache::{ItemCache, Options, Rules};
use hearth::clock::Clock;
use hearth::fence::Entries as _;
use hearth::model::{AttributeValue, Image, Item};

use crate::common::{DATA, ID, Random, item_id};
use crate::figures;
use crate::memory::{answer_bytes, key};
use crate::process::resident_kib;

/// Measures and prints.
pub(crate) fn measure() {
    let mut rows = Vec::new();
    for limit_mib in LIMITS_MIB {
        for (name, bytes_max) in SIZES {
            let [weight, resident] = held(limit_mib, bytes_max);
            let percent = 100 * resident / (limit_mib << 20);
            rows.push(vec![
                limit_mib.to_string(),
                name.to_owned(),
                (weight >> 20).to_string(),
                (resident >> 20).to_string(),
                format!("{}.{:02}", percent / 100, percent % 100),
            ]);
        }
    }
    let title = format!("Memory of an item cache after {TURNS} times its limit, {THREADS} threads");
    figures::print(&title, &["limit, MiB", "items", "weight", "resident", "ratio"], &rows);
}

/// Fills a cache of so many bytes, and prints its weight and how much the process grew.
pub(crate) fn hold(limit: u64, bytes_max: usize) {
    let rules = Rules::new(Arc::default(), Clock::system());
    let cache = ItemCache::new(&Options { bytes: limit, ..Options::default() }, rules);
    let own_bytes = || 1024 * resident_kib(std::process::id());
    let before = own_bytes();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let cache = &cache;
            scope.spawn(move || fill(cache, thread, bytes_max, TURNS * limit / THREADS as u64));
        }
    });
    println!("{} {}", cache.usage().1, own_bytes() - before);
}

fn held(limit_mib: u64, bytes_max: usize) -> [u64; 2] {
    let program = env::current_exe().expect("this program has a path");
    let mut command = Command::new("taskset");
    // All cores, since the allocator's arenas follow the threads that run at once.
    command.arg("ffffffff").arg(program).arg("turnover-of");
    command.args([(limit_mib << 20).to_string(), bytes_max.to_string()]);
    let out = command.stderr(Stdio::inherit()).output().expect("this program runs").stdout;
    let text = String::from_utf8(out).expect("it prints numbers");
    let numbers: Vec<u64> = text.split_whitespace().flat_map(str::parse).collect();
    numbers[..].try_into().unwrap_or_else(|_| panic!("two numbers: {text}"))
}

fn fill(cache: &ItemCache, thread: usize, bytes_max: usize, bytes: u64) {
    let mut random = Random::seeded();
    // Another part of the same sequence for each thread.
    for _ in 0..thread * 1_000_003 {
        random.below(2);
    }
    let (mut filled, mut number) = (0, thread);
    while filled < bytes {
        let doublings = (bytes_max / DATA_BYTES_MIN).ilog2() as usize + 1;
        let least = DATA_BYTES_MIN << random.below(doublings);
        let length = (least + random.below(least)).min(bytes_max);
        let id = item_id(number);
        let data = AttributeValue::S("x".repeat(length));
        let item = Item::from([(ID, AttributeValue::S(id.clone())), (DATA, data)]).encode();
        filled += item.weight() as u64;
        cache.install(&key(&id), Image::Item(item));
        // Another thread may have evicted it.
        let _ = answer_bytes(cache, &key(&id));
        number += THREADS;
    }
}

const LIMITS_MIB: [u64; 2] = [64, 256];
/// What the items are, and how long the longest of them; each doubling is as likely as the next.
const SIZES: [(&str, usize); 3] =
    [("100 B to 400 KB", 400_000), ("100 B to 3 KB", 3_000), ("100 B to 200 B", 199)];
const DATA_BYTES_MIN: usize = 100;
const TURNS: u64 = 20;
const THREADS: usize = 4;
