//! Any bytes as a stored item, and any item as bytes: nothing panics, and what was written is read
//! as the same.

#![no_main]

use hearth::model::{AttributeValue, Item, ItemRef, Number, encode_attributes};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(view) = ItemRef::check(bytes) {
        let _size = view.size();
        check(&owned(view));
    }
    if let Ok(item) = item(&mut Unstructured::new(bytes)) {
        check(&item);
    }
});

fn check(item: &Item) {
    let stored = encode_attributes(&item.attributes);
    let view = ItemRef::check(&stored).expect("what was encoded");
    assert_eq!(&owned(view), item);
}

fn owned(view: ItemRef<'_>) -> Item {
    let attributes = view.attributes().map(|(name, value)| (name.to_owned(), value.to_value()));
    Item { attributes: attributes.collect() }
}

fn item(source: &mut Unstructured<'_>) -> Result<Item> {
    let count = source.int_in_range(0..=6)?;
    let attributes = (0..count).map(|_| attribute(source, LEVELS_MAX)).collect::<Result<_>>()?;
    Ok(Item { attributes })
}

fn attribute(source: &mut Unstructured<'_>, levels: usize) -> Result<(String, AttributeValue)> {
    Ok((source.arbitrary()?, value(source, levels)?))
}

fn value(source: &mut Unstructured<'_>, levels: usize) -> Result<AttributeValue> {
    let kinds = if levels == 0 { 7 } else { 9 };
    Ok(match source.int_in_range(0..=kinds)? {
        0 => AttributeValue::S(source.arbitrary()?),
        1 => AttributeValue::N(number(source)?),
        2 => AttributeValue::B(source.arbitrary::<Vec<u8>>()?.into()),
        3 => AttributeValue::Bool(source.arbitrary()?),
        4 => AttributeValue::Null,
        5 => AttributeValue::Ss(several(source, |source| source.arbitrary())?),
        6 => AttributeValue::Ns(several(source, number)?),
        7 => AttributeValue::Bs(several(source, |source| {
            source.arbitrary::<Vec<u8>>().map(Into::into)
        })?),
        8 => AttributeValue::L(several(source, |source| value(source, levels - 1))?),
        _ => AttributeValue::M(several(source, |source| attribute(source, levels - 1))?),
    })
}

fn several<T>(
    source: &mut Unstructured<'_>,
    mut one: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = source.int_in_range(0..=4)?;
    (0..count).map(|_| one(source)).collect()
}

fn number(source: &mut Unstructured<'_>) -> Result<Number> {
    let digits: i64 = source.arbitrary()?;
    let exponent = source.int_in_range(-130..=106)?;
    Ok(Number::parse(&format!("{digits}e{exponent}")).expect("every such number is in range"))
}

const LEVELS_MAX: usize = 6;
