//! Up to where streams were read, for the next process.
//!
//! ```text
//! DIR/stream-cursors
//!     hearth stream cursors 1
//!     <ARN of the stream> TAB <shard> TAB <number of the record that was read last>
//!     …
//!     <CRC-32 of all lines before, eight hexadecimal digits>
//! ```
//!
//! The file is written anew and renamed, and not synced: one that is old or missing costs nothing but
//! what it would have told.
//!
//! Must hold: what was not written whole, or is not of this form, counts as none.
//! Not here: what is made of a cursor (`proxy/through/follow/`).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Error;

/// Of each stream, by its ARN, the number of the record that was read last of each shard.
pub type Cursors = HashMap<String, HashMap<String, String>>;

/// The file that cursors are kept in.
#[derive(Debug)]
pub struct CursorFile {
    path: PathBuf,
    written: String,
}

impl CursorFile {
    /// Opens it in a directory that no other process uses; also returns what it holds.
    pub fn open(directory: &Path) -> Result<(Self, Cursors), Error> {
        let path = directory.join("stream-cursors");
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8(bytes).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let cursors = parse(&text).unwrap_or_else(|| {
            if !text.is_empty() {
                tracing::warn!(path = %path.display(), "the cursors of streams cannot be read");
            }
            Cursors::new()
        });
        Ok((Self { path, written: text }, cursors))
    }

    /// Replaces what it holds, if that is anything else.
    pub fn write(&mut self, cursors: &Cursors) -> Result<(), Error> {
        let text = render(cursors);
        if text == self.written {
            return Ok(());
        }
        let fresh = self.path.with_extension("new");
        fs::write(&fresh, &text)
            .and_then(|()| fs::rename(&fresh, &self.path))
            .map_err(Error::io("write", &fresh))?;
        self.written = text;
        Ok(())
    }
}

fn render(cursors: &Cursors) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (arn, shards) in cursors {
        let whole = shards.iter().map(|(shard, number)| [arn, shard, number]);
        // A service could name things so that they fit no line.
        let fitting = whole.filter(|words| words.iter().all(|word| fits(word)));
        lines.extend(fitting.map(|words| words.map(String::as_str).join("\t")));
    }
    lines.sort_unstable();
    lines.truncate(LINES_MAX);
    let mut text = format!("{HEAD}\n");
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    let sum = crc32fast::hash(text.as_bytes());
    writeln!(text, "{sum:08x}").expect("a text takes all that is written");
    text
}

fn parse(text: &str) -> Option<Cursors> {
    let (lines, sum) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let summed = &text[..=lines.len()];
    if u32::from_str_radix(sum, 16).ok()? != crc32fast::hash(summed.as_bytes()) {
        return None;
    }
    let mut lines = lines.split('\n');
    if lines.next() != Some(HEAD) {
        return None;
    }
    let mut cursors = Cursors::new();
    for line in lines {
        let mut words = line.split('\t').map(str::to_owned);
        let (arn, shard, number) = (words.next()?, words.next()?, words.next()?);
        cursors.entry(arn).or_default().insert(shard, number);
    }
    Some(cursors)
}

fn fits(word: &str) -> bool {
    !word.is_empty() && word.len() <= WORD_BYTES_MAX && !word.contains(['\t', '\n'])
}

const HEAD: &str = "hearth stream cursors 1";
/// Shards of all streams together; those beyond are left out.
const LINES_MAX: usize = 100_000;
/// Longer than any ARN.
const WORD_BYTES_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors(of: &[(&str, &str, &str)]) -> Cursors {
        let mut cursors = Cursors::new();
        for (arn, shard, number) in of {
            let shards = cursors.entry((*arn).to_owned()).or_default();
            shards.insert((*shard).to_owned(), (*number).to_owned());
        }
        cursors
    }

    fn open(directory: &Path) -> (CursorFile, Cursors) {
        CursorFile::open(directory).expect("the directory is there")
    }

    #[test]
    fn what_one_process_has_written_last_is_what_the_next_finds() {
        let directory = tempfile::tempdir().expect("a directory");
        let (mut file, none) = open(directory.path());
        let newest =
            cursors(&[("arn:a", "one", "17"), ("arn:a", "two", "4"), ("arn:b", "one", "9")]);

        file.write(&cursors(&[("arn:a", "one", "16")])).expect("there is room");
        file.write(&newest).expect("there is room");

        assert_eq!(none, Cursors::new());
        assert_eq!(open(directory.path()).1, newest);
    }

    #[test]
    fn a_file_that_is_not_whole_counts_as_none() {
        let directory = tempfile::tempdir().expect("a directory");
        let (mut file, _) = open(directory.path());
        file.write(&cursors(&[("arn:a", "one", "17")])).expect("there is room");
        let whole = fs::read(&file.path).expect("it was written");

        for length in 0..whole.len() {
            fs::write(&file.path, &whole[..length]).expect("there is room");
            assert_eq!(open(directory.path()).1, Cursors::new(), "{length} bytes");
        }
        let changed = String::from_utf8(whole).expect("it is text").replace("17", "18");
        fs::write(&file.path, changed).expect("there is room");
        assert_eq!(open(directory.path()).1, Cursors::new());
    }

    #[test]
    fn what_fits_no_line_and_what_is_too_much_is_left_out() {
        let long = "x".repeat(WORD_BYTES_MAX + 1);
        let odd = cursors(&[("arn:a", "o\tne", "1"), ("arn:a", "", "2"), (&long, "one", "3")]);
        assert_eq!(parse(&render(&odd)), Some(Cursors::new()));

        let shards = |count: usize| -> Cursors {
            let numbered = (0..count).map(|number| (number.to_string(), "1".to_owned()));
            [("arn:a".to_owned(), numbered.collect())].into_iter().collect()
        };
        for (count, kept) in [(LINES_MAX, LINES_MAX), (LINES_MAX + 1, LINES_MAX)] {
            let found = parse(&render(&shards(count))).expect("it was written whole");
            assert_eq!(found["arn:a"].len(), kept);
        }
    }
}
