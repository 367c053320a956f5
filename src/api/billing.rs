//! How a table's capacity is charged, and how that is changed.
//!
//! Not here: what a request costs (`proxy/capacity.rs`).

use super::ApiError;
use super::throughput::{MaximaRequest, ThroughputRequest};
use super::value::invalid;

/// What a table's capacity is charged by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Billing {
    /// Capacity bought ahead.
    Provisioned {
        /// Read units a second.
        read: u64,
        /// Write units a second.
        write: u64,
    },
    /// By request.
    OnDemand,
}

/// Units of capacity bought ahead, a second.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Units {
    /// For reading.
    pub read: u64,
    /// For writing.
    pub write: u64,
}

/// What capacity is charged by, without its units.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BillingMode {
    /// Capacity bought ahead.
    Provisioned,
    /// By request.
    OnDemand,
}

/// A change of how a table's capacity is charged; beside no other change, at least one member says
/// something.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CapacityChange {
    /// By what, if that was named.
    pub mode: Option<BillingMode>,
    /// The units, if named; there if the mode is [`BillingMode::Provisioned`].
    pub units: Option<Units>,
    /// The most that the table shall take.
    pub maxima: MaximaRequest,
    /// Changes of global indexes; no index is named twice.
    pub indexes: Vec<IndexCapacity>,
}

/// The capacity that a global index shall have.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexCapacity {
    /// The index's name.
    pub index: String,
    /// The units, if named.
    pub units: Option<Units>,
    /// What else is asked of it.
    pub throughput: ThroughputRequest,
}

impl Billing {
    /// How a new table is charged: on demand or by units bought ahead, which must then be there.
    pub fn new(mode: BillingMode, units: Option<Units>) -> Result<Self, ApiError> {
        match (mode, units) {
            (BillingMode::OnDemand, None) => Ok(Self::OnDemand),
            (BillingMode::OnDemand, Some(_)) => Err(units_on_demand()),
            (BillingMode::Provisioned, None) => Err(invalid(
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode \
                 is PROVISIONED",
            )),
            (BillingMode::Provisioned, Some(units)) => {
                check_units(units)?;
                Ok(Self::bought(units))
            }
        }
    }

    /// Charged by these units.
    pub fn bought(Units { read, write }: Units) -> Self {
        Self::Provisioned { read, write }
    }

    /// What it is charged by.
    pub fn mode(self) -> BillingMode {
        match self {
            Self::Provisioned { .. } => BillingMode::Provisioned,
            Self::OnDemand => BillingMode::OnDemand,
        }
    }
}

/// Refuses units for a table that is charged on demand.
pub fn units_on_demand() -> ApiError {
    invalid(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is \
         PAY_PER_REQUEST",
    )
}

/// Refuses units that nobody can buy.
pub fn check_units(units: Units) -> Result<(), ApiError> {
    for (number, member) in [(units.read, "ReadCapacityUnits"), (units.write, "WriteCapacityUnits")]
    {
        if number > UNITS_MAX {
            let message = format!("Given value {number} for {member} is out of bounds");
            return Err(ApiError::validation(message));
        }
    }
    Ok(())
}

/// Units of either kind that a request can name.
pub const UNITS_MAX: u64 = 1_000_000_000_000;
