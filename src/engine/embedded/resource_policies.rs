//! Policies of tables and streams, on the writer thread: kept in the definition of what they are of,
//! and gone with it.
//!
//! Must hold: a change that leaves the policy as it is keeps its revision; revisions only grow, over
//! restarts and also behind a policy that is gone.
//! Not here: what a policy says (`wire/json/policy_document.rs`).

use std::sync::Arc;

use tokio::sync::oneshot;

use super::definition::Definition;
use super::writer::Writer;
use super::{admission, rows};
use crate::api::{
    PolicyDocument, PolicyResource, ResourcePolicy, ResourcePolicyChange, TableStatus,
};
use crate::engine::{Error, Stream, Table};
use crate::store::Batch;

impl Writer {
    /// Changes a policy and answers: with the one that is there then, or the one that was.
    pub(super) fn change_resource_policy(
        &mut self,
        (resource, change, expected): (PolicyResource, ResourcePolicyChange, Option<String>),
        reply: oneshot::Sender<Result<Option<Arc<ResourcePolicy>>, Error>>,
    ) {
        self.metrics.writer.queue.decrement();
        self.settle();
        let changed = match resource.label() {
            None => self.change_of_table(&resource, change, expected.as_deref()),
            Some(label) => self.change_of_stream(&resource, label, change, expected.as_deref()),
        };
        drop(reply.send(changed));
    }

    fn change_of_table(
        &mut self,
        resource: &PolicyResource,
        change: ResourcePolicyChange,
        expected: Option<&str>,
    ) -> Result<Option<Arc<ResourcePolicy>>, Error> {
        let before = self.named(resource.table())?;
        if before.restoring.is_some() {
            return Err(Error::NoTable { name: before.name.as_str().to_owned() });
        }
        if before.status == TableStatus::Creating {
            admission::check_there(&before)?;
        }
        resource.check_expected(expected, before.policy.as_deref())?;
        let Outcome::Other(policy) = self.changed(before.policy.as_ref(), change) else {
            return Ok(before.policy.clone());
        };
        admission::check_there(&before)?;
        let told = policy.clone().or_else(|| before.policy.clone());
        let table = Table { policy, ..Table::clone(&before) };
        let id = table.schema.table;
        self.state.accepts_writes()?;
        let mut batch = Batch::new();
        batch.put(self.system, rows::definition_row(id), Definition::of(&table).encode());
        batch.put(self.system, rows::system_row("format"), rows::number_value(rows::FORMAT));
        self.put_last_revision(&mut batch);
        self.commit_rows(batch)?;
        if let Some(kept) = self.tables.get_mut(&id) {
            kept.table = Arc::new(table);
        }
        self.publish();
        Ok(told)
    }

    fn change_of_stream(
        &mut self,
        resource: &PolicyResource,
        label: &str,
        change: ResourcePolicyChange,
        expected: Option<&str>,
    ) -> Result<Option<Arc<ResourcePolicy>>, Error> {
        let stream = self.catalog.load().stream_of(resource.table().as_str(), label).cloned();
        let before = stream.ok_or_else(|| Error::Api(resource.not_found()))?;
        resource.check_expected(expected, before.policy.as_deref())?;
        let Outcome::Other(policy) = self.changed(before.policy.as_ref(), change) else {
            return Ok(before.policy.clone());
        };
        let told = policy.clone().or_else(|| before.policy.clone());
        let stream = Stream { policy, ..Stream::clone(&before) };
        self.state.accepts_writes()?;
        let mut batch = Batch::new();
        self.put_stream(&mut batch, &stream);
        self.put_last_revision(&mut batch);
        self.commit_rows(batch)?;
        self.committed_stream(Some(stream));
        self.publish();
        Ok(told)
    }

    fn changed(
        &mut self,
        before: Option<&Arc<ResourcePolicy>>,
        change: ResourcePolicyChange,
    ) -> Outcome {
        match (before, change) {
            (None, ResourcePolicyChange::Delete) => Outcome::Same,
            (Some(_), ResourcePolicyChange::Delete) => Outcome::Other(None),
            (Some(before), ResourcePolicyChange::Put(document)) if before.document == document => {
                Outcome::Same
            }
            (_, ResourcePolicyChange::Put(document)) => {
                Outcome::Other(Some(self.new_policy(document)))
            }
        }
    }

    /// A policy with a revision above all before.
    pub(super) fn new_policy(&mut self, document: PolicyDocument) -> Arc<ResourcePolicy> {
        let revision_ms = self.clock.unix_ms().max(self.last_revision_ms + 1);
        self.last_revision_ms = revision_ms;
        Arc::new(ResourcePolicy { document, revision_ms })
    }

    /// Adds the last revision to a batch that changes policies, if there was one.
    pub(super) fn put_last_revision(&self, batch: &mut Batch) {
        if self.last_revision_ms > 0 {
            let last = rows::number_value(self.last_revision_ms);
            batch.put(self.system, rows::system_row("last-revision"), last);
        }
    }

    /// Goes on behind the revision that is stored, and those of the policies that there are.
    pub(super) fn read_revisions(&mut self, stored_ms: Option<u64>) {
        let of_tables = self.tables.values().filter_map(|kept| kept.table.policy.as_ref());
        let of_streams = self.streams.all().filter_map(|stream| stream.policy.as_ref());
        let all = of_tables.chain(of_streams).map(|policy| policy.revision_ms).chain(stored_ms);
        self.last_revision_ms = all.fold(self.last_revision_ms, u64::max);
    }
}

/// What a change makes of a policy.
enum Outcome {
    /// It stays as it is.
    Same,
    /// It is another, or none.
    Other(Option<Arc<ResourcePolicy>>),
}
