//! Requests for features that hearth does not have: a row for each operation, with the shape of its
//! request and what it means.
//!
//! Must hold: as of all requests, types are told before constraints, and these before what is asked.
//! Not here: whether a table is there (`proxy/`).

use super::super::constraints::{Faults, Given as _, Path, REQUIRED, Rule, TABLE};
use super::super::modelled::Kind::Text;
use super::super::modelled::{Members, Row, Shape};
use super::read;
use crate::api::{
    ApiError, ControlRequest, ErrorCode, Feature, FeatureRequest, Missing, Operation, Subject,
    TableName,
};

mod buckets;
mod replicas;
mod tables;

pub(super) use buckets::{
    CANCEL_BULK_OPERATION, DESCRIBE_BULK_OPERATION, DESCRIBE_EXPORT, DESCRIBE_IMPORT,
    EXPORT_TABLE_TO_POINT_IN_TIME, IMPORT_TABLE, LIST_BULK_OPERATIONS, LIST_EXPORTS, LIST_IMPORTS,
    START_BULK_PUT_ITEMS,
};
pub(super) use replicas::{
    CREATE_GLOBAL_TABLE, DESCRIBE_GLOBAL_TABLE, DESCRIBE_GLOBAL_TABLE_SETTINGS,
    DESCRIBE_TABLE_REPLICA_AUTO_SCALING, LIST_GLOBAL_TABLES, UPDATE_GLOBAL_TABLE,
    UPDATE_GLOBAL_TABLE_SETTINGS, UPDATE_TABLE_REPLICA_AUTO_SCALING,
};
pub(super) use tables::{
    DESCRIBE_CONTRIBUTOR_INSIGHTS, DESCRIBE_KINESIS_STREAMING_DESTINATION,
    DISABLE_KINESIS_STREAMING_DESTINATION, ENABLE_KINESIS_STREAMING_DESTINATION,
    LIST_CONTRIBUTOR_INSIGHTS, SEARCH_VECTORS, UPDATE_CONTRIBUTOR_INSIGHTS,
    UPDATE_KINESIS_STREAMING_DESTINATION,
};

/// An operation of a feature that hearth does not have.
pub(super) struct Asked {
    operation: Operation,
    shape: Shape,
    /// What a request asks that keeps the constraints.
    means: fn(&Members<'_>) -> Result<Feature, ApiError>,
}

impl Asked {
    /// Decodes a request of the operation.
    pub(super) fn decode(&'static self, body: &[u8]) -> Result<ControlRequest, ApiError> {
        let none = || Members::none(&self.shape);
        let members = read(body, |members: &mut Option<Members<'_>>, scan, name| {
            members.get_or_insert_with(none).read(scan, name)
        })?;
        let members = members.unwrap_or_else(none);
        let mut faults = Faults::default();
        members.constrain(Path::Request, &mut faults);
        faults.end()?;
        let feature = (self.means)(&members)?;
        Ok(ControlRequest::Feature(FeatureRequest { operation: self.operation, feature }))
    }
}

/// The table that a request names, and the index if it names one.
fn subject(asked: &Members<'_>, missing: Missing) -> Result<Subject, ApiError> {
    Ok(Subject {
        table: TableName::named_by(asked.text("tableName").unwrap_or_default())?,
        index: asked.text("indexName").map(str::to_owned),
        missing,
    })
}

fn refused(asked: &Members<'_>, missing: Missing, refusal: ApiError) -> Result<Feature, ApiError> {
    Ok(Feature::Refused(refusal, Some(subject(asked, missing)?)))
}

/// The refusal of what is named by that member, of which there is none.
fn none_of(
    asked: &Members<'_>,
    member: &str,
    code: impl Into<ErrorCode>,
    fault: &str,
) -> Result<Feature, ApiError> {
    let named = asked.text(member).unwrap_or_default();
    Err(ApiError::new(code, format!("{fault}: {named}")))
}

const TABLE_NAME: Row = ("tableName", Text, TABLE);
const STREAM_ARN: Row = ("streamArn", Text, ARN);
/// An ARN that is not a table's.
const ARN: Rule = REQUIRED.within(37, 1024);
