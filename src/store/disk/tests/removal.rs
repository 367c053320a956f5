//! Spaces that are dropped, and are removed beside the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use super::super::remover::{QUEUED_MAX, Remover};
use super::*;

/// A handle whose removal says that it has begun, and takes until its other end is gone.
struct Slow {
    begun: SyncSender<()>,
    end: Receiver<()>,
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.begun.send(()).unwrap();
        assert!(self.end.recv().is_err(), "nothing is sent");
    }
}

/// A handle that counts its removal.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Keeps the remover busy until what is given is dropped.
fn occupy(remover: &Remover) -> SyncSender<()> {
    let ((begun, begins), (until, end)) = (sync_channel(1), sync_channel(1));
    remover.remove(Slow { begun, end });
    begins.recv().unwrap();
    until
}

/// The directories of the engine's spaces.
fn directories(dir: &Path) -> Vec<std::ffi::OsString> {
    let all = fs::read_dir(dir.join("store/keyspaces")).unwrap();
    let mut names: Vec<_> = all.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

/// A store that waits 20 ms for its release, with a space `t` of three rows and one that was
/// dropped while the remover was busy, which it is until what is given is dropped.
fn with_removal(dir: &Path) -> (DiskStore, SyncSender<()>) {
    drop(fill(dir, 3, |_| 100));
    let options = Options { release_wait_max: Duration::from_millis(20), ..small() };
    let store = DiskStore::open(dir, options, Clock::system()).unwrap();
    store.create_space(&name("gone")).unwrap();
    let busy = occupy(&store.remover);
    store.drop_space(&name("gone")).unwrap();
    (store, busy)
}

#[test]
fn a_dropped_space_is_gone_once_the_store_is_closed() {
    let temp = tempfile::tempdir().unwrap();
    let store = fill(temp.path(), 3, |_| 100);
    let before = directories(temp.path());
    let space = store.create_space(&name("gone")).unwrap();
    store.commit(put(space, "k", "v".into()), SyncMode::Sync).unwrap();
    assert_eq!(directories(temp.path()).len(), before.len() + 1);

    store.drop_space(&name("gone")).unwrap();
    store.close().unwrap();

    assert_eq!(directories(temp.path()), before);
    drop(store);
    let store = open(temp.path()).unwrap();
    assert!(store.space(&name("gone")).is_none());
    assert_eq!(rows(&store), [1, 2, 3]);
}

#[test]
fn a_space_that_is_being_removed_keeps_the_store_held_until_it_is_gone() {
    let temp = tempfile::tempdir().unwrap();
    let (store, busy) = with_removal(temp.path());

    assert!(matches!(store.close(), Err(Error::StillHeld { waited_ms: 20 })));

    drop(busy);
    drop(store);
    let store = open(temp.path()).unwrap();
    assert!(store.space(&name("gone")).is_none());
    assert_eq!(rows(&store), [1, 2, 3]);
}

#[test]
fn a_reopening_that_a_removal_held_up_succeeds_later() {
    let temp = tempfile::tempdir().unwrap();
    let (store, busy) = with_removal(temp.path());
    store.state.set(WriteState::DiskFull);
    let room = store.reopen_room_bytes();

    for _ in 0..2 {
        let held = store.reopen(&|| panic!("nothing is published"));
        assert!(matches!(held, Err(Error::StillHeld { waited_ms: 20 })), "{held:?}");
        assert_eq!((store.state(), store.reopen_room_bytes()), (WriteState::DiskFull, room));
    }
    drop(busy);
    let reopens = || match store.reopen(&|| {}) {
        Err(Error::StillHeld { .. }) => false,
        other => other.map(|()| true).unwrap(),
    };

    assert!(wait::until(&Clock::system(), Duration::from_mins(1), reopens));
    assert_eq!(store.state(), WriteState::Open);
    assert!(store.space(&name("gone")).is_none());
    assert_eq!(rows(&store), [1, 2, 3]);
    let space = store.space(&name("t")).unwrap();
    store.commit(put(space, "k.4", "v".into()), SyncMode::Sync).unwrap();
}

#[test]
fn what_finds_the_queue_full_is_removed_at_once() {
    let remover = Remover::start().unwrap();
    let busy = occupy(&remover);
    let gone = Arc::new(AtomicUsize::new(0));
    let remove = || {
        remover.remove(Counted(Arc::clone(&gone)));
        gone.load(Ordering::SeqCst)
    };

    assert!((0..QUEUED_MAX).all(|_| remove() == 0), "there is room");
    assert_eq!((remove(), remove()), (1, 2));

    drop(busy);
    drop(remover);
    assert_eq!(gone.load(Ordering::SeqCst), QUEUED_MAX + 2, "nothing is left behind");
}
