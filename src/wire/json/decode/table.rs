//! CreateTable.

use std::borrow::Cow;

use super::super::constraints::{BILLING_MODES, OPTIONAL, REQUIRED, TABLE_CLASSES, shape};
use super::super::scan::Scanner;
use super::encryption::Encryption;
use super::indexes::{Index, Kind, read_indexes, requests};
use super::later::{Later, OF_NEW};
use super::schema::{
    Definition, Element, Throughput, attribute_definitions, key_elements, read_definitions,
    read_elements, read_throughput,
};
use super::streams::Specification;
use super::tables::{check_name, required_name};
use super::tags::{Tag, owned_tags, read_tags};
use super::throughput::{read_maxima, read_warm};
use super::{read, required, resource_policy};
use crate::api::{
    ApiError, Billing, BillingMode, CreateTable, EncryptionKey, StreamChange, TableClass,
    TableKeys, TableName, Throughput as TableThroughput, ThroughputRequest, Whose,
    check_definitions, check_tag_count, check_tags, key_schema, new_indexes,
};

#[derive(Debug, Default)]
struct Members<'a> {
    definitions: Option<Vec<Definition<'a>>>,
    name: Option<Cow<'a, str>>,
    billing: Option<Cow<'a, str>>,
    throughput: Option<Throughput>,
    keys: Option<Vec<Element<'a>>>,
    local: Option<Vec<Index<'a>>>,
    global: Option<Vec<Index<'a>>>,
    class: Option<Cow<'a, str>>,
    deletion_protection: Option<bool>,
    tags: Option<Vec<Tag<'a>>>,
    stream: Option<Specification<'a>>,
    asked: ThroughputRequest,
    encryption: Option<Encryption<'a>>,
    policy: Option<Cow<'a, str>>,
    later: Later<'a, OF_NEW>,
}

pub(super) fn create_table(body: &[u8]) -> Result<CreateTable, ApiError> {
    let members: Members<'_> = read(body, Members::read)?;
    check_name(required_name(members.name.as_deref())?)?;
    constrain(&members)?;
    let billing = members.checked_billing()?;
    let definitions = attribute_definitions(members.definitions.as_deref());
    let elements = key_elements(members.keys.as_deref());
    let (hash, range) = key_schema(&definitions, &elements)?;
    if members.local.is_none() && members.global.is_none() {
        check_definitions(&definitions, &elements)?;
    }
    let keys = TableKeys { definitions: &definitions, hash: &hash, range: range.as_ref(), billing };
    let (local, global) = (requests(members.local.as_deref()), requests(members.global.as_deref()));
    let indexes = new_indexes(keys, local.as_deref(), global.as_deref())?;
    let throughput = TableThroughput::of_new(billing, members.asked, Whose::Table)?;
    let tags = owned_tags(members.tags.as_deref());
    check_tags(&tags)?;
    check_tag_count(tags.len())?;
    let stream = members.stream.as_ref().map(Specification::change).transpose()?;
    let encryption = members.encryption.as_ref().map(Encryption::key).transpose()?;
    let policy = resource_policy::of_new_table(members.policy.as_deref())?;
    members.later.refuse()?;
    Ok(CreateTable {
        name: TableName::named_by(&required(members.name)?)?,
        definitions,
        hash,
        range,
        indexes,
        billing,
        throughput,
        deletion_protection: members.deletion_protection == Some(true),
        class: members.class.as_deref().map(class_of),
        tags,
        stream: match stream {
            Some(StreamChange::Enable(view)) => Some(view),
            Some(StreamChange::Disable) | None => None,
        },
        encryption: encryption.unwrap_or(EncryptionKey::Owned),
        policy,
    })
}

shape! {
    /// All but the name, which was checked before.
    fn constrain(table: &Members<'_>) {
        "attributeDefinitions": REQUIRED, table.definitions.as_deref();
        "billingMode": BILLING_MODES, table.billing.as_deref();
        "provisionedThroughput": OPTIONAL, table.throughput.as_ref();
        "keySchema": REQUIRED.within(1, 2), table.keys.as_deref();
        "localSecondaryIndexes": OPTIONAL, table.local.as_deref();
        "globalSecondaryIndexes": OPTIONAL, table.global.as_deref();
        "tableClass": TABLE_CLASSES, table.class.as_deref();
        "streamSpecification": OPTIONAL, table.stream.as_ref();
        "sSESpecification": OPTIONAL, table.encryption.as_ref();
        "tags": OPTIONAL, table.tags.as_deref();
        ..table.later.members();
    }
}

impl<'a> Members<'a> {
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "AttributeDefinitions" => self.definitions = read_definitions(scan)?,
            "TableName" => self.name = scan.text()?,
            "BillingMode" => self.billing = scan.text()?,
            "ProvisionedThroughput" => self.throughput = read_throughput(scan)?,
            "KeySchema" => self.keys = read_elements(scan)?,
            "LocalSecondaryIndexes" => self.local = read_indexes(scan, Kind::Local)?,
            "GlobalSecondaryIndexes" => self.global = read_indexes(scan, Kind::Global)?,
            "TableClass" => self.class = scan.text()?,
            "DeletionProtectionEnabled" => self.deletion_protection = scan.boolean()?,
            "StreamSpecification" => self.stream = Specification::read(scan)?,
            "SSESpecification" => self.encryption = Encryption::read(scan)?,
            "ResourcePolicy" => self.policy = scan.text()?,
            "Tags" => self.tags = read_tags(scan)?,
            "OnDemandThroughput" => self.asked.maxima = read_maxima(scan)?.unwrap_or_default(),
            "WarmThroughput" => self.asked.warm = read_warm(scan)?.unwrap_or_default(),
            _ => self.later.read(scan, name)?,
        }
        Ok(())
    }

    fn checked_billing(&self) -> Result<Billing, ApiError> {
        let mode = self.billing.as_deref().map_or(BillingMode::Provisioned, mode_of);
        Billing::new(mode, self.throughput.map(Throughput::units))
    }
}

/// The billing mode of a word that the constraints have passed.
pub(super) fn mode_of(word: &str) -> BillingMode {
    if word == "PAY_PER_REQUEST" { BillingMode::OnDemand } else { BillingMode::Provisioned }
}

/// The class of a word that the constraints have passed.
pub(super) fn class_of(word: &str) -> TableClass {
    if word == "STANDARD" { TableClass::Standard } else { TableClass::InfrequentAccess }
}
