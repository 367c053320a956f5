//! Look-ups of the target's caches by its own metrics.
//!
//! Must hold: a target that cannot be asked has no view; a run goes on without it.
//! Not here: what clients are told of single requests (`client/answer.rs`).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::header::HOST;
use tokio::task::JoinHandle;

use super::ServerView;
use super::client::Link;
use super::target::Target;
use crate::task;

/// A look at the counters when the measured part begins.
pub(super) enum Look {
    /// It begins at once.
    Taken(Option<ServerView>),
    /// It begins after a warm-up.
    Coming(JoinHandle<Option<ServerView>>),
}

impl Look {
    /// A look once that long has passed.
    pub(super) async fn after(target: &Arc<Target>, span: Duration) -> Self {
        if span.is_zero() {
            return Self::Taken(look(target).await);
        }
        let target = Arc::clone(target);
        Self::Coming(task::spawn("load view", async move {
            tokio::time::sleep(span).await;
            look(&target).await
        }))
    }

    /// What the server has counted since.
    pub(super) async fn until_now(self, target: &Target) -> Option<ServerView> {
        let earlier = match self {
            Self::Taken(view) => view?,
            Self::Coming(task) => {
                if !task.is_finished() {
                    // The run was over before it came to be measured.
                    task.abort();
                }
                task.await.ok()??
            }
        };
        // A server that never looked anything up has no caches, or is no hearth.
        let now = look(target).await.filter(|view| view.lookups > 0)?;
        // A server that began anew in between has counted less.
        Some(ServerView {
            lookups: now.lookups.checked_sub(earlier.lookups)?,
            hits: now.hits.checked_sub(earlier.hits)?,
        })
    }
}

/// What the server has counted so far.
async fn look(target: &Target) -> Option<ServerView> {
    let place = target.admin()?;
    let asked = async {
        let mut link = Link::open(place, None).await.ok()?;
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = hyper::Uri::from_static("/metrics");
        request.headers_mut().insert(HOST, place.authority.clone());
        let response = link.send(request).await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        let body = Limited::new(response.into_body(), METRICS_BYTES_MAX).collect().await.ok()?;
        counted(std::str::from_utf8(&body.to_bytes()).ok()?)
    };
    tokio::time::timeout(DEADLINE, asked).await.ok()?
}

/// The sums of the samples of look-ups; nothing if a value is no whole number.
fn counted(metrics: &str) -> Option<ServerView> {
    let samples = metrics.lines().filter_map(|line| line.strip_prefix(METRIC));
    let mut view = ServerView::default();
    for (labels, value) in samples.filter_map(|sample| sample.rsplit_once(' ')) {
        let count: u64 = value.parse().ok()?;
        view.lookups += count;
        if labels.contains("result=\"hit\"") || labels.contains("result=\"absent_hit\"") {
            view.hits += count;
        }
    }
    Some(view)
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

        assert_eq!(counted(text), Some(ServerView { lookups: 13, hits: 9 }));
        assert_eq!(counted("other 1\n"), Some(ServerView::default()));
        assert_eq!(counted("hearth_cache_requests_total{} much\n"), None);
    }
}
