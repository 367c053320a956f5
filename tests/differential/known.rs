//! Differences that stay: what they are, who is right, and why. The test prints those that it met,
//! each with its count; `docs/testing.md` points here.
//!
//! Must hold: a rule is as narrow as what it describes; it looks at both answers, never at the
//! request alone. A refusal by hearth that the peer does not know names its sentence.
//! Not here: which of several faults is told first (`order.rs`).

use serde_json::{Map, Value};

use crate::order;

/// Two answers that differ, each in its normal form.
pub(crate) struct Difference<'a> {
    pub(crate) operation: &'a str,
    pub(crate) request: &'a Value,
    pub(crate) ours: &'a Value,
    pub(crate) theirs: &'a Value,
}

/// A difference that stays.
struct Rule {
    name: &'static str,
    /// Who is right and why; the test prints it.
    why: &'static str,
    matches: fn(&Difference<'_>) -> bool,
}

/// The name of the rule that the difference follows.
pub(crate) fn name_of(difference: &Difference<'_>) -> Option<&'static str> {
    let unchecked = UNCHECKED.iter().find(|(_, _, patterns)| is_unchecked(difference, patterns));
    let rule = || RULES.iter().find(|rule| (rule.matches)(difference));
    unchecked.map(|(name, _, _)| *name).or_else(|| rule().map(|rule| rule.name))
}

/// Who is right and why.
pub(crate) fn why(name: &str) -> &'static str {
    let unchecked = UNCHECKED.iter().map(|(name, why, _)| (*name, *why));
    let mut all = unchecked.chain(RULES.iter().map(|rule| (rule.name, rule.why)));
    all.find(|(rule, _)| *rule == name).map_or("", |(_, why)| why)
}

/// Whether the text is as the pattern says, where `*` is any text.
pub(crate) fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            rest.is_empty() || text.char_indices().any(|(at, _)| is_like(&text[at..], rest))
        }),
    }
}

impl Difference<'_> {
    fn both(&self) -> (&str, &str) {
        (said(self.ours), said(self.theirs))
    }

    fn both_answered(&self) -> bool {
        self.both() == (ANSWERED, ANSWERED)
    }

    /// Whether the answers are the same but for these members.
    fn differs_only_in(&self, members: &[&str]) -> bool {
        let rest = |answer: &Value| {
            let mut rest = answer.as_object().cloned().unwrap_or_default();
            rest.retain(|member, _| !members.contains(&member.as_str()));
            rest
        };
        self.both_answered() && rest(self.ours) == rest(self.theirs)
    }
}

/// What the answer says in a word or in the sentence of its refusal.
pub(crate) fn said(answer: &Value) -> &str {
    match answer["code"].as_str() {
        None => ANSWERED,
        Some("ConditionalCheckFailedException") => CONDITION_FAILED,
        Some(_) => answer["message"].as_str().unwrap_or_default(),
    }
}

/// hearth's sentence is one of these, and the peer went on to the item.
fn is_unchecked(difference: &Difference<'_>, patterns: &[&str]) -> bool {
    let (ours, theirs) = difference.both();
    let went_on = [ANSWERED, CONDITION_FAILED].contains(&theirs)
        || order::is_of_item(theirs)
        || order::is_told_beside(ours, theirs);
    went_on && patterns.iter().any(|pattern| is_like(ours, pattern))
}

pub(crate) const ANSWERED: &str = "answered";
pub(crate) const CONDITION_FAILED: &str = "the condition failed";

