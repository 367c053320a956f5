//! What an operator may choose, from defaults, file, environment and flags to one checked value.
//!
//!     defaults  <  TOML file  <  HEARTH__SECTION__KEY  <  flags          (the later one wins)
//!
//! Every key stands once, in `keys.rs`, with its doc, default, range and whether it can change while
//! the process runs; reading, printing, `config/default.toml` and reloading all follow from there.
//!
//! Must hold: a [`Config`] that [`Sources::load`] returned is whole and keeps the rules of `check.rs`;
//! an unknown key or a wrong value is an error that says where it stands.
//! Not here: the contents of the credentials file (`auth`), and what each part does with its options.

mod check;
mod choice;
mod cors;
mod dax_names;
mod endpoint;
mod error;
mod file;
mod keys;
mod nearest;
mod policy;
mod print;
mod reload;
mod scope;
mod sources;
mod store_memory;
mod tables;
mod upstream;
mod value;
mod warning;

use std::collections::BTreeMap;

pub use choice::{
    AccountId, CapacityMode, Durability, EngineKind, ErrorWording, Listen, LogFormat, LogLevel,
    QueryCache, Region,
};
pub use cors::CorsOrigins;
pub use endpoint::Endpoint;
pub use error::{Error, Origin};
pub use keys::{
    Api, Auth, Cache, Capacity, Dax, Limits, Log, Metrics, Server, Storage, Streams, Tls, Ttl,
    Upstream,
};
pub use policy::CachePolicy;
pub use print::Comments;
pub use reload::Reloaded;
pub use sources::{Flag, Sources};
pub use tables::CacheTable;
pub use upstream::{Discover, Fills, Incoherent, StreamUse, UpstreamCredentials};
pub use value::Problem;
pub use warning::Warning;

/// Everything that can be chosen, by section of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[tls]`
    pub tls: Tls,
    /// `[dax]`
    pub dax: Dax,
    /// `[limits]`
    pub limits: Limits,
    /// `[api]`
    pub api: Api,
    /// `[storage]`
    pub storage: Storage,
    /// `[streams]`
    pub streams: Streams,
    /// `[cache]`
    pub cache: Cache,
    /// `[cache.tables."name"]`, by table name
    pub cache_tables: BTreeMap<String, CacheTable>,
    /// `[capacity]`
    pub capacity: Capacity,
    /// `[ttl]`
    pub ttl: Ttl,
    /// `[auth]`
    pub auth: Auth,
    /// `[log]`
    pub log: Log,
    /// `[metrics]`
    pub metrics: Metrics,
    /// `[upstream]`
    pub upstream: Upstream,
}
