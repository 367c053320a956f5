//! The embedded engine as it will be: one writer thread, a queue, and one sync for a whole batch.
//!
//! A client queues its mutation with the ticket and waits, or hangs up. The writer opens the
//! flights and touches the partitions of a whole batch, commits it, closes its tickets and only
//! then answers. A batch may hold a key twice.

use std::sync::Arc;

use hearth::fence::WriteTicket;
use shuttle::sync::mpsc::{Receiver, SyncSender, sync_channel};
use shuttle::thread;

use super::store::KEYS;
use super::version::Version;
use super::world::{Rule, World, key, pick};
use super::writers::Write;

/// A mutation on its way to the writer.
pub(crate) struct Queued {
    write: Write,
    ticket: WriteTicket,
    answer: SyncSender<()>,
}

/// A client that waits for its answers, or hangs up.
pub(crate) fn queue_and_hang_up(
    world: &Arc<World>,
    queue: &SyncSender<Queued>,
    writes: impl Iterator<Item = Write>,
) {
    for write in writes {
        let stays = pick(&[true, false]);
        if world.lacks(Rule::TicketOutlivesClient) {
            write_as_owner(world, write, stays);
            continue;
        }
        let (answer, done) = sync_channel(1);
        let queued = Queued { write, ticket: world.fence.ticket(), answer };
        queue.send(queued).expect("the writer outlives its clients");
        // A commit that failed drops the answer.
        if stays && done.recv().is_ok() {
            world.history.acknowledge(write.version);
        }
    }
}

/// The writer: commits what is queued, all of it at once, until every client is gone.
pub(crate) fn commit_batches(world: &World, queue: &Receiver<Queued>) {
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        batch.extend(std::iter::from_fn(|| queue.try_recv().ok()));
        commit(world, batch);
    }
}

fn commit(world: &World, mut batch: Vec<Queued>) {
    // What the batch changed so far; what a mutation leaves is what those before it put.
    let mut newest: [Version; KEYS] = std::array::from_fn(|key| world.store.newest(key));
    let mut opened = Vec::new();
    for Queued { write, ticket, .. } in &mut batch {
        let before = std::mem::replace(&mut newest[write.key], write.version);
        opened.push((before, ticket.open(key(write.key))));
        if world.caches_pages() && !world.lacks(Rule::TouchBeforeCommit) {
            world.touch(ticket, before, write.version);
        }
    }
    let apply = |Queued { write, .. }: &Queued| world.store.apply(write.key, write.version);
    let numbers: Vec<_> = batch.iter().map(apply).collect();
    world.store.sync();
    let failed = pick(&[false, false, false, true]);
    let mut answers = Vec::new();
    for ((Queued { write, mut ticket, answer }, (before, slot)), number) in
        batch.into_iter().zip(opened).zip(numbers)
    {
        if world.lacks(Rule::TouchBeforeCommit) {
            world.touch(&mut ticket, before, write.version);
        }
        if failed {
            // Dropped as it is: the ticket closes as unknown and the client gets no answer.
            continue;
        }
        ticket.bring(slot, number, write.version.image());
        ticket.close();
        answers.push(answer);
    }
    for answer in answers {
        // Who hung up is not told.
        let _ = answer.send(());
    }
}

/// The wrong owner: the ticket closes when the client goes, and the engine goes on.
fn write_as_owner(world: &Arc<World>, write: Write, stays: bool) {
    let mut ticket = world.fence.ticket();
    let slot = ticket.open(key(write.key));
    let engine = thread::spawn({
        let world = Arc::clone(world);
        move || {
            let number = world.store.apply(write.key, write.version);
            world.store.sync();
            number
        }
    });
    if stays {
        let number = engine.join().expect("the engine does not panic");
        ticket.bring(slot, number, write.version.image());
        ticket.close();
        world.history.acknowledge(write.version);
    }
}
