//! Attribute values, numbers, items, keys and sizes: what a table holds, without any wire or disk.
//!
//! Must hold: a [`Number`] and an [`ItemKey`] have one representation each, so equal values have
//! equal bytes; an [`ItemImage`] holds bytes that were checked once, so its views cannot fail.
//! Not here: JSON (`wire/`), rows and spaces (`engine/`).

mod cursor;
mod cut;
mod image;
mod index;
mod item;
mod json_bytes;
mod key;
mod nesting;
mod number;
mod same;
mod schema;
mod segment;
mod size;
mod value;
mod view;
mod write;

pub use cut::Cut;
pub use image::{Answer, Image, ItemBytes, ItemImage, Made};
pub use index::{IndexKey, IndexKeyError, IndexProjection, IndexSchema, IndexScope};
pub use item::Item;
pub use key::{IndexId, ItemKey, ItemKeyRef, KeyBuffer, TableId};
pub use nesting::CONTAINERS_MAX;
pub use number::{Number, NumberError, NumberRef, RangeError};
pub use schema::{KeyAttribute, KeyError, KeyType, KeyValue, TableSchema};
pub use segment::{Segment, hash16};
pub use size::{
    ITEM_BYTES_MAX, PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX, read_units, write_units,
};
pub use value::AttributeValue;
pub use view::{Corrupt, ItemRef, ListRef, MapRef, Raw, SetRef, ValueRef};
pub use write::{Part, Run, encode_attributes, put_value};
