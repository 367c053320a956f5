//! Files that were damaged: refused with a reason, or repaired.

use std::os::unix::fs::FileExt as _;

use super::*;

/// A crashed store of ten batches, damaged by `harm`, which gets the journal and where each batch
/// begins (and, last, where the last one ends).
fn damaged(
    temp: &Path,
    value_bytes: impl Fn(u64) -> usize,
    harm: impl FnOnce(&fs::File, &[u64]),
) -> std::path::PathBuf {
    let (dir, crashed) = (temp.join("a"), temp.join("b"));
    let store = fill(&dir, 10, value_bytes);
    crash(&dir, &crashed);
    drop(store);
    let path = journals(&crashed).pop().unwrap();
    let mut starts = Vec::new();
    let file = fs::File::options().read(true).write(true).open(&path).unwrap();
    let whole = journal::survey(&path).unwrap();
    assert_eq!((whole.batches, whole.numbers), (10, Some((1, 10))));
    assert_eq!(whole.tail, journal::Tail::Nothing);
    let bytes = fs::read(&path).unwrap();
    let sound = usize::try_from(whole.sound_bytes).unwrap();
    let mut at = 0;
    while at < sound {
        starts.push(at as u64);
        let end = bytes[at..sound].windows(4).position(|magic| magic == b"FJL\x03").unwrap();
        at += end + 4;
    }
    starts.push(at as u64);
    assert_eq!(starts.len(), 11);
    harm(&file, &starts);
    crashed
}

fn flip(file: &fs::File, at: u64) {
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

fn check(dir: &Path) -> Verdict {
    check_data(dir, small(), Clock::system()).unwrap().verdict
}

/// The side file as if the last batch had been written, but its sync had not returned.
fn not_acknowledged(dir: &Path) {
    let mark = Mark { synced: BatchNumber::new(9), closed: false };
    Progress::create(&dir.join("progress"), mark).unwrap();
}

#[test]
fn a_batch_cut_short_before_its_sync_returned_is_dropped_by_the_next_start() {
    let temp = tempfile::tempdir().unwrap();
    let dir = damaged(temp.path(), |_| 100, |file, at| file.set_len(at[10] - 40).unwrap());
    not_acknowledged(&dir);

    let store = open(&dir).unwrap();

    assert_eq!(rows(&store), (1..=9).collect::<Vec<_>>());
    assert_eq!(store.last_batch().get(), 9);
    let space = store.space(&name("t")).unwrap();
    store.commit(put(space, "k.10", "again".into()), SyncMode::Sync).unwrap();
}

#[test]
fn an_acknowledged_batch_that_is_missing_is_noticed_and_given_up_only_by_repair() {
    let temp = tempfile::tempdir().unwrap();
    let dir = damaged(temp.path(), |_| 100, |file, at| file.set_len(at[8] + 7).unwrap());

    assert!(matches!(open(&dir), Err(Error::Shortened { synced: 10, found: 8, .. })));
    assert_eq!(check(&dir), Verdict::Shortened { synced: 10, found: 8 });
    let done = repair(&dir, &small(), &Clock::system()).unwrap();

    assert_eq!((done.lost, done.last_batch), (Some((9, 10)), 8));
    assert_eq!(journals(&done.copy.unwrap()).len(), 1);
    assert_eq!(rows(&open(&dir).unwrap()), (1..=8).collect::<Vec<_>>());
}

#[test]
fn a_flipped_byte_in_the_last_batch_is_refused_then_repaired() {
    let temp = tempfile::tempdir().unwrap();
    let dir = damaged(temp.path(), |_| 100, |file, at| flip(file, at[10] - 60));
    not_acknowledged(&dir);

    let error = open(&dir).map(drop).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("hearth repair"), "{error}");
    assert!(matches!(check(&dir), Verdict::DamagedTail { .. }));
    let done = repair(&dir, &small(), &Clock::system()).unwrap();

    assert_eq!((done.lost, done.last_batch), (None, 9));
    assert!(done.cut.is_some() && done.copy.is_some());
    assert_eq!(check(&dir), Verdict::Sound);
    assert_eq!(rows(&open(&dir).unwrap()), (1..=9).collect::<Vec<_>>());
}

/// Batches that look sound, one for each number from 1 to 40, as a client may store them.
fn forged() -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 1..=40_u64 {
        let mut item = vec![2, 0, 0];
        item.extend(live::OWN_KEYSPACE_ID.to_le_bytes());
        item.extend([5, 0, 8, 0, 0, 0, 8, 0, 0, 0]);
        item.extend(live::NUMBER_KEY);
        item.extend(number.to_be_bytes());
        bytes.extend([1, 1, 0, 0, 0]);
        bytes.extend((1_000_000 + number).to_le_bytes());
        bytes.extend(&item);
        bytes.push(3);
        bytes.extend(xxhash_rust::xxh3::xxh3_64(&item).to_le_bytes());
        bytes.extend(b"FJL\x03");
    }
    bytes
}

