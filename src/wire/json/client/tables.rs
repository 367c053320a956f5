//! Reads lists of tables, and of a table's tags.

use super::reader::{Fault, Reader, Unreadable, read, read_members, required};
use super::table::table_name;
use crate::api::{ListTablesOutput, TableName, Tags};

/// The answer to a ListTables.
pub fn tables(body: &[u8]) -> Result<ListTablesOutput, Unreadable> {
    read(body, |reader| {
        let (mut names, mut last) = (None, None);
        reader.members(|reader, name| {
            match name {
                "TableNames" => names = reader.list(named)?,
                "LastEvaluatedTableName" => {
                    last = reader.text()?.map(|name| table_name(&name)).transpose()?;
                }
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(ListTablesOutput { names: required(names, "TableNames")?, last })
    })
}

/// The answer to a `ListTagsOfResource`.
pub fn tags(body: &[u8]) -> Result<Tags, Unreadable> {
    #[derive(Default)]
    struct Members {
        tags: Vec<(String, String)>,
        next: Option<String>,
    }
    let members = read_members(body, |members: &mut Members, reader, name| {
        match name {
            "Tags" => members.tags = reader.list(tag)?.unwrap_or_default(),
            "NextToken" => members.next = reader.owned_text()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(Tags { tags: members.tags, next: members.next })
}

fn named(reader: &mut Reader<'_>) -> Result<TableName, Fault> {
    table_name(&reader.some_text()?)
}

fn tag(reader: &mut Reader<'_>) -> Result<(String, String), Fault> {
    let (mut key, mut value) = (None, None);
    reader.members(|reader, name| {
        match name {
            "Key" => key = reader.owned_text()?,
            "Value" => value = reader.owned_text()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok((required(key, "Key")?, required(value, "Value")?))
}
