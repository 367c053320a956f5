//! The reduced model (`tests/data/model/`), and the constraints in it.

use std::collections::{BTreeMap, BTreeSet};

/// The shapes of requests.
pub(super) struct Model {
    pub(super) operations: Vec<Operation>,
    shapes: BTreeMap<String, Shape>,
}

pub(super) struct Operation {
    service: String,
    pub(super) name: String,
    /// The shape of its request, if it has members.
    pub(super) input: Option<String>,
}

#[derive(Default)]
pub(super) struct Shape {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<String>,
    pub(super) words: Vec<String>,
    pub(super) members: Vec<Member>,
}

pub(super) struct Member {
    /// `*` is an element or a value, `<key>` a key.
    pub(super) name: String,
    pub(super) shape: String,
    pub(super) required: bool,
}

/// One constraint of one member.
pub(super) struct Constraint {
    pub(super) steps: Vec<Step>,
    pub(super) rule: Rule,
    /// What bounds are of: `length` or `value`.
    pub(super) what: &'static str,
}

/// A step from a shape to what it holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    Member(String),
    Element,
    Entry,
    Key,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Rule {
    Required,
    Words(BTreeSet<String>),
    Pattern(String),
    Least(i64),
    Most(i64),
}

impl Model {
    pub(super) fn read() -> Self {
        let mut model = Self { operations: Vec::new(), shapes: BTreeMap::new() };
        let mut shape = Shape::default();
        for line in include_str!("../../data/model/shapes.txt").lines().chain([""]) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match *words.as_slice() {
                [] => {
                    let done = std::mem::take(&mut shape);
                    model.shapes.insert(done.name.clone(), done);
                }
                ["operation", service, name, ref input @ ..] => {
                    let input = input.first().map(|shape| (*shape).to_owned());
                    model.operations.push(Operation {
                        service: service.to_owned(),
                        name: name.to_owned(),
                        input,
                    });
                }
                [name, target, ref required @ ..] if line.starts_with("  ") => {
                    shape.members.push(Member {
                        name: name.to_owned(),
                        shape: target.to_owned(),
                        required: !required.is_empty(),
                    });
                }
                [kind, name, ref facts @ ..] => shape = Shape::of(kind, name, facts, line),
                [_] => panic!("{line:?} says nothing"),
            }
        }
        model
    }

    pub(super) fn shape(&self, name: &str) -> &Shape {
        self.shapes.get(name).unwrap_or_else(|| panic!("the model has no shape {name}"))
    }

    /// The constraints of an operation's request that a request can break.
    pub(super) fn constraints(&self, operation: &Operation) -> Vec<Constraint> {
        let mut found = Vec::new();
        if let Some(input) = &operation.input {
            self.gather(input, &mut Vec::new(), &mut Vec::new(), &mut found);
        }
        found
    }

    fn gather<'m>(
        &'m self,
        name: &'m str,
        above: &mut Vec<&'m str>,
        steps: &mut Vec<Step>,
        found: &mut Vec<Constraint>,
    ) {
        let shape = self.shape(name);
        let of_shape = shape.rules().into_iter();
        found.extend(of_shape.map(|rule| Constraint {
            steps: steps.clone(),
            rule,
            what: shape.measure(),
        }));
        // What a shape holds of its own kind adds nothing new.
        if above.contains(&name) {
            return;
        }
        above.push(name);
        for member in &shape.members {
            steps.push(match (member.name.as_str(), shape.kind.as_str()) {
                ("<key>", _) => Step::Key,
                ("*", "list") => Step::Element,
                ("*", _) => Step::Entry,
                (name, _) => Step::Member(name.to_owned()),
            });
            if member.required {
                let (steps, rule) = (steps.clone(), Rule::Required);
                found.push(Constraint { steps, rule, what: "" });
            }
            self.gather(&member.shape, above, steps, found);
            steps.pop();
        }
        above.pop();
    }
}

impl Operation {
    /// What `X-Amz-Target` says.
    pub(super) fn target(&self) -> String {
        let service = match self.service.as_str() {
            "dynamodbstreams" => "DynamoDBStreams_20120810",
            _ => "DynamoDB_20120810",
        };
        format!("{service}.{}", self.name)
    }
}

impl Shape {
    fn of(kind: &str, name: &str, facts: &[&str], line: &str) -> Self {
        let fact = |name: &str| facts.iter().find_map(|fact| fact.strip_prefix(name));
        let number = |name: &str| fact(name).map(|text| text.parse().expect("a whole number"));
        Self {
            kind: kind.to_owned(),
            name: name.to_owned(),
            min: number("min="),
            max: number("max="),
            // A pattern may have blanks, and is the last of a line.
            pattern: line.split_once(" pattern=").map(|(_, pattern)| pattern.to_owned()),
            words: fact("enum=")
                .map_or_else(Vec::new, |words| words.split('|').map(str::to_owned).collect()),
            members: Vec::new(),
        }
    }

    fn rules(&self) -> Vec<Rule> {
        let words = (!self.words.is_empty()).then(|| self.words.iter().cloned().collect());
        // Nothing is shorter than nothing.
        let least = self.min.filter(|min| self.measure() == "value" || *min > 0);
        [
            words.map(Rule::Words),
            self.pattern.clone().map(Rule::Pattern),
            least.map(Rule::Least),
            self.max.map(Rule::Most),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn measure(&self) -> &'static str {
        match self.kind.as_str() {
            "integer" | "long" | "double" => "value",
            _ => "length",
        }
    }
}

impl Constraint {
    /// The path as faults have it.
    pub(super) fn path(&self) -> String {
        super::path_of(&self.steps)
    }

    /// The path as the model has it, which says elements as `[]`, values as `{}`, keys as `<key>`.
    pub(super) fn path_of_model(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            match step {
                Step::Member(name) if path.is_empty() => path.push_str(name),
                Step::Member(name) => path = format!("{path}.{name}"),
                Step::Element => path.push_str("[]"),
                Step::Entry => path.push_str("{}"),
                Step::Key => path.push_str("<key>"),
            }
        }
        path
    }
}

impl Rule {
    /// The constraint's text.
    pub(super) fn text(&self, what: &str) -> String {
        match self {
            Self::Required => "Member must not be null".to_owned(),
            Self::Words(words) => format!("one of {words:?}"),
            Self::Pattern(pattern) => {
                format!("Member must satisfy regular expression pattern: {pattern}")
            }
            Self::Least(least) => {
                format!("Member must have {what} greater than or equal to {least}")
            }
            Self::Most(most) => format!("Member must have {what} less than or equal to {most}"),
        }
    }
}
