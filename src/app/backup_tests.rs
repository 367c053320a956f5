//! Backups and restores of a whole proxy over tables in memory, whose work beside the requests is
//! begun when the test says so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::background_tests::{asked, called, metric, until};
use super::{start, task};
use crate::api::{ApiError, ControlCode, ErrorCode, TableName};
use crate::backup::{Archive, ArchivePiece, Label, Shelf};
use crate::clock::Clock;
use crate::config::{Config, EngineKind};
use crate::engine::TableReader as _;
use crate::metrics::{self, Metrics};
use crate::proxy::{ArchiveBytes, ArchiveError};
use crate::store::FreeSpace;
use crate::store::memory::{Afterwards, Faults, MemoryStore};

struct Rig(start::Parts, Faults);

impl Rig {
    /// A proxy over one table, `tab` with a local and a global index, and so many items.
    async fn open(items: usize) -> Self {
        let mut config = Config::default();
        config.storage.engine = EngineKind::Memory;
        Self::open_as(&config, items).await
    }

    /// The same, with backups in a directory and a reserve of 1,000 bytes.
    async fn open_on_disk(dir: &Path, items: usize) -> Self {
        let mut config = Config::default();
        config.storage.data_dir = dir.to_owned();
        config.storage.reserve_bytes = Some(1_000);
        Self::open_as(&config, items).await
    }

    async fn open_as(config: &Config, items: usize) -> Self {
        let store = MemoryStore::new();
        let faults = store.faults();
        let metrics = Metrics::new(metrics::Options::default());
        let parts = start::open_on(Arc::new(store), config, metrics, Clock::system());
        let rig = Self(parts.expect("tables in memory open"), faults);
        rig.call("CreateTable", table("tab")).await;
        for number in 0..items {
            rig.put("tab", number, "old").await;
        }
        rig
    }

    fn write_backups(&self) {
        task::spawn("backups", Arc::clone(&self.0.proxy).write_backups());
    }

    fn fill_tables(&self) {
        task::spawn("restores", Arc::clone(&self.0.proxy).fill_restored_tables());
    }

    async fn call(&self, name: &str, body: Value) -> Value {
        called(&self.0, name, body).await
    }

    /// An archive, once the one before is over.
    async fn begun_archive(&self) -> ArchiveBytes {
        loop {
            match self.0.proxy.archive().await {
                Ok(bytes) => return bytes,
                Err(ArchiveError::Busy) => tokio::task::yield_now().await,
                Err(error @ ArchiveError::Engine(_)) => panic!("{error}"),
            }
        }
    }

    async fn refused(&self, name: &str, body: Value) -> (ErrorCode, String) {
        let ApiError { code, message, .. } =
            asked(&self.0, name, &body).await.expect_err("refused");
        (code, message)
    }

    async fn put(&self, table: &str, number: usize, version: &str) {
        let item = json!({
            "id": {"S": format!("id {number}")}, "at": {"N": number.to_string()},
            "l": {"S": version}, "g": {"S": format!("g {}", number % 3)},
        });
        self.call("PutItem", json!({"TableName": table, "Item": item})).await;
    }

    /// Begins a backup of `tab`; gives its ARN.
    async fn back_up(&self) -> String {
        let made =
            self.call("CreateBackup", json!({"TableName": "tab", "BackupName": "b-1"})).await;
        made["BackupDetails"]["BackupArn"].as_str().expect("an ARN").to_owned()
    }

    async fn status_of(&self, arn: &str) -> Value {
        let described = self.call("DescribeBackup", json!({"BackupArn": arn})).await;
        described["BackupDescription"]["BackupDetails"]["BackupStatus"].clone()
    }

    async fn until_available(&self, arn: &str) {
        while self.status_of(arn).await != "AVAILABLE" {
            tokio::task::yield_now().await;
        }
    }

    async fn restore(&self, arn: &str, target: &str) -> Value {
        let restore = json!({"BackupArn": arn, "TargetTableName": target});
        self.call("RestoreTableFromBackup", restore).await["TableDescription"].take()
    }

    /// Of a table that cannot be filled.
    async fn until_gone(&self, table: &str) {
        until(|| self.0.engine.catalog().load().table(table).is_none()).await;
        let failed = "hearth_backups_total{work=\"restore\",outcome=\"failed\"} ";
        until(|| metric(&self.0, failed) == 1).await;
    }

