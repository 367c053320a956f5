//! Every constraint of the service's model, of every operation that hearth has, broken alone.
//!
//! A request is made for each that keeps all others; hearth must refuse it in the words that belong
//! to the constraint, or as the table of deliberate differences says (`differences.rs`).
//!
//! Must hold: no difference stands in the table that is none.
//! Not here: the order of several faults and what the words of an enumeration are printed like (the
//! tests of each operation).

mod differences;
mod request;
mod shapes;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::differences::{DIFFERENCES, Told};
use self::request::broken;
use self::shapes::{Constraint, Model, Rule, Step};
use super::Api;
use super::support::{Answer, Connection};

#[test]
fn each_constraint_of_the_model_is_told_in_its_words() {
    let model = Model::read();
    let mut api = Api::empty();
    let (mut compared, mut different) = (0, BTreeSet::new());
    let mut wrong = Vec::new();

    for operation in &model.operations {
        let is_absent = |answer: &Answer| answer.body["__type"].as_str().is_some_and(is_unknown);
        if is_absent(&call(api.db.connection(), &operation.target(), &json!({}))) {
            continue;
        }
        for constraint in model.constraints(operation) {
            let request = broken(&model, operation, &constraint);
            let answer = call(api.db.connection(), &operation.target(), &request);
            let difference = DIFFERENCES.iter().position(|difference| {
                difference.is_of(&operation.name, &constraint.path_of_model(), &constraint.rule)
            });
            let told = match difference {
                Some(at) => {
                    different.insert(at);
                    as_differs(&answer, DIFFERENCES[at].told)
                }
                None => as_modelled(&answer, &constraint),
            };
            compared += usize::from(difference.is_none());
            if !told {
                let (path, rule) = (constraint.path_of_model(), &constraint.rule);
                let shown: String = answer.body.to_string().chars().take(300).collect();
                wrong.push(format!("{} {path} {rule:?}: {shown}", operation.name));
            }
        }
    }

    println!("{compared} constraints of the model are told in its words");
    assert!(wrong.is_empty(), "{} are not:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= COMPARED_MIN, "only {compared} were compared");
    let idle: Vec<_> = (0..DIFFERENCES.len())
        .filter(|at| !different.contains(at))
        .map(|at| &DIFFERENCES[at])
        .collect();
    assert!(idle.is_empty(), "no differences: {idle:#?}");
}

/// Whether that constraint, and nothing but what the same value breaks, is what the answer tells.
fn as_modelled(answer: &Answer, constraint: &Constraint) -> bool {
    let Some(faults) = faults(answer) else { return false };
    let place = format!(" at '{}' failed to satisfy constraint: ", constraint.path());
    let texts: Vec<&str> =
        faults.iter().filter_map(|fault| Some(fault.split_once(&place)?.1)).collect();
    let is_told = match &constraint.rule {
        Rule::Words(words) => texts.iter().any(|text| words_of(text) == Some(words.clone())),
        rule => texts.contains(&rule.text(constraint.what).as_str()),
    };
    is_told && texts.len() == faults.len()
}

fn as_differs(answer: &Answer, told: Told) -> bool {
    let code = answer.body["__type"].as_str().unwrap_or_default();
    let message = answer.body["message"].as_str().unwrap_or_default();
    match told {
        Told::As(text) => code.ends_with("#ValidationException") && message.contains(text),
        // Whatever else is wrong with the request, it is not that it was not understood.
        Told::NotAtAll => {
            let is_heard = !code.ends_with("#SerializationException") && !is_unknown(code);
            answer.status < 500 && is_heard && !message.contains("failed to satisfy constraint")
        }
    }
}

/// The faults of members that an answer tells.
fn faults(answer: &Answer) -> Option<Vec<String>> {
    let constraint = "com.amazon.coral.validate#ValidationException";
    if answer.status != 400 || answer.body["__type"] != constraint {
        return None;
    }
    let (count, faults) = answer.body["message"].as_str()?.split_once(" detected: ")?;
    let faults: Vec<String> = faults.split("; Value ").map(str::to_owned).collect();
    let errors = if faults.len() == 1 { "error" } else { "errors" };
    (count == format!("{} validation {errors}", faults.len())).then_some(faults)
}

fn words_of(text: &str) -> Option<BTreeSet<String>> {
    let words = text.strip_prefix("Member must satisfy enum value set: [")?.strip_suffix(']')?;
    Some(words.split(", ").map(str::to_owned).collect())
}

fn call(connection: &mut Connection, target: &str, request: &Value) -> Answer {
    let body = request.to_string();
    connection.send_target("", target, body.as_bytes()).expect("the connection lives on");
    let response = connection.receive().expect("it is answered");
    Answer::of(&response).expect("an answer is JSON")
}

fn is_unknown(code: &str) -> bool {
    code.ends_with("#UnknownOperationException")
}

/// Where the steps of a path lead, as faults name it.
fn path_of(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Member(name) => {
                let mut letters = name.chars();
                let first = letters.next().map(|letter| letter.to_ascii_lowercase());
                let dot = if path.is_empty() { "" } else { "." };
                path = format!("{path}{dot}{}{}", first.unwrap_or_default(), letters.as_str());
            }
            Step::Element => path.push_str(".1.member"),
            Step::Entry => path = format!("{path}.{}.member", request::KEY),
            Step::Key => {}
        }
    }
    path
}

/// As many as there were when this was written; there may be more.
const COMPARED_MIN: usize = 911;
