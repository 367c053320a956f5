//! Reads answers, strictly: what one of the known clients could not read is refused.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::attributes::EMPTY_LIST;
use super::super::cbor::{Count, Malformed, Reader};
use super::super::form::{Form, ItemForm, PageForm};
use super::super::{key, value};
use super::capacity::{collection_size, consumed};
use super::item::{self, Names};
use super::{batch, transact};
use crate::api::{
    AnswerItem, GetItemOutput, Key, PageFound, PageImage, PageOutput, Request, Response,
    ReturnValues, WriteOutput,
};
use crate::model::{Item, KeyAttribute, TableSchema};
use crate::wire::json::Values;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnswerError {
    /// The server refused the request.
    #[error("{0}")]
    Refused(Refused),
    /// Some client could not read this.
    #[error("the answer is not one of DAX: {0}")]
    Broken(&'static str),
    /// The names behind this id must be asked for first.
    #[error("the names of the attribute list {0} are not known")]
    UnknownList(u64),
}

/// A refusal as clients read it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{exception}: {message}")]
pub struct Refused {
    /// What clients go by.
    pub codes: Vec<u64>,
    /// What happened, in words.
    pub message: String,
    /// The exception's name.
    pub exception: String,
    /// The HTTP status that it would have.
    pub status: u64,
    /// Of a transaction that was cancelled: what each element has to do with that.
    pub reasons: Vec<Reason>,
}

/// What one element has to do with its transaction's being cancelled.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// What is wrong with it.
    pub code: String,
    /// The same in words, if something is.
    pub message: Option<String>,
    /// Its item beside its key, as bytes.
    pub item: Option<Vec<u8>>,
}

/// The answer to this request, whose form the request has.
pub fn answer(
    bytes: &[u8],
    request: &Request,
    form: &Form,
    names: Names<'_>,
) -> Result<Response, AnswerError> {
    let mut reader = success(bytes)?;
    let response = match (request, form) {
        (Request::GetItem(get), Form::Item(form)) => {
            Response::GetItem(get_item(&mut reader, &get.key, form, names)?)
        }
        (Request::PutItem(put), Form::Write(schema, returned)) => {
            let key = schema_part(schema, &put.item.attributes);
            Response::PutItem(write(&mut reader, &key, schema, *returned, names)?)
        }
        (Request::DeleteItem(delete), Form::Write(schema, returned)) => {
            Response::DeleteItem(write(&mut reader, &delete.key, schema, *returned, names)?)
        }
        (Request::UpdateItem(update), Form::Write(schema, returned)) => {
            Response::UpdateItem(write(&mut reader, &update.key, schema, *returned, names)?)
        }
        (Request::Query(_), Form::Page(form)) => Response::Query(page(&mut reader, form, names)?),
        (Request::Scan(_), Form::Page(form)) => Response::Scan(page(&mut reader, form, names)?),
        (Request::BatchGetItem(asked), Form::BatchGet(forms)) => {
            Response::BatchGetItem(batch::get(&mut reader, asked, forms, names)?)
        }
        (Request::BatchWriteItem(_), Form::BatchWrite(forms)) => {
            Response::BatchWriteItem(batch::write(&mut reader, forms, names)?)
        }
        (Request::TransactGetItems(asked), Form::TransactGet(forms)) => {
            Response::TransactGetItems(transact::get(&mut reader, asked, forms, names)?)
        }
        (Request::TransactWriteItems(asked), Form::TransactWrite(schemas)) => {
            Response::TransactWriteItems(transact::write(&mut reader, asked, schemas)?)
        }
        _ => return Err(AnswerError::Broken("the form is of another request")),
    };
    reader.end()?;
    Ok(response)
}

/// How many values the answer to a request has where it is no refusal.
pub fn answer_values(request: &Request) -> usize {
    match request {
        Request::BatchGetItem(_) => 2,
        Request::BatchWriteItem(_) => 3,
        // No other has more, nor can DAX say more than those of data.
        _ => 1,
    }
}

