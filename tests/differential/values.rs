//! Random attribute values out of small alphabets, so that equal ones meet.

use serde_json::{Map, Value, json};

use crate::support::Rng;

/// A value of that scalar type.
pub(crate) fn scalar(rng: &mut Rng, kind: &str) -> Value {
    match kind {
        "N" => json!({"N": pick(rng, &NUMBERS)}),
        "B" => json!({"B": pick(rng, &["YQ==", "YWI=", "YWJj", "/w=="])}),
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

/// Some of these attributes with random values.
pub(crate) fn attributes(rng: &mut Rng, names: &[&str], depth: u64) -> Map<String, Value> {
    let mut attributes = Map::new();
    for name in names {
        if rng.percent(60) {
            attributes.insert((*name).to_owned(), any(rng, depth));
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
