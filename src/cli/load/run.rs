//! `hearth load run`: tables made, items loaded, requests sent, the report told.
//!
//! Must hold: tables that the run made are removed however it ends, unless they are to be kept;
//! an interrupt while requests are sent ends the sending, not the report.
//! Not here: what is measured and how (`load/`).

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::arguments::RunArguments;
use super::credentials::Variables;
use super::live::Live;
use super::{Error, session};
use crate::clock::Clock;
use crate::load::client::{CONNECT_FAILED, DISCONNECTED};
use crate::load::fill::{FillPlan, fill};
use crate::load::report::{self, Client, Environment, Report, Settings};
use crate::load::tables::{self, Existing};
use crate::load::{
    Error as LoadError, Explain, Pace, Patience, Plan, Target, TargetOptions, Workload, run,
};
use crate::task::Drain;

/// Runs it, and yields the report as text, and why a file of it was not written.
pub(super) fn perform(
    arguments: &RunArguments,
    variables: &Variables,
) -> Result<(String, Option<Error>), Error> {
    for path in [&arguments.json, &arguments.html].into_iter().flatten() {
        has_directory(path)?;
    }
    let workload = workload(arguments)?;
    let target = Target::parse(&arguments.target, &options(arguments, variables)?)?;
    let plan = plan(arguments);
    plan.check()?;
    let load = Load {
        clock: Clock::system(),
        drain: Drain::default(),
        target: Arc::new(target),
        workload: Arc::new(workload),
        plan,
    };
    let runtime = session::runtime()?;
    // Opened before the run: what it measured must not be lost to a directory that takes no file.
    let json = create(arguments.json.as_deref())?;
    let html = create(arguments.html.as_deref())?;
    let report = load.on(&runtime, arguments)?;
    let written = write(json, || report::json::write(&report))
        .and_then(|()| write(html, || report::html::of(&report)));
    Ok((report::text::of(&report), written.err()))
}

/// All that a load consists of.
struct Load {
    clock: Clock,
    drain: Drain,
    target: Arc<Target>,
    workload: Arc<Workload>,
    plan: Plan,
}

impl Load {
    fn on(&self, runtime: &Runtime, arguments: &RunArguments) -> Result<Report, Error> {
        let mut live = Live::new();
        runtime.block_on(async {
            session::stop_when_told(&self.drain);
            let existing =
                if arguments.keep || arguments.no_fill { Existing::Keep } else { Existing::Refuse };
            let tables = self.workload.tables();
            let mut made = Vec::new();
            let (clock, drain) = (&self.clock, &self.drain);
            let ready =
                tables::make(&self.target, &tables, existing, &mut made, clock, drain).await;
            let outcome = match ready {
                Ok(()) => self.fill_and_run(arguments, &mut live).await,
                Err(error) => Err(not_made(error, &self.target)),
            };
            live.end();
            if !arguments.keep {
                let removed = tables::remove(&self.target, &made, &self.clock).await;
                // What was measured is worth more than the tables that are left.
                if let Err(error) = removed {
                    live.say(&format!("tables are left: {error}"));
                }
            }
            outcome
        })
    }

    async fn fill_and_run(
        &self,
        arguments: &RunArguments,
        live: &mut Live,
    ) -> Result<Report, Error> {
        let Self { clock, drain, target, workload, plan } = self;
        if !arguments.no_fill {
            live.begin_fill(workload.items());
            let fill_plan = FillPlan::default();
            let each = &mut |filled: &_| live.filled(filled);
            fill(target, workload, fill_plan, clock, drain, each).await?;
        }
        live.begin_run(plan.warm_up + plan.length);
        let environment = Environment::read(clock);
        let began = (session::processor_time(), clock.monotonic());
        let each = &mut |second: &_| live.second(second);
        let measured = run::run(target, workload, plan, clock, drain, each).await?;
        let client = Client {
            cpu: session::ns(session::processor_time().saturating_sub(began.0)),
            wall: session::ns(clock.monotonic().saturating_sub(began.1)),
        };
        let settings = settings(arguments, workload, target, plan);
        Ok(Report { settings, environment, client, measured })
    }
}

/// The first that is asked of a target shows whether there is one.
fn not_made(error: LoadError, target: &Arc<Target>) -> Error {
    if let LoadError::Table { code, .. } = &error
        && [CONNECT_FAILED, DISCONNECTED].contains(&code.as_str())
    {
        return Error::Silent { url: target.of_tables().url().to_owned() };
    }
    error.into()
}

fn workload(arguments: &RunArguments) -> Result<Workload, Error> {
    let mut workload = session::workload(&arguments.workload)?.with_seed(arguments.seed);
    if let Some(items) = arguments.items {
        workload = workload.with_items(items)?;
    }
    if let Some(prefix) = &arguments.table_prefix {
        workload = workload.with_table_prefix(prefix)?;
    }
    Ok(workload)
}

fn options(arguments: &RunArguments, variables: &Variables) -> Result<TargetOptions, Error> {
    Ok(TargetOptions {
        allow_remote: arguments.allow_remote,
        region: arguments.region.as_deref().unwrap_or_else(|| variables.region()).to_owned(),
        credentials: variables.credentials(arguments.credentials.as_deref())?,
        ca_file: arguments.ca_file.clone(),
        admin: arguments.admin.clone(),
        http: arguments.http.clone(),
    })
}

fn plan(arguments: &RunArguments) -> Plan {
    let pace =
        if arguments.closed { Pace::Closed } else { Pace::Open { per_second: arguments.rate } };
    Plan {
        pace,
        warm_up: arguments.warm_up,
        length: arguments.duration,
        requests_max: arguments.requests,
        connections: arguments.connections,
        threads: arguments.threads.unwrap_or_else(session::half_of_the_processors),
        seed: arguments.seed,
        patience: Patience::default(),
        explain: Explain::Ask,
    }
}

fn settings(
    arguments: &RunArguments,
    workload: &Workload,
    target: &Target,
    plan: &Plan,
) -> Settings {
    Settings {
        workload: workload.name().to_owned(),
        target: target.url().to_owned(),
        pace: plan.pace,
        items: workload.items(),
        connections: plan.connections as u64,
        threads: plan.threads as u64,
        warm_up: plan.warm_up,
        length: plan.length,
        seed: arguments.seed,
    }
}

/// A file that cannot be there is refused before the run, not after it.
fn has_directory(path: &Path) -> Result<(), Error> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if parent.is_none_or(Path::is_dir) && !path.is_dir() {
        return Ok(());
    }
    Err(Error::NoDirectory { path: path.to_owned() })
}

/// A file of the report, and its name.
type Open<'a> = Option<(&'a Path, File)>;

fn create(path: Option<&Path>) -> Result<Open<'_>, Error> {
    let Some(path) = path else { return Ok(None) };
    // What is there is kept until there is something to replace it.
    let file = File::options().write(true).create(true).truncate(false).open(path);
    Ok(Some((path, file.map_err(|source| Error::Write { path: path.to_owned(), source })?)))
}

fn write(file: Open<'_>, text: impl FnOnce() -> String) -> Result<(), Error> {
    let Some((path, mut file)) = file else { return Ok(()) };
    let written = file.set_len(0).and_then(|()| file.write_all(text().as_bytes()));
    written.map_err(|source| Error::Write { path: path.to_owned(), source })
}
