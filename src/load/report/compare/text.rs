//! A comparison as text.
//!
//! Not here: what is judged and how (`mod.rs`).

use std::fmt::Write as _;

use super::{Change, Comparison, Figure, Verdict};
use crate::load::report::text::aligned;
use crate::load::report::{Report, figures, units};

/// Both runs, what changed and what that means. `names` are what the runs are called.
pub fn of(comparison: &Comparison, runs: [&Report; 2], names: [&str; 2]) -> String {
    let mut text = String::new();
    for (name, run) in names.iter().zip(runs) {
        let _ = writeln!(text, "{}: {}", units::plain(name), figures::headline(run));
        let _ = writeln!(text, "  {}", units::plain(&run.environment.line()));
        for remark in figures::remarks(run) {
            let _ = writeln!(text, "  {remark}");
        }
    }
    for warning in &comparison.warnings {
        let _ = writeln!(text, "{warning}");
    }
    let headings = ["operation", "source", "figure", "first", "second", "change", "", "judgement"];
    let lines = [headings.map(str::to_owned).to_vec()].into_iter();
    let lines: Vec<_> = lines.chain(comparison.changes.iter().map(cells)).collect();
    let _ = write!(text, "\n{}\n{}", aligned(&lines, 3), conclusion(comparison));
    text
}

/// One figure's name and what became of it.
pub fn sentence(change: &Change) -> String {
    format!(
        "{} of {} from {}: {} to {} ({})",
        change.figure.name(),
        change.scope.operation(),
        change.scope.source(),
        value(change.figure, change.before),
        value(change.figure, change.after),
        points(change.figure, change.change.estimate)
    )
}

fn cells(change: &Change) -> Vec<String> {
    let Change { scope, figure, before, after, change: interval, verdict } = *change;
    let range = if interval.low.is_finite() {
        format!("({} … {})", signed(interval.low), signed(interval.high))
    } else {
        String::new()
    };
    vec![
        scope.operation().to_owned(),
        scope.source().to_owned(),
        figure.name().to_owned(),
        value(figure, before),
        value(figure, after),
        points(figure, interval.estimate),
        range,
        word(verdict).to_owned(),
    ]
}

fn conclusion(comparison: &Comparison) -> String {
    let count =
        |verdict| comparison.changes.iter().filter(|change| change.verdict == verdict).count();
    if !comparison.is_judged {
        return "Nothing is judged: each run must have been measured for 10 seconds or more.\n"
            .to_owned();
    }
    format!(
        "Of {} figures {} got better and {} worse beyond noise; {} cannot be told. In brackets: \
         where the change lies, all of them together in 99 of 100 comparisons.\n",
        comparison.changes.len(),
        count(Verdict::Better),
        count(Verdict::Worse),
        count(Verdict::Unclear)
    )
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Same => "no change beyond noise",
        Verdict::Unclear => "too few to say",
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "latencies are positive and below 2^53 ns"
)]
fn value(figure: Figure, value: f64) -> String {
    match figure {
        Figure::Rate => format!("{}/s", units::rate(value)),
        Figure::P50 | Figure::P99 | Figure::P999 => units::latency(value.round() as u64),
        Figure::HitRate | Figure::Errors => units::percent(value),
    }
}

/// A change in percent, or in percentage points where the figure itself is in percent.
fn points(figure: Figure, change: f64) -> String {
    match figure {
        Figure::Rate | Figure::P50 | Figure::P99 | Figure::P999 => format!("{} %", signed(change)),
        Figure::HitRate | Figure::Errors => format!("{} points", signed(change)),
    }
}

fn signed(change: f64) -> String {
    let percent = change * 100.0;
    let sign = if percent < 0.0 { "−" } else { "+" };
    let digits = match percent.abs() {
        small if small < 9.95 => format!("{small:.2}"),
        large if large < 999.5 => format!("{large:.1}"),
        huge => format!("{huge:.0}"),
    };
    format!("{sign}{digits}")
}
