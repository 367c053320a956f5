//! One random program over both protocols: can answers tell how they were asked for?
//!
//! Two servers get the same requests. One gets all of them as JSON, of the other every second one is
//! asked for as clients of DAX do; so what one protocol wrote the other reads, from the caches too.
//! Both must answer the same.
//!
//!     HEARTH_WIRE_REQUESTS=1000000 HEARTH_SEED=7 cargo test --test wires -- --nocapture

#[path = "../differential/expressions.rs"]
mod expressions;
#[path = "../cache_equality/program.rs"]
mod program;
#[path = "../differential/requests.rs"]
mod requests;
#[path = "../cache_equality/side.rs"]
mod side;
#[path = "../support/mod.rs"]
mod support;
#[path = "../differential/tables.rs"]
mod tables;
#[path = "../differential/values.rs"]
mod values;

use program::{Call, Program, Step};
use serde_json::{Value, json};
use side::{LookUps, Side};
use support::{Answer, DaxClient, Rng, UNSAYABLE};

#[test]
fn answers_do_not_tell_which_protocol_asked() {
    let (count, seed) = (support::count("HEARTH_WIRE_REQUESTS", 40_000), support::seed());
    let (mut http, mut both) = (Side::start("HTTP alone", &[]), Side::start("both", &[]));
    for table in tables::all() {
        http.make_table(&table);
        both.make_table(&table);
    }
    let mut dax = DaxClient::connect(both.server.dax());
    let mut program = Program::new(seed);
    let mut rng = Rng::new(seed, 2);
    let (mut requests, mut by_dax, mut answered) = (0_u64, 0_u64, 0_u64);

    while requests < count {
        let call = match program.next() {
            Step::Call(call) => call,
            Step::Remake(table) => {
                http.remake_table(&table);
                both.remake_table(&table);
                // What it knew of the table is gone with it.
                dax = DaxClient::connect(both.server.dax());
                continue;
            }
        };
        requests += 1;
        let expected = asked(&mut http, &call);
        let is_by_dax = rng.percent(50) && can_be_said(&call);
        let other = if is_by_dax { asked_by_dax(&mut dax, &call) } else { None };
        by_dax += u64::from(other.is_some());
        let other = other.unwrap_or_else(|| asked(&mut both, &call));
        answered += u64::from(expected.status == 200);
        assert_eq!(
            told(&other),
            told(&expected),
            "seed {seed}, request {requests}, by DAX: {is_by_dax}: {} {}",
            call.operation,
            call.request
        );
        program.learn(call, &expected);
    }

    let look_ups = ["item", "query"].map(|cache| both.look_ups(cache));
    support::figure(&format!(
        "requests={requests} seed={seed} by_dax={by_dax} answered={answered} \
         hits_of_items_and_pages={:?}%",
        look_ups.map(LookUps::hit_percent)
    ));
    assert!(by_dax > requests / 5, "too little was said in DAX: {by_dax} of {requests}");
    assert!(answered > requests / 2, "too much is refused: {answered} of {requests} answered");
    assert!(look_ups[0].hit_percent() >= 30 && look_ups[1].hit_percent() >= 20, "{look_ups:?}");
}

fn asked(side: &mut Side, call: &Call) -> Answer {
    side.send(call.operation, call.request.to_string().as_bytes());
    Answer::of(&side.receive()).expect("an answer is JSON")
}

/// None if the request cannot be said.
fn asked_by_dax(dax: &mut DaxClient, call: &Call) -> Option<Answer> {
    let answer = dax.try_answer(call.operation, &call.request).expect("it answers");
    (answer.body["__type"] != UNSAYABLE).then_some(answer)
}

/// Whether a client of DAX could ask for the same: it has no table calls and fewer parameters.
fn can_be_said(call: &Call) -> bool {
    let is_for_data = matches!(
        call.operation,
        "GetItem"
            | "PutItem"
            | "UpdateItem"
            | "DeleteItem"
            | "Query"
            | "Scan"
            | "BatchGetItem"
            | "BatchWriteItem"
    );
    let text = call.request.to_string();
    is_for_data && !UNSAID.iter().any(|member| text.contains(member))
}

/// What an answer says, however it came.
fn told(answer: &Answer) -> (u16, Value) {
    if answer.status == 200 {
        return (200, answer.body.clone());
    }
    let refusal = answer.refusal();
    (answer.status, json!([refusal.code, refusal.message]))
}

/// The older parameters, which clients turn into expressions, and one that DAX does not have.
const UNSAID: &[&str] = &[
    "\"AttributesToGet\"",
    "\"AttributeUpdates\"",
    "\"ConditionalOperator\"",
    "\"Expected\"",
    "\"KeyConditions\"",
    "\"QueryFilter\"",
    "\"ScanFilter\"",
    "\"ReturnValuesOnConditionCheckFailure\"",
];
