//! Which shards of a stream may be read.
//!
//!     Open ── read to its end ──> Ended ── a child is listed ──> Over
//!
//! Must hold: a child is begun only once its parent is over, so that the changes of an item come in
//! their order; a shard that came to be after the reading began is begun at its oldest record; none
//! is begun twice.
//! Not here: how shards are read (`reader.rs`).

use std::collections::HashMap;

use crate::wire::json::client::ReadShard;

/// The shards that are known.
#[derive(Debug, Default)]
pub(super) struct Tree(HashMap<String, State>);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// It is being read.
    Open,
    /// It was read to its end, and nobody has its items yet.
    Ended,
    /// Nothing of it is to be read any more.
    Over,
}

impl Tree {
    /// Takes the shards that there are when the reading begins; answers those that are open.
    pub(super) fn begin(&mut self, shards: &[ReadShard]) -> Vec<String> {
        let state =
            |shard: &ReadShard| if shard.last.is_some() { State::Over } else { State::Open };
        self.0 = shards.iter().map(|shard| (shard.id.clone(), state(shard))).collect();
        let open = shards.iter().filter(|shard| shard.last.is_none());
        open.map(|shard| shard.id.clone()).collect()
    }

    /// Takes the shards that there are now: those to be read from their oldest record on, and those
    /// that ended of which children are there.
    pub(super) fn learn(&mut self, shards: &[ReadShard]) -> Learned {
        let listed: HashMap<&str, &ReadShard> =
            shards.iter().map(|shard| (shard.id.as_str(), shard)).collect();
        let mut learned = Learned::default();
        for parent in shards.iter().filter_map(|shard| shard.parent.as_ref()) {
            if self.0.get(parent) == Some(&State::Ended) {
                self.0.insert(parent.clone(), State::Over);
                learned.inherited.push(parent.clone());
            }
        }
        for shard in shards.iter().filter(|shard| !self.0.contains_key(&shard.id)) {
            let waits = shard.parent.as_deref().is_some_and(|parent| match self.0.get(parent) {
                Some(State::Open | State::Ended) => true,
                Some(State::Over) => false,
                // One that nobody lists any more is not to be waited for.
                None => listed.contains_key(parent),
            });
            if !waits {
                learned.begun.push(shard.id.clone());
            }
        }
        self.0.extend(learned.begun.iter().map(|id| (id.clone(), State::Open)));
        self.0.retain(|id, state| *state != State::Over || listed.contains_key(id.as_str()));
        learned
    }

    /// A shard was read to its end.
    pub(super) fn ended(&mut self, id: &str) {
        if let Some(state) = self.0.get_mut(id) {
            *state = State::Ended;
        }
    }

    /// Whether there is a shard of which somebody may have more to read.
    pub(super) fn has_open(&self) -> bool {
        self.0.values().any(|state| *state != State::Over)
    }

    /// Whether a shard ended whose children are not known yet.
    pub(super) fn lacks_children(&self) -> bool {
        self.0.values().any(|state| *state == State::Ended)
    }
}

/// What a description of the stream has brought.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// Shards to be read from their oldest record on.
    pub(super) begun: Vec<String>,
    /// Shards that are over: others have their items.
    pub(super) inherited: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(id: &str, parent: Option<&str>, is_closed: bool) -> ReadShard {
        ReadShard {
            id: id.to_owned(),
            parent: parent.map(str::to_owned),
            first: Some("1".to_owned()),
            last: is_closed.then(|| "9".to_owned()),
        }
    }

    fn sorted(mut ids: Vec<String>) -> Vec<String> {
        ids.sort_unstable();
        ids
    }

    #[test]
    fn reading_begins_with_the_open_shards() {
        let mut tree = Tree::default();

        let open = tree.begin(&[
            shard("old", None, true),
            shard("a", Some("old"), false),
            shard("b", Some("old"), false),
        ]);

        assert_eq!(open, ["a", "b"]);
        assert!(tree.has_open() && !tree.lacks_children());
    }

    #[test]
    fn children_wait_until_their_parent_was_read_to_its_end() {
        let mut tree = Tree::default();
        tree.begin(&[shard("a", None, false)]);
        let split =
            [shard("a", None, true), shard("b", Some("a"), false), shard("c", Some("a"), false)];

        let early = tree.learn(&split);
        tree.ended("a");
        let is_waiting = tree.lacks_children();
        let due = tree.learn(&split);
        let again = tree.learn(&split);

        assert_eq!(early.begun, [""; 0]);
        assert!(is_waiting && !tree.lacks_children());
        assert_eq!(
            (sorted(due.begun), due.inherited),
            (vec!["b".into(), "c".into()], vec!["a".into()])
        );
        assert!(again.begun.is_empty() && again.inherited.is_empty());
    }

    #[test]
    fn grandchildren_wait_for_children_that_came_with_them() {
        let mut tree = Tree::default();
        tree.begin(&[shard("a", None, false)]);
        tree.ended("a");
        let chain =
            [shard("c", Some("b"), false), shard("a", None, true), shard("b", Some("a"), true)];

        let first = tree.learn(&chain);
        tree.ended("b");
        let second = tree.learn(&chain);

        assert_eq!((first.begun, second.begun), (vec!["b".to_owned()], vec!["c".to_owned()]));
    }

    #[test]
    fn a_shard_without_a_parent_that_is_kept_is_read_from_its_beginning() {
        let mut tree = Tree::default();
        tree.begin(&[shard("a", None, false)]);

        let learned = tree.learn(&[
            shard("a", None, false),
            shard("x", None, false),
            shard("y", Some("gone"), false),
        ]);

        assert_eq!(sorted(learned.begun), ["x", "y"]);
    }

    #[test]
    fn shards_that_are_over_are_forgotten_with_their_service() {
        let mut tree = Tree::default();
        tree.begin(&[shard("old", None, true), shard("a", Some("old"), false)]);

        tree.learn(&[shard("a", Some("old"), false)]);

        assert_eq!(tree.0.len(), 1);
        assert!(tree.has_open());
    }

    #[test]
    fn a_stream_whose_shards_are_all_closed_has_none_to_read() {
        let mut tree = Tree::default();

        let open = tree.begin(&[shard("a", None, true)]);

        assert!(open.is_empty() && !tree.has_open());
    }
}
