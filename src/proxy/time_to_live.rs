//! Operations on when the items of a table expire.
//!
//! Not here: deleting what has expired (`background/sweep.rs`), what a setting becomes (`engine/`).

use super::Proxy;
use super::tables::named;
use crate::api::{
    ApiError, TableName, TableStatus, TimeToLiveDescription, TimeToLiveSpecification,
    UpdateTimeToLive,
};
use crate::engine::Alteration;

impl Proxy {
    pub(super) async fn update_time_to_live(
        &self,
        update: UpdateTimeToLive,
    ) -> Result<TimeToLiveSpecification, ApiError> {
        let UpdateTimeToLive { name, specification } = update;
        let alteration = Alteration::TimeToLive(specification.clone());
        let altered = self.store()?.alter_table(name.clone(), alteration).await;
        self.table_was_altered();
        altered.map_err(|error| named(error, &name))?;
        Ok(specification)
    }

    pub(super) fn describe_time_to_live(
        &self,
        name: &TableName,
    ) -> Result<TimeToLiveDescription, ApiError> {
        let catalog = self.catalog();
        let table = catalog.table(name.as_str()).filter(|table| table.restoring.is_none());
        let table = table.ok_or_else(|| ApiError::table_not_found(name.as_str()))?;
        let what = match table.status {
            TableStatus::Active | TableStatus::Updating => {
                return Ok(table.describe_time_to_live());
            }
            TableStatus::Creating => "CREATING",
            TableStatus::Deleting => "DELETING",
        };
        Err(ApiError::validation(format!(
            "Cannot describe time to live while table is in {what} state: Current table state is \
             {what}"
        )))
    }
}
