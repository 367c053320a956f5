//! What no workload goes beyond; those of DynamoDB are its own.

/// Items in one table.
pub(super) const ITEMS_MAX: u64 = 1_000_000_000;
/// DynamoDB's limit of an item, names and values together.
pub(super) const ITEM_BYTES_MAX: u64 = 400 * 1024;
/// DynamoDB's limit of a `BatchWriteItem`.
pub(super) const BATCH_PUTS_MAX: u64 = 25;
/// DynamoDB's limit of a `BatchGetItem`.
pub(super) const BATCH_GETS_MAX: u64 = 100;
/// DynamoDB's limit of a partition key's value.
pub(super) const PARTITION_KEY_BYTES_MAX: u64 = 2_048;
/// DynamoDB's limit of a sort key's value.
pub(super) const SORT_KEY_BYTES_MAX: u64 = 1_024;
/// DynamoDB's limit of an expression.
pub(super) const EXPRESSION_BYTES_MAX: usize = 4_096;
/// DynamoDB's limit of the segments of a parallel scan.
pub(super) const SEGMENTS_MAX: u64 = 1_000_000;
/// DynamoDB's limit of an attribute name that is a key of a table or an index.
pub(super) const NAME_BYTES_MAX: usize = 255;
/// Tables of one workload.
pub(super) const TABLES_MAX: usize = 8;
/// Actions of one workload.
pub(super) const ACTIONS_MAX: usize = 64;
/// Attributes of one item, repeated ones counted.
pub(super) const ATTRIBUTES_MAX: usize = 1_000;
/// Indexes of one table.
pub(super) const INDEXES_MAX: usize = 20;
/// Values that a choice is made of.
pub(super) const CHOICES_MAX: u64 = 100_000;
/// A workload's file.
pub(super) const FILE_BYTES_MAX: u64 = 1 << 20;
