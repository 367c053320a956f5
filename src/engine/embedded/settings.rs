//! What a change of a table's settings makes of it, and what it must not.
//!
//! Must hold: a change that is refused has changed nothing; checks come in DynamoDB's order.
//! Not here: how the altered table is stored and shown (`tables.rs`).

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;
use time::macros::format_description;

use super::definition::Setting;
use super::{encryption, index_changes, time_to_live};
use crate::api::{
    ApiError, Billing, BillingMode, CapacityChange, ClassSummary, ErrorCode, IndexCapacity,
    OnDemandMaxima, TableChange, TableStatus, ThroughputChanges, ThroughputRequest, UNITS_MAX,
    Units, WarmRequest, Whose, check_tag_count, invalid, units_on_demand,
};
use crate::engine::{Alteration, Table, Unsettled};
use crate::model::IndexSchema;

/// A table after a change.
pub(super) struct Altered {
    /// The table from now on.
    pub(super) table: Table,
    /// The table as the answer shows it: mostly as it was, being changed.
    pub(super) shown: Table,
}

/// What the change makes of the table at that time.
pub(super) fn alter(
    table: &Table,
    alteration: Alteration,
    setting: &Setting<'_>,
    now_ms: u64,
) -> Result<Altered, ApiError> {
    match alteration {
        Alteration::Settings(TableChange::DeletionProtection(protects)) => {
            let table = Table { deletion_protection: protects, ..table.clone() };
            Ok(Altered { shown: table.clone(), table })
        }
        Alteration::Settings(TableChange::Class(class)) => {
            let summary = ClassSummary { class, changed_ms: Some(now_ms) };
            let changed = Table { class: Some(summary), ..table.clone() };
            let shown = Table { status: TableStatus::Updating, ..table.clone() };
            Ok(Altered { table: changed, shown })
        }
        Alteration::Settings(TableChange::Capacity(change)) => {
            let changed = change_capacity(table, &change, now_ms)?;
            Ok(Altered { shown: shown_while(table, &changed), table: changed })
        }
        Alteration::Settings(TableChange::Warm(warm)) => {
            let changed = change_warm(table, warm)?;
            Ok(Altered { shown: shown_while(table, &changed), table: changed })
        }
        Alteration::Settings(TableChange::Indexes(change)) => {
            index_changes::change(table, change, now_ms)
        }
        Alteration::Settings(TableChange::Encryption(key)) => {
            let changed = encryption::alter(table, &key, setting)?;
            let before = Unsettled::Encryption(table.encryption.clone());
            let shown = changed.clone().settling_until(Duration::ZERO, before);
            Ok(Altered { table: changed, shown })
        }
        Alteration::TimeToLive(specification) => {
            let table = time_to_live::alter(table, specification)?;
            Ok(Altered { shown: table.clone(), table })
        }
        // The stream itself is the writer's (`streams.rs`).
        Alteration::Settings(TableChange::Stream(_, capacity)) => {
            let changed = change_capacity(table, &capacity, now_ms)?;
            Ok(Altered {
                shown: Table { status: TableStatus::Updating, ..shown_while(table, &changed) },
                table: changed,
            })
        }
        Alteration::Tag(tags) => {
            let mut table = table.clone();
            table.tags.extend(tags);
            check_tag_count(table.tags.len())?;
            Ok(Altered { shown: table.clone(), table })
        }
        Alteration::Untag(keys) => {
            let kept = table.tags.iter().filter(|(key, _)| !keys.contains(key));
            let tags: BTreeMap<String, String> =
                kept.map(|(key, value)| (key.clone(), value.clone())).collect();
            let table = Table { tags, ..table.clone() };
            Ok(Altered { shown: table.clone(), table })
        }
    }
}

/// The table as it was, with the status of what is being changed; maxima count at once.
pub(super) fn shown_while(before: &Table, after: &Table) -> Table {
    let mut shown = before.clone();
    let mut changes = before.billing != after.billing;
    let is_as_charged = before.billing.mode() == after.billing.mode();
    for (index, after) in shown.indexes.iter_mut().zip(&after.indexes) {
        if index.units != after.units {
            index.status = TableStatus::Updating;
            changes = true;
        }
        if is_as_charged {
            index.throughput.maxima = after.throughput.maxima;
        }
        index.throughput.is_warming = index.throughput.warm != after.throughput.warm;
    }
    if changes {
        shown.status = TableStatus::Updating;
    }
    if is_as_charged {
        shown.throughput.maxima = after.throughput.maxima;
    }
    shown.throughput.is_warming = before.throughput.warm != after.throughput.warm;
    shown
}

