//! The threads of a run, each with a runtime and connections of its own.
//!
//! Must hold: all connections are open before the first request is due; the threads end soon after
//! the run is stopped, when one of them failed, or when whoever started them is gone.
//! Not here: when requests leave (`open.rs`, `closed.rs`).

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

use super::alarm::Alarm;
use super::course::Course;
use super::recorder::{Ended, Recorder};
use super::{Next, Stream, Work, closed, open};
use crate::load::client::{Client, Exchange, Request, Terms, unprocessed};
use crate::load::{Ending, Error, Operation};
use crate::task::{self, Drain};

/// Threads whose connections are open.
pub(super) struct Threads {
    connections: usize,
    starts: Vec<oneshot::Sender<Start>>,
    recorders: Vec<Arc<Mutex<Recorder>>>,
    handles: Vec<JoinHandle<Result<(), Error>>>,
    ended: mpsc::Receiver<()>,
    stop: Drain,
}

/// A thread's share of a run.
struct Start {
    course: Arc<Course>,
    work: Work,
    /// In the closed loop one for each connection of the thread.
    streams: Vec<Stream>,
}

/// What a thread needs to make itself ready.
struct Post {
    clients: Vec<Client>,
    recorder: Arc<Mutex<Recorder>>,
    ready: oneshot::Sender<Result<(), Error>>,
    start: oneshot::Receiver<Start>,
    /// Tells of the thread's end by being dropped.
    _ended: mpsc::Sender<()>,
}

/// Where one connection gets its requests.
enum Feed {
    Open(open::Feed),
    Closed(closed::Feed),
}

impl Threads {
    /// Starts the threads and opens their connections.
    pub(super) async fn connect(
        terms: &Terms,
        threads: usize,
        connections: usize,
        seed: u64,
    ) -> Result<Self, Error> {
        let threads = threads.min(connections);
        let (end, ended) = mpsc::channel(1);
        let mut all = Self {
            connections,
            starts: Vec::new(),
            recorders: Vec::new(),
            handles: Vec::new(),
            ended,
            stop: terms.stop.clone(),
        };
        let mut readies = Vec::new();
        for thread in 0..threads {
            let client = |number| Client::new(terms.clone(), seed ^ number as u64);
            let clients = numbers(thread, threads, connections).map(client).collect();
            let (tell_ready, ready) = oneshot::channel();
            let (tell_start, start) = oneshot::channel();
            let recorder = Arc::<Mutex<Recorder>>::default();
            all.recorders.push(Arc::clone(&recorder));
            all.starts.push(tell_start);
            readies.push(ready);
            let post = Post { clients, recorder, ready: tell_ready, start, _ended: end.clone() };
            let spawned = std::thread::Builder::new()
                .name(format!("load-{thread}"))
                .spawn(move || post.serve())
                .map_err(|source| Error::Machine { what: "thread", source })?;
            all.handles.push(spawned);
        }
        for ready in readies {
            if let Ok(is_ready) = ready.await {
                is_ready?;
            } else {
                // It panicked. The others end without a start, and the join goes on with the panic.
                all.stop.begin();
                all.starts.clear();
                all.join()?;
            }
        }
        Ok(all)
    }

    /// Begins the run on all threads.
    pub(super) fn start(
        &mut self,
        course: &Arc<Course>,
        work: &Work,
        streams: &dyn Fn(u64) -> Stream,
    ) {
        let threads = self.starts.len();
        for (thread, start) in self.starts.drain(..).enumerate() {
            let numbers = numbers(thread, threads, self.connections);
            let streams = match work {
                Work::Open(_) => Vec::new(),
                Work::Closed(_) => numbers.map(|number| streams(number as u64)).collect(),
            };
            let share = Start { course: Arc::clone(course), work: work.clone(), streams };
            // A thread that is gone says why when it is joined.
            let _ = start.send(share);
        }
    }

    /// One for each thread.
    pub(super) fn recorders(&self) -> &[Arc<Mutex<Recorder>>] {
        &self.recorders
    }

    /// Returns once all threads are at their end.
    pub(super) async fn ended(&mut self) {
        while self.ended.recv().await.is_some() {}
    }

    /// Waits for the threads, and yields what went wrong in them.
    pub(super) fn join(&mut self) -> Result<(), Error> {
        for handle in self.handles.drain(..) {
            handle.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        }
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stop.begin();
    }
}

