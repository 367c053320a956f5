//! Streams that requests switch on and off: what a stream is then, and what is refused.
//!
//! Must hold: no two streams of tables of one name have one label.
//! Not here: keeping a stream, its log and its age (`streams.rs`).

use std::sync::Arc;

use super::stream_definition::label;
use super::writer::Writer;
use crate::api::{ApiError, ErrorCode, SequenceNumber, StreamChange, StreamView, TableChange};
use crate::engine::{Alteration, Error, Stream, Table};
use crate::model::TableSchema;

impl Writer {
    /// What an alteration makes of the table's stream, if it is about that.
    pub(super) fn altered_stream(
        &self,
        table: &Table,
        alteration: &Alteration,
        now_ms: u64,
    ) -> Result<Option<Stream>, Error> {
        let Alteration::Settings(TableChange::Stream(change, _)) = alteration else {
            return Ok(None);
        };
        let name = &table.name;
        let is_enabled = table.stream.as_ref().is_some_and(|stream| stream.view.is_some());
        match (change, is_enabled) {
            (StreamChange::Enable(_), true) => Err(Error::Api(ApiError::validation(format!(
                "Table already has an enabled stream: TableName: {name}"
            )))),
            (StreamChange::Disable, false) => Err(Error::Api(ApiError::validation(format!(
                "Table has no stream to disable: TableName: {name}"
            )))),
            (StreamChange::Enable(view), false) => {
                self.check_stream_count()?;
                Ok(Some(self.new_stream(table, *view, now_ms)))
            }
            (StreamChange::Disable, true) => Ok(self.disabled_stream(table, now_ms)),
        }
    }

    /// Refuses one stream more than there may be, those that take no more records among them.
    pub(super) fn check_stream_count(&self) -> Result<(), Error> {
        if self.streams.len() < STREAMS_MAX {
            return Ok(());
        }
        let message =
            format!("Subscriber limit exceeded: There is a limit of {STREAMS_MAX} streams");
        Err(Error::Api(ApiError::new(ErrorCode::LimitExceeded, message)))
    }

    /// A new stream of a table.
    pub(super) fn new_stream(&self, table: &Table, view: StreamView, now_ms: u64) -> Stream {
        // No two streams of one name have one label.
        let same_name = self.streams.all().filter(|stream| stream.table == table.name);
        let earlier_ms = same_name.map(|stream| stream.created_ms + 1).max();
        let created_ms = now_ms.max(earlier_ms.unwrap_or(0));
        let label = label(created_ms);
        let number = SequenceNumber::new(self.last_commit).next();
        let mut stream = Stream {
            id: self.streams.next_id(),
            table: table.name.clone(),
            schema: Arc::new(TableSchema { indexes: Vec::new(), ..(*table.schema).clone() }),
            view,
            arn: format!("{}/stream/{label}", table.arn),
            label,
            created_ms,
            disabled_ms: None,
            trimmed: number,
            shards: Vec::new(),
            policy: None,
        };
        stream.roll(self.options.streams.shards, now_ms, number);
        stream
    }

    /// The stream of a table that takes records, as it is when it takes no more.
    pub(super) fn disabled_stream(&self, table: &Table, now_ms: u64) -> Option<Stream> {
        let stream = self.streams.of_table(table.schema.table)?;
        let mut stream = stream.disabled_ms.is_none().then(|| Stream::clone(stream))?;
        stream.close_shards(now_ms, SequenceNumber::new(self.last_commit).next());
        stream.disabled_ms = Some(now_ms);
        Some(stream)
    }
}

/// Streams that there may be: two for each of as many tables as there may be, where records of an
/// old one are kept for a day beside those of a new one.
const STREAMS_MAX: usize = 5_000;
