//! A backup that is being made: written in a temporary name, synced, renamed.
//!
//! Must hold: a draft that is dropped leaves neither file nor entry.
//! Not here: where its items come from.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use super::file::{Sums, Writer};
use super::shelf::{Shelf, apart};
use super::{Error, Label};
use crate::model::ItemBytes;

/// A backup that is being made.
#[derive(Debug)]
pub struct Draft {
    shelf: Arc<Shelf>,
    label: Arc<Label>,
    /// None before it was begun and once it is kept.
    under_way: Option<UnderWay>,
    /// Whether it has a file.
    has_file: bool,
    /// Whether it is a backup now.
    is_kept: bool,
}

#[derive(Debug)]
struct UnderWay {
    writer: Writer,
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    File(File),
    Memory(Vec<u8>),
}

impl Draft {
    pub(super) fn new(shelf: Arc<Shelf>, label: Arc<Label>) -> Self {
        Self { shelf, label, under_way: None, has_file: false, is_kept: false }
    }

    /// What is written on it.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// Adds items.
    pub async fn add(self, items: Vec<ItemBytes>) -> Result<Self, Error> {
        let mut draft = self;
        apart(move || {
            if let Some(UnderWay { writer, sink }) = &mut draft.under_way {
                let mut bytes = Vec::new();
                writer.items(&items, &mut bytes);
                sink.write(&bytes)?;
            }
            Ok(draft)
        })
        .await
    }

    /// Leaves nothing of it. A drop does the same, where it happens.
    pub async fn discard(self) {
        // The disk is waited for apart; what could not be removed the log has.
        let discarded = apart(move || {
            drop(self);
            Ok(())
        });
        drop(discarded.await);
    }

    /// Makes a backup of it.
    pub async fn keep(self) -> Result<Sums, Error> {
        apart(move || self.kept()).await
    }

    pub(super) fn begun(mut self) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        let writer = Writer::begin(&self.label, &mut bytes);
        let mut sink = match self.shelf.directory() {
            Some(directory) => Sink::File(directory.create(&self.label.id)?),
            None => Sink::Memory(Vec::new()),
        };
        self.has_file = matches!(sink, Sink::File(_));
        sink.write(&bytes)?;
        self.under_way = Some(UnderWay { writer, sink });
        Ok(self)
    }

    fn kept(mut self) -> Result<Sums, Error> {
        let id = &self.label.id;
        let Some(UnderWay { writer, mut sink }) = self.under_way.take() else {
            return Err(Error::Stopped);
        };
        let mut bytes = Vec::new();
        let sums = writer.end(&mut bytes);
        sink.write(&bytes)?;
        let bytes = match (sink, self.shelf.directory()) {
            (Sink::File(file), Some(directory)) => {
                let synced = file.sync_all();
                synced.map_err(|source| Error::Stream { action: "sync", source })?;
                directory.keep(id)?;
                Vec::new()
            }
            (Sink::Memory(bytes), _) => bytes,
            (Sink::File(_), None) => return Err(Error::Stopped),
        };
        self.shelf.make_available(id, bytes.into());
        self.is_kept = true;
        Ok(sums)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        if self.has_file
            && let Some(directory) = self.shelf.directory()
        {
            directory.forget(&self.label.id);
        }
        self.shelf.forget(&self.label.id);
    }
}

impl Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = match self {
            Self::File(file) => file.write_all(bytes),
            Self::Memory(memory) => memory.write_all(bytes),
        };
        written.map_err(|source| Error::Stream { action: "write", source })
    }
}
