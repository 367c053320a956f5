//! What a demo shows: a line for each second, and the table at its end.
//!
//! Not here: what happens (`mod.rs`).

use crate::load::report::figures::{Share, rows};
use crate::load::report::text::aligned;
use crate::load::report::units;
use crate::load::{Measured, Second, Source};

/// The lines of the seconds; bars of latency are as long as the slowest second's.
#[derive(Default)]
pub(super) struct Seconds {
    slowest: u64,
}

impl Seconds {
    /// The heading above the lines.
    pub(super) fn heading() -> String {
        format!(
            "{:>5}  {:>8}  {:<BAR$}  {:>9}  {:<BAR$}  {:>9}  {:>8}",
            "", "hit rate", "", "median", "", "p99", "rate"
        )
    }

    /// The line of a second.
    pub(super) fn line(&mut self, second: &Second) -> String {
        self.slowest = self.slowest.max(second.p50);
        let hits = Share { part: second.hits, of: second.reads };
        let failed = match second.failed {
            0 => String::new(),
            failed => format!("  {} errors", units::count(failed)),
        };
        format!(
            "{:>3} s  {:>8}  {:<BAR$}  {:>9}  {:<BAR$}  {:>9}  {:>6}/s{failed}",
            second.at + 1,
            hits.text(),
            bar(hits.value().unwrap_or_default()),
            units::latency(second.p50),
            bar(Share { part: second.p50, of: self.slowest }.value().unwrap_or_default()),
            units::latency(second.p99),
            units::count(second.ended),
        )
    }
}

/// Reads from the cache beside reads from the engine, and how many times faster they were.
pub(super) fn table(measured: &Measured) -> String {
    let headings = ["", "answered from", "count", "median", "p99", "slowest"];
    let mut lines = vec![headings.map(str::to_owned).to_vec()];
    let mut sentences = String::new();
    let mut engine = None;
    for row in rows(measured).iter().rev() {
        let crate::load::report::figures::Scope::Part(operation, source) = row.scope else {
            continue;
        };
        let Some((median, p99)) = row.at(0.5).zip(row.at(0.99)) else { continue };
        match source {
            Source::Engine => engine = Some((operation, median)),
            Source::Cache => {
                if let Some((other, slow)) = engine
                    && other == operation
                {
                    sentences = format!(
                        "A {} that the cache answers takes 1/{:.1} of the time of one that the \
                         engine answers.\n",
                        operation.name(),
                        units::float(slow) / units::float(median.max(1))
                    );
                }
            }
            Source::Unknown => {}
        }
        lines.insert(
            1,
            vec![
                operation.name().to_owned(),
                source.name().to_owned(),
                units::count(row.ended),
                units::latency(median),
                units::latency(p99),
                units::latency(row.max().unwrap_or_default()),
            ],
        );
    }
    format!("{}{sentences}", aligned(&lines, 2))
}

/// A bar of that share of its width.
fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let width = u32::try_from(BAR).unwrap_or_default();
    let eighths = f64::from(width * 8) * share.clamp(0.0, 1.0);
    let eighths = (0..width * 8).take_while(|&n| f64::from(n) + 0.5 <= eighths).count();
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

const BAR: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Ending, Operation, Tally};

    #[test]
    fn bars_are_as_long_as_their_share() {
        assert_eq!(bar(0.0), "");
        assert_eq!(bar(0.5), "████████");
        assert_eq!(bar(1.0).chars().count(), BAR);
        assert_eq!(bar(1.0 / 32.0), "▌");
        assert_eq!(bar(7.0).chars().count(), BAR);
    }

    #[test]
    fn lines_stand_below_each_other() {
        let mut seconds = Seconds::default();
        let slow =
            Second { at: 0, reads: 10, p50: 300_000, p99: 900_000, ended: 10, ..Second::default() };
        let fast = Second { at: 9, hits: 10, p50: 75_000, ..slow.clone() };

        let lines = [seconds.line(&slow), seconds.line(&fast)];

        assert_eq!(
            lines,
            [
                "  1 s       0 %                       300 µs  ████████████████     900 µs      10/s",
                " 10 s     100 %  ████████████████    75.0 µs  ████                 900 µs      10/s",
            ]
        );
        assert_eq!(Seconds::heading().chars().count(), lines[0].chars().count());
    }

    #[test]
    fn the_table_says_how_many_times_faster_a_hit_is() {
        let tally = |source, ns| {
            let mut tally = Tally::new(Operation::GetItem, source);
            tally.count(Ending::Answered, ns, 0);
            tally
        };
        let tallies = vec![tally(Source::Cache, 50_000), tally(Source::Engine, 200_000)];
        let measured = Measured { tallies, took: 1, due: 2, ..Measured::default() };

        let text = table(&measured);

        assert!(
            text.contains("GetItem  cache") && text.contains("takes 1/4.0 of the time"),
            "{text}"
        );
    }
}
