//! Requests that keep every constraint but one.

use serde_json::{Map, Value, json};

use super::differences::REQUIRED_TOO;
use super::shapes::{Constraint, Model, Operation, Rule, Shape, Step};

/// A request of that operation that breaks this constraint.
pub(super) fn broken(model: &Model, operation: &Operation, constraint: &Constraint) -> Value {
    let input = operation.input.as_deref().expect("constraints are of what a request holds");
    of_shape(model, input, &constraint.steps, &constraint.rule).expect("a request is there")
}

/// A value that is right but for what stands at the end of the steps; `None` if that is to be absent.
fn of_shape(model: &Model, name: &str, steps: &[Step], rule: &Rule) -> Option<Value> {
    let shape = model.shape(name);
    let Some((step, rest)) = steps.split_first() else { return wrong(model, shape, rule) };
    let inner = |held: &str| of_shape(model, &target(shape, held), rest, rule);
    Some(match step {
        Step::Member(member) => {
            // Of a value's types only one may be there.
            let is_value = shape.name == "AttributeValue";
            let mut object = if is_value { Map::new() } else { required(model, shape) };
            match inner(member) {
                Some(value) => object.insert(member.clone(), value),
                None => object.remove(member),
            };
            Value::Object(object)
        }
        Step::Element => Value::Array(inner("*").into_iter().collect()),
        Step::Entry => json!({ KEY: inner("*")? }),
        Step::Key => {
            let key = inner("<key>")?;
            json!({ key.as_str()?: right(model, &target(shape, "*")) })
        }
    })
}

/// A value that breaks the rule and none besides that can be kept with it.
fn wrong(model: &Model, shape: &Shape, rule: &Rule) -> Option<Value> {
    let of_length = |length: i64| {
        let count = usize::try_from(length).expect("lengths are not negative");
        match shape.kind.as_str() {
            "list" => {
                let element = right(model, &target(shape, "*"));
                Value::Array(vec![element; count])
            }
            "map" => {
                let value = right(model, &target(shape, "*"));
                let keys = (0..count).map(|number| format!("{KEY}{number}"));
                Value::Object(keys.map(|key| (key, value.clone())).collect())
            }
            "integer" | "long" | "double" => json!(length),
            _ => json!("a".repeat(count)),
        }
    };
    match rule {
        Rule::Required => None,
        Rule::Words(_) => Some(json!("NONSENSE")),
        Rule::Pattern(pattern) => Some(json!(against(pattern))),
        Rule::Least(least) if shape.kind != "string" && *least <= 0 => Some(json!(least - 1)),
        Rule::Least(least) => Some(of_length(least - 1)),
        Rule::Most(most) => Some(of_length(most + 1)),
    }
}

/// A value that keeps every constraint.
fn right(model: &Model, name: &str) -> Value {
    let shape = model.shape(name);
    let least = shape.min.unwrap_or(0);
    match shape.kind.as_str() {
        "structure" if name == "AttributeValue" => json!({"S": "a"}),
        "structure" => Value::Object(required(model, shape)),
        "list" => {
            let element = || right(model, &target(shape, "*"));
            Value::Array((0..least).map(|_| element()).collect())
        }
        "map" => {
            let value = || right(model, &target(shape, "*"));
            let keys = (0..least).map(|number| format!("{KEY}{number}"));
            Value::Object(keys.map(|key| (key, value())).collect())
        }
        "integer" | "long" | "double" | "timestamp" => json!(least.max(1)),
        "boolean" => json!(true),
        "blob" => json!("YQ=="),
        _ => json!(text(shape)),
    }
}

fn text(shape: &Shape) -> String {
    if let Some(word) = shape.words.first() {
        return word.clone();
    }
    match shape.pattern.as_deref() {
        Some("[0-9]{12}") => return "0".repeat(12),
        Some("[,;:|\\t ]") => return ",".to_owned(),
        Some(_) | None => {}
    }
    // Long enough for a table or an index.
    let length = shape.min.unwrap_or(0).max(3).min(shape.max.unwrap_or(i64::MAX));
    "a".repeat(usize::try_from(length).expect("lengths are not negative"))
}

/// A text of the right length that the pattern does not take.
fn against(pattern: &str) -> String {
    match pattern {
        "^[^\\$]+$" => "a$a".to_owned(),
        "[0-9]{12}" => "x".repeat(12),
        "([0-9a-f]{16})+" => "x".repeat(112),
        "[,;:|\\t ]" => "a".to_owned(),
        _ => "a\u{1}a".to_owned(),
    }
}

fn required(model: &Model, shape: &Shape) -> Map<String, Value> {
    let too = REQUIRED_TOO.iter().find(|(name, _)| *name == shape.name);
    let too = too.map_or(&[][..], |(_, members)| members);
    let is_required = |name: &str| too.contains(&name);
    let members =
        shape.members.iter().filter(|member| member.required || is_required(&member.name));
    members.map(|member| (member.name.clone(), right(model, &member.shape))).collect()
}

fn target(shape: &Shape, held: &str) -> String {
    let member = shape.members.iter().find(|member| member.name == held);
    member.unwrap_or_else(|| panic!("{} holds no {held}", shape.name)).shape.clone()
}

/// A key of a map, which is a good name of a table too.
pub(super) const KEY: &str = "aaa";
