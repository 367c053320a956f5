//! Tests of what is counted and shown.

use std::collections::{HashMap, HashSet};

use super::*;

fn has(page: &str, line: &str) -> bool {
    page.lines().any(|found| found == line)
}

#[test]
fn tables_beyond_the_limit_share_a_label() {
    let metrics = Metrics::new(Options { tables_max: 1, tables: vec!["vip".into()] });

    for name in ["a", "b", "vip", "c"] {
        metrics.table(name).cache_lookup(CacheResult::Hit);
    }

    let page = metrics.render();
    for label in ["table=\"a\"", "table=\"vip\"", "table=\"other\""] {
        assert!(page.contains(label), "{label} in {page}");
    }
    assert!(!page.contains("table=\"c\""), "{page}");
}

#[test]
fn tables_that_share_a_label_are_shown_as_one() {
    let metrics = Metrics::new(Options::default());
    let size = |label: &str, items, bytes| TableSize { label: label.into(), items, bytes };

    metrics.show_tables(vec![size("other", 2, 30), size("own", 5, 50), size("other", 1, 7)]);
    let page = metrics.render();
    metrics.show_tables(Vec::new());

    assert!(has(&page, "hearth_table_items{table=\"other\"} 3"), "{page}");
    assert!(has(&page, "hearth_table_bytes{table=\"other\"} 37"), "{page}");
    assert!(has(&page, "hearth_table_items{table=\"own\"} 5"), "{page}");
    assert!(!metrics.render().contains("hearth_table_items"), "the tables are gone");
}

#[test]
fn requests_are_shown_once_they_were_counted() {
    let metrics = Metrics::new(Options::default());
    let table = metrics.table("t");
    assert!(!metrics.render().contains("hearth_requests_total"));

    metrics.count(&table, Protocol::Http, (3, "GetItem"), Outcome::Ok);
    metrics.count(&table, Protocol::Http, (3, "GetItem"), Outcome::Throttled);
    metrics.count(&table, Protocol::Http, (3, "GetItem"), Outcome::Ok);
    metrics.took(3, Source::Cache, Duration::from_micros(70));
    table.returned(3, 2);
    table.consumed(Capacity::Read, 3);
    table.condition_failed();

    let page = metrics.render();
    for line in [
        "hearth_requests_total{operation=\"GetItem\",table=\"t\",protocol=\"http\",outcome=\"ok\"} 2",
        "hearth_requests_total{operation=\"GetItem\",table=\"t\",protocol=\"http\",outcome=\"throttled\"} 1",
        "hearth_requests_total{operation=\"GetItem\",table=\"t\",protocol=\"http\",outcome=\"server_error\"} 0",
        "hearth_request_duration_seconds_bucket{operation=\"GetItem\",source=\"cache\",le=\"0.0001\"} 1",
        "hearth_items_returned_total{operation=\"GetItem\",table=\"t\"} 2",
        "hearth_consumed_capacity_units_total{table=\"t\",kind=\"read\"} 1.5",
        "hearth_conditional_check_failures_total{table=\"t\"} 1",
    ] {
        assert!(has(&page, line), "{line} in {page}");
    }
}

#[test]
fn every_label_is_shown_where_its_variant_counts() {
    let metrics = Metrics::new(Options::default());
    let refusals = [
        (Refused::Signature, "signature"),
        (Refused::ClockSkew, "clock_skew"),
        (Refused::Malformed, "malformed"),
        (Refused::TooLong, "too_long"),
        (Refused::Envelope, "envelope"),
        (Refused::Busy, "busy"),
    ];
    for (place, (reason, label)) in refusals.into_iter().enumerate() {
        (0..=place).for_each(|_| metrics.refuse(reason));
        let line = format!("hearth_requests_refused_total{{reason=\"{label}\"}} {}", place + 1);
        assert!(has(&metrics.render(), &line), "{line}");
    }
    let states = [
        (EngineState::Running, "running", 1),
        (EngineState::ReserveLow, "reserve_low", 0),
        (EngineState::DiskFull, "disk_full", 0),
        (EngineState::SyncFailed, "sync_failed", 0),
    ];
    for (state, label, writable) in states {
        metrics.show_engine(state);
        let page = metrics.render();
        let of_states = page.lines().filter(|line| line.starts_with("hearth_engine_state{"));
        let on: Vec<&str> = of_states.filter(|line| line.ends_with(" 1")).collect();
        assert_eq!(on, [format!("hearth_engine_state{{state=\"{label}\"}} 1")]);
        assert!(has(&page, &format!("hearth_engine_writable {writable}")));
    }
}

