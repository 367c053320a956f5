//! Random items and conditions over few names and values, so that they often meet.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::sorted::Sorted;
use super::*;
use crate::expr::{Step, Work};

const NAMES: [&str; 6] = ["a", "b", "Status", "a.b", "é 𝄞", "NOT"];
const TEXTS: [&str; 7] = ["", "a", "ab", "b", "é𝄞", "\u{ffff}", "\u{10000}"];
const NUMBERS: [&str; 8] = ["0", "1", "2", "-1", "-1.2", "1.5", "10", "1e-130"];
const BYTES: [&[u8]; 5] = [&[], &[0], &[0, 255], &[255], &[255, 0, 255]];

fn name() -> impl Strategy<Value = String> {
    select(&NAMES[..]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Number> {
    select(&NUMBERS[..]).prop_map(|text| Number::parse(text).expect("a number"))
}

fn bytes() -> impl Strategy<Value = Bytes> {
    select(&BYTES[..]).prop_map(Bytes::from_static)
}

/// A value that has an order.
fn ordered() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        text().prop_map(AttributeValue::S),
        number().prop_map(AttributeValue::N),
        bytes().prop_map(AttributeValue::B),
    ]
}

fn value() -> impl Strategy<Value = AttributeValue> {
    let leaf = prop_oneof![
        4 => ordered(),
        1 => any::<bool>().prop_map(AttributeValue::Bool),
        1 => Just(AttributeValue::Null),
        1 => btree_set(text(), 1..3).prop_map(|set| AttributeValue::Ss(set.into_iter().collect())),
        1 => btree_set(number(), 1..3).prop_map(|set| AttributeValue::Ns(set.into_iter().collect())),
        1 => btree_set(bytes(), 1..3).prop_map(|set| AttributeValue::Bs(set.into_iter().collect())),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
            attributes(inner).prop_map(AttributeValue::M),
        ]
    })
}

/// No name twice, in any order.
fn attributes(
    value: impl Strategy<Value = AttributeValue>,
) -> impl Strategy<Value = Vec<(String, AttributeValue)>> {
    let map = btree_map(name(), value, 0..5);
    map.prop_map(BTreeMap::into_iter).prop_map(Vec::from_iter).prop_shuffle()
}

fn item() -> impl Strategy<Value = Option<Item>> {
    proptest::option::weighted(0.95, attributes(value()).prop_map(|attributes| Item { attributes }))
}

/// An item, or none, and a condition that passes every static check. Most of its paths lead to
/// something, and many of its values are those of the item.
pub(super) fn item_and_condition() -> impl Strategy<Value = (Option<Item>, Condition)> {
    item().prop_flat_map(|item| {
        let mut known = Known::default();
        for (name, value) in item.iter().flat_map(|item| &item.attributes) {
            known.add(Path::attribute(name.as_str()), value);
        }
        (Just(item), condition(&known))
    })
}

/// What an item holds, at any depth.
#[derive(Default)]
struct Known {
    paths: Vec<Path>,
    values: Vec<AttributeValue>,
}

impl Known {
    fn add(&mut self, path: Path, value: &AttributeValue) {
        match value {
            AttributeValue::L(values) => {
                for (index, value) in (0..).zip(values) {
                    self.add(below(&path, Step::Index(index)), value);
                }
            }
            AttributeValue::M(attributes) => {
                for (name, value) in attributes {
                    self.add(below(&path, Step::Name(name.clone())), value);
                }
            }
            AttributeValue::Ss(set) => {
                self.values.extend(set.iter().cloned().map(AttributeValue::S));
            }
            AttributeValue::Ns(set) => {
                self.values.extend(set.iter().copied().map(AttributeValue::N));
            }
            AttributeValue::Bs(set) => {
                self.values.extend(set.iter().cloned().map(AttributeValue::B));
            }
            AttributeValue::S(_)
            | AttributeValue::N(_)
            | AttributeValue::B(_)
            | AttributeValue::Bool(_)
            | AttributeValue::Null => {}
        }
        self.paths.push(path);
        self.values.push(turned(value));
    }

    fn path(&self) -> BoxedStrategy<Path> {
        let step = prop_oneof![name().prop_map(Step::Name), (0_u32..3).prop_map(Step::Index)];
        let any =
            (name(), vec(step, 0..3)).prop_map(|(attribute, steps)| Path { attribute, steps });
        if self.paths.is_empty() {
            return any.boxed();
        }
        prop_oneof![1 => any, 5 => select(self.paths.clone())].boxed()
    }

    fn value(
        &self,
        any: impl Strategy<Value = AttributeValue> + 'static,
        fits: fn(&AttributeValue) -> bool,
    ) -> BoxedStrategy<AttributeValue> {
        let known: Vec<_> = self.values.iter().filter(|value| fits(value)).cloned().collect();
        if known.is_empty() {
            return any.boxed();
        }
        prop_oneof![2 => any, 3 => select(known)].boxed()
    }

