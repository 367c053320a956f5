//! `hearth doctor` against real servers, well and ill.
//!
//! Not here: clocks that differ and certificates that have expired, which need another machine's
//! time (`src/cli/doctor/words.rs`).

#[path = "support/mod.rs"]
mod support;

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{
    Asked, Connection, Exit, Launch, OK, REFUSED, Server, scratch, service, signature, wait_until,
};

/// Examines an endpoint with these flags.
fn doctor(url: &str, flags: &[&str]) -> Exit {
    Launch::with(&[&["doctor", url], flags].concat()).run()
}

/// The same as someone with that key, that secret and that region.
fn doctor_as(url: &str, (id, secret, region): (&str, &str, &str)) -> Exit {
    Launch::with(&["doctor", url, "--region", region])
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .run()
}

/// The marks and names of the checks, in their order.
fn checks(exit: &Exit) -> Vec<(&str, &str)> {
    let words = |line| {
        let mut words = str::split_whitespace(line);
        (words.next().unwrap_or_default(), words.next().unwrap_or_default())
    };
    exit.stdout.lines().map(words).collect()
}

#[track_caller]
fn assert_well(exit: &Exit, expected: &[&str]) {
    assert_eq!(exit.status.code(), Some(0), "{exit:#?}");
    let expected: Vec<_> = expected.iter().map(|&check| ("ok", check)).collect();
    assert_eq!(checks(exit), expected, "{exit:#?}");
}

/// The last check failed, and its line has all of these words.
#[track_caller]
fn assert_ill(exit: &Exit, check: &str, says: &[&str]) {
    assert_eq!(exit.status.code(), Some(1), "{exit:#?}");
    let failed: Vec<&str> = exit.stdout.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert_eq!(failed.len(), 1, "{exit:#?}");
    assert_eq!(failed[0].split_whitespace().nth(1), Some(check), "{exit:#?}");
    for word in says {
        assert!(failed[0].contains(word), "{word}: {exit:#?}");
    }
    assert!(exit.stderr.contains("1 of "), "{exit:#?}");
}

/// A server of all four schemes.
fn of_all_schemes(data: &Path) -> Server {
    Launch::on(data)
        .arg("--https-listen")
        .arg("127.0.0.1:0")
        .arg("--daxs-listen")
        .arg("127.0.0.1:0")
        .arg("--tls-self-signed")
        .start()
}

fn url(server: &Server, scheme: &str) -> String {
    format!("{scheme}://{}", server.listener(scheme))
}

/// One that takes a single client.
fn with_credentials(data: &Path, keys: &Path) -> Server {
    let text =
        "[[credentials]]\naccess_key_id = \"AKIDWELL\"\nsecret_access_key = \"right-secret-1\"\n";
    let file = keys.join("credentials.toml");
    std::fs::write(&file, text).expect("room for a file");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    Launch::on(data).arg("--credentials").arg(file).start()
}

/// Makes a table with a key of these types.
fn make_table(server: &Server, name: &str, kinds: &[&str]) {
    let names = ["id", "at"];
    let defined: Vec<Value> = kinds
        .iter()
        .zip(names)
        .map(|(kind, name)| json!({ "AttributeName": name, "AttributeType": kind }))
        .collect();
    let key: Vec<Value> = kinds
        .iter()
        .zip(names.into_iter().zip(["HASH", "RANGE"]))
        .map(|(_, (name, role))| json!({ "AttributeName": name, "KeyType": role }))
        .collect();
    let body = json!({
        "TableName": name,
        "AttributeDefinitions": defined,
        "KeySchema": key,
        "BillingMode": "PAY_PER_REQUEST",
    });
    server.db().call("CreateTable", &body).ok();
}

fn authority(data: &Path) -> PathBuf {
    data.join("tls.pem")
}

#[test]
fn a_server_that_is_well_is_found_so_over_all_four_schemes() {
    let data = scratch();
    let server = of_all_schemes(data.path());
    make_table(&server, "music", &["S"]);
    let ca = authority(data.path()).display().to_string();
    let flags = ["--table", "music", "--ca-file", &ca];

    let http = doctor(&url(&server, "http"), &flags);
    let https = doctor(&url(&server, "https"), &flags);
    let dax = doctor(&url(&server, "dax"), &flags);
    let daxs = doctor(&url(&server, "daxs"), &flags);

    let of_http = ["clock", "signature", "tables", "table", "read", "write"];
    let of_dax = ["signature", "endpoints", "table", "read", "write"];
    assert_well(&http, &[&["address", "protocol"], &of_http[..]].concat());
    assert_well(&https, &[&["address", "tls", "protocol"], &of_http[..]].concat());
    assert_well(&dax, &[&["address", "protocol"], &of_dax[..]].concat());
    assert_well(&daxs, &[&["address", "tls", "protocol"], &of_dax[..]].concat());
    let left = server.db().call("Scan", &json!({ "TableName": "music" })).ok();
    assert_eq!(left["Count"], 0, "{left}");
}

