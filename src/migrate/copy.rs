//! Copies what the table holds, its parts side by side.
//!
//! Must hold: a part has got as far as is written down only if all before was written to the target.
//! Not here: changes that are made meanwhile (`follow.rs`).

use std::sync::Arc;

use super::error::Error;
use super::migration::Migration;
use super::parts::side_by_side;
use super::plan::Event;
use super::state::SegmentState;
use super::writer::{Again, Write};
use crate::api::Key;
use crate::model::{AttributeValue, Segment};
use crate::wire::json;

/// Copies all parts that are not copied yet.
pub(super) async fn copy(migration: &Arc<Migration>, of: u64) -> Result<(), Error> {
    let total = migration.state(|state| state.segments.len());
    let total = u32::try_from(total).unwrap_or(u32::MAX);
    let copied = side_by_side("migrate segment", total, &migration.pauses.stop, |segment| {
        copy_segment(Arc::clone(migration), segment, of)
    });
    let copied = copied.await;
    migration.write_down()?;
    copied
}

async fn copy_segment(migration: Arc<Migration>, segment: Segment, of: u64) -> Result<(), Error> {
    loop {
        let part = migration.state(|state| state.segments[segment.number as usize].clone());
        if part.is_done {
            return Ok(());
        }
        let start = start_of(&migration, &part)?;
        if migration.pauses.stop.has_begun() {
            return Err(Error::Stopped);
        }
        let page = migration.source.page(segment, start, None).await?;
        let items = page.items.unwrap_or_default();
        let count = items.len() as u64;
        let writes = items.into_iter().map(Write::Put).collect();
        migration.writer.write(writes, Again::Soon).await?;
        let items = migration.advance(|state| {
            let part = &mut state.segments[segment.number as usize];
            part.items += count;
            part.is_done = page.last.is_none();
            part.after = page.last.as_deref().map(text_of);
            state.items()
        })?;
        (migration.tell)(Event::Copied { items, of });
    }
}

/// Behind which key a part goes on.
fn start_of(migration: &Migration, part: &SegmentState) -> Result<Option<Key>, Error> {
    let start = part.after.as_deref().map(|text| json::key(text.as_bytes())).transpose();
    start.map_err(|error| Error::NoState {
        path: migration.state_path().to_owned(),
        why: format!("a part's place is no key: {}", error.message),
    })
}

fn text_of(key: &[(String, AttributeValue)]) -> String {
    String::from_utf8_lossy(&json::encode_key(key)).into_owned()
}
