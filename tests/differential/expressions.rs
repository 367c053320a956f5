//! Random expressions as text, with the placeholders they use; most are right, some are broken.

use serde_json::{Map, Value, json};

use crate::support::Rng;
use crate::values::{any, pick, scalar};

/// The expressions of one request and the placeholders that they share.
#[derive(Default)]
pub(crate) struct Expressions {
    names: Map<String, Value>,
    values: Map<String, Value>,
}

impl Expressions {
    /// A condition or filter of at most `depth` levels over these attributes.
    pub(crate) fn condition(&mut self, rng: &mut Rng, attributes: &[&str], depth: u64) -> String {
        if depth > 0 && rng.percent(40) {
            let left = self.condition(rng, attributes, depth - 1);
            return match rng.below(4) {
                0 => format!("NOT {left}"),
                1 => format!("({left})"),
                2 => format!("{left} AND {}", self.condition(rng, attributes, depth - 1)),
                _ => format!("{left} OR {}", self.condition(rng, attributes, depth - 1)),
            };
        }
        let path = self.path(rng, attributes);
        match rng.below(12) {
            0 => format!("attribute_exists({path})"),
            1 => format!("attribute_not_exists({path})"),
            2 => {
                let kind = pick(rng, &["S", "N", "L", "M", "SS", "NULL", "BOOL", "X"]);
                format!("attribute_type({path}, {})", self.value(json!({"S": kind})))
            }
            3 => format!("begins_with({path}, {})", self.scalar(rng, &["S", "B", "N"])),
            4 => format!("contains({path}, {})", self.any(rng)),
            5 => format!("size({path}) {} {}", comparator(rng), self.scalar(rng, &["N"])),
            6 => {
                let kind = pick(rng, &["S", "N"]);
                let (low, high) = (self.scalar(rng, &[kind]), self.scalar(rng, &[kind]));
                format!("{path} BETWEEN {low} AND {high}")
            }
            7 => format!("{path} IN ({}, {})", self.any(rng), self.any(rng)),
            8 => format!("{path} {} {}", comparator(rng), self.path(rng, attributes)),
            _ => {
                let operand =
                    if rng.percent(80) { self.scalar(rng, &["S", "N"]) } else { self.any(rng) };
                format!("{path} {} {operand}", comparator(rng))
            }
        }
    }

    /// An update of up to three attributes.
    pub(crate) fn update(&mut self, rng: &mut Rng, attributes: &[&str]) -> String {
        let mut clauses: Vec<(&str, Vec<String>)> = Vec::new();
        for _ in 0..=rng.below(3) {
            let path = self.path(rng, attributes);
            let (clause, action) = match rng.below(8) {
                0 => ("REMOVE", path),
                1 => ("ADD", format!("{path} {}", self.number_or_set(rng))),
                2 => ("DELETE", format!("{path} {}", self.number_or_set(rng))),
                _ => ("SET", format!("{path} = {}", self.right_side(rng, attributes))),
            };
            match clauses.iter_mut().find(|(name, _)| *name == clause) {
                Some((_, actions)) => actions.push(action),
                None => clauses.push((clause, vec![action])),
            }
        }
        let written =
            clauses.iter().map(|(name, actions)| format!("{name} {}", actions.join(", ")));
        written.collect::<Vec<_>>().join(" ")
    }

    /// A projection on one to three paths.
    pub(crate) fn projection(&mut self, rng: &mut Rng, attributes: &[&str]) -> String {
        let paths: Vec<String> = (0..=rng.below(3)).map(|_| self.path(rng, attributes)).collect();
        paths.join(", ")
    }

