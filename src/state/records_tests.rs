//! Logs that are whole, torn, damaged, or something else.

use super::*;

const SALT: u32 = 0x5eed_1234;
const HEADER: Header = Header { salt: SALT, incarnation: Incarnation(NonZeroU32::MAX) };

fn record(number: u32, names: &[&str]) -> Record {
    Record { number, names: names.iter().map(|name| Box::from(*name)).collect() }
}

/// A log of these records, and where each of them begins (and, last, where the last one ends).
fn log(records: &[Record]) -> (Vec<u8>, Vec<usize>) {
    let mut log = HEADER.bytes();
    let mut starts = Vec::new();
    for record in records {
        starts.push(log.len());
        encode(record, SALT, &mut log);
    }
    starts.push(log.len());
    (log, starts)
}

fn three() -> [Record; 3] {
    [record(2, &["name", "age"]), record(3, &["größe"]), record(4, &["a", "", "b"])]
}

#[test]
fn what_was_written_is_read() {
    let (log, starts) = log(&three());

    let contents = read(&log).unwrap();

    assert_eq!(contents.header, HEADER);
    assert_eq!(contents.records, three());
    assert_eq!(contents.sound_bytes, starts[3]);
}

/// The bytes of `docs/storage-format.md`.
#[test]
fn a_log_has_the_bytes_that_are_drawn() {
    let incarnation = Incarnation(NonZeroU32::new(0x9abc_def0).unwrap());
    let mut log = Header { salt: 0x1234_5678, incarnation }.bytes();
    encode(&record(2, &["name", "age"]), 0x1234_5678, &mut log);

    let drawn: [&[u8]; 6] = [
        b"hearthAL\x01\0\0\0\x78\x56\x34\x12",
        b"\xf0\xde\xbc\x9a\x61\xcc\x79\x55",
        b"\x1b\0\0\0\x24\xf8\xb2\x1f",
        b"\x02\0\0\0\0\0\0\0\x02\0\0\0",
        b"\x04\0\0\0name",
        b"\x03\0\0\0age",
    ];
    assert_eq!(log, drawn.concat());
}

#[test]
fn a_record_takes_the_bytes_that_were_foretold() {
    for record in three() {
        let (log, _) = log(std::slice::from_ref(&record));

        assert_eq!(record_bytes(&record.names), (log.len() - HEADER_BYTES) as u64);
    }
}

#[test]
fn the_last_record_cut_anywhere_is_left_out() {
    let (log, starts) = log(&three());

    for end in starts[2]..starts[3] {
        let contents = read(&log[..end]).unwrap();

        assert_eq!(contents.records, three()[..2], "cut at {end}");
        assert_eq!(contents.sound_bytes, starts[2], "cut at {end}");
    }
}

#[test]
fn the_last_record_with_any_bit_wrong_is_left_out() {
    let (log, starts) = log(&three());

    for bit in starts[2] * 8..starts[3] * 8 {
        let mut torn = log.clone();
        torn[bit / 8] ^= 1 << (bit % 8);

        assert_eq!(read(&torn).unwrap().records, three()[..2], "bit {bit}");
    }
}

#[test]
fn zeros_where_a_record_should_be_are_left_out() {
    let (mut log, starts) = log(&three());
    log.resize(log.len() + 10_000, 0);

    assert_eq!(read(&log).unwrap().sound_bytes, starts[3]);
}

#[test]
fn any_wrong_bit_before_a_sound_record_is_damage() {
    let (log, starts) = log(&three());

    for bit in starts[0] * 8..starts[2] * 8 {
        let mut damaged = log.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);

        let at = if bit / 8 < starts[1] { starts[0] } else { starts[1] };
        assert_eq!(read(&damaged), Err(Fault::Damaged { at }), "bit {bit}");
    }
}

#[test]
fn lost_bytes_before_a_sound_record_are_damage() {
    let (log, starts) = log(&three());

    for lost in 1..=starts[2] - starts[0] {
        let damaged = [&log[..starts[0]], &log[starts[0] + lost..]].concat();

        let at = starts[0];
        assert_eq!(read(&damaged), Err(Fault::Damaged { at }), "{lost} lost");
    }
}

#[test]
fn a_number_that_is_not_the_next_is_damage() {
    for number in [0, 1, 2, 4, u32::MAX] {
        let (log, starts) = log(&[record(2, &["a"]), record(number, &["b"])]);

        assert_eq!(read(&log), Err(Fault::Damaged { at: starts[1] }), "number {number}");
    }
}

#[test]
fn a_number_that_no_id_can_hold_is_damage() {
    let all: Vec<_> = (2..=1 << 20).map(|number| record(number, &[])).collect();
    let (log, starts) = log(&all);
    let last = starts[all.len() - 1];

    assert_eq!(read(&log[..last]).unwrap().records.len(), 1_048_574);
    assert_eq!(read(&log), Err(Fault::Damaged { at: last }));
}

#[test]
fn a_sound_checksum_over_what_is_no_list_is_damage() {
    let contents: [&[u8]; 4] = [
        b"\x02\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0a",
        b"\x02\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0ab",
        b"\x02\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\xff",
        b"\x02\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0a",
    ];
    for content in contents {
        let length = length(content.len());
        let sum = sum(SALT, length, content).to_le_bytes();
        let log = [&HEADER.bytes(), &length[..], &sum, content].concat();

        assert_eq!(read(&log), Err(Fault::Damaged { at: HEADER_BYTES }), "{content:?}");
    }
}

/// Without a salt this would pass for damage: a client that made up such a name in the moment of a
/// crash would keep hearth from starting again.
#[test]
fn a_name_that_looks_like_a_record_is_none_when_it_is_torn() {
    let forged = (2..10_000).find_map(|number| {
        let mut bytes = Vec::new();
        encode(&record(number, &["x"]), 0, &mut bytes);
        String::from_utf8(bytes).ok()
    });
    let forged = forged.expect("the checksum of one in sixteen is ASCII");
    let (log, starts) = log(&[record(2, &["a"]), record(3, &[&forged, "b"])]);

    let contents = read(&log[..log.len() - 1]).unwrap();

    assert_eq!(contents.sound_bytes, starts[1]);
}

#[test]
fn a_later_version_is_named() {
    let (mut log, _) = log(&three());
    log[8] = 2;

    assert_eq!(read(&log), Err(Fault::Newer { found: 2, known: 1 }));
}

#[test]
fn a_header_with_any_bit_wrong_is_refused() {
    let (log, starts) = log(&three());

    for bit in 0..starts[0] * 8 {
        let mut damaged = log.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);

        assert!(read(&damaged).is_err(), "bit {bit}");
    }
}

/// With it the ids would be the bare numbers, which are the same for every log.
#[test]
fn a_header_without_an_incarnation_is_refused() {
    let mut log = b"hearthAL\x01\0\0\0\x78\x56\x34\x12\0\0\0\0".to_vec();
    log.extend(crc32fast::hash(&log).to_le_bytes());

    assert_eq!(log.len(), HEADER_BYTES);
    assert_eq!(read(&log), Err(Fault::Damaged { at: 0 }));
}

#[test]
fn what_is_no_log_is_refused() {
    for foreign in [&b""[..], b"hearthAL", b"hearthAL\x01\0", b"hearth storage format 1\n"] {
        assert_eq!(read(foreign), Err(Fault::Foreign), "{foreign:?}");
    }
    assert_eq!(read(b"hearthAL\x01\0\0\0\0\0"), Err(Fault::Damaged { at: 0 }));
}
