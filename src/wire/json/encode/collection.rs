//! Writes the sizes of item collections.

use super::value;
use super::write::{Separator, plain};
use crate::api::CollectionSize;

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
