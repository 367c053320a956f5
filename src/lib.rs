//! hearth: an open accelerator for DynamoDB.
//!
//! Applications are routed through one process. Hot items are answered from memory, writes go
//! through to the table engine first and keep the cache exact. `docs/architecture.md` walks a
//! request through these modules; `tests/repo.rs` holds which of them may use which.

// Futures of tests nest deeper than the compiler looks by itself.
#![recursion_limit = "256"]

pub mod app;
pub mod cli;
pub mod config;

pub mod load;
pub mod migrate;
pub mod server;

pub mod proxy;

pub mod backup;
pub mod streams;

pub mod cache;
pub mod engine;
pub mod state;

pub mod fence;
pub mod net;
pub mod store;

pub mod auth;
pub mod wire;

pub mod api;
pub mod expr;
pub mod model;
pub mod partiql;

pub mod clock;
pub mod metrics;
pub mod task;
