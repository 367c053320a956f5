//! The best scores of a game: an index in the order of scores, read from its end.
//!
//! | access pattern | by |
//! |---|---|
//! | report a score, which counts only if it is the player's best | UpdateItem with a condition |
//! | the three best players of a game | Query of the index `by-score`, descending, Limit 3 |
//! | the next three | the same from the `LastEvaluatedKey` on |
//! | a player's own scores | Query of the table |
//!
//!     table       player | game       score, achieved
//!     by-score    game   | score      player            (a global index that holds the keys alone)
//!
//! Start `hearth serve`, then `cargo run --example leaderboard`.

#[path = "client/mod.rs"]
mod client;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, BillingMode, GlobalSecondaryIndex, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use client::{Outcome, connect, defined, key, n, number, s};

type Item = HashMap<String, AttributeValue>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let db = connect();
    make_table(&db).await?;
    let scores =
        [("ada", 900), ("bob", 400), ("cy", 1_200), ("dee", 90), ("eve", 400), ("flo", 730)];
    for (player, score) in scores {
        report(&db, player, "chess", score).await?;
    }
    report(&db, "ada", "go", 55).await?;
    println!("bob improves to 950: {}", report(&db, "bob", "chess", 950).await?);
    println!("cy plays worse than before: {}", report(&db, "cy", "chess", 1_100).await?);

    let mut from = None;
    let mut rank = 0;
    loop {
        let (players, last) = best(&db, "chess", 3, from).await?;
        for (player, score) in players {
            rank += 1;
            println!("{rank}. {player} {score}");
        }
        if last.is_none() {
            break;
        }
        from = last;
    }
    for (game, score) in scores_of(&db, "ada").await? {
        println!("ada's best in {game}: {score}");
    }
    Ok(())
}

/// Makes the table and, with it, the index in the order of scores.
async fn make_table(db: &Client) -> Outcome<()> {
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let by_score = GlobalSecondaryIndex::builder()
        .index_name(BY_SCORE)
        .key_schema(key("game", KeyType::Hash)?)
        .key_schema(key("score", KeyType::Range)?)
        .projection(keys_only)
        .build()?;
    db.create_table()
        .table_name(TABLE)
        .attribute_definitions(defined("player", ScalarAttributeType::S)?)
        .attribute_definitions(defined("game", ScalarAttributeType::S)?)
        .attribute_definitions(defined("score", ScalarAttributeType::N)?)
        .key_schema(key("player", KeyType::Hash)?)
        .key_schema(key("game", KeyType::Range)?)
        .global_secondary_indexes(by_score)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await?;
    Ok(())
}

/// Keeps the score if it is the player's best in the game; tells whether it was.
async fn report(db: &Client, player: &str, game: &str, score: u32) -> Outcome<bool> {
    let kept = db
        .update_item()
        .table_name(TABLE)
        .key("player", s(player))
        .key("game", s(game))
        .update_expression("SET score = :score")
        .condition_expression("attribute_not_exists(score) OR score < :score")
        .expression_attribute_values(":score", n(score))
        .send()
        .await;
    match kept.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
        Ok(_) => Ok(true),
        Err(error) if error.is_conditional_check_failed_exception() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The best players of a game from `from` on, and where the next ones begin.
async fn best(
    db: &Client,
    game: &str,
    limit: i32,
    from: Option<Item>,
) -> Outcome<(Vec<(String, u32)>, Option<Item>)> {
    let page = db
        .query()
        .table_name(TABLE)
        .index_name(BY_SCORE)
        .key_condition_expression("game = :game")
        .expression_attribute_values(":game", s(game))
        .scan_index_forward(false)
        .limit(limit)
        .set_exclusive_start_key(from)
        .send()
        .await?;
    let players = scores_in(page.items(), "player")?;
    Ok((players, page.last_evaluated_key))
}

/// A player's best score in each game.
async fn scores_of(db: &Client, player: &str) -> Outcome<Vec<(String, u32)>> {
    let page = db
        .query()
        .table_name(TABLE)
        .key_condition_expression("player = :player")
        .expression_attribute_values(":player", s(player))
        .send()
        .await?;
    scores_in(page.items(), "game")
}

/// Each item's score, with the attribute that says whose or what for.
fn scores_in(items: &[Item], attribute: &str) -> Outcome<Vec<(String, u32)>> {
    let mut scores = Vec::new();
    for item in items {
        let name = item.get(attribute).and_then(|value| value.as_s().ok()).ok_or("no such text")?;
        scores.push((name.clone(), number(item.get("score"))?));
    }
    Ok(scores)
}

const TABLE: &str = "scores";
const BY_SCORE: &str = "by-score";
