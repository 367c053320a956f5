//! The operations on tables.

use super::*;
use crate::api::{
    Billing, BillingMode, CapacityChange, ControlRequest, IndexCapacity, MaximaRequest,
    TableChange, TableClass, ThroughputRequest, Units, WarmRequest,
};
use crate::model::{IndexProjection, IndexScope, KeyAttribute, KeyType};

#[test]
fn control_operations_tell_a_bad_table_name_alone() {
    let absent = "The parameter 'TableName' is required but was not present in the request";
    let short = "TableName must be at least 3 characters long and at most 255 characters long";
    let long = format!(r#"{{"TableName":"{}"}}"#, "a".repeat(256));
    for operation in [Operation::DescribeTable, Operation::DeleteTable, Operation::UpdateTable] {
        refuses(
            operation,
            ErrorCode::Validation,
            &[("{}", absent), (r#"{"TableName":"ab"}"#, short), (&long, short)],
        );
    }
    refuses(Operation::CreateTable, ErrorCode::Validation, &[("{}", absent)]);
    breaks(
        Operation::CreateTable,
        &[
            (
                r#"{"TableName":"ab"}"#,
                "Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length \
                 greater than or equal to 3",
            ),
            (
                &long,
                &format!(
                    "Value '{}' at 'tableName' failed to satisfy constraint: Member must have \
                     length less than or equal to 255",
                    "a".repeat(256)
                ),
            ),
        ],
    );
    for operation in [
        Operation::DescribeTable,
        Operation::DeleteTable,
        Operation::CreateTable,
        Operation::UpdateTable,
    ] {
        breaks(
            operation,
            &[(
                r#"{"TableName":"abc;"}"#,
                "Value 'abc;' at 'tableName' failed to satisfy constraint: Member must satisfy \
                 regular expression pattern: [a-zA-Z0-9_.-]+",
            )],
        );
    }
}

#[test]
fn list_tables_has_limits() {
    breaks(
        Operation::ListTables,
        &[
            (
                r#"{"Limit":0}"#,
                "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater \
                 than or equal to 1",
            ),
            (
                r#"{"Limit":101}"#,
                "Value '101' at 'limit' failed to satisfy constraint: Member must have value less \
                 than or equal to 100",
            ),
            (
                r#"{"ExclusiveStartTableName":"ab"}"#,
                "Value 'ab' at 'exclusiveStartTableName' failed to satisfy constraint: Member must \
                 have length greater than or equal to 3",
            ),
        ],
    );
    match decode(Operation::ListTables, br#"{"Limit":7,"ExclusiveStartTableName":"abc"}"#) {
        Ok(Request::Control(ControlRequest::ListTables(list))) => {
            assert_eq!((list.limit, list.after.as_deref()), (Some(7), Some("abc")));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        decode(Operation::DescribeEndpoints, b"{}"),
        Ok(Request::Control(ControlRequest::DescribeEndpoints))
    ));
}

#[test]
fn create_table_tells_all_broken_constraints_at_once() {
    let body = r#"{"TableName":"tab","BillingMode":"x","ProvisionedThroughput":{"ReadCapacityUnits":0},
        "AttributeDefinitions":[{"AttributeName":"","AttributeType":"Q"}],
        "KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"x"},{}]}"#;
    let (code, message) = refusal(Operation::CreateTable, body);

    assert_eq!(code, ErrorCode::MemberConstraint);
    let faults: Vec<&str> =
        message.trim_start_matches("9 validation errors detected: ").split("; ").collect();
    assert_eq!(
        faults,
        [
            "Value '' at 'attributeDefinitions.1.member.attributeName' failed to satisfy \
             constraint: Member must have length greater than or equal to 1",
            "Value 'Q' at 'attributeDefinitions.1.member.attributeType' failed to satisfy \
             constraint: Member must satisfy enum value set: [B, N, S]",
            "Value 'x' at 'billingMode' failed to satisfy constraint: Member must satisfy enum \
             value set: [PROVISIONED, PAY_PER_REQUEST]",
            "Value null at 'provisionedThroughput.writeCapacityUnits' failed to satisfy \
             constraint: Member must not be null",
            "Value '0' at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: \
             Member must have value greater than or equal to 1",
            "Value '[KeySchemaElement(attributeName=a, keyType=HASH), \
             KeySchemaElement(attributeName=b, keyType=x), KeySchemaElement(attributeName=null, \
             keyType=null)]' at 'keySchema' failed to satisfy constraint: Member must have length \
             less than or equal to 2",
            "Value 'x' at 'keySchema.2.member.keyType' failed to satisfy constraint: Member must \
             satisfy enum value set: [HASH, RANGE]",
            "Value null at 'keySchema.3.member.attributeName' failed to satisfy constraint: Member \
             must not be null",
            "Value null at 'keySchema.3.member.keyType' failed to satisfy constraint: Member must \
             not be null",
        ]
    );
    let many = format!(r#"{{"TableName":"tab","KeySchema":[{}]}}"#, vec!["{}"; 30].join(","));
    let (_, message) = refusal(Operation::CreateTable, &many);
    assert!(message.starts_with("10 validation errors detected: "), "{message}");
}

#[test]
fn indexes_are_held_to_their_constraints() {
    let body = r#"{"TableName":"tab","AttributeDefinitions":[],"TableClass":"x",
        "KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],
        "LocalSecondaryIndexes":[{"IndexName":"a","Projection":{"ProjectionType":"x","NonKeyAttributes":[]}}],
        "GlobalSecondaryIndexes":[{"ProvisionedThroughput":{"WriteCapacityUnits":1,"ReadCapacityUnits":0}}]}"#;
    let (_, message) = refusal(Operation::CreateTable, body);

    for fault in [
        "9 validation errors detected: ",
        "Value 'a' at 'localSecondaryIndexes.1.member.indexName' failed",
        "Value null at 'localSecondaryIndexes.1.member.keySchema' failed",
        "Value 'x' at 'localSecondaryIndexes.1.member.projection.projectionType' failed to satisfy \
         constraint: Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]",
        "Value '[]' at 'localSecondaryIndexes.1.member.projection.nonKeyAttributes' failed",
        "Value null at 'globalSecondaryIndexes.1.member.indexName' failed",
        "Value null at 'globalSecondaryIndexes.1.member.projection' failed",
        "Value '0' at 'globalSecondaryIndexes.1.member.provisionedThroughput.readCapacityUnits'",
        "Value 'x' at 'tableClass' failed to satisfy constraint: Member must satisfy enum value \
         set: [STANDARD, STANDARD_INFREQUENT_ACCESS]",
    ] {
        assert!(message.contains(fault), "{fault} is not in {message}");
    }
}

fn create_body(definitions: &[&str], keys: &[(&str, &str)], rest: &str) -> String {
    let definitions: Vec<String> = definitions
        .iter()
        .map(|name| format!(r#"{{"AttributeName":"{name}","AttributeType":"S"}}"#))
        .collect();
    let keys: Vec<String> = keys
        .iter()
        .map(|(name, role)| format!(r#"{{"AttributeName":"{name}","KeyType":"{role}"}}"#))
        .collect();
    format!(
        r#"{{"TableName":"tab","AttributeDefinitions":[{}],"KeySchema":[{}],{rest}}}"#,
        definitions.join(","),
        keys.join(",")
    )
}

#[test]
fn create_table_checks_in_the_services_order() {
    let p = "One or more parameter values were invalid: ";
    let (hash, range) = (("pk", "HASH"), ("sk", "RANGE"));
    let on_demand = r#""BillingMode":"PAY_PER_REQUEST""#;
    let units = |read: u64, write: u64| {
        format!(
            r#""ProvisionedThroughput":{{"ReadCapacityUnits":{read},"WriteCapacityUnits":{write}}}"#
        )
    };
    let both = format!("{on_demand},{}", units(1, 1));
    for (body, message) in [
        (
            create_body(&[], &[hash], &both),
            format!(
                "{p}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when \
                 BillingMode is PAY_PER_REQUEST"
            ),
        ),
        (
            create_body(&[], &[hash], r#""Tags":[]"#),
            format!(
                "{p}ReadCapacityUnits and WriteCapacityUnits must both be specified when \
                 BillingMode is PROVISIONED"
            ),
        ),
        (
            create_body(&[], &[hash], &units(1_000_000_000_001, 1_000_000_000_002)),
            "Given value 1000000000001 for ReadCapacityUnits is out of bounds".to_owned(),
        ),
        (
            create_body(&[], &[hash], &units(1, 1_000_000_000_001)),
            "Given value 1000000000001 for WriteCapacityUnits is out of bounds".to_owned(),
        ),
        (
            create_body(&["pk"], &[hash, hash], on_demand),
            "Invalid KeySchema: Some index key attribute have no definition".to_owned(),
        ),
        (
            create_body(&["pk", "x"], &[hash, range], on_demand),
            format!(
                "{p}Some index key attributes are not defined in AttributeDefinitions. Keys: \
                 [pk, sk], AttributeDefinitions: [pk, x]"
            ),
        ),
        (
            create_body(&["pk", "sk"], &[hash, ("pk", "RANGE")], on_demand),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"
                .to_owned(),
        ),
        (
            create_body(&["pk", "sk"], &[("pk", "RANGE"), ("sk", "HASH")], on_demand),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type".to_owned(),
        ),
        (
            create_body(&["pk", "sk"], &[hash, ("sk", "HASH")], on_demand),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type".to_owned(),
        ),
        (
            create_body(&["pk", "sk"], &[hash], on_demand),
            format!(
                "{p}Number of attributes in KeySchema does not exactly match number of attributes \
                 defined in AttributeDefinitions"
            ),
        ),
        (
            create_body(&["pk"], &[hash], &format!(r#"{on_demand},"LocalSecondaryIndexes":[]"#)),
            format!("{p}List of LocalSecondaryIndexes is empty"),
        ),
        (
            create_body(&["pk"], &[hash], &format!(r#"{on_demand},"GlobalSecondaryIndexes":[]"#)),
            format!("{p}List of GlobalSecondaryIndexes is empty"),
        ),
    ] {
        assert_eq!(refusal(Operation::CreateTable, &body), (ErrorCode::Validation, message));
    }
}

#[test]
fn a_table_is_read_whole() {
    let rest = r#""DeletionProtectionEnabled":true,
        "ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6}"#;
    let body = create_body(&["sk", "pk"], &[("pk", "HASH"), ("sk", "RANGE")], rest);

    let Ok(Request::Control(ControlRequest::CreateTable(create))) =
        decode(Operation::CreateTable, body.as_bytes())
    else {
        panic!("{body}");
    };

    assert_eq!(create.name.as_str(), "tab");
    assert_eq!((create.hash.name.as_str(), create.hash.kind), ("pk", KeyType::S));
    assert_eq!(create.range.map(|range| range.name).as_deref(), Some("sk"));
    assert_eq!(create.definitions[0].name, "sk");
    assert_eq!(create.billing, Billing::Provisioned { read: 5, write: 6 });
    assert!(create.deletion_protection);
    assert!((create.class, create.tags.len(), create.indexes.len()) == (None, 0, 0));
}

#[test]
fn a_table_is_read_with_its_indexes_class_and_tags() {
    let rest = r#""BillingMode":"PAY_PER_REQUEST","TableClass":"STANDARD_INFREQUENT_ACCESS",
        "Tags":[{"Key":"b","Value":"1"},{"Key":"a","Value":""},{"Key":"b","Value":"2"}],
        "GlobalSecondaryIndexes":[{"IndexName":"glo","KeySchema":[
            {"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"HASH"},
            {"AttributeName":"pk","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}],
        "LocalSecondaryIndexes":[{"IndexName":"loc","KeySchema":[
            {"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"g","KeyType":"RANGE"}],
            "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x","pk"]},
            "ProvisionedThroughput":{"ReadCapacityUnits":0}}]"#;
    let body = create_body(&["pk", "sk", "g"], &[("pk", "HASH"), ("sk", "RANGE")], rest);

    let Ok(Request::Control(ControlRequest::CreateTable(create))) =
        decode(Operation::CreateTable, body.as_bytes())
    else {
        panic!("{body}");
    };

    let names = |keys: &[KeyAttribute]| keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
    let [local, global] = &create.indexes[..] else { panic!("{create:?}") };
    assert_eq!((local.name.as_str(), local.scope), ("loc", IndexScope::Local));
    assert_eq!((names(&local.hash), names(&local.range)), (vec!["pk".into()], vec!["g".into()]));
    assert_eq!(local.projection, IndexProjection::Include(vec!["x".into(), "pk".into()]));
    assert_eq!((global.name.as_str(), global.scope), ("glo", IndexScope::Global));
    assert_eq!(names(&global.hash), ["g", "sk"]);
    assert_eq!((names(&global.range), global.units), (vec!["pk".to_owned()], None));
    assert_eq!(create.class, Some(TableClass::InfrequentAccess));
    assert_eq!(create.tags, [("a".to_owned(), String::new()), ("b".to_owned(), "2".to_owned())]);
}

#[test]
fn an_update_is_read_as_the_one_change_it_makes() {
    let change = |members: &str| {
        let body = format!(r#"{{"TableName":"tab",{members}}}"#);
        match decode(Operation::UpdateTable, body.as_bytes()) {
            Ok(Request::Control(ControlRequest::UpdateTable(update))) => update.change,
            other => panic!("{body} was read as {other:?}"),
        }
    };
    assert_eq!(
        change(r#""DeletionProtectionEnabled":false,"Unknown":1"#),
        TableChange::DeletionProtection(false)
    );
    assert_eq!(change(r#""TableClass":"STANDARD""#), TableChange::Class(TableClass::Standard));
    let warm = WarmRequest { read: Some(-3), write: None };
    assert_eq!(change(r#""WarmThroughput":{"ReadUnitsPerSecond":-3}"#), TableChange::Warm(warm));
    let maxima = MaximaRequest { read: None, write: Some(-1) };
    assert_eq!(
        change(r#""WarmThroughput":{},"OnDemandThroughput":{"MaxWriteRequestUnits":-1}"#),
        TableChange::Capacity(CapacityChange { maxima, ..CapacityChange::default() })
    );
    let units = |read, write| Units { read, write };
    assert_eq!(
        change(
            r#""BillingMode":"PROVISIONED","StreamSpecification":null,"GlobalSecondaryIndexUpdates":
            [{"Update":{"IndexName":"glo","ProvisionedThroughput":{"ReadCapacityUnits":3,
            "WriteCapacityUnits":4}}}],"ProvisionedThroughput":{"ReadCapacityUnits":1,
            "WriteCapacityUnits":2}"#
        ),
        TableChange::Capacity(CapacityChange {
            mode: Some(BillingMode::Provisioned),
            units: Some(units(1, 2)),
            maxima: MaximaRequest::default(),
            indexes: vec![IndexCapacity {
                index: "glo".into(),
                units: Some(units(3, 4)),
                throughput: ThroughputRequest::default(),
            }],
        })
    );
}

#[test]
fn changes_of_indexes_are_held_to_their_constraints() {
    let body = r#"{"TableName":"tab","StreamSpecification":{},"GlobalSecondaryIndexUpdates":[
        {"Update":{"ProvisionedThroughput":{"ReadCapacityUnits":0,"WriteCapacityUnits":1}}},
        {"Create":{"IndexName":"a;b","KeySchema":[],"Projection":{"ProjectionType":"x"}}},
        {"Delete":{"IndexName":"ab"}}]}"#;
    let (code, message) = refusal(Operation::UpdateTable, body);

    assert_eq!(code, ErrorCode::MemberConstraint);
    let updates = "globalSecondaryIndexUpdates";
    for fault in [
        "7 validation errors detected: ".to_owned(),
        format!("Value null at '{updates}.1.member.update.indexName' {NULL}"),
        format!("Value '0' at '{updates}.1.member.update.provisionedThroughput.readCapacityUnits'"),
        format!("Value 'a;b' at '{updates}.2.member.create.indexName' failed"),
        format!("Value '[]' at '{updates}.2.member.create.keySchema' failed"),
        format!("Value 'x' at '{updates}.2.member.create.projection.projectionType' failed"),
        format!("Value 'ab' at '{updates}.3.member.delete.indexName' failed"),
        format!("Value null at 'streamSpecification.streamEnabled' {NULL}"),
    ] {
        assert!(message.contains(&fault), "{fault} is not in {message}");
    }
}
