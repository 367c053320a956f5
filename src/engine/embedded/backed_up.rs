//! What a table was, as a backup keeps it: JSON with its definition in it, as the store has it.
//!
//! Must hold: what a later version wrote is refused with a sentence, never guessed at.
//! Not here: the definition's own members (`definition.rs`), the file that has it (`backup/`).

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::definition::{Definition, Setting};
use super::rows;
use super::stream_definition::View;
use crate::api::{StreamSummary, TableStatus};
use crate::engine::{Error, Table};
use crate::model::TableId;

/// A table at the moment of its backup.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct BackedUp {
    /// The version of the definition.
    format: u64,
    definition: Definition,
    items: u64,
    bytes: u64,
    /// Of its newest stream: ARN, label, and what its records said unless it was disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stream: Option<(String, String, Option<View>)>,
}

/// The version alone, which comes first whatever a later version has behind it.
#[derive(Deserialize)]
struct Format {
    format: u64,
}

impl BackedUp {
    pub(super) fn of(table: &Table, items: u64, bytes: u64) -> Self {
        let of_stream = |stream: &Arc<StreamSummary>| {
            (stream.arn.clone(), stream.label.clone(), stream.view.map(View::of))
        };
        Self {
            format: rows::FORMAT,
            definition: Definition::of(table),
            items,
            bytes,
            stream: table.stream.as_ref().map(of_stream),
        }
    }

    pub(super) fn encode(&self) -> Bytes {
        serde_json::to_vec(self).expect("texts and numbers are JSON").into()
    }

    pub(super) fn decode(description: &[u8]) -> Result<Self, Error> {
        let read = |_| Error::DamagedBackup;
        let Format { format } = serde_json::from_slice(description).map_err(read)?;
        if format > rows::FORMAT {
            return Err(Error::NewerFormat { found: format, known: rows::FORMAT });
        }
        serde_json::from_slice(description).map_err(read)
    }

    /// The table as it was, with its totals and all of its indexes full.
    pub(super) fn into_table(self, setting: &Setting<'_>) -> Result<Table, Error> {
        let Self { definition, items, bytes, stream, .. } = self;
        // It has no requests of its own to be counted.
        let table = definition.into_counted_table(TableId::new(0), setting, NO_TABLE);
        let mut table = table.ok_or(Error::DamagedBackup)?;
        table.totals.set(items, bytes);
        table.leaving = None;
        for index in &mut table.indexes {
            index.status = TableStatus::Active;
        }
        table.stream = stream.map(|(arn, label, view)| {
            Arc::new(StreamSummary { arn, label, view: view.map(View::view) })
        });
        Ok(table)
    }
}

/// The label of what is not about one table that is there.
const NO_TABLE: &str = "-";
