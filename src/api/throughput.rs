//! What a table or a global index takes in a second, beside units bought ahead: the most that one
//! charged on demand shall take, and what one can take at once.
//!
//! Must hold: a maximum is at least 1; what one can take at once never goes down, and is never less
//! than what it must take.
//! Not here: who is held to a maximum (`proxy/throttle.rs`).

use std::fmt;

use super::ApiError;
use super::billing::{Billing, BillingMode, UNITS_MAX, Units};
use super::value::invalid;

/// What a table or a global index takes in a second.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Throughput {
    /// The most that it shall take while it is charged on demand.
    pub maxima: OnDemandMaxima,
    /// What it can take at once.
    pub warm: Units,
    /// Whether an answer tells that it is being made able to take more.
    pub is_warming: bool,
}

/// The most units that a table or index shall take in a second; without one of a kind there is no
/// limit.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct OnDemandMaxima {
    /// For reading.
    pub read: Option<u64>,
    /// For writing.
    pub write: Option<u64>,
}

/// What a request asks of a table or index.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ThroughputRequest {
    /// The most that it shall take.
    pub maxima: MaximaRequest,
    /// What it shall be able to take at once.
    pub warm: WarmRequest,
}

/// Maxima as a request has them: -1 of a table that is there lifts one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct MaximaRequest {
    /// For reading.
    pub read: Option<i64>,
    /// For writing.
    pub write: Option<i64>,
}

/// What a table or index shall be able to take at once, as a request has it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct WarmRequest {
    /// Reads.
    pub read: Option<i64>,
    /// Writes.
    pub write: Option<i64>,
}

/// What is spoken of: the table, or one of its indexes.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// The table.
    Table,
    /// The global index of that name.
    Index(&'a str),
}

impl Throughput {
    /// That of a new table or index that is charged so.
    pub fn of_new(
        billing: Billing,
        request: ThroughputRequest,
        whose: Whose<'_>,
    ) -> Result<Self, ApiError> {
        let ThroughputRequest { maxima, warm } = request;
        if let (BillingMode::Provisioned, Some((member, _))) = (billing.mode(), maxima.first()) {
            let whose = whose.after("for index: ");
            return Err(invalid(format_args!(
                "{member} for OnDemandThroughput{whose} cannot be specified when table BillingMode \
                 is PROVISIONED."
            )));
        }
        for (member, value) in maxima.members() {
            check_maximum(member, value, whose)?;
        }
        let maxima = OnDemandMaxima::default().changed(maxima);
        let least = must_take(billing);
        let read = warm.read.map(|value| check_warm(READS, value, least.read, billing, whose));
        let write = warm.write.map(|value| check_warm(WRITES, value, least.write, billing, whose));
        let warm = Units {
            read: read.transpose()?.unwrap_or(least.read),
            write: write.transpose()?.unwrap_or(least.write),
        };
        Ok(Self { maxima, warm, is_warming: false })
    }

    /// What a request makes of that of a table or index that is there, and is charged so.
    pub fn changed(
        self,
        mode: BillingMode,
        request: ThroughputRequest,
        whose: Whose<'_>,
    ) -> Result<Self, ApiError> {
        let ThroughputRequest { maxima, warm } = request;
        if let (BillingMode::Provisioned, Some((member, _))) = (mode, maxima.first()) {
            let whose = whose.after("for index : ");
            return Err(invalid(format_args!(
                "{member} for OnDemandThroughput{whose} cannot be specified when the table \
                 BillingMode is PROVISIONED"
            )));
        }
        for (member, value) in maxima.members().filter(|(_, value)| *value != LIFTED) {
            check_maximum(member, value, whose)?;
        }
        let read = warm.read.map(|value| check_raised(READS, value, self.warm.read, whose));
        let write = warm.write.map(|value| check_raised(WRITES, value, self.warm.write, whose));
        let warm = Units {
            read: read.transpose()?.unwrap_or(self.warm.read),
            write: write.transpose()?.unwrap_or(self.warm.write),
        };
        Ok(Self { maxima: self.maxima.changed(maxima), warm, ..self })
    }

