//! A disk that fills up.

use std::process::Command;

use super::*;

/// Runs the test `name` again inside a mount namespace of its own, with an empty file system of
/// `mib` MiB at the path that [`small_disk`] gives. False if that is not possible here.
fn run_on_a_small_disk(name: &str, mib: u32) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let script =
        format!("mount -t tmpfs -o size={mib}m hearth \"$0\" && exec \"$1\" --exact {name}");
    for flags in ["-m", "-rm"] {
        let mut unshare = Command::new("unshare");
        unshare.args([flags, "sh", "-c", &script]).arg(dir.path());
        unshare.arg(std::env::current_exe().unwrap()).env(SMALL_DISK, dir.path());
        let able = Command::new("unshare")
            .args([flags, "sh", "-c", "mount -t tmpfs -o size=1m hearth \"$0\""])
            .arg(dir.path())
            .output();
        if able.is_ok_and(|output| output.status.success()) {
            let output = unshare.output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}\n{errors}");
            return true;
        }
    }
    false
}

fn small_disk() -> Option<std::path::PathBuf> {
    std::env::var_os(SMALL_DISK).map(Into::into)
}

#[test]
fn a_full_disk_keeps_reads_and_the_store_goes_on_once_there_is_room() {
    let Some(disk) = small_disk() else {
        let ran = run_on_a_small_disk(
            "store::disk::tests::full::\
             a_full_disk_keeps_reads_and_the_store_goes_on_once_there_is_room",
            96,
        );
        assert!(ran || std::env::var_os("CI").is_none(), "no small disk can be mounted here");
        return;
    };
    let dir = disk.join("data");
    let ballast = disk.join("ballast");
    let mut store = open(&dir).unwrap();

    for round in 0..6 {
        let table = name(&format!("t.{round}"));
        let space = store.create_space(&table).unwrap();
        fs::write(&ballast, vec![1; 24 << 20]).unwrap();
        let acknowledged = fill_up(&store, space);
        assert!(acknowledged > 50, "{acknowledged} rows");
        assert_eq!(store.state(), WriteState::DiskFull, "round {round}");
        assert_rows(&store, &table, acknowledged);
        let still_full = store.reopen(&|| {});
        assert!(matches!(still_full, Err(Error::DiskFull) | Ok(())), "{still_full:?}");
        assert_rows(&store, &table, acknowledged);

        if round % 2 == 1 {
            drop(store);
            store = open(&dir).unwrap();
            assert_rows(&store, &table, acknowledged);
        }
        fs::remove_file(&ballast).unwrap();
        store.reopen(&|| {}).unwrap();

        assert_eq!(store.state(), WriteState::Open);
        assert_rows(&store, &table, acknowledged);
        store.drop_space(&table).unwrap();
    }
}

/// Commits rows until one is refused; returns how many were acknowledged.
fn fill_up(store: &DiskStore, space: SpaceId) -> u64 {
    let mut acknowledged = 0;
    loop {
        let value = noise(acknowledged, 100_000);
        match store.commit(put(space, &key(acknowledged), value), SyncMode::Sync) {
            Ok(_) => acknowledged += 1,
            Err(CommitError::Stalled) => {}
            Err(_) => return acknowledged,
        }
    }
}

/// The acknowledged rows are there; one more may be, whose fate was unknown.
fn assert_rows(store: &DiskStore, table: &SpaceName, acknowledged: u64) {
    let space = store.space(table).unwrap();
    let snapshot = store.snapshot().unwrap();
    for number in 0..acknowledged {
        let value = snapshot.get(space, key(number).as_bytes()).unwrap();
        assert_eq!(value, Some(noise(number, 100_000)), "row {number} of {acknowledged}");
    }
}

fn key(number: u64) -> String {
    format!("k.{number:06}")
}

/// Bytes that do not compress, from a multiplicative sequence.
fn noise(seed: u64, length: usize) -> Bytes {
    let mut word = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            word.to_be_bytes()[0]
        })
        .collect()
}

const SMALL_DISK: &str = "HEARTH_TEST_SMALL_DISK";
