//! Updates: the specification's vectors and sentences, and items changed another way.

mod naive;
mod refusals;
mod vectors;

use super::*;
use crate::expr::samples::placeholders;
use crate::expr::{Error, Fault, parse_update};
use crate::model::Item;

/// Parses with `:name` standing for each value, and `#a` for `a`, `#s` for `status`.
fn parsed(expression: &str, values: &[(&str, AttributeValue)]) -> Result<Update, Error> {
    let names = [("#a", "a"), ("#s", "status")];
    parse_update(expression, &mut placeholders(&names, values))
}

fn applied(update: &Update, item: &Item) -> Result<Item, UpdateError> {
    update.apply(item.encode().view()).map(|changed| owned(&changed))
}

fn owned(item: &ItemBytes) -> Item {
    let view = ItemRef::check(item.stored()).expect("what an update leaves is an item");
    let attributes = view.attributes().map(|(name, value)| (name.to_owned(), value.to_value()));
    Item { attributes: attributes.collect() }
}
