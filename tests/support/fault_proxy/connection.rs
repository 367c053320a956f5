//! One connection of the front: its requests, one after the other, and what each meets.
//!
//! Must hold: after a fault that leaves the front without a whole answer its connection is gone.
//! Not here: stream records (`records.rs`).

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Shared;
use super::faults::{Fault, is_write};
use super::message::{Message, Peer};

/// What comes after a request.
enum Next {
    Request(Peer),
    /// The connection was given up.
    Nothing,
}

/// The connection to the target that belongs to one of the front's.
struct Back {
    shared: Arc<Shared>,
    peer: Option<Peer>,
}

/// A request that is to be carried out late; counted as long as it exists.
struct Held {
    shared: Arc<Shared>,
    request: Message,
    arrived: Duration,
}

/// Serves the connection until either side ends it.
pub(super) async fn serve(shared: Arc<Shared>, mut front: Peer) {
    let mut back = Back { shared, peer: None };
    // The front finds out by itself when a connection broke.
    while let Ok(Some(request)) = front.receive().await {
        match meet(&mut back, front, request).await {
            Ok(Next::Request(still_there)) => front = still_there,
            Ok(Next::Nothing) | Err(_) => return,
        }
    }
}

/// Lets a request meet its lot.
async fn meet(back: &mut Back, mut front: Peer, request: Message) -> io::Result<Next> {
    let shared = Arc::clone(&back.shared);
    let arrived = shared.clock.monotonic();
    let Some(fault) = shared.draw(&request) else {
        let answer = back.poll(&request, arrived).await?;
        front.send(&answer).await?;
        return Ok(Next::Request(front));
    };
    // Before it happens, so that who has met it finds it counted.
    if Fault::OF_REQUESTS.contains(&fault) {
        shared.counts.add(fault);
    }
    match fault {
        Fault::Delay => {
            tokio::time::sleep(shared.delay()).await;
            let answer = back.exchange(&request, arrived).await?;
            front.send(&answer).await?;
        }
        Fault::Throttle => front.send(&throttled(shared.below(2) == 0)).await?,
        Fault::FailBefore => front.send(&failed()).await?,
        Fault::FailAfter => {
            back.exchange(&request, arrived).await?;
            front.send(&failed()).await?;
        }
        Fault::UnavailableBefore => front.send(&unavailable()).await?,
        Fault::UnavailableAfter => {
            back.exchange(&request, arrived).await?;
            front.send(&unavailable()).await?;
        }
        Fault::ResetBefore => return Ok(give_up(front)),
        Fault::ResetAfter => {
            back.exchange(&request, arrived).await?;
            return Ok(give_up(front));
        }
        Fault::LateAfterSilence => {
            let held = Held::new(&shared, request, arrived);
            // It gives up by itself, which is what this is about; if not, the connection just ends.
            let _ = tokio::time::timeout(shared.times.silence, front.moves()).await;
            drop(front);
            held.carry_out_late().await;
            return Ok(Next::Nothing);
        }
        Fault::LateAfterReset => {
            let held = Held::new(&shared, request, arrived);
            let nothing = give_up(front);
            held.carry_out_late().await;
            return Ok(nothing);
        }
        Fault::Truncate => {
            let answer = back.exchange(&request, arrived).await?;
            let bytes = answer.bytes();
            front.send_bytes(&bytes[..bytes.len() - 1 - answer.body.len() / 2]).await?;
            return Ok(Next::Nothing);
        }
        Fault::Corrupt => {
            let mut answer = back.exchange(&request, arrived).await?;
            corrupt(&mut answer.body);
            front.send(&answer).await?;
        }
        Fault::Trickle => {
            let answer = back.exchange(&request, arrived).await?.bytes();
            trickle(&mut front, &answer).await?;
        }
        Fault::Drip => {
            let answer = back.exchange(&request, arrived).await?;
            // It gives up by itself, which is what this is about; if not, the connection just ends.
            let _ = tokio::time::timeout(shared.times.silence, drip(&mut front, &answer)).await;
            return Ok(Next::Nothing);
        }
        Fault::RepeatRecords | Fault::WithholdRecords => {
            let answer = back.read_records(&request, arrived, fault).await?;
            front.send(&answer).await?;
            return Ok(Next::Request(front));
        }
    }
    Ok(Next::Request(front))
}

impl Back {
    /// Passes a request on; the records of a stream may still be kept back.
    async fn poll(&mut self, request: &Message, arrived: Duration) -> io::Result<Message> {
        if let Some(nothing) = self.shared.withheld.answer(request) {
            return Ok(nothing);
        }
        let answer = self.exchange(request, arrived).await?;
        if super::records::is_empty(request, &answer) {
            self.shared.empty_polls.fetch_add(1, Ordering::SeqCst);
        }
        Ok(answer)
    }

