//! A stranger's first hour: what goes wrong ends in one clear sentence, what goes right is quick.
//!
//! Not here: what operations answer (`tests/api/`), kills and full disks (`tests/kill.rs`,
//! `tests/disk_full.rs`).

mod admin;
mod archives;
mod bad_input;
mod cache_control;
mod commands;
mod deadlines;
mod figures;
mod load;
mod refused_starts;
mod stopping;
#[path = "../support/mod.rs"]
mod support;