    /// The same, able to take what it must if it is charged so.
    #[must_use]
    pub fn raised_for(self, billing: Billing) -> Self {
        let least = must_take(billing);
        let warm =
            Units { read: self.warm.read.max(least.read), write: self.warm.write.max(least.write) };
        Self { warm, ..self }
    }
}

impl OnDemandMaxima {
    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// Each member that was asked for takes the place of what was there.
    fn changed(self, request: MaximaRequest) -> Self {
        let member = |before: Option<u64>, asked: Option<i64>| match asked {
            None => before,
            // What is no number of units lifts the maximum.
            Some(value) => u64::try_from(value).ok(),
        };
        Self { read: member(self.read, request.read), write: member(self.write, request.write) }
    }
}

impl ThroughputRequest {
    /// Whether it asks for nothing.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl MaximaRequest {
    /// Whether it asks for nothing.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    fn members(self) -> impl Iterator<Item = (&'static str, i64)> {
        let members = [("MaxReadRequestUnits", self.read), ("MaxWriteRequestUnits", self.write)];
        members.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    fn first(self) -> Option<(&'static str, i64)> {
        self.members().next()
    }
}

impl WarmRequest {
    /// Whether it asks for nothing.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl<'a> Whose<'a> {
    /// The index behind these words, nothing of a table.
    fn after(self, words: &'a str) -> impl fmt::Display + 'a {
        match self {
            Self::Table => String::new(),
            Self::Index(name) => format!(" {words}{name}"),
        }
    }
}

impl fmt::Display for Whose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table => f.write_str("table"),
            Self::Index(name) => write!(f, "index {name}"),
        }
    }
}

/// What a table or index that is charged so can take from its beginning.
fn must_take(billing: Billing) -> Units {
    match billing {
        Billing::Provisioned { read, write } => Units { read, write },
        Billing::OnDemand => ON_DEMAND_UNITS,
    }
}

fn check_maximum(member: &str, value: i64, whose: Whose<'_>) -> Result<(), ApiError> {
    if u64::try_from(value).is_ok_and(|value| (1..=UNITS_MAX).contains(&value)) {
        return Ok(());
    }
    let whose = match whose {
        Whose::Table => "table".to_owned(),
        Whose::Index(name) => format!("index : {name}"),
    };
    Err(invalid(format_args!(
        "Requested {member} for OnDemandThroughput for {whose} is outside of valid range"
    )))
}

fn check_warm(
    (member, bought): (&str, &str),
    value: i64,
    least: u64,
    billing: Billing,
    whose: Whose<'_>,
) -> Result<u64, ApiError> {
    let fault = match billing {
        Billing::Provisioned { .. } => format!("{bought} of ProvisionedThroughput"),
        Billing::OnDemand => format!("initial throughput for OnDemand. See: {ON_DEMAND_PAGE}"),
    };
    not_lower(member, value, least).ok_or_else(|| {
        invalid(format_args!(
            "Requested {member} for WarmThroughput for {whose} is lower than {fault}"
        ))
    })?
}

fn check_raised(
    (member, _): (&str, &str),
    value: i64,
    current: u64,
    whose: Whose<'_>,
) -> Result<u64, ApiError> {
    not_lower(member, value, current).ok_or_else(|| {
        invalid(format_args!(
            "Requested {member} for WarmThroughput for {whose} is lower than current \
             WarmThroughput, decreasing WarmThroughput is not supported"
        ))
    })?
}

/// The units, if they are not less than `least`; more than anybody can have are refused.
fn not_lower(member: &str, value: i64, least: u64) -> Option<Result<u64, ApiError>> {
    let units = u64::try_from(value).ok().filter(|units| *units >= least)?;
    if units > UNITS_MAX {
        let message = format!("Given value {units} for {member} is out of bounds");
        return Some(Err(ApiError::validation(message)));
    }
    Some(Ok(units))
}

/// A member of `WarmThroughput`, and the one of `ProvisionedThroughput` that it must not be below.
const READS: (&str, &str) = ("ReadUnitsPerSecond", "ReadCapacityUnits");
const WRITES: (&str, &str) = ("WriteUnitsPerSecond", "WriteCapacityUnits");
/// What DynamoDB takes of a table or index that is charged on demand, from its first second on.
const ON_DEMAND_UNITS: Units = Units { read: 12_000, write: 4_000 };
const ON_DEMAND_PAGE: &str = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/\
    on-demand-capacity-mode.html#on-demand-capacity-mode-initial";
