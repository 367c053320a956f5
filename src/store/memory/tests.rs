//! The store in memory keeps the promises of a store.

use super::*;

fn name(name: &str) -> SpaceName {
    SpaceName::new(name).unwrap()
}

fn put(space: SpaceId, key: &'static str, value: &'static str) -> Batch {
    let mut batch = Batch::new();
    batch.put(space, key.into(), value.into());
    batch
}

fn get(store: &MemoryStore, space: SpaceId, key: &str) -> Option<Bytes> {
    store.snapshot().unwrap().get(space, key.as_bytes()).unwrap()
}

#[test]
fn a_batch_whose_sync_failed_is_invisible_until_a_restart_and_then_there_or_gone() {
    for (afterwards, found) in [(Afterwards::There, Some("new")), (Afterwards::Gone, Some("old"))] {
        let store = MemoryStore::new();
        let space = store.create_space(&name("t")).unwrap();
        store.commit(put(space, "k", "old"), SyncMode::Sync).unwrap();
        store.faults().fail_sync(2, afterwards);
        store.commit(put(space, "other", "x"), SyncMode::Sync).unwrap();

        let error = store.commit(put(space, "k", "new"), SyncMode::Sync).unwrap_err();
        assert_eq!(error.fate(), super::super::Fate::Unknown);
        assert_eq!(get(&store, space, "k").as_deref(), Some(&b"old"[..]));
        assert_eq!(store.state(), WriteState::SyncFailed);
        assert!(matches!(store.reopen(&|| {}), Err(Error::ClosedUntilRestart)));
        let refused = store.commit(put(space, "k", "newer"), SyncMode::Sync).unwrap_err();
        assert_eq!(refused.fate(), super::super::Fate::NotWritten);

        store.restart();
        assert_eq!(get(&store, space, "k").as_deref(), found.map(str::as_bytes));
        store.commit(put(space, "k", "newest"), SyncMode::Sync).unwrap();
    }
}

#[test]
fn the_read_that_is_to_fail_does_and_those_around_it_do_not() {
    let store = MemoryStore::new();
    let space = store.create_space(&name("t")).unwrap();
    let snapshot = store.snapshot().unwrap();
    store.faults().fail_read(2);

    let reads = [(); 3].map(|()| snapshot.get(space, b"k"));

    assert!(matches!(reads, [Ok(None), Err(Error::Engine { .. }), Ok(None)]), "{reads:?}");
}

#[test]
fn a_full_disk_keeps_reads_and_revokes_snapshots_when_it_is_reopened() {
    let store = MemoryStore::new();
    let space = store.create_space(&name("t")).unwrap();
    store.commit(put(space, "k", "old"), SyncMode::Sync).unwrap();
    let held = store.snapshot().unwrap();
    store.faults().fill_disk(Afterwards::Gone);

    assert!(matches!(
        store.commit(put(space, "k", "new"), SyncMode::Sync),
        Err(CommitError::DiskFull { .. })
    ));
    assert_eq!(held.get(space, b"k").unwrap().as_deref(), Some(&b"old"[..]));
    assert!(matches!(store.reopen(&|| {}), Err(Error::DiskFull)));
    store.faults().empty_disk();
    store.reopen(&|| {}).unwrap();

    assert!(matches!(held.get(space, b"k"), Err(Error::Revoked)));
    store.commit(put(space, "k", "new"), SyncMode::Sync).unwrap();
    assert_eq!(get(&store, space, "k").as_deref(), Some(&b"new"[..]));
}

#[test]
fn versions_go_when_no_snapshot_can_read_them() {
    let store = MemoryStore::new();
    let space = store.create_space(&name("t")).unwrap();
    store.commit(put(space, "k", "1"), SyncMode::Sync).unwrap();
    let held = store.snapshot().unwrap();
    let mut delete = Batch::new();
    delete.delete(space, "k".into());
    store.commit(delete, SyncMode::Sync).unwrap();

    assert_eq!(held.get(space, b"k").unwrap().as_deref(), Some(&b"1"[..]));
    drop(held);
    store.commit(Batch::new(), SyncMode::Sync).unwrap();

    assert!(store.shared.read().rows.is_bare());
}
