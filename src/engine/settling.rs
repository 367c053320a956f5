//! Changes of a table that are made, and are shown as going on until they have settled.
//!
//!     change ──> durable, in force ──── settling ────> settled
//!                              CREATING, UPDATING …    ACTIVE
//!
//! Must hold: what is read and written follows what is made; a table that settles as a whole, being
//! made or dropped, serves no data. A table's status is that of what settles.
//! Not here: how long it takes (`embedded/settling.rs`), what must wait for it
//! (`embedded/admission.rs`).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::Table;
use crate::api::{
    EncryptionDescription, TableStatus, TimeToLiveDescription, TimeToLiveStatus, Units,
};

/// A change that has not settled.
#[derive(Clone)]
pub struct Settling {
    /// What is shown as going on.
    pub change: Unsettled,
    /// When it has settled, in monotonic time.
    pub until: Duration,
}

/// What is shown as going on.
#[derive(Clone)]
pub enum Unsettled {
    /// The table is being made.
    Made,
    /// The table is being dropped.
    Dropped,
    /// A setting of the table is being changed, which was like this before.
    Setting(Setting, Arc<Table>),
    /// Work on an index that comes or leaves has not begun.
    Index,
    /// The time to live is being enabled or disabled; the attribute that it went by before.
    TimeToLive(Option<String>),
    /// The key of its items is being changed; the one before.
    Encryption(Option<String>),
    /// It is being made able to take more at once than this.
    Warm(Units),
}

/// A setting that takes a while to change, one at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Setting {
    /// How capacity is charged.
    Capacity,
    /// The class of the storage.
    Class,
    /// Whether there is a stream, and how capacity is charged if that changes with it.
    Stream,
    /// Units of indexes alone; the table itself stays as it is.
    IndexUnits,
}

impl Table {
    /// The same table with a change that settles at that time.
    #[must_use]
    pub fn settling_until(mut self, until: Duration, change: Unsettled) -> Self {
        self.settling.push(Settling { change, until });
        self.status = status_of(&self.settling);
        self
    }

    /// The table without what has settled at that time, if something has.
    pub fn settled_at(&self, now: Duration) -> Option<Self> {
        if self.settles_at().is_none_or(|next| now < next) {
            return None;
        }
        let mut table = self.clone();
        table.settling.retain(|settling| now < settling.until);
        table.status = status_of(&table.settling);
        Some(table)
    }

    /// When the next of its changes has settled.
    pub fn settles_at(&self) -> Option<Duration> {
        self.settling.iter().map(|settling| settling.until).min()
    }

    /// The setting that is being changed, if one is.
    pub fn unsettled_setting(&self) -> Option<Setting> {
        self.settling.iter().find_map(|settling| match settling.change {
            Unsettled::Setting(setting, _) => Some(setting),
            Unsettled::Made
            | Unsettled::Dropped
            | Unsettled::Index
            | Unsettled::TimeToLive(_)
            | Unsettled::Encryption(_)
            | Unsettled::Warm(_) => None,
        })
    }

    /// Whether work on an index that comes or leaves has not begun.
    pub fn waits_for_index(&self) -> bool {
        self.is_settling(|change| matches!(change, Unsettled::Index))
    }

    /// Whether its time to live is being changed.
    pub fn time_to_live_settles(&self) -> bool {
        self.is_settling(|change| matches!(change, Unsettled::TimeToLive(_)))
    }

    /// Whether the key of its items is being changed.
    pub fn encryption_settles(&self) -> bool {
        self.is_settling(|change| matches!(change, Unsettled::Encryption(_)))
    }

    /// Whether it is being made able to take more at once.
    pub fn warm_settles(&self) -> bool {
        self.is_settling(|change| matches!(change, Unsettled::Warm(_)))
    }

    /// Whether its newest stream is being switched on or off.
    pub fn stream_settles(&self) -> bool {
        let is_on = self.stream.as_ref().is_some_and(|stream| stream.view.is_some());
        self.is_settling(|change| match change {
            Unsettled::Setting(Setting::Stream, _) => true,
            Unsettled::Made | Unsettled::Dropped => is_on,
            Unsettled::Setting(..)
            | Unsettled::Index
            | Unsettled::TimeToLive(_)
            | Unsettled::Encryption(_)
            | Unsettled::Warm(_) => false,
        })
    }

