//! What ids lists get, in one process and over many.

use std::num::NonZeroU32;
use std::sync::Barrier;
use std::thread;

use super::*;
use crate::state::ids::Incarnation;
use crate::state::records::Header;

#[test]
fn a_list_has_one_id_and_an_id_one_list() {
    let lists = AttributeLists::in_memory(Limits::default());

    let ids = lists.define(&[list(&["a", "b"]), list(&["c"]), list(&["a", "b"])]).unwrap();

    assert_eq!(numbers(&ids), [2, 3, 2]);
    assert_eq!(define(&lists, &["c"]).unwrap(), ids[1]);
    assert_eq!(lists.id_of(&["a", "b"]), Some(ids[0]));
    assert_eq!(names_of(&lists, ids[0]), Some(list(&["a", "b"])));
    assert_eq!(lists.usage(), Usage { lists: 2, bytes: 3 + 3 * 8 });
}

#[test]
fn the_order_and_the_borders_of_names_matter() {
    let lists = AttributeLists::in_memory(Limits::default());
    let all = [list(&["a", "b"]), list(&["b", "a"]), list(&["ab"]), list(&["a", "b", ""])];

    let ids = lists.define(&all).unwrap();

    assert_eq!(numbers(&ids), [2, 3, 4, 5]);
    assert_eq!(lists.id_of(&["b", "a"]), Some(ids[1]));
    assert_eq!(lists.id_of(&["a"]), None);
}

#[test]
fn the_empty_list_has_the_id_1_and_is_never_written() {
    let data = Data::new();
    let lists = data.open().unwrap();
    let bytes = fs::metadata(data.log()).unwrap().len();

    assert_eq!(define(&lists, &[]).unwrap(), 1);

    assert_eq!(lists.id_of(&[]), Some(1));
    assert_eq!(names_of(&lists, 1), Some(Vec::new()));
    assert_eq!(lists.usage(), Usage::default());
    assert_eq!(fs::metadata(data.log()).unwrap().len(), bytes);
}

#[test]
fn ids_that_were_not_handed_out_have_no_names() {
    let lists = AttributeLists::in_memory(Limits::default());
    let id = define(&lists, &["a"]).unwrap();

    for other in [0, 2, id - 2, id - 1, id + 1, id ^ 1 << 20, id ^ 1 << 52, u64::MAX] {
        assert_eq!(lists.names_of(other), None, "{other:x} beside {id:x}");
    }
}

#[test]
fn an_id_is_the_incarnation_of_the_log_and_a_number() {
    let incarnation = Incarnation(NonZeroU32::new(0x9abc_def0).unwrap());
    let data = Data::with_log(&Header { salt: 0x1234_5678, incarnation }.bytes());
    let lists = data.open().unwrap();

    let ids = lists.define(&[list(&["a"]), list(&[]), list(&["b"])]).unwrap();

    assert_eq!(ids, [0x9_abcd_ef00_0002, 1, 0x9_abcd_ef00_0003]);
}

/// A client that was told of ids by a server that is gone must not read or write by them.
#[test]
fn ids_mean_nothing_to_a_log_or_a_memory_that_did_not_hand_them_out() {
    let data = [Data::new(), Data::new()];
    let all = [
        data[0].open().unwrap(),
        data[1].open().unwrap(),
        AttributeLists::in_memory(Limits::default()),
        AttributeLists::in_memory(Limits::default()),
    ];

    let ids = all.each_ref().map(|lists| define(lists, &["a"]).unwrap());

    for (place, lists) in all.iter().enumerate() {
        for (other, id) in ids.iter().enumerate() {
            assert_eq!(lists.names_of(*id).is_some(), other == place, "{id:x} of {ids:x?}");
        }
        assert_eq!(names_of(lists, 1), Some(Vec::new()));
    }
}

#[test]
fn a_directory_that_is_made_anew_knows_no_id_of_the_one_before() {
    let data = Data::new();
    let before = define(&data.open().unwrap(), &["a"]).unwrap();
    fs::remove_dir_all(data.directory()).unwrap();

    let lists = data.open().unwrap();
    let after = define(&lists, &["a"]).unwrap();

    assert_eq!((numbers(&[before]), numbers(&[after])), (vec![2], vec![2]));
    assert_eq!(names_of(&lists, before), None);
    assert_eq!(names_of(&lists, after), Some(list(&["a"])));
}

#[test]
fn ids_outlive_restarts() {
    let data = Data::new();
    let first = [list(&["a", "b"]), list(&["größe"])];
    let ids = data.open().unwrap().define(&first).unwrap();

    let again = data.open().unwrap();
    let fresh = define(&again, &["c"]).unwrap();
    drop(again);
    let last = data.open().unwrap();

    assert_eq!(numbers(&[ids[0], ids[1], fresh]), [2, 3, 4]);
    assert_eq!(last.define(&first).unwrap(), ids);
    assert_eq!(last.id_of(&["c"]), Some(fresh));
    assert_eq!(names_of(&last, ids[1]), Some(list(&["größe"])));
    assert_eq!(last.usage(), Usage { lists: 3, bytes: 10 + 4 * 8 });
}

#[test]
fn threads_that_define_the_same_lists_get_the_same_ids() {
    const THREADS: usize = 8;
    const LISTS: usize = 40;
    let data = Data::new();
    let lists = data.open().unwrap();
    let all: Vec<_> = (0..LISTS).map(|number| list(&["same", &number.to_string()])).collect();
    let barrier = Barrier::new(THREADS);
    // Each begins elsewhere, so that some are first with each list.
    let define_all = |thread: usize| {
        let mut ids = vec![0; LISTS];
        barrier.wait();
        for step in 0..LISTS {
            let number = (step + thread * LISTS / THREADS) % LISTS;
            ids[number] = lists.define(&all[number..=number]).unwrap()[0];
        }
        ids
    };

    let by_thread: Vec<Vec<u64>> = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..THREADS).map(|thread| scope.spawn(move || define_all(thread))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });

    assert!(by_thread.iter().all(|ids| *ids == by_thread[0]));
    let mut ids = by_thread[0].clone();
    ids.sort_unstable();
    assert!(numbers(&ids).into_iter().eq((2..).take(LISTS)));
    assert_eq!(data.open().unwrap().define(&all).unwrap(), by_thread[0]);
}
