//! What is seen while a table is moved, on standard error: a bar on a terminal, else a line every
//! few seconds.
//!
//! Must hold: standard output stays empty; what is not a terminal gets whole lines only.

use std::io::{self, IsTerminal as _};
use std::mem;
use std::time::Duration;

use indicatif::ProgressBar;

use super::super::load::live::{line, shown};
use super::super::load::session::ns;
use crate::clock::Clock;
use crate::load::report::units;
use crate::migrate::Event;

/// The part of the command that talks while it works.
pub(super) struct Live {
    /// The bar of what goes on, if someone watches.
    bar: Option<ProgressBar>,
    now: Doing,
    clock: Clock,
    /// When the next line is due, on the monotonic clock.
    line_at: Duration,
}

/// What goes on at the moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Doing {
    Looking,
    Copying,
    Following,
    Comparing,
}

impl Live {
    /// As standard error is.
    pub(super) fn new() -> Self {
        let bar = io::stderr().is_terminal().then(ProgressBar::hidden);
        let clock = Clock::system();
        Self { bar, now: Doing::Looking, line_at: clock.monotonic(), clock }
    }

    /// Shows what happened.
    pub(super) fn tell(&mut self, event: Event) {
        match event {
            Event::Said(sentence) => match &self.bar {
                Some(bar) => bar.suspend(|| line(&sentence)),
                None => line(&sentence),
            },
            Event::Copied { items, of } => {
                self.at(Doing::Copying, items, of, "");
            }
            Event::Followed { changes, lag } => {
                let lag = lag.map_or_else(
                    || "no news".to_owned(),
                    |lag| format!("{} behind", units::latency(ns(lag))),
                );
                self.at(Doing::Following, changes, 0, &lag);
            }
            Event::Compared { items, of } => self.at(Doing::Comparing, items, of, ""),
        }
    }

    /// Nothing more is to be seen.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn at(&mut self, doing: Doing, count: u64, of: u64, more: &str) {
        let begins = mem::replace(&mut self.now, doing) != doing;
        if let Some(bar) = &mut self.bar {
            if begins {
                bar.finish_and_clear();
                *bar = shown(of, doing.template());
            }
            // The source's own count may be hours old.
            bar.set_length(of.max(count));
            bar.set_position(count);
            bar.set_message(more.to_owned());
            return;
        }
        let now = self.clock.monotonic();
        if begins || now >= self.line_at {
            self.line_at = now + LINE_EVERY;
            line(&doing.sentence(count, of, more));
        }
    }
}

impl Doing {
    fn template(self) -> &'static str {
        match self {
            Self::Looking => "",
            Self::Copying => "copying {bar:30} {human_pos}/{human_len} items, {rate}, {eta} left",
            Self::Following => "following {human_pos} changes, {msg}",
            Self::Comparing => "comparing {bar:30} {human_pos}/{human_len} items, {rate}",
        }
    }

    fn sentence(self, count: u64, of: u64, more: &str) -> String {
        let [count, of] = [count, of.max(count)].map(units::count);
        match self {
            Self::Looking => String::new(),
            Self::Copying => format!("copied {count} of about {of} items"),
            Self::Following => format!("followed {count} changes, {more}"),
            Self::Comparing => format!("compared {count} of about {of} items"),
        }
    }
}

/// Between the lines that nobody watches.
const LINE_EVERY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_is_one_line() {
        assert_eq!(Doing::Copying.sentence(1_200, 3_000, ""), "copied 1,200 of about 3,000 items");
        assert_eq!(Doing::Comparing.sentence(7, 5, ""), "compared 7 of about 7 items");
        assert_eq!(Doing::Following.sentence(3, 0, "no news"), "followed 3 changes, no news");
    }
}