/// What hearth refuses and the peer does not look at: name, why, hearth's sentences.
const UNCHECKED: &[(&str, &str, &[&str])] = &[
    (
        "attribute_type takes names of types only",
        "hearth is right: the service refuses the request when the literal is no type's name",
        &["Invalid *Expression: Invalid attribute type name found; type: X, valid types: *"],
    ),
    (
        "one path on both sides",
        "hearth is right: the service refuses it for every comparison, the peer for contains only",
        &["Invalid *Expression: The first operand must be distinct from the remaining operands *"],
    ),
    (
        "paths of two kinds",
        "hearth is right: one name below an attribute and one index of it exclude each other",
        &["Invalid *Expression: Two document paths conflict with each other; *"],
    ),
    (
        "types without an order",
        "hearth is right: recorded answers refuse literals that are not S, N or B there",
        &[
            "Invalid *Expression: Incorrect operand type for operator or function; operator or \
             function: <, operand type: *",
            "Invalid *Expression: Incorrect operand type for operator or function; operator or \
             function: <=, operand type: *",
            "Invalid *Expression: Incorrect operand type for operator or function; operator or \
             function: >, operand type: *",
            "Invalid *Expression: Incorrect operand type for operator or function; operator or \
             function: >=, operand type: *",
        ],
    ),
    (
        "bounds of BETWEEN in filters and older conditions",
        "hearth is right: the peer looks at them in conditions of writes only",
        &[
            "Invalid FilterExpression: The BETWEEN operator requires upper bound to be greater *",
            "The BETWEEN condition was provided a range where the lower bound is greater *",
        ],
    ),
    (
        "types in older conditions",
        "not known for Expected; hearth asks there what the service asks in filters",
        &["One or more parameter values were invalid: ComparisonOperator * is not valid for * \
           AttributeValue type"],
    ),
    (
        "what a global index does not hold",
        "hearth is right: the service refuses projections on it; the peer finds nothing there",
        &["One or more parameter values were invalid: Global secondary index * does not project *"],
    ),
    (
        "paths below a key",
        "hearth is right: keys are scalars, of the table and of its indexes; the peer looks in \
         some expressions only",
        &["Key attributes must be scalars; list random access '[]' and map lookup '.' are not \
           allowed: *"],
    ),
    (
        "duplicate keys by value",
        "hearth is right: 1 and 1.0 are one key; the peer compares their text",
        &["Provided list of item keys contains duplicates"],
    ),
    (
        "no names to get",
        "hearth is right: the service's model asks for one at least",
        &["Value '[]' at *attributesToGet' failed to satisfy constraint: Member must have length \
           greater than or equal to 1"],
    ),
    (
        "types of index keys before the item",
        "hearth follows dynalite: a literal's type is judged before the condition, by the peer \
         after the update",
        &["One or more parameter values were invalid: Type mismatch for Index Key * Expected: * \
           Actual: * IndexName: *"],
    ),
    (
        "updates of keys before the item",
        "hearth follows dynalite: an update of a key is refused before the condition is judged",
        &["One or more parameter values were invalid: Cannot update attribute *. This attribute \
           is part of the key"],
    ),
];