impl Post {
    fn serve(self) -> Result<(), Error> {
        match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(self.run()),
            Err(source) => {
                // Nobody waits for it if another thread failed before.
                let _ = self.ready.send(Err(Error::Machine { what: "runtime", source }));
                Ok(())
            }
        }
    }

    async fn run(self) -> Result<(), Error> {
        let Self { mut clients, recorder, ready, start, _ended } = self;
        let alarm = match prepare(&mut clients).await {
            Ok(alarm) => alarm,
            Err(error) => {
                // Nobody waits for it if another thread failed before.
                let _ = ready.send(Err(error));
                return Ok(());
            }
        };
        if ready.send(Ok(())).is_err() {
            return Ok(());
        }
        // Nobody begins a run if another thread could not connect.
        let Ok(Start { course, work, streams }) = start.await else { return Ok(()) };
        let feeds = feeds(work, streams, alarm, clients.len());
        let mut connections: FuturesUnordered<_> = clients
            .into_iter()
            .zip(feeds)
            .map(|(client, feed)| {
                let (course, recorder) = (Arc::clone(&course), Arc::clone(&recorder));
                task::spawn("load", serve(client, feed, course, recorder))
            })
            .collect();
        while let Some(ended) = connections.next().await {
            if !matches!(ended, Ok(Ok(()))) {
                // What the others measure would be of no use.
                course.stop().begin();
            }
            ended.unwrap_or_else(|error| resume_unwind(error.into_panic()))?;
        }
        Ok(())
    }
}

/// The connections of one of the threads.
fn numbers(thread: usize, threads: usize, connections: usize) -> impl Iterator<Item = usize> {
    (thread..connections).step_by(threads)
}

/// All that may fail before a run begins: the timer, and the connections.
async fn prepare(clients: &mut [Client]) -> Result<Alarm, Error> {
    let alarm = Alarm::new().map_err(|source| Error::Machine { what: "timer", source })?;
    for client in clients {
        let target = client.target().url().to_owned();
        client.connect().await.map_err(|source| Error::Connect { target, source })?;
    }
    Ok(alarm)
}

fn feeds(work: Work, streams: Vec<Stream>, alarm: Alarm, connections: usize) -> Vec<Feed> {
    match work {
        Work::Open(line) => {
            let feed = open::Feed::new(line, alarm);
            (0..connections).map(|_| Feed::Open(feed.clone())).collect()
        }
        Work::Closed(budget) => {
            let feed = |stream| Feed::Closed(closed::Feed::new(Arc::clone(&budget), stream));
            streams.into_iter().map(feed).collect()
        }
    }
}

/// One connection from the first request to its last.
async fn serve(
    mut client: Client,
    mut feed: Feed,
    course: Arc<Course>,
    recorder: Arc<Mutex<Recorder>>,
) -> Result<(), Error> {
    let record = || recorder.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let next = match &mut feed {
            Feed::Open(feed) => {
                let next = feed.next(&course).await;
                next.map_err(|source| Error::Machine { what: "timer", source })?
            }
            Feed::Closed(feed) => feed.next(&course),
        };
        let Some(Next { from, is_measured, planned }) = next else { return Ok(()) };
        record().sent(course.now());
        let operation = planned.operation;
        let mut exchange = client.ask(&Request::from(planned)).await;
        let to = course.now();
        if left_something(operation, &exchange) {
            exchange.ending = Ending::Failed(UNPROCESSED.to_owned());
        }
        let is_within = course.measured().contains(&to);
        record().ended(Ended { operation, exchange, is_measured, is_within, from, to });
    }
}

/// Whether a batch was answered for a part only.
fn left_something(operation: Operation, exchange: &Exchange) -> bool {
    match operation {
        Operation::BatchGetItem | Operation::BatchWriteItem => {
            exchange.ending == Ending::Answered && unprocessed(&exchange.body).is_some()
        }
        Operation::GetItem
        | Operation::PutItem
        | Operation::UpdateItem
        | Operation::DeleteItem
        | Operation::Query
        | Operation::Scan => false,
    }
}

/// The code of batches of which the target left a part undone.
const UNPROCESSED: &str = "Unprocessed";
