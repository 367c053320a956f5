//! Look-ups of the target's caches by its own metrics.
//!
//! Must hold: a target that does not tell is said to be silent, and why; a run goes on without it.
//! Not here: what clients are told of single requests (`client/answer.rs`).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::header::HOST;
use tokio::task::JoinHandle;

use super::ServerView;
use super::client::connected;
use super::target::{Place, Target};
use crate::task;

/// A look at the counters when the measured part begins.
pub(super) enum Look {
    /// Nobody said where the target's metrics are.
    NotAsked,
    /// It begins at once.
    Taken(Result<Counts, String>),
    /// It begins after a warm-up.
    Coming(JoinHandle<Result<Counts, String>>),
}

/// What a server counted since it began.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Counts {
    lookups: u64,
    hits: u64,
}

impl Look {
    /// A look once that long has passed.
    pub(super) async fn after(target: &Arc<Target>, span: Duration) -> Self {
        let Some(place) = target.admin() else { return Self::NotAsked };
        if span.is_zero() {
            return Self::Taken(look(place).await);
        }
        let place = place.clone();
        Self::Coming(task::spawn("load view", async move {
            tokio::time::sleep(span).await;
            look(&place).await
        }))
    }

    /// What the server has counted since.
    pub(super) async fn until_now(self, target: &Target) -> ServerView {
        let Some(place) = target.admin() else { return ServerView::NotAsked };
        let earlier = match self {
            Self::NotAsked => return ServerView::NotAsked,
            Self::Taken(counts) => counts,
            Self::Coming(task) => {
                if !task.is_finished() {
                    // The run was over before it came to be measured.
                    task.abort();
                }
                task.await
                    .unwrap_or_else(|_gone| Err("the run ended before it was measured".into()))
            }
        };
        let counted = match earlier {
            Ok(earlier) => look(place).await.and_then(|now| now.since(earlier)),
            Err(why) => Err(why),
        };
        match counted {
            Ok(Counts { lookups, hits }) => ServerView::Counted { lookups, hits },
            Err(why) => ServerView::Silent { why },
        }
    }
}

impl Counts {
    fn since(self, earlier: Self) -> Result<Self, String> {
        if self.lookups == 0 {
            return Err("it counts no look-ups; it has no caches, or is no hearth".to_owned());
        }
        let lookups = self.lookups.checked_sub(earlier.lookups);
        let counts = lookups.zip(self.hits.checked_sub(earlier.hits));
        let counts = counts.map(|(lookups, hits)| Self { lookups, hits });
        counts.ok_or_else(|| "it began anew meanwhile, and counted from zero".to_owned())
    }
}

/// What the server has counted so far.
async fn look(place: &Place) -> Result<Counts, String> {
    let late = |_elapsed| Err(format!("no answer within {} s", DEADLINE.as_secs()));
    tokio::time::timeout(DEADLINE, ask(place)).await.unwrap_or_else(late)
}

async fn ask(place: &Place) -> Result<Counts, String> {
    let opened = connected(place, None).await;
    let mut link = opened.map_err(|error| format!("it does not accept connections: {error}"))?;
    let mut request = Request::new(Full::new(Bytes::new()));
    *request.uri_mut() = hyper::Uri::from_static("/metrics");
    request.headers_mut().insert(HOST, place.authority.clone());
    let closed = "it closed the connection without an answer";
    let response = link.send(request).await.map_err(|_lost| closed.to_owned())?;
    if !response.status().is_success() {
        return Err(format!("its answer to /metrics is {}", response.status().as_u16()));
    }
    let body = Limited::new(response.into_body(), METRICS_BYTES_MAX).collect().await;
    let body = body.map_err(|error| format!("its metrics were not had in full: {error}"))?;
    let body = body.to_bytes();
    let counts = std::str::from_utf8(&body).ok().and_then(counted);
    counts.ok_or_else(|| "its answer to /metrics is none of hearth's".to_owned())
}

/// The sums of the samples of look-ups; nothing if a value is no whole number.
fn counted(metrics: &str) -> Option<Counts> {
    let samples = metrics.lines().filter_map(|line| line.strip_prefix(METRIC));
    let mut counts = Counts::default();
    for (labels, value) in samples.filter_map(|sample| sample.rsplit_once(' ')) {
        let count: u64 = value.parse().ok()?;
        counts.lookups += count;
        if labels.contains("result=\"hit\"") || labels.contains("result=\"absent_hit\"") {
            counts.hits += count;
        }
    }
    Some(counts)
}

const METRIC: &str = "hearth_cache_requests_total{";
const METRICS_BYTES_MAX: usize = 64 << 20;
const DEADLINE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_both_of_items_and_of_absences() {
        let text = "# TYPE hearth_cache_requests_total counter\n\
            hearth_cache_requests_total{cache=\"item\",table=\"a\",result=\"hit\"} 7\n\
            hearth_cache_requests_total{cache=\"item\",table=\"a\",result=\"absent_hit\"} 2\n\
            hearth_cache_requests_total{cache=\"query\",table=\"a\",result=\"miss\"} 4\n\
            hearth_cache_requests_total_of_others{result=\"hit\"} 100\n";

        assert_eq!(counted(text), Some(Counts { lookups: 13, hits: 9 }));
        assert_eq!(counted("other 1\n"), Some(Counts::default()));
        assert_eq!(counted("hearth_cache_requests_total{} much\n"), None);
    }
    #[test]
    fn a_server_that_began_anew_or_counts_nothing_says_nothing_of_the_run() {
        let counts = |lookups, hits| Counts { lookups, hits };

        assert_eq!(counts(13, 9).since(counts(3, 2)), Ok(counts(10, 7)));
        assert!(counts(2, 1).since(counts(3, 1)).is_err_and(|why| why.contains("anew")));
        assert!(counts(0, 0).since(counts(0, 0)).is_err_and(|why| why.contains("no look-ups")));
    }
}
