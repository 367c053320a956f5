//! Whether two items say the same, in whatever order they say it.
//!
//! The same attributes in another order, or the same elements of a set, are other bytes; a client
//! that keeps its attributes in a hash map writes them in another order each time.
//!
//! Not here: what `=` means in a condition (`expr/`).

use super::view::{ItemRef, ListRef, MapRef, SetRef, ValueRef};

impl ItemRef<'_> {
    /// Whether the items have the same attributes, each of the same value.
    pub fn same(self, other: ItemRef<'_>) -> bool {
        same_attributes(self.attributes(), other.attributes())
    }
}

fn same_attributes<'a>(
    mut one: impl ExactSizeIterator<Item = (&'a str, ValueRef<'a>)>,
    other: impl ExactSizeIterator<Item = (&'a str, ValueRef<'a>)>,
) -> bool {
    // The counts are stored, and need no walk.
    if one.len() != other.len() {
        return false;
    }
    // Sorted, since looking each up in turn would take long for wide ones.
    let mut other: Vec<_> = other.collect();
    other.sort_unstable_by_key(|(name, _)| *name);
    one.all(|(name, value)| {
        let found = other.binary_search_by_key(&name, |(name, _)| *name);
        found.is_ok_and(|at| same_value(value, other[at].1))
    })
}

fn same_value(one: ValueRef<'_>, other: ValueRef<'_>) -> bool {
    match (one, other) {
        (ValueRef::S(one), ValueRef::S(other)) => one == other,
        (ValueRef::N(one), ValueRef::N(other)) => one.as_bytes() == other.as_bytes(),
        (ValueRef::B(one), ValueRef::B(other)) => one == other,
        (ValueRef::Bool(one), ValueRef::Bool(other)) => one == other,
        (ValueRef::Null, ValueRef::Null) => true,
        (ValueRef::L(one), ValueRef::L(other)) => same_list(one, other),
        (ValueRef::M(one), ValueRef::M(other)) => same_map(one, other),
        (ValueRef::Ss(one), ValueRef::Ss(other))
        | (ValueRef::Ns(one), ValueRef::Ns(other))
        | (ValueRef::Bs(one), ValueRef::Bs(other)) => same_set(one, other),
        (
            ValueRef::S(_)
            | ValueRef::N(_)
            | ValueRef::B(_)
            | ValueRef::Bool(_)
            | ValueRef::Null
            | ValueRef::L(_)
            | ValueRef::M(_)
            | ValueRef::Ss(_)
            | ValueRef::Ns(_)
            | ValueRef::Bs(_),
            _,
        ) => false,
    }
}

fn same_list(one: ListRef<'_>, other: ListRef<'_>) -> bool {
    let (one, other) = (one.values(), other.values());
    one.len() == other.len() && one.zip(other).all(|(one, other)| same_value(one, other))
}

fn same_map(one: MapRef<'_>, other: MapRef<'_>) -> bool {
    same_attributes(one.attributes(), other.attributes())
}

fn same_set(one: SetRef<'_>, other: SetRef<'_>) -> bool {
    if one.count() != other.count() {
        return false;
    }
    let [mut one, mut other] = [one, other].map(|set| set.elements().collect::<Vec<_>>());
    one.sort_unstable();
    other.sort_unstable();
    one == other
}

#[cfg(test)]
mod tests {
    use super::super::{AttributeValue, Item, Number};

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.into())
    }

    fn same(one: AttributeValue, other: AttributeValue) -> bool {
        let [one, other] =
            [one, other].map(|value| Item::from([("a", value), ("b", text("b"))]).encode());
        one.view().same(other.view())
    }

    #[test]
    fn the_order_of_attributes_and_set_elements_does_not_count() {
        let map = |names: [&str; 2]| {
            let nested = names.map(|name| (name.to_owned(), text(name)));
            let nested = AttributeValue::M(nested.to_vec());
            let set = names.map(str::to_owned).to_vec();
            let mut attributes =
                vec![("m".to_owned(), nested), ("s".to_owned(), AttributeValue::Ss(set))];
            if names[0] == "y" {
                attributes.reverse();
            }
            Item { attributes }.encode()
        };

        let (one, other) = (map(["x", "y"]), map(["y", "x"]));

        assert_ne!(one.stored(), other.stored());
        assert!(one.view().same(other.view()));
    }

    #[test]
    fn another_value_type_or_order_of_a_list_is_another_item() {
        let number = |text| AttributeValue::N(Number::parse(text).expect("a number"));
        let list = |texts: &[&str]| AttributeValue::L(texts.iter().map(|t| text(t)).collect());
        let set = |texts: &[&str]| {
            AttributeValue::Ss(texts.iter().map(|text| (*text).to_owned()).collect())
        };

        assert!(same(number("1"), number("1.0")));
        assert!(!same(number("1"), number("2")));
        assert!(!same(number("1"), text("1")));
        assert!(!same(text("1"), AttributeValue::B("1".into())));
        assert!(!same(AttributeValue::Bool(true), AttributeValue::Bool(false)));
        assert!(same(AttributeValue::Null, AttributeValue::Null));
        assert!(!same(list(&["x", "y"]), list(&["y", "x"])));
        assert!(!same(list(&["x"]), list(&["x", "y"])));
        assert!(!same(set(&["x"]), set(&["x", "y"])));
        assert!(!same(set(&["x"]), list(&["x"])));
    }

    #[test]
    fn an_attribute_more_is_another_item() {
        let one = Item::from([("a", text("1"))]).encode();
        let more = Item::from([("a", text("1")), ("b", text("1"))]).encode();

        assert!(!one.view().same(more.view()));
        assert!(!more.view().same(one.view()));
    }

    #[test]
    fn as_many_attributes_of_other_names_are_another_item() {
        let map = |names: [&str; 2]| {
            AttributeValue::M(names.map(|name| (name.to_owned(), text("1"))).to_vec())
        };

        assert!(same(map(["x", "y"]), map(["y", "x"])));
        assert!(!same(map(["x", "y"]), map(["x", "z"])));
        assert!(!same(map(["x", "z"]), map(["x", "y"])));
    }
}
