//! What a load leaves in the caches when something happens in the middle of it.
//!
//! The real proxy, caches, fence and engine in one process, with a gate between proxy and engine:
//! a read that is held there has its answer, and has not brought it yet. A write or a flush that
//! comes meanwhile must keep that answer from being served to anybody who asks later.
//!
//! Not here: schedules nobody thought of (`tests/fence_model.rs`, `tests/histories/`).
#![cfg(not(feature = "shuttle"))]

#[path = "support/watched.rs"]
mod watched;
#[path = "support/wired.rs"]
mod wired;
#[path = "fills/world.rs"]
mod world;

use std::time::Duration;

use hearth::api::ErrorCode;
use hearth::api::Operation::{GetItem, Query};
use world::World;

#[tokio::test]
async fn a_write_during_a_load_keeps_the_image_out() {
    let world = World::new().await;
    world.put("old").await;
    world.evict();

    world
        .held(GetItem, async {
            world.put("new").await;
            // What the write left would hide what the load leaves.
            world.evict();
        })
        .await;

    assert_eq!(world.read(GetItem).await, "new");
}

#[tokio::test]
async fn a_flush_during_a_load_keeps_the_image_out() {
    let world = World::new().await;
    world.put("old").await;
    world.evict();

    world.held(GetItem, async { world.rules.forget_all() }).await;
    let before = world.engine_reads();
    world.read(GetItem).await;

    assert_eq!(world.engine_reads(), before + 1);
}

#[tokio::test]
async fn nothing_is_filled_while_a_write_is_open() {
    for reader in ["an item", "a batch", "a page"] {
        let world = World::new().await;
        world.put("old").await;
        world.evict();

        let write = world.open_write();
        match reader {
            "an item" => drop(world.read(GetItem).await),
            "a batch" => world.read_batch().await,
            _ => drop(world.read(Query).await),
        }
        // What it left is not known, so it leaves nothing.
        write.close();
        let before = world.engine_reads();
        world.read(GetItem).await;

        assert_eq!(world.engine_reads(), before + 1, "{reader}");
    }
}

#[tokio::test]
async fn a_write_during_a_query_keeps_the_page_out() {
    let world = World::new().await;
    world.put("old").await;

    world.held(Query, world.put("new")).await;

    assert_eq!(world.read(Query).await, "new");
}

#[tokio::test]
async fn a_flush_during_a_query_keeps_the_page_out() {
    let world = World::new().await;
    world.put("old").await;

    world.held(Query, async { world.rules.forget_all() }).await;
    let before = world.engine_reads();
    world.read(Query).await;

    assert_eq!(world.engine_reads(), before + 1);
}

#[tokio::test]
async fn a_write_during_a_query_keeps_the_items_of_its_page_out() {
    let world = World::new().await;
    world.put("old").await;
    world.evict();

    world
        .held(Query, async {
            world.put("new").await;
            world.evict();
        })
        .await;

    assert_eq!(world.read(GetItem).await, "new");
}

#[tokio::test]
async fn a_flush_during_a_query_keeps_the_items_of_its_page_out() {
    let world = World::new().await;
    world.put("old").await;
    world.evict();

    world.held(Query, async { world.rules.forget_all() }).await;
    let before = world.engine_reads();
    world.read(GetItem).await;

    assert_eq!(world.engine_reads(), before + 1);
}

#[tokio::test]
async fn a_query_after_a_write_joins_no_load_from_before_it() {
    let world = World::new().await;
    world.put("old").await;

    let meanwhile = async {
        world.put("new").await;
        assert_eq!(world.read(Query).await, "new");
    };

    assert_eq!(world.held(Query, meanwhile).await, "old");
}

#[tokio::test]
async fn a_query_after_a_flush_joins_no_load_from_before_it() {
    let world = World::new().await;
    world.put("old").await;

    let meanwhile = async {
        world.rules.forget_all();
        world.read(Query).await;
    };
    world.held(Query, meanwhile).await;

    assert_eq!(world.engine_reads(), 2);
}

#[tokio::test]
async fn a_query_leaves_its_page_and_its_items() {
    let world = World::new().await;
    world.put("old").await;
    world.evict();

    world.read(Query).await;
    let before = world.engine_reads();

    assert_eq!([world.read(Query).await, world.read(GetItem).await], ["old", "old"]);
    assert_eq!(world.engine_reads(), before);
}

/// A batch waited for permits to fill as long as it took, while others gave up at the deadline.
/// Now the deadline covers its wait, too.
#[tokio::test]
async fn a_batch_waits_for_permits_until_its_deadline() {
    let world = World::new().await;
    let _permits = world.take_permits().await;

    let refused = tokio::time::timeout(Duration::from_mins(1), world.batch_refused()).await;

    assert_eq!(refused.expect("it gives up").code, ErrorCode::InternalServerError);
}
