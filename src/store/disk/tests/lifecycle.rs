//! Opening, closing and opening again.

use fjall::AbstractTree as _;

use super::*;

#[test]
fn what_was_committed_is_there_after_closing_and_after_a_crash() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, crashed) = (temp.path().join("a"), temp.path().join("b"));
    let store = fill(&dir, 20, |_| 100);
    crash(&dir, &crashed);
    store.close().unwrap();
    drop(store);

    for dir in [dir, crashed] {
        let store = open(&dir).unwrap();

        assert_eq!(store.state(), WriteState::Open);
        assert_eq!(store.last_batch().get(), 20);
        assert_eq!(rows(&store), (1..=20).collect::<Vec<_>>());
    }
}

#[test]
fn a_journal_that_a_crash_left_is_never_written_again() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, crashed) = (temp.path().join("a"), temp.path().join("b"));
    let store = fill(&dir, 20, |_| 100);
    crash(&dir, &crashed);
    let left = journals(&crashed);

    drop(open(&crashed).unwrap());

    let now = journals(&crashed);
    assert!(now.iter().all(|journal| !left.contains(journal)), "{left:?} {now:?}");
    assert_eq!(fs::metadata(&now[0]).unwrap().len(), 0);
    drop(store);
}

#[test]
fn a_crash_at_any_step_of_the_first_start_leaves_what_the_next_one_completes() {
    let temp = tempfile::tempdir().unwrap();
    let whole = temp.path().join("whole");
    drop(open(&whole).unwrap());
    let parts = ["LOCK", "format", "progress"];
    let inside: Vec<_> =
        fs::read_dir(whole.join("store")).unwrap().map(|e| e.unwrap().file_name()).collect();

    for (kept, filled) in (0..=3).flat_map(|kept| (0..inside.len()).map(move |f| (kept, f))) {
        let dir = temp.path().join(format!("{kept}.{filled}"));
        fs::create_dir(&dir).unwrap();
        parts[..kept].iter().for_each(|part| drop(fs::copy(whole.join(part), dir.join(part))));
        fs::create_dir(dir.join("store.new")).unwrap();
        for file in &inside[..filled] {
            fs::write(dir.join("store.new").join(file), "").unwrap();
        }

        let store = open(&dir).unwrap();

        assert_eq!(store.state(), WriteState::Open);
        assert!(!dir.join("store.new").exists());
    }
}

#[test]
fn a_second_opening_is_refused_while_the_first_lasts() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path()).unwrap();

    assert!(matches!(open(temp.path()), Err(Error::InUse(_))));
    drop(store);
    assert!(open(temp.path()).is_ok());
}

#[test]
fn a_newer_format_is_refused_and_left_as_it_is() {
    let temp = tempfile::tempdir().unwrap();
    drop(fill(temp.path(), 3, |_| 10));
    fs::write(temp.path().join("format"), "hearth storage format 7\n").unwrap();
    let journal = fs::read(&journals(temp.path())[0]).unwrap();

    let error = open(temp.path()).map(drop).unwrap_err();

    assert!(matches!(error, Error::NewerFormat { found: 7, known: STORAGE_FORMAT, .. }));
    let said = error.to_string();
    assert!(said.contains("format 7") && said.contains("up to 1"), "{said}");
    assert_eq!(fs::read(&journals(temp.path())[0]).unwrap(), journal);
}

#[test]
fn a_snapshot_does_not_show_what_came_later_and_ends_with_the_store() {
    let temp = tempfile::tempdir().unwrap();
    let store = fill(temp.path(), 3, |_| 10);
    let space = store.space(&name("t")).unwrap();
    let held = store.snapshot().unwrap();

    store.commit(put(space, "k.3", "new".into()), SyncMode::Buffer).unwrap();
    let (before, after) = (held.get(space, b"k.3").unwrap(), store.snapshot().unwrap());
    store.close().unwrap();

    assert_eq!(before.as_deref(), Some(&[3; 10][..]));
    assert_eq!(after.last_batch().get(), 4);
    assert!(matches!(held.get(space, b"k.3"), Err(Error::Revoked)));
    assert!(matches!(
        store.commit(Batch::new(), SyncMode::Sync),
        Err(CommitError::Refused(WriteState::Closed))
    ));
}

#[test]
fn closing_ends_with_an_error_when_a_reader_does_not_let_go() {
    let temp = tempfile::tempdir().unwrap();
    let options = Options { release_wait_max: std::time::Duration::from_millis(50), ..small() };
    let store = DiskStore::open(temp.path(), options, Clock::system()).unwrap();
    let reading = store.writer().generation.live();

    assert!(matches!(store.close(), Err(Error::StillHeld { waited_ms: 50 })));
    drop(reading);
}

#[test]
fn a_space_keeps_no_more_in_memory_than_the_store_was_opened_with() {
    let temp = tempfile::tempdir().unwrap();
    let large = Options { memtable_bytes_max: 32 << 20, ..small() };
    let store = DiskStore::open(temp.path(), large, Clock::system()).unwrap();
    store.create_space(&name("t")).unwrap();
    drop(store);

    let store = fill(temp.path(), 20, |_| 300_000);

    let live = store.writer().generation.live().unwrap();
    let in_memory = live.keyspaces().iter().map(|space| space.tree.active_memtable().size()).max();
    assert!(in_memory.unwrap() <= 1 << 20, "{in_memory:?}");
    drop(live);
    assert_eq!(rows(&store), (1..=20).collect::<Vec<_>>());
}

#[test]
fn a_store_that_vanished_is_not_replaced_by_an_empty_one() {
    let temp = tempfile::tempdir().unwrap();
    drop(fill(temp.path(), 3, |_| 100));
    fs::remove_dir_all(temp.path().join("store")).unwrap();

    let opened = open(temp.path());

    assert!(matches!(opened, Err(Error::NotAStore { .. })));
    assert!(!temp.path().join("store").exists());
}

#[test]
fn a_data_directory_is_made_with_those_above_it() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("a/b/c");

    drop(fill(&dir, 3, |_| 10));

    assert_eq!(rows(&open(&dir).unwrap()), [1, 2, 3]);
}
