//! Dashboards, rules and the page of metrics, held against a real Prometheus.
//!
//! A hearth under a small mixed load is scraped by a Prometheus with the configuration and the rules
//! of `grafana/`, only quicker. Then every query of every panel and rule is put to it, and each must
//! have an answer. What needs no server is checked of the files: shapes, places, names.
//!
//!     scripts/test setup prometheus
//!
//! `HEARTH_PROMETHEUS` is the directory of the programs `prometheus` and `promtool`; without it
//! they are looked for as all programs are.

mod container;
mod dashboards;
mod load;
mod panels;
mod prometheus;
mod promql;
mod rules;
mod runbooks;
#[path = "../support/mod.rs"]
mod support;
mod upstream;

use std::path::{Path, PathBuf};

/// A file or directory of `grafana/`.
fn grafana(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("grafana").join(below)
}

/// A text of the repository.
fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
