//! Operations on the tags of tables.
//!
//! Not here: how many tags there may be (`api/`), which the engine asks when it adds them.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::Proxy;
use crate::api::{
    ApiError, ErrorCode, ListTagsOfResource, TableArn, TableStatus, TagResource, Tags,
    UntagResource,
};
use crate::engine::{self, Alteration};

impl Proxy {
    pub(super) async fn tag_resource(&self, tag: TagResource) -> Result<(), ApiError> {
        self.alter_tags(&tag.arn, Alteration::Tag(tag.tags)).await
    }

    pub(super) async fn untag_resource(&self, untag: UntagResource) -> Result<(), ApiError> {
        self.alter_tags(&untag.arn, Alteration::Untag(untag.keys)).await
    }

    pub(super) fn list_tags_of_resource(
        &self,
        list: &ListTagsOfResource,
    ) -> Result<Tags, ApiError> {
        let catalog = self.catalog();
        let table = catalog.table(list.arn.table().as_str());
        // One that is being made is not known here yet.
        let table = table.filter(|table| table.status != TableStatus::Creating);
        let table = table.ok_or_else(|| not_found(&list.arn))?;
        Ok(page(&table.tags, list.next.as_deref()))
    }

    async fn alter_tags(&self, arn: &TableArn, alteration: Alteration) -> Result<(), ApiError> {
        match self.store()?.alter_table(arn.table().clone(), alteration).await {
            Ok(_) => Ok(()),
            Err(engine::Error::NoTable { .. }) => Err(not_found(arn)),
            Err(error) => Err(error.into()),
        }
    }
}

/// A page of tags; the token of the next one is the last key on this one.
fn page(tags: &BTreeMap<String, String>, after: Option<&str>) -> Tags {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut rest = tags.range::<str, _>((from, Bound::Unbounded));
    let owned = |(key, value): (&String, &String)| (key.clone(), value.clone());
    let page: Vec<(String, String)> = rest.by_ref().take(PAGE_TAGS).map(owned).collect();
    let next = rest.next().and_then(|_| page.last()).map(|(key, _)| key.clone());
    Tags { tags: page, next }
}

/// The service's own spelling.
fn not_found(arn: &TableArn) -> ApiError {
    let message = format!("Requested resource not found: ResourcArn: {} not found", arn.as_str());
    ApiError::new(ErrorCode::ResourceNotFound, message)
}

const PAGE_TAGS: usize = 10;
