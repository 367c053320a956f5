//! Scan.

use super::super::constraints::{
    ATTRIBUTES_TO_GET, CAPACITY, CONDITIONAL_OPERATORS, INDEX_NAME, OPTIONAL, SELECTS, TABLE, shape,
};
use super::super::scan::Scanner;
use super::super::wording::{Refusal, Wording};
use super::expressions::Usage;
use super::page::PageMembers;
use super::read;
use crate::api::{ApiError, Scan};
use crate::model::Segment;

#[derive(Debug, Default)]
pub(in crate::wire) struct ScanMembers<'a> {
    pub(in crate::wire) page: PageMembers<'a>,
    pub(in crate::wire) segment: Option<i32>,
    pub(in crate::wire) segments: Option<i32>,
}

pub(super) fn scan(body: &[u8], wording: Wording) -> Result<Scan, ApiError> {
    read(body, ScanMembers::read)?.request(wording)
}

shape! {
    fn constrain(scan: &ScanMembers<'_>) {
        "select": SELECTS, scan.page.select.as_deref();
        "indexName": INDEX_NAME.optional(), scan.page.index.as_deref();
        "totalSegments": OPTIONAL.within(1, SEGMENTS_MAX), scan.segments.as_ref();
        "returnConsumedCapacity": CAPACITY, scan.page.capacity.as_deref();
        "tableName": TABLE, scan.page.table.as_deref();
        "conditionalOperator": CONDITIONAL_OPERATORS, scan.page.operator.as_deref();
        "scanFilter": OPTIONAL, scan.page.filter();
        "segment": OPTIONAL.within(0, SEGMENTS_MAX - 1), scan.segment.as_ref();
        "limit": OPTIONAL.at_least(1), scan.page.limit.as_ref();
        "attributesToGet": ATTRIBUTES_TO_GET, scan.page.attributes_to_get.as_deref();
    }
}

impl<'a> ScanMembers<'a> {
    /// The request.
    pub(in crate::wire) fn request(mut self, wording: Wording) -> Result<Scan, ApiError> {
        constrain(&self)?;
        self.check_usage()?;
        self.page.check_twins()?;
        let older = self.page.check_filter()?;
        self.page.check_start()?;
        let segment = self.segment()?;
        self.page.check_select().map_err(|fault| Refusal::Request(fault).told(wording))?;
        let mut parsed = std::mem::take(&mut self.page.expressions).parse()?;
        Ok(Scan { page: self.page.request(older, &mut parsed)?, segment })
    }

    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "Segment" => self.segment = scan.integer()?,
            "TotalSegments" => self.segments = scan.integer()?,
            name if self.page.read(Usage::Scan, "ScanFilter", scan, name)? => {}
            _ => scan.skip()?,
        }
        Ok(())
    }

    fn check_usage(&self) -> Result<(), ApiError> {
        let older = [
            ("AttributesToGet", self.page.attributes_to_get.is_some()),
            ("ScanFilter", self.page.filter.is_some()),
            ("ConditionalOperator", self.page.operator.is_some()),
        ];
        self.page.expressions.check_usage(Usage::Scan, &older)
    }

    fn segment(&self) -> Result<Option<Segment>, ApiError> {
        let (number, total) = match (self.segment, self.segments) {
            (None, None) => return Ok(None),
            (Some(_), None) => {
                return Err(ApiError::validation(
                    "The TotalSegments parameter is required but was not present in the request \
                     when Segment parameter is present",
                ));
            }
            (None, Some(_)) => {
                return Err(ApiError::validation(
                    "The Segment parameter is required but was not present in the request when \
                     parameter TotalSegments is present",
                ));
            }
            (Some(number), Some(total)) => (number, total),
        };
        if number >= total {
            return Err(ApiError::validation(format!(
                "The Segment parameter is zero-based and must be less than parameter \
                 TotalSegments: Segment: {number} is not less than TotalSegments: {total}"
            )));
        }
        // The constraints keep both from being negative.
        Ok(Some(Segment { number: number.unsigned_abs(), total: total.unsigned_abs() }))
    }
}

const SEGMENTS_MAX: i64 = 1_000_000;
