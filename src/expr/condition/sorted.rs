//! Values of a request, made ready to be compared with many.
//!
//! Must hold: in every map, at every depth, the names are in order; nothing is copied that was so
//! already.
//! Not here: how they compare (`compare.rs`).

use std::borrow::Cow;

use super::compare::Seen;
use crate::model::{AttributeValue, Number, ValueRef};

/// A value whose maps are sorted by name.
#[derive(Clone, Debug)]
pub(super) struct Sorted<'a>(Cow<'a, AttributeValue>);

impl<'a> Sorted<'a> {
    pub(super) fn of(value: &'a AttributeValue) -> Self {
        if is_sorted(value) {
            return Self(Cow::Borrowed(value));
        }
        let mut own = value.clone();
        sort(&mut own);
        Self(Cow::Owned(own))
    }

    pub(super) fn of_stored(value: ValueRef<'_>) -> Self {
        let mut own = value.to_value();
        sort(&mut own);
        Self(Cow::Owned(own))
    }

    /// A size, as a number.
    pub(super) fn of_size(size: usize) -> Self {
        let number = Number::parse(&size.to_string()).expect("a size is a number");
        Self(Cow::Owned(AttributeValue::N(number)))
    }

    pub(super) fn seen(&self) -> Seen<'_> {
        Seen::of_sorted(&self.0)
    }
}

fn is_sorted(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::L(values) => values.iter().all(is_sorted),
        AttributeValue::M(attributes) => {
            attributes.is_sorted_by(|(name, _), (next, _)| name <= next)
                && attributes.iter().all(|(_, value)| is_sorted(value))
        }
        AttributeValue::S(_)
        | AttributeValue::N(_)
        | AttributeValue::B(_)
        | AttributeValue::Bool(_)
        | AttributeValue::Null
        | AttributeValue::Ss(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Bs(_) => true,
    }
}

fn sort(value: &mut AttributeValue) {
    match value {
        AttributeValue::L(values) => values.iter_mut().for_each(sort),
        AttributeValue::M(attributes) => {
            attributes.sort_unstable_by(|(name, _), (other, _)| name.cmp(other));
            for (_, value) in attributes {
                sort(value);
            }
        }
        AttributeValue::S(_)
        | AttributeValue::N(_)
        | AttributeValue::B(_)
        | AttributeValue::Bool(_)
        | AttributeValue::Null
        | AttributeValue::Ss(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Bs(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(names: [&str; 2], value: &AttributeValue) -> AttributeValue {
        AttributeValue::M(names.map(|name| (name.to_owned(), value.clone())).to_vec())
    }

    #[test]
    fn maps_are_sorted_at_every_depth_and_what_is_sorted_is_not_copied() {
        let list = |value| AttributeValue::L(vec![AttributeValue::Null, value]);
        let inner = map(["a", "b"], &AttributeValue::Null);
        let tidy = list(map(["x", "y"], &inner));
        let untidy = list(map(["y", "x"], &map(["b", "a"], &AttributeValue::Null)));

        let (of_tidy, of_untidy) = (Sorted::of(&tidy), Sorted::of(&untidy));

        assert!(matches!(of_tidy.0, Cow::Borrowed(_)));
        assert_eq!(*of_untidy.0, tidy);
    }
}
