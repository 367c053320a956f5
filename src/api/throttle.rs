//! Refusals of requests that a table or an index has no capacity for.
//!
//! Must hold: the exception says how the table is charged, which is one way for it and its indexes;
//! the sentence tells of indexes only if they alone lack capacity.
//! Not here: who is refused (`proxy/throttle.rs`).

use super::error::{ApiError, Details, ErrorCode};
use super::item::CapacityKind;

/// Why a request was refused for want of capacity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ThrottlingReason {
    /// Whether a global index lacks it, and not the table.
    pub is_index: bool,
    /// What it was needed for.
    pub kind: CapacityKind,
    /// What limits it.
    pub limit: CapacityLimit,
    /// The ARN of the table or index.
    pub resource: String,
}

/// What limits capacity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CapacityLimit {
    /// Units bought ahead.
    Provisioned,
    /// A maximum of what is charged on demand.
    OnDemandMaximum,
}

impl ThrottlingReason {
    /// The word for it.
    pub fn name(&self) -> String {
        let resource = if self.is_index { "Index" } else { "Table" };
        let kind = match self.kind {
            CapacityKind::Read => "Read",
            CapacityKind::Write => "Write",
        };
        let limit = match self.limit {
            CapacityLimit::Provisioned => "ProvisionedThroughputExceeded",
            CapacityLimit::OnDemandMaximum => "MaxOnDemandThroughputExceeded",
        };
        format!("{resource}{kind}{limit}")
    }
}

impl ApiError {
    /// The refusal for these reasons, of which there is one at least.
    pub fn throttled(reasons: Vec<ThrottlingReason>) -> Self {
        let is_provisioned =
            reasons.iter().all(|reason| reason.limit == CapacityLimit::Provisioned);
        let (code, message) = if !is_provisioned {
            (ErrorCode::Throttling, MAXIMUM)
        } else if reasons.iter().all(|reason| reason.is_index) {
            (ErrorCode::ProvisionedThroughputExceeded, INDEXES)
        } else {
            (ErrorCode::ProvisionedThroughputExceeded, TABLE)
        };
        let details = Some(Box::new(Details::Throttled(reasons)));
        Self { details, ..Self::new(code, message) }
    }

    /// The refusal of a read that a service left undone without a word, as it does for want of
    /// capacity.
    pub fn left_unread() -> Self {
        Self::new(ErrorCode::ProvisionedThroughputExceeded, TABLE)
    }

    /// Whether the request may be sent again as it is, a little later.
    pub fn is_throttling(&self) -> bool {
        matches!(self.code, ErrorCode::Throttling | ErrorCode::ProvisionedThroughputExceeded)
    }
}

const TABLE: &str = "The level of configured provisioned throughput for the table was exceeded. \
    Consider increasing your provisioning level with the UpdateTable API.";
const INDEXES: &str = "The level of configured provisioned throughput for one or more global \
    secondary indexes of the table was exceeded. Consider increasing your provisioning level for \
    the under-provisioned global secondary indexes with the UpdateTable API";
const MAXIMUM: &str =
    "Throughput exceeds the maximum OnDemandThroughput configured on table or index";

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(is_index: bool, kind: CapacityKind, limit: CapacityLimit) -> ThrottlingReason {
        ThrottlingReason { is_index, kind, limit, resource: "arn".into() }
    }

    #[test]
    fn reasons_are_named_by_resource_kind_and_limit() {
        use CapacityKind::{Read, Write};
        use CapacityLimit::{OnDemandMaximum, Provisioned};

        for (reason, name) in [
            (reason(false, Read, Provisioned), "TableReadProvisionedThroughputExceeded"),
            (reason(true, Write, Provisioned), "IndexWriteProvisionedThroughputExceeded"),
            (reason(true, Read, OnDemandMaximum), "IndexReadMaxOnDemandThroughputExceeded"),
            (reason(false, Write, OnDemandMaximum), "TableWriteMaxOnDemandThroughputExceeded"),
        ] {
            assert_eq!(reason.name(), name);
        }
    }

    #[test]
    fn the_sentence_tells_of_indexes_only_if_they_alone_lack_capacity() {
        let table = reason(false, CapacityKind::Write, CapacityLimit::Provisioned);
        let index = reason(true, CapacityKind::Write, CapacityLimit::Provisioned);
        let maximum = reason(true, CapacityKind::Write, CapacityLimit::OnDemandMaximum);

        assert_eq!(ApiError::throttled(vec![table.clone(), index.clone()]).message, TABLE);
        assert_eq!(ApiError::throttled(vec![index]).message, INDEXES);
        let provisioned = ApiError::throttled(vec![table]);
        assert_eq!(provisioned.code, ErrorCode::ProvisionedThroughputExceeded);
        let on_demand = ApiError::throttled(vec![maximum]);
        assert_eq!((on_demand.code, &*on_demand.message), (ErrorCode::Throttling, MAXIMUM));
        assert!(provisioned.is_throttling() && on_demand.is_throttling());
    }
}
