//! `ExecuteStatement`: INSERT, UPDATE and DELETE. Reads are in `execute_statement.rs`.

use serde_json::{Value, json};

use super::Api;

const FAILED: &str = "The conditional request failed";
const NO_KEY: &str = "Where clause does not contain a mandatory equality on all key attributes";

fn event(more: &Value) -> Value {
    let mut item = json!({"room": {"S": "a"}, "at": {"N": "1"}});
    for (name, value) in more.as_object().expect("attributes") {
        item[name] = value.clone();
    }
    item
}

impl Api {
    /// With one event, at 1 in the room a.
    fn with_event(more: &Value) -> Self {
        let mut api = Self::with_events();
        api.db.put("events", &event(more));
        api
    }

    fn event(&mut self) -> Option<Value> {
        self.db.get("events", &event(&json!({})))
    }

    /// Updates the event; what the statement returns.
    fn update_event(&mut self, clauses: &str, returning: &str) -> Vec<Value> {
        self.items_of(&format!(
            "UPDATE events {clauses} WHERE room = 'a' AND \"at\" = 1 {returning}"
        ))
    }
}

#[test]
fn an_insert_writes_what_is_not_there_and_nothing_else() {
    let mut api = Api::with_events();

    let inserted = api.items_of(
        "INSERT INTO \"events\" VALUE {'room': 'a', 'at': 1, 'tags': <<'y', 'x'>>, 'n': -1.50, \
         'l': [TRUE, NULL, {'k': 'v'}]}",
    );
    let again = api.run("INSERT INTO events VALUE {'room': 'a', 'at': 1.0, 'n': 2}");

    assert_eq!(inserted, [] as [Value; 0]);
    let expected = event(&json!({
        "tags": {"SS": ["x", "y"]}, "n": {"N": "-1.5"},
        "l": {"L": [{"BOOL": true}, {"NULL": true}, {"M": {"k": {"S": "v"}}}]},
    }));
    assert_eq!(api.event(), Some(expected));
    let duplicate = "Duplicate primary key exists in table";
    again.assert_refused("DuplicateItemException", duplicate);
    let told = json!({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"});
    let told = api.run_with("INSERT INTO events VALUE {'room': 'a', 'at': 1}", &told);
    told.assert_refused("DuplicateItemException", duplicate);
    assert_eq!(told.body.get("Item"), None);
}

#[test]
fn an_insert_has_the_whole_key_of_its_table() {
    let mut api = Api::with_shelves();
    for (tuple, message) in [
        (
            "{'shelf': 'a'}",
            "One or more parameter values were invalid: Missing the key at in the item",
        ),
        (
            "{'shelf': 1, 'at': 1}",
            "Key attribute's data type should match its data type in table's schema: Key shelf",
        ),
        (
            "{'shelf': '', 'at': 1}",
            "One or more parameter values are not valid. The AttributeValue for a key attribute \
             cannot contain an empty string value. Key: shelf",
        ),
        (
            "{'shelf': 'a', 'at': 1, 'colour': 7}",
            "One or more parameter values were invalid: Type mismatch for Index Key colour \
             Expected: S Actual: N IndexName: by_colour",
        ),
        ("{'shelf': 'a', 'at': 1e126}", OVERFLOW),
    ] {
        api.run(&format!("INSERT INTO shelves VALUE {tuple}")).assert_invalid(message);
    }
    let path = api.run("INSERT INTO shelves.by_colour VALUE {'shelf': 'a', 'at': 1}");
    path.assert_invalid("FROM clause may only contain a single table name");
}

#[test]
fn an_item_of_400_kib_is_inserted_and_no_larger_one() {
    let mut api = Api::with_users();
    let insert = |api: &mut Api, id: &str, bytes: usize| {
        // The names and the key take six bytes.
        let more = json!({"Parameters": [{"S": "x".repeat(bytes - 6)}]});
        api.run_with(&format!("INSERT INTO users VALUE {{'id': '{id}', 'va': ?}}"), &more)
    };

    insert(&mut api, "ab", 409_600).ok();
    insert(&mut api, "cd", 409_601)
        .assert_invalid("Item size has exceeded the maximum allowed size");
    let larger = api.run("UPDATE users SET b = 1 WHERE id = 'ab'");
    larger.assert_invalid("Item size to update has exceeded the maximum allowed size");
}

#[test]
fn an_update_changes_what_is_there_and_makes_nothing() {
    let mut api = Api::with_event(&json!({
        "n": {"N": "5"}, "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]}, "x": {"S": "gone"},
        "m": {"M": {"k": {"S": "v"}}},
    }));

    assert_eq!(
        api.update_event(
            "SET n = n + 1 - 3, \"copy\" = m.k SET m.k = 'w' REMOVE x REMOVE l[0] REMOVE l[1]",
            ""
        ),
        [] as [Value; 0]
    );
    api.update_event("SET l[9] = 9", "");
    api.update_event("SET l = list_append(l, [3])", "");
    let from = "FROM events WHERE \"at\" = 1 AND room = 'a' SET \"by\" = ?";
    api.run_with(from, &json!({"Parameters": [{"BOOL": true}]})).ok();

    let expected = json!({
        "n": {"N": "3"}, "copy": {"S": "v"}, "m": {"M": {"k": {"S": "w"}}}, "by": {"BOOL": true},
        "l": {"L": [{"N": "2"}, {"N": "9"}, {"N": "3"}]},
    });
    assert_eq!(api.event(), Some(event(&expected)));
    let absent = api.run("UPDATE events SET n = 1 WHERE room = 'b' AND \"at\" = 1");
    absent.assert_refused("ConditionalCheckFailedException", FAILED);
    let absent = api.run(
        "UPDATE events SET n = 1 WHERE room = 'b' AND \"at\" = 1 AND attribute_not_exists(room)",
    );
    absent.assert_refused("ConditionalCheckFailedException", FAILED);
    assert_eq!(api.items_of("SELECT * FROM events").len(), 1);
}

#[test]
fn right_hand_sides_read_the_item_as_it_was() {
    let mut api = Api::with_event(&json!({"n": {"N": "5"}, "l": {"L": [{"N": "0"}, {"N": "1"}]}}));

    let old_and_new =
        api.update_event("SET n = n + 1 SET o = n REMOVE l[0]", "RETURNING ALL NEW *");

    let expected = json!({"n": {"N": "6"}, "o": {"N": "5"}, "l": {"L": [{"N": "1"}]}});
    assert_eq!(old_and_new, [event(&expected)]);
}

#[test]
fn sets_are_added_to_and_deleted_from() {
    let mut api = Api::with_event(&json!({"s": {"SS": ["a", "b"]}, "n": {"N": "1"}}));

    let added = api.update_event(
        "SET s = set_add(s, <<'b', 'c'>>) SET t = SET_ADD(t, <<1>>)",
        "RETURNING MODIFIED NEW *",
    );
    let left = api.update_event("SET s = set_delete(s, <<'b', 'z'>>)", "RETURNING MODIFIED NEW *");
    let none = api.update_event("SET s = set_delete(s, <<'a', 'c'>>)", "RETURNING MODIFIED NEW *");

    assert_eq!(added, [json!({"s": {"SS": ["a", "b", "c"]}, "t": {"NS": ["1"]}})]);
    assert_eq!(left, [json!({"s": {"SS": ["a", "c"]}})]);
    assert_eq!(none, [] as [Value; 0]);
    let event = api.event().expect("it is there");
    assert_eq!(event.get("s"), None);
    api.run("UPDATE events SET n = set_add(n, <<1>>) WHERE room = 'a' AND \"at\" = 1")
        .assert_invalid("An operand in the update expression has an incorrect data type");
}

#[test]
fn writes_return_what_they_are_asked_for() {
    let mut api =
        Api::with_event(&json!({"n": {"N": "1"}, "m": {"M": {"k": {"N": "1"}, "o": {"N": "2"}}}}));
    let whole = |n: &str, k: &str| {
        let n = json!({"N": n});
        event(&json!({"n": n, "m": {"M": {"k": {"N": k}, "o": {"N": "2"}}}}))
    };

    let clauses = "SET n = n + 1 SET m.k = 7";
    assert_eq!(api.update_event(clauses, "RETURNING ALL OLD *"), [whole("1", "1")]);
    assert_eq!(api.update_event(clauses, "RETURNING ALL NEW *"), [whole("3", "7")]);
    assert_eq!(
        api.update_event(clauses, "RETURNING MODIFIED OLD *"),
        [json!({"n": {"N": "3"}, "m": {"M": {"k": {"N": "7"}}}})]
    );
    assert_eq!(
        api.update_event(clauses, "RETURNING MODIFIED NEW *"),
        [json!({"n": {"N": "5"}, "m": {"M": {"k": {"N": "7"}}}})]
    );
    assert_eq!(api.update_event("REMOVE nope", "RETURNING MODIFIED OLD *"), [] as [Value; 0]);

    let delete = "DELETE FROM events WHERE room = 'a' AND \"at\" = 1 RETURNING ALL OLD *";
    assert_eq!(api.items_of(delete), [whole("5", "7")]);
    assert_eq!(api.items_of(delete), [] as [Value; 0]);
    let refused = delete.replace("ALL OLD", "ALL NEW");
    api.run(&refused).assert_invalid(
        "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in \
         DELETE statements.",
    );
}

#[test]
fn conditions_are_judged_for_the_item_that_is_there() {
    let mut api = Api::with_event(&json!({"n": {"N": "1"}}));
    let key = "room = 'a' AND \"at\" = 1";
    let told = json!({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"});

    for statement in [
        format!("UPDATE events SET n = 2 WHERE {key} AND n > 1"),
        format!("UPDATE events SET n = 2 WHERE {key} AND (n = 2 OR n = 3)"),
        format!("DELETE FROM events WHERE n IS MISSING AND {key}"),
    ] {
        let plain = api.run(&statement);
        plain.assert_refused("ConditionalCheckFailedException", FAILED);
        assert_eq!(plain.body.get("Item"), None);
        let told = api.run_with(&statement, &told);
        told.assert_refused("ConditionalCheckFailedException", FAILED);
        assert_eq!(told.body["Item"], event(&json!({"n": {"N": "1"}})), "{statement}");
    }
    api.run(&format!("UPDATE events SET n = 2 WHERE {key} AND n = 1")).ok();
    // Of no item nothing is asked.
    assert_eq!(
        api.items_of("DELETE FROM events WHERE room = 'b' AND \"at\" = 1 AND n = 7"),
        [] as [Value; 0]
    );
    api.run(&format!("DELETE FROM events WHERE {key} AND n = 2")).ok();
    assert_eq!(api.event(), None);
}

#[test]
fn a_write_is_of_one_item_whose_key_stays() {
    let mut api = Api::with_event(&json!({"n": {"N": "1"}, "s": {"S": "x"}}));
    let update = |rest: &str| format!("UPDATE events {rest}");
    let key = "WHERE room = 'a' AND \"at\" = 1";
    for (statement, message) in [
        (update("SET n = 1"), NO_KEY),
        (update("SET n = 1 WHERE n = 1"), NO_KEY),
        (update("SET n = 1 WHERE room = 'a'"), NO_KEY),
        (update("SET n = 1 WHERE room = 'a' AND \"at\" > 1"), NO_KEY),
        (update("SET n = 1 WHERE room = 'a' AND \"at\" IN [1]"), NO_KEY),
        ("FROM events WHERE n = 1 SET n = 2".to_owned(), NO_KEY),
        ("DELETE FROM events".to_owned(), NO_KEY),
        (
            update("SET n = 1 WHERE room = 'a' AND \"at\" = 1 AND room = 'b'"),
            "Multiple conditions on same key room. Only single item Update/Insert/Delete are \
             supported",
        ),
        (
            update("SET n = 1 WHERE room = 7 AND \"at\" = 1"),
            "Key attribute's data type should match its data type in table's schema: Key room",
        ),
        (
            format!("{} {key}", update("SET room = 'b'")),
            "One or more parameter values were invalid: Cannot update attribute room. This \
             attribute is part of the key",
        ),
        (
            format!("{} {key}", update("SET o = nope + 1")),
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        (
            format!("{} {key}", update("SET s = s + 1")),
            "An operand in the update expression has an incorrect data type",
        ),
        (
            format!("{} {key}", update("SET nope.k = 1")),
            "The document path provided in the update expression is invalid for update",
        ),
        (
            "EXISTS(SELECT * FROM events WHERE room = 'a' AND \"at\" = 1 AND n = 1)".to_owned(),
            "EXISTS can only be used in ExecuteTransaction write requests.",
        ),
    ] {
        api.run(&statement).assert_invalid(message);
    }
    let missing = api.run("DELETE FROM nope WHERE id = 'a'");
    missing.assert_refused("ResourceNotFoundException", "Requested resource not found");
}

#[test]
fn writes_cost_what_those_of_items_do_and_are_seen_by_reads_at_once() {
    let mut api = Api::with_shelves();
    let mut units = |statement: &str| {
        let more = json!({"ReturnConsumedCapacity": "INDEXES"});
        api.run_with(statement, &more).ok()["ConsumedCapacity"].clone()
    };
    let both = json!({
        "TableName": "shelves", "CapacityUnits": 2.0, "Table": {"CapacityUnits": 1.0},
        "LocalSecondaryIndexes": {"by_colour": {"CapacityUnits": 1.0}},
    });
    let key = "WHERE shelf = 'a' AND \"at\" = 1";

    assert_eq!(units("INSERT INTO shelves VALUE {'shelf': 'a', 'at': 1, 'colour': 'red'}"), both);
    assert_eq!(units(&format!("DELETE FROM shelves {key}")), both);
    assert_eq!(
        units(&format!("DELETE FROM shelves {key}")),
        json!({"TableName": "shelves", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}})
    );
    assert_eq!(api.items_of(&format!("SELECT * FROM shelves {key}")), [] as [Value; 0]);
}

const OVERFLOW: &str = "Number overflow. Attempting to store a number with magnitude larger than \
     supported range under root.at";
