//! Medians, spreads and tables.

use std::fmt;

/// A figure of several rounds: its median, and from where to where it went.
pub(crate) struct Figure {
    median: f64,
    least: f64,
    most: f64,
}

impl Figure {
    /// Of at least one round.
    pub(crate) fn of(rounds: impl IntoIterator<Item = f64>) -> Self {
        let mut rounds: Vec<f64> = rounds.into_iter().collect();
        rounds.sort_by(f64::total_cmp);
        Self { median: rounds[rounds.len() / 2], least: rounds[0], most: rounds[rounds.len() - 1] }
    }

    /// The median.
    pub(crate) fn median(&self) -> f64 {
        self.median
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.median >= 1_000.0 { 0 } else { 2 };
        let Self { median, least, most } = self;
        write!(out, "{median:.digits$} ({least:.digits$}–{most:.digits$})")
    }
}

/// Prints a table in Markdown.
pub(crate) fn print(title: &str, columns: &[&str], rows: &[Vec<String>]) {
    println!("\n{title}\n\n| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
}

/// How many times the baseline a count is.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn ratio(count: u64, baseline: u64) -> String {
    format!("{:.2}", count as f64 / baseline as f64)
}

/// A count, to reckon with.
pub(crate) fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The whole part of what is not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of one run are far below 2^53"
)]
pub(crate) fn whole(number: f64) -> usize {
    number as usize
}
