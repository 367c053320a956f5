//! The fence and the fill protocol, checked on schedules of two writers and three readers.
//!
//! The fence, its `admit` and the pinned cache map run on shuttle's scheduler, over a small model
//! of the engine; every history is checked for linearizability, key by key. Each negative control
//! leaves one rule of `docs/coherence.md` out and must be found, or the model has gone blind.
//!
//!     cargo test --profile ci --features shuttle --test fence_model

#[cfg(feature = "shuttle")]
mod fence_model {
    mod engine;
    mod history;
    mod parts;
    mod queries;
    mod readers;
    mod schedules;
    mod store;
    mod version;
    mod world;
    mod writers;

    mod controls;
    mod models;
}
