//! What enabling and disabling a table's time to live makes of its setting.
//!
//! Must hold: no number of a setting is given twice in a table.
//! Not here: the rows that follow from it (`expiry.rs`, `expiry_tending.rs`).

use crate::api::{ApiError, TimeToLiveSpecification};
use crate::engine::{Table, TimeToLive};

/// The table with another setting, or why it does not take it.
pub(super) fn alter(
    table: &Table,
    specification: TimeToLiveSpecification,
) -> Result<Table, ApiError> {
    let TimeToLiveSpecification { enabled, attribute } = specification;
    let present = &table.time_to_live;
    let setting = match (&present.attribute, enabled) {
        (Some(current), _) if *current != attribute => {
            return Err(ApiError::validation(format!(
                "TimeToLive is active on a different AttributeName: current AttributeName is \
                 {current}"
            )));
        }
        (Some(_), true) => return Err(ApiError::validation("TimeToLive is already enabled")),
        (None, false) => return Err(ApiError::validation("TimeToLive is already disabled")),
        (Some(_), false) => {
            TimeToLive { attribute: None, complete: false, cleared: false, ..present.clone() }
        }
        (None, true) => {
            let (items, _) = table.totals.read();
            TimeToLive {
                attribute: Some(attribute),
                number: present.number + 1,
                complete: items == 0,
                cleared: present.cleared,
            }
        }
    };
    if table.time_to_live_settles() {
        return Err(ApiError::validation(
            "Time to live has been modified multiple times within a fixed interval",
        ));
    }
    Ok(Table { time_to_live: setting, ..table.clone() })
}
