//! The configuration as an operator meets it: the shipped file, the order of its sources, and what
//! a mistake is answered with.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hearth::config::{
    CachePolicy, Comments, Config, Durability, Error, Flag, Incoherent, Listen, LogLevel,
    QueryCache, Reloaded, Sources, StreamUse, UpstreamCredentials,
};
use tempfile::TempDir;

/// A file, variables and flags of one test.
struct Setup {
    dir: TempDir,
    sources: Sources,
}

impl Setup {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory for the test");
        Self { dir, sources: Sources::default() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("hearth.toml")
    }

    fn file(mut self, text: &str) -> Self {
        std::fs::write(self.path(), text).expect("the directory is writable");
        self.sources.file = Some(self.path());
        self
    }

    fn variable(mut self, name: &str, text: &str) -> Self {
        self.sources.environment.push((name.to_owned(), text.to_owned()));
        self
    }

    fn flag(mut self, name: &'static str, key: &'static str, text: &str) -> Self {
        self.sources.flags.push(Flag { name, key, text: text.to_owned() });
        self
    }

    fn config(&self) -> Config {
        self.sources.load().expect("a good configuration")
    }

    /// The sentence that refuses this setup, its file called FILE.
    fn refusal(&self) -> String {
        let error = self.sources.load().expect_err("a wrong configuration");
        error.to_string().replace(&self.path().display().to_string(), "FILE")
    }
}

#[test]
fn the_shipped_file_is_every_default_explained() {
    let shipped = include_str!("../config/default.toml");

    assert_eq!(shipped, Config::default().to_toml(Comments::With));
    assert_eq!(Setup::new().file(shipped).config(), Config::default());
}

#[test]
fn a_printed_configuration_reads_back() {
    let text = "[server]\nlisten = \"[::1]:1\"\nworker_threads = 3\nallowed_hosts = [\"db\"]\n\
                [auth]\naccount_id = \"123456789012\"\nregion = \"eu-west-1\"\n\
                [api]\nerror_wording = \"2026\"\n\
                [storage]\nreserve_bytes = 0\nengine = \"memory\"\ndurability = \"buffer\"\n\
                memtable_bytes_max = 1048576\nblock_cache_bytes = 1048576\n\
                [cache]\nabsence_ttl_ms = 0\n\
                [cache.tables.\"a.b\"]\nitem_ttl_ms = 5\nabsence_ttl_ms = \"auto\"\nbypass = true\n\
                query_cache = \"off\"\n";
    let config = Setup::new().file(text).config();

    for comments in [Comments::With, Comments::Without] {
        assert_eq!(Setup::new().file(&config.to_toml(comments)).config(), config);
    }
}

#[test]
fn a_variable_stands_over_the_file_and_a_flag_over_both() {
    let setup = Setup::new().file(
        "[cache]\nbytes = 2000\nitem_ttl_ms = 5\n[storage]\ndurability = \"buffer\"\n\
         [log]\nlevel = \"warn\"\n",
    );
    let setup = setup
        .variable("HEARTH__CACHE__BYTES", "3000")
        .variable("HEARTH__CACHE__ITEM_TTL_MS", "6")
        .variable("OTHER__CACHE__BYTES", "x")
        .variable("HEARTH__METRICS__TABLES", "orders, users")
        .flag("--cache-bytes", "cache.bytes", "4000");

    let config = setup.config();

    assert_eq!((config.cache.bytes, config.cache.item_ttl_ms), (4_000, 6));
    assert_eq!((config.storage.durability, config.log.level), (Durability::Buffer, LogLevel::Warn));
    assert_eq!(config.metrics.tables, ["orders", "users"]);
}

#[test]
fn a_table_has_its_own_time_in_the_cache() {
    let config = Setup::new()
        .file("[cache]\nitem_ttl_ms = 9\n[cache.tables.orders]\nitem_ttl_ms = 1\n[cache.tables.Old]\n")
        .variable("HEARTH__CACHE__TABLES__live__ITEM_TTL_MS", "0")
        .config();

    assert_eq!(config.cache_policy("orders").item_ttl_ms, Some(1));
    assert_eq!(config.cache_policy("live").item_ttl_ms, None);
    assert_eq!(config.cache_policy("Old"), config.cache_policy_default());
    assert_eq!(config.cache_policy("ORDERS").item_ttl_ms, Some(9));
}