    fn operand(
        &self,
        any: impl Strategy<Value = AttributeValue> + 'static,
        fits: fn(&AttributeValue) -> bool,
    ) -> BoxedStrategy<Operand> {
        let sized = prop_oneof![
            3 => self.path().prop_map(Operand::Path),
            1 => value_with_size().prop_map(Operand::Value),
        ];
        prop_oneof![
            4 => self.path().prop_map(Operand::Path),
            4 => self.value(any, fits).prop_map(Operand::Value),
            1 => sized.prop_map(|operand| Operand::Size(Box::new(operand))),
        ]
        .boxed()
    }
}

fn below(path: &Path, step: Step) -> Path {
    let mut path = path.clone();
    path.steps.push(step);
    path
}

/// The same value, with the entries of its maps in another order.
fn turned(value: &AttributeValue) -> AttributeValue {
    match value {
        AttributeValue::M(attributes) => {
            let turn = |(name, value): &(String, _)| (name.clone(), turned(value));
            AttributeValue::M(attributes.iter().rev().map(turn).collect())
        }
        other => other.clone(),
    }
}

fn has_order(value: &AttributeValue) -> bool {
    matches!(value, AttributeValue::S(_) | AttributeValue::N(_) | AttributeValue::B(_))
}

fn is_prefix(value: &AttributeValue) -> bool {
    matches!(value, AttributeValue::S(_) | AttributeValue::B(_))
}

fn value_with_size() -> impl Strategy<Value = AttributeValue> {
    value().prop_map(|value| match value {
        AttributeValue::N(_) | AttributeValue::Bool(_) | AttributeValue::Null => {
            AttributeValue::L(vec![value])
        }
        other => other,
    })
}

/// Two operands that are not the same path.
fn two(
    operand: impl Strategy<Value = Operand> + Clone,
) -> impl Strategy<Value = (Operand, Operand)> {
    (operand.clone(), operand).prop_map(|(first, second)| match (first, second) {
        (Operand::Path(first), Operand::Path(mut second)) if first == second => {
            second.steps.push(Step::Index(0));
            (Operand::Path(first), Operand::Path(second))
        }
        pair => pair,
    })
}

fn clause(known: &Known) -> impl Strategy<Value = Condition> + use<> {
    let any = known.operand(value(), |_| true);
    let orderly = known.operand(ordered(), has_order);
    let path = known.path();
    let prefixes =
        prop_oneof![text().prop_map(AttributeValue::S), bytes().prop_map(AttributeValue::B)];
    let equality = select(vec![Comparator::Equal, Comparator::NotEqual]);
    let order = select(vec![
        Comparator::Less,
        Comparator::LessOrEqual,
        Comparator::Greater,
        Comparator::GreaterOrEqual,
    ]);
    prop_oneof![
        (two(any.clone()), equality)
            .prop_map(|((left, right), comparator)| Condition::Compare(left, comparator, right)),
        (two(orderly.clone()), order)
            .prop_map(|((left, right), comparator)| Condition::Compare(left, comparator, right)),
        (orderly.clone(), orderly.clone(), orderly)
            .prop_map(|(tested, lower, upper)| between(tested, lower, upper)),
        (any.clone(), vec(any.clone(), 1..4))
            .prop_map(|(tested, choices)| Condition::In(tested, choices)),
        path.clone().prop_map(Condition::Exists),
        path.clone().prop_map(Condition::NotExists),
        (path, select(&VALUE_TYPES[..]))
            .prop_map(|(path, wanted)| Condition::HasType(path, wanted)),
        two(known.operand(prefixes, is_prefix))
            .prop_map(|(tested, prefix)| Condition::BeginsWith(tested, prefix)),
        two(any).prop_map(|(tested, part)| Condition::Contains(tested, part)),
    ]
}

/// Bounds that are both values are of one type and in order.
fn between(tested: Operand, lower: Operand, upper: Operand) -> Condition {
    let order = match (&lower, &upper) {
        (Operand::Value(lower), Operand::Value(upper)) => {
            Some(Sorted::of(lower).seen().order(&Sorted::of(upper).seen(), &mut Work::default()))
        }
        _ => None,
    };
    match order {
        Some(None) => Condition::Between(tested, lower.clone(), lower),
        Some(Some(order)) if order.is_gt() => Condition::Between(tested, upper, lower),
        Some(Some(_)) | None => Condition::Between(tested, lower, upper),
    }
}

fn condition(known: &Known) -> impl Strategy<Value = Condition> + use<> {
    clause(known).prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Condition::And),
            vec(inner.clone(), 2..4).prop_map(Condition::Or),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}
