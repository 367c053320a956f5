//! The tags of a table: in CreateTable, and in the three operations on tags.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::constraints::{REQUIRED, Rule, shape};
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
    constrain_tag(&members)?;
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
    constrain_untag(&members)?;
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
    constrain_list(&members)?;
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

shape! {
    fn constrain_tag(request: &Members<'_>) {
        "resourceArn": RESOURCE_ARN, request.arn.as_deref();
        "tags": REQUIRED, request.tags.as_deref();
    }
}

shape! {
    fn constrain_untag(request: &Members<'_>) {
        "resourceArn": RESOURCE_ARN, request.arn.as_deref();
        "tagKeys": REQUIRED.each(&KEY), request.keys.as_deref();
    }
}

shape! {
    fn constrain_list(request: &Members<'_>) {
        "resourceArn": RESOURCE_ARN, request.arn.as_deref();
    }
}

shape! {
    impl "Tag" for Tag<'_> as tag {
        "key": KEY, tag.key.as_deref();
        "value": REQUIRED.within(0, 256), tag.value.as_deref();
    }
}

/// Tags whose constraints have passed, by key; of a key that came twice the last value counts.
pub(super) fn owned_tags(tags: Option<&[Tag<'_>]>) -> Vec<(String, String)> {
    let pair = |tag: &Tag<'_>| (owned(tag.key.as_ref()), owned(tag.value.as_ref()));
    let by_key: BTreeMap<String, String> = tags.unwrap_or_default().iter().map(pair).collect();
    by_key.into_iter().collect()
}

const RESOURCE_ARN: Rule = REQUIRED.within(1, 1283);
const KEY: Rule = REQUIRED.within(1, 128);