#[test]
fn keys_of_each_type_are_tried() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    make_table(&server, "numbers", &["N", "B"]);
    make_table(&server, "bytes", &["B", "N"]);

    for scheme in ["http", "dax"] {
        for table in ["numbers", "bytes"] {
            let exit = doctor(&url(&server, scheme), &["--table", table]);

            assert_eq!(exit.status.code(), Some(0), "{exit:#?}");
            assert_eq!(checks(&exit).last(), Some(&("ok", "write")), "{exit:#?}");
        }
    }
}

#[test]
fn without_a_table_no_item_is_tried() {
    let data = scratch();
    let server = Launch::on(data.path()).start();

    for scheme in ["http", "dax"] {
        let exit = doctor(&url(&server, scheme), &[]);

        assert_eq!(exit.status.code(), Some(0), "{exit:#?}");
        assert_eq!(checks(&exit).last(), Some(&("skip", "item")), "{exit:#?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);

    for scheme in ["http", "https", "dax", "daxs"] {
        let exit = doctor(&format!("{scheme}://{address}"), &[]);

        assert_ill(&exit, "address", &["nobody listens", "hearth serve"]);
    }
    // A name that no resolver has (RFC 6761).
    let unresolved = doctor("dax://nowhere.invalid:8111", &[]);
    assert_ill(&unresolved, "address", &["cannot be resolved"]);
}

#[test]
fn signatures_that_are_not_taken_are_told_apart() {
    let (data, keys) = (scratch(), scratch());
    let server = with_credentials(data.path(), keys.path());

    for scheme in ["http", "dax"] {
        let url = url(&server, scheme);

        let well = doctor_as(&url, ("AKIDWELL", "right-secret-1", "us-east-1"));
        let wrong_secret = doctor_as(&url, ("AKIDWELL", "wrong-secret-2", "us-east-1"));
        let unknown = doctor_as(&url, ("AKIDOTHER", "right-secret-1", "us-east-1"));
        let elsewhere = doctor_as(&url, ("AKIDWELL", "right-secret-1", "eu-west-1"));

        assert_eq!(well.status.code(), Some(0), "{well:#?}");
        assert_ill(&wrong_secret, "signature", &["secret access key", "AKIDWELL"]);
        assert_ill(&unknown, "signature", &["knows no access key id AKIDOTHER"]);
        assert_ill(&elsewhere, "signature", &["region eu-west-1", "auth.region"]);
        for exit in [&wrong_secret, &unknown, &elsewhere] {
            assert!(!exit.stdout.contains("-secret-"), "{exit:#?}");
        }
    }
}

#[test]
fn a_port_of_another_protocol_is_told_with_the_right_url() {
    let data = scratch();
    let server = of_all_schemes(data.path());
    let given = |scheme: &str, port_of: &str| format!("{scheme}://{}", server.listener(port_of));

    for (scheme, port_of, check) in [
        ("dax", "http", "protocol"),
        ("http", "dax", "protocol"),
        ("http", "https", "protocol"),
        ("dax", "daxs", "protocol"),
        ("https", "http", "tls"),
        ("daxs", "dax", "tls"),
    ] {
        let exit = doctor(&given(scheme, port_of), &[]);

        assert_ill(&exit, check, &[&given(port_of, port_of)]);
    }
    let ca = authority(data.path()).display().to_string();
    for (scheme, port_of) in [("daxs", "https"), ("https", "daxs")] {
        let exit = doctor(&given(scheme, port_of), &["--ca-file", &ca]);

        assert_ill(&exit, "protocol", &[&given(port_of, port_of)]);
    }
    let admin = doctor(&format!("http://{}", server.admin()), &[]);
    assert_ill(&admin, "protocol", &["not DynamoDB's API", "admin port"]);
}

#[test]
fn a_certificate_that_is_not_trusted_is_told() {
    let data = scratch();
    let server = of_all_schemes(data.path());

    for scheme in ["https", "daxs"] {
        let exit = doctor(&url(&server, scheme), &[]);

        assert_ill(&exit, "tls", &["nobody whom this machine trusts", "--ca-file", "tls.pem"]);
    }
}

#[test]
fn a_certificate_of_another_name_is_told() {
    let data = scratch();
    let launch = Launch::on(data.path()).arg("--allow-unauthenticated");
    let server = launch.arg("--https-listen").arg("0.0.0.0:0").arg("--tls-self-signed").start();
    let ca = authority(data.path()).display().to_string();
    let port = server.listener("https").port();

    let exit = doctor(&format!("https://127.0.0.2:{port}"), &["--ca-file", &ca]);

    assert_ill(&exit, "tls", &["other names", "server.allowed_hosts"]);
}

#[test]
fn a_table_that_is_not_there_is_told() {
    let data = scratch();
    let server = Launch::on(data.path()).start();

    for scheme in ["http", "dax"] {
        let exit = doctor(&url(&server, scheme), &["--table", "absent"]);

        assert_ill(&exit, "table", &["no table \"absent\""]);
    }
}

#[test]
fn an_advertised_address_that_nobody_reaches_is_told() {
    let data = scratch();
    let server = Launch::on(data.path()).env("HEARTH__DAX__ADVERTISE", "127.0.0.1:1").start();

    let exit = doctor(&url(&server, "dax"), &[]);

    assert_ill(&exit, "endpoints", &["127.0.0.1:1", "nobody listens there", "dax.advertise"]);
}

#[test]
fn what_is_no_endpoint_is_asked_for_wrongly() {
    for url in ["127.0.0.1:8000", "ftp://127.0.0.1", "http://127.0.0.1/path"] {
        let exit = doctor(url, &[]);

        assert_eq!(exit.status.code(), Some(2), "{exit:#?}");
        assert!(exit.stderr.starts_with("hearth: "), "{exit:#?}");
    }
}

/// Examines a service as one behind hearth, as someone with that key and secret.
fn upstream_doctor(url: &str, (id, secret): (&str, &str), flags: &[&str]) -> Exit {
    Launch::with(&[&["doctor", "--upstream", url], flags].concat())
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .run()
}

/// The lines of a check.
fn lines<'a>(exit: &'a Exit, check: &str) -> Vec<&'a str> {
    let is_its = |line: &&str| line.split_whitespace().nth(1) == Some(check);
    exit.stdout.lines().filter(is_its).collect()
}

