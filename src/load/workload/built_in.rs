//! The workloads that come with hearth.
//!
//! Not here: what they say (`config/workloads/`).

/// The text of one of them.
pub(super) fn text(name: &str) -> Option<&'static str> {
    let _ = name;
    None
}

/// In the order of lists.
pub(super) const NAMES: [&str; 12] = [
    "ycsb-a",
    "ycsb-b",
    "ycsb-c",
    "ycsb-d",
    "ycsb-e",
    "ycsb-f",
    "media",
    "cart",
    "sessions",
    "inventory",
    "hot-key",
    "cold-scan",
];
