//! An interpreter of updates that is as plain as can be, and random updates for both.
//!
//! It changes an owned copy in place: what is removed leaves a hole until the end, so indexes stay
//! what they were.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use bigdecimal::BigDecimal;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::expr::Step;
use crate::expr::overlap::check_apart;
use crate::expr::samples::{
    any_item, any_number, any_path, any_set, any_value, cases, placeholders_of,
};
use crate::model::{CONTAINERS_MAX, ITEM_BYTES_MAX, Number};

enum Node {
    Value(AttributeValue),
    Map(Vec<(String, Option<Node>)>),
    List(BTreeMap<u32, Option<Node>>),
}

impl Node {
    fn new(value: &AttributeValue) -> Self {
        match value {
            AttributeValue::M(attributes) => Self::map(attributes),
            AttributeValue::L(values) => {
                let nodes = values.iter().map(|value| Some(Self::new(value)));
                Self::List((0..).zip(nodes).collect())
            }
            other => Self::Value(other.clone()),
        }
    }

    fn map(attributes: &[(String, AttributeValue)]) -> Self {
        let node = |(name, value): &(String, _)| (name.clone(), Some(Self::new(value)));
        Self::Map(attributes.iter().map(node).collect())
    }

    fn value(self) -> AttributeValue {
        match self {
            Self::Value(value) => value,
            Self::Map(nodes) => {
                let full = nodes.into_iter().filter_map(|(name, node)| Some((name, node?.value())));
                AttributeValue::M(full.collect())
            }
            Self::List(nodes) => {
                AttributeValue::L(nodes.into_values().flatten().map(Self::value).collect())
            }
        }
    }

    /// The place one step below, made if it is not there.
    fn place(&mut self, step: &Step) -> Option<&mut Option<Node>> {
        match (self, step) {
            (Self::Map(nodes), Step::Name(name)) => {
                let at = nodes.iter().position(|(given, _)| given == name).unwrap_or_else(|| {
                    nodes.push((name.clone(), None));
                    nodes.len() - 1
                });
                Some(&mut nodes[at].1)
            }
            (Self::List(nodes), Step::Index(index)) => Some(nodes.entry(*index).or_default()),
            _ => None,
        }
    }
}

fn find<'a>(item: &'a Item, path: &Path) -> Option<&'a AttributeValue> {
    path.steps.iter().try_fold(item.attribute(&path.attribute)?, |value, step| {
        match (value, step) {
            (AttributeValue::M(attributes), Step::Name(name)) => {
                attributes.iter().find(|(given, _)| given == name).map(|(_, value)| value)
            }
            (AttributeValue::L(values), Step::Index(index)) => values.get(*index as usize),
            _ => None,
        }
    })
}

fn sum(a: &AttributeValue, b: &AttributeValue, sign: i8) -> Result<AttributeValue, UpdateError> {
    let (AttributeValue::N(a), AttributeValue::N(b)) = (a, b) else {
        return Err(UpdateError::IncorrectType);
    };
    let number = |number: &Number| BigDecimal::from_str(&number.to_string()).expect("a number");
    let sum = number(a) + number(b) * BigDecimal::from(sign);
    match Number::parse(&sum.to_scientific_notation()) {
        Ok(number) => Ok(AttributeValue::N(number)),
        Err(crate::model::NumberError::Range(error)) => Err(UpdateError::Range(error)),
        Err(other) => panic!("{sum} is no number: {other}"),
    }
}

fn evaluate(item: &Item, value: &Sum) -> Result<AttributeValue, UpdateError> {
    match value {
        Sum::Plus(a, b) => sum(&evaluate(item, a)?, &evaluate(item, b)?, 1),
        Sum::Minus(a, b) => sum(&evaluate(item, a)?, &evaluate(item, b)?, -1),
        Sum::Term(Term::Path(path)) => find(item, path).cloned().ok_or(UpdateError::MissingOperand),
        Sum::Term(Term::Value(value)) => Ok(value.clone()),
        Sum::Term(Term::IfNotExists(path, otherwise)) => {
            find(item, path).map_or_else(|| evaluate(item, otherwise), |value| Ok(value.clone()))
        }
        Sum::Term(Term::ListAppend(a, b)) => match (evaluate(item, a)?, evaluate(item, b)?) {
            (AttributeValue::L(a), AttributeValue::L(b)) => Ok(AttributeValue::L([a, b].concat())),
            _ => Err(UpdateError::IncorrectType),
        },
    }
}

