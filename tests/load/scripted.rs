//! A listener that answers as a test says, and remembers what it was asked.
//!
//! Must hold: it listens on loopback only; what it remembers is in the order in which it arrived.
//! Not here: DynamoDB, which a real hearth speaks (`real.rs`).

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hearth::clock::Clock;
use hearth::load::{Target, TargetOptions};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// One request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// How many arrived before it, over all connections.
    pub(crate) number: usize,
    /// When, by the clock that the test gave.
    pub(crate) at: Duration,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// What comes back.
pub(crate) enum Reply {
    /// Status, more headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The connection ends.
    HangUp,
    /// Nothing, until the other side hangs up.
    Silence,
}

/// The listener; its thread ends with the process.
pub(crate) struct Scripted {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

type Script = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

impl Seen {
    /// The value of a header, its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Reply {
    /// A success without a word of the cache.
    pub(crate) fn ok() -> Self {
        Self::Answer(200, Vec::new(), "{}".to_owned())
    }

    /// A refusal with a code.
    pub(crate) fn refusal(status: u16, code: &str) -> Self {
        let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}"}}"#);
        Self::Answer(status, Vec::new(), body)
    }
}

impl Scripted {
    /// Answers over plain TCP.
    pub(crate) fn start(
        clock: &Clock,
        script: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::over(clock, None, Arc::new(script))
    }

    /// Answers over TLS.
    pub(crate) fn start_tls(
        clock: &Clock,
        config: ServerConfig,
        script: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::over(clock, Some(Arc::new(config)), Arc::new(script))
    }

    fn over(clock: &Clock, tls: Option<Arc<ServerConfig>>, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let (kept, clock) = (Arc::clone(&seen), clock.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (script, kept, clock) = (Arc::clone(&script), Arc::clone(&kept), clock.clone());
                let tls = tls.clone();
                std::thread::spawn(move || match tls {
                    None => serve(stream, &script, &kept, &clock),
                    Some(config) => {
                        let session = ServerConnection::new(config).expect("a server's config");
                        serve(StreamOwned::new(session, stream), &script, &kept, &clock);
                    }
                });
            }
        });
        Self { address, seen }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// It as a target over plain TCP.
    pub(crate) fn target(&self) -> Arc<Target> {
        let url = format!("http://{}", self.address);
        Arc::new(Target::parse(&url, &TargetOptions::default()).expect("loopback"))
    }

    /// What arrived so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no script panics").clone()
    }
}

/// One connection until either side ends it.
fn serve<S: Read + Write>(stream: S, script: &Script, kept: &Mutex<Vec<Seen>>, clock: &Clock) {
    let mut stream = BufReader::new(stream);
    while let Some((headers, body)) = receive(&mut stream) {
        let seen = {
            let mut kept = kept.lock().expect("no script panics");
            let seen = Seen { number: kept.len(), at: clock.monotonic(), headers, body };
            kept.push(seen.clone());
            seen
        };
        let (status, headers, body) = match script(&seen) {
            Reply::Answer(status, headers, body) => (status, headers, body),
            Reply::HangUp => return,
            Reply::Silence => {
                // Until the client has enough.
                let _ = stream.read(&mut [0]);
                return;
            }
        };
        let mut answer = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n", body.len());
        let mut is_last = false;
        for (name, value) in headers {
            is_last |= name == "connection" && value == "close";
            for part in [name, ": ", &value, "\r\n"] {
                answer.push_str(part);
            }
        }
        answer.push_str("\r\n");
        answer.push_str(&body);
        let sent = stream.get_mut().write_all(answer.as_bytes());
        if is_last || sent.and_then(|()| stream.get_mut().flush()).is_err() {
            return;
        }
    }
}

fn receive<S: Read>(stream: &mut BufReader<S>) -> Option<(Vec<(String, String)>, String)> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((headers, String::from_utf8(body).ok()?))
}
