//! A stream's definition as it is stored: JSON, as a table's is; drawn in `docs/storage-format.md`.
//!
//! Must hold: what a stream is made of comes back as it was stored; a definition that cannot be a
//! stream's is refused, never guessed at.
//! Not here: the row that it lies in (`rows.rs`), its records (`log/`).

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;

use super::definition::{Policy, Setting, attribute_of, letter_of};
use crate::api::{SequenceNumber, StreamView, TableName};
use crate::engine::{Closed, Shard, ShardNumber, Stream, StreamId};
use crate::model::{TableId, TableSchema};

/// A stream's definition as it is stored.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamDefinition {
    /// The table's number and name.
    table: (u64, String),
    /// The table's key attributes, partition key first.
    keys: Vec<(String, char)>,
    view: View,
    created_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disabled_ms: Option<u64>,
    trimmed: u64,
    shards: Vec<StoredShard>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<Policy>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum View {
    KeysOnly,
    NewImage,
    OldImage,
    NewAndOldImages,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct StoredShard {
    number: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<u32>,
    opened_ms: u64,
    first: u64,
    /// When it was closed, and with which number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed: Option<(u64, u64)>,
}

impl StreamDefinition {
    /// The definition of this stream.
    pub(super) fn of(stream: &Stream) -> Self {
        let keys = stream.schema.keys();
        Self {
            table: (stream.schema.table.get(), stream.table.as_str().to_owned()),
            keys: keys.map(|key| (key.name.clone(), letter_of(key.kind))).collect(),
            view: View::of(stream.view),
            created_ms: stream.created_ms,
            disabled_ms: stream.disabled_ms,
            trimmed: stream.trimmed.get(),
            shards: stream.shards.iter().map(StoredShard::of).collect(),
            policy: stream.policy.as_deref().map(Policy::of),
        }
    }

    /// The stored form.
    pub(super) fn encode(&self) -> Bytes {
        serde_json::to_vec(self).expect("texts and numbers are JSON").into()
    }

    /// Reads the stored form.
    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        serde_json::from_slice(value).ok()
    }

    /// The stream of that number; `None` if it cannot be a stream's definition.
    pub(super) fn into_stream(self, id: StreamId, setting: &Setting<'_>) -> Option<Stream> {
        let (table, name) = self.table;
        let mut keys = self.keys.iter().map(attribute_of);
        let (hash, range) = (keys.next()??, keys.next());
        let range = match range {
            Some(attribute) => Some(attribute?),
            None => None,
        };
        let schema = TableSchema { table: TableId::new(table), hash, range, indexes: Vec::new() };
        let shards: Vec<Shard> = self.shards.iter().map(StoredShard::shard).collect();
        let open = shards.iter().filter(|shard| shard.closed.is_none()).count();
        let is_sound = if self.disabled_ms.is_some() { open == 0 } else { open.is_power_of_two() };
        let name = TableName::new(name).filter(|_| is_sound)?;
        let label = label(self.created_ms);
        Some(Stream {
            id,
            schema: Arc::new(schema),
            view: self.view.view(),
            arn: format!("{}/stream/{label}", setting.table_arn(&name)),
            table: name,
            label,
            created_ms: self.created_ms,
            disabled_ms: self.disabled_ms,
            trimmed: SequenceNumber::new(self.trimmed),
            shards,
            policy: self.policy.map(Policy::policy),
        })
    }
}

/// The label of a stream that was made at that time.
pub(super) fn label(created_ms: u64) -> String {
    let nanoseconds = i128::from(created_ms) * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds);
    let form =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]");
    time.unwrap_or(OffsetDateTime::UNIX_EPOCH).format(&form).unwrap_or_default()
}

impl View {
    pub(super) fn of(view: StreamView) -> Self {
        match view {
            StreamView::KeysOnly => Self::KeysOnly,
            StreamView::NewImage => Self::NewImage,
            StreamView::OldImage => Self::OldImage,
            StreamView::NewAndOldImages => Self::NewAndOldImages,
        }
    }

