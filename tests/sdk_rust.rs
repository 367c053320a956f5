//! The Rust AWS SDK against a real process, given an endpoint, a region and credentials, no more.
//!
//! Not here: boto3 (`tests/clients/python/`).

mod support;

use std::collections::HashMap;
use std::fs::Permissions;
use std::future::Future;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_dynamodb::operation::create_table::{CreateTableError, CreateTableOutput};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
    KeyType, KeysAndAttributes, Projection, ProjectionType, PutRequest, ReturnValue,
    ReturnValuesOnConditionCheckFailure, ScalarAttributeType, TableDescription, TableStatus,
    WriteRequest,
};
use support::{Deadline, Launch, PATIENCE, Server, scratch, wait_until};

type Item = HashMap<String, AttributeValue>;

#[test]
fn tables_are_made_described_listed_and_deleted() {
    with_client(async |client| {
        let made = create_users(&client).await.expect("a description");
        let described = client.describe_table().table_name("users").send().await;
        let listed = client.list_tables().send().await.expect("it lists");
        let deleted = client.delete_table().table_name("users").send().await;

        assert_eq!(made.table_name.as_deref(), Some("users"));
        let table = described.expect("it is there").table.expect("a description");
        assert_eq!(table.table_status, Some(TableStatus::Active));
        assert_eq!(table.table_id, made.table_id);
        assert_eq!(listed.table_names(), ["users"]);
        let gone = deleted.expect("it was there").table_description.expect("a description");
        assert_eq!(gone.table_status, Some(TableStatus::Deleting));
    });
}

#[test]
fn items_of_every_type_are_put_read_and_deleted() {
    with_client(async |client| {
        create_users(&client).await;
        let item = every_type("7");

        let first = put(&client, item.clone()).await;
        let found = get(&client, "7").await;
        let cached = get(&client, "7").await;
        let second = put(&client, item.clone()).await;
        let deleted = delete(&client, "7").await;
        let gone = get(&client, "7").await;

        assert_eq!(first, None);
        assert_eq!(found, Some(item.clone()));
        assert_eq!(cached, Some(item.clone()));
        assert_eq!(second, Some(item.clone()));
        assert_eq!(deleted, Some(item));
        assert_eq!(gone, None);
    });
}

#[test]
fn a_batch_reads_several_items() {
    with_client(async |client| {
        create_users(&client).await;
        for id in ["1", "2"] {
            put(&client, every_type(id)).await;
        }
        let keys = ["1", "2", "3"].map(key).to_vec();
        let asked = KeysAndAttributes::builder().set_keys(Some(keys)).build().expect("keys");

        let answer = client.batch_get_item().request_items("users", asked).send().await;

        let answer = answer.expect("it reads");
        let found = &answer.responses.expect("a list for every table")["users"];
        assert_eq!(found.len(), 2);
        assert!(found.contains(&every_type("1")) && found.contains(&every_type("2")));
        assert!(answer.unprocessed_keys.expect("it is always there").is_empty());
    });
}

#[test]
fn updates_count_and_conditions_hold_them_back() {
    with_client(async |client| {
        create_users(&client).await;
        put(&client, every_type("7")).await;
        let add = || {
            client
                .update_item()
                .table_name("users")
                .set_key(Some(key("7")))
                .update_expression("ADD visits :one SET #name = if_not_exists(#name, :name)")
                .condition_expression("attribute_not_exists(visits) OR visits < :two")
                .expression_attribute_names("#name", "name")
                .expression_attribute_values(":one", AttributeValue::N("1".into()))
                .expression_attribute_values(":two", AttributeValue::N("2".into()))
                .expression_attribute_values(":name", AttributeValue::S("Ada".into()))
                .return_values(ReturnValue::UpdatedNew)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .send()
        };

        let first = add().await.expect("no visits yet").attributes;
        let second = add().await.expect("one visit").attributes;
        let third = add().await.expect_err("two visits").into_service_error();

        let counted = |visits: &str| {
            Some(Item::from([
                ("visits".to_owned(), AttributeValue::N(visits.into())),
                ("name".to_owned(), AttributeValue::S("Ada".into())),
            ]))
        };
        assert_eq!(first, counted("1"));
        assert_eq!(second, counted("2"));
        let UpdateItemError::ConditionalCheckFailedException(failed) = third else {
            panic!("another error: {third:?}");
        };
        let found = failed.item().and_then(|item| item.get("visits"));
        assert_eq!(found, Some(&AttributeValue::N("2".into())));
    });
}

