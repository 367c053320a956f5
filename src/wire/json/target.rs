//! The header that names an operation.

use crate::api::Operation;

/// The operation that an `X-Amz-Target` header names, if hearth has it.
pub fn operation(target: &str) -> Option<Operation> {
    let (service, name) = target.split_once('.')?;
    let of_streams = match service {
        DATA => false,
        STREAMS => true,
        _ => return None,
    };
    Operation::of_name(name).filter(|operation| operation.is_of_streams() == of_streams)
}

/// The header that names an operation.
pub fn target(operation: Operation) -> String {
    let service = if operation.is_of_streams() { STREAMS } else { DATA };
    format!("{service}.{}", operation.name())
}

const DATA: &str = "DynamoDB_20120810";
const STREAMS: &str = "DynamoDBStreams_20120810";

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
            assert_eq!(operation(&target(known)), Some(known));
        }
        for target in ["", "GetItem", "DynamoDB_20120810.getItem", "DynamoDB_20111205.GetItem"] {
            assert_eq!(operation(target), None);
        }
    }
}
