//! Every panel and every rule has an answer while a server is busy.
//!
//! Must hold: a panel about what never happened shows 0, so an empty panel is a fault.
//! Not here: the rules' own tests (`rules.rs`).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::dashboards;
use crate::load::Load;
use crate::prometheus::{Prometheus, Sample};
use crate::promql;
use crate::support::{Connection, Deadline, PATIENCE, wait_until};
use crate::upstream::{self, Upstream};

/// A query and what it is for.
struct Asked {
    by: String,
    query: String,
    labels: Vec<String>,
}

#[test]
fn every_panel_and_every_rule_has_an_answer_under_load() {
    let load = Load::start();
    let upstream = Upstream::start();
    let prometheus = Prometheus::watching(&[load.server().admin(), upstream.address()]);
    wait_until("every rule to be evaluated", || {
        let rules = prometheus.rules();
        let evaluated = |rule: &Value| rule["health"] == "ok";
        (!rules.is_empty() && rules.iter().all(evaluated)).then_some(())
    });
    let mut asked = of_panels();
    asked.extend(of_rules(&prometheus.rules()));

    let empty = ask_until_answered(&prometheus, asked);

    assert!(empty.is_empty(), "without an answer:\n{}", empty.join("\n"));
}

#[test]
fn every_metric_is_on_a_panel_and_every_panel_s_metric_is_there() {
    let load = Load::start();
    let recorded = crate::rules::recorded();
    let mut shown = BTreeSet::new();
    for (by, query) in crate::rules::expressions() {
        shown.extend(promql::metrics(&query).into_iter().map(|name| (by.clone(), name)));
    }
    for dashboard in dashboards::all() {
        for panel in dashboard.panels() {
            let at = format!("{} / {}", dashboard.name, panel.title());
            for target in panel.targets() {
                let names = promql::metrics(target.expression());
                shown.extend(names.into_iter().map(|name| (at.clone(), name)));
            }
        }
    }

    let catalogue_of_upstreams = catalogue(&upstream::page());
    // Some come with the first write or the first audit.
    let known = |catalogue: &BTreeSet<String>, name: &str| {
        recorded.contains(name) || catalogue.contains(name) || catalogue.contains(base(name))
    };
    let deadline = Deadline::after(PATIENCE);
    let (catalogue, unknown) = loop {
        let mut catalogue = catalogue(&page(&load));
        catalogue.extend(catalogue_of_upstreams.iter().cloned());
        let unknown: Vec<_> = shown.iter().filter(|(_, name)| !known(&catalogue, name)).collect();
        if unknown.is_empty() || deadline.passed() {
            break (catalogue, format!("{unknown:#?}"));
        }
    };
    assert_eq!(unknown, "[]", "no such metric on the page");
    let names: BTreeSet<&str> =
        shown.iter().flat_map(|(_, name)| [name.as_str(), base(name)]).collect();
    let forgotten: Vec<_> =
        catalogue.iter().filter(|name| !names.contains(name.as_str())).collect();
    assert!(forgotten.is_empty(), "on no panel (grafana/source): {forgotten:#?}");
}

/// The page of metrics.
pub(crate) fn page(load: &Load) -> String {
    let mut connection = Connection::open(load.server().admin()).expect("it is up");
    connection.get("/metrics").expect("it answers").text()
}

/// The histogram that a series belongs to; other names stay.
fn base(name: &str) -> &str {
    let mut parts = ["_bucket", "_sum", "_count"].iter();
    parts.find_map(|part| name.strip_suffix(part)).unwrap_or(name)
}

/// The names that a page declares.
fn catalogue(page: &str) -> BTreeSet<String> {
    let declared = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    declared.filter_map(|rest| rest.split(' ').next()).map(str::to_owned).collect()
}

fn of_panels() -> Vec<Asked> {
    let mut asked = Vec::new();
    for dashboard in dashboards::all() {
        for panel in dashboard.panels() {
            for target in panel.targets() {
                let labels = promql::legend_labels(target.legend());
                asked.push(Asked {
                    by: format!("{} / {} / {}", dashboard.name, panel.title(), target.legend()),
                    query: promql::with_all_chosen(target.expression()),
                    labels: labels.into_iter().map(str::to_owned).collect(),
                });
            }
        }
    }
    assert!(asked.len() > 100, "the panels were found");
    asked
}

fn of_rules(rules: &[Value]) -> Vec<Asked> {
    let text = |rule: &Value, member: &str| rule[member].as_str().unwrap_or_default().to_owned();
    let asked = |rule: &Value| {
        let (name, query) = (text(rule, "name"), text(rule, "query"));
        // Of a recording rule, what was recorded.
        let is_alert = rule["type"] == "alerting";
        let query = if is_alert { promql::unfiltered(&query) } else { name.clone() };
        Asked { by: format!("rule {name}"), query, labels: Vec::new() }
    };
    rules.iter().map(asked).collect()
}

/// Asks again and again until everything had an answer; says what had none within the limit.
fn ask_until_answered(prometheus: &Prometheus, mut asked: Vec<Asked>) -> Vec<String> {
    let deadline = Deadline::after(PATIENCE);
    loop {
        let mut faults = Vec::new();
        asked.retain(|one| match prometheus.query(&one.query) {
            Ok(samples) if is_answer(one, &samples) => {
                print!("{}", rendered(one, &samples));
                false
            }
            Ok(samples) => {
                faults.push(format!("{}: {}\n  {samples:?}", one.by, one.query));
                true
            }
            Err(error) => {
                faults.push(format!("{}: {}\n  {error}", one.by, one.query));
                true
            }
        });
        if asked.is_empty() || deadline.passed() {
            return faults;
        }
    }
}

/// Whether a series has a number, and each the labels that its legend shows.
fn is_answer(asked: &Asked, samples: &[Sample]) -> bool {
    let has_all = |sample: &Sample| asked.labels.iter().all(|label| sample.has(label));
    samples.iter().any(|sample| sample.value.is_finite()) && samples.iter().all(has_all)
}

/// A panel as a test can draw it.
fn rendered(asked: &Asked, samples: &[Sample]) -> String {
    let mut text = format!("{}: {} series\n", asked.by, samples.len());
    for sample in samples {
        writeln!(text, "    {} {}", sample.series(), sample.value).expect("a text takes all");
    }
    text
}
