//! Items drawn from the bytes of an input, with sets as the model has them: sorted, no element
//! twice, none empty.

use std::collections::BTreeSet;

use hearth::model::{AttributeValue, Item, Number};
use libfuzzer_sys::arbitrary::{Result, Unstructured};

/// Draws the name of the attribute at that place of its item or map.
pub type DrawName<'n> = &'n dyn Fn(&mut Unstructured<'_>, usize) -> Result<String>;

/// Draws an item.
pub fn item(source: &mut Unstructured<'_>, name: DrawName<'_>) -> Result<Item> {
    Ok(Item { attributes: attributes(source, name, LEVELS_MAX)? })
}

fn attributes(
    source: &mut Unstructured<'_>,
    name: DrawName<'_>,
    levels: usize,
) -> Result<Vec<(String, AttributeValue)>> {
    let count = source.int_in_range(0..=6)?;
    (0..count).map(|place| Ok((name(source, place)?, value(source, name, levels)?))).collect()
}

fn value(
    source: &mut Unstructured<'_>,
    name: DrawName<'_>,
    levels: usize,
) -> Result<AttributeValue> {
    let kinds = if levels == 0 { 7 } else { 9 };
    Ok(match source.int_in_range(0..=kinds)? {
        0 => AttributeValue::S(source.arbitrary()?),
        1 => AttributeValue::N(number(source)?),
        2 => AttributeValue::B(source.arbitrary::<Vec<u8>>()?.into()),
        3 => AttributeValue::Bool(source.arbitrary()?),
        4 => AttributeValue::Null,
        5 => AttributeValue::Ss(set(source, |source| source.arbitrary())?),
        6 => AttributeValue::Ns(set(source, number)?),
        7 => {
            AttributeValue::Bs(set(source, |source| source.arbitrary::<Vec<u8>>().map(Into::into))?)
        }
        8 => AttributeValue::L(several(source, |source| value(source, name, levels - 1))?),
        _ => AttributeValue::M(attributes(source, name, levels - 1)?),
    })
}

fn several<T>(
    source: &mut Unstructured<'_>,
    mut one: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = source.int_in_range(0..=4)?;
    (0..count).map(|_| one(source)).collect()
}

fn set<T: Ord>(
    source: &mut Unstructured<'_>,
    mut one: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let first = one(source)?;
    let elements: BTreeSet<T> = several(source, one)?.into_iter().chain([first]).collect();
    Ok(elements.into_iter().collect())
}

fn number(source: &mut Unstructured<'_>) -> Result<Number> {
    let digits: i64 = source.arbitrary()?;
    let exponent = source.int_in_range(-130..=106)?;
    Ok(Number::parse(&format!("{digits}e{exponent}")).expect("every such number is in range"))
}

const LEVELS_MAX: usize = 6;