const RULES: &[Rule] = &[
    Rule {
        name: "the old item where none was",
        why: "hearth is right: ALL_OLD tells nothing of an item that the update makes; the peer \
              tells the key",
        matches: |difference| {
            let attributes = &difference.theirs["Attributes"];
            difference.operation == "UpdateItem"
                && difference.request["ReturnValues"] == "ALL_OLD"
                && difference.differs_only_in(&["Attributes"])
                && difference.ours.get("Attributes").is_none()
                && names(attributes) == names(&difference.request["Key"])
        },
    },
    Rule {
        name: "older updates that only delete",
        why: "not known: hearth follows the guide, by which deleting from an absent item does \
              nothing; the peer makes an item of the key",
        matches: |difference| {
            let updates = difference.request["AttributeUpdates"].as_object();
            let only_deletes = updates
                .is_some_and(|updates| updates.values().all(|update| update["Action"] == "DELETE"));
            let key = names(&difference.request["Key"]);
            let is_made = |member: &str| {
                difference.ours.get(member).is_none() && names(&difference.theirs[member]) == key
            };
            difference.operation == "UpdateItem"
                && only_deletes
                && difference.differs_only_in(&["Attributes", "Item", "ConsumedCapacity"])
                && (is_made("Item") || is_made("Attributes"))
        },
    },
    Rule {
        name: "updated elements of lists",
        why: "hearth is right: UPDATED_OLD and UPDATED_NEW tell the elements that were named; the \
              peer tells whole lists",
        matches: |difference| {
            let wanted = difference.request["ReturnValues"].as_str().unwrap_or_default();
            let text = difference.request["UpdateExpression"].as_str().unwrap_or_default();
            let attributes = |answer: &Value| answer["Attributes"].clone();
            wanted.starts_with("UPDATED_")
                && text.contains('[')
                && difference.differs_only_in(&["Attributes"])
                && same_outside_lists(&attributes(difference.ours), &attributes(difference.theirs))
        },
    },
    Rule {
        name: "start keys without a sort key",
        why: "hearth is right: nothing follows the one item of the partition; the peer gives it \
              again",
        matches: |difference| {
            let members =
                ["Count", "ScannedCount", "Items", "LastEvaluatedKey", "ConsumedCapacity"];
            let start = difference.request["ExclusiveStartKey"].as_object();
            difference.request.get("IndexName").is_none()
                && start.is_some_and(|start| start.len() == 1)
                && difference.differs_only_in(&members)
                && difference.ours["ScannedCount"] == 0.0
                && difference.theirs["ScannedCount"] == 1.0
        },
    },
    Rule {
        name: "what a local index does not hold",
        why: "hearth is right: it is fetched from the table, and costs; the peer does not fetch",
        matches: |difference| {
            let members = ["Count", "Items", "ConsumedCapacity"];
            difference.request["IndexName"] == "lsi1"
                && names_what_lsi1_lacks(difference.request)
                && difference.differs_only_in(&members)
        },
    },
    Rule {
        name: "what the scan of a local index costs",
        why: "hearth is right: INDEXES tells it by the index, as of a query; the peer tells it by \
              the table",
        matches: |difference| {
            let total = |answer: &Value| answer["ConsumedCapacity"]["CapacityUnits"].clone();
            difference.operation == "Scan"
                && difference.request["IndexName"] == "lsi1"
                && difference.request["ReturnConsumedCapacity"] == "INDEXES"
                && difference.differs_only_in(&["ConsumedCapacity"])
                && total(difference.ours) == total(difference.theirs)
        },
    },
    Rule {
        name: "the allowed types of DELETE",
        why: "not known; the peer names those of ADD, writes Binary and BOOL for BINARY and \
              BOOLEAN, and may begin with another clause",
        matches: |difference| {
            let (ours, theirs) = difference.both();
            let renamed = theirs
                .replace("operand type: Binary,", "operand type: BINARY,")
                .replace("operand type: BOOL,", "operand type: BOOLEAN,");
            let start =
                "Invalid UpdateExpression: Incorrect operand type for operator or function; ";
            let as_add = ours.replace("ALLOWED_FOR_DELETE_OPERAND", "ALLOWED_FOR_ADD_OPERAND");
            let of_clauses = theirs.starts_with(start) && clauses(difference.request) > 1;
            ours.starts_with(start) && (renamed == as_add || of_clauses)
        },
    },
    Rule {
        name: "numbers in the sentence about bounds",
        why: "not known: hearth tells them as they are kept, the peer as they were written",
        matches: |difference| {
            let pattern = "Invalid *Expression: The BETWEEN operator requires upper bound to be \
                           greater than or equal to lower bound; lower bound operand: \
                           AttributeValue: {N:*}, upper bound operand: AttributeValue: {N:*}";
            difference.both_are(pattern, pattern)
        },
    },
    Rule {
        name: "bounds of BETWEEN in KeyConditions",
        why: "hearth is right: the older parameter has a sentence of its own",
        matches: |difference| {
            difference.request.get("KeyConditions").is_some()
                && difference.both_are(
                    "The BETWEEN condition was provided a range where the lower bound is *",
                    "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound *",
                )
        },
    },
    Rule {
        name: "the expression in front",
        why: "hearth is right: recorded answers name it before undefined placeholders and \
              reserved words",
        matches: |difference| {
            let (ours, theirs) = difference.both();
            let expression = ours.split_once(": ").filter(|_| ours.starts_with("Invalid "));
            let starts = ["An expression attribute ", "Attribute name is a reserved keyword; "];
            starts.iter().any(|start| theirs.starts_with(start))
                && expression.is_some_and(|(_, rest)| rest == theirs)
        },
    },
    Rule {
        name: "start keys of another partition without a sort key",
        why: "hearth is right: recorded answers say so; the peer has a sentence of its own",
        matches: |difference| {
            difference.both_are(
                "The provided starting key is outside query boundaries based on provided conditions",
                "The provided exclusive start key is invalid",
            )
        },
    },
    Rule {
        name: "index keys whose type only the item tells",
        why: "hearth follows dynalite; the peer says the same of both",
        matches: |difference| {
            difference.both_are(
                "The update expression attempted to update the secondary index key to unsupported \
                 type",
                "One or more parameter values were invalid: Type mismatch for Index Key *",
            )
        },
    },
    Rule {
        name: "overlapping paths the other way round",
        why: "not known for paths of several clauses: hearth tells the first in the text first, \
              the peer all of SET before those of other clauses",
        matches: |difference| {
            let (ours, theirs) = difference.both();
            let paths = |sentence: &str| {
                let paths = sentence.strip_prefix(OVERLAP)?.split_once(", path two: ")?;
                Some((paths.0.to_owned(), paths.1.to_owned()))
            };
            match (paths(ours), paths(theirs)) {
                (Some(ours), Some(theirs)) => {
                    ours == (theirs.1, theirs.0) || clauses(difference.request) > 1
                }
                _ => false,
            }
        },
    },
    Rule {
        name: "sentences of the peer's own parser",
        why: "hearth is right: a fault of syntax is told as one, and words such as SET are names \
              in other expressions, where they are reserved",
        matches: |difference| {
            let (ours, theirs) = difference.both();
            let peer = [
                "Invalid *Expression: Expected attribute name*",
                "Invalid *Expression: Expected number in brackets, got *",
                "Invalid *Expression: Expected ], got *",
                "Unexpected token in ProjectionExpression: *",
                "Attribute name is a reserved keyword; reserved keyword: *",
                "Expected attribute name, got *",
                "Expected value reference (:name), got *",
            ];
            let hearth = [
                "Invalid *Expression: Syntax error; token: *",
                "Invalid *Expression: Attribute name is a reserved keyword; reserved keyword: *",
                "Invalid condition in KeyConditionExpression: Multiple attribute names used in \
                 one condition",
                "Invalid KeyConditionExpression: An expression attribute value used in expression \
                 is not defined; *",
            ];
            peer.iter().any(|pattern| is_like(theirs, pattern))
                && hearth.iter().any(|pattern| is_like(ours, pattern))
        },
    },
    Rule {
        name: "where syntax breaks",
        why: "hearth is right: it follows the grammar of the recorded answers (operands in \
              parentheses, functions of any name and operands, no name begins with _)",
        matches: |difference| {
            let pattern = "Invalid *Expression: Syntax error; token: *, near: *";
            let (ours, theirs) = difference.both();
            let functions = [
                pattern,
                "Invalid *Expression: Invalid function name; function: *",
                "Invalid *Expression: Incorrect number of operands for operator or function; *",
                "Invalid *Expression: The function is not allowed to be used this way in an *",
                "Invalid *Expression: Attribute name is a reserved keyword; reserved keyword: *",
                "Invalid *Expression: Operator or function requires a document path; *",
                "Invalid *Expression: An expression attribute value used in expression is not *",
                "Invalid *Expression: An expression attribute name used in the document path is *",
            ];
            is_like(theirs, pattern) && functions.iter().any(|pattern| is_like(ours, pattern))
        },
    },
    Rule {
        name: "operands in parentheses",
        why: "hearth is right: client libraries write them, and the service takes them",
        matches: |difference| {
            let (ours, theirs) = difference.both();
            let went_on = [ANSWERED, CONDITION_FAILED].contains(&ours) || order::is_of_item(ours);
            let pattern = "Invalid *Expression: Syntax error; token: \"(\", near: \"";
            let after_comparator = ["<*(*", ">*(*", "=*(*"]
                .iter()
                .any(|near| is_like(theirs, &format!("{pattern}{near}")));
            went_on && after_comparator
        },
    },
    Rule {
        name: "one fault among several",
        why: "hearth follows the order of recorded answers; the peer looks at some things later",
        matches: |difference| {
            let (ours, theirs) = difference.both();
            order::is_told_first(ours, theirs)
        },
    },
    Rule {
        name: "one fault of the item among several",
        why: "not known: of several actions that the item does not allow, either may be told",
        matches: |difference| {
            let (ours, theirs) = difference.both();
            order::is_of_item(ours) && order::is_of_item(theirs)
        },
    },
    Rule {
        name: "one fault among several elements or attributes",
        why: "not known: elements of batches, index keys of an update and maps of older \
              parameters have no order",
        matches: |difference| {
            let (ours, theirs) = difference.both();
            let tables = difference.request["RequestItems"].as_object().map_or(0, Map::len);
            let updates = difference.request["AttributeUpdates"].as_object().map_or(0, Map::len);
            let of_batch = [
                "One or more parameter values were invalid: Type mismatch for Index Key *",
                "The provided key element does not match the schema",
                "Provided list of item keys contains duplicates",
                "Key attributes must be scalars; *",
                "Invalid ProjectionExpression: *",
            ];
            let of_updates = [
                "One or more parameter values were invalid: Only DELETE action is allowed when no \
                 attribute value is specified",
                "One or more parameter values were invalid: * action *is not supported for the \
                 type *",
            ];
            let both_of = |patterns: &[&str]| {
                [ours, theirs].iter().all(|said| patterns.iter().any(|like| is_like(said, like)))
            };
            let of_conditions = [
                "One or more parameter values were invalid: ComparisonOperator * is not valid *",
                "The BETWEEN condition was provided a range where the lower bound is greater *",
            ];
            let is_batch = difference.operation == "BatchWriteItem" || tables > 1;
            let is_update = difference.operation == "UpdateItem";
            (is_batch && both_of(&of_batch))
                || (is_update && both_of(&of_batch[..1]))
                || (updates > 1 && both_of(&of_updates))
                || both_of(&of_conditions)
        },
    },
];