    pub(super) fn view(self) -> StreamView {
        match self {
            Self::KeysOnly => StreamView::KeysOnly,
            Self::NewImage => StreamView::NewImage,
            Self::OldImage => StreamView::OldImage,
            Self::NewAndOldImages => StreamView::NewAndOldImages,
        }
    }
}

impl StoredShard {
    fn of(shard: &Shard) -> Self {
        Self {
            number: shard.number.get(),
            parent: shard.parent.map(ShardNumber::get),
            opened_ms: shard.opened_ms,
            first: shard.first.get(),
            closed: shard.closed.map(|Closed { at_ms, last }| (at_ms, last.get())),
        }
    }

    fn shard(&self) -> Shard {
        let closed = |(at_ms, last)| Closed { at_ms, last: SequenceNumber::new(last) };
        Shard {
            number: ShardNumber::new(self.number),
            parent: self.parent.map(ShardNumber::new),
            opened_ms: self.opened_ms,
            first: SequenceNumber::new(self.first),
            closed: self.closed.map(closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    fn stream_of(text: &str) -> Option<Stream> {
        let metrics = Metrics::new(crate::metrics::Options::default());
        let setting = Setting { region: "eu-west-1", account: "000000000001", metrics: &metrics };
        StreamDefinition::decode(text.as_bytes())?.into_stream(StreamId::new(2), &setting)
    }

    #[test]
    fn everything_in_a_definition_comes_back_as_it_was_stored() {
        let enabled = concat!(
            r#"{"table":[7,"orders"],"keys":[["pk","S"],["sk","N"]],"view":"new_and_old_images","#,
            r#""created_ms":1664806406123,"trimmed":5,"shards":[{"number":1,"opened_ms":1,"#,
            r#""first":2,"closed":[9,8]},{"number":2,"parent":1,"opened_ms":9,"first":9}]}"#
        );
        let disabled = concat!(
            r#"{"table":[7,"orders"],"keys":[["pk","B"]],"view":"keys_only","created_ms":5,"#,
            r#""disabled_ms":6,"trimmed":0,"shards":[],"policy":{"document":"{}","revision_ms":9}}"#
        );

        for text in [enabled, disabled] {
            let stream = stream_of(text).expect("a definition");
            let stored = StreamDefinition::of(&stream).encode();
            assert_eq!(std::str::from_utf8(&stored).expect("utf-8"), text);
        }
        let arn = "arn:aws:dynamodb:eu-west-1:000000000001:table/orders/stream/\
                   2022-10-03T14:13:26.123";
        assert_eq!(stream_of(enabled).map(|stream| stream.arn).as_deref(), Some(arn));
        assert_eq!(
            stream_of(enabled).expect("one").summary().view,
            Some(StreamView::NewAndOldImages)
        );
        assert_eq!(stream_of(disabled).expect("one").summary().view, None);
    }

    #[test]
    fn a_definition_that_is_no_streams_is_refused() {
        let good = r#"{"table":[7,"orders"],"keys":[["pk","S"]],"view":"old_image","created_ms":5,
            "trimmed":0,"shards":[{"number":1,"opened_ms":1,"first":2}]}"#;
        assert!(stream_of(good).is_some());
        for (part, instead) in [
            (r#"["pk","S"]"#, r#"["pk","X"]"#),
            (r#"[["pk","S"]]"#, "[]"),
            (r#""orders""#, r#""""#),
            ("old_image", "other"),
            (r#""trimmed":0"#, r#""trimmed":0,"later":1"#),
            (r#""trimmed":0"#, r#""trimmed":0,"disabled_ms":6"#),
            (r#"[{"number":1,"opened_ms":1,"first":2}]"#, "[]"),
        ] {
            let bad = good.replace(part, instead);
            assert!(bad != good && stream_of(&bad).is_none(), "{bad}");
        }
    }
}