#[test]
fn a_batch_is_written_and_read_back_by_pages_of_table_and_index() {
    with_client(async |client| {
        create_orders(&client).await;
        let order = |number: usize| {
            let state = if number.is_multiple_of(2) { "open" } else { "sent" };
            Item::from([
                ("customer".to_owned(), AttributeValue::S("ada".into())),
                ("number".to_owned(), AttributeValue::N(number.to_string())),
                ("state".to_owned(), AttributeValue::S(state.into())),
            ])
        };
        let write = |number| {
            let put = PutRequest::builder().set_item(Some(order(number))).build().expect("an item");
            WriteRequest::builder().put_request(put).build()
        };
        let writes: Vec<_> = (0..10).map(write).collect();

        let written = client.batch_write_item().request_items("orders", writes).send().await;
        let all = client
            .query()
            .table_name("orders")
            .key_condition_expression("customer = :c AND #number BETWEEN :low AND :high")
            .expression_attribute_names("#number", "number")
            .expression_attribute_values(":c", AttributeValue::S("ada".into()))
            .expression_attribute_values(":low", AttributeValue::N("2".into()))
            .expression_attribute_values(":high", AttributeValue::N("8".into()))
            .scan_index_forward(false)
            .into_paginator()
            .page_size(3)
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await;
        let open = client
            .query()
            .table_name("orders")
            .index_name("by-state")
            .key_condition_expression("#state = :state")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", AttributeValue::S("open".into()))
            .send()
            .await;
        let large = client
            .scan()
            .table_name("orders")
            .filter_expression("#number > :low")
            .expression_attribute_names("#number", "number")
            .expression_attribute_values(":low", AttributeValue::N("7".into()))
            .send()
            .await
            .expect("a page");

        let unprocessed = written.expect("it is written").unprocessed_items;
        assert_eq!(unprocessed, Some(HashMap::new()));
        assert_eq!(all.expect("pages"), (2..=8).rev().map(order).collect::<Vec<_>>());
        let evens: Vec<Item> = (0..10).step_by(2).map(order).collect();
        assert_eq!(open.expect("a page").items(), evens);
        assert_eq!((large.count(), large.scanned_count()), (2, 10));
    });
}

#[test]
fn the_endpoint_is_described() {
    with_client(async |client| {
        let answer = client.describe_endpoints().send().await.expect("it answers");

        assert_eq!(answer.endpoints().len(), 1);
        assert!(answer.endpoints()[0].address().starts_with("127.0.0.1"));
    });
}

#[test]
fn errors_are_the_sdks_own_types() {
    with_client(async |client| {
        let absent = client.get_item().table_name("users").set_key(Some(key("7"))).send().await;
        let undescribed = client.describe_table().table_name("users").send().await;
        create_users(&client).await;
        let taken = create(&client).await;
        let misfit = client
            .get_item()
            .table_name("users")
            .key("id", AttributeValue::N("7".into()))
            .send()
            .await;

        let absent = absent.expect_err("the table is absent").into_service_error();
        assert!(absent.is_resource_not_found_exception(), "{absent:?}");
        assert_eq!(absent.message(), Some("Requested resource not found"));
        let undescribed = undescribed.expect_err("the table is absent").into_service_error();
        assert!(undescribed.is_resource_not_found_exception(), "{undescribed:?}");
        let taken = taken.expect_err("the name is taken");
        assert!(taken.is_resource_in_use_exception(), "{taken:?}");
        let misfit = misfit.expect_err("the key does not fit").into_service_error();
        assert_eq!(misfit.code(), Some("ValidationException"));
        assert_eq!(misfit.message(), Some("The provided key element does not match the schema"));
    });
}

#[test]
fn signatures_are_verified_where_credentials_are_configured() {
    let directory = scratch();
    let file = directory.path().join("credentials.toml");
    write_credentials(&file, "AKIDRIGHT");
    let server = Launch::on(&directory.path().join("data")).arg("--credentials").arg(&file).start();

    let right = code_of(&server, "AKIDRIGHT", "right");
    let wrong = code_of(&server, "AKIDRIGHT", "wrong");
    let unknown = code_of(&server, "AKIDOTHER", "right");

    assert_eq!(right, None);
    assert_eq!(wrong.as_deref(), Some("InvalidSignatureException"));
    assert_eq!(unknown.as_deref(), Some("UnrecognizedClientException"));
}

#[test]
fn credentials_are_read_again_on_a_hangup_signal() {
    let directory = scratch();
    let file = directory.path().join("credentials.toml");
    write_credentials(&file, "AKIDOLD");
    let server = Launch::on(&directory.path().join("data")).arg("--credentials").arg(&file).start();
    assert_eq!(code_of(&server, "AKIDOLD", "right"), None);

    write_credentials(&file, "AKIDNEW");
    server.signal("HUP");

    wait_until("the new credentials to count", || {
        code_of(&server, "AKIDNEW", "right").is_none().then_some(())
    });
    let old = code_of(&server, "AKIDOLD", "right");
    assert_eq!(old.as_deref(), Some("UnrecognizedClientException"));
}

