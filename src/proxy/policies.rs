//! How tables are cached, from names to the tables that there are.
//!
//! Not here: what a policy means (`cache/policy.rs`), changes of a running process (`control.rs`).

use std::sync::PoisonError;

use super::Proxy;
use crate::cache::{Policies, Policy};
use crate::model::TableId;

/// How tables are cached, by their names.
#[derive(Clone, Debug, Default)]
pub struct NamedPolicies {
    /// For tables that are not named.
    pub default: Policy,
    /// For single tables.
    pub tables: Vec<(String, Policy)>,
}

impl Proxy {
    /// Replaces how tables are cached.
    pub fn set_policies(&self, policies: NamedPolicies) {
        *self.policies.lock().unwrap_or_else(PoisonError::into_inner) = policies;
        self.apply_policies();
    }

    /// Gives the caches the policies of the tables that there are now.
    pub(super) fn apply_policies(&self) {
        let named = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        // The lock is held to the end: policies of older tables must not replace newer ones.
        if let Some(through) = &self.through {
            let policies = through.policies(&named);
            let tables: Vec<TableId> = policies.tables.keys().copied().collect();
            self.rules.set_policies(policies, tables);
            for first in through.upstream.scopes().take_missed() {
                through.block(first).for_each(|table| self.rules.forget(table));
            }
            return;
        }
        let catalog = self.catalog.load();
        let of_table = |(name, policy): &(String, Policy)| {
            catalog.table(name).map(|table| (table.schema.table, policy.clone()))
        };
        let tables = named.tables.iter().filter_map(of_table).collect();
        let policies = Policies { default: named.default.clone(), tables };
        self.rules.set_policies(policies, catalog.ids());
    }
}
