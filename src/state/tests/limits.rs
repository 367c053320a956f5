//! What is taken and what is refused.

use super::*;

#[test]
fn lists_are_taken_up_to_each_limit_and_a_refused_call_makes_none() {
    let fits = [list(&["a", "bc"]), list(&["d"])];
    let exact = Limits { lists_max: 2, bytes_max: 4 + 3 * 8, names_max: 2 };
    let cases = [
        (Limits { lists_max: 1, ..exact }, Full::Lists { lists_max: 1 }),
        (Limits { bytes_max: 27, ..exact }, Full::Bytes { bytes: 28, bytes_max: 27 }),
        (Limits { names_max: 1, ..exact }, Full::Names { names: 2, names_max: 1 }),
    ];

    let taken = AttributeLists::in_memory(exact).define(&fits).unwrap();

    assert_eq!(numbers(&taken), [2, 3]);
    for (limits, expected) in cases {
        let data = Data::new();
        let lists = AttributeLists::open(&data.directory(), limits).unwrap();
        let refused = lists.define(&fits);

        assert!(matches!(refused, Err(DefineError::Full(full)) if full == expected));
        assert_eq!(lists.usage(), Usage::default());
        assert_eq!(lists.id_of(&["d"]), None);
        let id = define(&lists, &["d"]).unwrap();
        assert_eq!(numbers(&[id]), [2], "no number was used up");
        assert_eq!(data.open().unwrap().usage().lists, 1);
    }
}

#[test]
fn a_list_that_is_there_twice_counts_once() {
    let limits = Limits { lists_max: 1, ..Limits::default() };
    let lists = AttributeLists::in_memory(limits);

    let ids = lists.define(&[list(&["a"]), list(&["a"]), list(&[])]).unwrap();

    assert_eq!(numbers(&ids), [2, 2, 1]);
}

#[test]
fn a_list_may_be_as_long_as_a_record() {
    let lists = AttributeLists::in_memory(Limits::default());
    // A frame of 8 bytes, a number and a count of 12, and 4 for the length of the name.
    let longest = "x".repeat((4 << 20) - 12 - 4);

    let refused = define(&lists, &[&format!("{longest}x")]);

    let (bytes, bytes_max) = ((4 << 20) + 8 + 1, (4 << 20) + 8);
    let expected = Full::ListBytes { bytes, bytes_max };
    assert!(matches!(refused, Err(DefineError::Full(full)) if full == expected));
    assert_eq!(numbers(&[define(&lists, &[&longest]).unwrap()]), [2]);
}

#[test]
fn the_longest_list_outlives_a_restart() {
    let data = Data::new();
    let longest = "x".repeat((4 << 20) - 12 - 4);
    let id = define(&data.open().unwrap(), &[&longest]).unwrap();

    assert_eq!(data.open().unwrap().id_of(&[&longest]), Some(id));
}

#[test]
fn what_is_beyond_a_lowered_limit_stays() {
    let data = Data::new();
    let ids = data.open().unwrap().define(&[list(&["a"]), list(&["b"])]).unwrap();
    let limits = Limits { lists_max: 1, bytes_max: 1, names_max: 0 };

    let lists = AttributeLists::open(&data.directory(), limits).unwrap();

    assert_eq!(define(&lists, &["b"]).unwrap(), ids[1]);
    assert!(matches!(define(&lists, &["c"]), Err(DefineError::Full(_))));
}