/// A file that only its owner may read, with one access key whose secret is `right`.
fn write_credentials(file: &Path, id: &str) {
    let text =
        format!("[[credentials]]\naccess_key_id = \"{id}\"\nsecret_access_key = \"right\"\n");
    std::fs::write(file, text).expect("the directory is ours");
    std::fs::set_permissions(file, Permissions::from_mode(0o600)).expect("the file is ours");
}

/// The error that a signed request is answered with, if any.
fn code_of(server: &Server, id: &str, secret: &str) -> Option<String> {
    let client = client(&server.endpoint(), id, secret);
    let answer = run(async move { client.list_tables().send().await });
    answer.err().map(|error| error.into_service_error().code().unwrap_or_default().to_owned())
}

/// Runs a test against a server of its own.
fn with_client<F: Future<Output = ()>>(test: impl FnOnce(Client) -> F) {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    run(test(client(&server.endpoint(), "anything", "goes")));
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts")
        .block_on(future)
}

fn client(endpoint: &str, id: &str, secret: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(id, secret, None, None, "tests"));
    Client::from_conf(config.build())
}

/// Makes the table `users` and waits until it serves.
async fn create_users(client: &Client) -> Option<TableDescription> {
    let made = create(client).await.expect("the name is free").table_description;
    let deadline = Deadline::after(PATIENCE);
    loop {
        let described = client.describe_table().table_name("users").send().await;
        let table = described.expect("it is there").table.expect("a description");
        if table.table_status == Some(TableStatus::Active) {
            return made;
        }
        assert!(!deadline.passed(), "the table is still {:?}", table.table_status);
    }
}

/// Makes the table `orders` with an index by their state.
async fn create_orders(client: &Client) {
    let element = |name: &str, role| {
        let element = KeySchemaElement::builder().attribute_name(name).key_type(role);
        element.build().expect("both are given")
    };
    let defined = |name: &str, kind| {
        let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(kind);
        definition.build().expect("both are given")
    };
    let all = Projection::builder().projection_type(ProjectionType::All).build();
    let by_state = GlobalSecondaryIndex::builder()
        .index_name("by-state")
        .key_schema(element("state", KeyType::Hash))
        .key_schema(element("number", KeyType::Range))
        .projection(all);
    let made = client
        .create_table()
        .table_name("orders")
        .attribute_definitions(defined("customer", ScalarAttributeType::S))
        .attribute_definitions(defined("number", ScalarAttributeType::N))
        .attribute_definitions(defined("state", ScalarAttributeType::S))
        .key_schema(element("customer", KeyType::Hash))
        .key_schema(element("number", KeyType::Range))
        .global_secondary_indexes(by_state.build().expect("all is given"))
        .billing_mode(BillingMode::PayPerRequest)
        .send();
    made.await.expect("the name is free");
}

async fn create(client: &Client) -> Result<CreateTableOutput, CreateTableError> {
    let definition = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S)
        .build()
        .expect("complete");
    let element = KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(KeyType::Hash)
        .build()
        .expect("complete");
    let request = client
        .create_table()
        .table_name("users")
        .attribute_definitions(definition)
        .key_schema(element)
        .billing_mode(BillingMode::PayPerRequest);
    request.send().await.map_err(SdkError::into_service_error)
}

async fn put(client: &Client, item: Item) -> Option<Item> {
    let put = client.put_item().table_name("users").set_item(Some(item));
    put.return_values(ReturnValue::AllOld).send().await.expect("it is put").attributes
}

async fn get(client: &Client, id: &str) -> Option<Item> {
    let get = client.get_item().table_name("users").set_key(Some(key(id)));
    get.send().await.expect("it is read").item
}

async fn delete(client: &Client, id: &str) -> Option<Item> {
    let delete = client.delete_item().table_name("users").set_key(Some(key(id)));
    delete.return_values(ReturnValue::AllOld).send().await.expect("it is deleted").attributes
}

fn key(id: &str) -> Item {
    HashMap::from([("id".to_owned(), AttributeValue::S(id.to_owned()))])
}

fn every_type(id: &str) -> Item {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let bytes = |bytes: &[u8]| Blob::new(bytes);
    let mut item = key(id);
    item.extend(
        [
            ("text", text("grüße")),
            ("number", AttributeValue::N("-12.5".into())),
            ("bytes", AttributeValue::B(bytes(b"\x00\xFF"))),
            ("yes", AttributeValue::Bool(true)),
            ("nothing", AttributeValue::Null(true)),
            ("texts", AttributeValue::Ss(vec!["a".into(), "b".into()])),
            ("numbers", AttributeValue::Ns(vec!["1".into(), "2".into()])),
            ("blobs", AttributeValue::Bs(vec![bytes(b"a"), bytes(b"b")])),
            ("list", AttributeValue::L(vec![text("x"), AttributeValue::L(vec![])])),
            ("map", AttributeValue::M(HashMap::from([("m".to_owned(), text("x"))]))),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    item
}
