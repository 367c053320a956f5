//! What `promtool` says of the page, the configuration and the rules, and that every alert has a
//! test of both kinds.
//!
//! Not here: what the rules say under load (`panels.rs`), where runbooks are (`runbooks.rs`).

use std::collections::BTreeSet;
use std::ffi::OsStr;

use crate::load::Load;
use crate::prometheus::promtool;
use crate::{grafana, panels, text};

#[test]
fn promtool_has_nothing_against_the_page_of_a_busy_server() {
    let load = Load::start();

    promtool(&["check".as_ref(), "metrics".as_ref()], &panels::page(&load));
}

#[test]
fn promtool_accepts_the_configuration_and_the_rules() {
    let configuration = grafana("prometheus.yml");
    let rules = ["recording.yml", "alerts.yml"].map(|file| grafana("rules").join(file));

    promtool(&["check".as_ref(), "config".as_ref(), configuration.as_os_str()], "");
    let [recording, alerts] = &rules;
    let arguments: [&OsStr; 4] =
        ["check".as_ref(), "rules".as_ref(), recording.as_ref(), alerts.as_ref()];
    promtool(&arguments, "");
}

#[test]
fn the_rules_pass_their_tests() {
    let tests = grafana("rules/tests.yml");

    promtool(&["test".as_ref(), "rules".as_ref(), tests.as_os_str()], "");
}

#[test]
fn every_alert_is_tested_where_it_fires_and_where_it_does_not() {
    let tests = text(&grafana("rules/tests.yml"));

    for alert in alerts() {
        let silent = tests.lines().any(|line| {
            line.contains(&format!("alertname: {alert},")) && line.contains("exp_alerts: []")
        });
        let fires = tests.lines().any(|line| line.trim() == format!("- alertname: {alert}"));
        assert!(silent && fires, "{alert}: silent {silent}, fires {fires}");
    }
}

/// The names of all alerts.
pub(crate) fn alerts() -> Vec<String> {
    let text = text(&grafana("rules/alerts.yml"));
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    let names: Vec<String> = names.map(str::to_owned).collect();
    assert!(names.len() > 10, "the alerts were found");
    names
}

/// The names of what is recorded.
pub(crate) fn recorded() -> BTreeSet<String> {
    let text = text(&grafana("rules/recording.yml"));
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("- record: "));
    names.map(str::to_owned).collect()
}

/// Each rule's name and what else is written of it, its expression included.
pub(crate) fn expressions() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (file, mark) in [("recording.yml", "- record: "), ("alerts.yml", "- alert: ")] {
        let text = text(&grafana("rules").join(file));
        for rule in text.split(mark).skip(1) {
            let name = rule.lines().next().unwrap_or_default().to_owned();
            let expression = rule.split("expr:").nth(1).unwrap_or_default();
            let ends = ["\n        for:", "\n        labels:", "\n  - name:"];
            let end = ends.iter().filter_map(|end| expression.find(end)).min();
            all.push((name, expression[..end.unwrap_or(expression.len())].to_owned()));
        }
    }
    all
}
