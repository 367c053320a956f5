//! The refusals of DAX's control plane.
//!
//! Must hold: an operation is refused by an exception that DAX's service model has for it, so that
//! SDKs know it; nothing of a request is in a message.
//! Not here: refusals before an operation is looked at, which are those of tables (`error.rs`).

use crate::model::Answer;
use crate::wire::json::encode::write::{Separator, text};
use crate::wire::json::encode::written;

/// Why something was not described or done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The exception.
    pub kind: FaultKind,
    /// The sentence beside it.
    pub message: String,
}

/// The exceptions that hearth answers with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FaultKind {
    /// There is a cluster of that name.
    ClusterAlreadyExists,
    /// There is no cluster of that name.
    ClusterNotFound,
    /// There is no room for another cluster.
    ClusterQuota,
    /// This is no ARN of a cluster.
    InvalidArn,
    /// Two members do not go together.
    InvalidParameterCombination,
    /// A member is wrong, or names what cannot be changed.
    InvalidParameterValue,
    /// The cluster has no such node.
    NodeNotFound,
    /// The cluster has no room for another node.
    NodeQuota,
    /// There is a group of parameters of that name.
    ParameterGroupAlreadyExists,
    /// There is no group of parameters of that name.
    ParameterGroupNotFound,
    /// There is no room for another group of parameters.
    ParameterGroupQuota,
    /// There is no group of subnets of that name.
    SubnetGroupNotFound,
    /// There is no room for another group of subnets.
    SubnetGroupQuota,
    /// The cluster has no such tag.
    TagNotFound,
    /// The cluster has no room for another tag.
    TagQuota,
}

impl Fault {
    /// A fault of that kind, in these words.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl FaultKind {
    /// The name of the exception.
    fn name(self) -> &'static str {
        match self {
            Self::ClusterAlreadyExists => "ClusterAlreadyExistsFault",
            Self::ClusterNotFound => "ClusterNotFoundFault",
            Self::ClusterQuota => "ClusterQuotaForCustomerExceededFault",
            Self::InvalidArn => "InvalidARNFault",
            Self::InvalidParameterCombination => "InvalidParameterCombinationException",
            Self::InvalidParameterValue => "InvalidParameterValueException",
            Self::NodeNotFound => "NodeNotFoundFault",
            Self::NodeQuota => "NodeQuotaForClusterExceededFault",
            Self::ParameterGroupAlreadyExists => "ParameterGroupAlreadyExistsFault",
            Self::ParameterGroupNotFound => "ParameterGroupNotFoundFault",
            Self::ParameterGroupQuota => "ParameterGroupQuotaExceededFault",
            Self::SubnetGroupNotFound => "SubnetGroupNotFoundFault",
            Self::SubnetGroupQuota => "SubnetGroupQuotaExceededFault",
            Self::TagNotFound => "TagNotFoundFault",
            Self::TagQuota => "TagQuotaPerResourceExceeded",
        }
    }
}

/// The body of a refusal, whose HTTP status is always 400.
pub fn encode_fault(fault: &Fault) -> Answer {
    written(|out| {
        let mut separator = Separator::start();
        out.push(b'{');
        separator.name(out, "__type");
        text(out, fault.kind.name());
        separator.name(out, "message");
        text(out, &fault.message);
        out.push(b'}');
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_an_exception_with_its_sentence() {
        let fault = Fault::new(FaultKind::TagQuota, "no \"room\"");

        assert_eq!(
            &*encode_fault(&fault).body,
            br#"{"__type":"TagQuotaPerResourceExceeded","message":"no \"room\""}"#
        );
    }
}
