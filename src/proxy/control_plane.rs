//! Requests for something else than items, each to what does it.

use super::Proxy;
use crate::api::{ApiError, ControlRequest, Response};
use crate::streams;

impl Proxy {
    /// Does what the request asks.
    pub(super) async fn carry_out(&self, request: ControlRequest) -> Result<Response, ApiError> {
        match request {
            ControlRequest::CreateTable(create) => {
                self.create_table(create).await.map(Response::CreateTable)
            }
            ControlRequest::DescribeTable(name) => {
                self.describe_table(&name).map(Response::DescribeTable)
            }
            ControlRequest::DeleteTable(name) => {
                self.delete_table(name).await.map(Response::DeleteTable)
            }
            ControlRequest::ListTables(list) => Ok(Response::ListTables(self.list_tables(&list))),
            ControlRequest::UpdateTable(update) => {
                self.update_table(update).await.map(Response::UpdateTable)
            }
            ControlRequest::TagResource(tag) => {
                self.tag_resource(tag).await.map(|()| Response::TagResource)
            }
            ControlRequest::UntagResource(untag) => {
                self.untag_resource(untag).await.map(|()| Response::UntagResource)
            }
            ControlRequest::ListTagsOfResource(list) => {
                self.list_tags_of_resource(&list).map(Response::ListTagsOfResource)
            }
            ControlRequest::UpdateTimeToLive(update) => {
                self.update_time_to_live(update).await.map(Response::UpdateTimeToLive)
            }
            ControlRequest::DescribeTimeToLive(name) => {
                self.describe_time_to_live(&name).map(Response::DescribeTimeToLive)
            }
            ControlRequest::PutResourcePolicy(put) => {
                self.put_resource_policy(put).await.map(Response::PutResourcePolicy)
            }
            ControlRequest::GetResourcePolicy(resource) => {
                self.get_resource_policy(&resource).map(Response::GetResourcePolicy)
            }
            ControlRequest::DeleteResourcePolicy(delete) => {
                self.delete_resource_policy(delete).await.map(Response::DeleteResourcePolicy)
            }
            ControlRequest::DescribeLimits => Ok(Response::DescribeLimits),
            ControlRequest::DescribeEndpoints => Ok(Response::DescribeEndpoints),
            ControlRequest::ListStreams(list) => {
                Ok(Response::ListStreams(streams::list(&self.catalog(), &list)))
            }
            ControlRequest::DescribeStream(describe) => {
                streams::describe(&self.catalog(), &describe).map(Response::DescribeStream)
            }
            ControlRequest::GetShardIterator(get) => {
                let now_ms = self.clock.unix_ms();
                let iterator = streams::shard_iterator(&**self.store()?, &get, now_ms);
                iterator.await.map(Response::GetShardIterator)
            }
            ControlRequest::GetRecords(get) => {
                let now_ms = self.clock.unix_ms();
                let records = streams::records(&**self.store()?, &get, now_ms);
                records.await.map(Response::GetRecords)
            }
            ControlRequest::CreateBackup(create) => {
                self.create_backup(create).await.map(Response::CreateBackup)
            }
            ControlRequest::DescribeBackup(arn) => {
                self.describe_backup(&arn).map(Box::new).map(Response::DescribeBackup)
            }
            ControlRequest::ListBackups(list) => {
                Ok(Response::ListBackups(self.list_backups(&list)))
            }
            ControlRequest::DeleteBackup(arn) => {
                let deleted = self.delete_backup(&arn).await;
                deleted.map(Box::new).map(Response::DeleteBackup)
            }
            ControlRequest::RestoreTableFromBackup(restore) => {
                let table = self.restore_table_from_backup(restore).await;
                table.map(Response::RestoreTableFromBackup)
            }
            ControlRequest::RestoreTableToPointInTime(restore) => {
                Err(self.restore_to_point_in_time(&restore))
            }
            ControlRequest::DescribeContinuousBackups(name) => {
                self.describe_continuous_backups(&name).map(|()| Response::ContinuousBackups)
            }
            ControlRequest::UpdateContinuousBackups(update) => {
                self.update_continuous_backups(&update).map(|()| Response::ContinuousBackups)
            }
            ControlRequest::Feature(request) => {
                self.feature(request.feature).map(Response::Feature)
            }
        }
    }
}