    /// When its items expire, as the API describes it.
    pub fn describe_time_to_live(&self) -> TimeToLiveDescription {
        let attribute = self.time_to_live.attribute.clone();
        let before = self.settling.iter().find_map(|settling| match &settling.change {
            Unsettled::TimeToLive(before) => Some(before.clone()),
            Unsettled::Made
            | Unsettled::Dropped
            | Unsettled::Setting(..)
            | Unsettled::Index
            | Unsettled::Encryption(_)
            | Unsettled::Warm(_) => None,
        });
        let status = match (&attribute, &before) {
            (Some(_), None) => TimeToLiveStatus::Enabled,
            (Some(_), Some(_)) => TimeToLiveStatus::Enabling,
            (None, Some(_)) => TimeToLiveStatus::Disabling,
            (None, None) => TimeToLiveStatus::Disabled,
        };
        TimeToLiveDescription { status, attribute: attribute.or(before.flatten()) }
    }

    /// The key of its items as the API describes it, of a table that is [shown](Self::shown).
    pub(super) fn describe_encryption(&self) -> Option<EncryptionDescription> {
        let is_updating = self.encryption_settles();
        let key = self.encryption.clone();
        (is_updating || key.is_some()).then_some(EncryptionDescription { is_updating, key })
    }

    /// The table as it is described: as it was, where a change of it has not settled.
    pub fn shown(&self) -> Cow<'_, Self> {
        let mut shown = Cow::Borrowed(self);
        // A warm-up that began before a setting changed is not settled in what that one was.
        let is_setting = |change: &Unsettled| matches!(change, Unsettled::Setting(..));
        let changes = || self.settling.iter().map(|settling| &settling.change);
        let settings = changes().filter(|change| is_setting(change));
        for change in settings.chain(changes().filter(|change| !is_setting(change))) {
            match change {
                Unsettled::Made => show_indexes(shown.to_mut(), TableStatus::Creating),
                Unsettled::Dropped => show_indexes(shown.to_mut(), TableStatus::Deleting),
                Unsettled::Setting(_, before) => show_settings(shown.to_mut(), before),
                Unsettled::Encryption(before) => shown.to_mut().encryption.clone_from(before),
                Unsettled::Warm(before) => {
                    let throughput = &mut shown.to_mut().throughput;
                    (throughput.warm, throughput.is_warming) = (*before, true);
                }
                Unsettled::Index | Unsettled::TimeToLive(_) => {}
            }
        }
        shown
    }

    fn is_settling(&self, test: impl Fn(&Unsettled) -> bool) -> bool {
        self.settling.iter().any(|settling| test(&settling.change))
    }
}

fn status_of(settling: &[Settling]) -> TableStatus {
    let statuses = settling.iter().map(|settling| match settling.change {
        Unsettled::Made => TableStatus::Creating,
        Unsettled::Dropped => TableStatus::Deleting,
        Unsettled::Setting(Setting::Capacity | Setting::Class | Setting::Stream, _) => {
            TableStatus::Updating
        }
        Unsettled::Setting(Setting::IndexUnits, _)
        | Unsettled::Index
        | Unsettled::TimeToLive(_)
        | Unsettled::Encryption(_)
        | Unsettled::Warm(_) => TableStatus::Active,
    });
    statuses.fold(TableStatus::Active, |status, next| match (status, next) {
        (TableStatus::Deleting, _) | (_, TableStatus::Deleting) => TableStatus::Deleting,
        (TableStatus::Creating, _) | (_, TableStatus::Creating) => TableStatus::Creating,
        (TableStatus::Updating, _) | (_, TableStatus::Updating) => TableStatus::Updating,
        (TableStatus::Active, TableStatus::Active) => TableStatus::Active,
    })
}

fn show_indexes(shown: &mut Table, status: TableStatus) {
    for index in &mut shown.indexes {
        index.status = status;
    }
}

/// Puts back what takes a while to change. Meanwhile nothing else changes it.
fn show_settings(shown: &mut Table, before: &Table) {
    shown.class = before.class;
    shown.billing = before.billing;
    shown.on_demand_since_ms = before.on_demand_since_ms;
    shown.throughput = before.throughput;
    shown.throughput_changes = before.throughput_changes;
    for index in &mut shown.indexes {
        if let Some(was) = before.index(index.id).filter(|was| was.units != index.units) {
            index.units = was.units;
            index.throughput = was.throughput;
            index.throughput_changes = was.throughput_changes;
            index.status = TableStatus::Updating;
        }
    }
}
