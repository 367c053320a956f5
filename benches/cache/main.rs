//! What a hit costs in process, from the look-up to the finished answer, without any socket.
//!
//! `cargo bench --bench cache` measures CPU; `cargo bench --bench cache -- instructions` counts
//! instructions under valgrind instead, and holds them against those that are kept with `--check`. An item's hit takes the public path that the server takes
//! for it: `Proxy::hit`, clocks and counters included, and then `wire::json::encode`; a page's hit
//! is `Proxy::call` with a decoded Query, and the same. Keys are drawn by Zipf's distribution, so
//! that most of the time the memory of the next one is not at hand.
//!
//! Must hold: every look-up is a hit whose answer is made already.
//! Not here: how often there is a hit (`benches/hit_rates/`), sockets (`benches/end_to_end/`).

#[path = "../common/baseline.rs"]
mod baseline;
#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "what servers are asked is there, too")]
mod common;
mod cpu_time;
mod in_process;
mod instructions;
#[path = "../../tests/support/wired.rs"]
mod wired;
#[path = "../common/zipf.rs"]
mod zipf;

use std::env;
use std::hint::black_box;

use criterion::{BatchSize, Criterion};
use hearth::api::Operation;

use baseline::Purpose;
use common::{Random, item_id};
use cpu_time::CpuTime;
use in_process::{InProcess, decoded, get_body, query_body};
use zipf::Zipf;

fn main() {
    let words: Vec<String> = env::args().collect();
    if let Some(counted) = words.iter().find_map(|word| instructions::counted_by(word)) {
        return instructions::run(counted);
    }
    // `cargo test --benches` runs this program too, without this flag; there is nothing to test.
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    if words.iter().any(|word| word == "instructions") {
        return instructions::measure(Purpose::of_words());
    }
    let mut criterion = Criterion::default().with_measurement(CpuTime).configure_from_args();
    items(&mut criterion);
    pages(&mut criterion);
    criterion.final_summary();
}

fn items(criterion: &mut Criterion<CpuTime>) {
    let hearth = InProcess::new();
    hearth.fill_items(ITEMS);
    let ids: Vec<String> = (0..ITEMS).map(item_id).collect();
    let bodies: Vec<String> = ids.iter().map(|id| get_body(id)).collect();
    let answers: Vec<_> = ids.iter().map(|id| hearth.hit(id).expect("it is cached")).collect();
    let draws = draws(ITEMS);
    let mut turns = draws.iter().copied().cycle();
    let mut next = || turns.next().expect("it goes on for ever");

    // The baseline: the same answers, as far apart in memory, at hand without a look-up.
    criterion.bench_function("cache/at_hand/1KB", |bencher| {
        bencher.iter(|| answers[black_box(next())].clone());
    });
    criterion.bench_function("cache/hit/1KB", |bencher| {
        bencher.iter(|| hearth.hit(black_box(&ids[next()])).expect("it is cached"));
    });
    criterion.bench_function("cache/request/1KB", |bencher| {
        bencher.iter(|| {
            hearth.hit_of_body(black_box(bodies[next()].as_bytes())).expect("it is cached")
        });
    });
}

fn pages(criterion: &mut Criterion<CpuTime>) {
    let hearth = InProcess::new();
    hearth.fill_pages(PARTITIONS);
    let bodies: Vec<String> = (0..PARTITIONS).map(|number| query_body(&item_id(number))).collect();
    let draws = draws(PARTITIONS);
    let mut turns = draws.iter().copied().cycle();
    let mut next = || bodies[turns.next().expect("it goes on for ever")].as_bytes();

    criterion.bench_function("cache/page_hit/100x1KB", |bencher| {
        let query = || decoded(Operation::Query, next());
        bencher.iter_batched(query, |query| hearth.page_hit(query), BatchSize::SmallInput);
    });
    criterion.bench_function("cache/page_request/100x1KB", |bencher| {
        bencher.iter(|| hearth.page_hit_of_body(black_box(next())));
    });
    criterion.bench_function("cache/page_repeated/100x1KB", |bencher| {
        bencher.iter(|| hearth.page_hit_of_known_body(black_box(next())));
    });
}

fn draws(keys: usize) -> Vec<usize> {
    let zipf = Zipf::new(keys, EXPONENT);
    let mut random = Random::seeded();
    (0..DRAWS).map(|_| zipf.draw(&mut random)).collect()
}

const ITEMS: usize = 100_000;
const PARTITIONS: usize = 1_000;
const EXPONENT: f64 = 0.99;
const DRAWS: usize = 1 << 20;