pub(super) fn change_capacity(
    table: &Table,
    change: &CapacityChange,
    now_ms: u64,
) -> Result<Table, ApiError> {
    let mode = change.mode.unwrap_or(table.billing.mode());
    let of_index = |index: &IndexCapacity| index.units;
    let names_units = change.units.is_some() || change.indexes.iter().any(|i| i.units.is_some());
    if mode == BillingMode::OnDemand && names_units {
        return Err(units_on_demand());
    }
    let most = |units: Units| units.read.max(units.write);
    if change.indexes.iter().filter_map(of_index).any(|units| most(units) > UNITS_MAX) {
        return Err(ApiError::validation(INDEX_OUT_OF_BOUNDS));
    }
    let mut changed = match (table.billing, mode) {
        (Billing::OnDemand, BillingMode::OnDemand) => table.clone(),
        (Billing::Provisioned { .. }, BillingMode::OnDemand) => charge_on_demand(table, now_ms),
        (Billing::OnDemand, BillingMode::Provisioned) => provision(table, change)?,
        (Billing::Provisioned { read, write }, BillingMode::Provisioned) => {
            change_units(table, Units { read, write }, change, now_ms)?
        }
    };
    let of_table = ThroughputRequest { maxima: change.maxima, ..ThroughputRequest::default() };
    let throughput = changed.throughput.changed(mode, of_table, Whose::Table)?;
    changed.throughput = throughput.raised_for(changed.billing);
    for IndexCapacity { index: name, throughput, .. } in &change.indexes {
        index_changes::check_stays(table, name)?;
        let place = place_of(table, name)?;
        if mode == BillingMode::OnDemand && throughput.is_empty() {
            return Err(invalid(format_args!(
                "The only Updates for index: {name} when TableThroughputMode is PAY_PER_REQUEST \
                 can be to OnDemandThroughput, WarmThroughput"
            )));
        }
        let index = &mut changed.indexes[place];
        index.throughput = index.throughput.changed(mode, *throughput, Whose::Index(name))?;
    }
    for (index, schema) in changed.indexes.iter_mut().zip(&table.schema.indexes) {
        if !schema.is_local() {
            let billing = index.units.map_or(changed.billing, Billing::bought);
            index.throughput = index.throughput.raised_for(billing);
        }
    }
    Ok(changed)
}

fn change_warm(table: &Table, warm: WarmRequest) -> Result<Table, ApiError> {
    let request = ThroughputRequest { warm, ..ThroughputRequest::default() };
    let mut changed = table.clone();
    changed.throughput = table.throughput.changed(table.billing.mode(), request, Whose::Table)?;
    Ok(changed)
}

fn charge_on_demand(table: &Table, now_ms: u64) -> Table {
    let mut changed = table.clone();
    changed.billing = Billing::OnDemand;
    changed.on_demand_since_ms = Some(now_ms);
    for index in &mut changed.indexes {
        index.units = None;
    }
    changed
}

/// Units for a table that had none: each global index needs them too.
fn provision(table: &Table, change: &CapacityChange) -> Result<Table, ApiError> {
    let named = |schema: &IndexSchema| {
        let mut indexes = change.indexes.iter();
        indexes.find(|index| index.index == schema.name).and_then(|index| index.units)
    };
    let left_out: Vec<&str> = global_indexes(table)
        .filter(|schema| named(schema).is_none())
        .map(|schema| schema.name.as_str())
        .collect();
    if !left_out.is_empty() {
        let fault = "ProvisionedThroughput must be specified for index:";
        return Err(invalid(format_args!("{fault} {}", left_out.join(","))));
    }
    for IndexCapacity { index, .. } in &change.indexes {
        place_of(table, index)?;
    }
    let mut changed = table.clone();
    changed.billing = Billing::bought(change.units.unwrap_or_default());
    changed.throughput.maxima = OnDemandMaxima::default();
    for (index, schema) in changed.indexes.iter_mut().zip(&table.schema.indexes) {
        index.units = named(schema);
        index.throughput.maxima = OnDemandMaxima::default();
    }
    Ok(changed)
}

/// Other units for a table that has some.
fn change_units(
    table: &Table,
    current: Units,
    change: &CapacityChange,
    now_ms: u64,
) -> Result<Table, ApiError> {
    let mut changed = table.clone();
    if let Some(units) = change.units {
        if units == current {
            return Err(unchanged("table", "table", units));
        }
        let earlier = changed.throughput_changes;
        changed.throughput_changes = noted(earlier, current, units, now_ms)?;
        changed.billing = Billing::bought(units);
    }
    for IndexCapacity { index: name, units, throughput } in &change.indexes {
        index_changes::check_stays(table, name)?;
        let place = place_of(table, name)?;
        let index = &mut changed.indexes[place];
        let units = match units {
            Some(units) => units,
            None if throughput.is_empty() => {
                let fault = "ProvisionedThroughput is not specified for index:";
                return Err(invalid(format_args!("{fault} {name}")));
            }
            None => continue,
        };
        let current = index.units.unwrap_or_default();
        if *units == current {
            return Err(unchanged(&format!("index {name}"), "index", *units));
        }
        index.throughput_changes = noted(index.throughput_changes, current, *units, now_ms)?;
        index.units = Some(*units);
    }
    Ok(changed)
}

