//! The tables of a service: who may do what with one of them, and how far writes to each are seen.
//!
//! Not here: what a finding means (`words.rs`).

use super::words;
use crate::app::UpstreamClient;
use crate::app::probe::{
    Ability, Action, Capabilities, Permission, StreamFound, description, is_ordered, permissions,
    stream_of, stream_permissions,
};
use crate::cli::Error;
use crate::cli::doctor::chart::Chart;

/// Looks at the table that was named, or else at all that there are, as far as they are few.
pub(super) async fn examine_all(
    client: &UpstreamClient,
    found: &Capabilities,
    named: Option<String>,
    chart: &mut Chart,
) -> Result<(), Error> {
    let is_named = named.is_some();
    let listed = || found.tables.iter().take(LOOKED_AT_MAX).map(ToString::to_string).collect();
    let tables: Vec<String> = named.map_or_else(listed, |table| vec![table]);
    if tables.is_empty() {
        return Chart::untried(
            "actions",
            "there is no table to try them on; name one with --table",
        );
    }
    let mut are_tried = false;
    for name in &tables {
        let table = match description(client, name).await {
            Ok(table) => table,
            Err(why) => {
                let ill = words::undescribed(&why, name, &found.access_key_id);
                chart.ill("table", ill)?;
                continue;
            }
        };
        if is_named {
            chart.well("table", &format!("{name} is there"))?;
        }
        let mut of_stream = Vec::new();
        if let Some(stream) = &table.stream {
            of_stream = stream_permissions(client, &stream.arn).await;
        }
        if !are_tried {
            are_tried = true;
            for permission in permissions(client, &table).await.iter().chain(&of_stream) {
                told(permission.action, permission.ability, name, found, chart)?;
            }
        }
        stream(stream_of(&table), &of_stream, name, &found.access_key_id, chart)?;
        if found.is_alternator() {
            isolation(client, name, &table.arn, chart).await?;
        }
    }
    let left = found.tables.len().saturating_sub(tables.len());
    if is_named || left == 0 {
        return Ok(());
    }
    Chart::untried("stream", &format!("{left} more tables were not looked at"))
}

fn told(
    action: Action,
    ability: Ability,
    table: &str,
    found: &Capabilities,
    chart: &mut Chart,
) -> Result<(), Error> {
    match ability {
        Ability::Yes => chart.well("action", &words::allowed(action, table)),
        Ability::Denied => {
            let ill = words::denied(action, table, &found.access_key_id);
            if action.is_needed { chart.ill("action", ill) } else { Chart::note("action", ill) }
        }
        Ability::No => Chart::note("action", words::missing(action)),
        Ability::Untold => {
            Chart::untried("action", &format!("{}: the upstream did not tell", action.name))
        }
    }
}

/// How far writes past hearth are seen by who may do so much with the stream.
fn stream(
    found: StreamFound,
    permissions: &[Permission],
    name: &str,
    access_key_id: &str,
    chart: &mut Chart,
) -> Result<(), Error> {
    let is_kept_away =
        |permission: &&Permission| matches!(permission.ability, Ability::Denied | Ability::No);
    let kept_away = permissions.iter().find(is_kept_away);
    match (found, kept_away) {
        (StreamFound::None, _) => Chart::note("stream", words::unseen(name)),
        (StreamFound::Images | StreamFound::Partial, Some(permission)) => {
            Chart::note("stream", words::unread(permission, name, access_key_id))
        }
        (StreamFound::Images, None) => chart.well("stream", &words::seen(name)),
        (StreamFound::Partial, None) => Chart::note("stream", words::half_seen(name)),
    }
}

async fn isolation(
    client: &UpstreamClient,
    name: &str,
    arn: &str,
    chart: &mut Chart,
) -> Result<(), Error> {
    match client.write_isolation(arn).await {
        Ok(found) if is_ordered(found) => chart
            .well("isolation", &format!("writes to {name} keep their order, as far as is told")),
        Ok(_) => chart.ill("isolation", words::reorders(name)),
        Err(failure) => Chart::untried("isolation", &format!("{name}: {failure}")),
    }
}

/// So many tables are looked at one by one.
const LOOKED_AT_MAX: usize = 20;
