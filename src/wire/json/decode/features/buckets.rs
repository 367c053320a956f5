//! Exports, imports and bulk puts, which read and write buckets.

use super::super::super::constraints::{ENCRYPTION_KINDS, OPTIONAL, REQUIRED, Rule, is_arn};
use super::super::super::modelled::Kind::{
    Integer, List, Long, Names, Structure, Text, Time, Values,
};
use super::super::super::modelled::{Kind, Members, Row, Shape, patterns, tables};
use super::super::unsupported;
use super::{ARN, Asked, TABLE_NAME, none_of, refused};
use crate::api::{
    ApiError, ControlCode, ErrorCode, Feature, Missing, Operation, Subject, TableName,
};

pub(in super::super) static LIST_EXPORTS: Asked = Asked {
    operation: Operation::ListExports,
    shape: Shape(
        "ListExportsInput",
        &[
            ("tableArn", Text, TABLE_ARN.optional()),
            ("maxResults", Integer, PAGE),
            ("nextToken", Text, OPTIONAL),
        ],
    ),
    means: |_| Ok(Feature::List("ExportSummaries", None)),
};

pub(in super::super) static DESCRIBE_EXPORT: Asked = Asked {
    operation: Operation::DescribeExport,
    shape: Shape("DescribeExportInput", &[("exportArn", Text, ARN)]),
    means: |asked| none_of(asked, "exportArn", ControlCode::ExportNotFound, "Export not found"),
};

pub(in super::super) static EXPORT_TABLE_TO_POINT_IN_TIME: Asked = Asked {
    operation: Operation::ExportTableToPointInTime,
    shape: Shape(
        "ExportTableToPointInTimeInput",
        &[
            ("tableArn", Text, TABLE_ARN),
            ("exportTime", Time, OPTIONAL),
            CLIENT_TOKEN,
            ("s3Bucket", Text, BUCKET),
            BUCKET_OWNER,
            ("s3Prefix", Text, PREFIX),
            BUCKET_ENCRYPTION,
            BUCKET_KEY,
            ("exportFormat", Text, OPTIONAL.one_of(&["DYNAMODB_JSON", "ION"])),
            ("exportType", Text, OPTIONAL.one_of(&["FULL_EXPORT", "INCREMENTAL_EXPORT"])),
            ("incrementalExportSpecification", Structure(&INCREMENT), OPTIONAL),
            ("filterSpecification", Structure(&EXPORT_FILTER), OPTIONAL),
        ],
    ),
    means: |asked| {
        let arn = asked.text("tableArn").unwrap_or_default();
        if !is_arn(arn) {
            return Err(ApiError::validation("tableArn is not a valid ARN"));
        }
        let table = TableName::in_arn(arn)?;
        let refusal = ApiError::no_point_in_time(table.as_str());
        let subject = Subject { table, index: None, missing: Missing::Table };
        Ok(Feature::Refused(refusal, Some(subject)))
    },
};

pub(in super::super) static LIST_IMPORTS: Asked = Asked {
    operation: Operation::ListImports,
    shape: Shape(
        "ListImportsInput",
        &[
            ("tableArn", Text, TABLE_ARN.optional()),
            ("pageSize", Integer, PAGE),
            ("nextToken", Text, OPTIONAL.matching(&patterns::NEXT_TOKEN).within(112, 1024)),
        ],
    ),
    means: |_| Ok(Feature::List("ImportSummaryList", None)),
};

pub(in super::super) static DESCRIBE_IMPORT: Asked = Asked {
    operation: Operation::DescribeImport,
    shape: Shape("DescribeImportInput", &[("importArn", Text, ARN)]),
    means: |asked| none_of(asked, "importArn", ControlCode::ImportNotFound, "Import not found"),
};

pub(in super::super) static IMPORT_TABLE: Asked = Asked {
    operation: Operation::ImportTable,
    shape: Shape(
        "ImportTableInput",
        &[
            CLIENT_TOKEN,
            ("s3BucketSource", Structure(&BUCKET_SOURCE), REQUIRED),
            ("inputFormat", Text, REQUIRED.one_of(&["DYNAMODB_JSON", "ION", "CSV"])),
            ("inputFormatOptions", Structure(&FORMAT_OPTIONS), OPTIONAL),
            COMPRESSION,
            ("tableCreationParameters", Structure(&tables::TABLE_CREATION), REQUIRED),
        ],
    ),
    means: |asked| {
        let made = asked.structure("tableCreationParameters");
        let name = made.and_then(|made| made.text("tableName")).unwrap_or_default();
        Ok(Feature::NewTable(TableName::named_by(name)?, unsupported("ImportTable")))
    },
};

pub(in super::super) static LIST_BULK_OPERATIONS: Asked = Asked {
    operation: Operation::ListBulkOperations,
    shape: Shape(
        "ListBulkOperationsInput",
        &[
            ("maxResults", Integer, PAGE),
            ("nextToken", Text, OPTIONAL.matching(&patterns::NEXT_TOKEN).within(1, 1024)),
        ],
    ),
    means: |_| Ok(Feature::List("BulkOperationsSummaryList", None)),
};

