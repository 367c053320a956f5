//! Starting tasks, and telling all of them that the process drains.
//!
//! Must hold: every task ends soon after [`Drain::begin`]; every task has a name, which its trace
//! event carries, so that a log at that level tells what the process began, and how often.
//! Not here: threads of the table engine, which end when the engine is dropped.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Starts a task.
///
/// The name is for one event at trace level, when the task begins. What the task logs itself does
/// not carry it.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
pub fn spawn<F>(name: &'static str, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    // An event, not a span: a span would be entered at each poll of every connection.
    tracing::trace!(name, "task");
    tokio::spawn(future)
}

/// The signal that the process is going to stop; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Drain(Arc<Signal>);

#[derive(Debug, Default)]
struct Signal {
    begun: AtomicBool,
    notify: Notify,
}

impl Drain {
    /// Tells everybody who waits, now or later.
    pub fn begin(&self) {
        self.0.begun.store(true, Ordering::SeqCst);
        self.0.notify.notify_waiters();
    }

    /// Whether the process is going to stop.
    pub fn has_begun(&self) -> bool {
        self.0.begun.load(Ordering::SeqCst)
    }

    /// Returns once [`Drain::begin`] was called.
    pub async fn begun(&self) {
        let notified = self.0.notify.notified();
        tokio::pin!(notified);
        // Registered before the flag is read, so a begin in between is not missed.
        notified.as_mut().enable();
        if !self.has_begun() {
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_after_the_begin_returns_at_once() {
        let drain = Drain::default();
        drain.begin();

        drain.begun().await;

        assert!(drain.has_begun());
    }

    #[tokio::test]
    async fn who_waits_before_the_begin_is_woken() {
        let drain = Drain::default();
        let waiter = spawn("waiter", {
            let drain = drain.clone();
            async move { drain.begun().await }
        });

        drain.begin();

        waiter.await.expect("the waiter ends");
    }
}
