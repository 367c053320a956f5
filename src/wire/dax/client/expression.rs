//! Writes expressions as trees, which the codes of `expression.rs` explain.

use std::borrow::Cow;

use super::super::cbor::Writer;
use super::super::expression::{ELEMENT, FORMAT, code};
use super::super::value;
use crate::expr::{
    Action, Comparator, Condition, KeyConditions, KeyTest, Operand, Path, Projection, Step, Sum,
    Term, Update,
};
use crate::model::AttributeValue;

/// A condition or filter.
pub(super) fn condition(condition: &Condition) -> Vec<u8> {
    with_values(|tree| tree.condition(condition))
}

/// A key condition.
pub(super) fn key_conditions(keys: &KeyConditions) -> Vec<u8> {
    with_values(|tree| {
        for _ in 1..keys.clauses.len() {
            tree.node(code::AND, 2);
        }
        for clause in &keys.clauses {
            tree.key_test(&clause.attribute, &clause.test);
        }
    })
}

/// An update.
pub(super) fn update(update: &Update) -> Vec<u8> {
    with_values(|tree| {
        tree.writer.array(update.actions.len());
        for action in &update.actions {
            tree.action(action);
        }
    })
}

/// A projection.
pub(super) fn projection(projection: &Projection) -> Vec<u8> {
    let mut tree = Tree::default();
    tree.writer.array(2);
    tree.writer.signed(FORMAT);
    tree.writer.array(projection.paths().len());
    for path in projection.paths() {
        tree.path(path);
    }
    tree.writer.finish()
}

/// A tree on its way, and the values that it named.
#[derive(Default)]
struct Tree<'a> {
    writer: Writer,
    values: Vec<Cow<'a, AttributeValue>>,
}

fn with_values<'a>(put: impl FnOnce(&mut Tree<'a>)) -> Vec<u8> {
    let mut tree = Tree::default();
    tree.writer.array(3);
    tree.writer.signed(FORMAT);
    put(&mut tree);
    let Tree { mut writer, values } = tree;
    writer.array(values.len());
    for value in &values {
        value::put_owned(&mut writer, value);
    }
    writer.finish()
}

impl<'a> Tree<'a> {
    fn condition(&mut self, condition: &'a Condition) {
        match condition {
            Condition::And(conditions) => self.joined(code::AND, conditions),
            Condition::Or(conditions) => self.joined(code::OR, conditions),
            Condition::Not(inner) => {
                self.node(code::NOT, 1);
                self.condition(inner);
            }
            Condition::Compare(left, comparator, right) => {
                self.node(comparison(*comparator), 2);
                self.operand(left);
                self.operand(right);
            }
            Condition::Between(tested, lower, upper) => {
                self.node(code::BETWEEN, 3);
                for operand in [tested, lower, upper] {
                    self.operand(operand);
                }
            }
            Condition::In(tested, choices) => {
                self.node(code::IN, 2);
                self.operand(tested);
                self.writer.array(choices.len());
                for operand in choices {
                    self.operand(operand);
                }
            }
            Condition::Exists(path) => {
                self.node(code::EXISTS, 1);
                self.path(path);
            }
            Condition::NotExists(path) => {
                self.node(code::NOT_EXISTS, 1);
                self.path(path);
            }
            Condition::HasType(path, wanted) => {
                self.node(code::HAS_TYPE, 2);
                self.path(path);
                let name = AttributeValue::S(wanted.name().to_owned());
                self.value(Cow::Owned(name));
            }
            Condition::BeginsWith(tested, prefix) => {
                self.node(code::BEGINS_WITH, 2);
                self.operand(tested);
                self.operand(prefix);
            }
            Condition::Contains(tested, part) => {
                self.node(code::CONTAINS, 2);
                self.operand(tested);
                self.operand(part);
            }
        }
    }

    /// An operator over two parts, as often as there are parts to join.
    fn joined(&mut self, operator: i64, conditions: &'a [Condition]) {
        for _ in 1..conditions.len() {
            self.node(operator, 2);
        }
        for condition in conditions {
            self.condition(condition);
        }
    }

