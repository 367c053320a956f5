//! Workloads that are refused, each with its line and its sentence.

use super::*;

const GOOD: &str = r#"name = "good"
description = "for tests"
items = 1_000

[keys]
distribution = "uniform"

[[tables]]
name = "things"
partition = { name = "id" }

[tables.attributes]
body = { type = "text", size = 50 }

[[actions]]
operation = "get"
weight = 1
"#;

/// What is said of the good text with one line replaced.
fn refusal(line: &str, instead: &str) -> String {
    assert!(GOOD.contains(line), "{line}");
    refusal_of(&GOOD.replace(line, instead))
}

fn refusal_of(text: &str) -> String {
    match Workload::parse("a.toml", text) {
        Ok(_) => panic!("taken:\n{text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_key_that_means_nothing_is_told_with_its_line_and_the_nearest() {
    let cases = [
        ("items = 1_000", "itmes = 1", 3, "itmes", "items"),
        ("[keys]", "[kees]", 5, "kees", "keys"),
        ("name = \"things\"", "name = \"things\"\nindex = 1", 10, "tables[0].index", "indexes"),
        (
            "partition = { name = \"id\" }",
            "partition = { name = \"id\", digit = 3 }",
            10,
            "tables[0].partition.digit",
            "digits",
        ),
        ("size = 50", "size = 50, sise = 1", 13, "tables[0].attributes.body.sise", "size"),
        ("weight = 1", "weight = 1\nconsistant = true", 18, "actions[0].consistant", "consistent"),
    ];

    for (line, instead, at, key, nearest) in cases {
        let said = refusal(line, instead);
        let sentence = format!("unknown key \"{key}\", did you mean \"{nearest}\"?");
        assert_eq!(said, format!("a.toml line {at}: {sentence}"));
    }
}

#[test]
fn a_value_that_its_key_does_not_take_is_told_with_what_it_takes() {
    let whole = |key: &str, min: u64, max: u64, found: &str| {
        format!("{key} must be a whole number from {min} to {max}, not {found}")
    };
    let size = "tables[0].attributes.body.size";
    let cases = [
        ("items = 1_000", "items = 0", 3, whole("items", 1, ITEMS_MAX, "0")),
        ("items = 1_000", "items = 1_000_000_001", 3, whole("items", 1, ITEMS_MAX, "1000000001")),
        ("items = 1_000", "items = \"all\"", 3, whole("items", 1, ITEMS_MAX, "\"all\"")),
        ("size = 50", "size = 0", 13, whole(size, 1, 409_600, "0")),
        ("size = 50", "size = 409_601", 13, whole(size, 1, 409_600, "409601")),
        (
            "size = 50",
            "size = { min = 9, max = 8 }",
            13,
            whole(&format!("{size}.max"), 9, 409_600, "8"),
        ),
        (
            "size = 50",
            "size = { median = 7, sigma = 1, min = 8, max = 9 }",
            13,
            whole(&format!("{size}.median"), 8, 9, "7"),
        ),
        ("weight = 1", "weight = -1", 17, whole("actions[0].weight", 0, 1_000_000, "-1")),
        (
            "weight = 1",
            "weight = 1\nconsistent = 1",
            18,
            "actions[0].consistent must be true or false, not 1".to_owned(),
        ),
        (
            "\"things\"",
            "\"a b c\"",
            9,
            "tables[0].name must be a name of 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.', \
             not \"a b c\""
                .to_owned(),
        ),
        (
            "[keys]\ndistribution = \"uniform\"",
            "keys = 3",
            5,
            "keys must be a table, not 3".to_owned(),
        ),
        (
            "distribution = \"uniform\"",
            "distribution = \"zipfian\"\nexponent = 9.5",
            7,
            "keys.exponent must be a number from 0.01 to 5, not 9.5".to_owned(),
        ),
        ("\"get\"", "\"batch-get\"\nitems = 101", 17, whole("actions[0].items", 1, 100, "101")),
        ("\"get\"", "\"batch-write\"\nitems = 26", 17, whole("actions[0].items", 1, 25, "26")),
    ];

    for (line, instead, at, sentence) in cases {
        assert_eq!(refusal(line, instead), format!("a.toml line {at}: {sentence}"));
    }
}

#[test]
fn a_word_that_is_not_known_is_told_with_those_that_are() {
    assert_eq!(
        refusal("\"uniform\"", "\"zipfain\""),
        "a.toml line 6: keys.distribution is \"zipfain\", which is none of uniform, zipfian, \
         latest, hotspot; did you mean \"zipfian\"?"
    );
    let said = refusal("\"get\"", "\"gte\"");
    assert!(said.contains("line 16: actions[0].operation is \"gte\""), "{said}");
    assert!(said.ends_with("did you mean \"get\"?"), "{said}");
    let said = refusal("weight = 1", "weight = 1\ntable = \"thing\"");
    assert!(said.ends_with("none of things; did you mean \"things\"?"), "{said}");
    let said = refusal("\"text\"", "\"txt\"");
    assert!(said.ends_with("did you mean \"text\"?"), "{said}");
}

#[test]
fn a_key_that_must_be_there_is_told_with_the_line_of_its_section() {
    for (line, sentence) in [
        ("name = \"good\"\n", "line 1: name is missing"),
        ("description = \"for tests\"\n", "line 1: description is missing"),
        ("items = 1_000\n", "line 1: items is missing"),
        ("partition = { name = \"id\" }\n", "line 8: tables[0].partition is missing"),
        ("distribution = \"uniform\"\n", "line 5: keys.distribution is missing"),
        ("weight = 1\n", "line 15: actions[0].weight is missing"),
        (", size = 50", "line 13: tables[0].attributes.body.size is missing"),
    ] {
        assert_eq!(refusal(line, ""), format!("a.toml {sentence}"));
    }
    let no_actions = GOOD.split("[[actions]]").next().expect("a first part");
    assert_eq!(refusal_of(no_actions), "a.toml line 1: actions is missing");
}

#[test]
fn what_is_right_alone_and_wrong_together_is_refused() {
    let sort = "sort = { name = \"sk\" }";
    let key = "partition = { name = \"id\" }";
    let update = "operation = \"update\"\nupdate = \"SET body = :b\"\nvalues = ";
    let query = "operation = \"query\"\nrange = \"from\"";
    let hotspot = "distribution = \"hotspot\"\nrequest_share = 0.5";
    let like = "{ \":b\" = { like = \"body\" } }";
    let operation = "operation = \"get\"";
    let distribution = "distribution = \"uniform\"";
    let cases = [
        ("weight = 1", "weight = 0".to_owned(), "all weights are 0"),
        (key, format!("{key}\n{sort}"), "it needs per_partition beside it"),
        (key, format!("{key}\nper_partition = 9"), "it needs sort beside it"),
        (
            key,
            "partition = { name = \"body\" }".to_owned(),
            "two attributes have the name \"body\"",
        ),
        (
            key,
            "partition = { name = \"id\", type = \"number\", digits = 4 }".to_owned(),
            "for keys of type \"string\"",
        ),
        ("size = 50", "size = 200_000, repeat = 3".to_owned(), "and DynamoDB takes 409600"),
        (distribution, hotspot.to_owned(), "needs hot_keys or hot_share"),
        (distribution, format!("{hotspot}\nhot_keys = 1\nhot_share = 0.1"), "hot_share is set too"),
        (operation, format!("{update}{{}}"), ":b is not among the values"),
        (
            operation,
            format!("{update}{like}\nnames = {{ \"#a\" = \"x\" }}"),
            "no expression uses #a",
        ),
        (operation, format!("{update}{{ \"b\" = {{ like = \"body\" }} }}"), "must be named ':'"),
        (
            operation,
            format!("{update}{{ \":sort\" = {{ like = \"body\" }} }}"),
            "queries use that name",
        ),
        (operation, query.to_owned(), "no sort key to have a range of"),
        (operation, "operation = \"query\"\nindex = \"a\"".to_owned(), "the table has no indexes"),
        (
            operation,
            "operation = \"scan\"\nstart = \"random\"\nsegment_items = 5".to_owned(),
            "a segment has its own beginning",
        ),
        (
            "{ type = \"text\", size = 50 }",
            "{ type = \"choice\", of = [\"a\", 1] }".to_owned(),
            "must be of one kind",
        ),
        (
            "{ type = \"text\", size = 50 }",
            "{ type = \"number\", min = 3, max = 2 }".to_owned(),
            "it is below min, which is 3",
        ),
    ];

    for (line, instead, sentence) in cases {
        let said = refusal(line, &instead);
        assert!(said.contains(sentence), "{said}\ninstead of: {sentence}");
    }
}

#[test]
fn an_index_that_no_query_could_use_is_refused() {
    let with_index = |index: &str, action: &str| {
        let text =
            GOOD.replace("[[actions]]", &format!("[[tables.indexes]]\n{index}\n[[actions]]"));
        text.replace("operation = \"get\"", action)
    };
    let query = "operation = \"query\"\nindex = \"by-body\"";
    let global = "name = \"by-body\"\npartition = \"body\"";

    let said = refusal_of(&with_index(global, query));
    assert!(said.contains("no query would find an item"), "{said}");
    let said = refusal_of(&with_index("name = \"by-body\"\npartition = \"bdy\"", query));
    assert!(said.contains("none of id, body; did you mean \"body\"?"), "{said}");
    let said =
        refusal_of(&with_index("name = \"by-body\"\nkind = \"local\"\nsort = \"body\"", query));
    assert!(said.contains("needs a table with a sort key"), "{said}");
    let large = with_index(global, query).replace("size = 50", "size = 3_000");
    assert!(refusal_of(&large).contains("more than the 2048 bytes of a key"));
    let consistent = format!("{query}\nconsistent = true");
    let said = refusal_of(&with_index("name = \"by-body\"\npartition = \"id\"", &consistent));
    assert!(said.contains("no global index consistently"), "{said}");
}

#[test]
fn two_things_of_one_name_are_refused() {
    let table = "[[tables]]\nname = \"things\"\npartition = { name = \"id\" }\n";
    let twice = GOOD.replace("[[actions]]", &format!("{table}[[actions]]"));
    assert!(refusal_of(&twice).ends_with("two tables have the name \"things\""));

    let other = twice.replacen("\"things\"", "\"others\"", 1);
    assert!(refusal_of(&other).contains("there are several tables, so it needs table"));
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    let said = refusal("items = 1_000", "items = = 1");

    assert!(said.starts_with("a.toml line 3: this is not TOML: "), "{said}");
}

#[test]
fn overrides_have_the_limits_of_the_file() {
    let good = || Workload::parse("a.toml", GOOD).expect("it is good");

    for items in [0, ITEMS_MAX + 1] {
        assert!(matches!(good().with_items(items), Err(Error::Items { .. })));
    }
    assert_eq!(good().with_items(ITEMS_MAX).expect("the limit is included").items(), ITEMS_MAX);
    let refused = good().with_table_prefix("a b").expect_err("a blank");
    assert!(refused.to_string().starts_with("\"a bthings\" is not a table name"), "{refused}");
    assert!(good().with_table_prefix(&"x".repeat(250)).is_err());
}

#[test]
fn a_file_is_read_and_named_in_its_errors() {
    let dir = tempfile::tempdir().expect("a directory for the test");
    let path = dir.path().join("mine.toml");
    let name = |error: Error| error.to_string();

    let absent = Workload::read(&path).map_err(name);
    std::fs::write(&path, GOOD).expect("the directory is writable");
    let good = Workload::read(&path).expect("it is good");
    std::fs::write(&path, GOOD.replace("items", "itms")).expect("the directory is writable");
    let bad = Workload::read(&path).map_err(name);
    std::fs::write(&path, " ".repeat((1 << 20) + 1)).expect("the directory is writable");
    let large = Workload::read(&path);

    let path = path.display();
    assert_eq!(absent.expect_err("none"), format!("cannot read the workload file {path}"));
    assert_eq!(good.name(), "good");
    let bad = bad.expect_err("a wrong key");
    assert!(bad.starts_with(&format!("{path} line 3: unknown key")), "{bad}");
    assert!(matches!(large, Err(Error::TooLarge { .. })));
}
