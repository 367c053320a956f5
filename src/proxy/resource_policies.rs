//! Operations on the policies of tables and streams.
//!
//! Not here: judging anybody by them, which nothing does; where they are kept (`engine/`).

use std::sync::Arc;

use super::Proxy;
use super::tables::named;
use crate::api::{
    ApiError, DeleteResourcePolicy, PolicyResource, PutResourcePolicy, ResourcePolicy,
    ResourcePolicyChange, TableStatus,
};

impl Proxy {
    /// The revision of the policy that is there then.
    pub(super) async fn put_resource_policy(
        &self,
        put: PutResourcePolicy,
    ) -> Result<String, ApiError> {
        let PutResourcePolicy { resource, document, expected } = put;
        let missing = resource.no_policy();
        let policy = self
            .change_resource_policy(resource, ResourcePolicyChange::Put(document), expected)
            .await?;
        policy.map(|policy| policy.revision()).ok_or(missing)
    }

    pub(super) fn get_resource_policy(
        &self,
        resource: &PolicyResource,
    ) -> Result<Arc<ResourcePolicy>, ApiError> {
        let catalog = self.catalog();
        let name = resource.table().as_str();
        let policy = match resource.label() {
            // A table that is being made is not known here yet.
            None => catalog
                .table(name)
                .filter(|table| table.status != TableStatus::Creating)
                .map(|table| table.policy.clone()),
            Some(label) => catalog.stream_of(name, label).map(|stream| stream.policy.clone()),
        };
        let policy = policy.ok_or_else(|| resource.not_found())?;
        policy.ok_or_else(|| resource.no_policy())
    }

    /// The revision of the policy that was there.
    pub(super) async fn delete_resource_policy(
        &self,
        delete: DeleteResourcePolicy,
    ) -> Result<Option<String>, ApiError> {
        let DeleteResourcePolicy { resource, expected } = delete;
        let policy =
            self.change_resource_policy(resource, ResourcePolicyChange::Delete, expected).await?;
        Ok(policy.map(|policy| policy.revision()))
    }

    async fn change_resource_policy(
        &self,
        resource: PolicyResource,
        change: ResourcePolicyChange,
        expected: Option<String>,
    ) -> Result<Option<Arc<ResourcePolicy>>, ApiError> {
        let name = resource.table().clone();
        let changed = self.store()?.change_resource_policy(resource, change, expected).await;
        changed.map_err(|error| named(error, &name))
    }
}
