//! How often each cache has what is asked for, on traces that are the same in every run.
//!
//! `cargo bench --bench hit_rates`; `HIT_RATES_REQUESTS` makes the traces shorter or longer. Nothing
//! is timed, so a busy machine does no harm. Every trace begins with an empty cache, and what is
//! missed then counts.
//!
//! Must hold: all caches have room for the same number of entries; each is asked for every key of
//! the trace and, if it has not got it, is given it.
//! Not here: what a look-up costs (`benches/cache/`).

mod caches;
#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "items for a server's benches are there, too")]
mod common;
mod optimum;
mod trace;
#[path = "../common/zipf.rs"]
mod zipf;

use std::env;

use trace::Trace;

fn main() {
    // `cargo test --benches` runs this program too, without this flag; there is nothing to test.
    if !env::args().any(|word| word == "--bench") {
        return;
    }
    let requests = env::var("HIT_RATES_REQUESTS").ok();
    let requests = requests.map_or(REQUESTS, |text| text.parse().expect("a number of requests"));
    println!("Hit rates: {requests} requests for {} keys\n", trace::KEYS);
    let names: Vec<&str> = CACHES.iter().map(|(name, _)| *name).collect();
    println!("| trace | entries | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(1 + names.len()));
    for trace in Trace::ALL {
        for entries in [trace::KEYS / 100, trace::KEYS / 10] {
            let keys = trace.keys(requests, entries);
            let rates: Vec<String> = CACHES
                .iter()
                .map(|(_, hits)| format!("{:.3}", share(hits(&keys, entries), requests)))
                .collect();
            println!("| {} | {entries} | {} |", trace.name(), rates.join(" | "));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// Counts the hits of a trace in a cache of so many entries.
type Hits = fn(&[u32], usize) -> usize;

const CACHES: [(&str, Hits); 5] = [
    ("hearth, items", caches::items),
    ("hearth, pages", caches::pages),
    ("LRU", caches::lru),
    ("moka", caches::moka),
    ("optimum", optimum::hits),
];
const REQUESTS: usize = 3_000_000;
