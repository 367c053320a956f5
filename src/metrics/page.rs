//! The page in Prometheus' text format, made when somebody looks.
//!
//! Must hold: a sample stands below the head of its family, which comes once; a sample has all of
//! its family's labels; whatever a label's value is, it stays within its quotes.
//! Not here: where the numbers come from.

use std::fmt::Write as _;

use super::catalogue::{Kind, Metric};
use super::histogram::{Histogram, Reading};

/// A page that is being written.
#[derive(Default)]
pub(super) struct Page {
    text: String,
}

/// The samples of one metric.
pub(super) struct Family<'a> {
    text: &'a mut String,
    metric: &'static Metric,
    is_empty: bool,
}

impl Page {
    /// The family of a metric, to be written at once; without samples it does not show.
    pub(super) fn family(&mut self, metric: &'static Metric) -> Family<'_> {
        Family { text: &mut self.text, metric, is_empty: true }
    }

    /// A metric of a single whole number.
    pub(super) fn single(&mut self, metric: &'static Metric, value: u64) {
        self.family(metric).whole(&[], value);
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

impl Family<'_> {
    /// A sample that is a whole number; the labels' values stand in the order of their names.
    pub(super) fn whole(&mut self, labels: &[&str], value: u64) {
        self.sample(labels, value);
    }

    /// A sample that may be none.
    pub(super) fn real(&mut self, labels: &[&str], value: f64) {
        self.sample(labels, value);
    }

    /// A distribution.
    pub(super) fn histogram(&mut self, labels: &[&str], histogram: &Histogram) {
        let Reading { buckets, sum, count } = histogram.read();
        for (bound, count) in buckets {
            self.line("_bucket", labels, Some(&bound.to_string()), count);
        }
        self.line("_bucket", labels, Some("+Inf"), count);
        self.line("_sum", labels, None, sum);
        self.line("_count", labels, None, count);
    }

    fn sample(&mut self, labels: &[&str], value: impl std::fmt::Display) {
        debug_assert_ne!(self.metric.kind, Kind::Histogram, "{}", self.metric.name);
        self.line("", labels, None, value);
    }

    fn line(
        &mut self,
        suffix: &str,
        labels: &[&str],
        bound: Option<&str>,
        value: impl std::fmt::Display,
    ) {
        let Metric { name, kind, labels: names, help, .. } = self.metric;
        assert_eq!(names.len(), labels.len(), "the labels of {name}");
        if std::mem::take(&mut self.is_empty) {
            let kind = kind.name();
            write_to(self.text, format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        }
        self.text.push_str(name);
        self.text.push_str(suffix);
        let pairs = names.iter().copied().zip(labels.iter().copied());
        let mut before = '{';
        for (label, value) in pairs.chain(bound.map(|bound| ("le", bound))) {
            self.text.push(before);
            before = ',';
            write_to(self.text, format_args!("{label}=\""));
            push_escaped(self.text, value);
            self.text.push('"');
        }
        if before == ',' {
            self.text.push('}');
        }
        write_to(self.text, format_args!(" {value}\n"));
    }
}

fn push_escaped(text: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            c => text.push(c),
        }
    }
}

fn write_to(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to memory succeeds");
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{CONNECTIONS, DISK, DURATION, REFUSED};
    use super::super::histogram::DURATIONS;
    use super::*;

    #[test]
    fn a_family_has_one_head_and_all_of_its_samples() {
        let mut page = Page::default();

        let mut family = page.family(&REFUSED);
        family.whole(&["busy"], 3);
        family.real(&["too \"long\"\\\n"], 0.5);
        page.single(&CONNECTIONS, 7);
        page.family(&DISK);

        assert_eq!(
            page.into_text(),
            "# HELP hearth_requests_refused_total Requests refused before they reached the tables.\n\
             # TYPE hearth_requests_refused_total counter\n\
             hearth_requests_refused_total{reason=\"busy\"} 3\n\
             hearth_requests_refused_total{reason=\"too \\\"long\\\"\\\\\\n\"} 0.5\n\
             # HELP hearth_connections Connections open.\n\
             # TYPE hearth_connections gauge\n\
             hearth_connections 7\n"
        );
    }

    #[test]
    fn a_histogram_ends_with_everything_its_sum_and_its_count() {
        let mut page = Page::default();
        let histogram = Histogram::new(&DURATIONS);
        histogram.took(std::time::Duration::from_secs(8));

        page.family(&DURATION).histogram(&["GetItem", "cache"], &histogram);

        let text = page.into_text();
        let labels = "operation=\"GetItem\",source=\"cache\"";
        for line in [
            format!("_bucket{{{labels},le=\"0.00005\"}} 0\n"),
            format!("_bucket{{{labels},le=\"5\"}} 0\n"),
            format!("_bucket{{{labels},le=\"+Inf\"}} 1\n"),
            format!("_sum{{{labels}}} 8\n"),
            format!("_count{{{labels}}} 1\n"),
        ] {
            assert!(text.contains(&line), "{line} in {text}");
        }
    }
}
