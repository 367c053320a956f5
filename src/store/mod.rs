//! Ordered bytes on disk or in memory: spaces, one atomic batch over several of them, snapshots.
//!
//! What a table is, what a row means and who may write are decided above. Here a row is a key and
//! a value, a space is an ordered set of rows, and there is one writer.
//!
//! Must hold: a snapshot shows whole batches only, and only batches that are as durable as their
//! [`SyncMode`] asked; a batch whose commit failed shows nowhere until the store is reopened; what
//! [`Store::commit`] acknowledged under [`SyncMode::Sync`] is there after any crash.
//! Not here: retrying, waiting for disk space, deciding when to reopen (`engine/embedded/`).

mod batch;
pub mod disk;
mod error;
pub mod memory;
mod range;
mod space;

use std::sync::Arc;

use bytes::Bytes;

pub use batch::{Batch, BatchNumber, KEY_BYTES_MAX, SyncMode};
pub use error::{CommitError, Error, Fate, Result, WriteState};
pub use range::{Chunk, ChunkLimit, Direction, KeyRange};
pub use space::{SpaceId, SpaceName};

/// Spaces of ordered rows that change by atomic batches and are read through snapshots.
///
/// Commits are serialised inside, but a store is made for one writer: a second one only waits.
/// Everything but [`Store::snapshot`], [`Store::space`], [`Store::state`] and [`Store::free`] may
/// block on the disk.
pub trait Store: Send + Sync {
    /// Makes a space, or finds it: the same name gives the same id until it is dropped.
    ///
    /// The space is durable when this returns.
    fn create_space(&self, name: &SpaceName) -> Result<SpaceId>;

    /// Drops a space and every row in it; a space that does not exist is no error.
    ///
    /// Snapshots that are still held answer [`Error::NoSpace`] for it from now on. Its name must
    /// not be used again: a reader could not tell the two spaces apart.
    fn drop_space(&self, name: &SpaceName) -> Result<()>;

    /// The id of a space, if it exists.
    fn space(&self, name: &SpaceName) -> Option<SpaceId>;

    /// Every space, in no particular order.
    fn spaces(&self) -> Vec<(SpaceName, SpaceId)>;

    /// Writes a batch, all or nothing, and publishes it to later snapshots.
    ///
    /// An empty batch is a batch: under [`SyncMode::Sync`] it makes durable what came before it.
    /// [`CommitError::fate`] tells what became of a batch that failed.
    fn commit(&self, batch: Batch, mode: SyncMode) -> Result<BatchNumber, CommitError>;

    /// The state after the last published batch.
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>>;

    /// Whether commits can succeed, and if not, why.
    fn state(&self) -> WriteState;

    /// Tries to leave [`WriteState::DiskFull`]; on success the store takes writes again.
    ///
    /// Every snapshot is revoked, whatever comes of it. A batch of unknown fate is either there
    /// or gone afterwards. It costs a recovery, during which nothing can be read: look at
    /// [`Store::free`] first. After a failed sync the answer is [`Error::ClosedUntilRestart`].
    /// `before_publish` runs when no old snapshot can be read any more and no new one yet.
    fn reopen(&self, before_publish: &dyn Fn()) -> Result<()>;

    /// The room without which [`Store::reopen`] would fail: what is only in memory and in journals
    /// is written out then.
    fn reopen_room_bytes(&self) -> u64;

    /// What the store takes on the disk. Only whoever commits should ask: it waits for commits.
    fn footprint(&self) -> Result<Footprint>;

    /// Room on the file system that holds the store.
    fn free(&self) -> Result<FreeSpace>;

    /// The last batch that snapshots show; zero before the first.
    fn last_batch(&self) -> BatchNumber;

    /// Makes everything durable and ends the store; afterwards nothing works any more.
    fn close(&self) -> Result<()>;
}

/// The rows of a store as they were when a batch had just been published.
///
/// Holding one for long keeps old versions on disk. Every call answers [`Error::Revoked`] once
/// the store was reopened or closed.
pub trait Snapshot: Send + Sync {
    /// The batch that this snapshot shows last.
    fn last_batch(&self) -> BatchNumber;

    /// The value of a key. The bytes are its own: holding them holds nothing else in memory.
    fn get(&self, space: SpaceId, key: &[u8]) -> Result<Option<Bytes>>;

    /// Rows of a range in the order of their keys, as many as `limit` admits.
    ///
    /// A chunk holds at least one row if the range has one. To go on, ask again with the range
    /// that [`Chunk::rest`] gives. Bytes may share memory with other rows: copy what is kept.
    fn range(
        &self,
        space: SpaceId,
        range: &KeyRange,
        direction: Direction,
        limit: ChunkLimit,
    ) -> Result<Chunk>;
}

/// What a store takes on the disk.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Footprint {
    /// All of its files, in bytes.
    pub bytes: u64,
    /// Those among them that are written first, and go once their rows are in table files.
    pub journal_bytes: u64,
    /// How many files have rows in order.
    pub table_files: u64,
}

/// Room on a file system, in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FreeSpace {
    /// What this process may still write.
    pub free_bytes: u64,
    /// The size of the file system.
    pub total_bytes: u64,
}
