//! Whether the service upstream can be worked with, and what it can do.
//!
//!     untried ── probe ──> well ── no endpoint answers, or none takes who we are ──> ill
//!        └────── probe ──> ill ──> probe again, later each time ──> well
//!
//! Must hold: the process starts and serves whatever the service does; nobody waits for a probe but
//! whoever asks whether the process is ready.
//! Not here: what is asked (`engine/upstream/probe/`), which endpoint is asked (its client).

use std::sync::Arc;
use std::time::Duration;

use super::Through;
use crate::api::TableName;
use crate::engine::upstream::UpstreamEngine;
use crate::engine::upstream::probe::{Capabilities, Trouble, hail};
use crate::proxy::Proxy;

/// Whether the service upstream can be worked with, as far as is known.
#[derive(Clone, Debug, Default)]
pub enum UpstreamState {
    /// It was not asked yet.
    #[default]
    Untried,
    /// It can, and this is what it can do.
    Well(Arc<Capabilities>),
    /// It cannot, and why.
    Ill(Trouble),
}

impl Proxy {
    /// Whether the service upstream can be worked with; `None` where the tables are this process's.
    pub fn upstream_state(&self) -> Option<Arc<UpstreamState>> {
        self.through.as_ref().map(|through| through.state.load_full())
    }

    /// Probes the service until it answers, and again whenever it has been away, for ever.
    pub async fn keep_probed(self: Arc<Self>) {
        let Some(through) = self.through.clone() else { return };
        loop {
            self.probe_until_well(&through).await;
            let trouble = until_trouble(&through.upstream).await;
            through.become_ill(trouble);
        }
    }

    async fn probe_until_well(&self, through: &Through) {
        let mut pause = PAUSE_FIRST;
        loop {
            match through.upstream.probe().await {
                Ok(found) => {
                    // Tables were described that nobody had asked for.
                    self.apply_policies();
                    announce(&found);
                    if found.is_alternator() {
                        warn_of_reordering(&through.upstream.unordered_tables().await);
                    }
                    through.state.store(Arc::new(UpstreamState::Well(Arc::new(found))));
                    return;
                }
                Err(trouble) => through.become_ill(trouble),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

impl Through {
    fn become_ill(&self, trouble: Trouble) {
        let is_news = match &**self.state.load() {
            // What differs from try to try is how long until the next one.
            UpstreamState::Ill(before) => {
                std::mem::discriminant(before) != std::mem::discriminant(&trouble)
            }
            UpstreamState::Untried | UpstreamState::Well(_) => true,
        };
        if is_news {
            tracing::warn!(%trouble, "upstream cannot be worked with");
        }
        self.state.store(Arc::new(UpstreamState::Ill(trouble)));
    }
}

/// Returns once the service cannot be worked with any more.
async fn until_trouble(upstream: &UpstreamEngine) -> Trouble {
    let mut interval = tokio::time::interval(LOOK_EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut looks: u32 = 0;
    loop {
        interval.tick().await;
        looks = looks.wrapping_add(1);
        // Requests of clients may have shown it; an idle hearth has to ask.
        let is_due = looks.is_multiple_of(HAIL_EACH) || upstream.client().is_down();
        if is_due && let Err(trouble) = hail(upstream.client()).await {
            return trouble;
        }
    }
}

/// One line that tells what was found.
fn announce(found: &Capabilities) {
    let Capabilities {
        region,
        access_key_id,
        greeting,
        lists_tables,
        tables,
        transactions,
        partiql,
        streams,
        backups,
        limits,
        endpoints,
        return_values_on_ccf,
    } = found;
    tracing::info!(
        endpoint = greeting.url,
        server = greeting.server,
        clock_ahead_ms = greeting.ahead_ms,
        alternator_nodes = greeting.nodes,
        region,
        access_key_id,
        list_tables = %lists_tables,
        tables = tables.len(),
        %transactions,
        %partiql,
        %streams,
        %backups,
        %limits,
        %endpoints,
        %return_values_on_ccf,
        "upstream answers"
    );
}

/// One line for the tables whose writes may end in another order than they were sent in.
fn warn_of_reordering(unordered: &[TableName]) {
    if unordered.is_empty() {
        return;
    }
    let tables = unordered.iter().map(TableName::as_str).collect::<Vec<_>>().join(", ");
    tracing::warn!(tables, "upstream may reorder writes: {REORDERS}");
}

const REORDERS: &str = "set their tag system:write_isolation to always_use_lwt, or what is cached \
    may differ from what is stored";
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Every so many looks the service is asked, whatever others ask it.
const HAIL_EACH: u32 = 10;
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);
