//! Numbers that are counted where things happen and shown when somebody looks.
//!
//! Must hold: counting is one relaxed atomic instruction.
//! Not here: distributions (`histogram.rs`).

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

/// A number that comes and goes.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Counter {
    /// Adds to it; returns what it was.
    pub fn add(&self, more: u64) -> u64 {
        self.0.fetch_add(more, Ordering::Relaxed)
    }

    /// What it has come to.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Gauge {
    /// One more; returns how many there were.
    pub fn increment(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    /// One less.
    pub fn decrement(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// Sets it, where it is known rather than counted.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// What it is. Who counts down may be seen before who counted up: that is none.
    pub fn get(&self) -> u64 {
        let now = self.0.load(Ordering::Relaxed);
        if now > u64::MAX / 2 { 0 } else { now }
    }
}
