//! The endpoints of one service: which of them is asked next.
//!
//! Must hold: of two that are drawn the one with less in flight is asked; one that is out is asked
//! only when a probe is due; when all are out nobody waits.
//! Not here: how one gets out (`health.rs`), who tells of nodes (`nodes.rs`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use super::chance::Chance;
use super::health::Standing;
use super::place::{Chosen, Place};

/// What can be asked.
#[derive(Debug)]
pub(super) struct Fleet {
    /// As configured.
    seeds: Vec<Arc<Place>>,
    /// As the service tells; none before it told any.
    nodes: ArcSwap<Vec<Arc<Place>>>,
}

/// An endpoint, for people.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EndpointState {
    /// Its URL.
    pub url: String,
    /// Whether it is left alone because it failed.
    pub is_out: bool,
    /// What it is being asked.
    pub in_flight: usize,
}

/// All endpoints are out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct AllOut {
    /// When the first of them may be asked again.
    pub(super) until: Duration,
}

impl Fleet {
    pub(super) fn new(seeds: Vec<Arc<Place>>) -> Self {
        Self { seeds, nodes: ArcSwap::default() }
    }

    /// Chooses one; if it can be, another than `avoid`, which has just failed.
    pub(super) fn choose(
        &self,
        avoid: Option<&Arc<Place>>,
        chance: &Chance,
        now: Duration,
    ) -> Result<Chosen, AllOut> {
        let nodes = self.nodes.load();
        let of_nodes = choose(&nodes, avoid, chance, now);
        of_nodes.or_else(|| choose(&self.seeds, avoid, chance, now)).ok_or_else(|| {
            let all = nodes.iter().chain(&self.seeds);
            let until = all.filter_map(|place| match place.standing(now) {
                Standing::Out { until } => Some(until),
                Standing::In | Standing::Due => None,
            });
            AllOut { until: until.min().unwrap_or(now) }
        })
    }

    /// Whether there is a choice.
    pub(super) fn has_several(&self) -> bool {
        self.seeds.len() > 1 || self.nodes.load().len() > 1
    }

    /// The nodes from now on. Those that are known already stay what they are.
    pub(super) fn set_nodes(&self, nodes: Vec<Place>) {
        let before = self.nodes.load();
        let known: HashMap<&str, &Arc<Place>> =
            self.seeds.iter().chain(&**before).map(|place| (&*place.url, place)).collect();
        let same = |node: Place| {
            known.get(&*node.url).map_or_else(|| Arc::new(node), |place| Arc::clone(place))
        };
        self.nodes.store(Arc::new(nodes.into_iter().map(same).collect()));
    }

    /// All of them as they are now.
    pub(super) fn endpoints(&self, now: Duration) -> Vec<EndpointState> {
        let all = self.all().into_iter();
        let state = |place: Arc<Place>| EndpointState {
            url: place.endpoint.url(),
            is_out: place.standing(now) != Standing::In,
            in_flight: place.in_flight(),
        };
        all.map(state).collect()
    }

    /// Those that are asked for nodes, in this order: some nodes, then the endpoints that were given.
    pub(super) fn tellers(&self, chance: &Chance) -> Vec<Arc<Place>> {
        let nodes = self.nodes.load();
        let first = if nodes.is_empty() { 0 } else { chance.below(nodes.len()) };
        let some = nodes.iter().cycle().skip(first).take(TELLERS_MAX.min(nodes.len()));
        some.chain(&self.seeds).cloned().collect()
    }

    fn all(&self) -> Vec<Arc<Place>> {
        let nodes = self.nodes.load();
        let is_new = |seed: &&Arc<Place>| !nodes.iter().any(|node| Arc::ptr_eq(node, seed));
        nodes.iter().chain(self.seeds.iter().filter(is_new)).cloned().collect()
    }
}

fn choose(
    places: &[Arc<Place>],
    avoid: Option<&Arc<Place>>,
    chance: &Chance,
    now: Duration,
) -> Option<Chosen> {
    if places.is_empty() {
        return None;
    }
    let is_avoided = |place: &&Arc<Place>| avoid.is_some_and(|avoid| Arc::ptr_eq(avoid, place));
    let first = chance.below(places.len());
    let from_first = || places.iter().cycle().skip(first).take(places.len());
    // What is looked at here others may change meanwhile; then the next choice is as good.
    drawn(places, first, chance)
        .into_iter()
        .flatten()
        .filter(|place| !is_avoided(place))
        .filter_map(|place| Some((rank(place, now)?, place)))
        .min_by_key(|(rank, _)| *rank)
        .and_then(|(_, place)| place.choose(now))
        .or_else(|| {
            from_first().filter(|place| !is_avoided(place)).find_map(|place| place.choose(now))
        })
        .or_else(|| from_first().find_map(|place| place.choose(now)))
}

/// The first and another one, if there is another.
fn drawn<'a>(
    places: &'a [Arc<Place>],
    first: usize,
    chance: &Chance,
) -> [Option<&'a Arc<Place>>; 2] {
    let others = places.len() - 1;
    let second = (others > 0).then(|| (first + 1 + chance.below(others)) % places.len());
    [Some(&places[first]), second.map(|second| &places[second])]
}

/// The lower the better. Whoever may be back is found out before all else; who is out has none.
fn rank(place: &Place, now: Duration) -> Option<usize> {
    match place.standing(now) {
        Standing::Due => Some(0),
        Standing::In => Some(1 + place.in_flight()),
        Standing::Out { .. } => None,
    }
}

/// Nodes that are asked for others at one time.
const TELLERS_MAX: usize = 3;