    /// Passes a read of a stream on and does this to what it finds.
    async fn read_records(
        &mut self,
        request: &Message,
        arrived: Duration,
        fault: Fault,
    ) -> io::Result<Message> {
        let answer = self.poll(request, arrived).await?;
        let changed = if fault == Fault::RepeatRecords {
            super::records::repeated(&answer)
        } else {
            let polls = 1 + self.shared.below(WITHHELD_POLLS_MAX);
            self.shared.withheld.withhold(request, &answer, polls)
        };
        // Only records can be repeated or kept back.
        let Some(changed) = changed else { return Ok(answer) };
        self.shared.counts.add(fault);
        Ok(changed)
    }

    /// Passes a request on and waits for its answer.
    async fn exchange(&mut self, request: &Message, arrived: Duration) -> io::Result<Message> {
        let mut peer = match self.peer.take() {
            Some(peer) => peer,
            None => Peer::connect(self.shared.target).await?,
        };
        let answer = async {
            peer.send(request).await?;
            peer.receive().await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        };
        let answer = answer.await;
        if is_write(request.operation()) && self.shared.waited(arrived) > self.shared.times.land {
            self.shared.tardy.fetch_add(1, Ordering::SeqCst);
        }
        if answer.is_ok() {
            self.peer = Some(peer);
        }
        answer
    }
}

impl Held {
    fn new(shared: &Arc<Shared>, request: Message, arrived: Duration) -> Self {
        shared.held.fetch_add(1, Ordering::SeqCst);
        Self { shared: Arc::clone(shared), request, arrived }
    }

    /// Passes the request on after a while; nobody gets the answer.
    async fn carry_out_late(self) {
        tokio::time::sleep(self.shared.delay()).await;
        if self.shared.waited(self.arrived) < self.shared.times.land {
            let mut back = Back { shared: Arc::clone(&self.shared), peer: None };
            // A target that is gone has not carried it out.
            let _ = back.exchange(&self.request, self.arrived).await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.held.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Shared {
    fn waited(&self, arrived: Duration) -> Duration {
        self.clock.monotonic().saturating_sub(arrived)
    }
}

fn give_up(front: Peer) -> Next {
    front.reset();
    Next::Nothing
}

fn throttled(by_table: bool) -> Message {
    let kind = if by_table {
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
    } else {
        "com.amazon.coral.availability#ThrottlingException"
    };
    refusal("400 Bad Request", kind, "Rate of requests exceeds the allowed throughput.")
}

fn failed() -> Message {
    let kind = "com.amazonaws.dynamodb.v20120810#InternalServerError";
    refusal("500 Internal Server Error", kind, "The request could not be completed.")
}

fn refusal(status: &str, kind: &str, message: &str) -> Message {
    let body = serde_json::json!({"__type": kind, "message": message}).to_string();
    Message::answer(status, "application/x-amz-json-1.0", body.into_bytes())
}

/// As a load balancer says it, which knows nothing of JSON.
fn unavailable() -> Message {
    let body = b"<html><body>503 Service Unavailable</body></html>".to_vec();
    Message::answer("503 Service Unavailable", "text/html", body)
}

/// Changes one byte; a digit becomes another, so that often only the check sum tells.
fn corrupt(body: &mut [u8]) {
    let digit = body.iter().rposition(u8::is_ascii_digit);
    match digit {
        Some(place) => body[place] = b'0' + (body[place] - b'0' + 1) % 10,
        None => body.iter_mut().take(1).for_each(|byte| *byte ^= 1),
    }
}

/// Sends the first bytes one by one.
async fn trickle(front: &mut Peer, answer: &[u8]) -> io::Result<()> {
    let (slowly, rest) = answer.split_at(answer.len().min(TRICKLED_BYTES));
    for byte in slowly {
        front.send_bytes(std::slice::from_ref(byte)).await?;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    front.send_bytes(rest).await
}

/// Sends the head, and then the body byte by byte, but for the last, until the peer gives up.
async fn drip(front: &mut Peer, answer: &Message) -> io::Result<()> {
    let bytes = answer.bytes();
    let (all_but_one, _) = bytes.split_at(bytes.len() - 1);
    let (head, body) = all_but_one.split_at(all_but_one.len().min(bytes.len() - answer.body.len()));
    front.send_bytes(head).await?;
    for byte in body {
        if tokio::time::timeout(DRIP_EVERY, front.moves()).await.is_ok() {
            return Ok(());
        }
        front.send_bytes(std::slice::from_ref(byte)).await?;
    }
    front.moves().await;
    Ok(())
}

const DRIP_EVERY: Duration = Duration::from_secs(1);
const TRICKLED_BYTES: usize = 40;
const WITHHELD_POLLS_MAX: u32 = 3;
