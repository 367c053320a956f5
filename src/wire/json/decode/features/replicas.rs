//! Global tables of the older kind, and how the capacity of replicas scales.

use super::super::super::constraints::{OPTIONAL, REQUIRED, Rule};
use super::super::super::modelled::Kind::{Integer, List, Structure, Text};
use super::super::super::modelled::{Members, Row, Shape, scaling};
use super::super::unsupported;
use super::{Asked, TABLE_NAME, refused, subject};
use crate::api::{ApiError, ControlCode, Feature, Missing, Operation};

pub(in super::super) static LIST_GLOBAL_TABLES: Asked = Asked {
    operation: Operation::ListGlobalTables,
    shape: Shape(
        "ListGlobalTablesInput",
        &[
            ("exclusiveStartGlobalTableName", Text, NAME.optional()),
            ("limit", Integer, OPTIONAL.at_least(1)),
            ("regionName", Text, OPTIONAL),
        ],
    ),
    means: |_| Ok(Feature::List("GlobalTables", None)),
};

pub(in super::super) static DESCRIBE_GLOBAL_TABLE: Asked = Asked {
    operation: Operation::DescribeGlobalTable,
    shape: Shape("DescribeGlobalTableInput", &[GLOBAL_TABLE]),
    means: no_global_table,
};

pub(in super::super) static DESCRIBE_GLOBAL_TABLE_SETTINGS: Asked = Asked {
    operation: Operation::DescribeGlobalTableSettings,
    shape: Shape("DescribeGlobalTableSettingsInput", &[GLOBAL_TABLE]),
    means: no_global_table,
};

pub(in super::super) static UPDATE_GLOBAL_TABLE_SETTINGS: Asked = Asked {
    operation: Operation::UpdateGlobalTableSettings,
    shape: scaling::UPDATE_SETTINGS,
    means: no_global_table,
};

pub(in super::super) static CREATE_GLOBAL_TABLE: Asked = Asked {
    operation: Operation::CreateGlobalTable,
    shape: Shape(
        "CreateGlobalTableInput",
        &[GLOBAL_TABLE, ("replicationGroup", List(&(Structure(&REPLICA), OPTIONAL)), REQUIRED)],
    ),
    means: |_| {
        Err(ApiError::validation("DynamoDB global tables version 2017.11.29 is not supported."))
    },
};

pub(in super::super) static UPDATE_GLOBAL_TABLE: Asked = Asked {
    operation: Operation::UpdateGlobalTable,
    shape: Shape(
        "UpdateGlobalTableInput",
        &[
            GLOBAL_TABLE,
            ("replicaUpdates", List(&(Structure(&REPLICA_UPDATE), OPTIONAL)), REQUIRED),
        ],
    ),
    means: no_global_table,
};

pub(in super::super) static DESCRIBE_TABLE_REPLICA_AUTO_SCALING: Asked = Asked {
    operation: Operation::DescribeTableReplicaAutoScaling,
    shape: Shape("DescribeTableReplicaAutoScalingInput", &[TABLE_NAME]),
    means: |asked| Ok(Feature::Scaling(subject(asked, Missing::Named)?)),
};

pub(in super::super) static UPDATE_TABLE_REPLICA_AUTO_SCALING: Asked = Asked {
    operation: Operation::UpdateTableReplicaAutoScaling,
    shape: scaling::UPDATE_REPLICA_SCALING,
    means: |asked| refused(asked, Missing::Named, unsupported("UpdateTableReplicaAutoScaling")),
};

fn no_global_table(asked: &Members<'_>) -> Result<Feature, ApiError> {
    let name = asked.text("globalTableName").unwrap_or_default();
    let message =
        format!("Global table not found: Global table with name: '{name}' does not exist.");
    Err(ApiError::new(ControlCode::GlobalTableNotFound, message))
}

const GLOBAL_TABLE: Row = ("globalTableName", Text, NAME);
const REPLICA: Shape = Shape("Replica", &[("regionName", Text, OPTIONAL)]);
const REPLICA_UPDATE: Shape = Shape(
    "ReplicaUpdate",
    &[
        ("create", Structure(&Shape("CreateReplicaAction", REGION)), OPTIONAL),
        ("delete", Structure(&Shape("DeleteReplicaAction", REGION)), OPTIONAL),
    ],
);
const REGION: &[Row] = &[("regionName", Text, REQUIRED)];
/// The name of a global table.
const NAME: Rule = REQUIRED.name().within(3, 255);
