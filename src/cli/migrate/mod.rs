//! `hearth migrate`: a table from one DynamoDB to another on the command line.
//!
//! Must hold: secrets are never among the arguments; who ends it can go on with the same command.
//! Not here: what is done (`migrate/`), and how both ends are opened (`app/`).

mod arguments;
mod live;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) use self::arguments::Arguments;
use self::live::Live;
use super::Error;
use crate::app;
use crate::config::{Config, Flag, Sources};
use crate::load::report::units;
use crate::migrate::{Check, Comparison, Ending, Kind, Moved, Plan, TableName, Tell};

/// What is to be printed, and what then becomes of the command.
pub(super) struct Outcome {
    /// For standard output.
    pub(super) text: String,
    /// Why the command failed although there is something to print.
    pub(super) failure: Option<Error>,
}

/// Moves a table.
pub(super) fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let table = TableName::new(&arguments.table);
    let table = table.ok_or_else(|| Error::TableArgument { table: arguments.table.clone() })?;
    if arguments.from == arguments.to {
        return Err(Error::SameEnds);
    }
    let config = |flags: Vec<Flag>| Sources { flags, ..Sources::default() }.load();
    let (from, to) = (config(arguments.source_flags())?, config(arguments.target_flags())?);
    let follows = !arguments.no_stream && is_service(&from);
    let plan = plan(arguments, table);
    let state = plan.state.clone();
    let live = Arc::new(Mutex::new(Live::new()));
    let tell: Tell = {
        let live = Arc::clone(&live);
        Arc::new(move |event| live.lock().unwrap_or_else(PoisonError::into_inner).tell(event))
    };
    let moved = app::migrate(plan, &from, &to, tell);
    live.lock().unwrap_or_else(PoisonError::into_inner).end();
    let moved = moved.map_err(|error| Error::Part(Box::new(error)))?;
    let mut text = String::new();
    if !arguments.verify_only {
        text.push_str(&copied(arguments, &moved, follows));
    }
    if let Some(comparison) = &moved.comparison {
        text.push_str(&compared(comparison));
    }
    if !arguments.verify_only {
        let next = if follows {
            "the same command follows what changes until then"
        } else {
            "remove it to copy the table again"
        };
        text = format!("{text}how far it is stands in {}; {next}\n", state.display());
    }
    let differing = moved.comparison.filter(|comparison| !comparison.is_same());
    let failure = differing.map(|comparison| Error::TablesDiffer { parts: comparison.differing });
    Ok(Outcome { text, failure })
}

fn is_service(config: &Config) -> bool {
    config.upstream.url.is_some()
}

fn plan(arguments: &Arguments, table: TableName) -> Plan {
    let state = arguments.state.clone();
    Plan {
        state: state.unwrap_or_else(|| PathBuf::from(format!("hearth-migrate-{table}.state"))),
        table,
        create: arguments.create,
        merge: arguments.merge,
        stream: !arguments.no_stream,
        ending: match (arguments.until_caught_up, arguments.follow) {
            (true, _) => Ending::WhenCaughtUp,
            (_, true) => Ending::Never,
            (false, false) => Ending::WhenTold,
        },
        check: match (arguments.verify_only, arguments.no_verify) {
            (true, _) => Check::Only,
            (_, true) => Check::None,
            (false, false) => Check::All,
        },
        segments: arguments.segments,
        in_flight: usize::from(arguments.in_flight),
        rate: arguments.rate,
        settle: arguments.settle,
        quiet: arguments.quiet,
        patience: arguments.patience,
    }
}

fn copied(arguments: &Arguments, moved: &Moved, follows: bool) -> String {
    let Arguments { table, from, to, .. } = arguments;
    let followed = format!(" and followed {} changes", units::count(moved.changes));
    let changes = if follows { followed } else { String::new() };
    let items = units::count(moved.items);
    let mut text = format!("copied {items} items of {table} from {from} to {to}{changes}\n");
    if moved.turned_on {
        let said = "was turned on for this; turn it off there once nothing needs it";
        text = format!("{text}the stream of {table} at {from} {said}\n");
    }
    text
}

fn compared(comparison: &Comparison) -> String {
    let [from, to] = [comparison.from_items, comparison.to_items].map(units::count);
    if comparison.is_same() {
        return format!("compared {from} items: both have the same\n");
    }
    let mut text = format!("compared: the source has {from} items, the target {to}\n");
    for difference in &comparison.differences {
        let what = match difference.kind {
            Kind::Missing => "missing at the target",
            Kind::Extra => "only at the target",
            Kind::Changed => "different",
        };
        text = format!("{text}  {what}: {}\n", difference.key);
    }
    text
}