const OVERLAP: &str = "Invalid UpdateExpression: Two document paths overlap with each other; must \
                       remove or rewrite one of these paths; path one: ";

impl Difference<'_> {
    fn both_are(&self, ours: &str, theirs: &str) -> bool {
        is_like(said(self.ours), ours) && is_like(said(self.theirs), theirs)
    }
}

fn names(attributes: &Value) -> Vec<&String> {
    attributes.as_object().into_iter().flat_map(Map::keys).collect()
}

/// How many clauses the update has.
fn clauses(request: &Value) -> usize {
    let text = request["UpdateExpression"].as_str().unwrap_or_default();
    text.split(' ').filter(|word| ["SET", "REMOVE", "ADD", "DELETE"].contains(word)).count()
}

/// Whether these attributes are the same wherever neither side has a list.
fn same_outside_lists(ours: &Value, theirs: &Value) -> bool {
    let (none, ours, theirs) = (Map::new(), ours.as_object(), theirs.as_object());
    let (ours, theirs) = (ours.unwrap_or(&none), theirs.unwrap_or(&none));
    let all = ours.keys().chain(theirs.keys());
    all.into_iter().all(|name| match (ours.get(name), theirs.get(name)) {
        (None, Some(theirs)) => holds_list(theirs),
        (Some(ours), Some(theirs)) => {
            let is_list = ours.get("L").is_some() && theirs.get("L").is_some();
            let maps = (ours.get("M"), theirs.get("M"));
            let same_maps = matches!(maps, (Some(o), Some(t)) if same_outside_lists(o, t));
            ours == theirs || is_list || same_maps
        }
        (_, None) => false,
    })
}