#[test]
fn a_service_that_hearth_can_work_with_is_found_so_and_left_alone() {
    let (data, keys) = (scratch(), scratch());
    let server = with_credentials(data.path(), keys.path());
    let key = ("AKIDWELL", "right-secret-1");
    make_signed_table(&server, key, "music");

    let exit = upstream_doctor(&url(&server, "http"), key, &[]);

    assert_eq!(exit.status.code(), Some(0), "{exit:#?}");
    let marks: Vec<&str> = checks(&exit).iter().map(|(mark, _)| *mark).collect();
    assert!(!marks.contains(&"FAIL"), "{exit:#?}");
    let says = |check, words: &[&str]| {
        let lines = lines(&exit, check);
        for word in words {
            assert!(lines.iter().any(|line| line.contains(word)), "{check} {word}: {exit:#?}");
        }
    };
    says("address", &["ok", "accepts connections"]);
    says("key", &["AKIDWELL, from the environment"]);
    says("signature", &["taken for AKIDWELL in us-east-1"]);
    says("clock", &["ok"]);
    says("tables", &["music"]);
    says("transact", &["ok"]);
    says("partiql", &["ok"]);
    says("streams", &["ok"]);
    says("backups", &["ok"]);
    says("action", &["dynamodb:GetItem on music is allowed", "dynamodb:PutItem", "dynamodb:Scan"]);
    says("stream", &["note", "music has no stream", "stream = \"enable\""]);
    let scanned = signed(&server, key, "Scan", &json!({ "TableName": "music" }));
    assert_eq!(scanned["Count"], 0, "nothing was written: {scanned}");
}

