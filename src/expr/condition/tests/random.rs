//! Random conditions, most of them about what an item has.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::sorted::Sorted;
use super::*;
use crate::expr::samples::{any_bytes, any_item, any_name, any_number, any_text, any_value};
use crate::expr::{Step, Work};

/// A value that has an order.
fn ordered() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        any_text().prop_map(AttributeValue::S),
        any_number().prop_map(AttributeValue::N),
        any_bytes().prop_map(AttributeValue::B),
    ]
}

/// An item, or none, and a condition that passes every static check. Most of its paths lead to
/// something, and many of its values are those of the item.
pub(super) fn item_and_condition() -> impl Strategy<Value = (Option<Item>, Condition)> {
    proptest::option::weighted(0.95, any_item()).prop_flat_map(|item| {
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
        let step = prop_oneof![any_name().prop_map(Step::Name), (0_u32..3).prop_map(Step::Index)];
        let any =
            (any_name(), vec(step, 0..3)).prop_map(|(attribute, steps)| Path { attribute, steps });
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
    any_value().prop_map(|value| match value {
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
    let any = known.operand(any_value(), |_| true);
    let orderly = known.operand(ordered(), has_order);
    let path = known.path();
    let prefixes = prop_oneof![
        any_text().prop_map(AttributeValue::S),
        any_bytes().prop_map(AttributeValue::B)
    ];
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
