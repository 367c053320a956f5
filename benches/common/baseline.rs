//! Instruction counts that are kept in `benches/instructions.toml`, and how far a new one may go
//! beyond its own.
//!
//! Must hold: counts of another compiler are shown, but no reason to fail.
//! Not here: how instructions are counted (`cache/instructions.rs`, `end_to_end/instructions.rs`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What becomes of counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// They are only printed.
    Print,
    /// They are compared with those that are kept; this process fails if one is too high.
    Check,
    /// They are kept in place of those before.
    Keep,
}

impl Purpose {
    /// What the words of the command line ask for.
    pub(crate) fn of_words() -> Self {
        let asked = |flag: &str| env::args().any(|word| word == flag);
        if asked("--keep") {
            Self::Keep
        } else if asked("--check") {
            Self::Check
        } else {
            Self::Print
        }
    }

    /// Prints the counts beside those that are kept, and does the rest.
    pub(crate) fn serve(self, counted: &[(&str, u64)]) {
        let Kept { rustc, mut counts } = read();
        println!("\n| counted | instructions | kept | change |\n|---|---|---|---|");
        let mut too_high = Vec::new();
        for (name, count) in counted {
            let before = counts.insert((*name).to_owned(), *count);
            let told = before.map_or_else(String::new, |kept| kept.to_string());
            println!("| {name} | {count} | {told} | {} |", change(before, *count));
            if before.is_none_or(|before| count * 100 > before * (100 + PERCENT_MORE_MAX)) {
                too_high.push(*name);
            }
        }
        match self {
            Self::Print => {}
            Self::Keep => write(&counts),
            Self::Check if rustc != compiler() => {
                println!("\nKept with {rustc}, counted with {}: not compared", compiler());
            }
            Self::Check => assert!(
                too_high.is_empty(),
                "{too_high:?}: more than {PERCENT_MORE_MAX} % above what is kept, or nothing is \
                 kept. If it is worth that, `scripts/bench instructions --keep` keeps it"
            ),
        }
    }
}

/// What is in the file.
struct Kept {
    /// The compiler that made what was counted.
    rustc: String,
    counts: BTreeMap<String, u64>,
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn change(before: Option<u64>, now: u64) -> String {
    before.map_or_else(String::new, |before| {
        format!("{:+.2} %", 100.0 * (now as f64 / before as f64 - 1.0))
    })
}

fn read() -> Kept {
    let text = fs::read_to_string(path()).unwrap_or_default();
    let mut table: toml::Table = toml::from_str(&text).expect("the file is TOML");
    let rustc = table.remove("rustc").and_then(|text| text.as_str().map(str::to_owned));
    let counts = toml::Value::Table(table).try_into().expect("all else are counts");
    Kept { rustc: rustc.unwrap_or_default(), counts }
}

fn write(counts: &BTreeMap<String, u64>) {
    let lines = counts.iter().map(|(name, count)| format!("\"{name}\" = {count}\n"));
    let text = format!("{HEAD}rustc = {:?}\n{}", compiler(), lines.collect::<String>());
    fs::write(path(), text).expect("the benches can be written");
}

/// The compiler's name for itself.
fn compiler() -> String {
    let said = Command::new("rustc").arg("--version").output().expect("it compiled this");
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.toml")
}

const PERCENT_MORE_MAX: u64 = 2;
const HEAD: &str = "\
# User instructions of one hit, by callgrind, in the build of `scripts/test instructions`, which
# fails if one is more than 2 % higher with the same compiler. `scripts/bench instructions --keep`
# writes this file.
";
