//! DAX's control plane: this process, described as the one cluster that there is.
//!
//! It can be looked at, and its times to live can be changed. For all else a client gets the
//! exception that it knows AWS to refuse with: what cannot be made is beyond its quota; what is not
//! there is not found; what must stay as it is, is an invalid value, as AWS has it of its own default
//! groups.
//!
//! Must hold: a time to live means here what it means to DAX (`config/dax_names.rs`).
//! Not here: JSON (`wire/json/cluster/`), what becomes of what is cached (`proxy/`).

use hyper::StatusCode;
use hyper::header::HeaderValue;

use super::super::answer::{self, HttpAnswer};
use super::{Http, Refusal};
use crate::clock::whole_ms;
use crate::proxy::{ControlError, Policy, PolicyChange, QueryCaching};
use crate::wire::json;
use crate::wire::json::cluster::{
    self, Event, EventFilter, Fault, FaultKind, Foreign, Operation, PARAMETER_GROUP,
    PARAMETER_SOURCE, Parameter, ParameterValue, Request, Response, TTL_MS_MAX,
};

impl Http {
    /// The answer to a request that is taken as signed.
    pub(super) fn of_cluster(
        &self,
        operation: Option<Operation>,
        body: &[u8],
        kind: &HeaderValue,
    ) -> Result<HttpAnswer, Refusal> {
        let Some(operation) = operation else {
            return Err(Refusal::malformed(json::unknown_operation(body), kind));
        };
        let request =
            cluster::decode(operation, body).map_err(|error| Refusal::malformed(error, kind))?;
        let (status, answer) = match self.told(&request) {
            Ok(response) => (StatusCode::OK, cluster::encode(&response, &self.cluster)),
            Err(fault) => (StatusCode::BAD_REQUEST, cluster::encode_fault(&fault)),
        };
        Ok(answer::json(&self.ids, status, kind, answer))
    }

    fn told(&self, request: &Request<'_>) -> Result<Response, Fault> {
        Ok(match request {
            Request::DescribeClusters(names) => {
                names.iter().try_for_each(|name| self.check_cluster(name))?;
                Response::Clusters
            }
            Request::DescribeDefaultParameters => {
                Response::Parameters(parameters(&Policy::default()))
            }
            Request::DescribeEvents(filter) => Response::Events(self.events(filter)),
            Request::DescribeParameterGroups(names) => {
                names.iter().try_for_each(|name| check_group(name))?;
                Response::ParameterGroups
            }
            Request::DescribeParameters { group, source } => {
                check_group(group)?;
                let mut values = parameters(&self.default_policy()?);
                if source.as_deref().is_some_and(|source| source != PARAMETER_SOURCE) {
                    values.clear();
                }
                Response::Parameters(values)
            }
            Request::DescribeSubnetGroups(names) if names.is_empty() => Response::SubnetGroups,
            Request::DescribeSubnetGroups(_) => return Err(no_subnet_group()),
            Request::ListTags(arn) => {
                self.check_arn(arn)?;
                Response::Tags
            }
            Request::UpdateParameterGroup { group, values } => {
                check_group(group)?;
                let change = change(values, &self.default_policy()?)?;
                self.proxies.own().change_policy(None, &change).map_err(|error| refused(&error))?;
                tracing::info!(?change, "parameters changed");
                Response::ParameterGroup
            }
            Request::Foreign(foreign) => return Err(self.why_not(foreign)),
        })
    }

    /// Why AWS would not do it either, if there were nothing but this cluster.
    fn why_not(&self, foreign: &Foreign<'_>) -> Fault {
        let by_name = |name: &str, kind: FaultKind, why: &str| {
            self.check_cluster(name).err().unwrap_or_else(|| Fault::new(kind, why))
        };
        let by_arn = |arn: &str, kind: FaultKind, why: &str| {
            self.check_arn(arn).err().unwrap_or_else(|| Fault::new(kind, why))
        };
        match foreign {
            Foreign::CreateCluster(name) if *name == self.cluster.name => {
                Fault::new(FaultKind::ClusterAlreadyExists, "there is a cluster of this name")
            }
            Foreign::CreateCluster(_) => {
                Fault::new(FaultKind::ClusterQuota, "one hearth is one cluster")
            }
            Foreign::CreateParameterGroup(name) if name == PARAMETER_GROUP => {
                let why = "there is a parameter group of this name";
                Fault::new(FaultKind::ParameterGroupAlreadyExists, why)
            }
            Foreign::CreateParameterGroup(_) => {
                Fault::new(FaultKind::ParameterGroupQuota, "a hearth has one parameter group")
            }
            Foreign::CreateSubnetGroup => {
                Fault::new(FaultKind::SubnetGroupQuota, "a hearth has no subnet groups")
            }
            Foreign::DecreaseReplicationFactor(name) => {
                by_name(name, FaultKind::InvalidParameterValue, "a hearth has one node")
            }
            Foreign::DeleteCluster(name) => {
                by_name(name, FaultKind::InvalidParameterValue, "a hearth ends with its process")
            }
            Foreign::DeleteParameterGroup(name) => {
                let why = "the parameter group is reserved and cannot be deleted";
                let reserved = || Fault::new(FaultKind::InvalidParameterValue, why);
                check_group(name).err().unwrap_or_else(reserved)
            }
            Foreign::DeleteSubnetGroup | Foreign::UpdateSubnetGroup => no_subnet_group(),
            Foreign::IncreaseReplicationFactor(name) => {
                by_name(name, FaultKind::NodeQuota, "a hearth has one node")
            }
            Foreign::RebootNode { cluster, node } if *node == self.cluster.node_id() => {
                let why = "a hearth is started again as a process";
                by_name(cluster, FaultKind::InvalidParameterValue, why)
            }
            Foreign::RebootNode { cluster, .. } => {
                by_name(cluster, FaultKind::NodeNotFound, "the cluster has no such node")
            }
            Foreign::TagResource(arn) => by_arn(arn, FaultKind::TagQuota, "a hearth has no tags"),
            Foreign::UntagResource(arn) => {
                by_arn(arn, FaultKind::TagNotFound, "a hearth has no tags")
            }
            Foreign::UpdateCluster(name) => {
                let why = "a hearth is changed by its configuration";
                by_name(name, FaultKind::InvalidParameterValue, why)
            }
        }
    }