// A value that holds the bytes of a batch was taken for one when its own batch was torn, and the
// start refused for good. The bytes of a value are no longer searched.
#[test]
fn a_torn_batch_whose_value_looks_like_batches_is_dropped_by_the_next_start() {
    let temp = tempfile::tempdir().unwrap();
    let (from, torn) = (temp.path().join("a"), temp.path().join("b"));
    let store = fill(&from, 9, |_| 100);
    let nine = journal::survey(&journals(&from)[0]).unwrap().sound_bytes;
    let space = store.space(&name("t")).unwrap();
    let value = forged();
    store.commit(put(space, "k.10", value.clone().into()), SyncMode::Sync).unwrap();
    crash(&from, &torn);
    not_acknowledged(&torn);
    let path = journals(&torn).pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let end = journal::survey(&path).unwrap().sound_bytes;
    assert!(end > nine + value.len() as u64);

    for at in (nine + 1..end).step_by(7).chain([end - 1, end - 12, end - 13]) {
        let kept = usize::try_from(at).unwrap();
        for zeros in [0, whole.len() - kept] {
            let mut left = whole[..kept].to_vec();
            left.resize(kept + zeros, 0);
            fs::write(&path, left).unwrap();

            let survey = journal::survey(&path).unwrap();

            let unfinished = matches!(survey.tail, journal::Tail::Unfinished { .. });
            assert!(unfinished, "torn at {at} with {zeros} zeros: {survey:?}");
        }
    }
    assert_eq!(rows(&open(&torn).unwrap()), (1..=9).collect::<Vec<_>>());
}

#[test]
fn a_lost_page_inside_a_large_last_batch_is_refused_then_repaired() {
    let temp = tempfile::tempdir().unwrap();
    let large = |number| if number == 10 { 200_000 } else { 100 };
    let dir = damaged(temp.path(), large, |file, at| {
        let page = (at[9] + 50_000) / 4096 * 4096;
        file.write_all_at(&[0; 4096], page).unwrap();
    });
    not_acknowledged(&dir);

    assert!(matches!(open(&dir), Err(Error::Damaged { .. })));
    let done = repair(&dir, &small(), &Clock::system()).unwrap();

    assert!(done.cut.is_some_and(|(_, bytes)| bytes > 200_000));
    assert_eq!(rows(&open(&dir).unwrap()), (1..=9).collect::<Vec<_>>());
}

#[test]
fn a_flip_anywhere_before_the_last_batch_is_refused_and_changes_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let dir = damaged(temp.path(), |_| 20, |_, _| {});
    let journal = journals(&dir).pop().unwrap();
    let whole = journal::survey(&journal).unwrap();
    let file = fs::File::options().read(true).write(true).open(&journal).unwrap();
    let last = whole.sound_bytes / 10 * 9 - 30;
    let bytes = fs::read(&journal).unwrap();
    let key = |at: u64| bytes[usize::try_from(at).unwrap()..].starts_with(b"k.");

    // A key that is said to reach past everything written looks torn: see the next test.
    for at in (0..last).filter(|at| !key(at + 9)) {
        flip(&file, at);
        let before = fs::read(&journal).unwrap();

        let opened = open(&dir).map(drop);
        let repaired = repair(&dir, &small(), &Clock::system()).map(drop);

        assert!(matches!(opened, Err(Error::DamagedInside { .. })), "byte {at}: {opened:?}");
        assert!(matches!(repaired, Err(Error::DamagedInside { .. })), "byte {at}: {repaired:?}");
        assert!(fs::read(&journal).unwrap() == before, "byte {at}");
        flip(&file, at);
    }
}

#[test]
fn a_key_said_to_reach_past_the_end_is_refused_for_the_batches_that_it_hides() {
    let temp = tempfile::tempdir().unwrap();
    let dir = damaged(
        temp.path(),
        |_| 20,
        |file, at| flip(file, at[4] + 13 + 21 + 13 + 12), // The upper byte of its length.
    );

    assert!(matches!(open(&dir), Err(Error::Shortened { synced: 10, found: 4, .. })));
}

#[test]
fn a_sound_directory_is_left_as_it_is() {
    let temp = tempfile::tempdir().unwrap();
    drop(fill(temp.path(), 5, |_| 10));

    let report = check_data(temp.path(), small(), Clock::system()).unwrap();
    let done = repair(temp.path(), &small(), &Clock::system()).unwrap();

    assert_eq!((report.verdict, report.synced, report.closed), (Verdict::Sound, 5, true));
    assert_eq!(report.spaces, [(name("t"), 5)]);
    assert!(done.copy.is_none() && done.cut.is_none() && done.lost.is_none());
    assert_eq!(done.last_batch, 5);
}

#[test]
fn a_journal_of_the_middle_that_is_missing_is_noticed() {
    let temp = tempfile::tempdir().unwrap();
    let dir = damaged(
        temp.path(),
        |_| 100,
        |file, at| {
            let length = usize::try_from(at[10] - at[5]).unwrap();
            let mut later = vec![0; length];
            file.read_exact_at(&mut later, at[5]).unwrap();
            file.set_len(at[4]).unwrap();
            file.write_all_at(&later, at[4]).unwrap();
        },
    );

    assert!(matches!(open(&dir), Err(Error::DamagedInside { .. })));
}
