//! Connections over real sockets, with answers that say who gave them.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use super::super::answer::HttpAnswer;
use super::*;

/// Answers a body of `now…` at once, and every body by hyper, with so many bytes of a letter.
struct Letters {
    bytes: usize,
}

impl Answers for Letters {
    async fn answer(&self, request: Request<Incoming>, watch: &Watch) -> HttpAnswer {
        watch.headers_done();
        let body = request.into_body().collect().await;
        watch.body_done();
        let letter = if body.is_ok() { b'h' } else { b'?' };
        Response::new(Full::new(vec![letter; self.bytes].into()))
    }

    fn at_once(&self, request: &Plain<'_>, head: &mut Vec<u8>) -> Option<Bytes> {
        let answered = request.body.starts_with(b"now");
        head.extend_from_slice(b"HTTP/1.1 200 OK\r\ncontent-length: ");
        head.extend_from_slice(self.bytes.to_string().as_bytes());
        head.extend_from_slice(b"\r\n\r\n");
        answered.then(|| vec![b'n'; self.bytes].into())
    }
}

/// A served connection, seen from the client.
struct Served {
    client: TcpStream,
    watches: Arc<Watches>,
    server: JoinHandle<()>,
    answer_bytes: usize,
}

impl Served {
    /// With answers of so many bytes.
    #[expect(clippy::disallowed_methods, reason = "a panic of the server fails the test")]
    async fn with_answers_of(answer_bytes: usize) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        // Accepted sockets inherit it: what is longer cannot be sent at once.
        socket.set_send_buffer_size(4 << 10).expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let listener = socket.listen(1).expect("it is bound");
        let connecting = TcpStream::connect(listener.local_addr().expect("it is bound"));
        let (accepted, client) = tokio::join!(listener.accept(), connecting);
        let (accepted, client) = (accepted.expect("one comes").0, client.expect("it listens"));
        client.set_nodelay(true).expect("a TCP stream");
        let watches = Arc::new(Watches::default());
        let server = tokio::spawn({
            let watches = Arc::clone(&watches);
            async move {
                let answers = Arc::new(Letters { bytes: answer_bytes });
                serve(accepted, &watches, &Builder::new(), answers).await;
            }
        });
        Self { client, watches, server, answer_bytes }
    }

    async fn send(&mut self, bytes: &str) {
        self.client.write_all(bytes.as_bytes()).await.expect("it is read");
    }

    /// The letter of the next answer.
    async fn letter(&mut self) -> char {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.client.read_u8().await.expect("an answer"));
        }
        let mut body = vec![0; self.answer_bytes];
        self.client.read_exact(&mut body).await.expect("its body");
        assert!(body.iter().all(|letter| letter == &body[0]), "one answer");
        char::from(body[0])
    }

    async fn ask(&mut self, bytes: &str) -> char {
        self.send(bytes).await;
        self.letter().await
    }

    /// Waits until the server has begun with what was sent.
    async fn begun(&self) {
        let has_begun = || {
            let open = self.watches.open.lock().expect("nothing panicked");
            open.values().any(|watch| watch.stage.load(Ordering::Relaxed) != IDLE)
        };
        while !has_begun() {
            tokio::task::yield_now().await;
        }
    }

    async fn end(mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.client.read_to_end(&mut rest).await.expect("the server ends it");
        self.server.await.expect("no panic");
        rest
    }
}

