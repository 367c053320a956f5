//! `hearth demo`: a server, a sample, a load, and the cache filling before one's eyes.
//!
//! Must hold: nothing is left when it ends, by itself, by an interrupt, or because its server
//! ended.
//! Not here: how requests are sent and measured (`load/`).

mod child;
mod show;

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use self::child::Server;
use self::show::Seconds;
use super::Error;
use super::admin_port::AdminPort;
use super::load::{Error as LoadError, Live, session};
use crate::auth::AdminToken;
use crate::clock::Clock;
use crate::load::fill::{FillPlan, fill};
use crate::load::tables::{self, Existing};
use crate::load::{Explain, Measured, Pace, Patience, Plan, Target, TargetOptions, Workload, run};
use crate::task::{self, Drain};

/// The flags of `hearth demo`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// How long the load goes on.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// Keep the server with its tables until an interrupt.
    #[arg(long)]
    keep_running: bool,
}

/// Shows it.
pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let runtime = session::runtime()?;
    runtime.block_on(async {
        let drain = Drain::default();
        begin_when_told(&drain);
        say("hearth demo: a server on temporary data; an interrupt ends it and cleans up\n");
        let mut server = tokio::select! {
            server = Server::start() => server?,
            () = drain.begun() => return Ok(()),
        };
        let show = Show::new(&server, arguments, &drain);
        let outcome = match show {
            Err(error) => Err(error),
            Ok(show) => {
                tokio::select! {
                    outcome = show.perform() => outcome,
                    error = server.ended() => Err(error.into()),
                }
            }
        };
        server.stop().await;
        match outcome {
            Err(Error::Load(LoadError::Load(crate::load::Error::Stopped))) => Ok(()),
            outcome => outcome,
        }
    })
}

/// Begins the drain at an interrupt; what is to be cleaned up has its own limit of time.
fn begin_when_told(drain: &Drain) {
    let drain = drain.clone();
    task::spawn("demo signals", async move {
        session::told_to_stop().await;
        drain.begin();
    });
}

/// What happens in front of the server.
struct Show<'a> {
    arguments: &'a Arguments,
    drain: &'a Drain,
    clock: Clock,
    target: Arc<Target>,
    workload: Arc<Workload>,
    admin: String,
    token_file: std::path::PathBuf,
}

impl<'a> Show<'a> {
    fn new(server: &Server, arguments: &'a Arguments, drain: &'a Drain) -> Result<Self, Error> {
        let endpoint = format!("http://{}", server.http);
        let target = Target::parse(&endpoint, &TargetOptions::default());
        let workload = session::workload(WORKLOAD)?.with_items(ITEMS);
        Ok(Self {
            arguments,
            drain,
            clock: Clock::system(),
            target: Arc::new(target.map_err(LoadError::from)?),
            workload: Arc::new(workload.map_err(LoadError::from)?),
            admin: format!("http://{}", server.admin),
            token_file: server.token_file(),
        })
    }

    async fn perform(self) -> Result<(), Error> {
        self.fill().await.map_err(LoadError::from)?;
        self.forget()?;
        say(&self.introduction());
        let measured = self.load().await.map_err(LoadError::from)?;
        say(&format!("\n{}", show::table(&measured)));
        if self.arguments.keep_running && !self.drain.has_begun() {
            say(&format!("\n{}The server goes on until an interrupt.\n", self.addresses()));
            self.drain.begun().await;
        }
        Ok(())
    }

    async fn fill(&self) -> Result<(), crate::load::Error> {
        let Self { target, workload, clock, drain, .. } = self;
        let mut live = Live::new();
        // They go with the server's directory.
        let mut made = Vec::new();
        let existing = Existing::Refuse;
        tables::make(target, &workload.tables(), existing, &mut made, clock, drain).await?;
        live.begin_fill(workload.items());
        let each = &mut |filled: &_| live.filled(filled);
        let filled = fill(target, workload, FillPlan::default(), clock, drain, each).await;
        live.end();
        filled.map(drop)
    }

    /// Empties the cache, which the loading has filled: the load is to begin without it.
    fn forget(&self) -> Result<(), Error> {
        let token = AdminToken::load(&self.token_file).map_err(Error::Token)?;
        let port = AdminPort::at(&self.admin, ADMIN_DEADLINE)?;
        let reply = port.post("/cache/flush", "{}", &token);
        let url = self.admin.clone();
        match reply {
            Ok(reply) if reply.status == 200 => Ok(()),
            Ok(reply) => Err(Error::NotHearth { url, status: reply.status }),
            Err(source) => Err(Error::Unreachable { url, source }),
        }
    }

    async fn load(&self) -> Result<Measured, crate::load::Error> {
        let plan = Plan {
            pace: Pace::Open { per_second: PER_SECOND },
            warm_up: Duration::ZERO,
            length: Duration::from_secs(self.arguments.seconds),
            requests_max: u64::MAX,
            connections: CONNECTIONS,
            threads: 1,
            seed: 1,
            patience: Patience::default(),
            explain: Explain::Ask,
        };
        let mut seconds = Seconds::default();
        say(&format!("{}\n", Seconds::heading()));
        let each = &mut |second: &_| say(&format!("{}\n", seconds.line(second)));
        run::run(&self.target, &self.workload, &plan, &self.clock, self.drain, each).await
    }

    fn introduction(&self) -> String {
        let workload = &self.workload;
        let tables: Vec<_> = workload.tables().into_iter().map(|table| table.name).collect();
        let table = tables.first().map_or("", String::as_str);
        format!(
            "\n{}\nMeanwhile, elsewhere:\n  \
             curl -s {admin}/metrics | grep hearth_cache\n  \
             hearth cache stats --admin {admin} --token-file {token}\n  \
             hearth cache hot {table} --admin {admin} --token-file {token}\n  \
             aws dynamodb scan --endpoint-url {http} --region us-east-1 --table-name {table} --max-items 1\n\n\
             The cache is empty now. {rate} requests a second ({description}) fill it:\n\n",
            self.addresses(),
            admin = self.admin,
            http = self.target.url(),
            token = self.token_file.display(),
            rate = crate::load::report::units::rate(PER_SECOND),
            description = workload.description(),
        )
    }

    fn addresses(&self) -> String {
        format!("  DynamoDB  {}\n  metrics   {}/metrics\n", self.target.url(), self.admin)
    }
}

/// Standard output carries the show; who stopped looking does not stop it.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

const WORKLOAD: &str = "media";
const ITEMS: u64 = 20_000;
const PER_SECOND: f64 = 1_000.0;
const CONNECTIONS: usize = 16;
const ADMIN_DEADLINE: Duration = Duration::from_secs(10);