    async fn until_serving(&self, table: &str) {
        until(|| self.0.engine.catalog().load().serving(table).is_some()).await;
    }

    async fn scan(&self, table: &str, index: Option<&str>) -> Vec<Value> {
        let mut scan = json!({"TableName": table});
        if let Some(index) = index {
            scan["IndexName"] = json!(index);
        }
        let mut items = Vec::new();
        loop {
            let mut page = self.call("Scan", scan.clone()).await;
            items.append(page["Items"].as_array_mut().expect("items"));
            match page.get_mut("LastEvaluatedKey") {
                Some(last) => scan["ExclusiveStartKey"] = last.take(),
                None => break,
            }
        }
        items.sort_by_key(Value::to_string);
        items
    }
}

fn table(name: &str) -> Value {
    let key = |hash: &str, range: &str| {
        json!([{"AttributeName": hash, "KeyType": "HASH"},
               {"AttributeName": range, "KeyType": "RANGE"}])
    };
    json!({
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "l", "AttributeType": "S"},
            {"AttributeName": "g", "AttributeType": "S"},
        ],
        "KeySchema": key("id", "at"),
        "LocalSecondaryIndexes": [{
            "IndexName": "local", "KeySchema": key("id", "l"),
            "Projection": {"ProjectionType": "ALL"},
        }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "global", "KeySchema": key("g", "at"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_shows_the_moment_of_its_request_whatever_is_written_meanwhile() {
    let rig = Rig::open(300).await;
    let before = [rig.scan("tab", None).await, rig.scan("tab", Some("local")).await];

    let arn = rig.back_up().await;
    for number in 0..300 {
        rig.put("tab", number, "new").await;
    }
    rig.put("tab", 1_000, "new").await;
    assert_eq!(rig.status_of(&arn).await, "CREATING");
    rig.write_backups();
    rig.fill_tables();
    rig.until_available(&arn).await;
    rig.restore(&arn, "again").await;
    rig.until_serving("again").await;

    assert_eq!([rig.scan("again", None).await, rig.scan("again", Some("local")).await], before);
    assert_eq!(rig.scan("again", Some("global")).await.len(), 300);
    let of = |table: &str| {
        let catalog = rig.0.engine.catalog().load();
        let table = catalog.table(table).expect("it is there");
        let indexes = table.indexes.iter().map(|index| index.totals.read());
        (table.totals.read(), indexes.collect::<Vec<_>>())
    };
    let (totals, indexes) = of("again");
    assert_eq!((totals.0, indexes.len()), (300, 2));
    assert_eq!(indexes[0], totals, "the local index has all of each item");
    let done = |work| format!("hearth_backups_total{{work=\"{work}\",outcome=\"done\"}} ");
    until(|| metric(&rig.0, &done("table")) == 1).await;
    until(|| metric(&rig.0, &done("restore")) == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_waits_for_its_items_serves_nothing_and_is_left_alone() {
    let rig = Rig::open(3).await;
    rig.write_backups();
    let arn = rig.back_up().await;
    rig.until_available(&arn).await;

    let made = rig.restore(&arn, "again").await;

    assert_eq!(made["TableStatus"], "CREATING");
    assert_eq!(made["GlobalSecondaryIndexes"][0]["IndexStatus"], "CREATING");
    let summary = &made["RestoreSummary"];
    assert_eq!(summary["SourceBackupArn"], json!(arn));
    assert_eq!(summary["RestoreInProgress"], true);
    let name = || json!({"TableName": "again"});
    let not_found = ErrorCode::ResourceNotFound;
    let key = json!({"id": {"S": "id 1"}, "at": {"N": "1"}});
    let get = json!({"TableName": "again", "Key": key});
    assert_eq!(rig.refused("GetItem", get.clone()).await.0, not_found);
    assert_eq!(rig.refused("Scan", name()).await.0, not_found);
    let put = json!({"TableName": "again", "Item": key});
    assert_eq!(rig.refused("PutItem", put).await.0, not_found);
    assert_eq!(rig.refused("DescribeTimeToLive", name()).await.0, not_found);
    let expire = json!({"Enabled": true, "AttributeName": "t"});
    let expire = json!({"TableName": "again", "TimeToLiveSpecification": expire});
    assert_eq!(rig.refused("UpdateTimeToLive", expire).await.0, not_found);
    let again = "arn:aws:dynamodb:us-east-1:000000000000:table/again";
    let tags = json!({"ResourceArn": again});
    assert_eq!(rig.refused("ListTagsOfResource", tags).await.0, not_found);
    let no_table = (not_found, "Requested resource not found: Table: again not found".to_owned());
    let statement = json!({
        "Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "dynamodb:Query",
        "Resource": again,
    });
    let policy = json!({"Statement": statement}).to_string();
    let watch = json!({"TableName": "again", "ContributorInsightsAction": "DISABLE"});
    let send = json!({"TableName": "again", "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/s"});
    for (operation, request) in [
        ("PutResourcePolicy", json!({"ResourceArn": again, "Policy": policy})),
        ("GetResourcePolicy", json!({"ResourceArn": again})),
        ("DeleteResourcePolicy", json!({"ResourceArn": again})),
        ("DescribeContributorInsights", name()),
        ("UpdateContributorInsights", watch),
        ("DescribeKinesisStreamingDestination", name()),
        ("EnableKinesisStreamingDestination", send),
        ("DescribeTableReplicaAutoScaling", name()),
    ] {
        assert_eq!(rig.refused(operation, request).await, no_table, "{operation}");
    }
    let busy = "Attempt to change a resource which is still in use: Table is being created: again";
    let busy = (ErrorCode::ResourceInUse, busy.to_owned());
    assert_eq!(rig.refused("DeleteTable", name()).await, busy);
    let protect = json!({"TableName": "again", "DeletionProtectionEnabled": true});
    assert_eq!(rig.refused("UpdateTable", protect).await, busy);
    assert_eq!(rig.refused("CreateTable", table("again")).await.0, ErrorCode::ResourceInUse);
    let no_table =
        (ErrorCode::Control(ControlCode::TableNotFound), "Table not found: again".to_owned());
    let back_up = json!({"TableName": "again", "BackupName": "b-2"});
    assert_eq!(rig.refused("CreateBackup", back_up).await, no_table);
    assert_eq!(rig.refused("DescribeContinuousBackups", name()).await, no_table);
    let export = json!({"TableArn": again, "S3Bucket": "bucket"});
    assert_eq!(rig.refused("ExportTableToPointInTime", export).await, no_table);

    // A backup feeds one table at a time, and is not deleted under it.
    let in_use = ErrorCode::Control(ControlCode::BackupInUse);
    let other = json!({"BackupArn": arn, "TargetTableName": "other"});
    assert_eq!(rig.refused("RestoreTableFromBackup", other).await.0, in_use);
    assert_eq!(rig.refused("DeleteBackup", json!({"BackupArn": arn})).await.0, in_use);

    rig.fill_tables();
    rig.until_serving("again").await;
    let described = rig.call("DescribeTable", name()).await;
    assert_eq!(described["Table"]["TableStatus"], "ACTIVE");
    assert!(described["Table"].get("RestoreSummary").is_none());
    assert!(rig.call("GetItem", get).await.get("Item").is_some());
    rig.call("DeleteTable", name()).await;
    rig.call("DeleteBackup", json!({"BackupArn": arn})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_being_backed_up_is_neither_deleted_nor_backed_up_again() {
    let rig = Rig::open(3).await;
    let arn = rig.back_up().await;

    let name = || json!({"TableName": "tab"});
    let busy = "Attempt to change a resource which is still in use: Backup is being created for \
                the table: tab";
    let refused = rig.refused("DeleteTable", name()).await;
    assert_eq!(refused, (ErrorCode::ResourceInUse, busy.to_owned()));
    let second = rig.refused("CreateBackup", json!({"TableName": "tab", "BackupName": "b-2"}));
    assert_eq!(second.await.0, ErrorCode::Control(ControlCode::BackupInUse));
    for name in ["DeleteBackup", "RestoreTableFromBackup"] {
        let request = json!({"BackupArn": arn, "TargetTableName": "other"});
        assert_eq!(
            rig.refused(name, request).await.0,
            ErrorCode::Control(ControlCode::BackupInUse),
            "{name}"
        );
    }

    rig.write_backups();
    rig.until_available(&arn).await;
    rig.call("DeleteTable", name()).await;

    // It outlives its table.
    rig.fill_tables();
    rig.restore(&arn, "tab").await;
    rig.until_serving("tab").await;
    assert_eq!(rig.scan("tab", None).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_ends_a_backup_and_nothing_is_left_of_it() {
    let rig = Rig::open(3).await;
    let arn = rig.back_up().await;

    rig.0.proxy.stop_background();
    Arc::clone(&rig.0.proxy).write_backups().await;

    let gone = rig.refused("DescribeBackup", json!({"BackupArn": arn})).await;
    assert_eq!(
        gone,
        (ErrorCode::Control(ControlCode::BackupNotFound), format!("Backup not found: {arn}"))
    );
    rig.call("DeleteTable", json!({"TableName": "tab"})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_meets_a_full_disk_fails_and_leaves_nothing() {
    let rig = Rig::open(3).await;
    let arn = rig.back_up().await;
    rig.1.fill_disk(Afterwards::Gone);
    let item = json!({"id": {"S": "new"}, "at": {"N": "1"}});
    let put = json!({"TableName": "tab", "Item": item});
    assert_eq!(rig.refused("PutItem", put).await.0, ErrorCode::InternalServerError);

    rig.write_backups();
    let failed = "hearth_backups_total{work=\"table\",outcome=\"failed\"} ";
    until(|| metric(&rig.0, failed) == 1).await;

    let gone = rig.refused("DescribeBackup", json!({"BackupArn": arn})).await;
    assert_eq!(gone.0, ErrorCode::Control(ControlCode::BackupNotFound));
    let another = json!({"TableName": "tab", "BackupName": "b-2"});
    assert_eq!(rig.refused("CreateBackup", another).await.0, ErrorCode::InternalServerError);
    rig.1.empty_disk();
    until(|| rig.0.proxy.writable().is_ok()).await;
    let arn = rig.back_up().await;
    rig.until_available(&arn).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_whose_table_cannot_be_read_fails_and_leaves_nothing() {
    let rig = Rig::open(3).await;
    let arn = rig.back_up().await;
    rig.1.fail_read(1);

    rig.write_backups();
    let failed = "hearth_backups_total{work=\"table\",outcome=\"failed\"} ";
    until(|| metric(&rig.0, failed) == 1).await;

    let gone = rig.refused("DescribeBackup", json!({"BackupArn": arn})).await;
    assert_eq!(gone.0, ErrorCode::Control(ControlCode::BackupNotFound));
    rig.call("DeleteTable", json!({"TableName": "tab"})).await;
}

#[tokio::test]
async fn a_restore_goes_on_whose_client_hung_up() {
    // The answer comes right after the table: now and then nobody can hang up between them.
    for _ in 0..20 {
        let rig = Rig::open(3).await;
        rig.write_backups();
        let arn = rig.back_up().await;
        rig.until_available(&arn).await;
        rig.fill_tables();

        let hung_up = tokio::select! {
            biased;
            () = until(|| rig.0.engine.catalog().load().table("again").is_some()) => true,
            _ = rig.restore(&arn, "again") => false,
        };
        rig.until_serving("again").await;

        assert_eq!(rig.scan("again", None).await, rig.scan("tab", None).await);
        if hung_up {
            return;
        }
    }
    panic!("every answer came before its table was seen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_waits_while_no_writes_are_taken_and_goes_on() {
    let rig = Rig::open(3).await;
    rig.write_backups();
    let arn = rig.back_up().await;
    rig.until_available(&arn).await;
    rig.restore(&arn, "again").await;
    rig.1.fill_disk(Afterwards::Gone);

    rig.fill_tables();
    until(|| rig.0.proxy.writable().is_err()).await;
    assert!(rig.0.engine.catalog().load().serving("again").is_none());
    rig.1.empty_disk();
    rig.until_serving("again").await;

    assert_eq!(rig.scan("again", None).await, rig.scan("tab", None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_step_that_fails_is_done_again_and_nothing_before_it() {
    let rig = Rig::open(3).await;
    rig.write_backups();
    let arn = rig.back_up().await;
    rig.until_available(&arn).await;
    rig.fill_tables();
    let mut written = Vec::new();
    for (table, fails) in [("first", false), ("other", true)] {
        let before = metric(&rig.0, WRITTEN_BYTES);
        if fails {
            // Of the table itself, its only piece, and the end.
            rig.1.fail_write(3, Afterwards::Gone);
        }
        rig.restore(&arn, table).await;
        rig.until_serving(table).await;
        written.push(metric(&rig.0, WRITTEN_BYTES) - before);
        assert_eq!(rig.scan(table, None).await.len(), 3);
    }

    assert_eq!(written[0], written[1], "the items were put in once");
    assert!(written[0] > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_comes_down_to_the_reserve_ends_and_its_table_goes() {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::open_on_disk(dir.path(), 3).await;
    rig.write_backups();
    let arn = rig.back_up().await;
    rig.until_available(&arn).await;
    rig.restore(&arn, "again").await;
    let free = |free_bytes| rig.1.set_free(FreeSpace { free_bytes, total_bytes: 1 << 40 });
    free(999);

    rig.fill_tables();
    rig.until_gone("again").await;

    free(1 << 30);
    rig.restore(&arn, "again").await;
    rig.until_serving("again").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_ends_whose_backup_is_gone_or_can_lastingly_not_be_read() {
    for is_there in [false, true] {
        let dir = tempfile::tempdir().expect("a directory");
        let rig = Rig::open_on_disk(dir.path(), 3).await;
        rig.write_backups();
        let arn = rig.back_up().await;
        rig.until_available(&arn).await;
        rig.restore(&arn, "again").await;
        let file = file_of(dir.path(), &arn);
        std::fs::remove_file(&file).expect("it was made");
        if is_there {
            // Which can be opened and never read.
            std::fs::create_dir(&file).expect("the name is free");
        }

        rig.fill_tables();
        rig.until_gone("again").await;

        assert_eq!(rig.status_of(&arn).await, "AVAILABLE");
        if !is_there {
            rig.call("DeleteBackup", json!({"BackupArn": arn})).await;
            let gone = rig.refused("DescribeBackup", json!({"BackupArn": arn})).await;
            assert_eq!(gone.0, ErrorCode::Control(ControlCode::BackupNotFound));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_cannot_be_described_is_not_deleted() {
    let dir = tempfile::tempdir().expect("a directory");
    let id = "01658528578619-ab12cd34".to_owned();
    let table_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/tab".to_owned();
    let arn = format!("{table_arn}/backup/{id}");
    let label = Label {
        id,
        arn: arn.clone(),
        name: "later".into(),
        created_ms: 1_658_528_578_619,
        bytes: 0,
        table: TableName::new("tab").expect("a name"),
        table_id: "u".into(),
        table_arn,
        description: br#"{"format":1000000}"#.as_slice().into(),
    };
    let shelf = Shelf::open(&dir.path().join("backups")).expect("a directory");
    shelf.begin(label).await.expect("it is free").keep().await.expect("there is room");
    let rig = Rig::open_on_disk(dir.path(), 0).await;

    let refused = rig.refused("DeleteBackup", json!({"BackupArn": arn})).await;

    assert_eq!(refused.0, ErrorCode::InternalServerError);
    assert!(file_of(dir.path(), &arn).exists());
    let listed = rig.call("ListBackups", json!({})).await;
    assert_eq!(listed["BackupSummaries"][0]["BackupArn"], arn);
}

fn file_of(dir: &Path, arn: &str) -> PathBuf {
    let id = arn.rsplit('/').next().expect("a last part");
    dir.join("backups").join(format!("{id}.backup"))
}

const WRITTEN_BYTES: &str = "hearth_writer_bytes_total ";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_archive_is_made_at_a_time_and_ends_with_who_takes_it_or_with_the_process() {
    let rig = Rig::open(0).await;
    // More than is made ahead of who takes it.
    for number in 0..20 {
        let item = json!({
            "id": {"S": number.to_string()}, "at": {"N": "1"}, "text": {"S": "x".repeat(100_000)},
        });
        rig.call("PutItem", json!({"TableName": "tab", "Item": item})).await;
    }
    let mut taken = rig.0.proxy.archive().await.expect("nobody else makes one");

    assert!(matches!(rig.0.proxy.archive().await, Err(ArchiveError::Busy)));
    let mut whole = Vec::new();
    while let Some(some) = taken.recv().await {
        whole.extend_from_slice(&some.expect("it goes on"));
    }
    let (_, mut archive) = Archive::open(&whole[..]).expect("it is sound");
    while archive.piece().expect("it is sound") != ArchivePiece::End {}

    let failed = || metric(&rig.0, "hearth_backups_total{work=\"archive\",outcome=\"failed\"} ");
    drop(rig.begun_archive().await);
    until(|| failed() == 1).await;
    let mut taken = rig.begun_archive().await;
    rig.0.proxy.stop_background();
    let mut last = None;
    while let Some(some) = taken.recv().await {
        last = Some(some);
    }
    assert!(last.expect("there was some").is_err(), "it has no end");
    assert_eq!(failed(), 2);
}