    /// A condition on the keys of a table or index.
    pub(crate) fn key_condition(&mut self, rng: &mut Rng, keys: &[(&str, &str)]) -> String {
        let (hash, kind) = keys[0];
        let hash = self.name(rng, hash);
        let partition = format!("{hash} = {}", self.scalar(rng, &[kind]));
        let Some((sort, kind)) = keys.get(1).filter(|_| rng.percent(60)) else { return partition };
        let sort = self.name(rng, sort);
        let kind = if rng.percent(95) { kind } else { "S" };
        let condition = match rng.below(7) {
            0 => format!("begins_with({sort}, {})", self.scalar(rng, &[kind])),
            1 => {
                let (low, high) = (self.scalar(rng, &[kind]), self.scalar(rng, &[kind]));
                format!("{sort} BETWEEN {low} AND {high}")
            }
            _ => {
                let comparator = pick(rng, &["=", "<", "<=", ">", ">="]);
                format!("{sort} {comparator} {}", self.scalar(rng, &[kind]))
            }
        };
        if rng.percent(80) {
            format!("{partition} AND {condition}")
        } else {
            format!("{condition} AND {partition}")
        }
    }

    /// Puts the placeholders into the request.
    pub(crate) fn put_into(mut self, rng: &mut Rng, request: &mut Value) {
        if rng.percent(1) {
            self.values.insert(":unused".into(), json!({"S": "x"}));
        }
        if !self.names.is_empty() {
            request["ExpressionAttributeNames"] = Value::Object(self.names);
        }
        if !self.values.is_empty() {
            request["ExpressionAttributeValues"] = Value::Object(self.values);
        }
    }

    fn path(&mut self, rng: &mut Rng, attributes: &[&str]) -> String {
        let attribute = pick(rng, attributes);
        let mut path = self.name(rng, attribute);
        while rng.percent(25) {
            if rng.percent(50) {
                let name = pick(rng, &["x", "y", "z"]);
                path = format!("{path}.{}", self.name(rng, name));
            } else {
                path = format!("{path}[{}]", rng.below(3));
            }
        }
        path
    }

    /// The name as it stands, or a placeholder for it.
    fn name(&mut self, rng: &mut Rng, name: &str) -> String {
        if rng.percent(70) {
            return name.to_owned();
        }
        let placeholder = format!("#{name}");
        self.names.insert(placeholder.clone(), json!(name));
        placeholder
    }

    fn value(&mut self, value: Value) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    fn any(&mut self, rng: &mut Rng) -> String {
        let value = any(rng, 1);
        self.value(value)
    }

    fn scalar(&mut self, rng: &mut Rng, kinds: &[&str]) -> String {
        let kind = pick(rng, kinds);
        let value = scalar(rng, kind);
        self.value(value)
    }

    fn number_or_set(&mut self, rng: &mut Rng) -> String {
        match rng.below(4) {
            0 => self.any(rng),
            1 => self.value(json!({"SS": ["a", "b"]})),
            2 => self.value(json!({"NS": ["1", "2"]})),
            _ => self.scalar(rng, &["N"]),
        }
    }

    fn right_side(&mut self, rng: &mut Rng, attributes: &[&str]) -> String {
        let path = self.path(rng, attributes);
        match rng.below(8) {
            0 => path,
            1 => format!("if_not_exists({path}, {})", self.any(rng)),
            2 => format!("list_append({path}, {})", self.value(json!({"L": [{"N": "1"}]}))),
            3 => format!("{path} + {}", self.scalar(rng, &["N"])),
            4 => format!(
                "if_not_exists({path}, {}) - {}",
                self.scalar(rng, &["N"]),
                self.scalar(rng, &["N"])
            ),
            _ => self.any(rng),
        }
    }
}

/// Now and then takes a character out or puts one in.
pub(crate) fn maybe_broken(rng: &mut Rng, text: String) -> String {
    if !rng.percent(4) {
        return text;
    }
    let at = usize::try_from(rng.below(text.len() as u64)).expect("expressions are short");
    let mut bytes = text.into_bytes();
    if rng.percent(50) {
        bytes.remove(at);
    } else {
        bytes.insert(at, pick(rng, b"()[].,:#=<>+- x1!"));
    }
    String::from_utf8(bytes).expect("expressions are ASCII")
}

fn comparator(rng: &mut Rng) -> &'static str {
    pick(rng, &["=", "<>", "<", "<=", ">", ">="])
}
