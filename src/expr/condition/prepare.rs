//! Conditions made ready to be asked of many items.
//!
//!     contains(:v, :w) OR (size(:v) > n AND a = :map)
//!     ╰── false ────╯      ╰─ 7 ──╯           ╰ sorted
//!
//! What depends on the request alone is worked out here, once: a filter is asked of tens of
//! thousands of items, and values of a request may have megabytes.
//!
//! Must hold: what is prepared holds of the same items as the condition, and no clause without a
//! path is left in it.
//! Not here: asking (`evaluate.rs`).

use super::sorted::Sorted;
use super::{Comparator, Condition, Operand, ValueType};
use crate::expr::path::Path;
use crate::expr::work::Work;

/// A condition that is ready for many items.
#[derive(Debug)]
pub struct Prepared<'a> {
    pub(super) root: Node<'a>,
    pub(super) paths: Vec<&'a Path>,
}

/// As a [`Condition`], with what is known already.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Known(bool),
    And(Vec<Node<'a>>),
    Or(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    Compare(Side<'a>, Comparator, Side<'a>),
    Between(Side<'a>, Side<'a>, Side<'a>),
    In(Side<'a>, Vec<Side<'a>>),
    Exists(&'a Path),
    NotExists(&'a Path),
    HasType(&'a Path, ValueType),
    BeginsWith(Side<'a>, Side<'a>),
    Contains(Side<'a>, Side<'a>),
}

/// As an [`Operand`].
#[derive(Clone, Debug)]
pub(super) enum Side<'a> {
    Path(&'a Path),
    SizeOf(&'a Path),
    Value(Sorted<'a>),
    /// The size of what has none.
    Absent,
}

impl Condition {
    /// The condition, ready to be asked of many items.
    pub fn prepared(&self) -> Prepared<'_> {
        Prepared { root: node(self), paths: self.paths() }
    }
}

fn node(condition: &Condition) -> Node<'_> {
    match condition {
        Condition::And(all) => and(all.iter().map(node)),
        Condition::Or(any) => or(any.iter().map(node)),
        Condition::Not(inner) => match node(inner) {
            Node::Known(truth) => Node::Known(!truth),
            inner => Node::Not(Box::new(inner)),
        },
        Condition::Compare(left, comparator, right) => {
            compare(side(left), *comparator, side(right))
        }
        Condition::Between(tested, lower, upper) => between(side(tested), side(lower), side(upper)),
        Condition::In(tested, choices) => is_in(side(tested), choices.iter().map(side)),
        Condition::Exists(path) => Node::Exists(path),
        Condition::NotExists(path) => Node::NotExists(path),
        Condition::HasType(path, wanted) => Node::HasType(path, *wanted),
        Condition::BeginsWith(tested, prefix) => {
            let (tested, prefix) = (side(tested), side(prefix));
            let known = tested.is_known() && prefix.is_known();
            worked_out(known, Node::BeginsWith(tested, prefix))
        }
        Condition::Contains(tested, part) => {
            let (tested, part) = (side(tested), side(part));
            let known = tested.is_known() && part.is_known();
            worked_out(known, Node::Contains(tested, part))
        }
    }
}

fn side(operand: &Operand) -> Side<'_> {
    match operand {
        Operand::Path(path) => Side::Path(path),
        Operand::Value(value) => Side::Value(Sorted::of(value)),
        Operand::Size(inner) => match side(inner) {
            Side::Path(path) => Side::SizeOf(path),
            Side::Value(value) => {
                let size = value.seen().size(&mut Work::default());
                size.map_or(Side::Absent, |size| Side::Value(Sorted::of_size(size)))
            }
            // A size is a number and has no size.
            Side::SizeOf(_) | Side::Absent => Side::Absent,
        },
    }
}

fn compare<'a>(left: Side<'a>, comparator: Comparator, right: Side<'a>) -> Node<'a> {
    let known = left.is_known() && right.is_known();
    worked_out(known, Node::Compare(left, comparator, right))
}

/// A value between a value and a path is compared with the value once.
fn between<'a>(tested: Side<'a>, lower: Side<'a>, upper: Side<'a>) -> Node<'a> {
    if !tested.is_known() {
        return Node::Between(tested, lower, upper);
    }
    let above = compare(tested.clone(), Comparator::GreaterOrEqual, lower);
    let below = compare(tested, Comparator::LessOrEqual, upper);
    and([above, below].into_iter())
}

/// Of the choices for a value only those are left that an item has.
fn is_in<'a>(tested: Side<'a>, choices: impl Iterator<Item = Side<'a>>) -> Node<'a> {
    if !tested.is_known() {
        return Node::In(tested, choices.collect());
    }
    let (known, open): (Vec<_>, Vec<_>) = choices.partition(Side::is_known);
    match worked_out(true, Node::In(tested.clone(), known)) {
        Node::Known(false) if !open.is_empty() => Node::In(tested, open),
        known => known,
    }
}

/// What a node without paths says, instead of the node.
fn worked_out(known: bool, node: Node<'_>) -> Node<'_> {
    if known { Node::Known(node.holds(None, &mut Work::default())) } else { node }
}

fn and<'a>(nodes: impl Iterator<Item = Node<'a>>) -> Node<'a> {
    match undecided(nodes, false) {
        Some(nodes) if nodes.is_empty() => Node::Known(true),
        Some(nodes) => Node::And(nodes),
        None => Node::Known(false),
    }
}

fn or<'a>(nodes: impl Iterator<Item = Node<'a>>) -> Node<'a> {
    match undecided(nodes, true) {
        Some(nodes) if nodes.is_empty() => Node::Known(false),
        Some(nodes) => Node::Or(nodes),
        None => Node::Known(true),
    }
}

/// The nodes that an item decides; none if one of the others does.
fn undecided<'a>(nodes: impl Iterator<Item = Node<'a>>, decisive: bool) -> Option<Vec<Node<'a>>> {
    let mut open = Vec::new();
    for node in nodes {
        match node {
            Node::Known(truth) if truth == decisive => return None,
            Node::Known(_) => {}
            node => open.push(node),
        }
    }
    Some(open)
}

impl Side<'_> {
    fn is_known(&self) -> bool {
        match self {
            Self::Value(_) | Self::Absent => true,
            Self::Path(_) | Self::SizeOf(_) => false,
        }
    }
}
