//! Every key: its name, type, default, range, when it takes effect, and what the file says of it.
//!
//! Must hold: `config/default.toml` is what `print.rs` makes of this page (`tests/config.rs`).
//! Not here: where a key can stand (`scope.rs`), and what `[cache.tables."name"]` holds (`tables.rs`).

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::Config;
use super::choice::{
    AccountId, CapacityMode, Durability, EngineKind, ErrorWording, Listen, LogFormat, LogLevel,
    QueryCache, Region,
};
use super::cors::CorsOrigins;
use super::endpoint::Endpoint;
use super::upstream::{Discover, Fills, Incoherent, StreamUse, UpstreamCredentials};
use super::value::{Problem, Raw, Value, within};

/// One key of one section.
pub(super) struct Key {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    pub(super) doc: &'static [&'static str],
    pub(super) effect: Effect,
    /// The value as TOML.
    pub(super) show: fn(&Config) -> String,
    pub(super) set: fn(&mut Config, &Raw<'_>) -> Result<(), Problem>,
    pub(super) copy: fn(&mut Config, &Config),
}

impl Key {
    /// The key with its section, as messages name it.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

/// When a changed key takes effect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Effect {
    /// When the process starts again.
    Restart,
    /// When the configuration is read again.
    Reload,
    /// As `Reload`; a key of `[cache]` that can also stand in `[cache.tables."name"]`.
    ReloadByTable,
}

/// One section of the file.
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) doc: &'static [&'static str],
    pub(super) keys: &'static [Key],
}

