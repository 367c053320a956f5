//! Lets go of dropped spaces beside the writer: whoever lets go of the last handle of one removes
//! its files, which takes as long as there are many.
//!
//! Must hold: a space that was handed over is gone, or the store is closed, before the store's lock
//! file is free.
//! Not here: which spaces are dropped (`mod.rs`).

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

/// A thread that removes what is handed to it, one after the other.
pub(super) struct Remover {
    /// `None` once the store is being closed.
    queue: Option<SyncSender<Handle>>,
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

    /// Lets go of a space's handle soon; at once if many are being removed already.
    pub(super) fn remove(&self, space: impl Send + 'static) {
        let Some(queue) = &self.queue else { return };
        if let Err(TrySendError::Full(space) | TrySendError::Disconnected(space)) =
            queue.try_send(Box::new(space))
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

/// What removes a space when it is let go of.
type Handle = Box<dyn Send>;

/// Spaces that wait behind the one that is being removed.
pub(super) const QUEUED_MAX: usize = 256;
