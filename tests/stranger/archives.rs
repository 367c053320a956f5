//! `hearth backup` and `hearth restore`: everything in one file and back, and every refusal.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Connection, Db, Exit, Launch, Server, scratch, wait_until};

/// A running hearth with two tables, one of them with a stream and an index.
struct World {
    server: Server,
    scratch: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let scratch = scratch();
        let server = Launch::on(&scratch.path().join("data")).start();
        let mut db = server.db();
        db.create_table("users");
        db.create_table_with(&json!({
            "TableName": "events",
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "kind", "AttributeType": "S"},
            ],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [{
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
            "Tags": [{"Key": "a", "Value": "b"}],
        }));
        for number in 0..500 {
            let id = number.to_string();
            db.put("users", &json!({"id": {"S": id}, "text": {"S": "x".repeat(2_000)}}));
            db.put("events", &json!({"id": {"S": id}, "kind": {"S": format!("k{}", number % 3)}}));
        }
        Self { server, scratch }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn back_up(&self, to: &Path) -> Exit {
        let (admin, token) = (format!("http://{}", self.server.admin()), self.path("data"));
        Launch::with(&["backup", "--admin", &admin])
            .arg("--token-file")
            .arg(token.join("admin-token"))
            .arg("--to")
            .arg(to)
            .run()
    }
}

/// What a client sees of both tables.
fn seen(db: &mut Db) -> Value {
    let mut sorted = |request: Value| {
        let mut items = db.scan_all(&request);
        items.sort_by_key(Value::to_string);
        items
    };
    let users = sorted(json!({"TableName": "users"}));
    let events = sorted(json!({"TableName": "events"}));
    let by_kind = sorted(json!({"TableName": "events", "IndexName": "by-kind"}));
    assert_eq!((users.len(), events.len()), (500, 500));
    let table = db.call("DescribeTable", &json!({"TableName": "events"})).ok()["Table"].take();
    let arn = table["LatestStreamArn"].clone();
    let stream = db.call_streams("DescribeStream", &json!({"StreamArn": arn})).ok();
    let shard = &stream["StreamDescription"]["Shards"][0]["ShardId"];
    let from = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = db.call_streams("GetShardIterator", &from).ok()["ShardIterator"].take();
    let records = db.call_streams("GetRecords", &json!({"ShardIterator": iterator})).ok();
    assert_eq!(records["Records"].as_array().map(Vec::len), Some(500));
    let tags = db.call("ListTagsOfResource", &json!({"ResourceArn": table["TableArn"]})).ok();
    json!([users, events, by_kind, table, records["Records"], tags])
}

/// Asserts that a command failed with one sentence, and yields it.
fn refused(exit: &Exit) -> &str {
    assert!(!exit.status.success(), "{exit:#?}");
    assert_eq!(exit.stdout, "", "{exit:#?}");
    let sentence = exit.stderr.strip_suffix('\n').expect("a whole line");
    assert!(sentence.starts_with("hearth: ") && !sentence.contains('\n'), "{exit:#?}");
    sentence
}

fn restore(file: &Path, dir: &Path) -> Exit {
    Launch::with(&["restore"]).arg(file).arg("--data-dir").arg(dir).run()
}

fn check(file: &Path) -> Exit {
    Launch::with(&["restore", "--check"]).arg(file).run()
}

fn names(dir: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("an entry").file_name().into_string().expect("a plain name")
    };
    let mut names: Vec<String> = fs::read_dir(dir).expect("it is there").map(name).collect();
    names.sort();
    names
}

#[test]
fn everything_of_a_running_hearth_comes_back() {
    let world = World::new();
    let file = world.path("all.backup");
    let before = seen(&mut world.server.db());

    let taken = world.back_up(&file);
    assert!(taken.status.success(), "{taken:#?}");
    world.server.db().put("users", &json!({"id": {"S": "later"}}));

    assert!(taken.stdout.starts_with(&format!("backed up: {}\n", file.display())), "{taken:#?}");
    let mode = fs::metadata(&file).expect("it was made").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let checked = check(&file);
    assert!(checked.status.success() && checked.stdout.starts_with("sound: "), "{checked:#?}");
    let dir = world.path("restored");
    let restored = restore(&file, &dir);
    assert!(restored.status.success(), "{restored:#?}");
    let server = Launch::on(&dir).start();
    assert_eq!(seen(&mut server.db()), before);
    // It goes on where the other was.
    server.db().put("events", &json!({"id": {"S": "new"}, "kind": {"S": "k0"}}));
    server.db().create_table("more");
    drop(server);
    assert_eq!(names(world.scratch.path()), ["all.backup", "data", "restored"]);
    let sound = Launch::with(&["check-data"]).arg(&dir).run();
    assert!(sound.status.success(), "{sound:#?}");
}

