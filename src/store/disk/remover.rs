//! Lets go of dropped spaces beside the writer: whoever lets go of the last handle of one removes
//! its files, which takes as long as there are many.
//!
//! Must hold: a space that was handed over is gone, or the store is closed, before the store's lock
//! file is free.
//! Not here: which spaces are dropped (`mod.rs`).

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

use fjall::Keyspace;

/// A thread that removes what is handed to it, one after the other.
pub(super) struct Remover {
    /// `None` once the store is being closed.
    queue: Option<SyncSender<Keyspace>>,
    thread: Option<JoinHandle<()>>,
}

impl Remover {
    /// Starts the thread.
    pub(super) fn start() -> std::io::Result<Self> {
        let (queue, handed) = sync_channel(QUEUED_MAX);
        let remove = move || handed.into_iter().for_each(drop);
        let thread = Builder::new().name("store-remove".into()).spawn(remove)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Removes a space soon; at once if many are being removed already.
    pub(super) fn remove(&self, space: Keyspace) {
        let Some(queue) = &self.queue else { return };
        if let Err(TrySendError::Full(space) | TrySendError::Disconnected(space)) =
            queue.try_send(space)
        {
            drop(space);
        }
    }
}

impl Drop for Remover {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // One that panicked left files behind, which the next opening removes.
            drop(thread.join());
        }
    }
}

const QUEUED_MAX: usize = 256;
