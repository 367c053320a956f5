//! Which items statements are about, of a table and of its indexes.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;

use super::*;
use crate::expr::{Comparator, KeyClause, KeyTest, Operand, Path};
use crate::model::{
    AttributeValue, IndexId, IndexProjection, IndexScope, Item, KeyType, Number, TableId,
};
use crate::partiql::{Statement, Written};

fn key(name: &str, kind: KeyType) -> KeyAttribute {
    KeyAttribute { name: name.into(), kind }
}

/// The table `t` by `pk` and the number `sk`; the index `i` by `g` and `s` holds nothing else,
/// `many` is keyed by two attributes.
fn schema() -> TableSchema {
    let index = |id, name: &str, hash: Vec<KeyAttribute>, range| IndexSchema {
        id: IndexId::new(id),
        name: name.into(),
        scope: IndexScope::Global,
        hash,
        range,
        projection: IndexProjection::KeysOnly,
    };
    let text = |name| key(name, KeyType::S);
    TableSchema {
        table: TableId::new(1),
        hash: text("pk"),
        range: Some(key("sk", KeyType::N)),
        indexes: vec![
            index(1, "i", vec![text("g")], vec![text("s")]),
            index(2, "many", vec![text("g"), text("h")], Vec::new()),
        ],
    }
}

fn hash_only() -> TableSchema {
    TableSchema { range: None, indexes: Vec::new(), ..schema() }
}

fn planned(schema: &TableSchema, text: &str) -> Result<ReadPlan, Error> {
    match Written::parse(text)?.bind(Vec::new())? {
        Statement::Select(select) => {
            let index = select.source.index(schema)?;
            select.plan(schema, index)
        }
        other => panic!("{text}: {other:?}"),
    }
}

fn number(text: &str) -> AttributeValue {
    AttributeValue::N(Number::parse(text).expect("a number"))
}

