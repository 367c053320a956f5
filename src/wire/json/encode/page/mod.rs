//! Writes the answers of Query and Scan.
//!
//! Items go from their stored bytes straight into the body, in one pass; nothing stands between.
//!
//! A body needs no limit of its own: whoever reads a page ends it before its JSON is too long.
//!
//! Must hold: without items asked for there is no list of them, not an empty one.

use super::write::{Separator, plain};
use super::{capacity, value, written, written_to_keep};
use crate::api::{PageFound, PageOutput};
use crate::model::{Answer, ItemBytes};

/// The answer that says what a page holds, which the page keeps, or one with its capacity besides.
pub(super) fn answer(output: &PageOutput) -> Answer {
    let found = output.page.answer_or_make(|found| written_to_keep(|out| page(out, found)));
    let Some(consumed) = &output.capacity else { return found.clone() };
    written(|out| {
        out.reserve(found.body.len() + FRAME_BYTES);
        out.extend_from_slice(&found.body[..found.body.len() - 1]);
        capacity::optional(out, &mut Separator::after_some(), Some(consumed));
        out.push(b'}');
    })
}

/// Writes a page.
fn page(out: &mut Vec<u8>, found: &PageFound) {
    out.reserve(room(found.items()));
    let mut next = Separator::start();
    out.push(b'{');
    if let Some(items) = &found.items {
        next.name(out, "Items");
        list(out, items);
    }
    next.name(out, "Count");
    plain(out, found.count);
    next.name(out, "ScannedCount");
    plain(out, found.scanned);
    if let Some(last) = &found.last {
        next.name(out, "LastEvaluatedKey");
        value::owned_attributes(out, last);
    }
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