fn unite(old: &AttributeValue, given: &AttributeValue) -> Result<AttributeValue, UpdateError> {
    fn both<T: Clone + Ord>(a: &[T], b: &[T]) -> Vec<T> {
        let all: std::collections::BTreeSet<&T> = a.iter().chain(b).collect();
        all.into_iter().cloned().collect()
    }
    match (old, given) {
        (AttributeValue::N(_), AttributeValue::N(_)) => sum(old, given, 1),
        (AttributeValue::Ss(a), AttributeValue::Ss(b)) => Ok(AttributeValue::Ss(both(a, b))),
        (AttributeValue::Ns(a), AttributeValue::Ns(b)) => Ok(AttributeValue::Ns(both(a, b))),
        (AttributeValue::Bs(a), AttributeValue::Bs(b)) => Ok(AttributeValue::Bs(both(a, b))),
        _ => Err(UpdateError::IncorrectType),
    }
}

fn subtract(
    old: &AttributeValue,
    given: &AttributeValue,
) -> Result<Option<AttributeValue>, UpdateError> {
    fn left<T: Clone + PartialEq>(
        a: &[T],
        b: &[T],
        set: fn(Vec<T>) -> AttributeValue,
    ) -> Option<AttributeValue> {
        let left: Vec<T> = a.iter().filter(|element| !b.contains(element)).cloned().collect();
        (!left.is_empty()).then(|| set(left))
    }
    match (old, given) {
        (AttributeValue::Ss(a), AttributeValue::Ss(b)) => Ok(left(a, b, AttributeValue::Ss)),
        (AttributeValue::Ns(a), AttributeValue::Ns(b)) => Ok(left(a, b, AttributeValue::Ns)),
        (AttributeValue::Bs(a), AttributeValue::Bs(b)) => Ok(left(a, b, AttributeValue::Bs)),
        _ => Err(UpdateError::IncorrectType),
    }
}

fn append(old: &AttributeValue, given: &AttributeValue) -> Option<AttributeValue> {
    match (old, given) {
        (AttributeValue::L(old), AttributeValue::L(given)) => {
            Some(AttributeValue::L([old.clone(), given.clone()].concat()))
        }
        _ => None,
    }
}

fn legacy(error: UpdateError) -> UpdateError {
    match error {
        UpdateError::IncorrectType => UpdateError::LegacyTypeMismatch,
        other => other,
    }
}

/// The limits that an item breaks.
fn broken(item: &Item) -> Vec<UpdateError> {
    fn containers(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::L(values) => 1 + values.iter().map(containers).max().unwrap_or(0),
            AttributeValue::M(attributes) => {
                1 + attributes.iter().map(|(_, value)| containers(value)).max().unwrap_or(0)
            }
            _ => 0,
        }
    }
    let size = |(name, value): &(String, AttributeValue)| name.len() + value.size();
    let is_deep = item.attributes.iter().any(|(_, value)| containers(value) > CONTAINERS_MAX);
    let is_large = item.attributes.iter().map(size).sum::<usize>() > ITEM_BYTES_MAX;
    let deep = is_deep.then_some(UpdateError::TooDeep);
    deep.into_iter().chain(is_large.then_some(UpdateError::TooLarge)).collect()
}