/// A plan in short: the partitions with their ranges, `*` for everything, `+` with a filter.
fn short(plan: &ReadPlan) -> String {
    let shown = |value: &AttributeValue| match value {
        AttributeValue::S(text) => text.clone(),
        AttributeValue::N(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let test = |test: &KeyTest| match test {
        KeyTest::Equal(value) => format!("={}", shown(value)),
        KeyTest::Less(value) => format!("<{}", shown(value)),
        KeyTest::LessOrEqual(value) => format!("<={}", shown(value)),
        KeyTest::Greater(value) => format!(">{}", shown(value)),
        KeyTest::GreaterOrEqual(value) => format!(">={}", shown(value)),
        KeyTest::Between(low, high) => format!("{}..{}", shown(low), shown(high)),
        KeyTest::BeginsWith(prefix) => format!("{}~", shown(prefix)),
    };
    let plus = |filter: bool| if filter { "+" } else { "" };
    match &plan.access {
        Access::Everything(filter) => format!("*{}", plus(filter.is_some())),
        Access::Item(KeyedItem { key, condition }) => {
            let values: Vec<String> = key.iter().map(|(_, value)| shown(value)).collect();
            format!("item {}{}", values.join(" "), plus(condition.is_some()))
        }
        Access::Partitions { reads, is_list, filter } => {
            let read = |read: &PartitionRead| {
                read.keys.clauses.iter().map(|clause| test(&clause.test)).collect::<String>()
            };
            let reads: Vec<String> = reads.iter().map(read).collect();
            let list = if *is_list { "list " } else { "" };
            format!("{list}{}{}", reads.join(" "), plus(filter.is_some()))
        }
    }
}

fn of_table(clause: &str) -> String {
    short(&planned(&schema(), &format!("SELECT * FROM t {clause}")).expect(clause))
}

fn refused(clause: &str) -> Error {
    planned(&schema(), &format!("SELECT * FROM t {clause}")).expect_err(clause)
}

#[test]
fn keys_say_what_is_read_and_the_rest_is_a_filter() {
    for (clause, read) in [
        ("", "*"),
        ("WHERE x = 1", "*+"),
        ("WHERE pk > 'a'", "*+"),
        ("WHERE pk = 'a' OR x = 1", "*+"),
        ("WHERE NOT pk = 'a'", "*+"),
        ("WHERE pk = x", "*+"),
        ("WHERE pk = 'a'", "=a"),
        ("WHERE 'a' = pk", "=a"),
        ("WHERE pk = 'a' AND x = 1", "=a+"),
        ("WHERE pk = 'a' AND (x = 1 OR y = 2)", "=a+"),
        ("WHERE pk = 'a' AND sk = 1", "item a 1"),
        ("WHERE sk = 1 AND pk = 'a' AND x = 1", "item a 1+"),
        ("WHERE (pk = 'a' AND (sk = 1))", "item a 1"),
        ("WHERE pk = 'a' AND 5 > sk", "=a<5"),
        ("WHERE pk = 'a' AND sk BETWEEN 1 AND 2", "=a1..2"),
        ("WHERE pk = 'a' AND sk > 1 AND sk < 3", "=a>1+"),
        ("WHERE pk = 'a' AND sk > 1 AND sk = 3", "item a 3+"),
        ("WHERE pk = 'a' AND sk <> 1", "=a+"),
        ("WHERE pk = 'a' AND sk <> 1 AND sk < 9", "=a<9+"),
        ("WHERE pk IN ['a', 'a'] AND sk <> 1", "list =a+"),
        ("WHERE pk = 'a' AND NOT sk = 1", "=a+"),
        ("WHERE pk = 'a' AND sk IN [3, 1]", "=a=1 =a=3"),
        ("WHERE pk = 'a' AND (sk = 2 OR sk = 1)", "=a=1 =a=2+"),
        ("WHERE pk = 'b' OR pk = 'a'", "=a =b+"),
        ("WHERE pk IN ['b', 'a']", "list =a =b"),
        ("WHERE pk IN ['a'] AND sk = 1", "list =a=1"),
        ("WHERE pk IN ['b', 'a'] AND sk > 1", "list =a>1 =b>1"),
        ("WHERE pk = 'a' AND sk > 1 OR pk = 'b'", "=a>1 =b+"),
        // A term on the sort key that is no range: the partition is read once, whole.
        ("WHERE pk = 'a' AND sk = 1 OR pk = 'a' AND sk <> 2", "=a+"),
        // What is read by one test each would meet; what matches does not.
        ("WHERE pk = 'a' AND sk > 1 AND sk < 3 OR pk = 'a' AND sk > 5 AND sk < 7", "=a+"),
        ("WHERE pk = 'a' AND pk = 'b'", "=a+"),
    ] {
        assert_eq!(of_table(clause), read, "{clause}");
    }
}

#[test]
fn branches_that_may_find_one_item_are_refused() {
    for clause in [
        "WHERE pk = 'a' AND x = '1' OR pk = 'a' AND sk = 2",
        "WHERE pk = 'a' AND x <> '1' OR pk = 'a' AND sk = 2",
        "WHERE pk = 'a' AND sk > 1 OR pk = 'a' AND sk < 3",
        "WHERE pk IN ['p', 'p']",
        "WHERE pk = 'a' AND sk IN [1, 1.0]",
    ] {
        assert_eq!(refused(clause), Error::Overlap, "{clause}");
    }
    let plan = planned(&hash_only(), "SELECT * FROM t WHERE pk IN ['p', 'q', 'p']");
    assert_eq!(short(&plan.expect("no sort key, no overlap")), "list =p =q");
}

#[test]
fn keys_of_other_types_are_refused() {
    let key_type = Error::KeyType("pk".into());
    assert_eq!(refused("WHERE pk = 1"), key_type);
    assert_eq!(refused("WHERE pk = 'a' AND sk > 'x'"), Error::KeyType("sk".into()));
    assert_eq!(refused("WHERE pk = TRUE"), Error::NoKeyValue("pk".into(), "BOOL"));
    assert_eq!(of_table("WHERE pk = 1 OR x = 1"), "*+", "what is no key condition is a filter");
    let values: Vec<String> = (0..51).map(|value| format!("'{value}'")).collect();
    let many = format!("WHERE pk IN [{}]", values.join(", "));
    assert_eq!(refused(&many), crate::expr::Fault::TooManyChoices(51).into());
}

#[test]
fn too_many_branches_are_a_filter() {
    let branch = |at: usize| format!("pk = 'a' AND sk = {at}");
    let clause =
        |count| format!("WHERE {}", (0..count).map(branch).collect::<Vec<_>>().join(" OR "));

    assert!(of_table(&clause(200)).starts_with("=a=0 =a=1 "));
    assert_eq!(of_table(&clause(257)), "*+");
    let any = |terms: usize| {
        let any = (0..200).map(branch).collect::<Vec<_>>().join(" OR ");
        format!("WHERE ({any}){}", " AND x = 1".repeat(terms))
    };
    assert!(of_table(&any(40)).starts_with("=a=0 =a=1 "));
    assert_eq!(of_table(&any(60)), "*+");
}

#[test]
fn an_order_is_of_keys_and_of_chosen_partitions() {
    let order = |clause: &str| planned(&schema(), &format!("SELECT * FROM t {clause}"));
    for (clause, error) in [
        ("ORDER BY pk", Error::OrderWithoutWhere),
        ("WHERE x = 1 ORDER BY pk", Error::OrderWithoutHash),
        ("WHERE pk = 'a' ORDER BY n", Error::OrderByOther("n".into())),
        ("WHERE pk IN ['a', 'b'] ORDER BY sk", Error::OrderOfPartitions),
    ] {
        assert_eq!(order(clause).map(|plan| short(&plan)), Err(error), "{clause}");
    }
    for (clause, direction, read) in [
        ("WHERE pk = 'a' ORDER BY sk DESC", Direction::Descending, "=a"),
        ("WHERE pk = 'a' ORDER BY pk DESC", Direction::Ascending, "=a"),
        ("WHERE pk = 'a' ORDER BY sk ASC, pk", Direction::Ascending, "=a"),
        ("WHERE pk IN ['b', 'a'] ORDER BY pk DESC", Direction::Ascending, "list =b =a"),
        ("WHERE pk = 'a' AND sk IN [1, 2] ORDER BY sk DESC", Direction::Descending, "=a=2 =a=1"),
    ] {
        let plan = order(clause).expect(clause);
        assert_eq!((plan.direction, &*short(&plan)), (direction, read), "{clause}");
    }
}

#[test]
fn indexes_are_read_by_their_keys_and_hold_what_must_hold() {
    let of = |text: &str| planned(&schema(), text).map(|plan| short(&plan));
    let missing = |names: &[&str]| {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Err(Error::FilterNotProjected("i".into(), names))
    };
    for (clause, read) in [
        ("g = 'a' AND s = 'b'", Ok("=a=b".to_owned())),
        ("g = 'a' AND begins_with(s, 'b') AND pk = 'x'", Ok("=a".to_owned() + "b~+")),
        ("pk = 'a' AND sk = 1", Ok("*+".to_owned())),
        ("x = 1", Ok("*+".to_owned())),
        ("g = 'a' AND NOT x = 1 AND y IS MISSING", missing(&["x", "y"])),
        ("g IN ['a'] AND size(x) > 1", missing(&["x"])),
        ("g = 'a' AND (x = 1 OR y = 1)", Ok("=a+".to_owned())),
        ("g = 'a' AND x = 1 OR g = 'b'", Ok("=a =b+".to_owned())),
    ] {
        assert_eq!(of(&format!("SELECT * FROM t.i WHERE {clause}")), read, "{clause}");
    }
    assert_eq!(of("SELECT * FROM t.nope"), Err(Error::NoIndex));
    assert_eq!(of("SELECT * FROM t.t"), Err(Error::NoIndex));
    assert_eq!(of("SELECT * FROM t.many"), Err(Error::MultiAttributeKey));
}

fn written(clause: &str) -> Result<KeyedItem, Error> {
    match Written::parse(&format!("DELETE FROM t {clause}"))?.bind(Vec::new())? {
        Statement::Delete(removal) => KeyedItem::of(removal.condition, &schema()),
        other => panic!("{clause}: {other:?}"),
    }
}

#[test]
fn a_write_says_its_whole_key_by_equality() {
    let keyed = written("WHERE sk = 1 AND (pk = 'a' AND attribute_exists(pk))").expect("a key");
    let key = vec![("sk".into(), number("1")), ("pk".into(), AttributeValue::S("a".into()))];
    let condition = Some(Arc::new(Condition::Exists(Path::attribute("pk"))));
    assert_eq!(keyed, KeyedItem { key, condition });

    let or = written("WHERE pk = 'a' AND sk = 1 AND (x = 1 OR y = 2)").expect("a key");
    assert!(matches!(or.condition.as_deref(), Some(Condition::Or(_))));

    for clause in [
        "",
        "WHERE x = 1",
        "WHERE pk = 'a'",
        "WHERE pk = 'a' AND sk > 1",
        "WHERE pk = 'a' AND sk IN [1]",
        "WHERE pk = 'a' AND NOT sk = 1",
        "WHERE pk = 'a' AND sk = 1 OR pk = 'b' AND sk = 1",
    ] {
        assert_eq!(written(clause), Err(Error::NoKey), "{clause}");
    }
    assert_eq!(
        written("WHERE pk = 'a' AND pk = 'b' AND sk = 1"),
        Err(Error::KeyTwice("pk".into()))
    );
    assert_eq!(written("WHERE pk = 'a' AND sk = 'b'"), Err(Error::KeyType("sk".into())));
}

/// A clause about the key or something else, of few values.
fn any_clause() -> impl Strategy<Value = String> {
    let clause = |clauses: &'static [&'static str]| {
        (select(clauses), 1..4_u8, 1..4_u8).prop_map(|(clause, one, two)| {
            let text = |number: u8| ["'a'", "'b'", "'c'"][usize::from(number) - 1];
            let clause = clause.replace("$1", text(one)).replace("$2", text(two));
            clause.replace("#1", &one.to_string()).replace("#2", &two.to_string())
        })
    };
    prop_oneof![
        3 => clause(&["pk = $1", "$1 = pk", "pk IN [$1, $2]", "pk <> $1", "pk > $1"]),
        3 => clause(&[
            "sk = #1", "sk < #1", "#1 <= sk", "sk >= #1", "sk BETWEEN #1 AND 3", "sk IN [#1, #2]",
            "sk <> #1", "sk > #1",
        ]),
        1 => clause(&["x = #1", "NOT x = #1", "x IS MISSING"]),
    ]
}

fn any_condition() -> impl Strategy<Value = String> {
    any_clause().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4)
                .prop_map(|all| format!("({})", all.join(" AND "))),
            proptest::collection::vec(inner.clone(), 2..4)
                .prop_map(|any| format!("({})", any.join(" OR "))),
            inner.prop_map(|one| format!("NOT {one}")),
        ]
    })
}