#[test]
fn a_service_that_hearth_cannot_work_with_is_told_why() {
    let (data, keys) = (scratch(), scratch());
    let server = with_credentials(data.path(), keys.path());
    let endpoint = url(&server, "http");
    let right = ("AKIDWELL", "right-secret-1");

    let unknown = upstream_doctor(&endpoint, ("AKIDODD", "right-secret-1"), &[]);
    let wrong = upstream_doctor(&endpoint, ("AKIDWELL", "wrong-secret-1"), &[]);
    let elsewhere = upstream_doctor(&endpoint, right, &["--region", "eu-west-1"]);
    let absent = upstream_doctor(&endpoint, right, &["--table", "absent"]);
    let admin = upstream_doctor(&format!("http://{}", server.admin()), right, &[]);
    let port = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nobody = port.local_addr().expect("it is bound");
    drop(port);
    let nobody = upstream_doctor(&format!("http://{nobody}"), right, &[]);

    assert_ill(&unknown, "signature", &["knows no access key id AKIDODD", "--profile"]);
    assert_ill(&wrong, "signature", &["not the one of AKIDWELL"]);
    assert_ill(&elsewhere, "signature", &["region eu-west-1", "upstream.region"]);
    assert_ill(&absent, "table", &["no table absent"]);
    assert_ill(&admin, "protocol", &["DynamoDB-compatible"]);
    assert_ill(&nobody, "address", &["nobody listens"]);
    for exit in [&unknown, &wrong] {
        assert!(!exit.stdout.contains("-secret-"), "{exit:#?}");
    }
}

#[test]
fn without_credentials_hearth_cannot_work() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    let home = scratch();
    let nowhere = |name: &str| home.path().join(name).display().to_string();
    let launch = Launch::with(&["doctor", "--upstream", &url(&server, "http")])
        .env("AWS_SHARED_CREDENTIALS_FILE", &nowhere("credentials"))
        .env("AWS_CONFIG_FILE", &nowhere("config"))
        .env("AWS_ACCESS_KEY_ID", "")
        .env("AWS_SECRET_ACCESS_KEY", "");

    let none = launch.run();
    let anonymous = launch.env("HEARTH__UPSTREAM__CREDENTIALS", "anonymous").run();

    assert_ill(&none, "key", &["no credentials", "AWS_ACCESS_KEY_ID", "\"anonymous\""]);
    assert_eq!(anonymous.status.code(), Some(0), "{anonymous:#?}");
    assert!(anonymous.stdout.contains("no table to try them on"), "{anonymous:#?}");
}

#[test]
fn a_configuration_without_an_upstream_has_none_to_examine() {
    let dir = scratch();
    let file = dir.path().join("hearth.toml");
    std::fs::write(&file, "").expect("room for a file");

    let exit = Launch::with(&["doctor", "--config"]).arg(&file).run();

    assert_eq!(exit.status.code(), Some(2), "{exit:#?}");
    assert!(exit.stderr.contains("names no upstream"), "{exit:#?}");
}

/// The answer to a signed request.
fn signed(server: &Server, key: (&str, &str), operation: &str, request: &Value) -> Value {
    let body = request.to_string();
    let now_ms = hearth::clock::Clock::system().unix_ms();
    let headers = signature(key, now_ms, operation, body.as_bytes());
    let mut connection = Connection::open(server.http()).expect("it is up");
    let sent = connection.send_operation_with(&headers, operation, body.as_bytes());
    let response = sent.and_then(|()| connection.receive()).expect("it is answered");
    assert_eq!(response.status, 200, "{}", response.text());
    serde_json::from_slice(&response.body).expect("an answer is JSON")
}

