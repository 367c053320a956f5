//! The same hits as user instructions, as valgrind's callgrind counts them.
//!
//! This program starts itself under callgrind, which counts only while one function of it runs. Few
//! items do: instructions do not depend on where memory is.

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::{env, fs};

use hearth::api::Operation;

use crate::baseline::Purpose;
use crate::common::item_id;
use crate::in_process::{InProcess, decoded, get_body, query_body};

/// What can be counted.
#[derive(Clone, Copy)]
pub(crate) enum Counted {
    Hit,
    Request,
    PageHit,
    PageRequest,
    Counting,
    PageRepeated,
}

impl Counted {
    const ALL: [Self; 6] = [
        Self::Hit,
        Self::Request,
        Self::PageHit,
        Self::PageRequest,
        Self::PageRepeated,
        Self::Counting,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Hit => "cache/hit/1KB",
            Self::Request => "cache/request/1KB",
            Self::PageHit => "cache/page_hit/100x1KB",
            Self::PageRequest => "cache/page_request/100x1KB",
            Self::Counting => "cache/counting_a_hit",
            Self::PageRepeated => "cache/page_repeated/100x1KB",
        }
    }
}

/// What this program is to run for callgrind, if the word says that.
pub(crate) fn counted_by(word: &str) -> Option<Counted> {
    let name = word.strip_prefix(COUNTED)?;
    Counted::ALL.into_iter().find(|counted| counted.name() == name)
}

/// Counts and prints; without valgrind it says so.
pub(crate) fn measure(purpose: Purpose) {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        assert!(purpose != Purpose::Check, "there is no valgrind here");
        println!("\nInstructions: not counted, there is no valgrind here");
        return;
    }
    let counts = Counted::ALL.map(|counted| (counted.name(), of_each(counted)));
    purpose.serve(&counts);
    let count = |wanted: Counted| {
        counts.iter().find(|(name, _)| *name == wanted.name()).map_or(0, |(_, count)| *count)
    };
    let (counting, hit) = (count(Counted::Counting), count(Counted::Request));
    assert!(
        purpose != Purpose::Check || counting * 100 <= hit * COUNTING_PERCENT_MAX,
        "counting a hit takes {counting} instructions, more than {COUNTING_PERCENT_MAX} % of {hit}"
    );
}

/// What callgrind looks at.
pub(crate) fn run(counted: Counted) {
    let hearth = InProcess::new();
    hearth.fill_items(ITEMS);
    hearth.fill_pages(PARTITIONS);
    for turn in 0..TURNS {
        let item = item_id(turn % ITEMS);
        let get = get_body(&item);
        let query = query_body(&item_id(turn % PARTITIONS));
        match counted {
            Counted::Hit => drop(watched(|| hearth.hit(&item).expect("it is cached"))),
            Counted::Request => {
                drop(watched(|| hearth.hit_of_body(get.as_bytes()).expect("it is cached")));
            }
            Counted::PageHit => {
                let query = decoded(Operation::Query, query.as_bytes());
                drop(watched(|| hearth.page_hit(query)));
            }
            Counted::PageRequest => drop(watched(|| hearth.page_hit_of_body(query.as_bytes()))),
            Counted::Counting => watched(|| hearth.count_hit()),
            Counted::PageRepeated => {
                drop(watched(|| hearth.page_hit_of_known_body(query.as_bytes())));
            }
        }
    }
}

/// Instructions count while this runs, and only then.
#[inline(never)]
fn watched<T>(hit: impl FnOnce() -> T) -> T {
    black_box(hit())
}

fn of_each(counted: Counted) -> u64 {
    let directory = tempfile::tempdir().expect("a directory for the dump");
    let out = directory.path().join("callgrind.out");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg("--toggle-collect=*watched*")
        .arg(env::current_exe().expect("this program has a path"))
        .arg(format!("{COUNTED}{}", counted.name()))
        .status();
    assert!(status.is_ok_and(|status| status.success()), "this program under callgrind");
    let text = fs::read_to_string(out).expect("it was just dumped");
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total: Option<u64> = total.and_then(|number| number.trim().parse().ok());
    total.expect("a dump ends with its total") / TURNS as u64
}

const COUNTED: &str = "counted:";
/// What a hit may spend on being counted, of all that it takes from the body of its request on.
const COUNTING_PERCENT_MAX: u64 = 3;
const ITEMS: usize = 1_000;
const PARTITIONS: usize = 10;
const TURNS: usize = 10_000;
