//! Writes the answers about policies.

use super::write::{Separator, text};
use crate::api::ResourcePolicy;

/// Writes a revision, if there is one.
pub(super) fn revision(out: &mut Vec<u8>, revision: Option<&str>) {
    out.push(b'{');
    if let Some(revision) = revision {
        Separator::start().name(out, "RevisionId");
        text(out, revision);
    }
    out.push(b'}');
}

/// Writes a policy with its revision.
pub(super) fn policy(out: &mut Vec<u8>, policy: &ResourcePolicy) {
    let mut next = Separator::start();
    out.push(b'{');
    next.name(out, "Policy");
    text(out, &policy.document.shown());
    next.name(out, "RevisionId");
    text(out, &policy.revision());
    out.push(b'}');
}
