//! Writes the answers of Query and Scan.
//!
//! Items go from their stored bytes straight into the body, in one pass; nothing stands between.
//!
//! A body needs no limit of its own: whoever reads a page ends it before its JSON is too long.
//!
//! Must hold: without items asked for there is no list of them, not an empty one.

use super::write::{Separator, plain};
use super::{capacity, value};
use crate::api::PageOutput;
use crate::model::ItemBytes;

/// Writes a page.
pub(super) fn page(out: &mut Vec<u8>, output: &PageOutput) {
    out.reserve(room(output.items.as_deref().unwrap_or_default()));
    let mut next = Separator::start();
    out.push(b'{');
    if let Some(items) = &output.items {
        next.name(out, "Items");
        list(out, items);
    }
    next.name(out, "Count");
    plain(out, output.count);
    next.name(out, "ScannedCount");
    plain(out, output.scanned);
    if let Some(last) = &output.last {
        next.name(out, "LastEvaluatedKey");
        value::owned_attributes(out, last);
    }
    capacity::optional(out, &mut next, output.capacity.as_ref());
    out.push(b'}');
}

fn list(out: &mut Vec<u8>, items: &[ItemBytes]) {
    let mut separator = Separator::start();
    out.push(b'[');
    for item in items {
        separator.next(out);
        value::attributes(out, item.view().attributes());
    }
    out.push(b']');
}

/// Room for these items as they usually are: what the names of types and the quotes add to items
/// of some texts and numbers, and a third for bytes in base64. Larger ones make the body grow.
fn room(items: &[ItemBytes]) -> usize {
    let stored: usize = items.iter().map(|item| item.stored().len()).sum();
    FRAME_BYTES + items.len() * ITEM_BYTES + stored + stored / 2
}

/// Counts, a last key and the capacity.
const FRAME_BYTES: usize = 512;
/// What the members of a small item take besides their stored bytes.
const ITEM_BYTES: usize = 48;

#[cfg(test)]
mod tests;
