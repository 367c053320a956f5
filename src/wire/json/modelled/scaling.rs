//! The shapes of how capacity scales by itself, which old and new global tables have.

use super::super::constraints::{
    BILLING_MODES, INDEX_NAME, OPTIONAL, REQUIRED, Rule, TABLE, TABLE_CLASSES,
};
use super::Kind::{Boolean, Double, Integer, List, Long, Structure, Text};
use super::{Kind, Row, Shape, patterns};

/// The request of `UpdateTableReplicaAutoScaling`.
pub(in crate::wire::json) const UPDATE_REPLICA_SCALING: Shape = Shape(
    "UpdateTableReplicaAutoScalingInput",
    &[
        (
            "globalSecondaryIndexUpdates",
            List(&(
                Structure(&Shape("GlobalSecondaryIndexAutoScalingUpdate", WRITE_INDEX)),
                OPTIONAL,
            )),
            OPTIONAL.at_least(1),
        ),
        ("tableName", Text, TABLE),
        ("provisionedWriteCapacityAutoScalingUpdate", SCALING, OPTIONAL),
        ("replicaUpdates", List(&(Structure(&REPLICA), OPTIONAL)), OPTIONAL.at_least(1)),
    ],
);
const WRITE_INDEX: &[Row] = &[
    ("indexName", Text, INDEX_NAME.optional()),
    ("provisionedWriteCapacityAutoScalingUpdate", SCALING, OPTIONAL),
];
const REPLICA: Shape = Shape(
    "ReplicaAutoScalingUpdate",
    &[
        ("regionName", Text, REQUIRED),
        ("replicaGlobalSecondaryIndexUpdates", List(&(Structure(&READ_INDEX), OPTIONAL)), OPTIONAL),
        ("replicaProvisionedReadCapacityAutoScalingUpdate", SCALING, OPTIONAL),
    ],
);
const READ_INDEX: Shape = Shape(
    "ReplicaGlobalSecondaryIndexAutoScalingUpdate",
    &[
        ("indexName", Text, INDEX_NAME.optional()),
        ("provisionedReadCapacityAutoScalingUpdate", SCALING, OPTIONAL),
    ],
);

/// The request of `UpdateGlobalTableSettings`.
pub(in crate::wire::json) const UPDATE_SETTINGS: Shape = Shape(
    "UpdateGlobalTableSettingsInput",
    &[
        ("globalTableName", Text, REQUIRED.name().within(3, 255)),
        ("globalTableBillingMode", Text, BILLING_MODES),
        ("globalTableProvisionedWriteCapacityUnits", Long, UNITS),
        ("globalTableProvisionedWriteCapacityAutoScalingSettingsUpdate", SCALING, OPTIONAL),
        (
            "globalTableGlobalSecondaryIndexSettingsUpdate",
            List(&(Structure(&INDEX_SETTINGS), OPTIONAL)),
            OPTIONAL.within(1, 20),
        ),
        (
            "replicaSettingsUpdate",
            List(&(Structure(&REPLICA_SETTINGS), OPTIONAL)),
            OPTIONAL.within(1, 50),
        ),
    ],
);
const INDEX_SETTINGS: Shape = Shape(
    "GlobalTableGlobalSecondaryIndexSettingsUpdate",
    &[
        ("indexName", Text, INDEX_NAME),
        ("provisionedWriteCapacityUnits", Long, UNITS),
        ("provisionedWriteCapacityAutoScalingSettingsUpdate", SCALING, OPTIONAL),
    ],
);
const REPLICA_SETTINGS: Shape = Shape(
    "ReplicaSettingsUpdate",
    &[
        ("regionName", Text, REQUIRED),
        ("replicaProvisionedReadCapacityUnits", Long, UNITS),
        ("replicaProvisionedReadCapacityAutoScalingSettingsUpdate", SCALING, OPTIONAL),
        (
            "replicaGlobalSecondaryIndexSettingsUpdate",
            List(&(Structure(&REPLICA_INDEX_SETTINGS), OPTIONAL)),
            OPTIONAL.within(1, 20),
        ),
        ("replicaTableClass", Text, TABLE_CLASSES),
    ],
);
const REPLICA_INDEX_SETTINGS: Shape = Shape(
    "ReplicaGlobalSecondaryIndexSettingsUpdate",
    &[
        ("indexName", Text, INDEX_NAME),
        ("provisionedReadCapacityUnits", Long, UNITS),
        ("provisionedReadCapacityAutoScalingSettingsUpdate", SCALING, OPTIONAL),
    ],
);

const SCALING: Kind = Structure(&Shape(
    "AutoScalingSettingsUpdate",
    &[
        ("minimumUnits", Long, UNITS),
        ("maximumUnits", Long, UNITS),
        ("autoScalingDisabled", Boolean, OPTIONAL),
        ("autoScalingRoleArn", Text, OPTIONAL.matching(&patterns::ROLE).within(1, 1600)),
        ("scalingPolicyUpdate", Structure(&POLICY), OPTIONAL),
    ],
));
const POLICY: Shape = Shape(
    "AutoScalingPolicyUpdate",
    &[
        ("policyName", Text, OPTIONAL.matching(&patterns::PRINT).within(1, 256)),
        ("targetTrackingScalingPolicyConfiguration", Structure(&TARGET), REQUIRED),
    ],
);
const TARGET: Shape = Shape(
    "AutoScalingTargetTrackingScalingPolicyConfigurationUpdate",
    &[
        ("disableScaleIn", Boolean, OPTIONAL),
        ("scaleInCooldown", Integer, OPTIONAL),
        ("scaleOutCooldown", Integer, OPTIONAL),
        ("targetValue", Double, REQUIRED),
    ],
);
const UNITS: Rule = OPTIONAL.at_least(1);
