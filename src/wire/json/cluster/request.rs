//! Reads the requests of DAX's control plane.
//!
//! Most operations have the same few members, so all are read alike. `MaxResults` and `NextToken`
//! are not looked at: every answer fits a page.
//!
//! Must hold: a member has one type whatever the operation.

use std::borrow::Cow;

use super::Operation;
use crate::api::ApiError;
use crate::wire::json::decode::read;
use crate::wire::json::scan::Scanner;
use crate::wire::json::types::Place;

/// What is asked for.
#[derive(Debug, PartialEq)]
pub enum Request<'a> {
    /// Describes these clusters, or all if none is named.
    DescribeClusters(Vec<Cow<'a, str>>),
    /// Describes the parameters that a new group has.
    DescribeDefaultParameters,
    /// Lists what happened.
    DescribeEvents(EventFilter<'a>),
    /// Describes these groups of parameters, or all if none is named.
    DescribeParameterGroups(Vec<Cow<'a, str>>),
    /// Describes the parameters of a group.
    DescribeParameters {
        /// The group's name.
        group: Cow<'a, str>,
        /// Who must have chosen them, if that matters.
        source: Option<Cow<'a, str>>,
    },
    /// Describes these groups of subnets, or all if none is named.
    DescribeSubnetGroups(Vec<Cow<'a, str>>),
    /// Lists the tags of the cluster with this ARN.
    ListTags(Cow<'a, str>),
    /// Changes parameters of a group.
    UpdateParameterGroup {
        /// The group's name.
        group: Cow<'a, str>,
        /// The parameters, as they came.
        values: Vec<ParameterValue<'a>>,
    },
    /// What only AWS can do.
    Foreign(Foreign<'a>),
}

/// What only AWS can do, with no more of it than tells why.
#[derive(Debug, PartialEq)]
pub enum Foreign<'a> {
    /// Makes a cluster of this name.
    CreateCluster(Cow<'a, str>),
    /// Makes a group of parameters of this name.
    CreateParameterGroup(Cow<'a, str>),
    /// Makes a group of subnets.
    CreateSubnetGroup,
    /// Takes nodes from this cluster.
    DecreaseReplicationFactor(Cow<'a, str>),
    /// Deletes this cluster.
    DeleteCluster(Cow<'a, str>),
    /// Deletes this group of parameters.
    DeleteParameterGroup(Cow<'a, str>),
    /// Deletes a group of subnets.
    DeleteSubnetGroup,
    /// Adds nodes to this cluster.
    IncreaseReplicationFactor(Cow<'a, str>),
    /// Starts a node again.
    RebootNode {
        /// The node's cluster.
        cluster: Cow<'a, str>,
        /// The node.
        node: Cow<'a, str>,
    },
    /// Adds tags to the cluster with this ARN.
    TagResource(Cow<'a, str>),
    /// Takes tags from the cluster with this ARN.
    UntagResource(Cow<'a, str>),
    /// Changes this cluster.
    UpdateCluster(Cow<'a, str>),
    /// Changes a group of subnets.
    UpdateSubnetGroup,
}

/// Which events are asked for; a member that is not there admits all.
#[derive(Debug, Default, PartialEq)]
pub struct EventFilter<'a> {
    /// Of what is so named.
    pub source_name: Option<Cow<'a, str>>,
    /// Of this kind of thing.
    pub source_type: Option<Cow<'a, str>>,
    /// From this second since 1970 on.
    pub from_unix_s: Option<i64>,
    /// Up to this second since 1970.
    pub to_unix_s: Option<i64>,
    /// Of the last so many minutes, unless it is told from when.
    pub minutes: Option<i32>,
}

/// A parameter and what it is to be, as they came.
#[derive(Debug, Default, PartialEq)]
pub struct ParameterValue<'a> {
    /// The parameter.
    pub name: Cow<'a, str>,
    /// Its new value.
    pub value: Cow<'a, str>,
}

/// Reads the members of a request.
pub fn decode(operation: Operation, body: &[u8]) -> Result<Request<'_>, ApiError> {
    let members: Members<'_> = read(body, Members::read)?;
    let Members { cluster, clusters, node, group, groups, values, .. } = members;
    let Members { source, arn, subnet_groups, events, .. } = members;
    let [cluster, node, group, arn] = [cluster, node, group, arn].map(Option::unwrap_or_default);
    let foreign = match operation {
        Operation::DescribeClusters => return Ok(Request::DescribeClusters(clusters)),
        Operation::DescribeDefaultParameters => return Ok(Request::DescribeDefaultParameters),
        Operation::DescribeEvents => return Ok(Request::DescribeEvents(events)),
        Operation::DescribeParameterGroups => return Ok(Request::DescribeParameterGroups(groups)),
        Operation::DescribeParameters => return Ok(Request::DescribeParameters { group, source }),
        Operation::DescribeSubnetGroups => return Ok(Request::DescribeSubnetGroups(subnet_groups)),
        Operation::ListTags => return Ok(Request::ListTags(arn)),
        Operation::UpdateParameterGroup => {
            return Ok(Request::UpdateParameterGroup { group, values });
        }
        Operation::CreateCluster => Foreign::CreateCluster(cluster),
        Operation::CreateParameterGroup => Foreign::CreateParameterGroup(group),
        Operation::CreateSubnetGroup => Foreign::CreateSubnetGroup,
        Operation::DecreaseReplicationFactor => Foreign::DecreaseReplicationFactor(cluster),
        Operation::DeleteCluster => Foreign::DeleteCluster(cluster),
        Operation::DeleteParameterGroup => Foreign::DeleteParameterGroup(group),
        Operation::DeleteSubnetGroup => Foreign::DeleteSubnetGroup,
        Operation::IncreaseReplicationFactor => Foreign::IncreaseReplicationFactor(cluster),
        Operation::RebootNode => Foreign::RebootNode { cluster, node },
        Operation::TagResource => Foreign::TagResource(arn),
        Operation::UntagResource => Foreign::UntagResource(arn),
        Operation::UpdateCluster => Foreign::UpdateCluster(cluster),
        Operation::UpdateSubnetGroup => Foreign::UpdateSubnetGroup,
    };
    Ok(Request::Foreign(foreign))
}

/// The members of all operations together.
#[derive(Default)]
struct Members<'a> {
    cluster: Option<Cow<'a, str>>,
    clusters: Vec<Cow<'a, str>>,
    node: Option<Cow<'a, str>>,
    group: Option<Cow<'a, str>>,
    groups: Vec<Cow<'a, str>>,
    values: Vec<ParameterValue<'a>>,
    source: Option<Cow<'a, str>>,
    arn: Option<Cow<'a, str>>,
    subnet_groups: Vec<Cow<'a, str>>,
    events: EventFilter<'a>,
}

impl<'a> Members<'a> {
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "ClusterName" => self.cluster = scan.text()?,
            "ClusterNames" => self.clusters = scan.texts()?.unwrap_or_default(),
            "NodeId" => self.node = scan.text()?,
            "ParameterGroupName" => self.group = scan.text()?,
            "ParameterGroupNames" => self.groups = scan.texts()?.unwrap_or_default(),
            "ParameterNameValues" => self.values = values(scan)?.unwrap_or_default(),
            "Source" => self.source = scan.text()?,
            "ResourceName" => self.arn = scan.text()?,
            "SubnetGroupNames" => self.subnet_groups = scan.texts()?.unwrap_or_default(),
            "SourceName" => self.events.source_name = scan.text()?,
            "SourceType" => self.events.source_type = scan.text()?,
            "StartTime" => self.events.from_unix_s = scan.long()?,
            "EndTime" => self.events.to_unix_s = scan.long()?,
            "Duration" => self.events.minutes = scan.integer()?,
            _ => scan.skip()?,
        }
        Ok(())
    }
}

fn values<'a>(scan: &mut Scanner<'a>) -> Result<Option<Vec<ParameterValue<'a>>>, ApiError> {
    scan.list(|scan| {
        let mut given = ParameterValue::default();
        scan.structure("ParameterNameValue", Place::Element, |scan, name| {
            match &*name {
                "ParameterName" => given.name = scan.text()?.unwrap_or_default(),
                "ParameterValue" => given.value = scan.text()?.unwrap_or_default(),
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(given)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorCode;

    #[test]
    fn members_are_read_and_those_of_paging_are_not_looked_at() {
        let body = br#"{"ParameterGroupName":"g","MaxResults":20,"NextToken":"x",
            "ParameterNameValues":[{"ParameterName":"a","ParameterValue":"1","Other":[]},{}]}"#;

        let request = decode(Operation::UpdateParameterGroup, body).expect("good JSON");

        let given = |name, value| ParameterValue { name, value };
        assert_eq!(
            request,
            Request::UpdateParameterGroup {
                group: "g".into(),
                values: vec![given("a".into(), "1".into()), given("".into(), "".into())],
            }
        );
    }

    #[test]
    fn moments_lose_their_fractions() {
        let body = br#"{"StartTime":1576702633.498,"EndTime":1.5e9,"Duration":60}"#;

        let request = decode(Operation::DescribeEvents, body).expect("good JSON");

        let filter = EventFilter {
            from_unix_s: Some(1_576_702_633),
            to_unix_s: Some(1_500_000_000),
            minutes: Some(60),
            ..EventFilter::default()
        };
        assert_eq!(request, Request::DescribeEvents(filter));
    }

    #[test]
    fn what_is_missing_or_null_reads_as_empty() {
        for body in ["{}", r#"{"ClusterName":null,"NodeId":null,"ClusterNames":null}"#] {
            let body = body.as_bytes();
            let node = decode(Operation::RebootNode, body).expect("good JSON");
            let all = decode(Operation::DescribeClusters, body).expect("good JSON");

            let nameless = Foreign::RebootNode { cluster: "".into(), node: "".into() };
            assert_eq!(node, Request::Foreign(nameless));
            assert_eq!(all, Request::DescribeClusters(Vec::new()));
        }
    }

    #[test]
    fn other_types_and_other_than_json_are_refused() {
        for body in ["", "[]", "{", r#"{"ClusterName":1}"#, r#"{"ParameterNameValues":{}}"#] {
            let error = decode(Operation::DescribeClusters, body.as_bytes()).expect_err(body);
            assert_eq!(error.code, ErrorCode::Serialization, "{body}");
        }
    }
}
