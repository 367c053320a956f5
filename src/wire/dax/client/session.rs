//! Reads what a client asks before and between its requests for data.

use std::net::{IpAddr, SocketAddr};

use super::super::cbor::{Count, Reader};
use super::super::value;
use super::answer::{AnswerError, BAD_ID, ID_MAX, success};
use crate::model::{KeyAttribute, KeyType};

/// The nodes that endpoints answers with, those that clients may connect to.
pub fn nodes(bytes: &[u8]) -> Result<Vec<SocketAddr>, AnswerError> {
    let mut reader = success(bytes)?;
    let mut nodes = Vec::new();
    for _ in 0..reader.array_of()? {
        nodes.push(node(&mut reader)?);
    }
    reader.end()?;
    Ok(nodes)
}

/// The key of a table: names and types, the partition key's first.
pub fn schema(bytes: &[u8]) -> Result<(KeyAttribute, Option<KeyAttribute>), AnswerError> {
    let mut reader = success(bytes)?;
    let Count::Of(count @ 1..=2) = reader.map()? else {
        return Err(AnswerError::Broken("a key has one attribute or two"));
    };
    let hash = key_attribute(&mut reader)?;
    let range = if count == 2 { Some(key_attribute(&mut reader)?) } else { None };
    reader.end()?;
    Ok((hash, range))
}

/// The id that defineAttributeListId answers with.
pub fn list_id(bytes: &[u8]) -> Result<u64, AnswerError> {
    let mut reader = success(bytes)?;
    let id = u64::try_from(reader.integer()?).map_err(|_| AnswerError::Broken(BAD_ID))?;
    reader.end()?;
    if id == 0 || id > ID_MAX { Err(AnswerError::Broken(BAD_ID)) } else { Ok(id) }
}

/// The names that defineAttributeList answers with.
pub fn list(bytes: &[u8]) -> Result<Vec<String>, AnswerError> {
    let mut reader = success(bytes)?;
    let count = Count::Of(reader.array_of()?);
    let names = value::elements(&mut reader, count, |reader| reader.text().map(str::to_owned))?;
    reader.end()?;
    Ok(names)
}

fn node(reader: &mut Reader<'_>) -> Result<SocketAddr, AnswerError> {
    let wrong = AnswerError::Broken("a node is not described as clients read it");
    let Count::Of(count) = reader.map()? else { return Err(wrong) };
    let (mut ip, mut port) = (None, None);
    for _ in 0..count {
        match reader.integer()? {
            0 | 6 => drop(reader.integer()?),
            1 | 5 => drop(reader.text()?),
            2 => {
                let bytes = reader.bytes()?;
                ip = <[u8; 4]>::try_from(bytes).map(IpAddr::from).ok();
                ip = ip.or_else(|| <[u8; 16]>::try_from(bytes).map(IpAddr::from).ok());
            }
            3 => port = u16::try_from(reader.integer()?).ok(),
            4 => {
                if !(1..=2).contains(&reader.integer()?) {
                    return Err(wrong);
                }
            }
            _ => return Err(wrong),
        }
    }
    match (ip, port) {
        (Some(ip), Some(port)) => Ok(SocketAddr::new(ip, port)),
        _ => Err(wrong),
    }
}

fn key_attribute(reader: &mut Reader<'_>) -> Result<KeyAttribute, AnswerError> {
    let name = reader.text()?.to_owned();
    let kind = match reader.text()? {
        "S" => KeyType::S,
        "N" => KeyType::N,
        "B" => KeyType::B,
        _ => return Err(AnswerError::Broken("a key attribute has another type")),
    };
    Ok(KeyAttribute { name, kind })
}
