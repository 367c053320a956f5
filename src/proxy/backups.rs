//! Backups of tables, and tables made of them: what is asked for.
//!
//!     CreateBackup     snapshot, then a draft, then the answer; the items follow in the background
//!     Restore…         the backup is taken, the table made, then the answer; the same
//!
//! Must hold: a backup that a table is being made of is neither deleted nor restored again.
//! Not here: the items (`background/`), where backups are kept (`backup/`).

use std::sync::Arc;

use super::Proxy;
use super::background::Backing;
use crate::api::{
    ApiError, BackupArn, BackupDescription, BackupDetails, BackupStatus, BackupSummary, BackupType,
    ControlCode, CreateBackup, ErrorCode, ListBackups, ListBackupsOutput, RestoreSummary,
    RestoreTableFromBackup, RestoreTableToPointInTime, TableDescription, TableName, TableStatus,
    UpdateContinuousBackups,
};
use crate::backup::{Error, Kept, Label};
use crate::engine::{self, RestoreTable, Table};

impl Proxy {
    pub(super) async fn create_backup(
        &self,
        create: CreateBackup,
    ) -> Result<BackupDetails, ApiError> {
        let CreateBackup { table: name, name: called } = create;
        // Before the snapshot, so that there is a place for the work once there is one.
        let place = self.background.backing_place().ok_or_else(too_many_at_once)?;
        let snapshot = self.store()?.snapshot(name.clone()).await;
        let snapshot = snapshot.map_err(|error| match error {
            engine::Error::NoTable { .. } => self.why_not_backed(&name),
            error => error.into(),
        })?;
        let created_ms = self.clock.unix_ms();
        let random = &uuid::Uuid::new_v4().simple().to_string()[..8];
        let id = format!("{created_ms:014}-{random}");
        let Table { arn: table_arn, uuid, .. } = &*snapshot.table;
        let label = Label {
            arn: format!("{table_arn}/backup/{id}"),
            id,
            name: called,
            created_ms,
            bytes: snapshot.bytes,
            table: name,
            table_id: uuid.clone(),
            table_arn: table_arn.clone(),
            description: snapshot.description.clone(),
        };
        let draft = self.shelf.begin(label).await.map_err(|error| told(error, None))?;
        let details = details(draft.label(), BackupStatus::Creating);
        place.send(Backing::new(snapshot, draft));
        Ok(details)
    }

    pub(super) fn describe_backup(&self, arn: &BackupArn) -> Result<BackupDescription, ApiError> {
        let kept = self.shelf.find(arn).map_err(|error| told(error, Some(arn)))?;
        self.backup_description(&kept)
    }

    pub(super) fn list_backups(&self, list: &ListBackups) -> ListBackupsOutput {
        let shown = match list.kind {
            BackupType::User | BackupType::All => self.shelf.all(),
            // Nobody else makes any here.
            BackupType::System | BackupType::AwsBackup => Vec::new(),
        };
        let is_meant = |kept: &Kept| {
            let label = &kept.label;
            list.table.as_ref().is_none_or(|table| label.table == *table)
                && list.after.as_ref().is_none_or(|after| label.id.as_str() > after.id())
                && list.from_ms.is_none_or(|from_ms| label.created_ms >= from_ms)
                && list.before_ms.is_none_or(|before_ms| label.created_ms < before_ms)
        };
        let mut meant = shown.iter().filter(|kept| is_meant(kept));
        let limit = list.limit.unwrap_or(LISTED_MAX);
        let backups: Vec<BackupSummary> = meant.by_ref().take(limit).map(summary).collect();
        let end = meant.next().and_then(|_| backups.last());
        ListBackupsOutput { last: end.map(|backup| backup.details.arn.clone()), backups }
    }

    pub(super) async fn delete_backup(
        &self,
        arn: &BackupArn,
    ) -> Result<BackupDescription, ApiError> {
        let of_arn = |error| told(error, Some(arn));
        self.shelf.look_again(arn).await.map_err(of_arn)?;
        let taken = self.shelf.take(arn).map_err(of_arn)?;
        let label = Arc::clone(taken.label());
        self.check_unused(&label)?;
        // One that cannot be told of is left alone.
        let description =
            self.backup_description(&Kept { label, status: BackupStatus::Deleted })?;
        taken.delete().await.map_err(of_arn)?;
        Ok(description)
    }

    pub(super) async fn restore_table_from_backup(
        &self,
        restore: RestoreTableFromBackup,
    ) -> Result<TableDescription, ApiError> {
        let RestoreTableFromBackup { backup, target, overrides } = restore;
        let of_arn = |error| told(error, Some(&backup));
        self.shelf.look_again(&backup).await.map_err(of_arn)?;
        // Until the table is there, which says itself what it is made of.
        let taken = self.shelf.take(&backup).map_err(of_arn)?;
        let label = taken.label();
        self.check_unused(label)?;
        let summary = RestoreSummary {
            backup_arn: label.arn.clone(),
            table_arn: label.table_arn.clone(),
            at_ms: label.created_ms,
        };
        let description = label.description.clone();
        let restore = RestoreTable { name: target.clone(), description, overrides, summary };
        let table = self.store()?.restore_table(restore).await;
        let table = table.map_err(|error| of_target(error, &target))?;
        drop(taken);
        self.apply_policies();
        self.background.restore_was_begun();
        Ok(table.describe(self.clock.unix_ms()))
    }

