//! A closed-loop client: each connection has one request out, and sends the next on the answer.
//!
//! It is one thread over epoll and does as little as it can, so that the server is what a run
//! waits for.
//!
//! Must hold: every answer is read to its end and looks right before the next request is sent.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use hearth::clock::Clock;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// Finds the end of an answer: how long it is, once that can be told from what has come.
pub(crate) type AnswerLength = fn(&[u8]) -> Option<usize>;

/// Open connections to one server.
pub(crate) struct Client {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    answer_length: AnswerLength,
    clock: Clock,
}

/// What one run of a client saw.
pub(crate) struct Run {
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// Of every request, ascending.
    pub(crate) latencies: Vec<Duration>,
    /// The length of all answers together.
    pub(crate) answer_bytes: usize,
}

struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
    filled: usize,
    sent: Duration,
}

impl Client {
    /// Connects so many times.
    pub(crate) fn connect(address: SocketAddr, count: usize, answer_length: AnswerLength) -> Self {
        let poll = Poll::new().expect("an epoll instance");
        let connections = (0..count).map(|number| {
            let stream = std::net::TcpStream::connect(address).expect("the server listens");
            stream.set_nodelay(true).expect("a TCP stream");
            stream.set_nonblocking(true).expect("a TCP stream");
            let mut stream = TcpStream::from_std(stream);
            let registry = poll.registry();
            registry
                .register(&mut stream, Token(number), Interest::READABLE)
                .expect("a stream that epoll takes");
            Connection { stream, answer: vec![0; ANSWER_BYTES], filled: 0, sent: Duration::ZERO }
        });
        let connections = connections.collect();
        let events = Events::with_capacity(count);
        Self { poll, events, connections, answer_length, clock: Clock::system() }
    }

    /// Sends so many requests, each as `next` writes it, and waits for all answers.
    pub(crate) fn run(&mut self, requests: usize, next: impl FnMut(&mut Vec<u8>)) -> Run {
        let mut left = requests;
        let another = |_| {
            let another = left > 0;
            left = left.saturating_sub(1);
            another
        };
        self.run_while(another, next)
    }

    /// Sends requests for so long, and waits for all answers.
    pub(crate) fn run_for(&mut self, time: Duration, next: impl FnMut(&mut Vec<u8>)) -> Run {
        let end = self.clock.monotonic() + time;
        self.run_while(|now| now < end, next)
    }

    fn run_while(
        &mut self,
        mut another: impl FnMut(Duration) -> bool,
        mut next: impl FnMut(&mut Vec<u8>),
    ) -> Run {
        let mut out = 0;
        let mut latencies = Vec::new();
        let mut answer_bytes = 0;
        let mut request = Vec::new();
        let began = self.clock.monotonic();
        for connection in &mut self.connections {
            let now = self.clock.monotonic();
            if !another(now) {
                break;
            }
            next(&mut request);
            connection.send(&request, now);
            out += 1;
        }
        while out > 0 {
            self.poll.poll(&mut self.events, Some(PATIENCE)).expect("epoll waits");
            assert!(!self.events.is_empty(), "a server does not answer");
            for event in &self.events {
                let connection = &mut self.connections[event.token().0];
                let Some(length) = connection.answered(self.answer_length) else { continue };
                answer_bytes += length;
                let now = self.clock.monotonic();
                latencies.push(now.saturating_sub(connection.sent));
                if another(now) {
                    next(&mut request);
                    connection.send(&request, now);
                } else {
                    out -= 1;
                }
            }
        }
        let took = self.clock.monotonic().saturating_sub(began);
        latencies.sort_unstable();
        Run { took, latencies, answer_bytes }
    }

    /// Sends one request over the first connection.
    pub(crate) fn ask(&mut self, request: &[u8]) {
        self.run(1, |out| request.clone_into(out));
    }
}

impl Run {
    /// Answers in a second.
    pub(crate) fn rate(&self) -> f64 {
        f64::from(u32::try_from(self.latencies.len()).unwrap_or(u32::MAX)) / self.took.as_secs_f64()
    }

    /// The latency that so many of a hundred requests did not exceed.
    pub(crate) fn percentile_us(&self, percent: usize) -> f64 {
        let last = self.latencies.len() - 1;
        self.latencies[last * percent / 100].as_secs_f64() * 1e6
    }
}

impl Connection {
    fn send(&mut self, request: &[u8], now: Duration) {
        self.sent = now;
        let written = self.stream.write(request).expect("the server reads");
        assert_eq!(written, request.len(), "one request fits the socket's buffer");
    }

    /// Reads what there is; the length of the answer if that was the rest of it.
    fn answered(&mut self, answer_length: AnswerLength) -> Option<usize> {
        // Edge-triggered: only what comes after a read that would block has an event of its own.
        loop {
            if self.filled == self.answer.len() {
                self.answer.resize(2 * self.filled, 0);
            }
            let read = match self.stream.read(&mut self.answer[self.filled..]) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) => panic!("the connection failed: {error}"),
            };
            assert!(read > 0, "the server hung up");
            self.filled += read;
            let Some(length) = answer_length(&self.answer[..self.filled]) else { continue };
            if self.filled >= length {
                assert_eq!(self.filled, length, "one answer for one request");
                self.filled = 0;
                return Some(length);
            }
        }
    }
}

/// The length of an HTTP answer with a `content-length`; it must be a 200.
pub(crate) fn http_answer_length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = || String::from_utf8_lossy(answer);
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "a server refused: {}", text());
    let mut lines = answer[..head].split(|byte| *byte == b'\n');
    let length = lines.find_map(|line| line.strip_prefix(b"content-length: "));
    let digits =
        length.expect("every answer has a length").iter().take_while(|b| b.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    Some(head + length)
}

/// The length of the answer to a RESP SET, once it has come.
pub(crate) fn resp_ok_length(answer: &[u8]) -> Option<usize> {
    let ok = b"+OK\r\n";
    assert!(ok.starts_with(answer), "redis refused: {}", String::from_utf8_lossy(answer));
    (answer == ok).then_some(ok.len())
}

/// The length of memcached's answer to a set, once it has come.
pub(crate) fn memcached_stored_length(answer: &[u8]) -> Option<usize> {
    let stored = b"STORED\r\n";
    assert!(stored.starts_with(answer), "memcached refused: {}", String::from_utf8_lossy(answer));
    (answer == stored).then_some(stored.len())
}

/// Room for an answer, to begin with.
const ANSWER_BYTES: usize = 16 << 10;
const PATIENCE: Duration = Duration::from_mins(1);