fn posted(body: &str) -> String {
    format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn chunked(body: &str) -> String {
    let bytes = body.len();
    format!(
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{bytes:x}\r\n{body}\r\n0\r\n\r\n"
    )
}

#[tokio::test]
async fn what_can_be_answered_at_once_is_and_all_else_is_hypers() {
    let mut served = Served::with_answers_of(10).await;

    for (body, letter) in [("now", 'n'), ("later", 'h'), ("now", 'n'), ("now", 'n'), ("", 'h')] {
        assert_eq!(served.ask(&posted(body)).await, letter, "{body}");
    }
}

#[tokio::test]
async fn a_head_that_comes_in_pieces_is_put_together() {
    let mut served = Served::with_answers_of(10).await;
    let request = posted("now");

    served.send(&request[..5]).await;
    served.begun().await;
    assert_eq!(served.ask(&request[5..]).await, 'n');
}

#[tokio::test]
async fn a_body_that_comes_late_is_hypers_and_the_next_request_is_not() {
    let mut served = Served::with_answers_of(10).await;
    let request = posted("now or a little later");

    for split in [request.len() - 21, request.len() - 1] {
        served.send(&request[..split]).await;
        served.begun().await;
        assert_eq!(served.ask(&request[split..]).await, 'h');
        assert_eq!(served.ask(&posted("now")).await, 'n');
    }
}

#[tokio::test]
async fn a_body_longer_than_a_read_is_hypers_and_the_next_request_is_not() {
    let mut served = Served::with_answers_of(10).await;

    assert_eq!(served.ask(&posted(&"now".repeat(100_000))).await, 'h');
    assert_eq!(served.ask(&posted("now")).await, 'n');
}

#[tokio::test]
async fn requests_that_lie_behind_one_another_are_all_answered_in_order() {
    let mut served = Served::with_answers_of(10).await;

    served.send(&(posted("now") + &posted("later") + &posted("now"))).await;

    let letters = [served.letter().await, served.letter().await, served.letter().await];
    assert_eq!(letters, ['h'; 3], "where a request ends that is not alone is hyper's to say");
    assert_eq!(served.ask(&posted("now")).await, 'h', "and stays so");
}

#[tokio::test]
async fn after_a_request_whose_end_is_uncertain_all_is_hypers() {
    let mut served = Served::with_answers_of(10).await;

    assert_eq!(served.ask(&posted("now")).await, 'n');
    assert_eq!(served.ask(&chunked("now")).await, 'h');
    assert_eq!(served.ask(&posted("now")).await, 'h');
}

#[tokio::test]
async fn a_request_inside_of_a_body_is_none() {
    let mut served = Served::with_answers_of(10).await;
    let inner = posted("now");

    assert_eq!(served.ask(&posted(&format!("later{inner}"))).await, 'h');
    assert_eq!(served.ask(&chunked(&inner)).await, 'h');
    drop(served.client.shutdown().await);

    assert!(served.end().await.is_empty(), "no third answer");
}

#[tokio::test]
async fn a_client_that_takes_its_time_gets_all_of_an_answer() {
    let mut served = Served::with_answers_of(256 << 10).await;

    served.send(&posted("now")).await;
    served.begun().await;

    assert_eq!(served.letter().await, 'n');
    assert_eq!(served.ask(&posted("later")).await, 'h');
    assert_eq!(served.ask(&posted("now")).await, 'n');
}

#[tokio::test]
async fn a_drain_ends_an_idle_connection_and_finishes_an_answer() {
    let idle = Served::with_answers_of(10).await;
    let mut busy = Served::with_answers_of(256 << 10).await;
    busy.send(&posted("now")).await;
    busy.begun().await;

    idle.watches.drain();
    busy.watches.drain();

    assert!(idle.end().await.is_empty());
    let answer = busy.end().await;
    assert!(answer.ends_with(&vec![b'n'; 256 << 10]));
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_the_connection() {
    for sent in [String::new(), posted("now")[..9].to_owned(), posted("now") + "POST"] {
        let mut served = Served::with_answers_of(10).await;
        served.send(&sent).await;
        served.client.shutdown().await.expect("it is open");

        served.end().await;
    }
}

fn at(seconds: u64, watch: &Watch) -> bool {
    watch.overstays(seconds * 1_000, &Limits::default())
}

#[test]
fn each_stage_has_its_deadline() {
    let watch = Watches::default().watch();

    assert!(!at(60, &watch) && at(61, &watch), "idle");
    watch.enter(HEADERS);
    assert!(!at(10, &watch) && at(11, &watch), "headers");
    watch.answered();
    assert!(!at(30, &watch) && at(31, &watch), "writing");
    watch.body_done();
    assert!(!at(1_000, &watch), "handling has the engine's deadlines");
}

#[test]
fn a_body_must_keep_up_once_its_grace_is_over() {
    let watch = Watches::default().watch();
    watch.headers_done();

    assert!(!at(5, &watch));
    assert!(at(6, &watch));
    watch.body_grew(2_048);
    assert!(!at(7, &watch));
    assert!(at(8, &watch));
}
