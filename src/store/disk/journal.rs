//! A reader of the journal format of fjall 3.1, for looking before the engine does.
//!
//! The engine cuts a journal at the first thing it cannot read, wherever that is, and refuses to
//! open when a checksum fails. This reader changes nothing: it tells an unfinished batch at the
//! very end, which a crash leaves, from damage that may hide acknowledged batches.
//!
//! ```text
//! batch   start, then as many items as it says, then end
//! start   01 | items u32 | sequence u64
//! item    02 | kind u8 | compression u8 | space u64 | key u16 | value u32 | stored u32 | key | stored value
//! clear   04 | space u64                             (counts as an item; hearth writes none)
//! end     03 | XXH3-64 of all item bytes u64 | "FJL" 03
//! ```
//!
//! Numbers are little-endian; `stored` is the length after compression. Files are made 64 MB
//! long, so zeros follow the last batch. Each batch of hearth holds one row of its own with the
//! batch's number, and numbers have no gap.
//!
//! Values come from clients, and anybody can compute the checksum: bytes that an item's header
//! says are a value are not searched for batches, unless what follows them shows that the header
//! lies.
//!
//! Not here: what to do about damage (`check.rs`, `repair.rs`).

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use super::live::{NUMBER_KEY, OWN_KEYSPACE_ID};

/// What one journal file holds.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    pub(super) file: PathBuf,
    /// How many sound batches it begins with.
    pub(super) batches: u64,
    /// The number of the first of them and of the last.
    pub(super) numbers: Option<(u64, u64)>,
    /// The engine's sequences of the same two.
    pub(super) sequences: Option<(u64, u64)>,
    /// Where the last of them ends.
    pub(super) sound_bytes: u64,
    pub(super) tail: Tail,
}

/// What follows the sound batches at the beginning of a journal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tail {
    /// Nothing, or zeros.
    Nothing,
    /// A batch that was not written to its end; the engine drops it.
    Unfinished { bytes: u64 },
    /// A batch with an end whose bytes are wrong; the engine refuses to open.
    Damaged { bytes: u64 },
    /// Something unreadable with a sound batch behind it, or a gap in the numbers.
    Inside,
}

