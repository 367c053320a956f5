//! Features of single tables: Contributor Insights, Kinesis streaming destinations, vector search.

use super::super::super::constraints::{CAPACITY, INDEX_NAME, OPTIONAL, REQUIRED, TABLE};
use super::super::super::modelled::Kind::{Integer, List, Names, Structure, Text, Value, Values};
use super::super::super::modelled::{Row, Shape};
use super::super::unsupported;
use super::{Asked, STREAM_ARN, TABLE_NAME, refused, subject};
use crate::api::{ApiError, Feature, Missing, Operation};

pub(in super::super) static DESCRIBE_CONTRIBUTOR_INSIGHTS: Asked = Asked {
    operation: Operation::DescribeContributorInsights,
    shape: Shape("DescribeContributorInsightsInput", &[TABLE_NAME, INDEX]),
    means: |asked| Ok(Feature::Insights(subject(asked, Missing::Named)?)),
};

pub(in super::super) static LIST_CONTRIBUTOR_INSIGHTS: Asked = Asked {
    operation: Operation::ListContributorInsights,
    shape: Shape(
        "ListContributorInsightsInput",
        &[
            ("tableName", Text, TABLE.optional()),
            ("nextToken", Text, OPTIONAL),
            ("maxResults", Integer, OPTIONAL.at_most(100)),
        ],
    ),
    means: |asked| {
        let table =
            asked.member("tableName").map(|_| subject(asked, Missing::Named)).transpose()?;
        Ok(Feature::List("ContributorInsightsSummaries", table))
    },
};

pub(in super::super) static UPDATE_CONTRIBUTOR_INSIGHTS: Asked = Asked {
    operation: Operation::UpdateContributorInsights,
    shape: Shape(
        "UpdateContributorInsightsInput",
        &[
            TABLE_NAME,
            INDEX,
            ("contributorInsightsAction", Text, REQUIRED.one_of(&["ENABLE", "DISABLE"])),
            (
                "contributorInsightsMode",
                Text,
                OPTIONAL.one_of(&["ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"]),
            ),
        ],
    ),
    means: |asked| {
        let subject = subject(asked, Missing::Named)?;
        Ok(match asked.text("contributorInsightsAction") {
            Some("ENABLE") => Feature::Refused(unsupported("Contributor Insights"), Some(subject)),
            _ => Feature::Insights(subject),
        })
    },
};

pub(in super::super) static DESCRIBE_KINESIS_STREAMING_DESTINATION: Asked = Asked {
    operation: Operation::DescribeKinesisStreamingDestination,
    shape: Shape("DescribeKinesisStreamingDestinationInput", &[TABLE_NAME]),
    means: |asked| Ok(Feature::Destinations(subject(asked, Missing::Named)?)),
};

pub(in super::super) static ENABLE_KINESIS_STREAMING_DESTINATION: Asked = Asked {
    operation: Operation::EnableKinesisStreamingDestination,
    shape: Shape("KinesisStreamingDestinationInput", KINESIS_DESTINATION),
    means: |asked| refused(asked, Missing::Named, unsupported("A Kinesis streaming destination")),
};

pub(in super::super) static DISABLE_KINESIS_STREAMING_DESTINATION: Asked = Asked {
    operation: Operation::DisableKinesisStreamingDestination,
    shape: Shape("KinesisStreamingDestinationInput", KINESIS_DESTINATION),
    means: |asked| {
        let refusal = ApiError::validation(
            "Table is not in a valid state to disable Kinesis Streaming Destination: \
             DisableKinesisStreamingDestination must be ACTIVE to perform DISABLE operation.",
        );
        refused(asked, Missing::Named, refusal)
    },
};

pub(in super::super) static UPDATE_KINESIS_STREAMING_DESTINATION: Asked = Asked {
    operation: Operation::UpdateKinesisStreamingDestination,
    shape: Shape(
        "UpdateKinesisStreamingDestinationInput",
        &[
            TABLE_NAME,
            STREAM_ARN,
            ("updateKinesisStreamingConfiguration", Structure(&PRECISION), OPTIONAL),
        ],
    ),
    means: |asked| {
        let refusal = ApiError::validation(
            "Table is not in a valid state to update Kinesis Streaming Destination: \
             UpdateKinesisStreamingDestination must be ACTIVE to perform UPDATE operation.",
        );
        refused(asked, Missing::Named, refusal)
    },
};

pub(in super::super) static SEARCH_VECTORS: Asked = Asked {
    operation: Operation::SearchVectors,
    shape: Shape(
        "SearchVectorsInput",
        &[
            TABLE_NAME,
            ("indexName", Text, INDEX_NAME),
            ("returnConsumedCapacity", Text, CAPACITY),
            ("expressionAttributeNames", Names, OPTIONAL),
            ("expressionAttributeValues", Values, OPTIONAL),
            ("projectionExpression", Text, OPTIONAL),
            ("searchVector", List(&(Value, OPTIONAL)), REQUIRED.within(1, 4096)),
            ("searchConditionExpression", Text, OPTIONAL),
            ("topK", Integer, REQUIRED.at_least(1)),
        ],
    ),
    means: |asked| {
        let index = asked.text("indexName").unwrap_or_default();
        let refusal = ApiError::validation(format!("The index is not a vector index: {index}"));
        refused(asked, Missing::Unnamed, refusal)
    },
};

const INDEX: Row = ("indexName", Text, INDEX_NAME.optional());
const KINESIS_DESTINATION: &[Row] = &[
    TABLE_NAME,
    STREAM_ARN,
    ("enableKinesisStreamingConfiguration", Structure(&PRECISION), OPTIONAL),
];
const PRECISION: Shape = Shape(
    "KinesisStreamingConfiguration",
    &[(
        "approximateCreationDateTimePrecision",
        Text,
        OPTIONAL.one_of(&["MILLISECOND", "MICROSECOND"]),
    )],
);