/// All items of few values.
fn items() -> Vec<Item> {
    let mut items = Vec::new();
    for pk in ["a", "b", "c", "d"] {
        for sk in ["1", "2", "3", "4"] {
            for x in ["1", "2"] {
                let pk = AttributeValue::S(pk.into());
                items.push(Item::from([("pk", pk), ("sk", number(sk)), ("x", number(x))]));
            }
        }
    }
    items
}

/// Whether a read of these clauses looks at the item.
fn looks_at(clauses: &[KeyClause], item: &Item) -> bool {
    let image = item.encode();
    clauses.iter().all(|KeyClause { attribute, test }| {
        let path = || Operand::Path(Path::attribute(attribute.as_str()));
        let compare = |comparator, value: &AttributeValue| {
            Condition::Compare(path(), comparator, Operand::Value(value.clone()))
        };
        let condition = match test {
            KeyTest::Equal(value) => compare(Comparator::Equal, value),
            KeyTest::Less(value) => compare(Comparator::Less, value),
            KeyTest::LessOrEqual(value) => compare(Comparator::LessOrEqual, value),
            KeyTest::Greater(value) => compare(Comparator::Greater, value),
            KeyTest::GreaterOrEqual(value) => compare(Comparator::GreaterOrEqual, value),
            KeyTest::Between(low, high) => Condition::And(vec![
                compare(Comparator::GreaterOrEqual, low),
                compare(Comparator::LessOrEqual, high),
            ]),
            KeyTest::BeginsWith(prefix) => {
                Condition::BeginsWith(path(), Operand::Value(prefix.clone()))
            }
        };
        condition.holds(Some(image.view()))
    })
}

