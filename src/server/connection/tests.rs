//! Connections over real sockets, with answers that say who gave them.

use arc_swap::ArcSwap;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::super::answer::{HttpAnswer, Reply, RequestIds, streamed};
use super::super::listener::Taken;
use super::*;
use crate::clock::Clock;
use crate::model::Answer;
use crate::task;

/// Takes bodies of `now…`, and of `soon…`, which wait at a door; answers with bytes of a letter.
struct Letters {
    ids: RequestIds,
    bytes: usize,
    door: Arc<Semaphore>,
}

impl Answers for Letters {
    async fn answer(&self, request: Request<Incoming>, watch: &Watch) -> HttpAnswer {
        watch.headers_done();
        let body = request.into_body().collect().await.map(Collected::to_bytes);
        watch.body_done();
        if body.as_ref().is_ok_and(|body| body[..] == *b"made") {
            return self.made();
        }
        let letter = if body.is_ok() { b'h' } else { b'?' };
        Response::new(Bytes::from(vec![letter; self.bytes]).into())
    }

    fn plain_bytes_max(&self) -> usize {
        10_000
    }

    fn take(answers: &Arc<Self>, request: &Plain<'_>) -> Taken {
        let reply = |letter: u8| {
            let answer = Answer { body: vec![letter; answers.bytes].into(), crc32: 0 };
            Reply::new(&answers.ids, StatusCode::OK, answer)
        };
        if request.body.starts_with(b"now") {
            Taken::Now(reply(b'n'))
        } else if request.body.starts_with(b"soon") {
            let (reply, door) = (reply(b's'), Arc::clone(&answers.door));
            Taken::Later(Box::pin(async move {
                door.acquire().await.expect("it is not closed").forget();
                reply
            }))
        } else {
            Taken::Not
        }
    }
}

impl Letters {
    /// An answer of which the second half waits at the door.
    fn made(&self) -> HttpAnswer {
        let (send, made) = mpsc::channel(1);
        let door = Arc::clone(&self.door);
        task::spawn("made", async move {
            send.send(Ok("first".into())).await.expect("it is taken");
            door.acquire().await.expect("it is not closed").forget();
            send.send(Ok("second".into())).await.expect("it is taken");
        });
        streamed(&self.ids, made)
    }
}

/// A served connection, seen from the client.
struct Served {
    client: TcpStream,
    watches: Arc<Watches>,
    server: JoinHandle<()>,
    answer_bytes: usize,
    door: Arc<Semaphore>,
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
        let door = Arc::new(Semaphore::new(0));
        let ids = RequestIds::new();
        let answers = Arc::new(Letters { ids, bytes: answer_bytes, door: Arc::clone(&door) });
        let server = tokio::spawn({
            let watches = Arc::clone(&watches);
            async move {
                let (clock, limits) = (Clock::system(), ArcSwap::from_pointee(Limits::default()));
                let setting =
                    Setting { watches: &watches, clock: &clock, limits: &limits, sent: None };
                serve(accepted, setting, &Builder::new(), answers).await;
            }
        });
        Self { client, watches, server, answer_bytes, door }
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

    /// Reads until these bytes have come.
    async fn until(&mut self, end: &str) {
        let mut came = Vec::new();
        while !came.ends_with(end.as_bytes()) {
            came.push(self.client.read_u8().await.expect("more of it"));
        }
    }

