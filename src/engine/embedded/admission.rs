//! What is refused of a table while a change of it has not settled.
//!
//!     being made             everything
//!     being dropped          everything but dropping it again
//!     a setting changes      another setting, an index, dropping it
//!     an index on its way    another index, units before it is filled, dropping it
//!     it is warmed           another warm-up, dropping it
//!     time to live changes   another change of that
//!     the key changes        another change of that, dropping it
//!
//! Must hold: whether protection, tags, time to live and key can be changed does not depend on settings.
//! Not here: what settles, and when (`settling.rs`); that one index at most is on its way
//! (`index_changes.rs`).

use super::index_changes;
use crate::api::{ApiError, ErrorCode, TableChange, TableClass, TableStatus};
use crate::engine::{Alteration, Error, Setting, Table};

/// Refuses an alteration that must wait.
pub(super) fn check_altered(table: &Table, alteration: &Alteration) -> Result<(), Error> {
    check_restored(table, alteration)?;
    check_there(table)?;
    match alteration {
        Alteration::Settings(TableChange::DeletionProtection(_))
        | Alteration::TimeToLive(_)
        | Alteration::Tag(_)
        | Alteration::Untag(_) => Ok(()),
        Alteration::Settings(change) => Ok(check_setting(table, change)?),
    }
}

/// Refuses to drop a table that is busy.
pub(super) fn check_dropped(table: &Table) -> Result<(), ApiError> {
    check_there(table)?;
    match table.unsettled_setting() {
        None if table.encryption_settles() => Err(in_process(table)),
        None if table.warm_settles() => Err(being(table, "updated")),
        None => index_changes::check_idle(table),
        Some(Setting::Stream) => {
            Err(in_use("Cannot delete table while stream is being enabled/disabled."))
        }
        Some(Setting::IndexUnits) => Err(in_use(INDEXES_BUSY)),
        Some(Setting::Capacity | Setting::Class) => Err(being(table, "updated")),
    }
}

/// Refuses to change a table that is not there yet, or no more.
pub(super) fn check_there(table: &Table) -> Result<(), ApiError> {
    match table.status {
        TableStatus::Creating => Err(being(table, "created")),
        TableStatus::Deleting => Err(being(table, "deleted")),
        TableStatus::Active | TableStatus::Updating => Ok(()),
    }
}

/// A table that cannot be changed so now.
pub(super) fn in_use(why: &str) -> ApiError {
    let message = format!("Attempt to change a resource which is still in use: {why}");
    ApiError::new(ErrorCode::ResourceInUse, message)
}

/// A table that waits for its items has nothing besides its settings yet.
fn check_restored(table: &Table, alteration: &Alteration) -> Result<(), Error> {
    let name = || table.name.as_str().to_owned();
    match alteration {
        _ if table.restoring.is_none() => Ok(()),
        Alteration::Settings(_) => Err(Error::Restoring { name: name() }),
        Alteration::TimeToLive(_) | Alteration::Tag(_) | Alteration::Untag(_) => {
            Err(Error::NoTable { name: name() })
        }
    }
}

fn check_setting(table: &Table, change: &TableChange) -> Result<(), ApiError> {
    let name = &table.name;
    if let TableChange::Encryption(_) = change {
        return if table.encryption_settles() { Err(in_process(table)) } else { Ok(()) };
    }
    let class = || {
        let class = table.class.map_or(TableClass::Standard, |summary| summary.class);
        format!("Table: {name} TableClassUpdateInProgress: {}", class.name())
    };
    match (table.unsettled_setting(), change) {
        (None, TableChange::Capacity(change)) if table.waits_for_index() => {
            if change.units.is_some() || change.mode.is_some() {
                return Err(being(table, "updated"));
            }
            Ok(())
        }
        (None, TableChange::Warm(_)) if table.warm_settles() => Err(being(table, "updated")),
        (None, _) => Ok(()),
        (Some(Setting::IndexUnits), TableChange::Indexes(_)) => Err(index_changes::only_one()),
        (Some(Setting::Class), TableChange::Class(_)) => Err(in_use(&format!(
            "Can't update table class when a table class update is in progress. {}",
            class()
        ))),
        (Some(Setting::Class), TableChange::Stream(..)) => Err(in_use(&format!(
            "Can't change stream status when a table class update is in progress. {}",
            class()
        ))),
        (Some(Setting::Stream), TableChange::Class(_)) => Err(in_use(&format!(
            "Can't update table class when stream status is being updated. Table: {name}"
        ))),
        (Some(_), _) => Err(being(table, "updated")),
    }
}

fn in_process(table: &Table) -> ApiError {
    in_use(&format!("Table: {} is in the process of being updated.", table.name))
}

fn being(table: &Table, what: &str) -> ApiError {
    in_use(&format!("Table is being {what}: {}", table.name))
}

/// What is told of dropping a table while one of its indexes is on its way.
pub(super) const INDEXES_BUSY: &str =
    "Cannot delete table while indexes are being created, updated, or deleted.";