/// The journals in a directory of the engine, oldest first.
pub(super) fn files(store: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(store)? {
        let path = entry?.path();
        let id = path.extension().filter(|extension| *extension == "jnl").and_then(|_| {
            path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok())
        });
        if let Some(id) = id {
            files.push((id, path));
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Reads one journal from its beginning to the first thing that is not a sound batch.
pub(super) fn survey(path: &Path) -> io::Result<Survey> {
    let mut window = Window::open(path)?;
    let mut survey = Survey {
        file: path.to_owned(),
        batches: 0,
        numbers: None,
        sequences: None,
        sound_bytes: 0,
        tail: Tail::Nothing,
    };
    loop {
        match read_batch(&mut window, survey.sound_bytes)? {
            Read::Batch(batch) => {
                if !survey.continues_with(&batch) {
                    survey.tail = Tail::Inside;
                    return Ok(survey);
                }
                survey.add(&batch);
            }
            Read::Bad(broken) => {
                survey.tail = survey.judge_tail(&mut window, &broken)?;
                return Ok(survey);
            }
        }
    }
}

impl Survey {
    /// Whether a batch may come next. Its sequence is under no checksum, but must be higher.
    fn continues_with(&self, batch: &Batch) -> bool {
        let Some(number) = batch.number else { return false };
        self.numbers.is_none_or(|(_, last)| number == last + 1)
            && self.sequences.is_none_or(|(_, last)| batch.sequence > last)
    }

    fn add(&mut self, batch: &Batch) {
        let first = self.numbers.map_or(batch.number, |(first, _)| Some(first));
        self.numbers = first.zip(batch.number);
        let first = self.sequences.map_or(batch.sequence, |(first, _)| first);
        self.sequences = Some((first, batch.sequence));
        self.batches += 1;
        self.sound_bytes = batch.end;
    }

    /// Says what the broken batch behind the sound ones is.
    fn judge_tail(&self, window: &mut Window, broken: &Broken) -> io::Result<Tail> {
        let written = window.written_to(self.sound_bytes)?;
        if written <= self.sound_bytes {
            return Ok(Tail::Nothing);
        }
        // A killed process leaves part of a header or end behind the break, then zeros. If there
        // is more, the length of the item before the break may be wrong and hide a batch.
        let is_torn = written <= broken.at + ITEM_BYTES as u64;
        let from = if is_torn { broken.at } else { broken.doubtful };
        if self.has_sound_batch_between(window, from, written)? {
            return Ok(Tail::Inside);
        }
        let bytes = written - self.sound_bytes;
        Ok(if broken.ended { Tail::Damaged { bytes } } else { Tail::Unfinished { bytes } })
    }

    /// Looks at every byte between `from` and `to` for a batch that can come after the broken one.
    fn has_sound_batch_between(&self, window: &mut Window, from: u64, to: u64) -> io::Result<bool> {
        for at in from..to {
            let Some(head) = window.bytes(at, START_BYTES + 1)? else { return Ok(false) };
            if head[0] == TAG_START
                && head[START_BYTES] == TAG_ITEM
                && let Read::Batch(batch) = read_batch(window, at)?
                && self.may_come_later(&batch, at)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a batch found at `at` can be one of those after the broken one.
    fn may_come_later(&self, batch: &Batch, at: u64) -> bool {
        let Some(number) = batch.number else { return false };
        let batches_between_max = (at - self.sound_bytes) / BATCH_BYTES_MIN;
        let number_fits = self.numbers.is_none_or(|(_, last)| {
            number > last + 1 && number - last - 1 <= batches_between_max.max(1)
        });
        number_fits && self.sequences.is_none_or(|(_, last)| batch.sequence > last)
    }
}

/// What was found where a batch should begin.
enum Read {
    Batch(Batch),
    Bad(Broken),
}

/// Where the structure of a batch breaks.
struct Broken {
    /// The first byte that its sound headers do not account for.
    at: u64,
    /// The same without the last item before it.
    doubtful: u64,
    /// Whether the engine would find an end it does not believe.
    ended: bool,
}

struct Batch {
    end: u64,
    sequence: u64,
    number: Option<u64>,
}

fn read_batch(window: &mut Window, start: u64) -> io::Result<Read> {
    let mut at = start + 1;
    let mut doubtful = at;
    let torn = |at, doubtful| Ok(Read::Bad(Broken { at, doubtful, ended: false }));
    let ended = |at| Ok(Read::Bad(Broken { at, doubtful: at, ended: true }));
    let Some(head) = window.bytes(start, START_BYTES)? else { return torn(at, doubtful) };
    if head[0] != TAG_START {
        return torn(at, doubtful);
    }
    let (mut items, sequence) = (u32_at(head, 1), u64_at(head, 5));
    let number_at = start + START_BYTES as u64;
    at = number_at;
    let mut sum = Xxh3::new();
    let mut number = None;
    loop {
        let Some(tag) = window.bytes(at, 1)?.map(|bytes| bytes[0]) else {
            return torn(at, doubtful);
        };
        let item = match tag {
            TAG_ITEM | TAG_CLEAR if items == 0 => return ended(at),
            TAG_ITEM if number_at == at && !is_number_head(window, at)? => {
                return torn(at, doubtful);
            }
            TAG_ITEM => read_item(window, at, &mut sum)?,
            TAG_CLEAR => read_clear(window, at, &mut sum)?,
            TAG_END => {
                let Some((end, expected)) = read_end(window, at)? else {
                    return torn(at, doubtful);
                };
                let sound = items == 0 && expected == sum.digest();
                return if sound {
                    Ok(Read::Batch(Batch { end, sequence, number }))
                } else {
                    ended(end)
                };
            }
            _ => return torn(at, doubtful),
        };
        let Some(item) = item else { return torn(at, doubtful) };
        doubtful = at + 1;
        at = item.end;
        number = number.or(item.number);
        items -= 1;
    }
}

/// Whether an item has the lengths of the one that every batch begins with.
fn is_number_head(window: &mut Window, at: u64) -> io::Result<bool> {
    let head = window.bytes(at, ITEM_BYTES)?;
    Ok(head.is_some_and(|head| {
        usize::from(u16::from_le_bytes([head[11], head[12]])) == NUMBER_KEY.len()
            && u32_at(head, 17) == 8
    }))
}

/// Where the end of a batch ends, and the checksum it names; `None` if it is not whole.
fn read_end(window: &mut Window, at: u64) -> io::Result<Option<(u64, u64)>> {
    let end = window.bytes(at, END_BYTES)?.filter(|end| &end[9..] == TRAILER);
    Ok(end.map(|end| (at + END_BYTES as u64, u64_at(end, 1))))
}

fn read_clear(window: &mut Window, at: u64, sum: &mut Xxh3) -> io::Result<Option<Item>> {
    let Some(bytes) = window.bytes(at, CLEAR_BYTES)? else { return Ok(None) };
    sum.update(bytes);
    Ok(Some(Item { end: at + CLEAR_BYTES as u64, number: None }))
}

struct Item {
    end: u64,
    number: Option<u64>,
}

fn read_item(window: &mut Window, at: u64, sum: &mut Xxh3) -> io::Result<Option<Item>> {
    let Some(head) = window.bytes(at, ITEM_BYTES)? else { return Ok(None) };
    let known = matches!(head[1], 0 | 1 | 2 | 4) && head[2] <= 1;
    // The length of a value that is not compressed is there twice.
    let agrees = head[2] != 0 || u32_at(head, 13) == u32_at(head, 17);
    if !known || !agrees {
        return Ok(None);
    }
    let space = u64_at(head, 3);
    let key_bytes = usize::from(u16::from_le_bytes([head[11], head[12]]));
    let stored_bytes = u64::from(u32_at(head, 17));
    let key_at = at + ITEM_BYTES as u64;
    let end = key_at + key_bytes as u64 + stored_bytes;
    if end > window.len {
        return Ok(Some(Item { end, number: None }));
    }
    let is_number = space == OWN_KEYSPACE_ID && key_bytes == NUMBER_KEY.len() && stored_bytes == 8;
    let mut number = None;
    if is_number
        && let Some(row) = window.bytes(key_at, NUMBER_KEY.len() + 8)?
        && &row[..NUMBER_KEY.len()] == NUMBER_KEY
    {
        number = row[NUMBER_KEY.len()..].try_into().ok().map(u64::from_be_bytes);
    }
    window.hash(at, end, sum)?;
    Ok(Some(Item { end, number }))
}

/// A file seen through a buffer that moves forward.
struct Window {
    file: File,
    len: u64,
    start: u64,
    buffer: Vec<u8>,
}

impl Window {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self { file, len, start: 0, buffer: Vec::new() })
    }

    /// `count` bytes at `at`, at most [`WINDOW_BYTES`]; `None` if the file ends before.
    fn bytes(&mut self, at: u64, count: usize) -> io::Result<Option<&[u8]>> {
        if at + count as u64 > self.len {
            return Ok(None);
        }
        let inside = at >= self.start && at + count as u64 <= self.start + self.buffer.len() as u64;
        if !inside {
            let wanted = (self.len - at).min(WINDOW_BYTES as u64);
            self.buffer.resize(usize::try_from(wanted).unwrap_or(WINDOW_BYTES), 0);
            self.file.read_exact_at(&mut self.buffer, at)?;
            self.start = at;
        }
        let from = usize::try_from(at - self.start).unwrap_or(WINDOW_BYTES);
        Ok(self.buffer.get(from..from + count))
    }

    fn hash(&mut self, mut from: u64, to: u64, sum: &mut Xxh3) -> io::Result<()> {
        while from < to {
            let count = usize::try_from(to - from).unwrap_or(usize::MAX).min(WINDOW_BYTES / 4);
            let Some(bytes) = self.bytes(from, count)? else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            sum.update(bytes);
            from += count as u64;
        }
        Ok(())
    }

    /// Where the last byte behind `from` that is not zero ends; `from` if there is none.
    fn written_to(&mut self, from: u64) -> io::Result<u64> {
        let mut written = from;
        let mut at = from;
        while let Some(data) = self.data_from(at)? {
            let count =
                usize::try_from(self.len - data).unwrap_or(usize::MAX).min(WINDOW_BYTES / 4);
            let Some(bytes) = self.bytes(data, count)? else { break };
            if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
                written = data + last as u64 + 1;
            }
            at = data + count as u64;
        }
        Ok(written)
    }

    /// The next place from `at` on that is not a hole of the file.
    fn data_from(&self, at: u64) -> io::Result<Option<u64>> {
        if at >= self.len {
            return Ok(None);
        }
        match rustix::fs::seek(self.file.as_fd(), rustix::fs::SeekFrom::Data(at)) {
            Ok(data) => Ok(Some(data)),
            Err(rustix::io::Errno::NXIO) => Ok(None),
            // A file system that knows no holes has data everywhere.
            Err(rustix::io::Errno::INVAL) => Ok(Some(at)),
            Err(other) => Err(other.into()),
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("the slice has four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("the slice has eight bytes"))
}

const TAG_START: u8 = 1;
const TAG_ITEM: u8 = 2;
const TAG_END: u8 = 3;
const TAG_CLEAR: u8 = 4;
const TRAILER: &[u8; 4] = b"FJL\x03";
const START_BYTES: usize = 1 + 4 + 8;
const ITEM_BYTES: usize = 1 + 1 + 1 + 8 + 2 + 4 + 4;
const CLEAR_BYTES: usize = 1 + 8;
const END_BYTES: usize = 1 + 8 + 4;
/// A batch with nothing but its number.
const BATCH_BYTES_MIN: u64 = (START_BYTES + ITEM_BYTES + NUMBER_KEY.len() + 8 + END_BYTES) as u64;
/// More than any key, and than a page of the disk.
const WINDOW_BYTES: usize = 1 << 20;
