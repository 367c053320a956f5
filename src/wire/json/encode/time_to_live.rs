//! Writes when the items of a table expire.

use super::write::{Separator, plain, text};
use crate::api::{TimeToLiveDescription, TimeToLiveSpecification, TimeToLiveStatus};

/// Writes what was asked for as the answer to it.
pub(super) fn specification(out: &mut Vec<u8>, specification: &TimeToLiveSpecification) {
    out.extend_from_slice(b"{\"TimeToLiveSpecification\":{");
    let mut next = Separator::start();
    next.name(out, "Enabled");
    plain(out, specification.enabled);
    next.name(out, "AttributeName");
    text(out, &specification.attribute);
    out.extend_from_slice(b"}}");
}

/// Writes what holds as an answer.
pub(super) fn description(out: &mut Vec<u8>, description: &TimeToLiveDescription) {
    out.extend_from_slice(b"{\"TimeToLiveDescription\":{");
    let mut next = Separator::start();
    next.name(out, "TimeToLiveStatus");
    let status = match description.status {
        TimeToLiveStatus::Enabling => "ENABLING",
        TimeToLiveStatus::Enabled => "ENABLED",
        TimeToLiveStatus::Disabling => "DISABLING",
        TimeToLiveStatus::Disabled => "DISABLED",
    };
    text(out, status);
    if let Some(attribute) = &description.attribute {
        next.name(out, "AttributeName");
        text(out, attribute);
    }
    out.extend_from_slice(b"}}");
}