    fn check_cluster(&self, name: &str) -> Result<(), Fault> {
        if name == self.cluster.name { Ok(()) } else { Err(no_cluster()) }
    }

    fn check_arn(&self, arn: &str) -> Result<(), Fault> {
        let wrong = || Fault::new(FaultKind::InvalidArn, "this is no ARN of a cluster");
        self.check_cluster(cluster_in(arn).ok_or_else(wrong)?)
    }

    /// What happened to the cluster: it began.
    fn events(&self, filter: &EventFilter<'_>) -> Vec<Event> {
        let seconds = |unix_s: u64| i64::try_from(unix_s).unwrap_or(i64::MAX);
        let began = self.cluster.started_unix_s;
        let now_s = seconds(self.clock.unix_ms() / 1_000);
        let since = filter.minutes.map(|minutes| now_s - i64::from(minutes) * 60);
        let from = filter.from_unix_s.or(since);
        let is = |asked: Option<&str>, own: &str| asked.is_none_or(|asked| asked == own);
        let is_asked_for = is(filter.source_name.as_deref(), &self.cluster.name)
            && is(filter.source_type.as_deref(), "CLUSTER")
            && from.is_none_or(|from| from <= seconds(began))
            && filter.to_unix_s.is_none_or(|to| seconds(began) <= to);
        let began = Event { message: "Cluster created.", unix_s: began };
        is_asked_for.then_some(began).into_iter().collect()
    }

    /// How tables are cached that are not named anywhere.
    fn default_policy(&self) -> Result<Policy, Fault> {
        let policies = self.proxies.own().policies(None).map_err(|error| refused(&error))?;
        Ok(policies.default)
    }
}

/// A policy in DAX's parameters. Pages without limit have no value there, so the longest is told.
fn parameters(policy: &Policy) -> Vec<(Parameter, u64)> {
    let query_ms = match policy.queries {
        QueryCaching::Off => 0,
        QueryCaching::Exact | QueryCaching::Dax => policy.query_ttl.map_or(TTL_MS_MAX, whole_ms),
    };
    let record_ms = policy.item_ttl.map_or(0, whole_ms);
    vec![(Parameter::QueryTtl, query_ms), (Parameter::RecordTtl, record_ms)]
}

/// What the parameters come to, for every table.
fn change(values: &[ParameterValue<'_>], before: &Policy) -> Result<PolicyChange, Fault> {
    let wrong = |why: &str| Fault::new(FaultKind::InvalidParameterValue, why);
    let (mut record, mut query) = (None, None);
    for ParameterValue { name, value } in values {
        let unknown = "the parameters are record-ttl-millis and query-ttl-millis";
        let place = match Parameter::of_name(name).ok_or_else(|| wrong(unknown))? {
            Parameter::QueryTtl => &mut query,
            Parameter::RecordTtl => &mut record,
        };
        let ms = value.parse::<u64>().ok().filter(|ms| *ms <= TTL_MS_MAX);
        let ms = ms.ok_or_else(|| wrong("a time to live is 0 to 315360000000 milliseconds"))?;
        if place.replace(ms).is_some() {
            let why = "a parameter is given twice";
            return Err(Fault::new(FaultKind::InvalidParameterCombination, why));
        }
    }
    if values.is_empty() {
        return Err(wrong("no parameter is given"));
    }
    let queries = match query {
        Some(0) => Some(QueryCaching::Off),
        // How pages were cached before they were not is not known; this is the stricter way.
        Some(_) if before.queries == QueryCaching::Off => Some(QueryCaching::Exact),
        Some(_) | None => None,
    };
    Ok(PolicyChange {
        item_ttl_ms: record,
        absence_ttl_ms: record,
        query_ttl_ms: query.filter(|ms| *ms > 0),
        queries,
        ..PolicyChange::default()
    })
}

/// The name of the cluster that an ARN names, whatever its region and account.
fn cluster_in(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let [arn, _, service, _, _, resource] = [(); 6].map(|()| parts.next().unwrap_or_default());
    if arn != "arn" || service != "dax" {
        return None;
    }
    resource.strip_prefix("cache/")
}

fn check_group(name: &str) -> Result<(), Fault> {
    if name == PARAMETER_GROUP {
        return Ok(());
    }
    Err(Fault::new(FaultKind::ParameterGroupNotFound, "there is no such parameter group"))
}

fn no_cluster() -> Fault {
    Fault::new(FaultKind::ClusterNotFound, "there is no such cluster")
}

fn no_subnet_group() -> Fault {
    Fault::new(FaultKind::SubnetGroupNotFound, "there is no such subnet group")
}

fn refused(error: &ControlError) -> Fault {
    Fault::new(FaultKind::InvalidParameterValue, error.to_string())
}
