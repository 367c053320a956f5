//! A closed-loop client: each connection has one request out, and sends the next on the answer. By
//! [`Client::run_open`] it is an open one: requests are due at a fixed rate, whatever comes back.
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

use crate::figures;

/// Finds the end of an answer: how long it is, once that can be told from what has come.
pub(crate) type AnswerLength = fn(&[u8]) -> Option<usize>;

/// Connections to one server.
pub(crate) struct Client {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    /// How many of them, from the first on, are used; the others lie open.
    active: usize,
    answer_length: AnswerLength,
    /// Where to connect for each request, if the server closes a connection with its answer.
    anew: Option<SocketAddr>,
    clock: Clock,
}

/// What one run of a client saw.
pub(crate) struct Run {
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// Of every request, ascending; in an open loop from when the request was due.
    pub(crate) latencies: Vec<Duration>,
    /// The longest time in which no answer came, over all connections.
    pub(crate) longest_silence: Duration,
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
            let stream = connected(address, &poll, number);
            Connection { stream, answer: vec![0; ANSWER_BYTES], filled: 0, sent: Duration::ZERO }
        });
        let connections = connections.collect();
        let (active, events) = (count, Events::with_capacity(count));
        let clock = Clock::system();
        Self { poll, events, connections, active, answer_length, anew: None, clock }
    }

    /// Connects to a server that closes a connection with its answer, again for each request.
    pub(crate) fn connect_anew(
        address: SocketAddr,
        count: usize,
        answer_length: AnswerLength,
    ) -> Self {
        Self { anew: Some(address), ..Self::connect(address, count, answer_length) }
    }

    /// Sends what has no answer over every connection.
    pub(crate) fn greet(&mut self, greeting: &[u8]) {
        for connection in &mut self.connections {
            connection.send(greeting, Duration::ZERO);
        }
    }

    /// From now on only so many connections are used.
    pub(crate) fn leave_idle_but(&mut self, active: usize) {
        self.active = active.min(self.connections.len());
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
        let (mut last, mut longest_silence) = (began, Duration::ZERO);
        for (number, connection) in self.connections[..self.active].iter_mut().enumerate() {
            let now = self.clock.monotonic();
            if !another(now) {
                break;
            }
            next(&mut request);
            if let Some(address) = self.anew {
                connection.stream = connected(address, &self.poll, number);
            }
            connection.send(&request, now);
            out += 1;
        }
        while out > 0 {
            self.poll.poll(&mut self.events, Some(PATIENCE)).expect("epoll waits");
            assert!(!self.events.is_empty(), "a server does not answer");
            for event in &self.events {
                let connection = &mut self.connections[event.token().0];
                let Some(length) = connection.answered(self.answer_length, self.anew.is_some())
                else {
                    continue;
                };
                answer_bytes += length;
                let now = self.clock.monotonic();
                latencies.push(now.saturating_sub(connection.sent));
                longest_silence = longest_silence.max(now.saturating_sub(last));
                last = now;
                if another(now) {
                    next(&mut request);
                    if let Some(address) = self.anew {
                        connection.stream = connected(address, &self.poll, event.token().0);
                    }
                    connection.send(&request, now);
                } else {
                    out -= 1;
                }
            }
        }
        let took = self.clock.monotonic().saturating_sub(began);
        latencies.sort_unstable();
        Run { took, latencies, longest_silence, answer_bytes }
    }

    /// Sends requests for so long at this rate a second, and waits for all answers.
    ///
    /// A request that finds no connection free is sent late, and its latency counts from when it
    /// was due. This thread does not sleep meanwhile, or the client would be late by itself.
    pub(crate) fn run_open(
        &mut self,
        rate: f64,
        time: Duration,
        mut next: impl FnMut(&mut Vec<u8>),
    ) -> Run {
        let mut dues = (0..figures::whole(rate * time.as_secs_f64()))
            .map(|number| Duration::from_secs_f64(figures::float(number) / rate))
            .peekable();
        let mut idle: Vec<usize> = (0..self.active).rev().collect();
        let mut latencies = Vec::with_capacity(dues.len());
        let mut answer_bytes = 0;
        let mut request = Vec::new();
        let began = self.clock.monotonic();
        let (mut last, mut longest_silence) = (began, Duration::ZERO);
        while dues.peek().is_some() || idle.len() < self.active {
            let now = self.clock.monotonic();
            assert!(now.saturating_sub(last) < PATIENCE, "a server does not answer");
            while !idle.is_empty()
                && let Some(due) = dues.next_if(|due| began + *due <= now)
            {
                let place = idle.pop().expect("it is not empty");
                next(&mut request);
                self.connections[place].send(&request, began + due);
            }
            self.poll.poll(&mut self.events, Some(Duration::ZERO)).expect("epoll answers");
            for event in &self.events {
                let place = event.token().0;
                let connection = &mut self.connections[place];
                let Some(length) = connection.answered(self.answer_length, false) else { continue };
                answer_bytes += length;
                let now = self.clock.monotonic();
                latencies.push(now.saturating_sub(connection.sent));
                longest_silence = longest_silence.max(now.saturating_sub(last));
                last = now;
                idle.push(place);
            }
        }
        let took = self.clock.monotonic().saturating_sub(began);
        latencies.sort_unstable();
        Run { took, latencies, longest_silence, answer_bytes }
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
        self.per_mille_us(10 * percent)
    }

    /// The latency that so many of a thousand requests did not exceed.
    pub(crate) fn per_mille_us(&self, per_mille: usize) -> f64 {
        let last = self.latencies.len() - 1;
        self.latencies[last * per_mille / 1_000].as_secs_f64() * 1e6
    }
}

