//! DAX against real servers: hostile and unlucky streams cost one connection and nothing else.
//!
//! Not here: real clients (`tests/clients/`), recorded frames (`src/wire/dax/tests/`).
#![cfg(not(feature = "shuttle"))]

mod client;
mod deadlines;
mod hostile;
mod pieces;
mod signatures;
mod stopping;
#[path = "../support/mod.rs"]
mod support;
mod world;
