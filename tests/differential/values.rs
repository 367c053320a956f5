//! Random attribute values out of small alphabets, so that equal ones meet.

use serde_json::{Map, Value, json};

use crate::support::Rng;

/// A value of that scalar type.
pub(crate) fn scalar(rng: &mut Rng, kind: &str) -> Value {
    match kind {
        "N" => json!({"N": pick(rng, &NUMBERS)}),
        "B" => json!({"B": pick(rng, &["YQ==", "YWI=", "YWJj", "Yg=="])}),
        "BOOL" => json!({"BOOL": rng.percent(50)}),
        "NULL" => json!({"NULL": true}),
        _ => json!({"S": pick(rng, &TEXTS)}),
    }
}

/// A value of any type, nested at most `depth` levels.
pub(crate) fn any(rng: &mut Rng, depth: u64) -> Value {
    match rng.below(if depth == 0 { 6 } else { 11 }) {
        0 | 1 => scalar(rng, "S"),
        2 | 3 => scalar(rng, "N"),
        4 => scalar(rng, "B"),
        5 => {
            let kind = pick(rng, &["BOOL", "NULL"]);
            scalar(rng, kind)
        }
        6 => json!({"SS": some_of(rng, &["a", "ab", "b", "c"])}),
        7 => json!({"NS": some_of(rng, &["1", "2", "3.5", "-4"])}),
        8 => json!({"BS": some_of(rng, &["YQ==", "YWI="])}),
        9 => {
            let length = rng.below(4);
            json!({"L": (0..length).map(|_| any(rng, depth - 1)).collect::<Vec<_>>()})
        }
        _ => json!({"M": attributes(rng, &["x", "y", "z"], depth - 1)}),
    }
}

/// Mostly a value of that type, nested at most `depth` levels, and any other now and then.
pub(crate) fn usual(rng: &mut Rng, kind: &str, depth: u64) -> Value {
    if rng.percent(10) {
        return any(rng, depth);
    }
    match kind {
        "L" => {
            let length = rng.below(4);
            let element = |rng: &mut Rng| any(rng, depth.saturating_sub(1));
            json!({"L": (0..length).map(|_| element(rng)).collect::<Vec<_>>()})
        }
        "M" => json!({"M": attributes(rng, &["x", "y", "z"], depth.saturating_sub(1))}),
        "SS" => json!({"SS": some_of(rng, &["a", "ab", "b", "c"])}),
        _ => scalar(rng, kind),
    }
}

/// The type that the attribute mostly has.
pub(crate) fn kind_of(attribute: &str) -> &'static str {
    match attribute {
        "n" | "gb" | "x" => "N",
        "l" => "L",
        "m" => "M",
        "set" => "SS",
        _ => "S",
    }
}

/// Two values of that type, mostly the lower one first.
pub(crate) fn bounds(rng: &mut Rng, kind: &str) -> (Value, Value) {
    let (one, other) = (scalar(rng, kind), scalar(rng, kind));
    let is_reversed = match (kind, one[kind].as_str(), other[kind].as_str()) {
        ("N", Some(one), Some(other)) => one.parse::<f64>().ok() > other.parse().ok(),
        // Base64 does not sort as its bytes, but the few that are used here do.
        (_, one, other) => one > other,
    };
    if is_reversed && rng.percent(95) { (other, one) } else { (one, other) }
}

/// Some of these attributes, mostly of their usual types.
pub(crate) fn attributes(rng: &mut Rng, names: &[&str], depth: u64) -> Map<String, Value> {
    let mut attributes = Map::new();
    for name in names {
        if rng.percent(60) {
            attributes.insert((*name).to_owned(), usual(rng, kind_of(name), depth));
        }
    }
    attributes
}

/// One of these.
pub(crate) fn pick<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    let at = rng.below(choices.len() as u64);
    choices[usize::try_from(at).expect("there are few choices")]
}

fn some_of<'a>(rng: &mut Rng, choices: &[&'a str]) -> Vec<&'a str> {
    let some: Vec<&str> = choices.iter().copied().filter(|_| rng.percent(50)).collect();
    if some.is_empty() { vec![choices[0]] } else { some }
}

const NUMBERS: [&str; 9] = ["0", "1", "1.0", "2", "-1", "3.5", "10", "100", "1e2"];
const TEXTS: [&str; 8] = ["a", "ab", "abc", "b", "ba", "é", "z", "hello"];
