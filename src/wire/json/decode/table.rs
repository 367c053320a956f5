//! CreateTable.

use std::borrow::Cow;

use super::super::constraints::{ATTRIBUTE_TYPES, BILLING_MODES, Faults, TABLE_CLASSES};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::indexes::{Index, Kind, constrain_indexes, read_indexes};
use super::schema::{Element, Throughput, constrain_elements, read_elements, read_throughput};
use super::tables::{check_name, required_name};
use super::{read, refuse, required};
use crate::api::{
    self, ApiError, Billing, CreateTable, KeyElement, KeyRole, TableName, check_definitions,
    key_schema,
};
use crate::model::{KeyAttribute, KeyType};

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
    later: Later,
}

#[derive(Debug, Default)]
struct Definition<'a> {
    name: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
}

/// Members of which hearth only knows that they ask for something it does not have yet.
#[derive(Debug, Default)]
struct Later(Vec<&'static str>);

pub(super) fn create_table(body: &[u8]) -> Result<CreateTable, ApiError> {
    let members: Members<'_> = read(body, Members::read)?;
    check_name(required_name(members.name.as_deref())?)?;
    members.constrain()?;
    let billing = members.checked_billing()?;
    let definitions = members.attribute_definitions();
    let elements = members.key_elements();
    let (hash, range) = key_schema(&definitions, &elements)?;
    if members.local.is_none() && members.global.is_none() {
        check_definitions(&definitions, &elements)?;
    }
    members.check_indexes()?;
    members.later.refuse()?;
    refuse([("TableClass", members.class.as_deref().is_some_and(|class| class != "STANDARD"))])?;
    Ok(CreateTable {
        name: TableName::named_by(&required(members.name)?)?,
        definitions,
        hash,
        range,
        billing,
        indexes: Vec::new(),
        class: None,
        tags: Vec::new(),
        deletion_protection: members.deletion_protection == Some(true),
    })
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
            _ => self.later.read(scan, name)?,
        }
        Ok(())
    }

    fn constrain(&self) -> Result<(), ApiError> {
        let mut faults = Faults::default();
        faults.required("attributeDefinitions", self.definitions.as_ref());
        for (definition, number) in self.definitions.iter().flatten().zip(1..) {
            let path = format_args!("attributeDefinitions.{number}.member.attributeName");
            faults.required_text(path, definition.name.as_deref(), 1..=255);
            let path = format_args!("attributeDefinitions.{number}.member.attributeType");
            faults.required_one_of(path, definition.kind.as_deref(), ATTRIBUTE_TYPES);
        }
        faults.one_of("billingMode", self.billing.as_deref(), BILLING_MODES);
        if let Some(throughput) = self.throughput {
            throughput.constrain(&mut faults, "provisionedThroughput");
        }
        constrain_elements(&mut faults, "keySchema", self.keys.as_deref(), 1..=2);
        let (local, global) = (self.local.as_deref(), self.global.as_deref());
        constrain_indexes(&mut faults, "localSecondaryIndexes", local, Kind::Local);
        constrain_indexes(&mut faults, "globalSecondaryIndexes", global, Kind::Global);
        faults.one_of("tableClass", self.class.as_deref(), TABLE_CLASSES);
        faults.end()
    }

    fn checked_billing(&self) -> Result<Billing, ApiError> {
        let units = self.throughput.map(|throughput| {
            let unsigned = |units: Option<i64>| u64::try_from(units.unwrap_or_default()).ok();
            (unsigned(throughput.read).unwrap_or(0), unsigned(throughput.write).unwrap_or(0))
        });
        api::billing(self.billing.as_deref() == Some("PAY_PER_REQUEST"), units)
    }

    fn attribute_definitions(&self) -> Vec<KeyAttribute> {
        let attribute = |definition: &Definition<'_>| KeyAttribute {
            name: owned(definition.name.as_ref()),
            kind: match definition.kind.as_deref() {
                Some("N") => KeyType::N,
                Some("B") => KeyType::B,
                _ => KeyType::S,
            },
        };
        self.definitions.iter().flatten().map(attribute).collect()
    }

    fn key_elements(&self) -> Vec<KeyElement> {
        let element = |element: &Element<'_>| KeyElement {
            name: owned(element.name.as_ref()),
            role: match element.role.as_deref() {
                Some("RANGE") => KeyRole::Range,
                _ => KeyRole::Hash,
            },
        };
        self.keys.iter().flatten().map(element).collect()
    }

    fn check_indexes(&self) -> Result<(), ApiError> {
        for (indexes, name) in
            [(&self.local, "LocalSecondaryIndexes"), (&self.global, "GlobalSecondaryIndexes")]
        {
            if indexes.as_ref().is_some_and(Vec::is_empty) {
                let fault = "One or more parameter values were invalid: List of";
                return Err(ApiError::validation(format!("{fault} {name} is empty")));
            }
            refuse([(name, indexes.is_some())])?;
        }
        Ok(())
    }
}

