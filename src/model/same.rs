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
        same_attributes(self.attributes().collect(), other.attributes().collect())
    }
}

type Attribute<'a> = (&'a str, ValueRef<'a>);

fn same_attributes(mut one: Vec<Attribute<'_>>, mut other: Vec<Attribute<'_>>) -> bool {
    // Sorted, since looking each up would take long for wide ones.
    one.sort_unstable_by_key(|(name, _)| *name);
    other.sort_unstable_by_key(|(name, _)| *name);
    one.len() == other.len()
        && one.into_iter().zip(other).all(|((name, value), (other_name, other_value))| {
            name == other_name && same_value(value, other_value)
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
    let (mut one, mut other) = (one.values(), other.values());
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if same_value(one, other) => {}
            (Some(_) | None, Some(_) | None) => return false,
        }
    }
}

fn same_map(one: MapRef<'_>, other: MapRef<'_>) -> bool {
    same_attributes(one.attributes().collect(), other.attributes().collect())
}

fn same_set(one: SetRef<'_>, other: SetRef<'_>) -> bool {
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
}