/// Whether the value is a list or a map of nothing but lists.
fn holds_list(value: &Value) -> bool {
    let members = value["M"].as_object();
    value.get("L").is_some() || members.is_some_and(|map| map.values().all(holds_list))
}

/// Whether a query of `lsi1` needs attributes that the index does not hold.
fn names_what_lsi1_lacks(request: &Value) -> bool {
    let lacks = |name: &str| ["l", "m", "set", "ga", "gb"].contains(&name);
    let texts = ["FilterExpression", "ProjectionExpression"].map(|member| &request[member]);
    let words = texts.into_iter().filter_map(Value::as_str).flat_map(|text| {
        text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"#:_".contains(letter))
    });
    let placeholders = request["ExpressionAttributeNames"].as_object();
    let stands_for = |word: &str| {
        let name = placeholders.and_then(|names| names.get(word)?.as_str());
        lacks(name.unwrap_or(word))
    };
    let older = ["QueryFilter", "ScanFilter"].map(|member| request[member].as_object());
    let listed = request["AttributesToGet"].as_array();
    request["Select"] == "ALL_ATTRIBUTES"
        || words.into_iter().any(stands_for)
        || older.into_iter().flatten().flat_map(Map::keys).any(|name| lacks(name))
        || listed.into_iter().flatten().filter_map(Value::as_str).any(lacks)
}
