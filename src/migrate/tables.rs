//! A table at one end: what it is, and its items page by page.
//!
//! Must hold: what may pass by itself is waited for; pages are read consistently, since what was
//! written before a scan must be in it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::back_off::Pauses;
use super::end::{End, Failed};
use super::error::Error;
use crate::api::{
    CapacityDetail, Consistency, Key, Operation, PageFound, PageRequest, Request, Scan,
    TableDescription, TableName, TableRef, TableStatus,
};
use crate::engine::upstream::client::Effect;
use crate::model::{ItemBytes, KeyAttribute, KeyBuffer, Segment, TableId, TableSchema};
use crate::wire::json::client as border;

/// A table at an end.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) end: Arc<End>,
    pub(super) table: TableName,
    pub(super) pauses: Pauses,
}

/// A table as its end describes it.
pub(super) struct Described {
    pub(super) table: TableDescription,
    /// The answer as it came.
    pub(super) answer: Bytes,
}

impl Site {
    /// What the table is; none if it is not there.
    pub(super) async fn describe(&self) -> Result<Option<Described>, Error> {
        let body = border::describe_table(self.table.as_str());
        let asked = self.asked_or(Operation::DescribeTable, body.into(), Failed::is_not_found);
        let Some(answer) = asked.await? else { return Ok(None) };
        let table = border::table(&answer).map_err(|source| self.unreadable(source))?;
        Ok(Some(Described { table, answer }))
    }

    /// What the table is once it serves.
    pub(super) async fn active(&self) -> Result<Option<Described>, Error> {
        self.until(READY_SECONDS_MAX, |table| match table.status {
            TableStatus::Active | TableStatus::Updating => true,
            TableStatus::Creating | TableStatus::Deleting => false,
        })
        .await
    }

    /// What the table is once it is so; none if it is gone.
    pub(super) async fn until(
        &self,
        seconds_max: u64,
        is_so: impl Fn(&TableDescription) -> bool,
    ) -> Result<Option<Described>, Error> {
        let began = self.pauses.clock.monotonic();
        loop {
            let Some(described) = self.describe().await? else { return Ok(None) };
            if is_so(&described.table) {
                return Ok(Some(described));
            }
            let spent = self.pauses.clock.monotonic().saturating_sub(began);
            if spent >= Duration::from_secs(seconds_max) {
                return Err(Error::NotActive {
                    end: self.end.to_string(),
                    table: self.table.to_string(),
                    seconds: seconds_max,
                });
            }
            self.pauses.pass(LOOK_EVERY).await?;
        }
    }

    /// A page of a part of the table, behind a key.
    pub(super) async fn page(
        &self,
        segment: Segment,
        start: Option<Key>,
        limit: Option<usize>,
    ) -> Result<PageFound, Error> {
        let page = PageRequest {
            table: self.named(),
            index: None,
            filter: None,
            projection: None,
            select: None,
            limit,
            start,
            consistency: Consistency::Strong,
            capacity: CapacityDetail::None,
        };
        let scan = Request::Scan(Scan { page, segment: Some(segment) });
        let answer = self.asked(Operation::Scan, body_of(&scan)).await?;
        let page = border::page(&answer).map_err(|source| self.unreadable(source))?;
        Ok(page.found)
    }

    /// Asks for what changes nothing, until it is answered.
    pub(super) async fn asked(&self, operation: Operation, body: Bytes) -> Result<Bytes, Error> {
        let answer = self.asked_or(operation, body, |_| false).await?;
        Ok(answer.expect("no failure stands for an answer"))
    }

    /// The same; none for a failure that says all there is to say.
    pub(super) async fn asked_or(
        &self,
        operation: Operation,
        body: Bytes,
        mut is_answer: impl FnMut(&Failed) -> bool,
    ) -> Result<Option<Bytes>, Error> {
        let mut back_off = self.pauses.begin();
        loop {
            match self.end.ask(operation, body.clone(), Effect::Reads).await {
                Ok(answer) => return Ok(Some(answer)),
                Err(failed) if is_answer(&failed) => return Ok(None),
                Err(failed) => back_off.after(&self.end, failed).await?,
            }
        }
    }

    /// The table as a request names it.
    pub(super) fn named(&self) -> TableRef {
        TableRef::of(self.table.as_str()).expect("a name of a table names it")
    }

    pub(super) fn unreadable(&self, source: border::Unreadable) -> Error {
        Error::Unreadable { end: self.end.to_string(), source }
    }

    /// The canonical bytes of an item's key.
    pub(super) fn key_of(&self, item: &ItemBytes, schema: &TableSchema) -> Result<Vec<u8>, Error> {
        let mut buffer = KeyBuffer::default();
        let key = schema.key_of_stored(item.view(), &mut buffer);
        key.map(|key| key.bytes().to_vec())
            .ok_or_else(|| Error::Keyless { end: self.end.to_string() })
    }
}

/// The body of a request for data.
pub(super) fn body_of(request: &Request) -> Bytes {
    border::encode_request(request).expect("a request for data has a body").into()
}

/// The keys of a table, for those of its items.
pub(super) fn schema_of(table: &TableDescription) -> TableSchema {
    TableSchema {
        table: TableId::new(0),
        hash: table.hash.clone(),
        range: table.range.clone(),
        indexes: Vec::new(),
    }
}

/// The keys of a table, for people.
pub(super) fn keys_text(table: &TableDescription) -> String {
    let text = |attribute: &KeyAttribute| format!("{} ({})", attribute.name, attribute.kind.name());
    let keys: Vec<String> = [&table.hash].into_iter().chain(&table.range).map(text).collect();
    keys.join(" and ")
}

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a table may be in the making.
const READY_SECONDS_MAX: u64 = 600;
