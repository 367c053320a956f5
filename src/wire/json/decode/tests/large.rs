//! Bodies that have as many of something as fit into one: they are refused, and that at once.

use super::*;

const MANY: usize = 200_000;

/// As many tables as a body can name took a minute, since each was compared with all before it.
/// Now each is looked up once.
#[test]
fn a_batch_of_many_tables_is_refused() {
    let table = |n: usize| format!(r#""t{n:06}":{{"Keys":[{{"a":{{"N":"1"}}}}]}}"#);
    let tables: Vec<String> = (0..MANY).map(table).collect();
    let arn = r#""arn:aws:dynamodb:us-east-1:0:table/t000007":{"Keys":[{"a":{"N":"1"}}]}"#;
    let body = |last: &str| format!(r#"{{"RequestItems":{{{}{last}}}}}"#, tables.join(","));

    refuses(
        Operation::BatchGetItem,
        ErrorCode::Validation,
        &[
            (&body(""), "Too many items requested for the BatchGetItem call"),
            (
                &body(&format!(",{arn}")),
                "One or more parameter values were invalid: Table t000007 is requested twice",
            ),
        ],
    );
}

/// Each change of an index was compared with all before it. Now each is looked up once.
#[test]
fn many_changes_of_indexes_are_refused() {
    let delete = |n: usize| format!(r#"{{"Delete":{{"IndexName":"i{n:06}"}}}}"#);
    let mut updates: Vec<String> = (0..MANY).map(delete).collect();
    let body = |updates: &[String]| {
        let updates = updates.join(",");
        format!(r#"{{"TableName":"tab","GlobalSecondaryIndexUpdates":[{updates}]}}"#)
    };

    let different = body(&updates);
    updates.push(delete(7));
    refuses(
        Operation::UpdateTable,
        ErrorCode::Validation,
        &[
            (
                &different,
                "GlobalSecondaryIndexUpdates.Delete is not supported by this version of hearth",
            ),
            (
                &body(&updates),
                "One or more parameter values were invalid: Only one global secondary index \
                 update per index is allowed simultaneously. Index: i000007",
            ),
        ],
    );
}