#[test]
fn the_default_policy_is_exact_and_without_limit() {
    let expected = CachePolicy {
        bypass: false,
        item_ttl_ms: None,
        absence_ttl_ms: None,
        query_ttl_ms: None,
        max_stale_ms: 0,
        stream: StreamUse::Use,
        query_cache: QueryCache::Exact,
        page_bytes_max: 256 << 10,
        fills_max: 64,
    };

    assert_eq!(Config::default().cache_policy_default(), expected);
    assert_eq!(Config::default().cache_policy("orders"), expected);
}

#[test]
fn a_table_takes_from_the_cache_what_it_does_not_say() {
    let config = Setup::new()
        .file(
            "[cache]\nitem_ttl_ms = 9\nquery_ttl_ms = 8\nquery_cache = \"dax\"\nbypass = true\n\
             [cache.tables.orders]\nbypass = false\nabsence_ttl_ms = 0\npage_bytes_max = 0\n\
             [cache.tables.users]\nitem_ttl_ms = 7\nquery_cache = \"off\"\n",
        )
        .variable("HEARTH__CACHE__TABLES__orders__FILLS_MAX", "3")
        .variable("HEARTH__CACHE__TABLES__a__b__QUERY_CACHE", "exact")
        .config();

    let default = config.cache_policy_default();
    assert_eq!((default.absence_ttl_ms, default.query_cache), (Some(9), QueryCache::Dax));
    assert_eq!(
        config.cache_policy("orders"),
        CachePolicy {
            bypass: false,
            absence_ttl_ms: None,
            page_bytes_max: 0,
            fills_max: 3,
            ..default
        }
    );
    assert_eq!(
        config.cache_policy("users"),
        CachePolicy {
            item_ttl_ms: Some(7),
            absence_ttl_ms: Some(7),
            query_cache: QueryCache::Off,
            ..default
        }
    );
    assert_eq!(config.cache_policy("a__b").query_cache, QueryCache::Exact);
}

#[test]
fn a_table_keeps_the_ranges_and_words_of_the_cache() {
    let of_table =
        |line: &str| Setup::new().file(&format!("[cache.tables.abc]\n{line}\n")).refusal();

    assert_eq!(
        of_table("fills_max = 0"),
        "FILE line 2: cache.tables.abc.fills_max: 0 is not between 1 and 4096"
    );
    assert_eq!(
        of_table("page_bytes_max = 16777217"),
        "FILE line 2: cache.tables.abc.page_bytes_max: 16777217 is not between 0 and 16777216"
    );
    assert_eq!(
        of_table("query_cache = \"fast\""),
        "FILE line 2: cache.tables.abc.query_cache: expected \"exact\", \"dax\" or \"off\", found \
         \"fast\""
    );
    assert_eq!(
        of_table("bypass = 1"),
        "FILE line 2: cache.tables.abc.bypass: expected true or false, found an integer"
    );
    assert!(of_table("absence_ttl_ms = \"soon\"").contains("a whole number or \"auto\""));
    assert!(
        of_table("query_bytes = 4096").contains("unknown key \"cache.tables.abc.query_bytes\"")
    );
    assert_eq!(
        Setup::new().variable("HEARTH__CACHE__TABLES__abc__FILLS_MAX", "5000").refusal(),
        "environment variable HEARTH__CACHE__TABLES__abc__FILLS_MAX: cache.tables.abc.fills_max: \
         5000 is not between 1 and 4096"
    );
    assert_eq!(
        Setup::new().file("[cache]\naudit_one_in = 1000000001\n").refusal(),
        "FILE line 2: cache.audit_one_in: 1000000001 is not between 0 and 1000000000"
    );
}

