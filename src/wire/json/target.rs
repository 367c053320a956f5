//! Reads the header that names an operation.

use crate::api::Operation;

/// The operation that an `X-Amz-Target` header names, if hearth has it.
pub fn operation(target: &str) -> Option<Operation> {
    Operation::of_name(target.strip_prefix("DynamoDB_20120810.")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_targets_of_this_api_name_operations() {
        for known in Operation::ALL {
            assert_eq!(operation(&format!("DynamoDB_20120810.{}", known.name())), Some(known));
        }
        for target in ["", "GetItem", "DynamoDB_20120810.getItem", "DynamoDB_20111205.GetItem"] {
            assert_eq!(operation(target), None);
        }
    }
}