/// How long the answer is that these bytes begin with, if all of it is there; `values` is how many
/// values follow where it is no refusal.
pub fn length(bytes: &[u8], values: usize) -> Result<Option<usize>, AnswerError> {
    let mut reader = Reader::new(bytes);
    let left = match bytes.first() {
        None => return Ok(None),
        Some(&SUCCESS) => {
            reader.array()?;
            values
        }
        // Codes, message and details.
        Some(_) => 3,
    };
    for _ in 0..left {
        match reader.skip() {
            Ok(()) => {}
            Err(error) if super::super::cbor::is_cut_short(error) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(bytes.len() - reader.rest().len()))
}

impl From<Malformed> for AnswerError {
    fn from(Malformed(why): Malformed) -> Self {
        Self::Broken(why)
    }
}

/// The refusal that an answer is, whatever was asked; `None` if it is none.
pub fn refusal(bytes: &[u8]) -> Option<Refused> {
    match success(bytes) {
        Err(AnswerError::Refused(refused)) => Some(refused),
        Ok(_) | Err(AnswerError::Broken(_) | AnswerError::UnknownList(_)) => None,
    }
}

/// What follows the sign of success; or the refusal.
pub(super) fn success(bytes: &[u8]) -> Result<Reader<'_>, AnswerError> {
    let mut reader = Reader::new(bytes);
    if bytes.first() == Some(&SUCCESS) {
        reader.array()?;
        return Ok(reader);
    }
    let codes = reader.array()?;
    let codes = value::elements(&mut reader, codes, |reader| {
        u64::try_from(reader.integer()?).map_err(|_| Malformed("codes are positive"))
    })?;
    let message = reader.text()?.to_owned();
    // The name is what two of three clients find the exception by where the codes do not say it.
    let details = reader.array_of()?;
    if details != if codes.last() == Some(&CANCELLED) { 4 } else { 3 } {
        return Err(AnswerError::Broken("a refusal has other details"));
    }
    reader.optional_text()?;
    let exception = reader.text()?.to_owned();
    let status = u64::try_from(reader.integer()?).unwrap_or(0);
    let reasons = if details == 4 { reasons(&mut reader)? } else { Vec::new() };
    reader.end()?;
    Err(AnswerError::Refused(Refused { codes, message, exception, status, reasons }))
}

fn reasons(reader: &mut Reader<'_>) -> Result<Vec<Reason>, AnswerError> {
    let parts = reader.array_of()?;
    if parts % 3 != 0 {
        return Err(AnswerError::Broken("a reason has three parts"));
    }
    let mut reasons = Vec::new();
    for _ in 0..parts / 3 {
        reasons.push(Reason {
            code: reader.text()?.to_owned(),
            message: reader.optional_text()?.map(str::to_owned),
            item: reader.optional_bytes()?.map(<[u8]>::to_vec),
        });
    }
    Ok(reasons)
}

fn get_item(
    reader: &mut Reader<'_>,
    key: &Key,
    form: &ItemForm,
    names: Names<'_>,
) -> Result<GetItemOutput, AnswerError> {
    let (mut item, mut capacity) = (None, None);
    members(reader, |member, reader| {
        match member {
            0 => item = Some(item::found(reader, form, Some(key), names)?),
            1 => capacity = Some(consumed(reader)?),
            _ => return Err(UNKNOWN_MEMBER),
        }
        Ok(())
    })?;
    Ok(GetItemOutput { item: item.as_ref().map(answered), capacity })
}

fn write(
    reader: &mut Reader<'_>,
    key: &Key,
    schema: &TableSchema,
    returned: ReturnValues,
    names: Names<'_>,
) -> Result<WriteOutput, AnswerError> {
    let (mut attributes, mut capacity, mut collection) = (None, None, None);
    members(reader, |member, reader| {
        match member {
            1 => capacity = Some(consumed(reader)?),
            2 => {
                attributes = Some(match returned {
                    ReturnValues::UpdatedOld | ReturnValues::UpdatedNew => {
                        item::by_place(reader, names)?
                    }
                    ReturnValues::None | ReturnValues::AllOld | ReturnValues::AllNew => {
                        item::beside_key(reader, key.clone(), names)?
                    }
                });
            }
            3 => collection = Some(collection_size(reader, schema)?),
            _ => return Err(UNKNOWN_MEMBER),
        }
        Ok(())
    })?;
    Ok(WriteOutput { attributes: attributes.as_ref().map(answered), capacity, collection })
}

