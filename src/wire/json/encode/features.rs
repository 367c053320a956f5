//! Writes what is told of features that hearth does not have.

use super::table::status;
use super::write::{Separator, text};
use crate::api::FeatureOutput;

/// Writes the answer.
pub(super) fn output(out: &mut Vec<u8>, output: &FeatureOutput) {
    let mut next = Separator::start();
    out.push(b'{');
    match output {
        FeatureOutput::Insights(table, index) => {
            next.name(out, "TableName");
            text(out, table.as_str());
            if let Some(index) = index {
                next.name(out, "IndexName");
                text(out, index);
            }
            next.name(out, "ContributorInsightsStatus");
            text(out, "DISABLED");
        }
        FeatureOutput::Destinations(table) => {
            next.name(out, "TableName");
            text(out, table.as_str());
            next.name(out, "KinesisDataStreamDestinations");
            out.extend_from_slice(b"[]");
        }
        FeatureOutput::Scaling(table, doing) => {
            let mut inner = Separator::start();
            next.name(out, "TableAutoScalingDescription");
            out.push(b'{');
            inner.name(out, "TableName");
            text(out, table.as_str());
            inner.name(out, "TableStatus");
            text(out, status(*doing));
            out.push(b'}');
        }
        FeatureOutput::List(list) => {
            next.name(out, list);
            out.extend_from_slice(b"[]");
        }
    }
    out.push(b'}');
}
