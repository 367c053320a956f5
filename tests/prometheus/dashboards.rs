//! The dashboards as files: what Grafana and a reader need of them.
//!
//! Must hold: the committed JSON is what `grafana/source` writes.
//! Not here: whether their queries have answers (`panels.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::scratch;
use crate::{grafana, text};

/// One dashboard.
pub(crate) struct Dashboard {
    pub(crate) name: String,
    json: Value,
}

/// A panel that shows something; headings do not.
pub(crate) struct Panel<'a>(&'a Value);

/// What a panel asks.
pub(crate) struct Target<'a>(&'a Value);

/// All of them, by name.
pub(crate) fn all() -> Vec<Dashboard> {
    let mut paths: Vec<_> = fs::read_dir(grafana("dashboards"))
        .expect("a directory of dashboards")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| Dashboard {
        name: path.file_stem().and_then(|stem| stem.to_str()).expect("plain names").to_owned(),
        json: serde_json::from_str(&text(path)).expect("a dashboard is JSON"),
    };
    paths.iter().map(read).collect()
}

impl Dashboard {
    pub(crate) fn panels(&self) -> impl Iterator<Item = Panel<'_>> {
        self.everything().filter(|panel| panel["type"] != "row").map(Panel)
    }

    fn everything(&self) -> impl Iterator<Item = &Value> {
        self.json["panels"].as_array().expect("a dashboard has panels").iter()
    }

    fn variables(&self) -> Vec<&str> {
        let list = self.json["templating"]["list"].as_array().expect("a list of variables");
        list.iter().filter_map(|variable| variable["name"].as_str()).collect()
    }
}

impl<'a> Panel<'a> {
    pub(crate) fn title(&self) -> &'a str {
        self.0["title"].as_str().unwrap_or_default()
    }

    pub(crate) fn targets(&self) -> impl Iterator<Item = Target<'a>> {
        self.0["targets"].as_array().expect("a panel has targets").iter().map(Target)
    }
}

impl<'a> Target<'a> {
    pub(crate) fn expression(&self) -> &'a str {
        self.0["expr"].as_str().unwrap_or_default()
    }

    pub(crate) fn legend(&self) -> &'a str {
        self.0["legendFormat"].as_str().unwrap_or_default()
    }
}

#[test]
fn the_committed_dashboards_are_what_their_source_writes() {
    let written = scratch();
    let made = Command::new("python3").arg(grafana("source")).arg(written.path()).status();
    assert!(made.expect("there is python3").success());

    let names = |directory| {
        let entries = fs::read_dir(directory).expect("a directory of dashboards");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        names.collect::<BTreeSet<_>>()
    };
    assert_eq!(names(written.path().to_owned()), names(grafana("dashboards")));
    for name in names(grafana("dashboards")) {
        let fresh = text(&written.path().join(&name));
        let committed = text(&grafana("dashboards").join(&name));
        assert!(fresh == committed, "{}: run python3 grafana/source", name.display());
    }
}

#[test]
fn the_six_have_addresses_that_stay() {
    let dashboards = all();

    let uids: Vec<_> = dashboards.iter().map(|dashboard| &dashboard.json["uid"]).collect();
    assert_eq!(
        uids,
        [
            "hearth-cache",
            "hearth-engine",
            "hearth-overview",
            "hearth-process",
            "hearth-tables",
            "hearth-upstream"
        ]
    );
    for dashboard in &dashboards {
        assert_eq!(dashboard.json["uid"], dashboard.name.as_str(), "the file is named by its uid");
        assert_eq!(dashboard.json["tags"], serde_json::json!(["hearth"]));
    }
    let titles: BTreeSet<_> = dashboards.iter().map(|each| each.json["title"].as_str()).collect();
    assert_eq!(titles.len(), dashboards.len(), "titles are their own: {titles:?}");
}

#[test]
fn every_panel_has_a_place_a_name_and_an_id_of_its_own() {
    for dashboard in all() {
        let name = &dashboard.name;
        let mut ids = BTreeSet::new();
        let mut titles = BTreeSet::new();
        let mut taken = BTreeMap::new();
        for panel in dashboard.everything() {
            let title = panel["title"].as_str().filter(|title| !title.is_empty());
            let title = title.unwrap_or_else(|| panic!("{name}: a panel without a title"));
            assert!(ids.insert(panel["id"].as_u64()), "{name}: the id of {title} is taken");
            if panel["type"] != "row" {
                assert!(titles.insert(title), "{name}: two panels are {title}");
            }
            let at = |edge: &str| {
                let edge = panel["gridPos"][edge].as_u64();
                edge.unwrap_or_else(|| panic!("{name}: {title} has no place"))
            };
            let (x, y, w, h) = (at("x"), at("y"), at("w"), at("h"));
            assert!(w > 0 && h > 0 && x + w <= 24, "{name}: {title} is outside of the 24 columns");
            for cell in (y..y + h).flat_map(|row| (x..x + w).map(move |column| (column, row))) {
                let other = taken.insert(cell, title);
                assert_eq!(other, None, "{name}: {title} lies on another panel");
            }
        }
    }
}

#[test]
fn every_panel_says_what_it_shows_and_in_which_unit() {
    for dashboard in all() {
        for panel in dashboard.panels() {
            let at = format!("{}: {}", dashboard.name, panel.title());
            let description = panel.0["description"].as_str().unwrap_or_default();
            assert!(description.ends_with('.'), "{at} has no sentence about itself");
            let unit = panel.0["fieldConfig"]["defaults"]["unit"].as_str().unwrap_or_default();
            assert!(UNITS.contains(&unit), "{at}: unit {unit:?}");
            assert!(KINDS.iter().any(|kind| panel.0["type"] == *kind), "{at}: {}", panel.0["type"]);
            assert_eq!(panel.0["datasource"]["uid"], "${datasource}", "{at}");
            let mut refs = BTreeSet::new();
            for target in panel.targets() {
                assert_eq!(target.0["datasource"]["uid"], "${datasource}", "{at}");
                assert!(!target.expression().is_empty(), "{at} asks nothing");
                assert!(!target.legend().is_empty(), "{at} has a line without a name");
                assert!(refs.insert(target.0["refId"].as_str()), "{at}: two queries of one name");
            }
            assert!(!refs.is_empty(), "{at} asks nothing");
        }
    }
}

#[test]
fn variables_are_used_where_they_are_offered_and_offered_where_they_are_used() {
    for dashboard in all() {
        let name = &dashboard.name;
        let panels = dashboard.json["panels"].to_string();
        let offered = dashboard.variables();
        assert_eq!(offered.first(), Some(&"datasource"), "{name}");
        for variable in ["instance", "table", "operation"] {
            let is_used = panels.contains(&format!("${variable}"));
            assert_eq!(is_used, offered.contains(&variable), "{name}: ${variable}");
        }
        for variable in dashboard.json["templating"]["list"].as_array().expect("a list") {
            let is_source = variable["type"] == "datasource";
            let has_source = variable["datasource"]["uid"] == "${datasource}";
            assert!(is_source || has_source, "{name}: {}", variable["name"]);
        }
    }
}

/// Those of Grafana's units that ours are in; a typo is shown as a suffix there.
const UNITS: &[&str] =
    &["none", "short", "s", "bytes", "Bps", "percentunit", "reqps", "ops", "wps", "cps"];

/// Those of Grafana's panels that we use.
const KINDS: &[&str] = &["stat", "timeseries", "heatmap", "table"];
