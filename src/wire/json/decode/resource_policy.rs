//! The three operations on policies, and the policy of CreateTable.

use std::borrow::Cow;

use super::super::constraints::{OPTIONAL, REQUIRED, shape};
use super::super::policy_document;
use super::{read, required};
use crate::api::{
    ApiError, DeleteResourcePolicy, PolicyDocument, PolicyResource, PutResourcePolicy,
};

#[derive(Debug, Default)]
struct Members<'a> {
    arn: Option<Cow<'a, str>>,
    policy: Option<Cow<'a, str>>,
    expected: Option<Cow<'a, str>>,
}

pub(super) fn put_resource_policy(body: &[u8]) -> Result<PutResourcePolicy, ApiError> {
    let members = read_members(body)?;
    constrain_put(&members)?;
    Ok(PutResourcePolicy {
        resource: PolicyResource::of(required(members.arn)?.into_owned())?,
        document: policy_document::read(&required(members.policy)?)?,
        expected: members.expected.map(Cow::into_owned),
    })
}

pub(super) fn get_resource_policy(body: &[u8]) -> Result<PolicyResource, ApiError> {
    let members = read_members(body)?;
    constrain(&members)?;
    PolicyResource::of(required(members.arn)?.into_owned())
}

pub(super) fn delete_resource_policy(body: &[u8]) -> Result<DeleteResourcePolicy, ApiError> {
    let members = read_members(body)?;
    constrain(&members)?;
    Ok(DeleteResourcePolicy {
        resource: PolicyResource::of(required(members.arn)?.into_owned())?,
        expected: members.expected.map(Cow::into_owned),
    })
}

/// The policy that a new table has from the beginning.
pub(super) fn of_new_table(policy: Option<&str>) -> Result<Option<PolicyDocument>, ApiError> {
    policy.map(policy_document::read).transpose()
}

fn read_members(body: &[u8]) -> Result<Members<'_>, ApiError> {
    read(body, |members: &mut Members<'_>, scan, name| {
        match name {
            "ResourceArn" => members.arn = scan.text()?,
            "Policy" => members.policy = scan.text()?,
            "ExpectedRevisionId" => members.expected = scan.text()?,
            // Nobody's access depends on a policy here.
            "ConfirmRemoveSelfResourceAccess" => drop(scan.boolean()?),
            _ => scan.skip()?,
        }
        Ok(())
    })
}

shape! {
    fn constrain(members: &Members<'_>) {
        "resourceArn": REQUIRED.within(1, 1283), members.arn.as_deref();
        "expectedRevisionId": OPTIONAL.within(1, 255), members.expected.as_deref();
    }
}

shape! {
    fn constrain_put(put: &Members<'_>) {
        "resourceArn": REQUIRED.within(1, 1283), put.arn.as_deref();
        "expectedRevisionId": OPTIONAL.within(1, 255), put.expected.as_deref();
        "policy": REQUIRED, put.policy.as_deref();
    }
}
