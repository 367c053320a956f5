//! The shelf on disk and in memory.

use super::*;
use crate::api::TableName;
use crate::model::{AttributeValue, Item, ItemBytes};

fn label(number: u32, table_id: &str) -> Label {
    let id = format!("01658528578619-{number:08x}");
    Label {
        arn: format!("arn:aws:dynamodb:r:a:table/users/backup/{id}"),
        id,
        name: "nightly".into(),
        created_ms: 1_658_528_578_619,
        bytes: 7,
        table: TableName::new("users").expect("a name"),
        table_id: table_id.into(),
        table_arn: "arn:aws:dynamodb:r:a:table/users".into(),
        description: Bytes::from_static(b"{}"),
    }
}

fn arn(number: u32) -> BackupArn {
    BackupArn::of(&label(number, "u").arn).expect("an ARN")
}

fn items(count: usize) -> Vec<ItemBytes> {
    let item = |number: usize| Item::from([("id", AttributeValue::S(number.to_string()))]);
    (0..count).map(|number| item(number).encode().item()).collect()
}

async fn keep(shelf: &Arc<Shelf>, number: u32) {
    let draft = shelf.begin(label(number, "u")).await.expect("it is free");
    let draft = draft.add(items(3)).await.expect("there is room");
    draft.add(items(2)).await.expect("there is room").keep().await.expect("there is room");
}

async fn read(taken: Taken) -> Result<usize, Error> {
    let mut reading = taken.read().await?;
    let mut count = 0;
    loop {
        let (again, some) = reading.next().await?;
        let Some(some) = some else { return Ok(count) };
        count += some.len();
        reading = again;
    }
}

fn names(dir: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").file_name().into_string().expect("a plain name")
    };
    let mut names: Vec<String> = std::fs::read_dir(dir).expect("it is there").map(name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_is_kept_and_read_and_deleted() {
    let dir = tempfile::tempdir().expect("a directory");
    for shelf in [Shelf::in_memory(), Shelf::open(dir.path()).expect("a directory")] {
        keep(&shelf, 2).await;
        keep(&shelf, 1).await;

        let ids: Vec<String> = shelf.all().iter().map(|kept| kept.label.id.clone()).collect();
        assert_eq!(ids, [label(1, "u").id, label(2, "u").id]);
        assert_eq!(shelf.find(&arn(2)).expect("it is there").status, BackupStatus::Available);
        let taken = shelf.take(&arn(2)).expect("nobody has it");
        assert!(matches!(shelf.take(&arn(2)), Err(Error::Busy)));
        assert_eq!(read(taken).await.expect("it is sound"), 5);
        shelf.take(&arn(2)).expect("it is free").delete().await.expect("it goes");
        assert!(matches!(shelf.find(&arn(2)), Err(Error::NotThere)));
        assert!(shelf.find(&arn(1)).is_ok());
    }
    assert_eq!(names(dir.path()), ["01658528578619-00000001.backup"]);
    let shelf = Shelf::open(dir.path()).expect("a directory");
    assert_eq!(read(shelf.take(&arn(1)).expect("it was kept")).await.expect("it is sound"), 5);
}

#[tokio::test]
async fn a_draft_that_is_dropped_or_left_over_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let shelf = Shelf::open(dir.path()).expect("a directory");

    let draft = shelf.begin(label(1, "u")).await.expect("it is free");
    assert_eq!(shelf.find(&arn(1)).expect("it is there").status, BackupStatus::Creating);
    assert!(matches!(shelf.take(&arn(1)), Err(Error::Busy)));
    drop(draft.add(items(1)).await.expect("there is room"));

    assert!(shelf.all().is_empty() && names(dir.path()).is_empty());
    let left_over = shelf.begin(label(2, "u")).await.expect("it is free");
    std::mem::forget(left_over);
    assert_eq!(names(dir.path()), ["01658528578619-00000002.new"]);
    let shelf = Shelf::open(dir.path()).expect("a directory");
    assert!(shelf.all().is_empty() && names(dir.path()).is_empty());
}