/// How often a plan finds the item.
fn times_found(plan: &ReadPlan, item: &Item) -> usize {
    let (looks, filter) = match &plan.access {
        Access::Everything(filter) => (1, filter),
        Access::Item(KeyedItem { key, condition }) => {
            let read = PartitionRead::of_item(key.clone());
            (usize::from(looks_at(&read.keys.clauses, item)), condition)
        }
        Access::Partitions { reads, filter, .. } => {
            let looks = reads.iter().filter(|read| looks_at(&read.keys.clauses, item));
            (looks.count(), filter)
        }
    };
    let image = item.encode();
    let matches = filter.as_ref().is_none_or(|filter| filter.holds(Some(image.view())));
    looks * usize::from(matches)
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, cases: 2_000, ..Config::default() })]

    #[test]
    fn what_matches_is_found_once_and_nothing_else(clause in any_condition()) {
        let text = format!("SELECT * FROM t WHERE {clause}");
        let Ok(Statement::Select(asked)) = Written::parse(&text).and_then(|it| it.bind(vec![]))
        else {
            panic!("{text}")
        };
        let condition = asked.condition.expect("there is one");
        for schema in [schema(), hash_only()] {
            match planned(&schema, &text) {
                Err(error) => prop_assert_eq!(error, Error::Overlap),
                Ok(plan) => {
                    for item in items() {
                        let wanted = usize::from(condition.holds(Some(item.encode().view())));
                        prop_assert_eq!(times_found(&plan, &item), wanted, "{:?}", item);
                    }
                }
            }
        }
    }
}