impl Connection {
    fn send(&mut self, request: &[u8], now: Duration) {
        self.sent = now;
        let written = self.stream.write(request).expect("the server reads");
        assert_eq!(written, request.len(), "one request fits the socket's buffer");
    }

    /// Reads what there is; the length of the answer if that was the rest of it.
    fn answered(&mut self, answer_length: AnswerLength, closes: bool) -> Option<usize> {
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
            if read == 0 && self.filled == 0 && closes {
                return None;
            }
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

/// A new connection, whose events have this number. One that it takes the place of leaves epoll as
/// it is dropped.
fn connected(address: SocketAddr, poll: &Poll, number: usize) -> TcpStream {
    let stream = std::net::TcpStream::connect(address).expect("the server listens");
    stream.set_nodelay(true).expect("a TCP stream");
    stream.set_nonblocking(true).expect("a TCP stream");
    let mut stream = TcpStream::from_std(stream);
    let registered = poll.registry().register(&mut stream, Token(number), Interest::READABLE);
    registered.expect("a stream that epoll takes");
    stream
}

/// The length of an HTTP answer with a `content-length`; it must be a 200.
pub(crate) fn http_answer_length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = || String::from_utf8_lossy(answer);
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "a server refused: {}", text());
    let mut lines = answer[..head].split(|byte| *byte == b'\n');
    let length = lines.find_map(|line| {
        let (name, value) = line.split_at_checked(LENGTH.len())?;
        name.eq_ignore_ascii_case(LENGTH).then_some(value)
    });
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

/// The length of the answer to a RESP GET of a value that is there, once that can be told.
pub(crate) fn resp_value_length(answer: &[u8]) -> Option<usize> {
    let digits = answer.strip_prefix(b"$")?;
    let end = digits.windows(2).position(|two| two == b"\r\n")?;
    let number = digits[..end].iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + usize::from(digit - b'0'))
    });
    let value = number.unwrap_or_else(|| panic!("no value: {}", String::from_utf8_lossy(answer)));
    Some(1 + end + 2 + value + 2)
}

/// The length of memcached's answer to a set, once it has come.
pub(crate) fn memcached_stored_length(answer: &[u8]) -> Option<usize> {
    let stored = b"STORED\r\n";
    assert!(stored.starts_with(answer), "memcached refused: {}", String::from_utf8_lossy(answer));
    (answer == stored).then_some(stored.len())
}

const LENGTH: &[u8] = b"content-length: ";
/// Room for an answer, to begin with.
const ANSWER_BYTES: usize = 16 << 10;
const PATIENCE: Duration = Duration::from_mins(1);
