//! The tags of a table: in CreateTable, and in the three operations on tags.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::constraints::Faults;
use super::super::scan::Scanner;
use super::super::types::Place;
use super::schema::owned;
use super::{read, required};
use crate::api::{ApiError, ListTagsOfResource, TableArn, TagResource, UntagResource, check_tags};

/// A tag as it came.
#[derive(Debug, Default)]
pub(super) struct Tag<'a> {
    key: Option<Cow<'a, str>>,
    value: Option<Cow<'a, str>>,
}

#[derive(Debug, Default)]
struct Members<'a> {
    arn: Option<Cow<'a, str>>,
    tags: Option<Vec<Tag<'a>>>,
    keys: Option<Vec<Cow<'a, str>>>,
    next: Option<Cow<'a, str>>,
}

pub(super) fn tag_resource(body: &[u8]) -> Result<TagResource, ApiError> {
    let members: Members<'_> = read(body, |members: &mut Members<'_>, scan, name| {
        match name {
            "ResourceArn" => members.arn = scan.text()?,
            "Tags" => members.tags = read_tags(scan)?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    let mut faults = Faults::default();
    constrain_arn(&mut faults, members.arn.as_deref());
    faults.required("tags", members.tags.as_ref());
    constrain_tags(&mut faults, members.tags.as_deref());
    faults.end()?;
    let arn = TableArn::new(required(members.arn)?)?;
    let tags = owned_tags(members.tags.as_deref());
    if tags.is_empty() {
        return Err(ApiError::validation("Atleast one Tag needs to be provided as Input."));
    }
    check_tags(&tags)?;
    Ok(TagResource { arn, tags })
}

pub(super) fn untag_resource(body: &[u8]) -> Result<UntagResource, ApiError> {
    let members: Members<'_> = read(body, |members: &mut Members<'_>, scan, name| {
        match name {
            "ResourceArn" => members.arn = scan.text()?,
            "TagKeys" => members.keys = scan.texts()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    let mut faults = Faults::default();
    constrain_arn(&mut faults, members.arn.as_deref());
    faults.required("tagKeys", members.keys.as_ref());
    for (key, number) in members.keys.iter().flatten().zip(1..) {
        faults.required_text(format_args!("tagKeys.{number}.member"), Some(key), KEY_LENGTHS);
    }
    faults.end()?;
    let arn = TableArn::new(required(members.arn)?)?;
    let keys: Vec<String> = members.keys.into_iter().flatten().map(Cow::into_owned).collect();
    if keys.is_empty() {
        return Err(ApiError::validation("Atleast one Tag Key needs to be provided as Input."));
    }
    Ok(UntagResource { arn, keys })
}

pub(super) fn list_tags_of_resource(body: &[u8]) -> Result<ListTagsOfResource, ApiError> {
    let members: Members<'_> = read(body, |members: &mut Members<'_>, scan, name| {
        match name {
            "ResourceArn" => members.arn = scan.text()?,
            "NextToken" => members.next = scan.text()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    let mut faults = Faults::default();
    constrain_arn(&mut faults, members.arn.as_deref());
    faults.end()?;
    let arn = TableArn::new(required(members.arn)?)?;
    Ok(ListTagsOfResource { arn, next: members.next.map(Cow::into_owned) })
}

pub(super) fn read_tags<'a>(scan: &mut Scanner<'a>) -> Result<Option<Vec<Tag<'a>>>, ApiError> {
    scan.list(|scan| {
        let mut tag = Tag::default();
        scan.structure("Tag", Place::Element, |scan, name| {
            match &*name {
                "Key" => tag.key = scan.text()?,
                "Value" => tag.value = scan.text()?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(tag)
    })
}

/// The constraints of tags, if there are any.
pub(super) fn constrain_tags(faults: &mut Faults, tags: Option<&[Tag<'_>]>) {
    for (tag, number) in tags.unwrap_or_default().iter().zip(1..) {
        let key = format_args!("tags.{number}.member.key");
        faults.required_text(key, tag.key.as_deref(), KEY_LENGTHS);
        let value = format_args!("tags.{number}.member.value");
        faults.required_text(value, tag.value.as_deref(), 0..=256);
    }
}

/// Tags whose constraints have passed, by key; of a key that came twice the last value counts.
pub(super) fn owned_tags(tags: Option<&[Tag<'_>]>) -> Vec<(String, String)> {
    let pair = |tag: &Tag<'_>| (owned(tag.key.as_ref()), owned(tag.value.as_ref()));
    let by_key: BTreeMap<String, String> = tags.unwrap_or_default().iter().map(pair).collect();
    by_key.into_iter().collect()
}

fn constrain_arn(faults: &mut Faults, arn: Option<&str>) {
    faults.required_text("resourceArn", arn, 1..=1283);
}

const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 1..=128;
