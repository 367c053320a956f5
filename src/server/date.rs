//! The `Date` of answers that do not go through hyper.

use std::cell::RefCell;
use std::time::{Duration, UNIX_EPOCH};

use crate::clock::Clock;

/// Hands the date to `act`. It is written anew when `second`, of any clock, is another.
pub(super) fn with_date<R>(second: u64, clock: &Clock, act: impl FnOnce(&str) -> R) -> R {
    thread_local! {
        static WRITTEN: RefCell<(Option<u64>, String)> = const { RefCell::new((None, String::new())) };
    }
    WRITTEN.with_borrow_mut(|(of, text)| {
        if *of != Some(second) {
            let now = UNIX_EPOCH + Duration::from_millis(clock.unix_ms());
            (*of, *text) = (Some(second), httpdate::fmt_http_date(now));
        }
        act(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_once_a_second() {
        let clock = Clock::manual(784_111_777_000);
        let dates = [7, 7, 8].map(|second| {
            let date = with_date(second, &clock, str::to_owned);
            clock.advance(Duration::from_secs(1));
            date
        });

        let [first, second, third] = dates;
        assert_eq!((&*first, &second), ("Sun, 06 Nov 1994 08:49:37 GMT", &first));
        assert_eq!(third, "Sun, 06 Nov 1994 08:49:39 GMT");
    }
}