    fn is_in(&self, stage: u8) -> bool {
        let open = self.watches.open.lock().expect("nothing panicked");
        open.values().all(|watch| watch.is(stage))
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
async fn what_is_not_taken_is_hypers() {
    let mut served = Served::with_answers_of(10).await;

    for (body, letter) in [("now", 'n'), ("later", 'h'), ("now", 'n'), ("now", 'n'), ("", 'h')] {
        assert_eq!(served.ask(&posted(body)).await, letter, "{body}");
    }
}

#[tokio::test]
async fn a_request_that_comes_in_pieces_is_put_together() {
    let mut served = Served::with_answers_of(10).await;
    let request = posted("now or a little later");

    for split in [5, request.len() - 21, request.len() - 1] {
        served.send(&request[..split]).await;
        served.begun().await;
        assert_eq!(served.ask(&request[split..]).await, 'n', "after {split} bytes");
    }
}

#[tokio::test]
async fn a_request_that_comes_byte_by_byte_is_put_together() {
    let mut served = Served::with_answers_of(10).await;
    let request = posted("now");

    for _ in 0..2 {
        for byte in 0..request.len() {
            served.send(&request[byte..=byte]).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(served.letter().await, 'n');
    }
}

#[tokio::test]
async fn a_long_body_is_hypers_and_the_next_request_is_not() {
    let mut served = Served::with_answers_of(10).await;

    let request = posted(&"now".repeat(100_000));

    for split in [0, 100, 60_000] {
        served.send(&request[..split]).await;
        assert_eq!(served.ask(&request[split..]).await, 'h');
        assert_eq!(served.ask(&posted("now")).await, 'n');
    }
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
async fn an_answer_that_takes_its_time_is_sent_when_it_is_there() {
    let mut served = Served::with_answers_of(10).await;

    served.send(&posted("soon")).await;
    served.begun().await;
    served.door.add_permits(1);

    assert_eq!(served.letter().await, 's');
    assert_eq!(served.ask(&posted("now")).await, 'n');
}

#[tokio::test]
async fn what_comes_behind_a_request_that_waits_is_hypers() {
    let mut served = Served::with_answers_of(10).await;

    served.send(&posted("soon")).await;
    served.begun().await;
    served.send(&(posted("now") + &posted(&"x".repeat(1 << 20)))).await;
    served.door.add_permits(1);

    let letters = [served.letter().await, served.letter().await, served.letter().await];
    assert_eq!(letters, ['s', 'h', 'h']);
}

#[tokio::test]
async fn a_client_that_sends_no_more_gets_all_answers_in_order() {
    let mut served = Served::with_answers_of(10).await;
    served.send(&posted("soon")).await;
    served.begun().await;

    served.send(&(posted("later") + &posted("later"))).await;
    served.client.shutdown().await.expect("it is open");
    tokio::task::yield_now().await;
    served.door.add_permits(1);

    assert_eq!([served.letter().await, served.letter().await], ['s', 'h']);
}

#[tokio::test]
async fn a_request_whose_client_hangs_up_is_given_up() {
    let mut served = Served::with_answers_of(10).await;
    let door = Arc::clone(&served.door);
    served.send(&posted("soon")).await;
    served.begun().await;

    served.client.shutdown().await.expect("it is open");

    assert!(served.end().await.is_empty());
    assert_eq!(Arc::strong_count(&door), 1, "nobody waits at it");
}

#[tokio::test]
async fn a_drain_lets_a_request_come_whole() {
    let mut served = Served::with_answers_of(10).await;
    let request = posted("later");
    served.send(&request[..request.len() - 1]).await;
    served.begun().await;

    served.watches.drain();
    served.send(&request[request.len() - 1..]).await;

    let answer = String::from_utf8(served.end().await).expect("ASCII");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nhhhhhhhhhh"), "{answer}");
}

#[tokio::test]
async fn a_drain_lets_a_request_finish_and_says_that_it_is_the_last() {
    let mut served = Served::with_answers_of(10).await;
    served.send(&posted("soon")).await;
    served.begun().await;

    served.watches.drain();
    served.door.add_permits(1);

    let answer = String::from_utf8(served.end().await).expect("ASCII");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nssssssssss"), "{answer}");
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
async fn an_answer_that_is_still_being_made_is_awaited_and_then_the_connection_is_idle() {
    let mut served = Served::with_answers_of(10).await;
    let look = |served: &Served, seconds: u64| {
        served.watches.cut_overstayers(seconds * 1_000, &Limits::default());
    };
    served.send(&posted("made")).await;
    served.until("5\r\nfirst\r\n").await;
    while !served.is_in(IDLE) {
        tokio::task::yield_now().await;
    }

    look(&served, 0);
    look(&served, 1_000);
    served.door.add_permits(1);

    served.until("6\r\nsecond\r\n0\r\n\r\n").await;
    while !served.is_in(IDLE) {
        tokio::task::yield_now().await;
    }
    look(&served, 2_000);
    look(&served, 2_061);
    assert!(served.end().await.is_empty());
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

/// Somebody looks for the first time.
fn seen(watch: &Watch) -> bool {
    at(0, watch)
}

#[test]
fn each_stage_has_its_deadline() {
    let watch = Watches::default().watch(None);

    assert!(!seen(&watch) && !at(60, &watch) && at(61, &watch), "idle");
    watch.enter(HEADERS);
    assert!(!seen(&watch) && !at(10, &watch) && at(11, &watch), "headers");
    watch.answered();
    assert!(!seen(&watch) && !at(30, &watch) && at(31, &watch), "writing");
    watch.body_done();
    assert!(!at(1_000, &watch), "handling has the engine's deadlines");
}

#[test]
fn a_body_must_keep_up_once_its_grace_is_over() {
    let watch = Watches::default().watch(None);
    watch.headers_done();

    assert!(!seen(&watch) && !at(5, &watch));
    assert!(at(6, &watch));
    watch.body_grew(2_048);
    assert!(!at(7, &watch));
    assert!(at(8, &watch));
}

#[test]
fn a_stage_has_all_of_its_time_however_seldom_somebody_looks() {
    let watch = Watches::default().watch(None);
    watch.enter(HEADERS);

    assert!(!at(1_000, &watch) && !at(1_010, &watch) && at(1_011, &watch));
}

#[test]
fn a_client_that_takes_its_answer_slowly_is_not_cut() {
    let sent = Arc::<AtomicU64>::default();
    let watch = Watches::default().watch(Some(Arc::clone(&sent)));
    watch.answered();

    assert!(!seen(&watch) && !at(30, &watch));
    sent.fetch_add(1, Ordering::Relaxed);
    assert!(!at(31, &watch) && !at(61, &watch) && at(62, &watch));
    watch.enter(HEADERS);
    assert!(!at(100, &watch));
    sent.fetch_add(1, Ordering::Relaxed);
    assert!(at(111, &watch), "what is left of an answer is no excuse for the next request");
}
