//! Expressions may name a key attribute, but nothing below one: keys are scalars.
//!
//! Must hold: the table's keys are asked about before those of its indexes, as the service does.
//! Not here: whether a filter may name a key attribute at all (`selection.rs`).

use crate::api::ApiError;
use crate::expr::Path;
use crate::model::{IndexSchema, TableSchema};

/// Refuses a path that goes below a key attribute of the table or of one of its indexes.
pub(super) fn check<'a>(
    paths: impl IntoIterator<Item = &'a Path>,
    schema: &TableSchema,
) -> Result<(), ApiError> {
    let nested: Vec<&str> = paths
        .into_iter()
        .filter(|path| !path.steps.is_empty())
        .map(|path| path.attribute.as_str())
        .collect();
    if nested.is_empty() {
        return Ok(());
    }
    if let Some(key) = schema.keys().find(|key| nested.contains(&key.name.as_str())) {
        return Err(not_scalar(&format!("Key: {}", key.name)));
    }
    let mut index_keys = schema.indexes.iter().flat_map(IndexSchema::keys);
    match index_keys.find(|key| nested.contains(&key.name.as_str())) {
        Some(key) => Err(not_scalar(&format!("IndexKey: {}", key.name))),
        None => Ok(()),
    }
}

fn not_scalar(key: &str) -> ApiError {
    ApiError::validation(format!(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not \
         allowed: {key}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Step;
    use crate::model::{
        IndexId, IndexProjection, IndexSchema, IndexScope, KeyAttribute, KeyType, TableId,
    };

    fn schema() -> TableSchema {
        let text = |name: &str| KeyAttribute { name: name.into(), kind: KeyType::S };
        let index = IndexSchema {
            id: IndexId::new(1),
            name: "gsi1".into(),
            scope: IndexScope::Global,
            hash: vec![text("g1")],
            range: vec![text("g2")],
            projection: IndexProjection::All,
        };
        TableSchema {
            table: TableId::new(1),
            hash: text("pk"),
            range: Some(text("sk")),
            indexes: vec![index],
        }
    }

    fn below(attribute: &str) -> Path {
        Path { attribute: attribute.into(), steps: vec![Step::Index(0)] }
    }

    fn fault(paths: &[Path]) -> Option<String> {
        check(paths, &schema()).err().map(|error| error.message)
    }

    #[test]
    fn keys_may_be_named_but_nothing_below_them() {
        let refused = |key: &str| {
            Some(format!(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are \
                 not allowed: {key}"
            ))
        };

        assert_eq!(fault(&[Path::attribute("pk"), Path::attribute("g1"), below("a")]), None);
        assert_eq!(fault(&[below("pk")]), refused("Key: pk"));
        assert_eq!(fault(&[below("a"), below("sk")]), refused("Key: sk"));
        assert_eq!(fault(&[below("g2")]), refused("IndexKey: g2"));
    }

    #[test]
    fn keys_of_the_table_are_told_before_those_of_indexes() {
        let told = fault(&[below("g1"), below("sk")]).expect("a refusal");

        assert!(told.ends_with("Key: sk"), "{told}");
    }
}
