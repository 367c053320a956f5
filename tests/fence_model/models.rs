//! The protocol as it is, and that no schedule makes it lie.

use std::sync::Arc;

use shuttle::sync::Mutex;
use shuttle::sync::mpsc::sync_channel;

use super::engine::{commit_batches, queue_and_hang_up};
use super::parts::Part;
use super::queries::{Queries, query, write_touching};
use super::readers::{client, evict, read_batches, read_items, read_items_impatiently};
use super::schedules::holds;
use super::version::Half;
use super::world::{Cached, Rule, World};
use super::writers::{Fate, Write, moves, write_upstream, writes};

#[test]
fn items_of_overlapping_numbered_commits_are_linearizable() {
    holds("numbered", 20, || numbered(None));
}

#[test]
fn clients_that_hang_up_on_the_writer_thread_leave_nothing_old_behind() {
    holds("queued", 15, || queued(None));
}

#[test]
fn batches_never_wait_for_each_other() {
    holds("batches", 5, || batches(None));
}

#[test]
fn items_of_an_upstream_are_linearizable() {
    holds("upstream", 15, || upstream(None));
}

#[test]
fn cached_queries_are_never_older_than_the_last_answered_write() {
    holds("queries", 15, || queries(None));
}

#[test]
fn items_that_pages_fill_in_are_linearizable() {
    holds("fills", 15, || fills(None));
}

#[test]
fn batches_that_span_partitions_leave_no_old_item_and_no_old_page_behind() {
    holds("spanning", 15, || spanning(None));
}

/// Two writers with all fates, two readers of items, one of batches, and an operator.
pub(crate) fn numbered(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(Cached::Items, left_out);
    let mut clients = readers(&world, read_items);
    for writer in 0..WRITERS {
        clients.push(client(&world, move |world| {
            world.write_numbered(writes(writer, WRITES), &FATES);
        }));
    }
    clients.push(client(&world, |world| evict(world, EVICTIONS)));
    finish(&world, clients)
}

/// One writer thread; clients hang up on it, and readers while they hold or await a guard.
pub(crate) fn queued(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(Cached::Items, left_out);
    let mut clients = readers(&world, read_items_impatiently);
    clients.extend(writer_thread(&world, writes));
    finish(&world, clients)
}

/// Batches alone, each of which takes its guards in an order of its own.
pub(crate) fn batches(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(Cached::Items, left_out);
    let mut clients = Vec::new();
    clients.resize_with(READERS, || client(&world, |world| read_batches(world, READS)));
    clients.push(client(&world, |world| world.write_numbered(writes(0, WRITES), &FATES)));
    finish(&world, clients)
}

/// The engine numbers nothing, and some writes land late.
pub(crate) fn upstream(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(Cached::Items, left_out);
    let mut clients = readers(&world, read_items);
    for writer in 0..WRITERS {
        clients.push(client(&world, move |world| write_upstream(world, writes(writer, WRITES))));
    }
    finish(&world, clients)
}

/// Queries and scans of the table and of its index, beside two writers that move items.
pub(crate) fn queries(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(Cached::Pages, left_out);
    let mut clients = queriers(&world, &ALL_PARTS, READERS);
    let turn = Arc::new(Mutex::new(()));
    for writer in 0..WRITERS {
        let turn = Arc::clone(&turn);
        clients.push(client(&world, move |world| {
            write_touching(world, &turn, moves(writer, WRITES));
        }));
    }
    finish(&world, clients)
}

/// Pages that fill items in, beside readers and two writers of items.
pub(crate) fn fills(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(Cached::Both, left_out);
    let mut clients = queriers(&world, &BASE_PARTS, 1);
    clients.push(client(&world, |world| read_items(world, READS)));
    clients.push(client(&world, |world| read_batches(world, READS)));
    for writer in 0..WRITERS {
        clients.push(client(&world, move |world| {
            world.write_numbered(writes(writer, WRITES), &FATES_THAT_EMPTY);
        }));
    }
    finish(&world, clients)
}

/// One writer thread whose batches touch what they share, beside queries that fill items in.
pub(crate) fn spanning(left_out: Option<Rule>) -> Result<(), String> {
    let world = World::new(Cached::Both, left_out);
    let mut clients = queriers(&world, &ALL_PARTS, 2);
    clients.push(client(&world, |world| read_items(world, READS)));
    clients.extend(writer_thread(&world, moves));
    finish(&world, clients)
}

type Client = shuttle::thread::JoinHandle<()>;

fn readers(world: &Arc<World>, read: fn(&World, usize)) -> Vec<Client> {
    let mut readers = vec![client(world, |world| read_batches(world, READS))];
    readers.resize_with(READERS, || client(world, move |world| read(world, READS)));
    readers
}

fn queriers(world: &Arc<World>, parts: &[Part], count: usize) -> Vec<Client> {
    let queries = Queries::of(parts);
    let start = || {
        let queries = Arc::clone(&queries);
        client(world, move |world| query(world, &queries, READS))
    };
    std::iter::repeat_with(start).take(count).collect()
}

/// The writer thread, and the clients that queue these writes and hang up on it.
fn writer_thread<I: Iterator<Item = Write> + 'static>(
    world: &Arc<World>,
    writes: fn(usize, usize) -> I,
) -> Vec<Client> {
    let (queue, mutations) = sync_channel(WRITERS);
    let mut clients = vec![client(world, move |world| commit_batches(world, &mutations))];
    for writer in 0..WRITERS {
        let queue = queue.clone();
        clients.push(client(world, move |world| {
            queue_and_hang_up(world, &queue, writes(writer, WRITES));
        }));
    }
    clients
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
const EVICTIONS: usize = 2;

const BASE_PARTS: [Part; 2] = [Part::Partition, Part::Table];
const ALL_PARTS: [Part; 5] =
    [Part::Partition, Part::Table, Part::Half(Half::Left), Part::Half(Half::Right), Part::Index];

/// Fates after which the cache is mostly empty, so that there is something to fill in.
const FATES_THAT_EMPTY: [Fate; 4] =
    [Fate::Committed, Fate::CommittedUnseen, Fate::CommittedUnseen, Fate::FailedButApplied];

const FATES: [Fate; 5] =
    [Fate::Committed, Fate::Committed, Fate::Refused, Fate::FailedButApplied, Fate::FailedAndLost];