    pub(super) fn describe_continuous_backups(&self, name: &TableName) -> Result<(), ApiError> {
        let catalog = self.catalog();
        catalog
            .serving(name.as_str())
            .map(drop)
            .ok_or_else(|| ApiError::backed_table_not_found(name.as_str()))
    }

    pub(super) fn update_continuous_backups(
        &self,
        update: &UpdateContinuousBackups,
    ) -> Result<(), ApiError> {
        let there = self.describe_continuous_backups(&update.name);
        there.map_err(|_| self.why_not_backed(&update.name))?;
        if update.enabled {
            return Err(ApiError::validation(
                "Point-in-time recovery is not supported by this version of hearth: take backups \
                 with CreateBackup, or of everything with hearth backup",
            ));
        }
        Ok(())
    }

    pub(super) fn restore_to_point_in_time(&self, restore: &RestoreTableToPointInTime) -> ApiError {
        let source = restore.source.as_str();
        match self.describe_continuous_backups(&restore.source) {
            Ok(()) => ApiError::no_point_in_time(source),
            Err(_) => ApiError::new(
                ControlCode::TableNotFound,
                format!("Source table not found: {source}"),
            ),
        }
    }

    /// What is told of a table that has no backups now, if it is one.
    fn why_not_backed(&self, name: &TableName) -> ApiError {
        let is_made =
            |table: &Arc<Table>| table.status == TableStatus::Creating && table.restoring.is_none();
        if !self.catalog().table(name.as_str()).is_some_and(is_made) {
            return ApiError::backed_table_not_found(name.as_str());
        }
        let message =
            format!("Backups are being enabled for the table: {name}. Please retry later");
        ApiError::new(ControlCode::ContinuousBackupsUnavailable, message)
    }

    fn backup_description(&self, kept: &Kept) -> Result<BackupDescription, ApiError> {
        let table = self.store()?.described(&kept.label.description)?;
        // Named as it was, whatever region and account are since.
        let table = Table { arn: kept.label.table_arn.clone(), ..table };
        Ok(BackupDescription {
            details: details(&kept.label, kept.status),
            source: table.describe(kept.label.created_ms),
            time_to_live: table.time_to_live.attribute,
        })
    }

    /// Refuses what cannot be done with a backup while a table is being made of it.
    fn check_unused(&self, label: &Label) -> Result<(), ApiError> {
        let catalog = self.catalog();
        let mut restoring = catalog.tables().filter_map(|table| table.restoring.as_ref());
        if restoring.any(|summary| summary.backup_arn == label.arn) {
            return Err(in_use());
        }
        Ok(())
    }
}

fn details(label: &Label, status: BackupStatus) -> BackupDetails {
    BackupDetails {
        arn: label.arn.clone(),
        name: label.name.clone(),
        bytes: label.bytes,
        status,
        created_ms: label.created_ms,
    }
}

fn summary(Kept { label, status }: &Kept) -> BackupSummary {
    BackupSummary {
        details: details(label, *status),
        table: label.table.clone(),
        table_id: label.table_id.clone(),
        table_arn: label.table_arn.clone(),
    }
}

/// An error of the engine as it is told of a table to make.
fn of_target(error: engine::Error, name: &TableName) -> ApiError {
    let refusal = |code: ControlCode, what: &str| ApiError::new(code, format!("{what}: {name}"));
    match error {
        engine::Error::TableExists { .. } => {
            refusal(ControlCode::TableAlreadyExists, "Table already exists")
        }
        engine::Error::Restoring { .. } => {
            refusal(ControlCode::TableInUse, "Table is already being restored")
        }
        error => error.into(),
    }
}

fn told(error: Error, arn: Option<&BackupArn>) -> ApiError {
    match (error, arn) {
        (Error::NotThere, Some(arn)) => {
            ApiError::new(ControlCode::BackupNotFound, format!("Backup not found: {arn}"))
        }
        (Error::Busy | Error::TableBusy, _) => in_use(),
        (Error::TooMany { limit, what }, _) => ApiError::new(
            ErrorCode::LimitExceeded,
            format!("Subscriber limit exceeded: There is a limit of {limit} backups {what}"),
        ),
        (
            error @ (Error::NotThere
            | Error::Foreign(_)
            | Error::NewerFormat { .. }
            | Error::Damaged { .. }
            | Error::Io { .. }
            | Error::Stream { .. }
            | Error::Store(_)
            | Error::Stopped),
            _,
        ) => ApiError::internal(&error),
    }
}

fn in_use() -> ApiError {
    let message = "There is another ongoing conflicting backup control plane operation on the \
                   table. The backup is either being created, deleted or restored to a table.";
    ApiError::new(ControlCode::BackupInUse, message)
}

fn too_many_at_once() -> ApiError {
    let message = "Subscriber limit exceeded: Too many backups are being made at a time";
    ApiError::new(ErrorCode::LimitExceeded, message)
}

const LISTED_MAX: usize = 100;
