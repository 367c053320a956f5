//! From a request's arguments to the request, and to the form of its answer.
//!
//! Arguments become the members that JSON has, and these are checked where JSON's are. Two things
//! must be known to read them: the key schema of each table and the names behind each id.
//!
//! Must hold: a table that is not there is refused before anything of it is read.
//! Not here: the checks of requests (`wire/json/decode/`).

mod batch;
mod item;
mod page;
mod session;
mod transact;

use std::sync::Arc;

pub use session::{
    Authorization, attribute_list_id, attribute_names, authorization, key_schema_table,
};

use super::cbor::{Malformed, Reader};
use super::form::Form;
use super::frame::{Frame, Habits, Method};
use crate::api::{ApiError, ErrorCode, Request, TableName};
use crate::expr::Projection;
use crate::model::TableSchema;
use crate::wire::json::Wording;

/// What must be known to read a request.
pub struct Known<'a> {
    /// The schema of a table, by its name.
    pub schema: &'a dyn Fn(&str) -> Option<Arc<TableSchema>>,
    /// The names of a list, by its id.
    pub names: &'a dyn Fn(u64) -> Option<Arc<[Box<str>]>>,
    /// How refusals are worded.
    pub wording: Wording,
    /// What the client always does.
    pub habits: Habits,
}

/// A request, and how its answer is written.
#[derive(Debug)]
pub struct Call {
    /// The request.
    pub request: Request,
    /// The answer's form.
    pub form: Form,
}

/// Reads a request for data, and checks it as far as that can be done without its items.
pub fn decode(frame: Frame<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let arguments = frame.arguments;
    match frame.method {
        Method::GetItem => item::get(arguments, known),
        Method::PutItem => item::put(arguments, known),
        Method::UpdateItem => item::update(arguments, known),
        Method::DeleteItem => item::delete(arguments, known),
        Method::Query => page::query(arguments, known),
        Method::Scan => page::scan(arguments, known),
        Method::BatchGetItem => batch::get(arguments, known),
        Method::BatchWriteItem => batch::write(arguments, known),
        Method::TransactGetItems => transact::get(arguments, known),
        Method::TransactWriteItems => transact::write(arguments, known),
        Method::AuthorizeConnection
        | Method::Endpoints
        | Method::DefineKeySchema
        | Method::DefineAttributeListId
        | Method::DefineAttributeList => Err(Malformed("this method asks for no data").into()),
    }
}

impl Known<'_> {
    /// The schema of the table that is named so or has this ARN.
    fn table(&self, given: &str) -> Result<Arc<TableSchema>, ApiError> {
        let name = TableName::named_by(given)?;
        (self.schema)(name.as_str()).ok_or_else(ApiError::not_found)
    }
}

impl From<Malformed> for ApiError {
    fn from(malformed: Malformed) -> Self {
        Self::new(ErrorCode::Serialization, malformed.to_string())
    }
}

/// The name of a table, which comes as bytes.
fn table_name<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Malformed> {
    utf8(reader.bytes()?)
}

fn utf8(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed("a name is not UTF-8"))
}

/// The client puts the parts of an item together itself, and needs the attributes whole that they
/// are taken from.
fn whole_attributes(projection: Option<Projection>) -> Option<Projection> {
    projection.map(Projection::widened)
}