#[tokio::test]
async fn a_table_has_one_draft_at_a_time_and_all_together_have_a_limit() {
    let shelf = Shelf::in_memory();
    let limit = u32::try_from(CREATING_MAX).expect("a small number");
    let mut drafts = Vec::new();
    for number in 0..limit {
        drafts.push(shelf.begin(label(number, &number.to_string())).await.expect("there is room"));
    }

    let same = shelf.begin(label(900, "0")).await;
    let beyond = shelf.begin(label(901, "other")).await;

    assert!(matches!(same, Err(Error::TableBusy)));
    assert!(matches!(beyond, Err(Error::TooMany { limit: CREATING_MAX, .. })));
    drop(drafts.pop());
    assert!(shelf.begin(label(902, "other")).await.is_ok());
}

#[tokio::test]
async fn a_backup_under_anothers_name_or_with_a_damaged_label_is_left_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    keep(&Shelf::open(dir.path()).expect("a directory"), 1).await;
    let file = dir.path().join("01658528578619-00000001.backup");
    let bytes = std::fs::read(&file).expect("it is there");
    std::fs::write(dir.path().join("other.backup"), &bytes).expect("there is room");
    let mut damaged = bytes.clone();
    damaged[40] ^= 1;
    std::fs::write(&file, damaged).expect("there is room");

    let shelf = Shelf::open(dir.path()).expect("the others can be used");

    assert!(shelf.all().is_empty());
    assert_eq!(names(dir.path()).len(), 2);
}

#[tokio::test]
async fn a_backup_that_could_not_be_read_at_the_start_is_there_once_it_can_be() {
    let dir = tempfile::tempdir().expect("a directory");
    keep(&Shelf::open(dir.path()).expect("a directory"), 1).await;
    let file = dir.path().join("01658528578619-00000001.backup");
    let bytes = std::fs::read(&file).expect("it is there");
    std::fs::remove_file(&file).expect("it is ours");
    // Which can be opened and never read.
    std::fs::create_dir(&file).expect("the name is free");

    let shelf = Shelf::open(dir.path()).expect("the others can be used");

    assert!(shelf.all().is_empty());
    let unreadable = shelf.look_again(&arn(1)).await.expect_err("it cannot be read");
    assert!(unreadable.is_of_system(), "{unreadable}");
    shelf.look_again(&arn(2)).await.expect("it was none of them");
    std::fs::remove_dir(&file).expect("it is empty");
    std::fs::write(&file, bytes).expect("there is room");
    shelf.look_again(&arn(1)).await.expect("it can be read");
    assert_eq!(read(shelf.take(&arn(1)).expect("it is there")).await.expect("it is sound"), 5);
}

#[tokio::test]
async fn damage_behind_the_label_is_found_when_it_is_read() {
    let dir = tempfile::tempdir().expect("a directory");
    keep(&Shelf::open(dir.path()).expect("a directory"), 1).await;
    let file = dir.path().join("01658528578619-00000001.backup");
    let mut bytes = std::fs::read(&file).expect("it is there");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).expect("there is room");
    let shelf = Shelf::open(dir.path()).expect("its label is sound");

    let refused = read(shelf.take(&arn(1)).expect("it is there")).await.expect_err("damage");

    assert!(refused.is_damage(), "{refused}");
}

#[test]
fn there_are_only_so_many_backups() {
    let shelf = Shelf::in_memory();
    let limit = u32::try_from(BACKUPS_MAX).expect("a small number");
    for number in 0..limit {
        let label = label(number, "u");
        let id = label.id.clone();
        shelf.enter(Arc::new(label)).expect("there is room");
        shelf.make_available(&id, Bytes::new());
    }

    let beyond = shelf.enter(Arc::new(label(limit, "u")));

    assert!(matches!(beyond, Err(Error::TooMany { limit: BACKUPS_MAX, .. })));
    shelf.forget(&label(0, "u").id);
    shelf.enter(Arc::new(label(limit, "u"))).expect("there is room again");
}