/// Notes a change of units, if it may be made: a day has few in which any of the two goes down.
fn noted(
    changes: ThroughputChanges,
    before: Units,
    after: Units,
    now_ms: u64,
) -> Result<ThroughputChanges, ApiError> {
    let mut changes = changes.seen_at(now_ms);
    if after.read < before.read || after.write < before.write {
        check_decrease(changes, now_ms)?;
        changes.lowered_ms = Some(now_ms);
        changes.lowered_that_day += 1;
    }
    if after.read > before.read || after.write > before.write {
        changes.raised_ms = Some(now_ms);
    }
    Ok(changes)
}

fn check_decrease(today: ThroughputChanges, now_ms: u64) -> Result<(), ApiError> {
    let ThroughputChanges { lowered_ms, lowered_that_day, .. } = today;
    let last_ms = lowered_ms.unwrap_or(0);
    if lowered_that_day < FREE_DECREASES || now_ms >= last_ms + HOUR_MS {
        return Ok(());
    }
    let midnight_ms = (now_ms / DAY_MS + 1) * DAY_MS;
    let next_ms = (last_ms + HOUR_MS).min(midnight_ms);
    Err(ApiError::new(
        ErrorCode::LimitExceeded,
        format!(
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a \
             given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC \
             day can be performed at most once every 3600 seconds. Number of decreases today: \
             {lowered_that_day}. Last decrease at {}. Next decrease can be made at {}",
            told_time(last_ms),
            told_time(next_ms)
        ),
    ))
}

/// The place of the global index of that name.
pub(super) fn place_of(table: &Table, name: &str) -> Result<usize, ApiError> {
    let is_it = |schema: &IndexSchema| !schema.is_local() && schema.name == name;
    table.schema.indexes.iter().position(is_it).ok_or_else(|| {
        let message = format!("Requested resource not found: Index: {name} not found");
        ApiError::new(ErrorCode::ResourceNotFound, message)
    })
}

pub(super) fn global_indexes(table: &Table) -> impl Iterator<Item = &IndexSchema> {
    table.schema.indexes.iter().filter(|schema| !schema.is_local())
}

fn unchanged(what: &str, kind: &str, Units { read, write }: Units) -> ApiError {
    ApiError::validation(format!(
        "The provisioned throughput for the {what} will not change. The requested value equals the \
         current value. Current ReadCapacityUnits provisioned for the {kind}: {read}. Requested \
         ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for the {kind}: \
         {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB Developer \
         Guide for current limits and how to request higher limits."
    ))
}

/// A time as the service tells it in a sentence.
fn told_time(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1_000).unwrap_or(0);
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let form = format_description!(
        "[weekday], [month repr:long] [day padding:none], [year] at \
         [hour repr:12 padding:none]:[minute]:[second] [period] Coordinated Universal Time"
    );
    time.format(&form).unwrap_or_default()
}

const INDEX_OUT_OF_BOUNDS: &str = "This operation cannot be performed with given input values. \
    Please contact DynamoDB service team for more info: Action Blocked: IndexUpdate";