    fn key_test(&mut self, attribute: &str, test: &'a KeyTest) {
        let (code, values): (i64, [Option<&AttributeValue>; 2]) = match test {
            KeyTest::Equal(value) => (code::EQUAL, [Some(value), None]),
            KeyTest::Less(value) => (code::LESS, [Some(value), None]),
            KeyTest::LessOrEqual(value) => (code::LESS_OR_EQUAL, [Some(value), None]),
            KeyTest::Greater(value) => (code::GREATER, [Some(value), None]),
            KeyTest::GreaterOrEqual(value) => (code::GREATER_OR_EQUAL, [Some(value), None]),
            KeyTest::Between(lower, upper) => (code::BETWEEN, [Some(lower), Some(upper)]),
            KeyTest::BeginsWith(prefix) => (code::BEGINS_WITH, [Some(prefix), None]),
        };
        self.node(code, 1 + values.iter().flatten().count());
        self.path(&Path::attribute(attribute));
        values.into_iter().flatten().for_each(|value| self.borrowed(value));
    }

    fn action(&mut self, action: &'a Action) {
        match action {
            Action::Set(path, sum) => {
                self.node(code::SET, 2);
                self.path(path);
                self.sum(sum);
            }
            Action::Remove(path) => {
                self.node(code::REMOVE, 1);
                self.path(path);
            }
            Action::Add(path, value) | Action::LegacyAdd(path, value) => {
                self.node(code::ADD, 2);
                self.path(path);
                self.borrowed(value);
            }
            Action::Delete(path, value) | Action::LegacyDelete(path, value) => {
                self.node(code::DELETE, 2);
                self.path(path);
                self.borrowed(value);
            }
        }
    }

    fn sum(&mut self, sum: &'a Sum) {
        let (operator, left, right) = match sum {
            Sum::Term(term) => return self.term(term),
            Sum::Plus(left, right) => (code::PLUS, left, right),
            Sum::Minus(left, right) => (code::MINUS, left, right),
        };
        self.node(operator, 2);
        self.sum(left);
        self.sum(right);
    }

    fn term(&mut self, term: &'a Term) {
        match term {
            Term::Path(path) => self.path(path),
            Term::Value(value) => self.borrowed(value),
            Term::IfNotExists(path, other) => {
                self.node(code::IF_NOT_EXISTS, 2);
                self.path(path);
                self.sum(other);
            }
            Term::ListAppend(first, second) => {
                self.node(code::LIST_APPEND, 2);
                self.sum(first);
                self.sum(second);
            }
        }
    }

    fn operand(&mut self, operand: &'a Operand) {
        match operand {
            Operand::Path(path) => self.path(path),
            Operand::Value(value) => self.borrowed(value),
            Operand::Size(inner) => {
                self.node(code::SIZE, 1);
                self.operand(inner);
            }
        }
    }

    fn path(&mut self, path: &Path) {
        self.node(code::PATH, 1 + path.steps.len());
        self.writer.text(&path.attribute);
        for step in &path.steps {
            match step {
                Step::Name(name) => self.writer.text(name),
                Step::Index(index) => {
                    self.writer.tag(ELEMENT);
                    self.writer.unsigned((*index).into());
                }
            }
        }
    }

    fn borrowed(&mut self, value: &'a AttributeValue) {
        self.value(Cow::Borrowed(value));
    }

    fn value(&mut self, value: Cow<'a, AttributeValue>) {
        self.node(code::VALUE, 1);
        self.writer.unsigned(self.values.len() as u64);
        self.values.push(value);
    }

    fn node(&mut self, code: i64, operands: usize) {
        self.writer.array(1 + operands);
        self.writer.signed(code);
    }
}

fn comparison(comparator: Comparator) -> i64 {
    match comparator {
        Comparator::Equal => code::EQUAL,
        Comparator::NotEqual => code::NOT_EQUAL,
        Comparator::Less => code::LESS,
        Comparator::LessOrEqual => code::LESS_OR_EQUAL,
        Comparator::Greater => code::GREATER,
        Comparator::GreaterOrEqual => code::GREATER_OR_EQUAL,
    }
}
