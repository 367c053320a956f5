//! The words and flags of `hearth load`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

/// What `hearth load` was asked for.
#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    pub(super) action: Action,
}

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Make a workload's tables, load its items, send its requests and report what came of them.
    Run(Box<RunArguments>),
    /// Show the workloads that come with hearth.
    List,
    /// Print one of them as TOML, to be changed and run from a file.
    Show {
        /// Its name.
        name: String,
    },
    /// Say what changed between two runs, and whether that is more than noise.
    Compare(CompareArguments),
}

/// The flags of a run.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that stands alone")]
pub(super) struct RunArguments {
    /// A name of `hearth load list`, or a TOML file.
    pub(super) workload: String,
    /// The endpoint: http://, https://, or dax:// or daxs:// for DAX's protocol.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8000")]
    pub(super) target: String,
    /// Where tables are made and removed for a target of DAX, which cannot.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8000")]
    pub(super) http: String,
    /// Start so many requests a second, whether or not earlier ones were answered.
    #[arg(long, value_name = "N", default_value_t = 1_000.0, value_parser = rate)]
    pub(super) rate: f64,
    /// Start each connection's next request when its last was answered: finds the maximum.
    #[arg(long, conflicts_with = "rate")]
    pub(super) closed: bool,
    /// Connections; each has one request on its way at most.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(super) connections: usize,
    /// Threads that share the connections [default: half of the processors].
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<usize>,
    /// How long requests are measured.
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = span)]
    pub(super) duration: Duration,
    /// How long requests are sent before that.
    #[arg(long, value_name = "SPAN", default_value = "5s", value_parser = span)]
    pub(super) warm_up: Duration,
    /// Measure so many requests at most.
    #[arg(long, value_name = "N", default_value_t = u64::MAX, hide_default_value = true)]
    pub(super) requests: u64,
    /// Load so many items [default: what the workload says].
    #[arg(long, value_name = "N")]
    pub(super) items: Option<u64>,
    /// What keys and values are drawn from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// The admin port of the hearth behind the target: its own hit rate is shown, too.
    #[arg(long, value_name = "URL")]
    pub(super) admin: Option<String>,
    /// The region of signatures [default: `AWS_REGION`, else us-east-1].
    #[arg(long, value_name = "NAME")]
    pub(super) region: Option<String>,
    /// An AWS credentials file with mode 0600, of which the profile `AWS_PROFILE` or default is
    /// taken [default: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, else any].
    #[arg(long, value_name = "FILE")]
    pub(super) credentials: Option<PathBuf>,
    /// Trust the authorities of this PEM file, too.
    #[arg(long, value_name = "FILE")]
    pub(super) ca_file: Option<PathBuf>,
    /// Send the load to another machine; make sure that it may be, and who pays for it.
    #[arg(long)]
    pub(super) allow_remote: bool,
    /// Write the report as JSON, for `hearth load compare`.
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Write the report as a page with plots.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Use tables that are there already, and leave all tables where they are.
    #[arg(long)]
    pub(super) keep: bool,
    /// Load no items: the tables have them from an earlier run with --keep.
    #[arg(long)]
    pub(super) no_fill: bool,
    /// Begin the names of tables with this.
    #[arg(long, value_name = "TEXT")]
    pub(super) table_prefix: Option<String>,
}

/// The flags of a comparison.
#[derive(Args, Debug)]
pub(super) struct CompareArguments {
    /// The first run, as `--json` wrote it.
    pub(super) before: PathBuf,
    /// The second.
    pub(super) after: PathBuf,
    /// Exit with 1 if something got worse beyond noise and by more than this.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(super) fail_above: Option<f64>,
}

/// A span such as `500ms`, `30s`, `1.5m` or `1h`.
pub(in crate::cli) fn span(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match &text[digits.len()..] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err(SPAN.to_owned()),
    };
    let number = digits.parse::<f64>().ok().filter(|_| digits.starts_with(is_digit));
    let span = number.and_then(|number| Duration::try_from_secs_f64(number * seconds).ok());
    span.ok_or_else(|| SPAN.to_owned())
}

pub(in crate::cli) fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| rate.is_finite() && *rate > 0.0);
    rate.ok_or_else(|| "expected a number a second, such as 1000".to_owned())
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').parse::<f64>().ok();
    let percent = percent.filter(|percent| percent.is_finite() && *percent >= 0.0);
    percent.ok_or_else(|| "expected percent, such as 5".to_owned())
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

const SPAN: &str = "expected a span such as 30s, 500ms, 2m or 1h";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_a_number_and_a_unit() {
        for (text, ms) in [
            ("30s", 30_000),
            ("2m", 120_000),
            ("500ms", 500),
            ("1.5m", 90_000),
            ("1h", 3_600_000),
            ("0s", 0),
        ] {
            assert_eq!(span(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in
            ["", "30", "s", "-1s", "+1s", "1d", "infs", "1 s", "1e400s", "9e30h", "nans", "µs"]
        {
            assert_eq!(span(text), Err(SPAN.to_owned()), "{text}");
        }
    }

    #[test]
    fn rates_and_percents_are_numbers_that_can_be() {
        assert_eq!((rate("0.5"), percent("5%"), percent("0")), (Ok(0.5), Ok(5.0), Ok(0.0)));
        for text in ["0", "-1", "x", "inf", "nan", ""] {
            assert!(rate(text).is_err(), "{text}");
        }
        assert!(percent("-1").is_err() && percent("nan").is_err());
    }
}