pub(in super::super) static DESCRIBE_BULK_OPERATION: Asked = Asked {
    operation: Operation::DescribeBulkOperation,
    shape: Shape("DescribeBulkOperationInput", &[("bulkOperationArn", Text, ARN)]),
    means: no_bulk_operation,
};

pub(in super::super) static CANCEL_BULK_OPERATION: Asked = Asked {
    operation: Operation::CancelBulkOperation,
    shape: Shape("CancelBulkOperationInput", &[("bulkOperationArn", Text, ARN)]),
    means: no_bulk_operation,
};

pub(in super::super) static START_BULK_PUT_ITEMS: Asked = Asked {
    operation: Operation::StartBulkPutItems,
    shape: Shape(
        "StartBulkPutItemsInput",
        &[
            CLIENT_TOKEN,
            ("inputS3Configuration", Structure(&BULK_INPUT), REQUIRED),
            ("outputS3Configuration", Structure(&BULK_OUTPUT), REQUIRED),
            TABLE_NAME,
            ("maxWriteRequestUnits", Long, OPTIONAL.at_least(1024)),
            ("performanceTier", Text, OPTIONAL.one_of(&["STANDARD", "ACCELERATED"])),
        ],
    ),
    means: |asked| refused(asked, Missing::Named, unsupported("StartBulkPutItems")),
};

fn no_bulk_operation(asked: &Members<'_>) -> Result<Feature, ApiError> {
    let fault = "Requested resource not found: Bulk operation";
    none_of(asked, "bulkOperationArn", ErrorCode::ResourceNotFound, fault)
}

const CLIENT_TOKEN: Row = ("clientToken", Text, OPTIONAL.matching(&patterns::CLIENT_TOKEN));
const BUCKET_OWNER: Row = ("s3BucketOwner", Text, OPTIONAL.matching(&patterns::ACCOUNT));
const BUCKET_ENCRYPTION: Row = ("s3SseAlgorithm", Text, ENCRYPTION_KINDS);
const BUCKET_KEY: Row = ("s3SseKmsKeyId", Text, OPTIONAL.within(1, 2048));
const COMPRESSION: Row = ("inputCompressionType", Text, OPTIONAL.one_of(&["GZIP", "ZSTD", "NONE"]));
const INCREMENT: Shape = Shape(
    "IncrementalExportSpecification",
    &[
        ("exportFromTime", Time, OPTIONAL),
        ("exportToTime", Time, OPTIONAL),
        ("exportViewType", Text, OPTIONAL.one_of(&["NEW_IMAGE", "NEW_AND_OLD_IMAGES"])),
    ],
);
const EXPORT_FILTER: Shape = Shape(
    "FilterSpecification",
    &[
        ("filterExpression", Text, OPTIONAL),
        ("projectionExpression", Text, OPTIONAL),
        ("keyConditionExpression", Text, OPTIONAL),
        ("expressionAttributeNames", Names, OPTIONAL),
        ("expressionAttributeValues", Values, OPTIONAL),
    ],
);
const BUCKET_SOURCE: Shape = Shape(
    "S3BucketSource",
    &[BUCKET_OWNER, ("s3Bucket", Text, BUCKET), ("s3KeyPrefix", Text, PREFIX)],
);
const FORMAT_OPTIONS: Shape =
    Shape("InputFormatOptions", &[("csv", Structure(&CSV_OPTIONS), OPTIONAL)]);
const CSV_OPTIONS: Shape = Shape(
    "CsvOptions",
    &[
        ("delimiter", Text, OPTIONAL.matching(&patterns::DELIMITER).within(1, 1)),
        ("headerList", CSV_HEADERS, OPTIONAL.within(1, 255)),
    ],
);
const CSV_HEADERS: Kind = List(&(Text, REQUIRED.matching(&patterns::HEADER).within(1, 65_536)));
const BULK_INPUT: Shape = Shape(
    "InputS3Configuration",
    &[
        BUCKET_OWNER,
        ("s3Bucket", Text, BUCKET),
        ("s3KeyPrefix", Text, PREFIX),
        ("inputFormat", Text, REQUIRED.one_of(&["DYNAMODB_JSON", "ION"])),
        COMPRESSION,
    ],
);
const BULK_OUTPUT: Shape = Shape(
    "OutputS3Configuration",
    &[
        BUCKET_OWNER,
        ("s3Bucket", Text, BUCKET.optional()),
        ("s3KeyPrefix", Text, PREFIX),
        BUCKET_ENCRYPTION,
        BUCKET_KEY,
        (
            "outputType",
            List(&(Text, REQUIRED.one_of(&["ERROR", "CONDITION_CHECK_FAILURE"]))),
            REQUIRED,
        ),
    ],
);
const TABLE_ARN: Rule = REQUIRED.within(1, 1024);
/// How many there may be on a page.
const PAGE: Rule = OPTIONAL.within(1, 25);
const BUCKET: Rule = REQUIRED.matching(&patterns::BUCKET).at_most(255);
const PREFIX: Rule = OPTIONAL.at_most(1024);
