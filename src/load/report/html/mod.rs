//! The report as one page that needs nothing else: no script, no font, no image from elsewhere.
//!
//! It is HTML that an XML parser takes, too.
//!
//! Must hold: the page asks nobody for anything, which its own policy forbids besides; every text
//! from outside is escaped.
//! Not here: the figures (`figures.rs`).

mod chart;
mod escape;
mod plots;
mod scale;

use std::fmt::Write as _;

use self::escape::Text;
use super::figures::{self, PERCENTILES, Row, Share, remarks, rows, run_row};
use super::{Report, text, units};
use crate::load::ServerView;

/// The page.
pub fn of(report: &Report) -> String {
    let name = Text(&report.settings.workload);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <title>{name} · hearth load</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{name}</h1>\n<p class=\"soft\">{}</p>\n",
        Text(&figures::headline(report))
    );
    let run = run_row(&report.measured);
    page.push_str(&cards(report, &run));
    for remark in remarks(report) {
        let _ = writeln!(page, "<p class=\"note\" role=\"note\">{}</p>", Text(&remark));
    }
    page.push_str(&table(report));
    page.push_str("<h2>Plots</h2>\n<div class=\"plots\">\n");
    for plot in [plots::percentiles, plots::latency, plots::hit_rate, plots::rate] {
        page.push_str(&plot(report).figure());
    }
    page.push_str("</div>\n");
    page.push_str(&errors(report));
    page.push_str(&facts(report));
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// What one would ask first.
fn cards(report: &Report, run: &Row) -> String {
    let latency = |share| run.at(share).map_or_else(|| "-".to_owned(), units::latency);
    let achieved = figures::per_second(run.latencies.len(), &report.measured);
    let server = match &report.measured.server {
        ServerView::NotAsked => "the server was not asked".to_owned(),
        ServerView::Silent { why } => format!("the server did not tell: {why}"),
        &ServerView::Counted { lookups, hits } => {
            format!("{} as the server counted", Share { part: hits, of: lookups }.text())
        }
    };
    let Share { part, .. } = run.errors();
    let cards = [
        ("rate", format!("{}/s", units::rate(achieved)), report.settings.pace.label()),
        ("median latency", latency(0.5), "half of the answers in this time".to_owned()),
        ("p99 latency", latency(0.99), format!("p99.9 {}", latency(0.999))),
        ("hit rate", run.reads.text(), server),
        (
            "not answered",
            units::count(part),
            format!("{} of {}", run.errors().text(), units::count(run.ended)),
        ),
    ];
    let mut out = "<dl class=\"cards\">\n".to_owned();
    for (name, value, note) in cards {
        let (value, note) = (Text(&value), Text(&note));
        let _ = writeln!(out, "<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>");
    }
    out.push_str("</dl>\n");
    out
}

fn table(report: &Report) -> String {
    let mut out = "<h2>By operation and source</h2>\n<div class=\"wide\" tabindex=\"0\" \
                   role=\"region\" aria-label=\"Table by operation and source\">\n<table>\n\
                   <thead><tr>"
        .to_owned();
    for heading in text::headings() {
        let _ = write!(out, "<th scope=\"col\">{heading}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows(&report.measured) {
        let cells = text::cells(&row, report);
        let class = if row.scope.source() == "all" { " class=\"sum\"" } else { "" };
        let _ = write!(out, "<tr{class}>");
        for (at, cell) in cells.iter().enumerate() {
            let cell = Text(cell);
            // Writing to a string cannot fail.
            let _ = match at {
                0 => write!(out, "<th scope=\"row\">{cell}</th>"),
                _ => write!(out, "<td>{cell}</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    let last = PERCENTILES[PERCENTILES.len() - 1].0;
    let _ = writeln!(
        out,
        "</tbody>\n</table>\n</div>\n<p class=\"soft\">p50 to {last}: the latency within which that \
         percentage of the answers came. cond. failed: conditions that did not hold, which are \
         answers. retries: attempts beyond the first.</p>"
    );
    out
}

fn errors(report: &Report) -> String {
    let errors = text::errors(report);
    if errors.is_empty() {
        return String::new();
    }
    let mut out = "<h2>Errors</h2>\n<dl class=\"facts\">\n".to_owned();
    for (code, met) in errors {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", Text(&code), Text(&met));
    }
    out.push_str("</dl>\n");
    out
}

/// What was asked for and where it ran.
fn facts(report: &Report) -> String {
    let Report { settings, environment, client, .. } = report;
    let busy = format!("{:.2} of {}", client.processors(), environment.cpus);
    let facts = [
        ("workload", settings.workload.clone()),
        ("target", settings.target.clone()),
        ("pace", settings.pace.label()),
        ("items", units::count(settings.items)),
        ("connections", units::count(settings.connections)),
        ("warm-up", units::span(settings.warm_up)),
        ("length asked", units::span(settings.length)),
        ("seed", settings.seed.to_string()),
        ("client", format!("hearth {} ({})", environment.version, environment.commit)),
        ("client's threads", units::count(settings.threads)),
        ("client's processors busy", busy),
        ("processor", format!("{} × {}", environment.cpus, environment.cpu)),
        ("system", environment.kernel.clone()),
        ("began", environment.date.clone()),
    ];
    let mut out = "<h2>Settings and environment</h2>\n<dl class=\"facts\">\n".to_owned();
    for (name, value) in facts {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", Text(name), Text(&value));
    }
    out.push_str("</dl>\n");
    out
}

const STYLE: &str = include_str!("page.css");

#[cfg(test)]
mod tests;