#[test]
fn the_names_of_dax_are_understood_and_printed_as_ours() {
    let setup = Setup::new()
        .file(
            "[cache]\nrecord-ttl-millis = 5\nquery-ttl-millis = 6\n\
             [cache.tables.orders]\nrecord-ttl-millis = 0\n",
        )
        .variable("HEARTH__CACHE__RECORD_TTL_MILLIS", "7")
        .variable("HEARTH__CACHE__TABLES__users__QUERY_TTL_MILLIS", "8");

    let config = setup.config();

    let (orders, users) = (config.cache_policy("orders"), config.cache_policy("users"));
    assert_eq!((orders.item_ttl_ms, orders.query_ttl_ms), (None, Some(6)));
    assert_eq!((users.item_ttl_ms, users.query_ttl_ms), (Some(7), Some(8)));
    assert!(!config.to_toml(Comments::Without).contains("millis"));
}

#[test]
fn a_name_of_dax_is_refused_beside_ours_or_where_its_zero_means_another_thing() {
    let of_file = |text: &str| Setup::new().file(text).refusal();

    assert_eq!(
        of_file("[cache]\nitem_ttl_ms = 1\nrecord-ttl-millis = 1\n"),
        "FILE line 3: cache.record-ttl-millis: cache.item_ttl_ms is another name of it, and is set too"
    );
    assert!(
        of_file("[cache.tables.abc]\nquery_ttl_ms = 1\nquery-ttl-millis = 1\n")
            .contains("cache.tables.abc.query-ttl-millis is another name of it")
    );
    assert!(
        Setup::new()
            .variable("HEARTH__CACHE__ITEM_TTL_MS", "1")
            .variable("HEARTH__CACHE__RECORD_TTL_MILLIS", "1")
            .refusal()
            .ends_with("cache.item_ttl_ms is another name of it, and is set too")
    );
    assert_eq!(
        of_file("[cache]\nquery-ttl-millis = 0\n"),
        "FILE line 2: cache.query-ttl-millis: with 0, DAX caches no queries: say query_cache = \
         \"off\" for that"
    );
    assert!(
        of_file("[cache]\nrecord_ttl_millis = 0\n")
            .ends_with("did you mean \"cache.record-ttl-millis\"?")
    );
    assert!(of_file("[server]\nrecord-ttl-millis = 0\n").contains("unknown key"));
}

