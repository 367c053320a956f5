//! The operations of DAX's control plane.

/// What a request's target names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// `CreateCluster`
    CreateCluster,
    /// `CreateParameterGroup`
    CreateParameterGroup,
    /// `CreateSubnetGroup`
    CreateSubnetGroup,
    /// `DecreaseReplicationFactor`
    DecreaseReplicationFactor,
    /// `DeleteCluster`
    DeleteCluster,
    /// `DeleteParameterGroup`
    DeleteParameterGroup,
    /// `DeleteSubnetGroup`
    DeleteSubnetGroup,
    /// `DescribeClusters`
    DescribeClusters,
    /// `DescribeDefaultParameters`
    DescribeDefaultParameters,
    /// `DescribeEvents`
    DescribeEvents,
    /// `DescribeParameterGroups`
    DescribeParameterGroups,
    /// `DescribeParameters`
    DescribeParameters,
    /// `DescribeSubnetGroups`
    DescribeSubnetGroups,
    /// `IncreaseReplicationFactor`
    IncreaseReplicationFactor,
    /// `ListTags`
    ListTags,
    /// `RebootNode`
    RebootNode,
    /// `TagResource`
    TagResource,
    /// `UntagResource`
    UntagResource,
    /// `UpdateCluster`
    UpdateCluster,
    /// `UpdateParameterGroup`
    UpdateParameterGroup,
    /// `UpdateSubnetGroup`
    UpdateSubnetGroup,
}

impl Operation {
    /// The operation of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "CreateCluster" => Self::CreateCluster,
            "CreateParameterGroup" => Self::CreateParameterGroup,
            "CreateSubnetGroup" => Self::CreateSubnetGroup,
            "DecreaseReplicationFactor" => Self::DecreaseReplicationFactor,
            "DeleteCluster" => Self::DeleteCluster,
            "DeleteParameterGroup" => Self::DeleteParameterGroup,
            "DeleteSubnetGroup" => Self::DeleteSubnetGroup,
            "DescribeClusters" => Self::DescribeClusters,
            "DescribeDefaultParameters" => Self::DescribeDefaultParameters,
            "DescribeEvents" => Self::DescribeEvents,
            "DescribeParameterGroups" => Self::DescribeParameterGroups,
            "DescribeParameters" => Self::DescribeParameters,
            "DescribeSubnetGroups" => Self::DescribeSubnetGroups,
            "IncreaseReplicationFactor" => Self::IncreaseReplicationFactor,
            "ListTags" => Self::ListTags,
            "RebootNode" => Self::RebootNode,
            "TagResource" => Self::TagResource,
            "UntagResource" => Self::UntagResource,
            "UpdateCluster" => Self::UpdateCluster,
            "UpdateParameterGroup" => Self::UpdateParameterGroup,
            "UpdateSubnetGroup" => Self::UpdateSubnetGroup,
            _ => return None,
        })
    }
}

/// What stands before an operation's name in a target.
pub const TARGET_PREFIX: &str = "AmazonDAXV3.";
