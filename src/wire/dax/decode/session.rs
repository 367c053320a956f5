//! What a client asks before and between its requests for data.

use std::collections::HashSet;

use super::super::cbor::{Malformed, Reader};
use super::super::frame::Frame;
use super::super::value;
use super::table_name;

/// What authorizeConnection says.
#[derive(Clone, Copy, Debug)]
pub struct Authorization<'a> {
    /// The id of the access key.
    pub access_key_id: &'a str,
    /// The signature, in hexadecimal.
    pub signature: &'a str,
    /// What was signed.
    pub string_to_sign: &'a [u8],
    /// The token of a session, which nothing covers.
    pub session_token: Option<&'a str>,
}

/// The arguments of authorizeConnection.
pub fn authorization(frame: Frame<'_>) -> Result<Authorization<'_>, Malformed> {
    let mut reader = frame.arguments;
    let authorization = Authorization {
        access_key_id: reader.text()?,
        signature: reader.text()?,
        string_to_sign: reader.bytes()?,
        session_token: reader.optional_text()?,
    };
    // The user agent.
    reader.skip()?;
    reader.end()?;
    Ok(authorization)
}

/// The argument of defineKeySchema.
pub fn key_schema_table(frame: Frame<'_>) -> Result<&str, Malformed> {
    let mut reader = frame.arguments;
    let table = table_name(&mut reader)?;
    reader.end()?;
    Ok(table)
}

/// The argument of defineAttributeListId: no item has two attributes of one name.
pub fn attribute_names(frame: Frame<'_>) -> Result<Vec<String>, Malformed> {
    let mut reader = frame.arguments;
    let count = reader.array()?;
    let name = |reader: &mut Reader<'_>| match reader.text()? {
        name if (1..=NAME_BYTES_MAX).contains(&name.len()) => Ok(name.to_owned()),
        _ => Err(Malformed("a name is empty or longer than an attribute's can be")),
    };
    let names = value::elements(&mut reader, count, name)?;
    reader.end()?;
    let mut seen = HashSet::new();
    if names.iter().all(|name| seen.insert(name)) {
        return Ok(names);
    }
    Err(Malformed("a name is twice in a list"))
}

/// The argument of defineAttributeList.
pub fn attribute_list_id(frame: Frame<'_>) -> Result<u64, Malformed> {
    let mut reader = frame.arguments;
    let id = reader.integer()?;
    reader.end()?;
    u64::try_from(id).map_err(|_| Malformed("ids are positive"))
}

const NAME_BYTES_MAX: usize = 65_535;
