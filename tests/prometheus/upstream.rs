//! The figures of a process with an upstream, counted and rendered as there, for whoever scrapes
//! them until the test ends.
//!
//! Must hold: every family that only an upstream brings is there, and goes on growing.
//! Not here: what makes a real process count so.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hearth::clock::Clock;
use hearth::metrics::{
    CacheKind, Coherence, FollowedTable, Metrics, OF_UPSTREAMS, Options, RecordResult, Retry,
    TableMetrics, UpstreamOutcome,
};

use crate::support::PATIENCE;

/// Figures that are served, and grow with each scrape.
pub(crate) struct Upstream {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    serves: Option<JoinHandle<()>>,
}

struct Counted {
    metrics: Arc<Metrics>,
    table: Arc<TableMetrics>,
    followed: Arc<FollowedTable>,
}

impl Upstream {
    /// Serves the page on a free loopback port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let ends = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&ends);
        let serves = std::thread::spawn(move || {
            let counted = Counted::new();
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                counted.go_on();
                // Who hangs up asks again.
                drop(stream.and_then(|stream| answer(&stream, &counted.metrics.render())));
            }
        });
        Self { address, ends, serves: Some(serves) }
    }

    /// Where its page is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        drop(self.serves.take().map(JoinHandle::join));
    }
}

impl Counted {
    fn new() -> Self {
        let metrics = Metrics::new(Options::default());
        metrics.show_upstream();
        metrics.upstream.show_endpoints(2, 1);
        let table = metrics.table("orders");
        let followed = metrics.upstream.follow(Arc::clone(&table));
        Self { metrics, table, followed }
    }

    /// A little of everything.
    fn go_on(&self) {
        let upstream = &self.metrics.upstream;
        for outcome in [
            UpstreamOutcome::Ok,
            UpstreamOutcome::Refused,
            UpstreamOutcome::Throttled,
            UpstreamOutcome::Failed,
            UpstreamOutcome::Unknown,
        ] {
            upstream.ended("PutItem", outcome, Duration::from_millis(3));
        }
        for why in [Retry::Throttled, Retry::Failed, Retry::Broken] {
            upstream.retried(why);
        }
        upstream.retry_refused();
        upstream.connections.increment();
        upstream.quarantined_keys.increment();
        upstream.quarantine_overflowed();
        self.followed.lags(Some(Duration::from_millis(250)));
        self.followed.becomes(Coherence::Coherent);
        for result in [RecordResult::Own, RecordResult::Invalidated] {
            self.followed.records(result, 1);
        }
        self.followed.has_seen(Some(Clock::system().unix_ms()));
        self.followed.loses();
        for cache in [CacheKind::Item, CacheKind::Query] {
            self.table.answered_stale(cache);
        }
    }
}

/// Answers one request with the page.
fn answer(mut stream: &TcpStream, page: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream).lines();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let length = page.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: \
         {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(page.as_bytes())
}

/// The page, once everything was counted.
pub(crate) fn page() -> String {
    let counted = Counted::new();
    counted.go_on();
    counted.metrics.render()
}

#[test]
fn everything_that_an_upstream_brings_is_on_the_page() {
    let page = page();

    for metric in OF_UPSTREAMS {
        assert!(page.contains(&format!("# TYPE {} ", metric.name)), "{}", metric.name);
    }
}