/// Lifts a maximum.
const LIFTED: i64 = -1;

#[cfg(test)]
mod tests {
    use super::*;

    const BOUGHT: Billing = Billing::Provisioned { read: 10, write: 20 };

    fn maxima(read: Option<i64>, write: Option<i64>) -> ThroughputRequest {
        let maxima = MaximaRequest { read, write };
        ThroughputRequest { maxima, ..ThroughputRequest::default() }
    }

    fn warm(read: Option<i64>, write: Option<i64>) -> ThroughputRequest {
        let warm = WarmRequest { read, write };
        ThroughputRequest { warm, ..ThroughputRequest::default() }
    }

    fn on_demand() -> Throughput {
        let none = ThroughputRequest::default();
        Throughput::of_new(Billing::OnDemand, none, Whose::Table).expect("it asks for nothing")
    }

    #[test]
    fn maxima_merge_member_by_member_and_minus_one_lifts_one() {
        let change = |before: Throughput, request| {
            before.changed(BillingMode::OnDemand, request, Whose::Table).expect("in range").maxima
        };
        let both = change(on_demand(), maxima(Some(20), Some(15)));
        assert_eq!(both, OnDemandMaxima { read: Some(20), write: Some(15) });

        let before = Throughput { maxima: both, ..on_demand() };
        let read = change(before, maxima(Some(40), None));
        assert_eq!(read, OnDemandMaxima { read: Some(40), write: Some(15) });
        let lifted = change(before, maxima(None, Some(-1)));
        assert_eq!(lifted, OnDemandMaxima { read: Some(20), write: None });
        assert!(change(before, maxima(Some(-1), Some(-1))).is_none());
    }

    #[test]
    fn a_maximum_is_from_one_to_the_most_that_anybody_can_have() {
        let most = i64::try_from(UNITS_MAX).expect("it fits");
        for (value, fits) in
            [(i64::MIN, false), (-2, false), (0, false), (1, true), (most, true), (most + 1, false)]
        {
            let request = maxima(None, Some(value));
            let changed = on_demand().changed(BillingMode::OnDemand, request, Whose::Index("glo"));
            let new = Throughput::of_new(Billing::OnDemand, request, Whose::Table);
            assert_eq!((changed.is_ok(), new.is_ok()), (fits, fits), "{value}");
        }
        let new = Throughput::of_new(Billing::OnDemand, maxima(Some(-1), None), Whose::Table);
        assert!(new.is_err(), "there is nothing to lift");
    }

    #[test]
    fn warm_throughput_begins_with_what_must_be_taken_and_only_rises() {
        let bought = |request| Throughput::of_new(BOUGHT, request, Whose::Table);
        assert_eq!(bought(warm(None, None)).expect("ok").warm, Units { read: 10, write: 20 });
        assert_eq!(bought(warm(Some(11), None)).expect("ok").warm, Units { read: 11, write: 20 });
        assert_eq!(on_demand().warm, Units { read: 12_000, write: 4_000 });
        assert!(
            bought(warm(None, Some(19)))
                .expect_err("below its units")
                .message
                .ends_with("is lower than WriteCapacityUnits of ProvisionedThroughput")
        );

        let raise = |request| on_demand().changed(BillingMode::Provisioned, request, Whose::Table);
        let raised = raise(warm(Some(12_000), Some(4_001))).expect("not lower");
        assert_eq!(raised.warm, Units { read: 12_000, write: 4_001 });
        for lower in [warm(Some(11_999), None), warm(None, Some(3_999)), warm(Some(-5), None)] {
            assert!(raise(lower).is_err(), "{lower:?}");
        }
        let most = i64::try_from(UNITS_MAX).expect("it fits");
        assert!(
            raise(warm(Some(most), None)).is_ok() && raise(warm(Some(most + 1), None)).is_err()
        );
    }

    #[test]
    fn units_above_it_raise_it_for_good() {
        let high = on_demand().raised_for(Billing::Provisioned { read: 50_000, write: 1 });
        assert_eq!(high.warm, Units { read: 50_000, write: 4_000 });
        assert_eq!(high.raised_for(BOUGHT).warm, high.warm);
    }
}