/// The item as the update would leave it if there were no limits.
fn interpret(update: &Update, item: &Item) -> Result<Item, UpdateError> {
    let mut values = Vec::new();
    for action in &update.actions {
        if let Action::Set(_, value) = action {
            values.push(evaluate(item, value)?);
        }
    }
    let mut values = values.into_iter();
    let mut root = Node::map(&item.attributes);
    for action in &update.actions {
        let target = action.target();
        let mut place = root.place(&Step::Name(target.attribute.clone()));
        for step in &target.steps {
            let parent = place.and_then(Option::as_mut).ok_or(UpdateError::InvalidPath)?;
            place = parent.place(step);
        }
        let place = place.ok_or(UpdateError::InvalidPath)?;
        let new = match (action, find(item, target)) {
            (Action::Set(..), _) => values.next(),
            (Action::Remove(_), _) | (Action::Delete(..) | Action::LegacyDelete(..), None) => None,
            (Action::Add(_, given) | Action::LegacyAdd(_, given), None) => Some(given.clone()),
            (Action::Add(_, given), Some(old)) => Some(unite(old, given)?),
            (Action::Delete(_, given), Some(old)) => subtract(old, given)?,
            (Action::LegacyAdd(_, given), Some(old)) => {
                Some(append(old, given).map_or_else(|| unite(old, given), Ok).map_err(legacy)?)
            }
            (Action::LegacyDelete(_, given), Some(old)) => subtract(old, given).map_err(legacy)?,
        };
        *place = new.as_ref().map(Node::new);
    }
    let AttributeValue::M(attributes) = root.value() else { panic!("an item is a map") };
    Ok(Item { attributes })
}

/// Where an action goes: near a place of the item, or anywhere.
fn any_target() -> impl Strategy<Value = (Option<Index>, Path)> {
    (proptest::option::weighted(0.8, any::<Index>()), any_path())
}

fn target(item: &Item, (near, anywhere): &(Option<Index>, Path)) -> Path {
    fn collect(value: &AttributeValue, path: &Path, paths: &mut Vec<Path>) {
        let below = |step| {
            let steps = path.steps.iter().cloned().chain([step]).collect();
            Path { attribute: path.attribute.clone(), steps }
        };
        paths.push(path.clone());
        match value {
            AttributeValue::M(attributes) => {
                paths.push(below(Step::Name("d".into())));
                for (name, value) in attributes {
                    collect(value, &below(Step::Name(name.clone())), paths);
                }
            }
            AttributeValue::L(values) => {
                paths.extend([9, 7].map(|index| below(Step::Index(index))));
                for (index, value) in (0..).zip(values) {
                    collect(value, &below(Step::Index(index)), paths);
                }
            }
            _ => {}
        }
    }
    let mut paths = Vec::new();
    for (name, value) in &item.attributes {
        collect(value, &Path::attribute(name.as_str()), &mut paths);
    }
    match near {
        Some(near) if !paths.is_empty() => near.get(&paths).clone(),
        Some(_) | None => anywhere.clone(),
    }
}

fn deep(containers: usize) -> AttributeValue {
    (0..containers).fold(AttributeValue::Null, |value, at| match at % 2 {
        0 => AttributeValue::L(vec![value]),
        _ => AttributeValue::M(vec![("a".to_owned(), value)]),
    })
}

fn any_sum() -> impl Strategy<Value = Sum> {
    let value = prop_oneof![
        8 => any_number().prop_map(AttributeValue::N),
        8 => proptest::collection::vec(any_value(), 0..3).prop_map(AttributeValue::L),
        8 => any_value(),
        1 => (CONTAINERS_MAX - 3..CONTAINERS_MAX + 2).prop_map(deep),
        1 => (1..5_usize).prop_map(|parts| {
            AttributeValue::S("x".repeat(parts * ITEM_BYTES_MAX / 4 - 8))
        }),
    ];
    let leaf = prop_oneof![
        1 => any_path().prop_map(Term::Path),
        2 => value.prop_map(Term::Value),
    ];
    leaf.prop_map(Sum::Term).prop_recursive(3, 8, 2, |inner| {
        let pair = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            2 => inner.clone(),
            1 => pair.clone().prop_map(|(a, b)| Sum::Plus(a, b)),
            1 => pair.clone().prop_map(|(a, b)| Sum::Minus(a, b)),
            2 => pair.prop_map(|(a, b)| Sum::Term(Term::ListAppend(a, b))),
            2 => (any_path(), inner)
                .prop_map(|(path, sum)| Sum::Term(Term::IfNotExists(path, Box::new(sum)))),
        ]
    })
}

