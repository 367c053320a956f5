//! Every alert leads to a paragraph that says what to do, with commands that are there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::rules::alerts;
use crate::support::Launch;
use crate::{grafana, text};

#[test]
fn every_alert_has_a_severity_a_summary_and_a_runbook() {
    let written = text(&grafana("rules/alerts.yml"));
    let runbooks = text(&runbooks());

    for alert in alerts() {
        let rule = written.split("- alert: ").find(|rule| rule.lines().next() == Some(&alert));
        let rule = rule.expect("it was found there");
        let has = |line: &str| rule.lines().any(|one| one.trim().starts_with(line));
        assert!(has("severity: critical") || has("severity: warning"), "{alert}: severity");
        assert!(has("summary: ") && has("description: "), "{alert}: says nothing");
        let address = format!("docs/runbooks.md#{}", alert.to_lowercase());
        assert!(has(&format!("runbook_url: {address}")), "{alert}: {address}");
        assert!(runbooks.contains(&format!("\n## {alert}\n")), "no runbook of {alert}");
    }
    let headings = runbooks.lines().filter_map(|line| line.strip_prefix("## Hearth"));
    for heading in headings {
        assert!(alerts().contains(&format!("Hearth{heading}")), "no alert Hearth{heading}");
    }
}

#[test]
fn the_commands_of_the_runbooks_are_there() {
    let runbooks = text(&runbooks());
    let commands: BTreeSet<Vec<&str>> = runbooks
        .split(['`', '\n'])
        .filter_map(|code| code.trim().strip_prefix("hearth "))
        .map(|rest| {
            let words = rest.split(' ').take_while(|word| {
                word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
            });
            let levels = if rest.starts_with("cache ") { 2 } else { 1 };
            words.take(levels).collect()
        })
        .collect();

    assert!(commands.len() > 5, "the commands were found: {commands:?}");
    for command in commands {
        let shown = Launch::with(&[&command[..], &["--help"]].concat()).run();
        assert!(shown.status.success(), "hearth {command:?}: {}", shown.stderr);
    }
}

fn runbooks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/runbooks.md")
}
