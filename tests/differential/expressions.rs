//! Random expressions as text, with the placeholders they use; most are right, some are broken.

use serde_json::{Map, Value, json};

use crate::support::Rng;
use crate::values::{any, bounds, kind_of, pick, scalar, usual};

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
        let attribute = pick(rng, attributes);
        let (path, kind) = self.path_of(rng, attribute);
        match rng.below(14) {
            0 => format!("attribute_exists({path})"),
            1 => format!("attribute_not_exists({path})"),
            2 => {
                let known = ["S", "N", "L", "M", "SS", "NULL", "BOOL"];
                let kind = if rng.percent(5) { "X" } else { pick(rng, &known) };
                format!("attribute_type({path}, {})", self.value(json!({"S": kind})))
            }
            3 => {
                let kind = if rng.percent(95) { pick(rng, &["S", "B"]) } else { "N" };
                format!("begins_with({path}, {})", self.scalar(rng, kind))
            }
            4 => {
                let operand = if rng.percent(80) {
                    let kind = pick(rng, &["S", "N"]);
                    self.scalar(rng, kind)
                } else {
                    self.any(rng)
                };
                format!("contains({path}, {operand})")
            }
            5 => format!("size({path}) {} {}", comparator(rng), self.scalar(rng, "N")),
            6 => {
                let bounds = self.bounds(rng, if kind == "N" { "N" } else { "S" });
                format!("{path} BETWEEN {bounds}")
            }
            7 => format!("{path} IN ({}, {})", self.usual(rng, kind), self.any(rng)),
            8 => format!("{path} {} {}", comparator(rng), self.path(rng, attributes)),
            9 => format!("{path} {} {}", pick(rng, &["=", "<>"]), self.any(rng)),
            10 => format!("{path} {} {}", pick(rng, &["=", "<>"]), self.usual(rng, kind)),
            _ => {
                let operand = if rng.percent(97) {
                    self.scalar(rng, if kind == "N" { "N" } else { "S" })
                } else {
                    self.any(rng)
                };
                format!("{path} {} {operand}", comparator(rng))
            }
        }
    }

    /// An update of up to three attributes.
    pub(crate) fn update(&mut self, rng: &mut Rng, attributes: &[&str]) -> String {
        let mut clauses: Vec<(&str, Vec<String>)> = Vec::new();
        for attribute in some_of(rng, attributes) {
            let (path, kind) = self.path_of(rng, attribute);
            let (clause, action) = match rng.below(8) {
                0 => ("REMOVE", path),
                1 => ("ADD", format!("{path} {}", self.addend(rng, kind))),
                2 => ("DELETE", format!("{path} {}", self.subtrahend(rng))),
                _ => ("SET", format!("{path} = {}", self.right_side(rng, &path, kind, attributes))),
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
        let attributes = some_of(rng, attributes);
        let paths = attributes.into_iter().map(|attribute| self.path_of(rng, attribute).0);
        paths.collect::<Vec<_>>().join(", ")
    }

    /// A condition on the keys of a table or index, and the value that the partition key has there.
    pub(crate) fn key_condition(
        &mut self,
        rng: &mut Rng,
        keys: &[(&str, &str)],
    ) -> (String, Value) {
        let (hash, kind) = keys[0];
        let hash = self.name(rng, hash);
        let value = scalar(rng, kind);
        let partition = format!("{hash} = {}", self.value(value.clone()));
        let Some((sort, kind)) = keys.get(1).filter(|_| rng.percent(60)) else {
            return (partition, value);
        };
        let sort = self.name(rng, sort);
        let kind = if rng.percent(97) { kind } else { "S" };
        let condition = match rng.below(7) {
            0 if *kind == *"N" && rng.percent(90) => format!("{sort} > {}", self.scalar(rng, kind)),
            0 => format!("begins_with({sort}, {})", self.scalar(rng, kind)),
            1 => format!("{sort} BETWEEN {}", self.bounds(rng, kind)),
            _ => {
                let comparator = pick(rng, &["=", "<", "<=", ">", ">="]);
                format!("{sort} {comparator} {}", self.scalar(rng, kind))
            }
        };
        let both = if rng.percent(80) {
            format!("{partition} AND {condition}")
        } else {
            format!("{condition} AND {partition}")
        };
        (both, value)
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
        self.path_of(rng, attribute).0
    }

    /// A path that begins with the attribute, and the type that values there mostly have.
    fn path_of(&mut self, rng: &mut Rng, attribute: &str) -> (String, &'static str) {
        let mut path = self.name(rng, attribute);
        let mut kind = kind_of(attribute);
        loop {
            let steps_into = match kind {
                "M" | "L" => rng.percent(30),
                _ => rng.percent(3),
            };
            if !steps_into {
                return (path, kind);
            }
            if kind == "M" || (kind != "L" && rng.percent(50)) {
                let name = pick(rng, &["x", "y", "z"]);
                path = format!("{path}.{}", self.name(rng, name));
                kind = kind_of(name);
            } else {
                path = format!("{path}[{}]", rng.below(3));
                kind = pick(rng, &["S", "N"]);
            }
        }
    }

    /// The name as it stands, or a placeholder for it.
    fn name(&mut self, rng: &mut Rng, name: &str) -> String {
        // `set` is a reserved word.
        if rng.percent(if name == "set" { 2 } else { 70 }) {
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

    fn scalar(&mut self, rng: &mut Rng, kind: &str) -> String {
        let value = scalar(rng, kind);
        self.value(value)
    }

    fn usual(&mut self, rng: &mut Rng, kind: &str) -> String {
        let value = usual(rng, kind, 1);
        self.value(value)
    }

    fn bounds(&mut self, rng: &mut Rng, kind: &str) -> String {
        let (low, high) = bounds(rng, kind);
        format!("{} AND {}", self.value(low), self.value(high))
    }

    fn addend(&mut self, rng: &mut Rng, kind: &str) -> String {
        match rng.below(12) {
            0 => self.any(rng),
            1 => self.value(json!({"NS": ["1", "2"]})),
            2..5 => self.value(json!({"SS": ["a", "b"]})),
            _ if kind == "SS" => self.usual(rng, "SS"),
            _ => self.scalar(rng, "N"),
        }
    }

    fn subtrahend(&mut self, rng: &mut Rng) -> String {
        match rng.below(12) {
            0 => self.any(rng),
            1 => self.value(json!({"NS": ["1", "2"]})),
            _ => self.usual(rng, "SS"),
        }
    }

    /// What a SET gives to `path`, whose values are mostly of that type.
    fn right_side(&mut self, rng: &mut Rng, path: &str, kind: &str, attributes: &[&str]) -> String {
        match (rng.below(10), kind) {
            (0, _) => self.path(rng, attributes),
            (1, _) => format!("if_not_exists({path}, {})", self.usual(rng, kind)),
            (2 | 3, "N") => {
                format!("{path} {} {}", pick(rng, &["+", "-"]), self.scalar(rng, "N"))
            }
            (4, "N") => format!(
                "if_not_exists({path}, {}) - {}",
                self.scalar(rng, "N"),
                self.scalar(rng, "N")
            ),
            (2, "L") => format!("list_append({path}, {})", self.usual(rng, "L")),
            (3, "L") => format!("list_append({}, {path})", self.usual(rng, "L")),
            (4, "L") => format!(
                "list_append(if_not_exists({path}, {}), {})",
                self.usual(rng, "L"),
                self.usual(rng, "L")
            ),
            (5, _) => self.any(rng),
            _ => self.usual(rng, kind),
        }
    }
}

/// One to three of them, seldom one twice.
fn some_of<'a>(rng: &mut Rng, attributes: &[&'a str]) -> Vec<&'a str> {
    let mut some = Vec::new();
    for _ in 0..=rng.below(3) {
        let attribute = pick(rng, attributes);
        if !some.contains(&attribute) || rng.percent(5) {
            some.push(attribute);
        }
    }
    some
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
