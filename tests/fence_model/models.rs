//! The protocol as it is, and that no schedule makes it lie.

use std::sync::Arc;

use super::queries::{Queries, query, write_touching};
use super::readers::{client, read_batches, read_items, read_items_impatiently};
use super::schedules::holds;
use super::world::{Rule, World};
use super::writers::{Fate, write_and_hang_up, write_upstream, writes};

#[test]
fn items_of_the_embedded_engine_are_linearizable() {
    holds("embedded", 40, || embedded(None));
}

#[test]
fn clients_that_hang_up_leave_nothing_old_behind() {
    holds("hanging up", 20, || hanging_up(None));
}

#[test]
fn items_of_an_upstream_are_linearizable() {
    holds("upstream", 20, || upstream(None));
}

#[test]
fn cached_queries_are_never_older_than_the_last_answered_write() {
    holds("queries", 20, || queries(None));
}

/// Two writers with all fates, two readers of items and one of batches.
pub(crate) fn embedded(left_out: Option<Rule>) -> Result<(), String> {
    const FATES: [Fate; 5] = [
        Fate::Committed,
        Fate::Committed,
        Fate::Refused,
        Fate::FailedButApplied,
        Fate::FailedAndLost,
    ];
    let world = World::new(left_out);
    let mut clients = readers(&world, read_items);
    for writer in 0..WRITERS {
        clients.push(client(&world, move |world| {
            world.write_embedded(writes(writer, WRITES), &FATES);
        }));
    }
    finish(&world, clients)
}

/// Writers hang up on the engine, readers while they hold or wait for a guard.
pub(crate) fn hanging_up(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(left_out);
    let mut clients = readers(&world, read_items_impatiently);
    for writer in 0..WRITERS {
        clients.push(client(&world, move |world| write_and_hang_up(world, writes(writer, WRITES))));
    }
    finish(&world, clients)
}

/// The engine numbers nothing, and some writes land late.
pub(crate) fn upstream(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(left_out);
    let mut clients = readers(&world, read_items);
    for writer in 0..WRITERS {
        clients.push(client(&world, move |world| write_upstream(world, writes(writer, WRITES))));
    }
    finish(&world, clients)
}

/// Partition queries and scans beside two writers.
pub(crate) fn queries(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(left_out);
    let cache = Arc::new(Queries::default());
    let mut clients = Vec::new();
    for _ in 0..READERS {
        let cache = Arc::clone(&cache);
        clients.push(client(&world, move |world| query(world, &cache, READS)));
    }
    for writer in 0..WRITERS {
        clients.push(client(&world, move |world| write_touching(world, writes(writer, WRITES))));
    }
    finish(&world, clients)
}

type Client = shuttle::thread::JoinHandle<()>;

fn readers(world: &Arc<World>, read: fn(&World, usize)) -> Vec<Client> {
    let mut readers = vec![client(world, |world| read_batches(world, READS))];
    readers.resize_with(READERS, || client(world, move |world| read(world, READS)));
    readers
}

fn finish(world: &World, clients: Vec<Client>) -> Result<(), String> {
    for client in clients {
        client.join().expect("no client panics");
    }
    world.check()
}

const WRITERS: usize = 2;
const WRITES: usize = 2;
const READERS: usize = 3;
const READS: usize = 2;
