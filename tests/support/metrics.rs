//! One reading of the admin port's `/metrics`.
//!
//! Must hold: a label's value holds neither a quote nor a comma; ours are names of closed sets and
//! tables.

use std::net::SocketAddr;

use super::Connection;

/// The samples of one reading.
pub(crate) struct Scrape(String);

impl Scrape {
    /// Reads the metrics of the server whose admin port this is.
    pub(crate) fn of(admin: SocketAddr) -> Self {
        let mut connection = Connection::open(admin).expect("the admin port accepts connections");
        let response = connection.get("/metrics").expect("the admin port answers");
        assert_eq!(response.status, 200, "/metrics: {}", response.text());
        Self(response.text())
    }

    /// The sum of a metric's samples that carry all these labels, zero if there is none.
    pub(crate) fn sum(&self, metric: &str, labels: &[(&str, &str)]) -> u64 {
        let whole = |value: &str| value.split('.').next().unwrap_or(value).parse::<u64>().ok();
        self.samples(metric, labels).filter_map(whole).sum()
    }

    fn samples(&self, metric: &str, labels: &[(&str, &str)]) -> impl Iterator<Item = &str> {
        self.0.lines().filter_map(move |line| sample(line, metric, labels))
    }
}

/// The value of a line if it is a sample of that metric with those labels.
fn sample<'a>(line: &'a str, metric: &str, labels: &[(&str, &str)]) -> Option<&'a str> {
    let (series, value) = line.rsplit_once(' ')?;
    let (name, found) = series.split_once('{').unwrap_or((series, ""));
    let carries = |(label, value): &(&str, &str)| {
        let wanted = format!("{label}=\"{value}\"");
        found.trim_end_matches('}').split(',').any(|pair| pair == wanted)
    };
    if name != metric || !labels.iter().all(carries) {
        return None;
    }
    Some(value)
}
