//! The rules that several shapes share, and the words of the enumerations, each in the order in which
//! the service prints them.

use super::rule::{OPTIONAL, REQUIRED, Rule};

/// `ReturnConsumedCapacity`.
pub(in crate::wire::json) const CAPACITY: Rule = OPTIONAL.one_of(&["INDEXES", "TOTAL", "NONE"]);
/// `ReturnItemCollectionMetrics`.
pub(in crate::wire::json) const COLLECTION_METRICS: Rule = OPTIONAL.one_of(&["SIZE", "NONE"]);
/// `ReturnValues`.
pub(in crate::wire::json) const RETURN_VALUES: Rule =
    OPTIONAL.one_of(&["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"]);
/// `ReturnValuesOnConditionCheckFailure`.
pub(in crate::wire::json) const RETURN_ON_FAILURE: Rule = OPTIONAL.one_of(&["ALL_OLD", "NONE"]);
/// `ConditionalOperator`.
pub(in crate::wire::json) const CONDITIONAL_OPERATORS: Rule = OPTIONAL.one_of(&["OR", "AND"]);
/// `Select`.
pub(in crate::wire::json) const SELECTS: Rule = OPTIONAL.one_of(&[
    "SPECIFIC_ATTRIBUTES",
    "COUNT",
    "ALL_ATTRIBUTES",
    "ALL_PROJECTED_ATTRIBUTES",
]);
/// `BillingMode`.
pub(in crate::wire::json) const BILLING_MODES: Rule =
    OPTIONAL.one_of(&["PROVISIONED", "PAY_PER_REQUEST"]);
/// `TableClass`.
pub(in crate::wire::json) const TABLE_CLASSES: Rule =
    OPTIONAL.one_of(&["STANDARD", "STANDARD_INFREQUENT_ACCESS"]);
/// `SSEType`.
pub(in crate::wire::json) const ENCRYPTION_KINDS: Rule = OPTIONAL.one_of(&["AES256", "KMS"]);
/// `StreamViewType`.
pub(in crate::wire::json) const STREAM_VIEWS: Rule =
    OPTIONAL.one_of(&["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"]);
/// `ProjectionType`.
pub(in crate::wire::json) const PROJECTION_TYPES: Rule =
    OPTIONAL.one_of(&["ALL", "INCLUDE", "KEYS_ONLY"]);
/// `KeyType`.
pub(in crate::wire::json) const KEY_TYPES: Rule = REQUIRED.one_of(&["HASH", "RANGE"]);
/// `AttributeType`.
pub(in crate::wire::json) const ATTRIBUTE_TYPES: Rule = REQUIRED.one_of(&["B", "N", "S"]);
/// `AttributesToGet`.
pub(in crate::wire::json) const ATTRIBUTES_TO_GET: Rule =
    OPTIONAL.within(1, 255).each(&REQUIRED.at_most(65_535));
/// The table of a data operation.
pub(in crate::wire::json) const TABLE: Rule = REQUIRED.name_or_arn_or_empty().within(1, 255);
/// The table of an operation on tables.
pub(in crate::wire::json) const TABLE_NAME: Rule = REQUIRED.name_or_arn().within(3, 255);
/// An index that a request cannot do without.
pub(in crate::wire::json) const INDEX_NAME: Rule = REQUIRED.name().within(3, 255);
