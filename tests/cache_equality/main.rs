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
use side::Side;
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

    let [cached, tiny, uncached] = &sides;
    let items = cached.look_ups("item");
    support::figure(&format!(
        "requests={requests} seed={seed} answered={answered} remakes={remakes} \
         item_hits={}% tiny_item_hits={}%",
        items.hit_percent(),
        tiny.look_ups("item").hit_percent(),
    ));
    assert!(answered > requests / 2, "too much is refused: {answered} of {requests} answered");
    assert!(items.hit_percent() >= 30, "too few hits to prove anything: {items:?}");
    assert_eq!(uncached.look_ups("item").hits, 0, "the other side has no cache");
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

/// Too little memory for what is read, so that entries come and go.
const TINY: &[(&str, &str)] = &[("HEARTH__CACHE__BYTES", "8000")];
