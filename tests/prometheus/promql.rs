//! Queries as text: made quick for a test, freed of what filters, and taken apart into names.
//!
//! Not here: what a query means; Prometheus knows.

use std::collections::BTreeSet;

/// The same rules or query, looking back some seconds where they look back minutes or hours.
pub(crate) fn hurried(text: &str) -> String {
    let text = with_each(text, "[", "]", |range| {
        let is_range = range.ends_with(['s', 'm', 'h']) || range == "$__rate_interval";
        is_range.then(|| RANGE.to_owned())
    });
    // An offset ends with its digits' unit, before a space or a bracket.
    let mut parts = text.split("offset ");
    let mut hurried = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        hurried.extend(["offset ", OFFSET, &rest[1..]]);
    }
    hurried
}

/// A panel's query with all of its variables standing for everything.
pub(crate) fn with_all_chosen(query: &str) -> String {
    let names = ["$instance", "$table", "$operation"];
    names.iter().fold(hurried(query), |query, name| query.replace(name, ".*"))
}

/// An alert's expression that says 0 or 1 instead of leaving out what does not fire.
pub(crate) fn unfiltered(expression: &str) -> String {
    let comparisons = ["==", "!=", ">=", "<=", ">", "<"];
    let words: Vec<String> = expression
        .split(' ')
        .map(|word| {
            let suffix = if comparisons.contains(&word) { " bool" } else { "" };
            format!("{word}{suffix}")
        })
        .collect();
    words.join(" ")
}

/// The names of hearth's metrics and of recorded ones in a query.
pub(crate) fn metrics(query: &str) -> BTreeSet<String> {
    let outside_of_quotes: Vec<&str> = query.split('"').step_by(2).collect();
    let in_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let joined = outside_of_quotes.join("\"");
    let words = joined.split(|c: char| !in_a_name(c));
    let is_ours = |word: &&str| {
        word.starts_with("hearth_") || word.starts_with("process_") || word.contains(':')
    };
    words.filter(is_ours).map(str::to_owned).collect()
}

/// The labels that a legend such as `{{table}} hits` shows.
pub(crate) fn legend_labels(legend: &str) -> Vec<&str> {
    let labels = legend.split("{{").skip(1);
    labels.filter_map(|rest| rest.split("}}").next()).collect()
}

/// Replaces what stands between two marks where `change` has something for it.
fn with_each(
    text: &str,
    open: &str,
    close: &str,
    change: impl Fn(&str) -> Option<String>,
) -> String {
    let mut parts = text.split(open);
    let mut changed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inside, rest) = part.split_once(close).unwrap_or((part, ""));
        let replacement = change(inside);
        let closing = if part.contains(close) { close } else { "" };
        changed.extend([open, replacement.as_deref().unwrap_or(inside), closing, rest]);
    }
    changed
}

/// Eight scrapes of the test, so that a busy machine may miss some.
const RANGE: &str = "4s";
const OFFSET: &str = "1s";

#[test]
fn ranges_and_offsets_are_hurried_and_nothing_else() {
    let rules =
        "expr: rate(a[5m]) / b[1h] offset 15m) and c offset 1h\ntargets: [\"a:1\"]\nfor: 10m";

    assert_eq!(
        hurried(rules),
        "expr: rate(a[4s]) / b[4s] offset 1s) and c offset 1s\ntargets: [\"a:1\"]\nfor: 10m"
    );
    assert_eq!(hurried("rate(a[$__rate_interval])"), "rate(a[4s])");
}

#[test]
fn names_are_found_outside_of_quotes() {
    let query = r#"up{job="hearth_x"} / sum by (le) (rate(hearth_a_total{b="c"}[4s])) + x:y:z"#;

    let found: Vec<String> = metrics(query).into_iter().collect();

    assert_eq!(found, ["hearth_a_total", "x:y:z"]);
    assert_eq!(legend_labels("{{cache}} of {{table}}"), ["cache", "table"]);
    assert_eq!(unfiltered("a{b!=\"c\"} > 2 and d <= 3"), "a{b!=\"c\"} > bool 2 and d <= bool 3");
}
