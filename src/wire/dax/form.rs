//! What of a request its answer's form depends on.
//!
//! Must hold: an answer is written by the schema that its request was read by, also if the table
//! was dropped and made anew meanwhile.

use std::sync::Arc;

use crate::api::ReturnValues;
use crate::expr::Places;
use crate::model::TableSchema;

/// How the answer to a request is written.
#[derive(Debug)]
pub enum Form {
    /// Of GetItem.
    Item(ItemForm),
    /// Of PutItem, DeleteItem and UpdateItem.
    Write(Arc<TableSchema>, ReturnValues),
    /// Of Query and Scan.
    Page(PageForm),
    /// Of BatchGetItem: each table under the name that the request gave it.
    BatchGet(Vec<(String, ItemForm)>),
    /// Of BatchWriteItem.
    BatchWrite(Vec<(String, Arc<TableSchema>)>),
    /// Of TransactGetItems: each element.
    TransactGet(Vec<ItemForm>),
    /// Of TransactWriteItems: the table of each element.
    TransactWrite(Vec<Arc<TableSchema>>),
}

impl Form {
    /// The table of each element of a transaction; nothing if it is of none.
    pub(super) fn elements(&self) -> Vec<&TableSchema> {
        match self {
            Self::TransactGet(forms) => forms.iter().map(|form| &*form.schema).collect(),
            Self::TransactWrite(schemas) => schemas.iter().map(|schema| &**schema).collect(),
            Self::Item(_)
            | Self::Write(..)
            | Self::Page(_)
            | Self::BatchGet(_)
            | Self::BatchWrite(_) => Vec::new(),
        }
    }
}

/// How an item is written.
#[derive(Debug)]
pub struct ItemForm {
    /// The table's key is written apart.
    pub(super) schema: Arc<TableSchema>,
    /// What is wanted of the item, if not all.
    pub(super) places: Option<Places>,
}

/// How a page is written.
#[derive(Debug)]
pub struct PageForm {
    pub(super) item: ItemForm,
    /// Whether an index was read, whose keys have more attributes.
    pub(super) is_index: bool,
}
