//! The workloads that come with hearth.
//!
//! Not here: what they say (`config/workloads/`).

/// The text of one of them.
pub(super) fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Names of built-in workloads, in the order of lists.
pub(super) const NAMES: [&str; FILES.len()] = {
    let mut names = [""; FILES.len()];
    let mut place = 0;
    while place < FILES.len() {
        names[place] = FILES[place].0;
        place += 1;
    }
    names
};

const FILES: [(&str, &str); 12] = [
    ("ycsb-a", include_str!("../../../config/workloads/ycsb-a.toml")),
    ("ycsb-b", include_str!("../../../config/workloads/ycsb-b.toml")),
    ("ycsb-c", include_str!("../../../config/workloads/ycsb-c.toml")),
    ("ycsb-d", include_str!("../../../config/workloads/ycsb-d.toml")),
    ("ycsb-e", include_str!("../../../config/workloads/ycsb-e.toml")),
    ("ycsb-f", include_str!("../../../config/workloads/ycsb-f.toml")),
    ("media", include_str!("../../../config/workloads/media.toml")),
    ("cart", include_str!("../../../config/workloads/cart.toml")),
    ("sessions", include_str!("../../../config/workloads/sessions.toml")),
    ("inventory", include_str!("../../../config/workloads/inventory.toml")),
    ("hot-key", include_str!("../../../config/workloads/hot-key.toml")),
    ("cold-scan", include_str!("../../../config/workloads/cold-scan.toml")),
];
