//! The shapes of tables and of what belongs to them.

use super::super::constraints::{
    ATTRIBUTE_TYPES, BILLING_MODES, ENCRYPTION_KINDS, INDEX_NAME, KEY_TYPES, OPTIONAL,
    PROJECTION_TYPES, REQUIRED, Rule, TABLE_CLASSES,
};
use super::Kind::{Boolean, List, Long, Structure, Text};
use super::{Kind, Row, Shape};

/// `SSESpecification`.
pub(in crate::wire::json) const ENCRYPTION: Shape = Shape(
    "SSESpecification",
    &[
        ("enabled", Boolean, OPTIONAL),
        ("sSEType", Text, ENCRYPTION_KINDS),
        ("kMSMasterKeyId", Text, OPTIONAL),
    ],
);

/// `OnDemandThroughput`.
pub(in crate::wire::json) const ON_DEMAND: Shape = Shape(
    "OnDemandThroughput",
    &[("maxReadRequestUnits", Long, OPTIONAL), ("maxWriteRequestUnits", Long, OPTIONAL)],
);

/// The definitions of attributes.
pub(in crate::wire::json) const DEFINITIONS: Kind = List(&(Structure(&DEFINITION), OPTIONAL));
const DEFINITION: Shape = Shape(
    "AttributeDefinition",
    &[("attributeName", Text, ATTRIBUTE_NAME), ("attributeType", Text, ATTRIBUTE_TYPES)],
);

/// A key schema.
pub(in crate::wire::json) const KEYS: Kind = List(&(Structure(&KEY), OPTIONAL));
const KEY: Shape = Shape(
    "KeySchemaElement",
    &[("attributeName", Text, ATTRIBUTE_NAME), ("keyType", Text, KEY_TYPES)],
);

/// `ProvisionedThroughput`.
pub(in crate::wire::json) const THROUGHPUT: Shape = Shape(
    "ProvisionedThroughput",
    &[
        ("writeCapacityUnits", Long, REQUIRED.at_least(1)),
        ("readCapacityUnits", Long, REQUIRED.at_least(1)),
    ],
);

const PROJECTION: Shape = Shape(
    "Projection",
    &[
        ("projectionType", Text, PROJECTION_TYPES),
        ("nonKeyAttributes", List(&(Text, ATTRIBUTE_NAME)), OPTIONAL.within(1, 20)),
    ],
);

/// Global indexes of a table that is made.
pub(in crate::wire::json) const GLOBAL_INDEXES: Kind = List(&(Structure(&GLOBAL_INDEX), OPTIONAL));
const GLOBAL_INDEX: Shape = Shape(
    "GlobalSecondaryIndex",
    &[
        ("indexName", Text, INDEX_NAME),
        ("keySchema", KEYS, REQUIRED.at_least(1)),
        ("projection", Structure(&PROJECTION), REQUIRED),
        ("provisionedThroughput", Structure(&THROUGHPUT), OPTIONAL),
        ("onDemandThroughput", Structure(&ON_DEMAND), OPTIONAL),
    ],
);

/// Vector indexes of a table that is made.
pub(in crate::wire::json) const VECTOR_INDEXES: Kind =
    List(&(Structure(&Shape("VectorIndex", VECTOR_INDEX)), OPTIONAL));
const VECTOR_INDEX: &[Row] = &[
    ("indexName", Text, INDEX_NAME),
    ("vectorAttribute", Structure(&VECTOR_ATTRIBUTE), REQUIRED),
    ("searchSchema", List(&(Structure(&SEARCH_KEY), OPTIONAL)), OPTIONAL.at_least(1)),
    ("projection", Structure(&PROJECTION), REQUIRED),
    ("dimensions", Long, REQUIRED.at_least(1)),
    ("distanceFunction", Text, REQUIRED.one_of(&["COSINE", "DOT_PRODUCT", "EUCLIDEAN"])),
];
const VECTOR_ATTRIBUTE: Shape =
    Shape("VectorAttribute", &[("attributeName", Text, ATTRIBUTE_NAME)]);
const SEARCH_KEY: Shape = Shape(
    "SearchSchemaElement",
    &[
        ("attributeName", Text, REQUIRED.at_most(65_535)),
        ("searchSchemaElementType", Text, REQUIRED.one_of(&["HASH", "INLINE_FILTER"])),
    ],
);