fn make_signed_table(server: &Server, key: (&str, &str), name: &str) {
    let create = json!({
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    signed(server, key, "CreateTable", &create);
    wait_until("the new table to be ACTIVE", || {
        let table = signed(server, key, "DescribeTable", &json!({ "TableName": name }));
        (table["Table"]["TableStatus"] == "ACTIVE").then_some(())
    });
}

#[test]
fn a_service_that_sends_elsewhere_is_told_with_the_url_that_it_names() {
    let to_tls = "301 Moved Permanently\r\nLocation: https://db.example:8443/";
    let elsewhere = "308 Permanent Redirect\r\nLocation: http://db.example/";
    let exit = |head| {
        let url = service(move |_| (head, ""));
        upstream_doctor(&url, ("AKIDWELL", "right-secret-1"), &[])
    };

    let wants_tls = exit(to_tls);
    assert_ill(
        &wants_tls,
        "protocol",
        &["301, to https://db.example:8443", "begins with https://"],
    );
    let moved = exit(elsewhere);
    assert_ill(&moved, "protocol", &["308, to http://db.example", "URL of the service itself"]);
}

/// Answers as an Alternator of one node does that reorders writes to its one table.
fn as_alternator(asked: Asked<'_>) -> (&'static str, &'static str) {
    let (status, body) = match asked {
        Asked::Path(path) if path.starts_with("GET /localnodes") => (OK, r#"["127.0.0.1"]"#),
        Asked::Path(_) => (OK, "healthy: 127.0.0.1"),
        Asked::Operation("ListTables") => (OK, r#"{"TableNames":["music"]}"#),
        Asked::Operation("DescribeTable") => (OK, DESCRIPTION),
        Asked::Operation("ListTagsOfResource") => {
            (OK, r#"{"Tags":[{"Key":"system:write_isolation","Value":"unsafe"}]}"#)
        }
        Asked::Operation("GetItem" | "PutItem") => {
            (REFUSED, r#"{"__type":"x#ValidationException"}"#)
        }
        Asked::Operation("Query") => (REFUSED, DENIED),
        Asked::Operation(_) => {
            (REFUSED, r#"{"__type":"x#UnknownOperationException","message":"no"}"#)
        }
    };
    (if status == OK { "200 OK\r\nServer: Scylla" } else { status }, body)
}

const DENIED: &str = r#"{"__type":"x#AccessDeniedException","message":"no"}"#;
const DESCRIPTION: &str = r#"{"Table":{"TableName":"music","TableStatus":"ACTIVE",
    "TableArn":"arn:scylla:alternator:k:scylla:table/music","CreationDateTime":1,"TableId":"a",
    "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
    "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}}"#;

#[test]
fn an_alternator_that_reorders_writes_is_nothing_to_work_with() {
    let exit = upstream_doctor(&service(as_alternator), ("AKIDWELL", "right-secret-1"), &[]);

    assert_ill(&exit, "isolation", &["music", "wrong order", "always_use_lwt"]);
    let says = |check, word: &str| {
        assert!(lines(&exit, check).iter().any(|line| line.contains(word)), "{word}: {exit:#?}");
    };
    says("protocol", "an Alternator of 1 node");
    says("protocol", "Server: Scylla");
    says("clock", "does not say its time");
    says("transact", "note");
    says("transact", "no transactions");
    says("action", "dynamodb:Query on music is denied to AKIDWELL");
    says("action", "dynamodb:GetItem on music is allowed");
}

#[test]
fn a_stream_that_may_not_be_read_shows_no_writes() {
    let of_streams = |denied: &'static str| {
        service(move |asked| match asked {
            Asked::Operation(operation) if operation == denied => (REFUSED, DENIED),
            Asked::Operation("ListTables") => (OK, r#"{"TableNames":["music"]}"#),
            Asked::Operation("DescribeTable") => (OK, WITH_STREAM),
            Asked::Operation("DescribeStream") => (OK, STREAM),
            Asked::Operation("GetShardIterator") => (OK, r#"{"ShardIterator":"i"}"#),
            Asked::Operation("GetRecords") => (OK, r#"{"Records":[]}"#),
            Asked::Operation(_) | Asked::Path(_) => {
                (REFUSED, r#"{"__type":"x#ValidationException"}"#)
            }
        })
    };
    let stream = |denied| {
        let exit = upstream_doctor(&of_streams(denied), ("AKIDWELL", "right-secret-1"), &[]);
        assert_eq!(exit.status.code(), Some(0), "{exit:#?}");
        lines(&exit, "stream").concat()
    };

    for denied in ["DescribeStream", "GetShardIterator", "GetRecords"] {
        let said = stream(denied);

        assert!(said.starts_with("note") && !said.contains("are seen"), "{said}");
        for words in [
            &*format!("AKIDWELL may not read it (dynamodb:{denied})"),
            "writes past hearth are not seen until entries expire",
            "Allow dynamodb:DescribeStream, dynamodb:GetShardIterator and dynamodb:GetRecords",
            "table/music/stream/*",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
    let said = stream("");
    assert!(said.starts_with("ok") && said.contains("writes past hearth are seen"), "{said}");
}

const WITH_STREAM: &str = r#"{"Table":{"TableName":"music","TableStatus":"ACTIVE",
    "TableArn":"arn:aws:dynamodb:us-east-1:1:table/music","CreationDateTime":1,"TableId":"a",
    "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
    "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],
    "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},
    "LatestStreamArn":"arn:aws:dynamodb:us-east-1:1:table/music/stream/1",
    "LatestStreamLabel":"1"}}"#;
const STREAM: &str = r#"{"StreamDescription":{"StreamStatus":"ENABLED","TableName":"music",
    "StreamArn":"arn:aws:dynamodb:us-east-1:1:table/music/stream/1","StreamLabel":"1",
    "StreamViewType":"NEW_AND_OLD_IMAGES","CreationRequestDateTime":1,
    "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
    "Shards":[{"ShardId":"s","SequenceNumberRange":{"StartingSequenceNumber":"1"}}]}}"#;
