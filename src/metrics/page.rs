//! The page in Prometheus' text format, made when somebody looks.
//!
//! Must hold: a sample stands below the head of its family, which comes once; a sample has all of
//! its family's labels, in their order; whatever a label's value is, it stays within its quotes.
//! Not here: where the numbers come from.

use std::fmt::Write as _;

use metrics::{Key, KeyName, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use super::catalogue::{Kind, Metric};
use super::histogram::{Histogram, Reading, as_f64};

/// A page that is being written.
pub(super) struct Page {
    /// Counters and gauges of whole numbers.
    recorder: PrometheusRecorder,
    /// Distributions and fractions, which the recorder has no place for: it would keep every amount
    /// of a distribution until somebody looks.
    text: String,
}

/// The samples of one metric.
pub(super) struct Family<'a> {
    page: &'a mut Page,
    metric: &'static Metric,
    is_empty: bool,
}

impl Page {
    /// A page without a sample.
    pub(super) fn new() -> Self {
        Self { recorder: PrometheusBuilder::new().build_recorder(), text: String::new() }
    }

    /// The family of a metric, to be written at once; without samples it does not show.
    pub(super) fn family(&mut self, metric: &'static Metric) -> Family<'_> {
        Family { page: self, metric, is_empty: true }
    }

    /// A metric of a single whole number.
    pub(super) fn single(&mut self, metric: &'static Metric, value: u64) {
        self.family(metric).whole(&[], value);
    }

    pub(super) fn into_text(self) -> String {
        let mut page = self.recorder.handle().render();
        page.push_str(&self.text);
        page
    }
}

impl Family<'_> {
    /// A sample that is a whole number; the labels' values stand in the order of their names.
    pub(super) fn whole(&mut self, labels: &[&str], value: u64) {
        let Metric { name, kind, labels: names, help, .. } = self.metric;
        assert_eq!(names.len(), labels.len(), "the labels of {name}");
        let is_first = std::mem::take(&mut self.is_empty);
        let pairs = names.iter().zip(labels);
        let pairs: Vec<Label> =
            pairs.map(|(label, value)| Label::new(*label, (*value).to_owned())).collect();
        let (name, key) = (KeyName::from_const_str(name), Key::from_parts(*name, pairs));
        let recorder = &self.page.recorder;
        match kind {
            Kind::Counter => {
                if is_first {
                    recorder.describe_counter(name, None, (*help).into());
                }
                recorder.register_counter(&key, &METADATA).absolute(value);
            }
            Kind::Gauge => {
                if is_first {
                    recorder.describe_gauge(name, None, (*help).into());
                }
                recorder.register_gauge(&key, &METADATA).set(as_f64(value));
            }
            Kind::Histogram => unreachable!("a distribution is not one number"),
        }
    }

    /// A sample that may be no whole number.
    pub(super) fn real(&mut self, labels: &[&str], value: f64) {
        self.line("", labels, None, value);
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

    fn line(
        &mut self,
        suffix: &str,
        labels: &[&str],
        bound: Option<&str>,
        value: impl std::fmt::Display,
    ) {
        let Metric { name, kind, labels: names, help, .. } = self.metric;
        assert_eq!(names.len(), labels.len(), "the labels of {name}");
        let text = &mut self.page.text;
        if std::mem::take(&mut self.is_empty) {
            let kind = kind.name();
            write_to(text, format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        }
        text.push_str(name);
        text.push_str(suffix);
        let pairs = names.iter().copied().zip(labels.iter().copied());
        let mut before = '{';
        for (label, value) in pairs.chain(bound.map(|bound| ("le", bound))) {
            text.push(before);
            before = ',';
            write_to(text, format_args!("{label}=\""));
            push_escaped(text, value);
            text.push('"');
        }
        if before == ',' {
            text.push('}');
        }
        write_to(text, format_args!(" {value}\n"));
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

static METADATA: Metadata<'static> = Metadata::new("hearth", Level::INFO, None);

#[cfg(test)]
mod tests {
    use super::super::catalogue::{CAPACITY, CONNECTIONS, DISK, DURATION, REFUSED};
    use super::super::histogram::DURATIONS;
    use super::*;

    #[test]
    fn a_family_has_one_head_and_all_of_its_samples() {
        let mut page = Page::new();

        let mut family = page.family(&REFUSED);
        family.whole(&["busy"], 3);
        family.whole(&["too_long"], 4);
        page.single(&CONNECTIONS, 7);
        page.family(&DISK);

        let text = page.into_text();
        let refused = "# HELP hearth_requests_refused_total Requests refused before they reached the tables.\n\
             # TYPE hearth_requests_refused_total counter\n\
             hearth_requests_refused_total{reason=\"";
        assert_eq!(text.matches(refused).count(), 1, "{text}");
        for line in [
            "hearth_requests_refused_total{reason=\"busy\"} 3\n",
            "hearth_requests_refused_total{reason=\"too_long\"} 4\n",
            "# TYPE hearth_connections gauge\nhearth_connections 7\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.contains("hearth_disk_bytes"), "a family without a sample: {text}");
    }

    #[test]
    fn a_label_stays_within_its_quotes() {
        let mut page = Page::new();

        page.family(&REFUSED).whole(&["a \"b\""], 1);
        page.family(&CAPACITY).real(&["a \"b\"\\\n", "read"], 0.5);

        let text = page.into_text();
        for line in [
            "hearth_requests_refused_total{reason=\"a \\\"b\\\"\"} 1\n",
            "{table=\"a \\\"b\\\"\\\\\\n\",kind=\"read\"} 0.5\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }

    #[test]
    fn a_histogram_ends_with_everything_its_sum_and_its_count() {
        let mut page = Page::new();
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
