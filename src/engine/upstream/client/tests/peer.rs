//! A server on loopback that does with each request what its test says.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::task;

/// What a peer does with a request.
#[derive(Clone, Debug)]
pub(in crate::engine::upstream) enum Act {
    /// These bytes; the connection stays.
    Say(Vec<u8>),
    /// These bytes, and an end.
    SayAndClose(Vec<u8>),
    /// These bytes, and nothing more.
    SayAndHang(Vec<u8>),
    /// An end that tells the other side to forget the connection.
    Reset,
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(in crate::engine::upstream) struct Asked {
    pub(in crate::engine::upstream) line: String,
    pub(in crate::engine::upstream) headers: HashMap<String, String>,
    pub(in crate::engine::upstream) body: String,
    /// Which connection it came over.
    pub(in crate::engine::upstream) connection: usize,
}

impl Asked {
    pub(in crate::engine::upstream) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

type Script = dyn Fn(usize, &Asked) -> Act + Send + Sync;

struct Shared {
    script: Box<Script>,
    asked: Mutex<Vec<Asked>>,
    connections: AtomicUsize,
    tls: Option<TlsAcceptor>,
}

/// A running one; it ends with this.
pub(in crate::engine::upstream) struct Peer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Peer {
    /// The script is told how many requests there were before.
    pub(in crate::engine::upstream) async fn start(
        script: impl Fn(usize, &Asked) -> Act + Send + Sync + 'static,
    ) -> Self {
        Self::over(None, script).await
    }

    pub(in crate::engine::upstream) async fn over(
        tls: Option<TlsAcceptor>,
        script: impl Fn(usize, &Asked) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            script: Box::new(script),
            asked: Mutex::default(),
            connections: AtomicUsize::new(0),
            tls,
        });
        let task = task::spawn("peer", serve(listener, shared.clone()));
        Self { address, shared, task }
    }

    pub(in crate::engine::upstream) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(in crate::engine::upstream) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(in crate::engine::upstream) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("nobody panics with it").clone()
    }

    pub(in crate::engine::upstream) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // They end with the task that holds them.
    let mut open = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = shared.clone();
        let serve = async move {
            let _ = match shared.tls.clone() {
                None => converse(stream, number, &shared).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => converse(stream, number, &shared).await,
                    Err(error) => Err(error),
                },
            };
        };
        open.spawn(serve);
    }
}

/// What can be reset.
trait Socket: AsyncRead + AsyncWrite + Send + Unpin {
    fn reset(&self);
}

impl Socket for TcpStream {
    fn reset(&self) {
        self.set_zero_linger().expect("the socket is open");
    }
}

impl Socket for tokio_rustls::server::TlsStream<TcpStream> {
    fn reset(&self) {
        self.get_ref().0.reset();
    }
}

async fn converse(mut stream: impl Socket, number: usize, shared: &Shared) -> io::Result<()> {
    while let Some(mut asked) = read(&mut stream).await? {
        asked.connection = number;
        let before = {
            let mut all = shared.asked.lock().expect("nobody panics with it");
            all.push(asked.clone());
            all.len() - 1
        };
        match (shared.script)(before, &asked) {
            Act::Say(bytes) => stream.write_all(&bytes).await?,
            Act::SayAndClose(bytes) => return stream.write_all(&bytes).await,
            Act::SayAndHang(bytes) => {
                stream.write_all(&bytes).await?;
                std::future::pending::<()>().await;
            }
            Act::Reset => {
                stream.reset();
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A request with a length; none at the end.
async fn read(stream: &mut impl Socket) -> io::Result<Option<Asked>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) if head.is_empty() => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    let text = String::from_utf8(head).map_err(io::Error::other)?;
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default().to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let body = String::from_utf8(body).map_err(io::Error::other)?;
    Ok(Some(Asked { line, headers, body, connection: 0 }))
}

/// A whole answer with its checksum.
pub(in crate::engine::upstream) fn answer(status: u16, body: &str) -> Vec<u8> {
    answer_with(status, &[("x-amz-crc32", &crc32fast::hash(body.as_bytes()).to_string())], body)
}

pub(in crate::engine::upstream) fn answer_with(
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Vec<u8> {
    let lines: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = lines.concat();
    let length = body.len();
    format!("HTTP/1.1 {status} Told\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
        .into_bytes()
}

/// An answer with this exception.
pub(in crate::engine::upstream) fn refusal(status: u16, kind: &str) -> Vec<u8> {
    answer(status, &refusal_body(kind))
}

pub(in crate::engine::upstream) fn refusal_body(kind: &str) -> String {
    format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{kind}","message":"m"}}"#)
}