#[derive(Debug)]
enum Kind {
    Set(Sum),
    Remove,
    Add(AttributeValue),
    Delete(AttributeValue),
    LegacyAdd(AttributeValue),
    LegacyDelete(AttributeValue),
}

impl Kind {
    fn action(self, target: Path) -> Action {
        match self {
            Self::Set(value) => Action::Set(target, value),
            Self::Remove => Action::Remove(target),
            Self::Add(value) => Action::Add(target, value),
            Self::Delete(value) => Action::Delete(target, value),
            Self::LegacyAdd(value) => Action::LegacyAdd(target, value),
            Self::LegacyDelete(value) => Action::LegacyDelete(target, value),
        }
    }
}

/// Most often an update that can be applied.
fn any_update() -> impl Strategy<Value = (Item, Update)> {
    let kind = prop_oneof![
        any_sum().prop_map(Kind::Set),
        Just(()).prop_map(|()| Kind::Remove),
        any_number().prop_map(|number| Kind::Add(AttributeValue::N(number))),
        any_set().prop_map(Kind::Add),
        any_set().prop_map(Kind::Delete),
        any_set().prop_map(Kind::LegacyAdd),
        any_set().prop_map(Kind::LegacyDelete),
        proptest::collection::vec(any_value(), 0..3)
            .prop_map(|values| Kind::LegacyAdd(AttributeValue::L(values))),
    ];
    // Beyond a dozen paths, targets are looked up another way.
    let actions = proptest::collection::vec((any_target(), kind), 1..24);
    let drawn = (any_item(), actions, proptest::bool::weighted(0.3));
    drawn.prop_map(|(item, actions, with_faults)| {
        let mut update = Update::default();
        for (wanted, kind) in actions {
            let target = target(&item, &wanted);
            let paths: Vec<&Path> = update.targets().chain([&target]).collect();
            if check_apart(&paths).is_err() {
                continue;
            }
            let alone = Update { actions: vec![kind.action(target)] };
            if with_faults || interpret(&alone, &item).is_ok() {
                update.actions.extend(alone.actions);
            }
        }
        (item, update)
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn an_item_is_changed_as_by_changing_it_in_place((item, update) in any_update()) {
        let changed = applied(&update, &item);

        match interpret(&update, &item) {
            Err(error) => prop_assert_eq!(changed, Err(error)),
            Ok(expected) => {
                let faults = broken(&expected);
                match changed {
                    Err(error) => prop_assert!(faults.contains(&error), "{:?}", error),
                    Ok(changed) => {
                        prop_assert_eq!(faults, []);
                        prop_assert_eq!(changed, expected);
                    }
                }
            }
        }
    }

    // Clauses were once printed in an order of their own, which the fuzzer found. An update keeps
    // the order of its actions, whichever clause comes first.
    #[test]
    fn a_printed_update_is_parsed_to_the_same(
        (_, mut update) in any_update(),
        places in Just(vec![0, 1, 2, 3]).prop_shuffle(),
    ) {
        update.actions.sort_by_key(|action| places[match action {
            Action::Set(..) => 0,
            Action::Remove(_) => 1,
            Action::Add(..) | Action::LegacyAdd(..) => 2,
            Action::Delete(..) | Action::LegacyDelete(..) => 3,
        }]);
        // No expression says these.
        for action in &mut update.actions {
            match action {
                Action::LegacyAdd(path, value) => *action = Action::Add(path.clone(), value.clone()),
                Action::LegacyDelete(path, value) => {
                    *action = Action::Delete(path.clone(), value.clone());
                }
                Action::Set(..) | Action::Remove(_) | Action::Add(..) | Action::Delete(..) => {}
            }
        }
        let text = update.print().text;
        let mut placeholders = placeholders_of(update.print());

        match parse_update(&text, &mut placeholders) {
            Ok(again) => prop_assert_eq!(again, update),
            Err(Error { fault: Fault::Empty, .. }) => prop_assert!(update.is_empty()),
            // An ADD of a list is one.
            Err(Error { fault: Fault::OperandType(..) | Fault::AddOperandType(_), .. }) => {}
            Err(error) => panic!("{text} is refused: {error}"),
        }
        prop_assert_eq!(placeholders.check_used(), Ok(()));
    }
}
