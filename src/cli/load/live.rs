//! What is seen while a load goes on, on standard error: bars on a terminal, else a line every few
//! seconds.
//!
//! Must hold: standard output stays empty; what is not a terminal gets whole lines only.
//! Not here: the report at the end (`load/report/`).

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::load::Second;
use crate::load::fill::Filled;
use crate::load::report::figures::Share;
use crate::load::report::units;

/// The part of a command that talks while it works.
pub(in crate::cli) enum Live {
    /// Someone watches.
    Terminal {
        /// The bar of what goes on at the moment.
        bar: ProgressBar,
        /// Requests that were not answered so far.
        failed: u64,
    },
    /// Lines go to a file or another program.
    Lines {
        /// Whole tenths of the fill that were told.
        tenths: u64,
        /// Requests that were not answered so far.
        failed: u64,
    },
}

impl Live {
    /// As standard error is.
    pub(in crate::cli) fn new() -> Self {
        if io::stderr().is_terminal() {
            Self::Terminal { bar: ProgressBar::hidden(), failed: 0 }
        } else {
            Self::Lines { tenths: 0, failed: 0 }
        }
    }

    /// One sentence.
    pub(in crate::cli) fn say(&self, sentence: &str) {
        let sentence = units::plain(sentence);
        match self {
            Self::Terminal { bar, .. } => bar.suspend(|| line(&sentence)),
            Self::Lines { .. } => line(&sentence),
        }
    }

    /// Items are about to be loaded.
    pub(in crate::cli) fn begin_fill(&mut self, items: u64) {
        match self {
            Self::Terminal { bar, .. } => {
                *bar = shown(
                    items,
                    "loading {bar:30} {human_pos}/{human_len} items, {rate}, {eta} left{msg}",
                );
            }
            Self::Lines { .. } => line(&format!("loading {} items", units::count(items))),
        }
    }

    /// Items were loaded.
    pub(in crate::cli) fn filled(&mut self, filled: &Filled) {
        let Filled { items, of, bytes: _, errors } = *filled;
        let retries = match errors {
            0 => String::new(),
            errors => format!(", {} retries", units::count(errors)),
        };
        match self {
            Self::Terminal { bar, .. } => {
                bar.set_position(items);
                bar.set_message(retries);
            }
            Self::Lines { tenths, .. } => {
                let now = items.saturating_mul(10).checked_div(of).unwrap_or(10);
                if now > *tenths {
                    *tenths = now;
                    let (items, of) = (units::count(items), units::count(of));
                    line(&format!("loaded {items} of {of} items{retries}"));
                }
            }
        }
    }

    /// Requests are about to be sent for so long.
    pub(in crate::cli) fn begin_run(&mut self, span: Duration) {
        match self {
            Self::Terminal { bar, .. } => {
                bar.finish_and_clear();
                *bar = shown(span.as_secs().max(1), "{bar:20} {pos}/{len} s  {msg}");
                bar.enable_steady_tick(TICK);
            }
            Self::Lines { .. } => {}
        }
    }

    /// A second is over.
    pub(in crate::cli) fn second(&mut self, second: &Second) {
        match self {
            Self::Terminal { bar, failed } => {
                *failed += second.failed;
                // The last answers may come after the last request's second.
                bar.set_position((second.at + 1).min(bar.length().unwrap_or(u64::MAX)));
                bar.set_message(told(second, *failed));
            }
            Self::Lines { failed, .. } => {
                *failed += second.failed;
                if (second.at + 1).is_multiple_of(LINE_EVERY) {
                    line(&format!("second {}: {}", second.at + 1, told(second, *failed)));
                }
            }
        }
    }

    /// Nothing more is to be seen.
    pub(in crate::cli) fn end(&self) {
        match self {
            Self::Terminal { bar, .. } => bar.finish_and_clear(),
            Self::Lines { .. } => {}
        }
    }
}

/// A bar that is to be seen.
pub(in crate::cli) fn shown(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("our own templates are good");
    // indicatif's own has four decimals.
    let style = style.with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
        // A bar has nowhere to tell of a failure.
        let _ = write!(out, "{:.0}/s", state.per_sec());
    });
    ProgressBar::new(length).with_style(style.progress_chars("━╸ "))
}

/// The figures of a second.
fn told(second: &Second, failed: u64) -> String {
    let hit_rate = Share { part: second.hits, of: second.reads }.text();
    let warm_up = if second.warm_up { " (warm-up)" } else { "" };
    format!(
        "{}/s, hit rate {hit_rate}, p50 {}, p99 {}, {} errors{warm_up}",
        units::count(second.ended),
        units::latency(second.p50),
        units::latency(second.p99),
        units::count(failed)
    )
}

/// One line.
pub(in crate::cli) fn line(text: &str) {
    // There is nowhere else to say that standard error is gone.
    let _ = writeln!(io::stderr(), "{text}");
}

const TICK: Duration = Duration::from_millis(200);
/// Seconds for each line that nobody watches.
const LINE_EVERY: u64 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_one_line() {
        let second = Second {
            at: 4,
            warm_up: true,
            due: 1_000,
            ended: 999,
            failed: 1,
            reads: 900,
            hits: 810,
            p50: 85_000,
            p99: 1_200_000,
            max: 2_000_000,
        };

        assert_eq!(
            told(&second, 3),
            "999/s, hit rate 90.0 %, p50 85.0 µs, p99 1.20 ms, 3 errors (warm-up)"
        );
        assert!(told(&Second::default(), 0).starts_with("0/s, hit rate -, p50 0 ns"));
    }
}
