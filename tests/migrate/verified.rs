//! Comparisons: what they find, and what they do not.

use serde_json::json;

use super::items::{described, every_kind, fill, item, put_all};
use super::support::scratch;
use super::{TABLE, migrate, moved, refused, serve, with};

#[test]
fn a_changed_a_missing_and_an_extra_item_are_found() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    let (mut here, mut there) = (from.db(), to.db());
    fill(&mut here, 300);
    fill(&mut there, 300);
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let launch = with(launch, &["--verify-only"]);
    assert_eq!(moved(&launch), "compared 300 items: both have the same\n");

    there.put(TABLE, &item(7, 1));
    there.put(TABLE, &item(500, 0));
    there.call("DeleteItem", &json!({"TableName": TABLE, "Key": {"id": {"S": "item-9"}}})).ok();
    let (told, complaint) = refused(&launch, 1);

    assert_eq!(
        told,
        "compared: the source has 300 items, the target 300\n  \
         different: {\"id\":{\"S\":\"item-7\"}}\n  \
         missing at the target: {\"id\":{\"S\":\"item-9\"}}\n  \
         only at the target: {\"id\":{\"S\":\"item-500\"}}\n"
    );
    assert!(complaint.contains("the tables differ, in 3 of 65,536 parts"), "{complaint}");
    assert!(!first.path().join("moving").exists());
}

#[test]
fn a_difference_in_any_kind_of_attribute_is_found() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    let (mut here, mut there) = (from.db(), to.db());
    for db in [&mut here, &mut there] {
        db.create_table_with(&described());
        put_all(db, every_kind().into_iter());
    }
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let launch = with(launch, &["--verify-only"]);
    moved(&launch);

    let items = every_kind();
    let mut other = items[15].clone();
    other["large"] = json!({"B": format!("{}AQ==", "AAAA".repeat(132_999))});
    there.put(TABLE, &other);
    let (told, _) = refused(&launch, 1);

    assert!(
        told.contains("different: {\"pk\":{\"B\":\"AAEC/w==\"},\"sk\":{\"N\":\"14\"}}"),
        "{told}"
    );
}
