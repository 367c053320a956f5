//! The protocol as it is, and that no schedule makes it lie.

use std::sync::Arc;

use shuttle::sync::mpsc::sync_channel;

use super::engine::{commit_batches, queue_and_hang_up};
use super::queries::{Queries, query, write_touching};
use super::readers::{client, read_batches, read_items, read_items_impatiently};
use super::schedules::holds;
use super::world::{Rule, World};
use super::writers::{Fate, write_upstream, writes};

#[test]
fn items_of_overlapping_numbered_commits_are_linearizable() {
    holds("numbered", 30, || numbered(None));
}

#[test]
fn clients_that_hang_up_on_the_writer_thread_leave_nothing_old_behind() {
    holds("queued", 20, || queued(None));
}

#[test]
fn batches_never_wait_for_each_other() {
    holds("batches", 10, || batches(None));
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
pub(crate) fn numbered(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(left_out);
    let mut clients = readers(&world, read_items);
    for writer in 0..WRITERS {
        clients.push(client(&world, move |world| {
            world.write_numbered(writes(writer, WRITES), &FATES);
        }));
    }
    finish(&world, clients)
}

/// One writer thread; clients hang up on it, and readers while they hold or await a guard.
pub(crate) fn queued(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(left_out);
    let (queue, mutations) = sync_channel(WRITERS);
    let mut clients = readers(&world, read_items_impatiently);
    clients.push(client(&world, move |world| commit_batches(world, &mutations)));
    for writer in 0..WRITERS {
        let queue = queue.clone();
        clients.push(client(&world, move |world| {
            queue_and_hang_up(world, &queue, writes(writer, WRITES));
        }));
    }
    drop(queue);
    finish(&world, clients)
}

/// Batches alone, each of which takes its guards in an order of its own.
pub(crate) fn batches(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(left_out);
    let mut clients = Vec::new();
    clients.resize_with(READERS, || client(&world, |world| read_batches(world, READS)));
    clients.push(client(&world, |world| world.write_numbered(writes(0, WRITES), &FATES)));
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

const FATES: [Fate; 5] =
    [Fate::Committed, Fate::Committed, Fate::Refused, Fate::FailedButApplied, Fate::FailedAndLost];
