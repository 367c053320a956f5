//! One random program sent to servers that differ in nothing but their caches: can answers tell?
//!
//! Each request goes to all servers, and the next one only once all have answered; then status and
//! body must be the same, byte for byte, what was consumed included: a hit costs what a read does.
//!
//!     HEARTH_EQUAL_REQUESTS=2000000 HEARTH_SEED=7 cargo test --test cache_equality -- --nocapture

#[path = "../differential/expressions.rs"]
mod expressions;
mod program;
#[path = "../differential/requests.rs"]
mod requests;
mod side;
#[path = "../support/mod.rs"]
mod support;
#[path = "../differential/tables.rs"]
mod tables;
#[path = "../differential/values.rs"]
mod values;

use program::{Call, Program, Step};
use side::{LookUps, Side};
use support::{Answer, Response};

#[test]
fn answers_do_not_tell_what_is_cached() {
    let (count, seed) = (support::count("HEARTH_EQUAL_REQUESTS", 200_000), support::seed());
    let mut sides = [
        Side::start("with caches", &[]),
        Side::start("with tiny caches", TINY),
        Side::start("without caches", &[("HEARTH__CACHE__ENABLED", "false")]),
    ];
    for table in tables::all() {
        for side in &mut sides {
            side.make_table(&table);
        }
    }
    let mut program = Program::new(seed);
    let (mut requests, mut answered, mut remakes) = (0, 0, 0);

    while requests < count {
        match program.next() {
            Step::Call(call) => {
                requests += 1;
                let answer = one_answer(&mut sides, &call).unwrap_or_else(|difference| {
                    panic!("seed {seed}, request {requests}: {difference}")
                });
                answered += u64::from(answer.status == 200);
                program.learn(call, &answer);
            }
            Step::Remake(table) => {
                remakes += 1;
                for side in &mut sides {
                    side.remake_table(&table);
                }
            }
        }
    }

    let [cached, tiny, uncached] =
        sides.each_ref().map(|side| CACHES.map(|cache| side.look_ups(cache)));
    let percents = |look_ups: [LookUps; 2]| look_ups.map(LookUps::hit_percent);
    support::figure(&format!(
        "requests={requests} seed={seed} answered={answered} remakes={remakes} \
         hits_of_items_and_pages={:?}% tiny={:?}%",
        percents(cached),
        percents(tiny),
    ));
    assert!(answered > requests / 2, "too much is refused: {answered} of {requests} answered");
    for (cache, hits, percent_min) in [("items", cached[0], 30), ("pages", cached[1], 20)] {
        assert!(hits.hit_percent() >= percent_min, "{cache}: too few hits to tell: {hits:?}");
    }
    for (cache, [roomy, tiny]) in [("items", [cached[0], tiny[0]]), ("pages", [cached[1], tiny[1]])]
    {
        let evicts = tiny.hits < roomy.hits;
        assert!(tiny.hits > 0 && evicts, "{cache}: tiny caches hit and evict: {tiny:?} {roomy:?}");
    }
    assert_eq!(uncached.map(|look_ups| look_ups.hits), [0, 0], "one side has no caches");
}

/// The answer that all sides give, or how they differ.
fn one_answer(sides: &mut [Side], call: &Call) -> Result<Answer, String> {
    let body = call.request.to_string();
    for side in &mut *sides {
        side.send(call.operation, body.as_bytes());
    }
    let answers: Vec<Response> = sides.iter_mut().map(Side::receive).collect();
    let told = |response: &Response| (response.status, response.body.clone());
    if answers.iter().all(|answer| told(answer) == told(&answers[0])) {
        return Ok(Answer::of(&answers[0]).expect("an answer is JSON"));
    }
    let lines = sides.iter().zip(&answers);
    let lines =
        lines.map(|(side, answer)| format!("  {}: {} {}", side.name, answer.status, answer.text()));
    Err(format!("{} {body}\n{}", call.operation, lines.collect::<Vec<_>>().join("\n")))
}

/// The caches, as metrics name them.
const CACHES: [&str; 2] = ["item", "query"];
/// Too little memory for what is read, so that entries come and go.
const TINY: &[(&str, &str)] =
    &[("HEARTH__CACHE__BYTES", "8000"), ("HEARTH__CACHE__QUERY_BYTES", "20000")];
