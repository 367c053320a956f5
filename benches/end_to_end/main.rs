//! Measures whole servers from outside: CPU, instructions, latency, start, memory.
//!
//! `scripts/bench` runs it. By hand: `cargo bench --bench end_to_end -- SECTION...`, with the names
//! that are in [`main`], all of them without a word. What is compared is interleaved in one run,
//! whose rounds `HEARTH_BENCH_ROUNDS` and `HEARTH_BENCH_ROUND_MS` change. The bare server that hearth's hits are measured against is this same program, started
//! as `bare`.
//!
//! Must hold: every server gets the same bytes from the same client.
//! Not here: single functions (`benches/codec.rs`, `auth.rs`, `cache/`).

mod bare;
#[path = "../common/baseline.rs"]
mod baseline;
mod budget;
mod client;
#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "draws by Zipf's distribution are there, too")]
mod common;
mod contention;
mod contest;
mod curves;
mod dax;
mod durable;
mod figures;
mod hot;
mod instructions;
mod memory;
mod pages;
mod peers;
mod process;
mod query;
mod request;
mod scale;
mod servers;
mod speed;
mod start;
mod sustained;
mod transactions;
mod turnover;
mod upstream;

use std::env;

fn main() {
    let (flags, words): (Vec<String>, Vec<String>) =
        env::args().skip(1).partition(|word| word.starts_with("--"));
    // `cargo test --benches` runs this program too, without this flag; there is nothing to test.
    if words.is_empty() && !flags.iter().any(|flag| flag == "--bench") {
        return;
    }
    match &words[..] {
        [bare, body @ ..] if bare == "bare" => {
            return bare::serve(bare::Body::of_words(body).expect("a body that is known"));
        }
        [word, items] if word == "memory-of" => {
            return memory::hold(items.parse().expect("a number of items"));
        }
        [word, limit, bytes_max] if word == "turnover-of" => {
            let number = |text: &String| text.parse::<usize>().expect("a number of bytes");
            return turnover::hold(number(limit) as u64, number(bytes_max));
        }
        _ => {}
    }
    let sections: [(&str, fn()); 17] = [
        ("speed", speed::measure),
        ("dax", speed::measure_dax),
        ("hot", hot::measure),
        ("query", query::measure),
        ("instructions", instructions::measure),
        ("budget", budget::measure),
        ("pages", pages::measure),
        ("durable", durable::measure),
        ("sustained", sustained::measure),
        ("transactions", transactions::measure),
        ("curves", curves::measure),
        ("contention", contention::measure),
        ("scale", scale::measure),
        ("start", start::measure),
        ("memory", memory::measure),
        ("turnover", turnover::measure),
        ("upstream", upstream::measure),
    ];
    process::pin_this_to(process::CLIENT_CORE);
    for (name, measure) in sections {
        if words.is_empty() || words.iter().any(|word| word == name) {
            measure();
        }
    }
}
