//! The report as text: a table, what went wrong, hit rates, and what the reader must know.
//!
//! Must hold: nothing in it moves a terminal's cursor, whatever names say.
//! Not here: what is printed while a run goes on (`cli/load/`).

use std::fmt::Write as _;

use super::figures::{self, PERCENTILES, Row, Share, remarks, rows, run_row};
use super::{Report, units};
use crate::load::{Pace, ServerView};

/// The whole report.
pub fn of(report: &Report) -> String {
    let measured = &report.measured;
    let mut text = format!("{}\n\n", figures::headline(report));
    text.push_str(&table(report));
    for (code, line) in errors(report) {
        let _ = write!(text, "\n{code}: {line}");
    }
    let run = run_row(measured);
    let _ = write!(text, "\nrate: {}", rate_line(report, &run));
    let _ = write!(text, "\nhit rate: {}\n", hit_line(report, &run));
    for remark in remarks(report) {
        let _ = writeln!(text, "{remark}");
    }
    let _ = writeln!(text, "{}", units::plain(&report.environment.line()));
    text
}

/// Lines of cells, each column as wide as its widest: the first `left` to the left, others to the
/// right.
pub fn aligned(lines: &[Vec<String>], left: usize) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| {
        let cells = lines.iter().filter_map(|line| line.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let mut written = String::new();
        for (at, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            let gap = if at == 0 { "" } else { "  " };
            // Writing to a string cannot fail.
            let _ = if at < left {
                write!(written, "{gap}{cell:<width$}")
            } else {
                write!(written, "{gap}{cell:>width$}")
            };
        }
        text.push_str(written.trim_end());
        text.push('\n');
    }
    text
}

/// The headings of the table.
pub(super) fn headings() -> Vec<&'static str> {
    let percentiles = PERCENTILES.map(|(name, _)| name);
    let mut headings = vec!["operation", "source", "count", "rate/s"];
    headings.extend(percentiles);
    headings.extend(["max", "cond. failed", "throttled", "errors", "retries"]);
    headings
}

/// The cells of a row of the table.
pub(super) fn cells(row: &Row, report: &Report) -> Vec<String> {
    let rate = figures::per_second(row.latencies.len(), &report.measured);
    let latency = |ns: Option<u64>| ns.map_or_else(|| "-".to_owned(), units::latency);
    let mut cells = vec![
        row.scope.operation().to_owned(),
        row.scope.source().to_owned(),
        units::count(row.ended),
        units::rate(rate),
    ];
    cells.extend(PERCENTILES.map(|(_, quantile)| latency(row.at(quantile))));
    cells.push(latency(row.max()));
    let counts = [row.conditions_failed, row.throttled, row.failed, row.retries];
    cells.extend(counts.map(units::count));
    cells
}

/// What the rate was and what was asked.
pub(super) fn rate_line(report: &Report, run: &Row) -> String {
    let achieved = units::rate(figures::per_second(run.latencies.len(), &report.measured));
    match report.settings.pace {
        Pace::Open { per_second } => {
            format!("{achieved}/s achieved of {}/s asked (open loop)", units::rate(per_second))
        }
        Pace::Closed => format!("{achieved}/s achieved (closed loop: as fast as answers came)"),
    }
}

/// What hits the client and the server saw.
pub(super) fn hit_line(report: &Report, run: &Row) -> String {
    let client = match run.reads.of {
        0 => "the target does not say where answers came from".to_owned(),
        of => format!("{} of {} reads as the client saw it", run.reads.text(), units::count(of)),
    };
    match &report.measured.server {
        ServerView::NotAsked => format!("{client}; the server's metrics were not asked"),
        ServerView::Silent { why } => {
            format!("{client}; the server did not tell its own: {}", units::plain(why))
        }
        &ServerView::Counted { lookups, hits } => {
            let share = Share { part: hits, of: lookups }.text();
            let lookups = units::count(lookups);
            format!("{client}; {share} of {lookups} look-ups as the server counted")
        }
    }
}

/// Each error's code, and how often which operation met it.
pub(super) fn errors(report: &Report) -> Vec<(String, String)> {
    let mut codes: Vec<(String, Vec<String>)> = Vec::new();
    for tally in &report.measured.tallies {
        for (code, &count) in &tally.errors {
            let code = units::plain(code);
            let met = format!("{} × {}", units::count(count), tally.operation.name());
            match codes.iter_mut().find(|(known, _)| *known == code) {
                Some((_, all)) => all.push(met),
                None => codes.push((code, vec![met])),
            }
        }
    }
    codes.into_iter().map(|(code, met)| (code, met.join(", "))).collect()
}

fn table(report: &Report) -> String {
    let headings = headings().into_iter().map(str::to_owned).collect();
    let rows = rows(&report.measured);
    let lines = rows.iter().map(|row| cells(row, report));
    aligned(&[headings].into_iter().chain(lines).collect::<Vec<_>>(), 2)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_fixed_run_is_this_text() {
        assert_eq!(of(&sample::report()), include_str!("sample.txt"));
    }

    #[test]
    fn names_cannot_move_the_cursor() {
        let text = of(&sample::hostile());

        assert!(text.contains("<script") && text.contains("�[2J"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }

    #[test]
    fn a_target_that_tells_nothing_has_no_hit_rate() {
        let mut report = sample::report();
        report.measured.tallies.retain(|tally| !tally.operation.is_read());
        report.measured.server = ServerView::NotAsked;

        let text = of(&report);

        assert!(text.contains("hit rate: the target does not say where answers came from; "));
        assert!(text.contains("the server's metrics were not asked"), "{text}");
        report.measured.server = ServerView::Silent { why: "it was\raway".to_owned() };
        assert!(of(&report).contains("the server did not tell its own: it was�away\n"));
    }
}
