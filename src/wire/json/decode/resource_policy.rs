//! The three operations on policies, and the policy of CreateTable.

use std::borrow::Cow;

use super::super::constraints::Faults;
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
    let mut faults = members.constrain();
    faults.required("policy", members.policy.as_ref());
    faults.end()?;
    Ok(PutResourcePolicy {
        resource: PolicyResource::of(required(members.arn)?.into_owned())?,
        document: policy_document::read(&required(members.policy)?)?,
        expected: members.expected.map(Cow::into_owned),
    })
}

pub(super) fn get_resource_policy(body: &[u8]) -> Result<PolicyResource, ApiError> {
    let members = read_members(body)?;
    members.constrain().end()?;
    PolicyResource::of(required(members.arn)?.into_owned())
}

pub(super) fn delete_resource_policy(body: &[u8]) -> Result<DeleteResourcePolicy, ApiError> {
    let members = read_members(body)?;
    members.constrain().end()?;
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

impl Members<'_> {
    fn constrain(&self) -> Faults {
        let mut faults = Faults::default();
        faults.required_text("resourceArn", self.arn.as_deref(), 1..=1283);
        if let Some(expected) = self.expected.as_deref() {
            faults.required_text("expectedRevisionId", Some(expected), 1..=255);
        }
        faults
    }
}
