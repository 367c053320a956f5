//! An item as a mutation of a batch finds it: as those before it leave it, or as its row has it.
//!
//! Not here: the batch (`batch.rs`), the bytes of a row (`rows.rs`).

use bytes::Bytes;

use super::evaluate::view_of;
use super::rows;
use crate::engine::Error;
use crate::fence::CommitNumber;
use crate::model::{Image, TableId};

/// An item as the batch leaves it so far.
pub(super) struct Changed {
    pub(super) commit: CommitNumber,
    pub(super) after: Image,
}

/// Where an item is found: changed by the batch, or in its row.
pub(super) enum Stored<'a> {
    Changed(&'a Changed),
    Row(Option<Bytes>),
}

impl Stored<'_> {
    pub(super) fn version(&self, table: TableId) -> Result<Option<CommitNumber>, Error> {
        match self {
            // An absence has no version, whoever left it.
            Self::Changed(Changed { commit, after }) => Ok(view_of(after).map(|_| *commit)),
            Self::Row(value) => rows::version_of(table, value.as_deref()),
        }
    }

    pub(super) fn image(self, table: TableId) -> Result<Image, Error> {
        match self {
            Self::Changed(Changed { after, .. }) => Ok(after.clone()),
            Self::Row(value) => rows::image_of(table, value),
        }
    }
}