#[test]
fn everything_of_a_stopped_hearth_comes_back_and_of_a_running_one_its_directory_is_refused() {
    let world = World::new();
    let (data, file) = (world.path("data"), world.path("all.backup"));
    let before = seen(&mut world.server.db());
    let of_directory = |dir: &Path| {
        Launch::with(&["backup"]).arg("--data-dir").arg(dir).arg("--to").arg(&file).run()
    };

    assert!(refused(&of_directory(&data)).contains("is in use by another process"));
    world.server.kill();
    let taken = of_directory(&data);

    assert!(taken.status.success(), "{taken:#?}");
    let dir = world.scratch.path().join("restored");
    assert!(restore(&file, &dir).status.success());
    let server = Launch::on(&dir).start();
    assert_eq!(seen(&mut server.db()), before);
    fs::remove_file(&file).expect("it was made");
    let nowhere = world.scratch.path().join("nowhere");
    assert!(refused(&of_directory(&nowhere)).ends_with("nowhere is no data directory of hearth"));
    assert!(!nowhere.exists() && !file.exists());
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let world = World::new();
    let (file, dir) = (world.path("all.backup"), world.path("restored"));
    assert!(world.back_up(&file).status.success());

    let again = world.back_up(&file);
    assert!(refused(&again).ends_with("all.backup is there already, and is not overwritten"));
    fs::write(world.path("other.backup.partial"), b"left over").expect("the directory is ours");
    let left_over = world.back_up(&world.path("other.backup"));
    assert!(refused(&left_over).ends_with("if none runs, remove it"));
    fs::create_dir(&dir).expect("the directory is ours");
    assert!(restore(&file, &dir).status.success(), "an empty one is free");
    let files = names(&dir);
    let full = restore(&file, &dir);
    assert!(refused(&full).ends_with("not empty: name a directory that is to be made"));
    assert_eq!(names(&dir), files);
    let of_file = restore(&file, &file);
    assert!(refused(&of_file).contains("is there already and not empty"));
}

#[test]
fn a_file_that_was_cut_or_changed_is_refused_and_leaves_nothing() {
    let world = World::new();
    let (file, dir) = (world.path("all.backup"), world.path("restored"));
    assert!(world.back_up(&file).status.success());
    let sound = fs::read(&file).expect("it was made");
    let last = sound.len() - 1;
    let changed = |place: usize| {
        let mut bytes = sound.clone();
        bytes[place] ^= 1;
        bytes
    };

    for (bytes, why) in [
        (sound[..last].to_vec(), "the file ends in it"),
        (sound[..sound.len() / 2].to_vec(), "the file ends in it"),
        (changed(last), "its checksum is wrong"),
        (changed(sound.len() / 2), "its checksum is wrong"),
        ([&sound[..], b"x"].concat(), "something is behind the end"),
        (b"hearthTB".to_vec(), "this is no archive of hearth"),
        (Vec::new(), "this is no archive of hearth"),
    ] {
        fs::write(&file, bytes).expect("the file is ours");
        for exit in [check(&file), restore(&file, &dir)] {
            let sentence = refused(&exit);
            assert!(sentence.contains(why), "{why}: {sentence}");
        }
        assert!(!dir.exists() && names(world.scratch.path()) == ["all.backup", "data"], "{why}");
    }
}

#[test]
fn a_tables_backup_is_checked_as_a_file() {
    let world = World::new();
    let mut db = world.server.db();
    let made = db.call("CreateBackup", &json!({"TableName": "users", "BackupName": "b-1"})).ok();
    let arn = made["BackupDetails"]["BackupArn"].as_str().expect("an ARN");
    wait_until("the backup", || {
        let described = db.call("DescribeBackup", &json!({"BackupArn": arn})).ok();
        let status = &described["BackupDescription"]["BackupDetails"]["BackupStatus"];
        (*status == "AVAILABLE").then_some(())
    });
    let id = arn.rsplit('/').next().expect("a last part");
    let file = world.path("data").join("backups").join(format!("{id}.backup"));

    let sound = check(&file);

    assert!(sound.status.success(), "{sound:#?}");
    let first = format!("sound: {}\nbackup b-1 of table users, made ", file.display());
    assert!(sound.stdout.starts_with(&first), "{sound:#?}");
    assert!(sound.stdout.contains(": 500 items, "), "{sound:#?}");
    let mut bytes = fs::read(&file).expect("it was made");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let copy = world.path("copy");
    fs::write(&copy, &bytes).expect("the directory is ours");
    assert!(refused(&check(&copy)).contains("its checksum is wrong"));
    fs::write(&copy, &bytes[..middle]).expect("the file is ours");
    assert!(refused(&check(&copy)).contains("the file ends in it"));
    let restored = restore(&file, &world.path("restored"));
    assert!(refused(&restored).contains("this is no archive of hearth"));
}

#[test]
fn an_archive_is_for_who_has_the_token_alone() {
    let world = World::new();
    let ask = |head: &str, method: &str| {
        let mut connection = Connection::open(world.server.admin()).expect("it is served");
        let request = format!("{method} /backup HTTP/1.1\r\nhost: localhost\r\n{head}\r\n");
        connection.send(request.as_bytes()).expect("it is sent");
        connection.receive().expect("it is answered")
    };
    let token = fs::read_to_string(world.path("data/admin-token")).expect("it was made");
    let right = format!("authorization: Bearer {}\r\n", token.lines().next().expect("a token"));

    assert_eq!(ask("", "GET").status, 401);
    assert_eq!(ask("authorization: Bearer 0123456789abcdef0123\r\n", "GET").status, 401);
    assert_eq!(ask(&right, "DELETE").status, 405);
    let wrong = Launch::with(&["backup", "--admin", &format!("http://{}", world.server.admin())])
        .env("HEARTH_ADMIN_TOKEN", "0123456789abcdef0123456789abcdef")
        .arg("--to")
        .arg(world.path("all.backup"))
        .run();
    assert!(refused(&wrong).contains("the admin token is not that of the hearth"));
    assert_eq!(names(world.scratch.path()), ["data"]);
}