/// Decreases of a day that need no pause before them.
const FREE_DECREASES: u64 = 4;
const HOUR_MS: u64 = 60 * 60 * 1_000;
const DAY_MS: u64 = 24 * HOUR_MS;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::definition::Definition;
    use super::*;
    use crate::metrics::Metrics;
    use crate::model::{IndexId, TableId};

    /// A provisioned table of 10 and 10 units with a local index and a global one of 4 and 4.
    fn table() -> Table {
        let text = r#"{"name":"abc","uuid":"u","created_ms":1,"attributes":[["id","S"],["at","N"]],
            "keys":["id","at"],"provisioned":[10,10],"deletion_protection":false,"indexes":[
            {"id":1,"name":"loc","scope":"local","hash":["id"],"range":["at"],"projection":"all"},
            {"id":2,"name":"glo","scope":"global","hash":["at"],"range":[],"projection":"all",
            "provisioned":[4,4]}]}"#;
        let metrics = Metrics::new(crate::metrics::Options::default());
        let setting = Setting { region: "r", account: "a", metrics: &metrics };
        let definition = Definition::decode(text.as_bytes()).expect("a definition");
        definition.into_table(TableId::new(1), &setting).expect("a table")
    }

    fn altered(table: &Table, alteration: Alteration, now_ms: u64) -> Result<Altered, ApiError> {
        let metrics = Metrics::new(crate::metrics::Options::default());
        alter(table, alteration, &Setting { region: "r", account: "a", metrics: &metrics }, now_ms)
    }

    fn capacity(change: CapacityChange) -> Alteration {
        Alteration::Settings(TableChange::Capacity(change))
    }

    fn of_table(read: u64, write: u64) -> Alteration {
        capacity(CapacityChange { units: Some(Units { read, write }), ..Default::default() })
    }

    fn of_index(index: &str, read: u64, write: u64) -> Alteration {
        let (units, throughput) = (Some(Units { read, write }), ThroughputRequest::default());
        let units = IndexCapacity { index: index.into(), units, throughput };
        capacity(CapacityChange { indexes: vec![units], ..Default::default() })
    }

    fn lowered(table: &Table, read: u64, now_ms: u64) -> Result<Table, ApiError> {
        altered(table, of_table(read, 10), now_ms).map(|altered| altered.table)
    }

    #[test]
    fn a_day_has_four_decreases_and_then_one_an_hour_until_midnight() {
        let noon_ms = 20_000 * DAY_MS + DAY_MS / 2;
        let mut table = table();
        for (read, minute) in [(9, 0), (8, 1), (7, 2), (6, 3)] {
            table = lowered(&table, read, noon_ms + minute * 60_000).expect("four are free");
        }
        let last_ms = noon_ms + 3 * 60_000;

        let refused = lowered(&table, 5, last_ms + HOUR_MS - 1).err().expect("too soon");
        assert_eq!(refused.code, ErrorCode::LimitExceeded);
        assert!(
            refused.message.ends_with(
                "Number of decreases today: 4. Last decrease at Friday, October 4, 2024 at \
                 12:03:00 PM Coordinated Universal Time. Next decrease can be made at Friday, \
                 October 4, 2024 at 1:03:00 PM Coordinated Universal Time"
            ),
            "{refused}"
        );
        table = lowered(&table, 5, last_ms + HOUR_MS).expect("an hour has passed");
        assert_eq!(table.throughput_changes.lowered_that_day, 5);
        assert!(lowered(&table, 4, last_ms + HOUR_MS + 1).is_err());
        assert!(altered(&table, of_table(6, 11), last_ms + HOUR_MS + 1).is_ok(), "it goes up");
        assert!(altered(&table, of_index("glo", 3, 3), last_ms + HOUR_MS + 1).is_ok());

        let next_day = lowered(&table, 4, 20_001 * DAY_MS).expect("another day");
        assert_eq!(next_day.throughput_changes.lowered_that_day, 1);
    }

    #[test]
    fn a_decrease_in_both_is_one_and_one_up_one_down_is_both() {
        let both = altered(&table(), of_table(9, 9), 5).expect("it fits").table;
        assert_eq!(both.throughput_changes.lowered_that_day, 1);
        assert_eq!(
            (both.throughput_changes.raised_ms, both.throughput_changes.lowered_ms),
            (None, Some(5))
        );

        let mixed = altered(&table(), of_table(9, 11), 5).expect("it fits").table;
        assert_eq!(
            (mixed.throughput_changes.raised_ms, mixed.throughput_changes.lowered_ms),
            (Some(5), Some(5))
        );
    }

    #[test]
    fn a_local_index_has_no_units() {
        let refused = altered(&table(), of_index("loc", 1, 1), 5).err().expect("it is local");

        assert_eq!(refused.code, ErrorCode::ResourceNotFound);
        assert_eq!(refused.message, "Requested resource not found: Index: loc not found");
    }

    #[test]
    fn on_demand_takes_the_units_of_global_indexes_and_asks_for_all_of_them_back() {
        let mode =
            |mode, units| CapacityChange { mode: Some(mode), units, ..CapacityChange::default() };
        let before = table();

        let to_on_demand = capacity(mode(BillingMode::OnDemand, None));
        let Altered { table, shown } = altered(&before, to_on_demand, 5).expect("it fits");

        assert_eq!((table.billing, table.on_demand_since_ms), (Billing::OnDemand, Some(5)));
        assert_eq!(table.index(IndexId::new(2)).expect("kept").units, None);
        assert_eq!((shown.billing, shown.status), (before.billing, TableStatus::Updating));
        assert_eq!(shown.indexes[1].status, TableStatus::Updating);
        assert_eq!(shown.indexes[0].status, TableStatus::Active);
        assert!(Arc::ptr_eq(&table.totals, &before.totals));
        assert!(Arc::ptr_eq(&table.indexes[1].totals, &before.indexes[1].totals));
        assert!(Arc::ptr_eq(&table.metrics, &before.metrics));
        let units = Some(Units { read: 1, write: 1 });
        let back = altered(&table, capacity(mode(BillingMode::Provisioned, units)), 6);
        let told = back.err().expect("an index is left out").message;
        assert!(told.ends_with("ProvisionedThroughput must be specified for index: glo"), "{told}");
    }
}
