//! Waiting for a moment with more care than tokio's timers, which round to milliseconds.
//!
//! Must hold: the wait costs no processor time, and never ends early.
//! Not here: what is due (`schedule.rs`).

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::clock::Clock;

/// A timer of the kernel that one waiter at a time uses.
pub(super) struct Alarm {
    timer: AsyncFd<OwnedFd>,
}

impl Alarm {
    /// A timer within the runtime of the caller.
    #[expect(
        deprecated,
        reason = "it is so for values whose descriptor may change, which an OwnedFd's cannot; what came in its place is unsafe"
    )]
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        Ok(Self { timer: AsyncFd::with_interest(timer, Interest::READABLE)? })
    }

    /// Returns once the clock's monotonic time is `at` or later.
    pub(super) async fn until(&mut self, clock: &Clock, at: Duration) -> io::Result<()> {
        loop {
            let left = at.saturating_sub(clock.monotonic());
            if left.is_zero() {
                return Ok(());
            }
            self.ring_after(left)?;
            self.rung().await?;
        }
    }

    fn ring_after(&self, left: Duration) -> io::Result<()> {
        let it_value = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        let once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let setting = Itimerspec { it_interval: once, it_value };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &setting)?;
        Ok(())
    }

    async fn rung(&self) -> io::Result<()> {
        loop {
            let mut ready = self.timer.readable().await?;
            // Readiness may be of an earlier ring that a dropped wait left behind; the read tells.
            let read = ready.try_io(|timer| {
                let mut count = [0; 8];
                Ok(rustix::io::read(timer, &mut count)?)
            });
            match read {
                Ok(outcome) => return outcome.map(drop),
                Err(_would_block) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_rings_no_earlier_than_asked_however_often() {
        let clock = Clock::system();
        let mut alarm = Alarm::new().expect("the kernel has timers");

        for micros in [0, 1, 150, 900, 1_100, 20] {
            let at = clock.monotonic() + Duration::from_micros(micros);
            alarm.until(&clock, at).await.expect("the timer works");

            assert!(clock.monotonic() >= at);
        }
    }

    #[tokio::test]
    async fn a_wait_that_was_given_up_does_not_shorten_the_next() {
        let clock = Clock::system();
        let mut alarm = Alarm::new().expect("the kernel has timers");
        let soon = clock.monotonic() + Duration::from_micros(50);
        tokio::select! {
            biased;
            result = alarm.until(&clock, soon) => result.expect("the timer works"),
            () = std::future::ready(()) => {}
        }

        let later = clock.monotonic() + Duration::from_millis(3);
        alarm.until(&clock, later).await.expect("the timer works");

        assert!(clock.monotonic() >= later);
    }
}