/// Declares the sections: a struct with its defaults for each, and [`SECTIONS`].
///
/// A key reads `name: Type = default, when it takes effect, range of numbers;`.
macro_rules! sections {
    ($($(#[doc = $section_doc:expr])+ $section:ident: $Section:ident {
        $($(#[doc = $doc:expr])+ $name:ident: $Type:ty = $default:expr, $effect:ident
            $(, $range:expr)?;)+
    })+) => {
        $(
            $(#[doc = $section_doc])+
            #[derive(Clone, Debug, PartialEq)]
            pub struct $Section {
                $($(#[doc = $doc])+ pub $name: $Type,)+
            }

            impl Default for $Section {
                fn default() -> Self {
                    Self { $($name: $default,)+ }
                }
            }
        )+

        /// Every section in the order of the file.
        pub(super) static SECTIONS: &[Section] = &[$(Section {
            name: stringify!($section),
            doc: &[$($section_doc),+],
            keys: &[$(Key {
                section: stringify!($section),
                name: stringify!($name),
                doc: &[$($doc),+],
                effect: Effect::$effect,
                show: |config| config.$section.$name.show(),
                set: |config, raw| {
                    let value = <$Type>::read(raw)?;
                    $(within(&value, $range)?;)?
                    config.$section.$name = value;
                    Ok(())
                },
                copy: |config, from| {
                    config.$section.$name.clone_from(&from.$section.$name);
                },
            }),+],
        }),+];
    };
}

sections! {
    /// Where requests come in.
    server: Server {
        /// Where the DynamoDB API is served over HTTP. Port 0 picks a free one.
        listen: SocketAddr = loopback(8000), Restart;
        /// Where metrics, health and control of the cache are served. Port 0 picks a free one.
        admin_listen: SocketAddr = loopback(9811), Restart;
        /// Where the DynamoDB API is served over HTTPS, or "off"; it needs a certificate, see [tls].
        https_listen: Listen = Listen::Off, Restart;
        /// Where clients of DAX connect with dax://, or "off".
        dax_listen: Listen = Listen::At(loopback(8111)), Restart;
        /// Where clients of DAX connect with daxs://, or "off"; it needs a certificate, see [tls].
        daxs_listen: Listen = Listen::Off, Restart;
        /// Threads that serve requests; "auto" is one for each processor.
        worker_threads: Option<u64> = None, Restart, 1..=1_024;
        /// Host names that requests may name, beside those of loopback and the addresses listened on.
        /// Requests of browsers, and all to the admin port, must name one of these.
        allowed_hosts: Vec<String> = Vec::new(), Restart;
        /// Origins of web pages whose scripts may use the API, such as `https://app.example:8443`, or
        /// "*" for all. With none here, all may once there are credentials, as with DynamoDB, since
        /// they must sign; without credentials none may.
        cors_origins: CorsOrigins = CorsOrigins::default(), Restart;
    }

    /// The certificate of HTTPS and daxs://.
    tls: Tls {
        /// A file in PEM: the certificate, and those between it and its authority. It must be for the
        /// name that clients use, also where they connect to addresses.
        certificate: Option<PathBuf> = None, Reload;
        /// A file in PEM with its private key.
        key: Option<PathBuf> = None, Reload;
        /// Whether a certificate is made at each start, for "localhost", the addresses listened on and
        /// `server.allowed_hosts`: for development. If the engine is "disk", it is written to `tls.pem`
        /// in `storage.data_dir`, for clients that are to trust it.
        self_signed: bool = false, Restart;
    }

    /// Clients of DAX.
    dax: Dax {
        /// Where clients of dax:// are told to connect: behind address translation or in a container,
        /// the address from outside; "auto" is wherever a client came to.
        advertise: Option<SocketAddr> = None, Restart;
        /// The same for daxs://.
        advertise_tls: Option<SocketAddr> = None, Restart;
        /// Other nodes that clients of dax:// may use as well.
        peers: Vec<SocketAddr> = Vec::new(), Restart;
        /// The same for daxs://.
        peers_tls: Vec<SocketAddr> = Vec::new(), Restart;
        /// With peers, how long clients have to go over to them once the process was told to stop.
        leave_ms: u64 = 10_000, Restart, 0..=HOUR_MS;
        /// Different lists of attribute names that clients may make. Each is kept for ever.
        attribute_lists_max: u64 = 100_000, Restart, 0..=1_000_000;
        /// Bytes of names in all of them.
        attribute_list_bytes_max: u64 = 64 << 20, Restart, 0..=1 << 40;
    }

    /// How much at once, and how long.
    limits: Limits {
        /// Connections open at once.
        connections_max: u64 = 8_192, Reload, 1..=1_000_000;
        /// Connections open at once from one address.
        connections_per_address_max: u64 = 4_096, Reload, 1..=1_000_000;
        /// Requests being answered at once; more are told to come back.
        requests_in_flight_max: u64 = 4_096, Reload, 1..=1_000_000;
        /// Request line and headers of one request, in bytes.
        header_bytes_max: u64 = 32 << 10, Reload, 8 << 10..=1 << 20;
        /// Headers of one request.
        headers_max: u64 = 64, Reload, 16..=1_024;
        /// Body of one request after decompression, in bytes.
        body_bytes_max: u64 = 16 << 20, Reload, 1 << 10..=64 << 20;
        /// How fast a body must come once its grace is over, in bytes a second.
        body_bytes_per_s_min: u64 = 1 << 10, Reload, 0..=1 << 30;
        /// How long a body may come at any speed.
        body_grace_ms: u64 = 5_000, Reload, 100..=HOUR_MS;
        /// How long the headers of a request may take.
        header_timeout_ms: u64 = 10_000, Reload, 100..=HOUR_MS;
        /// How long a connection may lie still between requests.
        idle_timeout_ms: u64 = 60_000, Reload, 100..=HOUR_MS;
        /// How long a client may leave an answer unread.
        write_stall_timeout_ms: u64 = 30_000, Reload, 100..=HOUR_MS;
        /// How long requests in flight may take to end once the process was told to stop.
        drain_timeout_ms: u64 = 30_000, Reload, 0..=HOUR_MS;
    }

    /// How the DynamoDB API speaks.
    api: Api {
        /// The wording of validation errors: "classic", DynamoDB's of before June 2026, or "2026", which
        /// its regions have been changing to since.
        error_wording: ErrorWording = ErrorWording::Classic, Restart;
        /// How long a table that was made, changed or dropped is described as CREATING, UPDATING or
        /// DELETING, and treated so. With 0 it is only in the answer, and settled right after.
        control_plane_delay_ms: u64 = 0, Restart, 0..=HOUR_MS;
    }

    /// The embedded table engine.
    storage: Storage {
        /// Where tables are kept: "disk", or "memory", which a restart empties.
        engine: EngineKind = EngineKind::Disk, Restart;
        /// The directory of the tables, made if it is not there.
        data_dir: PathBuf = PathBuf::from("./hearth-data"), Restart;
        /// When a write is acknowledged: "sync", once the disk has it, or "buffer", once the system has
        /// it: a killed process loses nothing then, a power cut may lose the last writes.
        durability: Durability = Durability::Sync, Restart;
        /// Free bytes below which writes are refused; "auto" is 1 GiB or 5 % of the file system,
        /// whichever is less.
        reserve_bytes: Option<u64> = None, Restart, 0..=1 << 50;
        /// Writes that may wait for the writer; more are throttled.
        queue_mutations_max: u64 = 4_096, Restart, 1..=16_384;
        /// Bytes that the writer commits at once.
        batch_bytes_max: u64 = 8 << 20, Restart, 1 << 20..=256 << 20;
        /// Bytes of rows that a table collects in memory before it writes them to a file; "auto" is an
        /// eighth of `cache.bytes`, but 12 MiB at least and 32 MiB at most. With fewer, rows are written
        /// more often in all. A table keeps to what it was made with where that is less.
        memtable_bytes_max: Option<u64> = None, Restart, 1 << 20..=256 << 20;
        /// Memory for blocks of the tables' files, in bytes; "auto" is an eighth of `cache.bytes`, but
        /// 4 MiB at least and 32 MiB at most.
        block_cache_bytes: Option<u64> = None, Restart, 1 << 20..=1 << 50;
        /// Reads of the disk at once.
        read_concurrency_max: u64 = 64, Restart, 1..=1_024;
        /// How long a read may wait for the disk.
        read_deadline_ms: u64 = 5_000, Restart, 1..=HOUR_MS;
    }

    /// Streams of tables, if there is no upstream.
    streams: Streams {
        /// Shards that a stream has open at once; taken as the next power of two. A stream that is there
        /// gets as many at the next start, but never fewer than it had.
        shards: u64 = 1, Restart, 1..=64;
    }

    /// The cache of items and of pages of queries and scans.
    cache: Cache {
        /// Whether anything is cached at all.
        enabled: bool = true, Restart;
        /// Memory for cached items, in bytes.
        bytes: u64 = 256 << 20, Restart, 1 << 10..=1 << 50;
        /// Memory for cached pages, in bytes.
        query_bytes: u64 = 64 << 20, Restart, 1 << 10..=1 << 50;
        /// One in so many hits is read again from the engine and compared; 0 is none. With an upstream
        /// none is.
        audit_one_in: u64 = 10_000, Reload, 0..=1_000_000_000;
        /// How many of the hottest keys are written down at shutdown and loaded at the next start; 0 is
        /// none. With an upstream none are.
        hot_keys_dump: u64 = 0, Restart, 0..=1_000_000;
        /// How long a cached item may be served before it is read again; 0 is without limit, or 5 minutes
        /// with an upstream while the stream of the table is not followed. Writes through hearth are seen
        /// at once in any case.
        item_ttl_ms: u64 = 0, ReloadByTable, 0..=TTL_MS_MAX;
        /// How long it may be served that there is no such item; 0 is as it is there, "auto" is as
        /// `item_ttl_ms`.
        absence_ttl_ms: Option<u64> = None, ReloadByTable, 0..=TTL_MS_MAX;
        /// How long a cached page may be served before it is read again; 0 is without limit, or with an
        /// upstream 5 minutes, and a second for pages of global indexes. `query_cache = "dax"` does not
        /// take 0, for nothing else would ever refresh its pages.
        query_ttl_ms: u64 = 0, ReloadByTable, 0..=TTL_MS_MAX;
        /// With an upstream, how long past its time a cached item or page may be served while that gives
        /// no answer; 0 is not at all.
        max_stale_ms: u64 = 0, ReloadByTable, 0..=TTL_MS_MAX;
        /// With an upstream, how writes past hearth are noticed. "use": by the table's stream, if it has
        /// one. "enable": by its stream, which is turned on if there is none. "off": not at all.
        stream: StreamUse = StreamUse::Use, ReloadByTable;
        /// What cached pages promise. "exact": a page is never older than the last acknowledged write.
        /// "dax": as in DAX, writes do not touch pages, which live by `query_ttl_ms` alone. "off": none
        /// is cached.
        query_cache: QueryCache = QueryCache::Exact, ReloadByTable;
        /// Whether reads go past the cache.
        bypass: bool = false, ReloadByTable;
        /// The largest page that is kept, by the bytes of its items.
        page_bytes_max: u64 = 256 << 10, ReloadByTable, 0..=16 << 20;
        /// Reads of the engine at once that fill the cache of one table.
        fills_max: u64 = 64, ReloadByTable, 1..=4_096;
    }

    /// What the capacity of tables means.
    capacity: Capacity {
        /// "account": units are counted and told, and limit nothing. "enforce": besides, requests are
        /// throttled when a table or global index has used up its units, or its maxima on demand. "off":
        /// as "account", but the metrics leave them out. An upstream has rules of its own, and this does
        /// nothing.
        mode: CapacityMode = CapacityMode::Account, Reload;
    }

    /// How items are deleted whose time to live is over, if there is no upstream.
    ttl: Ttl {
        /// The pause between two sweeps.
        sweep_interval_ms: u64 = 1_000, Reload, 1..=HOUR_MS;
        /// Items that are deleted in a second, of all tables together; 0 is none.
        deletes_per_second: u64 = 1_000, Reload, 0..=1_000_000;
        /// How far the machine's clock may move at once before it is not believed: nothing then expires
        /// by a clock that was set ahead.
        clock_step_ms: u64 = HOUR_MS, Reload, 1_000..=24 * HOUR_MS;
        /// How long a clock that moved so must have stood to be believed.
        clock_settle_ms: u64 = HOUR_MS, Reload, 0..=7 * 24 * HOUR_MS;
    }

    /// Who may send requests.
    auth: Auth {
        /// A file of [[credentials]], readable by its owner alone. With one, every request must be
        /// signed; with "", requests from this machine are not checked.
        credentials: Option<PathBuf> = None, Reload;
        /// A file with the token of the admin port, readable by its owner alone. With "", a token is made
        /// at each start; if the engine is "disk", it is written to `admin-token` in `storage.data_dir`,
        /// for its owner alone.
        admin_token: Option<PathBuf> = None, Reload;
        /// The region that signatures are scoped to and table ARNs name.
        region: Region = Region::default(), Restart;
        /// The account that table ARNs name.
        account_id: AccountId = AccountId::default(), Restart;
        /// Whether server.listen may be reachable from other machines without credentials.
        allow_unauthenticated: bool = false, Restart;
        /// Whether the admin port may be reachable from other machines.
        allow_remote_admin: bool = false, Restart;
    }

    /// What is logged, on standard error.
    log: Log {
        /// The least severe level shown: "error", "warn", "info", "debug" or "trace".
        level: LogLevel = LogLevel::Info, Reload;
        /// "text", or "json" with one object a line.
        format: LogFormat = LogFormat::Text, Restart;
    }

    /// What is measured.
    metrics: Metrics {
        /// Tables with a label of their own; later ones share "other".
        tables_max: u64 = 50, Restart, 0..=10_000;
        /// If not empty, the only tables with a label of their own.
        tables: Vec<String> = Vec::new(), Restart;
    }

    /// A service with the DynamoDB API behind hearth, in place of the embedded engine.
    upstream: Upstream {
        /// Its URL, such as `https://dynamodb.eu-west-1.amazonaws.com`; with "" there is none.
        url: Option<Endpoint> = None, Restart;
        /// URLs of further nodes of the same service.
        endpoints: Vec<Endpoint> = Vec::new(), Restart;
        /// How still more nodes are found: "off", or "alternator", from the list that its nodes serve.
        discover: Discover = Discover::Off, Restart;
        /// The region that requests are signed for; with "" it is that of the environment, of the
        /// profile, or `auth.region`.
        region: Option<Region> = None, Restart;
        /// The profile of the shared files; with "" it is that of the environment, or "default".
        profile: Option<String> = None, Restart;
        /// What requests are signed with: "chain", what the environment or else the shared files have;
        /// "container" or "instance", what the endpoint of a container or a machine of EC2 gives out;
        /// "anonymous", anything, for emulators that do not check.
        credentials: UpstreamCredentials = UpstreamCredentials::Chain, Restart;
        /// A file in PEM with authorities to trust beside the system's.
        ca_file: Option<PathBuf> = None, Restart;
        /// How long a connection may take to open.
        connect_timeout_ms: u64 = 1_000, Restart, 1..=HOUR_MS;
        /// How long one try of a request may take.
        try_timeout_ms: u64 = 2_000, Restart, 1..=HOUR_MS;
        /// How long a request may take with all its tries.
        deadline_ms: u64 = 5_000, Restart, 1..=HOUR_MS;
        /// Tries of one request, the first included.
        tries_max: u64 = 3, Restart, 1..=10;
        /// Connections open at once.
        connections_max: u64 = 256, Restart, 1..=65_536;
        /// How what is cached is read: "consistent", or "eventual", at half the units, for which a cached
        /// item or page may be older than the last write.
        fills: Fills = Fills::Consistent, Restart;
        /// How long the key of a write that got no answer is read past the cache; 0 trusts that such a write
        /// is not carried out later.
        quarantine_ms: u64 = 15 * 60 * 1_000, Restart, 0..=24 * HOUR_MS;
        /// Such keys at once; with more, their whole tables are read past the cache.
        quarantined_max: u64 = 10_000, Restart, 0..=QUARANTINED_MAX;
        /// How often tables are described again.
        describe_interval_ms: u64 = 5_000, Restart, 100..=HOUR_MS;
        /// How often a shard of a stream is asked for records when it had none.
        stream_poll_ms: u64 = 200, Restart, 10..=HOUR_MS;
        /// How far a stream's reader may be behind before the table's cache is not to be trusted.
        max_lag_ms: u64 = 30_000, Restart, 100..=24 * HOUR_MS;
        /// What is done with such a table: "ttl", entries live by their times alone, or "bypass", reads
        /// go past the cache.
        incoherent: Incoherent = Incoherent::Ttl, Restart;
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Each holds a writer of an epoch word, which counts a million of them (`fence/epoch.rs`).
const QUARANTINED_MAX: u64 = 500_000;
const HOUR_MS: u64 = 60 * 60 * 1_000;
/// Ten years.
const TTL_MS_MAX: u64 = 10 * 365 * 24 * HOUR_MS;
