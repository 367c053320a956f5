//! Logs as crashes, damage and other versions leave them.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

#[test]
fn the_directory_and_the_log_are_their_owners_alone() {
    let data = Data::new();
    let _lists = data.open().unwrap();

    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;

    assert_eq!(mode(data.directory()), 0o700);
    assert_eq!(mode(data.log()), 0o600);
}

/// Who knows the salt can make up names that keep a server from starting after a crash.
#[test]
fn no_id_tells_the_salt() {
    let data = Data::new();
    let id = define(&data.open().unwrap(), &["a"]).unwrap();

    let log = fs::read(data.log()).unwrap();
    let (salt, incarnation) = (&log[12..16], &log[16..20]);

    assert_eq!(incarnation, &(id >> 20).to_le_bytes()[..4]);
    assert_ne!(salt, incarnation);
}

#[test]
fn a_record_torn_anywhere_is_cut_off_and_its_id_given_to_another_list() {
    let data = Data::new();
    let lists = data.open().unwrap();
    let first = define(&lists, &["a"]).unwrap();
    let sound = fs::read(data.log()).unwrap().len();
    let second = define(&lists, &["torn", "list"]).unwrap();
    let log = fs::read(data.log()).unwrap();

    for end in sound..log.len() {
        let torn = Data::with_log(&log[..end]);
        let lists = torn.open().unwrap();
        let kept = fs::read(torn.log()).unwrap();
        let fresh = define(&lists, &["b"]).unwrap();
        drop(lists);
        let again = torn.open().unwrap();

        assert_eq!(kept, log[..sound], "cut at {end}");
        assert_eq!(fresh, second, "cut at {end}");
        assert_eq!(again.id_of(&["a"]), Some(first), "cut at {end}");
        assert_eq!(again.id_of(&["b"]), Some(second), "cut at {end}");
        assert_eq!(again.id_of(&["torn", "list"]), None, "cut at {end}");
    }
}

#[test]
fn damage_before_a_sound_record_is_refused_with_file_and_place() {
    let data = Data::new();
    let lists = data.open().unwrap();
    let start = fs::read(data.log()).unwrap().len();
    lists.define(&[list(&["a"]), list(&["b"])]).unwrap();
    let mut log = fs::read(data.log()).unwrap();
    log[start + 20] ^= 1;
    let damaged = Data::with_log(&log);

    let Err(error) = damaged.open() else { panic!("it was opened") };

    let place = start as u64;
    assert!(
        matches!(&error, Error::Damaged { file, at } if *file == damaged.log() && *at == place)
    );
    assert_eq!(fs::read(damaged.log()).unwrap(), log, "nothing was changed");
}

#[test]
fn the_log_of_a_later_version_is_refused_and_left_as_it_is() {
    let data = Data::new();
    define(&data.open().unwrap(), &["a"]).unwrap();
    let mut log = fs::read(data.log()).unwrap();
    log[8] = 2;
    let later = Data::with_log(&log);

    let Err(error) = later.open() else { panic!("it was opened") };

    assert!(matches!(error, Error::NewerFormat { found: 2, known: 1, .. }));
    assert_eq!(fs::read(later.log()).unwrap(), log);
}

#[test]
fn what_is_no_log_is_refused() {
    let foreign = Data::with_log(b"");

    assert!(matches!(foreign.open(), Err(Error::Foreign(file)) if file == foreign.log()));
}

#[test]
fn what_a_crashed_start_left_is_replaced() {
    let data = Data::new();
    let id = define(&data.open().unwrap(), &["a"]).unwrap();
    let fresh = data.directory().join("attribute-lists.log.new");
    fs::write(&fresh, [0xff; 500]).unwrap();

    let lists = data.open().unwrap();

    assert_eq!(lists.id_of(&["a"]), Some(id));
    assert!(!fresh.exists());
}
