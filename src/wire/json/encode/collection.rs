//! Writes the sizes of item collections.

use super::value;
use super::write::{Separator, list, plain};
use crate::api::{CollectionSize, TableRef};

/// Writes the member, if there is something to tell.
pub(super) fn optional(
    out: &mut Vec<u8>,
    separator: &mut Separator,
    collection: Option<&CollectionSize>,
) {
    if let Some(collection) = collection {
        separator.name(out, "ItemCollectionMetrics");
        size(out, collection);
    }
}

/// Writes the member of an answer about several tables, if there is something to tell.
pub(super) fn optional_map(
    out: &mut Vec<u8>,
    separator: &mut Separator,
    collections: &[(TableRef, Vec<CollectionSize>)],
) {
    if collections.is_empty() {
        return;
    }
    separator.name(out, "ItemCollectionMetrics");
    out.push(b'{');
    let mut tables = Separator::start();
    for (table, sizes) in collections {
        tables.name(out, table.as_given());
        list(out, sizes, size);
    }
    out.push(b'}');
}

/// Writes the key of a collection and the whole gigabytes that its size lies between.
pub(super) fn size(out: &mut Vec<u8>, collection: &CollectionSize) {
    let mut members = Separator::start();
    out.push(b'{');
    members.name(out, "ItemCollectionKey");
    value::owned_attributes(out, std::slice::from_ref(&collection.key));
    members.name(out, "SizeEstimateRangeGB");
    let gigabytes = collection.gigabytes;
    plain(out, format_args!("[{gigabytes}.0,{}.0]", gigabytes + 1));
    out.push(b'}');
}
