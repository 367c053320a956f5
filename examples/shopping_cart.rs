//! A shop with an inventory that is never oversold, and carts that are one query each.
//!
//! | access pattern | by |
//! |---|---|
//! | load the catalogue | BatchWriteItem, and again what comes back unprocessed |
//! | put something into a cart | UpdateItem on the stock, only if there is enough of it |
//! | show a customer's cart | Query of the customer's partition, `begins_with(sk, "CART#")` |
//! | what the cart costs | BatchGetItem of its products |
//!
//!     pk              sk              attributes
//!     PRODUCT#lamp    STOCK           name, price, stock
//!     CUSTOMER#ada    CART#lamp       quantity
//!
//! Start `hearth serve`, then `cargo run --example shopping_cart`.

#[path = "client/mod.rs"]
mod client;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, BillingMode, KeyType, KeysAndAttributes, PutRequest, ScalarAttributeType,
    WriteRequest,
};
use client::{Outcome, connect, defined, key, n, number, s};
use tokio::task::JoinSet;

type Item = HashMap<String, AttributeValue>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let db = connect();
    open_shop(&db).await?;
    load_catalogue(&db, &[("lamp", 40, 3), ("chair", 75, 10), ("desk", 220, 1)]).await?;
    println!("the catalogue has 3 products");

    add_to_cart(&db, "ada", "chair", 4).await?;
    add_to_cart(&db, "ada", "desk", 1).await?;
    let refused = !add_to_cart(&db, "eve", "desk", 1).await?;
    println!("the only desk went to ada, eve was refused: {refused}");

    let sold = rush(&db, "lamp", 10).await?;
    println!("10 customers wanted one of 3 lamps, {sold} got one");

    for (product, quantity) in cart(&db, "ada").await? {
        println!("ada's cart: {quantity} × {product}");
    }
    println!("ada pays {}", price_of_cart(&db, "ada").await?);
    println!(
        "left in stock: {} lamps, {} chairs",
        stock(&db, "lamp").await?,
        stock(&db, "chair").await?
    );
    Ok(())
}

/// Makes the table, which holds products and carts side by side.
async fn open_shop(db: &Client) -> Outcome<()> {
    db.create_table()
        .table_name(TABLE)
        .attribute_definitions(defined("pk", ScalarAttributeType::S)?)
        .attribute_definitions(defined("sk", ScalarAttributeType::S)?)
        .key_schema(key("pk", KeyType::Hash)?)
        .key_schema(key("sk", KeyType::Range)?)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await?;
    Ok(())
}

/// Writes all products at once; what was left unprocessed is sent again.
async fn load_catalogue(db: &Client, products: &[(&str, u32, u32)]) -> Outcome<()> {
    let mut writes = Vec::new();
    for (name, price, stock) in products {
        let mut item = stock_key(name);
        item.insert("name".into(), s(*name));
        item.insert("price".into(), n(*price));
        item.insert("stock".into(), n(*stock));
        let put = PutRequest::builder().set_item(Some(item)).build()?;
        writes.push(WriteRequest::builder().put_request(put).build());
    }
    let mut left = HashMap::from([(TABLE.to_owned(), writes)]);
    while !left.is_empty() {
        let answer = db.batch_write_item().set_request_items(Some(left)).send().await?;
        left = answer.unprocessed_items.unwrap_or_default();
    }
    Ok(())
}

/// Takes the product out of stock and into the cart; tells whether there was enough of it.
async fn add_to_cart(db: &Client, customer: &str, product: &str, quantity: u32) -> Outcome<bool> {
    let taken = db
        .update_item()
        .table_name(TABLE)
        .set_key(Some(stock_key(product)))
        .update_expression("SET stock = stock - :quantity")
        .condition_expression("stock >= :quantity")
        .expression_attribute_values(":quantity", n(quantity))
        .send()
        .await;
    if let Err(error) = taken {
        let error = error.into_service_error();
        if error.is_conditional_check_failed_exception() {
            return Ok(false);
        }
        return Err(error.into());
    }
    db.update_item()
        .table_name(TABLE)
        .key("pk", s(format!("CUSTOMER#{customer}")))
        .key("sk", s(format!("CART#{product}")))
        .update_expression("ADD quantity :quantity")
        .expression_attribute_values(":quantity", n(quantity))
        .send()
        .await?;
    Ok(true)
}

/// So many customers want one piece each at the same moment; tells how many got one.
async fn rush(db: &Client, product: &'static str, customers: u32) -> Outcome<u32> {
    let mut tasks = JoinSet::new();
    for number in 0..customers {
        let db = db.clone();
        tasks.spawn(async move {
            let customer = format!("customer-{number}");
            add_to_cart(&db, &customer, product, 1).await.map_err(|error| error.to_string())
        });
    }
    let mut sold = 0;
    while let Some(bought) = tasks.join_next().await {
        sold += u32::from(bought??);
    }
    Ok(sold)
}

/// The products in a customer's cart and how many of each.
async fn cart(db: &Client, customer: &str) -> Outcome<Vec<(String, u32)>> {
    let page = db
        .query()
        .table_name(TABLE)
        .key_condition_expression("pk = :customer AND begins_with(sk, :cart)")
        .expression_attribute_values(":customer", s(format!("CUSTOMER#{customer}")))
        .expression_attribute_values(":cart", s("CART#"))
        .send()
        .await?;
    let mut lines = Vec::new();
    for item in page.items() {
        let sort_key = item.get("sk").and_then(|value| value.as_s().ok());
        let product = sort_key.and_then(|key| key.strip_prefix("CART#")).ok_or("no cart line")?;
        lines.push((product.to_owned(), number(item.get("quantity"))?));
    }
    Ok(lines)
}

/// What the cart costs at the prices of now.
async fn price_of_cart(db: &Client, customer: &str) -> Outcome<u32> {
    let lines = cart(db, customer).await?;
    let keys = lines.iter().map(|(product, _)| stock_key(product)).collect();
    let wanted = KeysAndAttributes::builder()
        .set_keys(Some(keys))
        .projection_expression("#name, price")
        .expression_attribute_names("#name", "name")
        .build()?;
    let answer = db.batch_get_item().request_items(TABLE, wanted).send().await?;
    let products = answer.responses().and_then(|tables| tables.get(TABLE)).ok_or("no answer")?;
    let mut sum = 0;
    for (product, quantity) in lines {
        let found = products.iter().find(|item| item.get("name") == Some(&s(&*product)));
        sum += quantity * number(found.and_then(|item| item.get("price")))?;
    }
    Ok(sum)
}

/// How many pieces are left.
async fn stock(db: &Client, product: &str) -> Outcome<u32> {
    let answer = db
        .get_item()
        .table_name(TABLE)
        .set_key(Some(stock_key(product)))
        .projection_expression("stock")
        .send()
        .await?;
    number(answer.item().and_then(|item| item.get("stock")))
}

fn stock_key(product: &str) -> Item {
    HashMap::from([
        ("pk".to_owned(), s(format!("PRODUCT#{product}"))),
        ("sk".to_owned(), s("STOCK")),
    ])
}

const TABLE: &str = "shop";
