//! Reads the header that names an operation.

use crate::api::Operation;

/// The operation that an `X-Amz-Target` header names, if hearth has it.
pub fn operation(target: &str) -> Option<Operation> {
    let (service, name) = target.split_once('.')?;
    let of_streams = match service {
        "DynamoDB_20120810" => false,
        "DynamoDBStreams_20120810" => true,
        _ => return None,
    };
    Operation::of_name(name).filter(|operation| operation.is_of_streams() == of_streams)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_targets_of_this_api_name_operations() {
        for known in Operation::ALL {
            let [own, other] = ["DynamoDB_20120810", "DynamoDBStreams_20120810"]
                .map(|service| operation(&format!("{service}.{}", known.name())));
            let [own, other] = if known.is_of_streams() { [other, own] } else { [own, other] };
            assert_eq!((own, other), (Some(known), None));
        }
        for target in ["", "GetItem", "DynamoDB_20120810.getItem", "DynamoDB_20111205.GetItem"] {
            assert_eq!(operation(target), None);
        }
    }
}
