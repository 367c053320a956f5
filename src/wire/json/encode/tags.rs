//! Writes the tags of a table.

use super::write::{Separator, text};
use crate::api::Tags;

/// Writes a page of tags as an answer.
pub(super) fn tags(out: &mut Vec<u8>, output: &Tags) {
    out.extend_from_slice(b"{\"Tags\":[");
    let mut separator = Separator::start();
    for (key, value) in &output.tags {
        separator.next(out);
        out.extend_from_slice(b"{\"Key\":");
        text(out, key);
        out.extend_from_slice(b",\"Value\":");
        text(out, value);
        out.push(b'}');
    }
    out.push(b']');
    if let Some(next) = &output.next {
        out.extend_from_slice(b",\"NextToken\":");
        text(out, next);
    }
    out.push(b'}');
}