impl Later {
    fn read(&mut self, scan: &mut Scanner<'_>, name: &str) -> Result<(), ApiError> {
        match name {
            "StreamSpecification" => {
                let asked = read_switch(scan, "StreamSpecification", "StreamEnabled")?;
                self.add("StreamSpecification", asked);
            }
            "SSESpecification" => {
                let asked = read_switch(scan, "SSESpecification", "Enabled")?;
                self.add("SSESpecification", asked);
            }
            "Tags" => {
                let tags = scan.list(|scan| {
                    scan.structure("Tag", Place::Element, |scan, _| scan.text().map(drop))
                })?;
                self.add("Tags", tags.is_some_and(|tags| !tags.is_empty()));
            }
            "ResourcePolicy" => {
                let policy = scan.text()?;
                self.add("ResourcePolicy", policy.is_some());
            }
            "OnDemandThroughput" => {
                let asked = read_units(scan, "OnDemandThroughput")?;
                self.add("OnDemandThroughput", asked);
            }
            "WarmThroughput" => {
                let asked = read_units(scan, "WarmThroughput")?;
                self.add("WarmThroughput", asked);
            }
            _ => scan.skip()?,
        }
        Ok(())
    }

    fn add(&mut self, member: &'static str, asked: bool) {
        if asked {
            self.0.push(member);
        }
    }

    fn refuse(&self) -> Result<(), ApiError> {
        match self.0.first() {
            Some(member) => refuse([(*member, true)]),
            None => Ok(()),
        }
    }
}

fn read_definitions<'a>(scan: &mut Scanner<'a>) -> Result<Option<Vec<Definition<'a>>>, ApiError> {
    scan.list(|scan| {
        let mut definition = Definition::default();
        scan.structure("AttributeDefinition", Place::Element, |scan, name| {
            match &*name {
                "AttributeName" => definition.name = scan.text()?,
                "AttributeType" => definition.kind = scan.text()?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(definition)
    })
}

/// Whether a structure asks for what it can switch on.
///
/// One that leaves the switch out but sets something else asks for it too.
fn read_switch(scan: &mut Scanner<'_>, shape: &str, switch: &str) -> Result<bool, ApiError> {
    let (mut on, mut others) = (None, false);
    scan.structure(shape, Place::Member, |scan, name| {
        if *name == *switch {
            on = scan.boolean()?;
        } else {
            others |= scan.text()?.is_some();
        }
        Ok(())
    })?;
    Ok(on.unwrap_or(others))
}

fn read_units(scan: &mut Scanner<'_>, shape: &str) -> Result<bool, ApiError> {
    scan.structure(shape, Place::Member, |scan, _| scan.long().map(drop))
}

fn owned(text: Option<&Cow<'_, str>>) -> String {
    text.map_or_else(String::new, |text| text.clone().into_owned())
}
