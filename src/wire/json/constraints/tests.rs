//! The walk over tables of constraints, with shapes of its own.

use super::*;

struct Shelf<'a> {
    name: Option<&'a str>,
    places: Option<i32>,
    books: Option<Vec<Book<'a>>>,
}

struct Book<'a> {
    title: Option<&'a str>,
    words: Option<&'a str>,
}

shape! {
    fn constrain(shelf: &Shelf<'_>) {
        "name": REQUIRED.name().within(3, 5), shelf.name;
        "places": OPTIONAL.within(1, 9), shelf.places;
        "books": OPTIONAL.at_most(20), shelf.books.as_deref();
    }
}

shape! {
    impl "Book" for Book<'_> as book {
        "title": REQUIRED, book.title;
        "words": OPTIONAL.one_of(&["FEW", "MANY"]), book.words;
    }
}

fn told(shelf: &Shelf<'_>) -> String {
    constrain(shelf).expect_err("it breaks a rule").message
}

const GOOD: Book<'_> = Book { title: Some("a"), words: Some("FEW") };
const BAD: Book<'_> = Book { title: None, words: Some("SOME") };

#[test]
fn what_keeps_its_rules_passes() {
    let least = Shelf { name: Some("abc"), places: None, books: None };
    let most = Shelf { name: Some("a-_.z"), places: Some(9), books: Some(vec![GOOD]) };

    assert_eq!((constrain(&least), constrain(&most)), (Ok(()), Ok(())));
}

#[test]
fn faults_stand_in_the_order_of_the_tables() {
    let shelf = Shelf { name: Some("é"), places: Some(0), books: Some(vec![GOOD, BAD]) };

    assert_eq!(
        told(&shelf),
        "5 validation errors detected: Value 'é' at 'name' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value 'é' at 'name' failed to satisfy \
         constraint: Member must have length greater than or equal to 3; Value '0' at 'places' \
         failed to satisfy constraint: Member must have value greater than or equal to 1; Value null \
         at 'books.2.member.title' failed to satisfy constraint: Member must not be null; Value \
         'SOME' at 'books.2.member.words' failed to satisfy constraint: Member must satisfy enum \
         value set: [FEW, MANY]"
    );
}

#[test]
fn ten_faults_are_told_at_most() {
    let books = |count: usize| Some((0..count).map(|_| BAD).collect());

    let five = told(&Shelf { name: Some("abc"), places: None, books: books(5) });
    let six = told(&Shelf { name: Some("abc"), places: None, books: books(6) });

    assert_eq!(five, six);
    assert!(six.starts_with("10 validation errors detected: "));
}

#[test]
fn a_fault_shows_no_more_of_a_value_than_anyone_reads() {
    let long = "é".repeat(1 << 20);

    let message = told(&Shelf { name: Some(&long), places: None, books: None });

    assert!(message.starts_with("2 validation errors detected: Value 'éé"));
    assert!(message.contains("é... at 'name' failed to satisfy constraint: Member must satisfy"));
    assert!(message.ends_with("Member must have length less than or equal to 5"));
    assert!(message.len() < 20_000);
}

#[test]
fn the_newer_wording_shows_no_value() {
    let mut faults = Faults::default();
    let (items, keys) = (Path::Request.member("requestItems"), [0; 3].map(i64::from));
    let rule = OPTIONAL.within(1, 2).most_unshown();

    rule.check(Some(&keys[..]), items.entry("t").member("keys"), &mut faults);
    rule.check(Some(&keys[..0]), items.entry("t").member("keys"), &mut faults);

    assert_eq!(
        faults.end().expect_err("both are wrong").message,
        "2 validation errors detected: Value at 'RequestItems.t.member.Keys' failed to satisfy \
         constraint: Member must have length less than or equal to 2; Value '[]' at \
         'requestItems.t.member.keys' failed to satisfy constraint: Member must have length greater \
         than or equal to 1"
    );
}

#[test]
fn a_table_may_be_named_by_its_arn() {
    let check = |rule: Rule, name: &str| {
        let mut faults = Faults::default();
        rule.check(Some(name), Path::Request.member("tableName"), &mut faults);
        faults.0.len()
    };
    let arn = |length: usize| format!("arn:{}", ":".repeat(length - 4));

    assert_eq!((check(TABLE, &arn(1024)), check(TABLE, &arn(1025))), (0, 1));
    assert_eq!((check(TABLE_NAME, &arn(1024)), check(TABLE_NAME, &arn(1025))), (0, 1));
    assert_eq!((check(TABLE, "t"), check(TABLE_NAME, "t")), (0, 1));
    assert_eq!((check(TABLE, ""), check(TABLE_NAME, "")), (1, 2));
}