#[test]
fn pages_as_in_dax_need_a_time_to_live() {
    let load = |text: &str| Setup::new().file(text).sources.load();
    let dax = "query_cache = \"dax\"\n";

    assert_eq!(
        Setup::new().file(&format!("[cache]\n{dax}")).refusal(),
        "cache: query_cache is \"dax\" and query_ttl_ms 0, so that nothing would ever refresh a \
         cached page: set query_ttl_ms, or query_cache = \"exact\""
    );
    assert!(load(&format!("[cache]\nquery_ttl_ms = 1\n{dax}")).is_ok());
    assert!(load(&format!("[cache.tables.abc]\nquery_ttl_ms = 1\n{dax}")).is_ok());
    assert!(load(&format!("[cache]\nquery_ttl_ms = 1\n[cache.tables.abc]\n{dax}")).is_ok());
    let refused = load(&format!("[cache.tables.abc]\n{dax}"));
    assert!(
        matches!(refused, Err(Error::DaxWithoutTtl { section }) if section == "cache.tables.abc")
    );
    let taken_away =
        format!("[cache]\nquery_ttl_ms = 1\n{dax}[cache.tables.abc]\nquery_ttl_ms = 0\n");
    assert!(matches!(load(&taken_away), Err(Error::DaxWithoutTtl { .. })));
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest_one() {
    let of_file = |text: &str| Setup::new().file(text).refusal();
    let of_variable = |name: &str| Setup::new().variable(name, "1").refusal();

    assert_eq!(
        of_file("\n[cahce]\nbytes = 1\n"),
        "FILE line 2: unknown key \"cahce\", did you mean \"cache\"?"
    );
    assert_eq!(
        of_file("[cache]\n\nbtyes = 1\n"),
        "FILE line 3: unknown key \"cache.btyes\", did you mean \"cache.bytes\"?"
    );
    assert_eq!(
        of_file("[cache.tables.abc]\nttl_ms = 1\n"),
        "FILE line 2: unknown key \"cache.tables.abc.ttl_ms\", did you mean \
         \"cache.tables.abc.item_ttl_ms\"?"
    );
    assert!(of_file("listen = \"x\"\n").ends_with("did you mean \"server.listen\"?"));
    assert!(of_file("[server]\nbytes = 1\n").ends_with("did you mean \"cache.bytes\"?"));
    assert!(of_file("[cache.table.abc]\n").ends_with("did you mean \"cache.tables\"?"));
    assert_eq!(
        of_variable("HEARTH__CACHE__BYTE"),
        "environment variable HEARTH__CACHE__BYTE: unknown key \"CACHE__BYTE\", did you mean \
         \"HEARTH__CACHE__BYTES\"?"
    );
    assert!(
        of_variable("HEARTH__cache__bytes").ends_with("did you mean \"HEARTH__CACHE__BYTES\"?")
    );
    assert!(!of_variable("HEARTH__CACHE").contains("did you mean \"HEARTH__CACHE\""));
    assert_eq!(
        of_variable("HEARTH__CACHE__TABLES__My__Old__ITEM_TLT_MS"),
        "environment variable HEARTH__CACHE__TABLES__My__Old__ITEM_TLT_MS: unknown key \
         \"CACHE__TABLES__My__Old__ITEM_TLT_MS\", did you mean \
         \"HEARTH__CACHE__TABLES__My__Old__ITEM_TTL_MS\"?"
    );
    assert!(
        of_variable("HEARTH__CACHE__TABLES__live__item_ttl_ms")
            .ends_with("did you mean \"HEARTH__CACHE__TABLES__live__ITEM_TTL_MS\"?")
    );
    assert!(of_variable("HEARTH__CACHE__TABLES__live").contains("unknown key"));
    assert!(of_variable("HEARTH__CACHE__TABLES__a__BYTES").contains("\"a\" is not a table name"));
    assert!(of_variable("HEARTH__").contains("unknown key"));
    assert!(of_variable("HEARTH__BYTES").ends_with("did you mean \"HEARTH__CACHE__BYTES\"?"));
}

#[test]
fn a_wrong_value_names_its_place_itself_and_what_would_be_right() {
    let of_file = |text: &str| Setup::new().file(text).refusal();

    assert_eq!(
        of_file("[cache]\nbytes = \"many\"\n"),
        "FILE line 2: cache.bytes: expected a whole number, found \"many\""
    );
    assert_eq!(
        of_file("[server]\nworker_threads = 0\n"),
        "FILE line 2: server.worker_threads: 0 is not between 1 and 1024"
    );
    assert_eq!(
        of_file("[storage]\ndurability = \"fast\"\n"),
        "FILE line 2: storage.durability: expected \"sync\" or \"buffer\", found \"fast\""
    );
    assert_eq!(
        of_file("[storage]\nmemtable_bytes_max = 1048575\n"),
        "FILE line 2: storage.memtable_bytes_max: 1048575 is not between 1048576 and 268435456"
    );
    assert_eq!(
        of_file("[storage]\nmemtable_bytes_max = 268435457\n"),
        "FILE line 2: storage.memtable_bytes_max: 268435457 is not between 1048576 and 268435456"
    );
    assert_eq!(
        of_file("[storage]\nblock_cache_bytes = 0\n"),
        "FILE line 2: storage.block_cache_bytes: 0 is not between 1048576 and 1125899906842624"
    );
    assert!(
        of_file("[storage]\nblock_cache_bytes = 1125899906842625\n").ends_with("1125899906842624")
    );
    assert_eq!(of_file("cache = 1\n"), "FILE line 1: cache: expected a table, found an integer");
    assert!(of_file("[cache\n").starts_with("FILE line 1: this is not TOML: "));
    assert!(of_file("[cache.tables.\"a/b\"]\n").contains("\"a/b\" is not a table name"));
    assert_eq!(
        Setup::new().flag("--cache-bytes", "cache.bytes", "-5").refusal(),
        "--cache-bytes: cache.bytes: expected a whole number, found \"-5\""
    );
    assert_eq!(
        Setup::new().variable("HEARTH__AUTH__ACCOUNT_ID", "12").refusal(),
        "environment variable HEARTH__AUTH__ACCOUNT_ID: auth.account_id: expected a string of 12 \
         digits, found \"12\""
    );
}

#[test]
fn listeners_that_need_not_be_are_off_or_somewhere() {
    let dax = |text: &str| Setup::new().flag("--dax-listen", "server.dax_listen", text);

    assert_eq!(dax("off").config().server.dax_listen.address(), None);
    let somewhere = dax("127.0.0.1:1").config().server.dax_listen;
    assert_eq!(somewhere, Listen::At(SocketAddr::from(([127, 0, 0, 1], 1))));
    assert_eq!(
        dax("on").refusal(),
        "--dax-listen: server.dax_listen: expected an address and port, such as 127.0.0.1:8111, or \
         \"off\", found \"on\""
    );
    let refused = |text: &str| Setup::new().file(text).refusal();
    assert_eq!(
        refused("[dax]\nadvertise = \"hearth:8111\"\n"),
        "FILE line 2: dax.advertise: expected an address and port, such as 192.0.2.1:8111, or \
         \"auto\", found \"hearth:8111\""
    );
    assert_eq!(
        refused("[dax]\npeers = [\"192.0.2.2\"]\n"),
        "FILE line 2: dax.peers: expected a list of addresses and ports, such as 192.0.2.2:8111, found \
         an array"
    );
    assert_eq!(
        refused("[server]\ndax_listen = \"0.0.0.0:8111\"\n").split(" can be").next(),
        Some("server.dax_listen 0.0.0.0:8111")
    );
    assert_eq!(
        refused("[server]\nlisten = \"127.0.0.1:8111\"\n"),
        "server.listen and server.dax_listen are both 127.0.0.1:8111"
    );
}

#[test]
fn tls_needs_one_certificate_and_its_key() {
    let refused = |text: &str| Setup::new().file(text).refusal();
    let daxs = "[server]\ndaxs_listen = \"127.0.0.1:9111\"\n";
    let of_file = |keys: &str| format!("{daxs}[tls]\n{keys}");

    assert!(refused(daxs).starts_with("server.daxs_listen needs a certificate"));
    assert!(refused(&of_file("certificate = \"a\"\n")).ends_with("go together"));
    let both = "certificate = \"a\"\nkey = \"b\"\nself_signed = true\n";
    assert!(refused(&of_file(both)).starts_with("tls.self_signed is for where"));
    let own = Setup::new().file(&of_file("certificate = \"a\"\nkey = \"b\"\n")).config();
    assert_eq!(own.tls.key.as_deref(), Some(Path::new("b")));
    assert!(Setup::new().file(&of_file("self_signed = true\n")).config().tls.self_signed);
}

#[test]
fn an_upstream_is_a_url_and_what_goes_with_it() {
    let setup = Setup::new()
        .file(
            "[upstream]\nendpoints = [\"http://10.0.0.2:8000\"]\ndiscover = \"alternator\"\n\
             region = \"eu-west-1\"\nprofile = \"work\"\nincoherent = \"bypass\"\n\
             [cache.tables.orders]\nstream = \"enable\"\nmax_stale_ms = 60000\n",
        )
        .flag("--upstream", "upstream.url", "https://dynamodb.eu-west-1.amazonaws.com/")
        .variable("HEARTH__UPSTREAM__CREDENTIALS", "container");

    let config = setup.config();

    let url = config.upstream.url.as_ref().expect("it was given");
    assert_eq!(url.to_string(), "https://dynamodb.eu-west-1.amazonaws.com");
    assert_eq!(config.upstream.credentials, UpstreamCredentials::Container);
    assert_eq!(config.upstream.incoherent, Incoherent::Bypass);
    let orders = config.cache_policy("orders");
    assert_eq!((orders.stream, orders.max_stale_ms), (StreamUse::Enable, 60_000));
    assert_eq!(config.cache_policy("users").stream, StreamUse::Use);
    assert_eq!(Setup::new().file(&config.to_toml(Comments::With)).config(), config);
}

#[test]
fn an_upstream_that_is_none_is_refused() {
    let of_flag = |text: &str| Setup::new().flag("--upstream", "upstream.url", text).refusal();

    for text in ["dynamodb", "ftp://dynamodb", "https://dynamodb/path"] {
        assert_eq!(
            of_flag(text),
            format!(
                "--upstream: upstream.url: expected a URL such as \
                 https://dynamodb.eu-west-1.amazonaws.com, or \"\", found \"{text}\""
            )
        );
    }
    assert_eq!(
        Setup::new().file("[upstream]\ntries_max = 11\n").refusal(),
        "FILE line 2: upstream.tries_max: 11 is not between 1 and 10"
    );
}

#[test]
fn what_is_perhaps_not_meant_is_said() {
    let said = |text: &str| {
        let warnings = Setup::new().file(text).config().warnings();
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let plain = |key: &str, endpoint: &str| {
        format!(
            "{key}: {endpoint} is not on this machine and not https: whoever is on the way can read \
             and change requests and items"
        )
    };

    assert!(said("").is_empty());
    assert!(said("[upstream]\nurl = \"http://localhost:8000\"\n").is_empty());
    assert!(said("[upstream]\nurl = \"https://db.example\"\n").is_empty());
    assert_eq!(
        said(
            "[upstream]\nurl = \"http://10.0.0.1\"\nendpoints = [\"http://[::1]\", \"http://b\"]\n"
        ),
        [plain("upstream.url", "http://10.0.0.1"), plain("upstream.endpoints", "http://b")]
    );
    assert!(
        said("[upstream]\nurl = \"http://10.0.0.1\"\ncredentials = \"anonymous\"\n").is_empty()
    );
    assert_eq!(
        said(
            "[storage]\ndata_dir = \"d\"\ndurability = \"buffer\"\n[ttl]\nsweep_interval_ms = 5\n\
             [streams]\nshards = 2\n[cache]\naudit_one_in = 0\nhot_keys_dump = 9\nmax_stale_ms = 9\n\
             [capacity]\nmode = \"off\"\n[upstream]\nurl = \"https://db.example\"\n"
        ),
        ["upstream.url is set, so these do nothing: storage.durability, streams.shards, \
          cache.audit_one_in, cache.hot_keys_dump, capacity.mode, ttl.sweep_interval_ms"]
    );
    assert_eq!(
        said(
            "[cache]\nmax_stale_ms = 9\nstream = \"off\"\naudit_one_in = 9\n\
             [cache.tables.\"orders\"]\nstream = \"enable\"\nmax_stale_ms = 0\nitem_ttl_ms = 9\n\
             [upstream]\nregion = \"eu-west-1\"\n"
        ),
        ["upstream.url is empty, so these do nothing: cache.max_stale_ms, cache.stream, \
          upstream.region, cache.tables.orders.stream"]
    );
}

#[test]
fn other_machines_are_let_in_only_with_credentials_or_by_name() {
    let listen = "[server]\nlisten = \"0.0.0.0:8000\"\n";
    let load = |more: &str| Setup::new().file(&format!("{listen}{more}")).sources.load();

    assert!(matches!(load(""), Err(Error::OpenToAll { .. })));
    assert!(load("[auth]\ncredentials = \"c.toml\"\n").is_ok());
    assert!(load("[auth]\nallow_unauthenticated = true\n").is_ok());
    let mapped = Setup::new().file("[server]\nlisten = \"[::ffff:127.0.0.1]:8000\"\n");
    assert!(mapped.sources.load().is_ok());

    let admin = "[server]\nadmin_listen = \"0.0.0.0:9811\"\n";
    let load = |more: &str| Setup::new().file(&format!("{admin}{more}")).sources.load();
    assert!(matches!(load(""), Err(Error::AdminOpenToAll { .. })));
    assert!(load("[auth]\nallow_remote_admin = true\n").is_ok());
}

#[test]
fn the_token_of_the_admin_port_has_a_file_of_its_own_that_can_change() {
    let running = Setup::new().file("[auth]\nadmin_token = \"a\"\n").config();
    let both = Setup::new().file("[auth]\nadmin_token = \"c\"\ncredentials = \"c\"\n");

    assert_eq!(both.refusal(), "auth.admin_token and auth.credentials name the same file");
    let new = Setup::new().variable("HEARTH__AUTH__ADMIN_TOKEN", "b").config();
    let reloaded = running.reloadable_changes(&new).expect("both are good");
    assert_eq!(reloaded.changed, ["auth.admin_token"]);
    assert_eq!(reloaded.config.auth.admin_token, Some(PathBuf::from("b")));
}

#[test]
fn two_listeners_cannot_share_an_address_but_both_may_take_a_free_port() {
    let setup = |listen: &str| {
        Setup::new().flag("--listen", "server.listen", listen).flag(
            "--admin-listen",
            "server.admin_listen",
            listen,
        )
    };

    assert!(matches!(setup("127.0.0.1:1").sources.load(), Err(Error::SameAddress { .. })));
    setup("127.0.0.1:0").config();
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let setup = Setup::new().file("");
    std::fs::remove_file(setup.path()).expect("it was written");

    assert_eq!(setup.refusal(), "cannot read the configuration file FILE");
}

#[test]
fn a_running_process_takes_what_may_change_and_names_what_waits() {
    let running = Setup::new().file("[cache]\nbytes = 2000\n").config();
    let new = Setup::new().file(
        "[cache]\nbytes = 3000\nitem_ttl_ms = 5\n[log]\nlevel = \"debug\"\n\
         [cache.tables.orders]\nitem_ttl_ms = 1\n[limits]\nconnections_max = 7\n",
    );

    let Reloaded { config, changed, waiting } =
        running.reloadable_changes(&new.config()).expect("both are good");

    assert_eq!(
        changed,
        ["limits.connections_max", "cache.item_ttl_ms", "log.level", "cache.tables"]
    );
    assert_eq!(waiting, ["cache.bytes"]);
    assert_eq!((config.cache.bytes, config.cache.item_ttl_ms), (2_000, 5));
    assert_eq!(config.cache_policy("orders").item_ttl_ms, Some(1));
    assert_eq!((config.log.level, config.limits.connections_max), (LogLevel::Debug, 7));
}

#[test]
fn a_running_process_takes_policies_but_no_other_size_of_the_cache() {
    let running = Setup::new().config();
    let new = Setup::new().file(
        "[cache]\nquery_bytes = 2000\nhot_keys_dump = 9\naudit_one_in = 0\nabsence_ttl_ms = 1\n\
         query_ttl_ms = 2\nquery_cache = \"dax\"\nbypass = true\npage_bytes_max = 3\nfills_max = 4\n\
         [cache.tables.orders]\nfills_max = 5\n",
    );

    let new = new.config();
    let Reloaded { config, changed, waiting } =
        running.reloadable_changes(&new).expect("both are good");

    assert_eq!(
        changed,
        [
            "cache.audit_one_in",
            "cache.absence_ttl_ms",
            "cache.query_ttl_ms",
            "cache.query_cache",
            "cache.bypass",
            "cache.page_bytes_max",
            "cache.fills_max",
            "cache.tables"
        ]
    );
    assert_eq!(waiting, ["cache.query_bytes", "cache.hot_keys_dump"]);
    assert_eq!(config.cache_policy("orders"), new.cache_policy("orders"));
    assert_eq!((config.cache.audit_one_in, config.cache.query_bytes), (0, 64 << 20));
}

#[test]
fn credentials_cannot_be_taken_from_a_listener_that_others_reach() {
    let open = "[server]\nlisten = \"0.0.0.0:8000\"\n[auth]\ncredentials = \"c.toml\"\n";
    let running = Setup::new().file(open).config();
    let new = Setup::new().config();

    assert!(matches!(running.reloadable_changes(&new), Err(Error::OpenToAll { .. })));
}
