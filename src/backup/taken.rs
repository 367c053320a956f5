//! A backup that somebody has for himself: to read it back, or to delete it.
//!
//! Must hold: it is free again when this is dropped, unless it was deleted.
//! Not here: what becomes of its items.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::sync::Arc;

use bytes::Bytes;

use super::file::{Piece, Reader, Sums};
use super::shelf::{Shelf, apart};
use super::{Error, Label};
use crate::model::ItemBytes;

/// A backup that nobody else restores or deletes.
#[derive(Debug)]
pub struct Taken {
    shelf: Arc<Shelf>,
    label: Arc<Label>,
    bytes: Bytes,
    is_deleted: bool,
}

/// The items of a backup, read one block after the other.
#[derive(Debug)]
pub struct Items {
    taken: Taken,
    reader: Reader<Source>,
}

#[derive(Debug)]
enum Source {
    File(BufReader<File>),
    Memory(Cursor<Bytes>),
}

impl Taken {
    pub(super) fn new(shelf: Arc<Shelf>, label: Arc<Label>, bytes: Bytes) -> Self {
        Self { shelf, label, bytes, is_deleted: false }
    }

    /// What is written on it.
    pub fn label(&self) -> &Arc<Label> {
        &self.label
    }

    /// Begins to read its items.
    pub async fn read(self) -> Result<Items, Error> {
        apart(move || {
            let input = match self.shelf.directory() {
                Some(directory) => Source::File(directory.open_file(&self.label.id)?),
                None => Source::Memory(Cursor::new(self.bytes.clone())),
            };
            let (label, reader) = Reader::open(input)?;
            if label != *self.label {
                return Err(reader.wrong("it is another backup's"));
            }
            Ok(Items { taken: self, reader })
        })
        .await
    }

    /// Deletes it.
    pub async fn delete(self) -> Result<(), Error> {
        apart(move || {
            let mut taken = self;
            if let Some(directory) = taken.shelf.directory() {
                directory.remove(&taken.label.id)?;
            }
            taken.is_deleted = true;
            Ok(())
        })
        .await
    }
}

impl Items {
    /// Some items more, all of them sound; none once it is sure that all were read.
    pub async fn next(mut self) -> Result<(Self, Option<Vec<ItemBytes>>), Error> {
        apart(move || match self.reader.piece()? {
            Piece::Items(items) => Ok((self, Some(items))),
            Piece::End => Ok((self, None)),
        })
        .await
    }

    /// What was read so far.
    pub fn sums(&self) -> Sums {
        self.reader.sums()
    }

    /// The backup.
    pub fn label(&self) -> &Arc<Label> {
        self.taken.label()
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::File(file) => file.read(into),
            Self::Memory(memory) => memory.read(into),
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.is_deleted {
            self.shelf.forget(&self.label.id);
        } else {
            self.shelf.make_available(&self.label.id, self.bytes.clone());
        }
    }
}