fn page(
    reader: &mut Reader<'_>,
    form: &PageForm,
    names: Names<'_>,
) -> Result<PageOutput, AnswerError> {
    let mut found = PageFound::default();
    let mut capacity = None;
    members(reader, |member, reader| {
        let count = |reader: &mut Reader<'_>| {
            usize::try_from(reader.integer()?)
                .map_err(|_| AnswerError::Broken("a count below zero"))
        };
        match member {
            1 => capacity = Some(consumed(reader)?),
            7 => {
                let mut items = Vec::new();
                for _ in 0..reader.array_of()? {
                    items.push(item::of_page(reader, &form.item, names)?.encode().item());
                }
                found.items = Some(items);
            }
            8 => found.count = count(reader)?,
            9 => found.last = Some(last_key(reader, form)?),
            10 => found.scanned = count(reader)?,
            _ => return Err(UNKNOWN_MEMBER),
        }
        Ok(())
    })?;
    Ok(PageOutput { page: Arc::new(PageImage::of(found)), capacity })
}

fn last_key(reader: &mut Reader<'_>, form: &PageForm) -> Result<Key, AnswerError> {
    let bytes = reader.bytes()?;
    let mut values = Values::default();
    let key = if form.is_index {
        if bytes.first() != Some(&OPEN_MAP) {
            return Err(AnswerError::Broken("the last key of an index is no open map"));
        }
        key::read_compound(bytes, &mut values)?
    } else {
        key::read(&form.item.schema, bytes, &mut values)?
    };
    values.check().map_err(|_| AnswerError::Broken("a key has a value that no item can have"))?;
    Ok(key)
}

/// Reads the members of an answer's map, each of which comes once.
fn members<'a>(
    reader: &mut Reader<'a>,
    mut member: impl FnMut(i64, &mut Reader<'a>) -> Result<(), AnswerError>,
) -> Result<(), AnswerError> {
    let Count::Of(count) = reader.map()? else {
        return Err(AnswerError::Broken("the answer is a map of unknown length"));
    };
    let mut seen = HashSet::new();
    for _ in 0..count {
        let key = reader.integer()?;
        if !seen.insert(key) {
            return Err(AnswerError::Broken("a member comes twice"));
        }
        member(key, reader)?;
    }
    Ok(())
}

pub(super) fn answered(item: &Item) -> AnswerItem {
    AnswerItem::Part(item.encode().item())
}

/// The attributes of an item that are its key.
pub(super) fn schema_part(schema: &TableSchema, attributes: &Key) -> Key {
    let wanted = std::iter::once(&schema.hash).chain(&schema.range);
    let find = |key: &KeyAttribute| attributes.iter().find(|(name, _)| *name == key.name).cloned();
    wanted.filter_map(find).collect()
}

/// The names of a list.
pub(super) fn names_of(id: i64, names: Names<'_>) -> Result<Arc<[Box<str>]>, AnswerError> {
    match u64::try_from(id) {
        Ok(EMPTY_LIST) => Ok(Arc::default()),
        Ok(id @ 1..=ID_MAX) => names(id).ok_or(AnswerError::UnknownList(id)),
        _ => Err(AnswerError::Broken(BAD_ID)),
    }
}

const UNKNOWN_MEMBER: AnswerError = AnswerError::Broken("a member that clients do not know");
pub(super) const BAD_ID: &str = "an id of a list of names is out of range";
const SUCCESS: u8 = 0x80;
/// The last code of a transaction that was cancelled.
const CANCELLED: u64 = 58;
const OPEN_MAP: u8 = 0xBF;
/// The greatest integer that JavaScript can hold.
pub(super) const ID_MAX: u64 = (1 << 53) - 1;
