//! A [`WriteState`] that others may read while the writer works.

use std::sync::atomic::{AtomicU8, Ordering};

use super::super::WriteState;

/// The state of a store, changed by whoever holds its writer.
#[derive(Debug)]
pub(super) struct AtomicState(AtomicU8);

impl AtomicState {
    pub(super) fn new(state: WriteState) -> Self {
        Self(AtomicU8::new(code(state)))
    }

    pub(super) fn get(&self) -> WriteState {
        match self.0.load(Ordering::Acquire) {
            0 => WriteState::Open,
            1 => WriteState::DiskFull,
            2 => WriteState::SyncFailed,
            _ => WriteState::Closed,
        }
    }

    pub(super) fn set(&self, state: WriteState) {
        self.0.store(code(state), Ordering::Release);
    }
}

fn code(state: WriteState) -> u8 {
    match state {
        WriteState::Open => 0,
        WriteState::DiskFull => 1,
        WriteState::SyncFailed => 2,
        WriteState::Closed => 3,
    }
}