#[test]
fn a_divergence_is_a_comparison_that_came_to_nothing_good() {
    let metrics = Metrics::new(Options::default());

    metrics.audited(CacheKind::Query, AuditResult::Diverged);
    metrics.audited(CacheKind::Query, AuditResult::Equal);

    let page = metrics.render();
    assert!(has(&page, "hearth_cache_divergence_total{cache=\"query\"} 1"), "{page}");
    assert!(has(&page, "hearth_cache_divergence_total{cache=\"item\"} 0"), "{page}");
    assert!(has(&page, "hearth_cache_audits_total{cache=\"query\",result=\"equal\"} 1"), "{page}");
}

#[test]
fn what_a_cache_tells_is_shown_under_its_name() {
    let metrics = Metrics::new(Options::default());
    let counts = CacheCounts::default();
    counts.filled.add(1);
    counts.refused.add(2);
    counts.evictions.add(3);
    counts.expirations.add(4);
    counts.invalidations.add(5);

    metrics.show_cache(CacheKind::Item, counts.figures(6, 7, 8));

    let page = metrics.render();
    for line in [
        "hearth_cache_fills_total{cache=\"item\",result=\"filled\"} 1",
        "hearth_cache_fills_total{cache=\"item\",result=\"refused\"} 2",
        "hearth_cache_evictions_total{cache=\"item\"} 3",
        "hearth_cache_expirations_total{cache=\"item\"} 4",
        "hearth_cache_invalidations_total{cache=\"item\"} 5",
        "hearth_cache_entries{cache=\"item\"} 6",
        "hearth_cache_bytes{cache=\"item\"} 7",
        "hearth_cache_limit_bytes{cache=\"item\"} 8",
        "hearth_cache_entries{cache=\"query\"} 0",
    ] {
        assert!(has(&page, line), "{line} in {page}");
    }
}

#[test]
fn a_page_shows_what_is_in_the_catalogue_and_each_family_once() {
    let metrics = Metrics::new(Options::default());
    let table = metrics.table("t");
    metrics.count(&table, Protocol::Dax, (0, "GetItem"), Outcome::Ok);
    metrics.took(0, Source::Engine, Duration::ZERO);
    table.returned(0, 1);
    metrics.show_tables(vec![TableSize { label: "t".into(), items: 1, bytes: 1 }]);
    metrics.show_upstream();
    metrics.upstream.ended("GetItem", UpstreamOutcome::Ok, Duration::ZERO);
    let followed = metrics.upstream.follow(table);
    followed.lags(Some(Duration::ZERO));
    followed.has_seen(Some(1));

    let page = metrics.render();

    let kinds: HashMap<&str, &str> =
        CATALOGUE.iter().map(|metric| (metric.name, metric.kind.name())).collect();
    let mut seen = HashSet::new();
    let mut family = "";
    for line in page.lines().filter(|line| !line.is_empty()) {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split(' ').next().unwrap_or_default();
            assert!(kinds.contains_key(family), "{family}");
            assert!(seen.insert(family), "{family} twice");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            assert_eq!(kind, format!("{family} {}", kinds[family]));
        } else {
            assert!(line.starts_with(family), "{line} below {family}");
        }
    }
    let missing: Vec<&&str> = kinds.keys().filter(|name| !seen.contains(**name)).collect();
    assert!(missing.is_empty(), "{missing:?} are not shown");
}
