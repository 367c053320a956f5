//! The checks, in their order.
//!
//!     address ─> tls ─> protocol ─┬─ http: clock ─> signature ─> tables ─┬─> table ─> read, write
//!                                 └─ dax: signature ─> endpoints ────────┘
//!
//! Not here: what a finding means (`words.rs`, `refusals.rs`).

use std::net::SocketAddr;

use super::chart::Chart;
use super::{Error, item, refusals, words};
use crate::clock::Clock;
use crate::load::probe::{Greeting, Probe, Refusal, TlsFault, Unreached};

/// Who asks what.
pub(super) struct Visit {
    pub(super) url: String,
    pub(super) access_key_id: String,
    pub(super) region: String,
    pub(super) table: Option<String>,
}

impl Visit {
    fn has_tls(&self) -> bool {
        self.url.starts_with("https:") || self.url.starts_with("daxs:")
    }
}

/// Makes all checks that make sense.
pub(super) async fn examine(
    probe: &mut Probe,
    visit: &Visit,
    chart: &mut Chart,
) -> Result<(), Error> {
    match probe.reach().await {
        Ok(address) => chart.well("address", &format!("{address} accepts connections"))?,
        Err(why) => return chart.ill("address", words::unreached(&why, &visit.url)),
    }
    if visit.has_tls() && !agrees(probe, visit, chart).await? {
        return Ok(());
    }
    match probe.greet().await {
        Greeting::DynamoDb { tables, unix_s } => {
            chart.well("protocol", "it answers as DynamoDB does")?;
            clock(unix_s, chart)?;
            if !is_signed(&tables, visit, chart)? {
                return Ok(());
            }
            listed(tables, visit, chart)?;
        }
        Greeting::Dax { nodes } => {
            chart.well("protocol", "it answers as DAX does")?;
            if !is_signed(&nodes, visit, chart)? {
                return Ok(());
            }
            endpoints(probe, nodes, visit, chart).await?;
        }
        Greeting::OtherHttp { status } => {
            return chart.ill("protocol", words::not_dynamodb(status));
        }
        Greeting::Other(voice) => {
            return chart.ill("protocol", words::other_protocol(voice, &visit.url));
        }
    }
    match &visit.table {
        Some(table) => item::try_item(probe, table, visit, chart).await,
        None => Chart::untried("item", "no read and no write was tried; name a table with --table"),
    }
}

async fn agrees(probe: &Probe, visit: &Visit, chart: &mut Chart) -> Result<bool, Error> {
    let why = match probe.agree().await {
        Ok(()) => {
            chart.well("tls", "the certificate is trusted, and is for this name")?;
            return Ok(true);
        }
        Err(why) => why,
    };
    let ill = match why {
        Unreached::Tls(TlsFault::NotTls) => words::no_tls(probe.plain_voice().await, &visit.url),
        Unreached::Tls(fault) => words::tls(&fault),
        why @ (Unreached::Refused | Unreached::Silent | Unreached::Other(_)) => {
            words::unreached(&why, &visit.url)
        }
    };
    chart.ill("tls", ill)?;
    Ok(false)
}

fn clock(unix_s: Option<u64>, chart: &mut Chart) -> Result<(), Error> {
    let Some(theirs) = unix_s else {
        return Chart::untried("clock", "the server does not say its time");
    };
    let ours = Clock::system().unix_ms() / 1_000;
    match words::skew(ours, theirs) {
        None => chart.well("clock", "this machine and the server agree on the time"),
        Some(ill) => chart.ill("clock", ill),
    }
}

/// Whether the signature was taken.
fn is_signed<T>(
    answer: &Result<T, Refusal>,
    visit: &Visit,
    chart: &mut Chart,
) -> Result<bool, Error> {
    let Visit { access_key_id, region, .. } = visit;
    if let Some(ill) = answer.as_ref().err().and_then(|refusal| refusals::signature(refusal, visit))
    {
        return chart.ill("signature", ill).map(|()| false);
    }
    let taken =
        format!("taken for {access_key_id} in {region} (a server without credentials takes any)");
    chart.well("signature", &taken).map(|()| true)
}

fn listed(
    tables: Result<Vec<String>, Refusal>,
    visit: &Visit,
    chart: &mut Chart,
) -> Result<(), Error> {
    match tables {
        Ok(tables) if tables.is_empty() => chart.well("tables", "there are none"),
        Ok(tables) => {
            let more = if tables.len() > SHOWN_MAX { ", …" } else { "" };
            let shown: Vec<&str> = tables.iter().take(SHOWN_MAX).map(String::as_str).collect();
            chart.well("tables", &format!("{}{more}", shown.join(", ")))
        }
        Err(refusal) => {
            chart.ill("tables", refusals::refused(&refusal, "the list of tables", visit))
        }
    }
}

async fn endpoints(
    probe: &Probe,
    nodes: Result<Vec<SocketAddr>, Refusal>,
    visit: &Visit,
    chart: &mut Chart,
) -> Result<(), Error> {
    let nodes = match nodes {
        Ok(nodes) if nodes.is_empty() => return chart.ill("endpoints", words::no_nodes()),
        Ok(nodes) => nodes,
        Err(refusal) => {
            return chart.ill("endpoints", refusals::refused(&refusal, "the list of nodes", visit));
        }
    };
    for node in nodes {
        match probe.reach_node(node).await {
            Ok(()) => {
                let found = format!("clients are told to connect to {node}, which accepts");
                chart.well("endpoints", &found)?;
            }
            Err(why) => {
                chart.ill("endpoints", words::unreached_node(node, &why, visit.has_tls()))?;
            }
        }
    }
    Ok(())
}

/// So many names of tables fit on a line.
const SHOWN_MAX: usize = 10;
