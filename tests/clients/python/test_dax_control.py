"""boto3's client of DAX's control plane, and a server with credentials: each call is signed."""

import datetime

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import Hearth

KEY_ID, SECRET = "AKIDCONTROL", "a+secret/word"
ARN = "arn:aws:dax:us-east-1:000000000000:cache/hearth"
GROUP = "default.dax1.0"
TEN_YEARS_MS = "315360000000"


@pytest.fixture(scope="module")
def hearth(tmp_path_factory):
    home = tmp_path_factory.mktemp("control")
    path = home / "credentials.toml"
    path.touch(mode=0o600)
    row = f'access_key_id = "{KEY_ID}"\nsecret_access_key = "{SECRET}"\n'
    path.write_text("[[credentials]]\n" + row)
    server = Hearth(home / "data", "--credentials", str(path))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def settings(hearth):
    return {
        "endpoint_url": hearth.endpoint,
        "region_name": "us-east-1",
        "aws_access_key_id": KEY_ID,
        "aws_secret_access_key": SECRET,
    }


@pytest.fixture(scope="module")
def control(settings):
    return boto3.client("dax", **settings)


def test_the_process_is_a_cluster_that_clients_can_be_pointed_at(hearth, control):
    [cluster] = control.describe_clusters(ClusterNames=["hearth"])["Clusters"]

    host, port = hearth.dax.rsplit(":", 1)
    where = {"Address": host, "Port": int(port)}
    assert cluster["ClusterArn"] == ARN
    assert cluster["Status"] == "available"
    assert cluster["ClusterDiscoveryEndpoint"] == where | {"URL": "dax://" + hearth.dax}
    [node] = cluster["Nodes"]
    assert node["Endpoint"] == where
    age = datetime.datetime.now(datetime.timezone.utc) - node["NodeCreateTime"]
    assert datetime.timedelta(seconds=-1) < age < datetime.timedelta(minutes=10)


@pytest.mark.parametrize(
    "operation, request_of, result",
    [
        ("describe_clusters", {}, "Clusters"),
        ("describe_events", {"SourceType": "CLUSTER", "Duration": 60}, "Events"),
        ("describe_events", {"StartTime": datetime.datetime(2020, 1, 1)}, "Events"),
        ("describe_parameter_groups", {}, "ParameterGroups"),
    ],
)
def test_one_of_each_is_listed_and_no_page_follows(control, operation, request_of, result):
    pages = list(control.get_paginator(operation).paginate(**request_of))

    assert [len(page[result]) for page in pages] == [1]


def test_there_are_no_subnets_and_no_tags(control):
    assert control.describe_subnet_groups()["SubnetGroups"] == []
    assert control.list_tags(ResourceName=ARN)["Tags"] == []


def test_times_to_live_are_changed_for_all_tables(control):
    assert values(control.describe_default_parameters()) == {
        "query-ttl-millis": TEN_YEARS_MS,
        "record-ttl-millis": "0",
    }
    changes = [
        {"query-ttl-millis": "0"},
        {"query-ttl-millis": "60000", "record-ttl-millis": "300000"},
        {"query-ttl-millis": TEN_YEARS_MS, "record-ttl-millis": "0"},
    ]
    for change in changes:
        named = [{"ParameterName": name, "ParameterValue": value} for name, value in change.items()]
        answer = control.update_parameter_group(ParameterGroupName=GROUP, ParameterNameValues=named)

        assert answer["ParameterGroup"]["ParameterGroupName"] == GROUP
        now = values(control.describe_parameters(ParameterGroupName=GROUP))
        assert now == now | change


def test_refusals_are_exceptions_that_the_client_knows(control):
    known = control.exceptions

    with pytest.raises(known.ClusterNotFoundFault):
        control.describe_clusters(ClusterNames=["other"])
    with pytest.raises(known.ParameterGroupNotFoundFault):
        control.describe_parameters(ParameterGroupName="other")
    with pytest.raises(known.InvalidParameterValueException):
        control.delete_cluster(ClusterName="hearth")
    with pytest.raises(known.ClusterQuotaForCustomerExceededFault):
        control.create_cluster(
            ClusterName="other",
            NodeType="dax.t3.small",
            ReplicationFactor=1,
            IamRoleArn="arn:aws:iam::000000000000:role/any",
        )
    with pytest.raises(known.NodeQuotaForClusterExceededFault):
        control.increase_replication_factor(ClusterName="hearth", NewReplicationFactor=3)
    with pytest.raises(known.TagQuotaPerResourceExceeded):
        control.tag_resource(ResourceName=ARN, Tags=[{"Key": "a", "Value": "b"}])


def test_a_wrong_secret_is_refused(settings):
    stranger = boto3.client("dax", **settings | {"aws_secret_access_key": "another"})

    with pytest.raises(ClientError) as refusal:
        stranger.describe_clusters()

    assert refusal.value.response["Error"]["Code"] == "InvalidSignatureException"


def values(described):
    """The parameters of an answer, by name."""
    return {one["ParameterName"]: one["ParameterValue"] for one in described["Parameters"]}