/// Changes of a table's vector indexes.
pub(in crate::wire::json) const VECTOR_UPDATES: Kind = List(&(Structure(&VECTOR_UPDATE), OPTIONAL));
const VECTOR_UPDATE: Shape = Shape(
    "VectorIndexUpdate",
    &[
        ("create", Structure(&Shape("CreateVectorIndexAction", VECTOR_INDEX)), OPTIONAL),
        (
            "delete",
            Structure(&Shape("DeleteVectorIndexAction", &[("indexName", Text, INDEX_NAME)])),
            OPTIONAL,
        ),
    ],
);

/// Changes of a table's replicas.
pub(in crate::wire::json) const REPLICA_UPDATES: Kind =
    List(&(Structure(&REPLICA_UPDATE), OPTIONAL));
const REPLICA_UPDATE: Shape = Shape(
    "ReplicationGroupUpdate",
    &[
        ("create", Structure(&Shape("CreateReplicationGroupMemberAction", REPLICA)), OPTIONAL),
        ("update", Structure(&Shape("UpdateReplicationGroupMemberAction", REPLICA)), OPTIONAL),
        ("delete", Structure(&Shape("DeleteReplicationGroupMemberAction", REGION)), OPTIONAL),
        ("disassociate", Structure(&DISASSOCIATION), OPTIONAL),
    ],
);
const REPLICA: &[Row] = &[
    ("regionName", Text, REQUIRED),
    ("kMSMasterKeyId", Text, OPTIONAL),
    ("provisionedThroughputOverride", Structure(&THROUGHPUT_OVERRIDE), OPTIONAL),
    ("onDemandThroughputOverride", Structure(&ON_DEMAND_OVERRIDE), OPTIONAL),
    ("globalSecondaryIndexes", List(&(Structure(&REPLICA_INDEX), OPTIONAL)), OPTIONAL.at_least(1)),
    ("tableClassOverride", Text, TABLE_CLASSES),
];
const REPLICA_INDEX: Shape = Shape(
    "ReplicaGlobalSecondaryIndex",
    &[
        ("indexName", Text, INDEX_NAME),
        ("provisionedThroughputOverride", Structure(&THROUGHPUT_OVERRIDE), OPTIONAL),
        ("onDemandThroughputOverride", Structure(&ON_DEMAND_OVERRIDE), OPTIONAL),
    ],
);
const THROUGHPUT_OVERRIDE: Shape =
    Shape("ProvisionedThroughputOverride", &[("readCapacityUnits", Long, OPTIONAL.at_least(1))]);
const ON_DEMAND_OVERRIDE: Shape =
    Shape("OnDemandThroughputOverride", &[("maxReadRequestUnits", Long, OPTIONAL)]);
const DISASSOCIATION: Shape = Shape(
    "DisassociateReplicationGroupMemberAction",
    &[
        ("regionName", Text, REQUIRED),
        ("disassociationMode", Text, REQUIRED.one_of(&["WAIT_FOR_REPLICATION"])),
    ],
);

/// Changes of a table's witness.
pub(in crate::wire::json) const WITNESS_UPDATES: Kind =
    List(&(Structure(&WITNESS_UPDATE), OPTIONAL));
const WITNESS_UPDATE: Shape = Shape(
    "GlobalTableWitnessGroupUpdate",
    &[
        (
            "create",
            Structure(&Shape("CreateGlobalTableWitnessGroupMemberAction", REGION)),
            OPTIONAL,
        ),
        (
            "delete",
            Structure(&Shape("DeleteGlobalTableWitnessGroupMemberAction", REGION)),
            OPTIONAL,
        ),
    ],
);
const REGION: &[Row] = &[("regionName", Text, REQUIRED)];

/// The table that an import makes.
pub(in crate::wire::json) const TABLE_CREATION: Shape = Shape(
    "TableCreationParameters",
    &[
        ("tableName", Text, REQUIRED.name().within(3, 255)),
        ("attributeDefinitions", DEFINITIONS, REQUIRED),
        ("keySchema", KEYS, REQUIRED.at_least(1)),
        ("billingMode", Text, BILLING_MODES),
        ("provisionedThroughput", Structure(&THROUGHPUT), OPTIONAL),
        ("onDemandThroughput", Structure(&ON_DEMAND), OPTIONAL),
        ("sSESpecification", Structure(&ENCRYPTION), OPTIONAL),
        ("globalSecondaryIndexes", GLOBAL_INDEXES, OPTIONAL),
        ("vectorIndexes", VECTOR_INDEXES, OPTIONAL),
    ],
);

/// `GlobalTableSettingsReplicationMode`.
pub(in crate::wire::json) const SETTINGS_REPLICATION: Rule =
    OPTIONAL.one_of(&["ENABLED", "DISABLED", "ENABLED_WITH_OVERRIDES"]);
const ATTRIBUTE_NAME: Rule = REQUIRED.within(1, 255);
