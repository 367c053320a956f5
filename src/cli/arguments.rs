//! Commands and flags, and how flags become keys of the configuration.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::Error;
use crate::config::{Flag, Sources};

/// An open in-memory accelerator for DynamoDB.
#[derive(Debug, Parser)]
#[command(name = "hearth", version, arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve tables until told to stop.
    Serve(Choices),
    /// Print the configuration that `serve` would run with, as TOML.
    CheckConfig(Choices),
    /// Exit with 0 if a running hearth is ready, else with 1.
    Healthcheck {
        /// The admin port of the running hearth.
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9811")]
        admin: String,
    },
    /// Look into and control the cache of a running hearth.
    Cache(super::cache::Arguments),
    /// Show the tables of a running hearth, and how far what is cached of each may be trusted.
    Tables(super::tables::Arguments),
    /// Measure a DynamoDB endpoint under load, and compare what was measured.
    Load(super::load::Arguments),
    /// Move a table to another DynamoDB, or into or out of a data directory.
    Migrate(Box<super::migrate::Arguments>),
    /// Show the cache at work: a server on temporary data, a sample, a load.
    Demo(super::demo::Arguments),
    /// Find out why clients of an endpoint do not work, and what to do about it.
    Doctor(super::doctor::Arguments),
    /// Print the version.
    Version {
        /// As JSON, with commit and storage format.
        #[arg(long)]
        json: bool,
    },
    /// Back up everything of a hearth, running or stopped, into one file.
    Backup(super::backup::BackupArguments),
    /// Make a data directory of such a file, or only check it.
    Restore(super::backup::RestoreArguments),
    /// Check the data directory of a stopped hearth.
    CheckData {
        /// The data directory.
        dir: PathBuf,
    },
    /// Make the data directory of a stopped hearth usable again after damage; copies it first.
    Repair {
        /// The data directory.
        dir: PathBuf,
    },
}

/// The flags that stand for keys of the configuration.
#[derive(Args, Debug, Default)]
pub(super) struct Choices {
    /// Where tables are kept [default: ./hearth-data].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// Where the DynamoDB API is served; port 0 picks a free one [default: 127.0.0.1:8000].
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Where the DynamoDB API is served over HTTPS [default: off].
    #[arg(long, value_name = "ADDR|off")]
    https_listen: Option<String>,
    /// Where clients of DAX connect with dax:// [default: 127.0.0.1:8111].
    #[arg(long, value_name = "ADDR|off")]
    dax_listen: Option<String>,
    /// Where clients of DAX connect with daxs:// [default: off].
    #[arg(long, value_name = "ADDR|off")]
    daxs_listen: Option<String>,
    /// The certificate of HTTPS and daxs://, in PEM.
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// Its private key, in PEM.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// Make a certificate at each start, for development.
    #[arg(long)]
    tls_self_signed: bool,
    /// Where metrics, health and control of the cache are served [default: 127.0.0.1:9811].
    #[arg(long, value_name = "ADDR")]
    admin_listen: Option<String>,
    /// A TOML file; config/default.toml shows every key.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A DynamoDB endpoint behind hearth, in place of its own tables.
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// Who may sign requests; the file must have mode 0600.
    #[arg(long, value_name = "FILE")]
    credentials: Option<String>,
    /// The region that signatures are scoped to [default: us-east-1].
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    /// When a write is acknowledged [default: sync].
    #[arg(long, value_name = "sync|buffer")]
    durability: Option<String>,
    /// Memory for cached items [default: 268435456].
    #[arg(long, value_name = "N")]
    cache_bytes: Option<String>,
    /// Threads that serve requests [default: one for each processor].
    #[arg(long, value_name = "N")]
    worker_threads: Option<String>,
    /// Serve other machines without credentials.
    #[arg(long)]
    allow_unauthenticated: bool,
}

impl Choices {
    /// These flags over the variables of ours in `environment`.
    pub(super) fn into_sources(
        self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Sources, Error> {
        let set = |is_set: bool| is_set.then(|| "true".to_owned());
        let flags = [
            ("--data-dir", "storage.data_dir", self.data_dir),
            ("--listen", "server.listen", self.listen),
            ("--https-listen", "server.https_listen", self.https_listen),
            ("--dax-listen", "server.dax_listen", self.dax_listen),
            ("--daxs-listen", "server.daxs_listen", self.daxs_listen),
            ("--tls-cert", "tls.certificate", self.tls_cert),
            ("--tls-key", "tls.key", self.tls_key),
            ("--tls-self-signed", "tls.self_signed", set(self.tls_self_signed)),
            ("--admin-listen", "server.admin_listen", self.admin_listen),
            ("--upstream", "upstream.url", self.upstream),
            ("--credentials", "auth.credentials", self.credentials),
            ("--region", "auth.region", self.region),
            ("--durability", "storage.durability", self.durability),
            ("--cache-bytes", "cache.bytes", self.cache_bytes),
            ("--worker-threads", "server.worker_threads", self.worker_threads),
            (
                "--allow-unauthenticated",
                "auth.allow_unauthenticated",
                set(self.allow_unauthenticated),
            ),
        ];
        let given = flags
            .into_iter()
            .filter_map(|(name, key, text)| text.map(|text| Flag { name, key, text }));
        Ok(Sources { file: self.config, environment: ours(environment)?, flags: given.collect() })
    }
}

/// The variables of ours.
pub(super) fn ours(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, Error> {
    let is_ours = |name: &OsString| {
        name.as_encoded_bytes().starts_with(Sources::ENVIRONMENT_PREFIX.as_bytes())
    };
    let text = |(name, value): (OsString, OsString)| {
        let shown = name.to_string_lossy().into_owned();
        name.into_string().ok().zip(value.into_string().ok()).ok_or(Error::NotText { name: shown })
    };
    environment.into_iter().filter(|(name, _)| is_ours(name)).map(text).collect()
}
