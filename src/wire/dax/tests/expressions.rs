//! Trees that clients do not send, or each in its own way.

use super::cbor::Writer;
use super::*;
use crate::api::Request;
use crate::expr::Condition;

/// A Scan of the table `t` with this filter.
fn scan(filter: impl FnOnce(&mut Writer)) -> Result<Condition, String> {
    let mut writer = Writer::default();
    writer.unsigned(1);
    writer.signed(Method::Scan.id());
    writer.bytes(b"t");
    writer.map(1);
    writer.unsigned(10);
    writer.embedded(0, filter);
    let bytes = writer.finish();
    let world = World::default().with_table("t", &[("k", "S")]);
    match world.decode(&bytes) {
        Ok(Call { request: Request::Scan(scan), .. }) => {
            Ok((*scan.page.filter.expect("a filter").condition).clone())
        }
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.message),
    }
}

fn path(writer: &mut Writer, name: &str) {
    writer.array(2);
    writer.unsigned(18);
    writer.text(name);
}

fn exists(writer: &mut Writer, name: &str) {
    writer.array(2);
    writer.unsigned(11);
    path(writer, name);
}

fn expression(tree: impl FnOnce(&mut Writer), values: &[u64]) -> impl FnOnce(&mut Writer) {
    move |writer: &mut Writer| {
        writer.array(3);
        writer.unsigned(1);
        tree(writer);
        writer.array(values.len());
        for value in values {
            writer.unsigned(*value);
        }
    }
}

/// So many conditions under one operator, each below the one before, on the left or on the right.
fn chain(operator: u64, count: usize, is_left: bool) -> impl FnOnce(&mut Writer) {
    move |writer: &mut Writer| {
        for place in 1..count {
            writer.array(3);
            writer.unsigned(operator);
            if !is_left {
                exists(writer, &format!("n{}", place % 7));
            }
        }
        exists(writer, "n0");
        if is_left {
            (1..count).for_each(|place| exists(writer, &format!("n{}", place % 7)));
        }
    }
}

#[test]
fn long_chains_are_one_list_whichever_way_they_are_nested() {
    for operator in [6, 7] {
        for is_left in [true, false] {
            let condition = scan(expression(chain(operator, 140, is_left), &[]));
            let Ok(Condition::And(parts) | Condition::Or(parts)) = condition else {
                panic!("{condition:?}")
            };
            assert_eq!(parts.len(), 140);
        }
    }
}

#[test]
fn chains_beyond_the_limit_of_operators_are_refused_and_endless_ones_too() {
    let equal = |writer: &mut Writer| {
        writer.array(3);
        writer.unsigned(0);
        path(writer, "a");
        writer.array(2);
        writer.unsigned(17);
        writer.unsigned(0);
    };
    let so_many = |count: usize| {
        let tree = move |writer: &mut Writer| {
            for _ in 1..count {
                writer.array(3);
                writer.unsigned(6);
            }
            (0..count).for_each(|_| equal(writer));
        };
        scan(expression(tree, &[1]))
    };
    assert!(so_many(150).is_ok());
    let refused = so_many(151).unwrap_err();
    assert!(refused.contains("operators"), "{refused}");
    let refused = scan(expression(chain(7, 5_000, false), &[])).unwrap_err();
    assert!(refused.contains("nested too deep"), "{refused}");
    let refused = scan(expression(chain(6, 5_000, true), &[])).unwrap_err();
    assert!(refused.contains("nested too deep"), "{refused}");
}

#[test]
fn parentheses_stand_where_the_tree_needs_them() {
    // NOT (a OR (b AND c)) AND d
    let condition = scan(expression(
        |writer| {
            writer.array(3);
            writer.unsigned(6);
            writer.array(2);
            writer.unsigned(8);
            writer.array(3);
            writer.unsigned(7);
            exists(writer, "a");
            writer.array(3);
            writer.unsigned(6);
            exists(writer, "b");
            exists(writer, "c");
            exists(writer, "d");
        },
        &[],
    ));
    let condition = condition.expect("a condition");
    let Condition::And(parts) = &condition else { panic!("{condition:?}") };
    let Condition::Not(inner) = &parts[0] else { panic!("{condition:?}") };
    assert!(matches!(&**inner, Condition::Or(parts) if parts.len() == 2));
}

#[test]
fn what_the_clients_do_not_check_is_refused_in_dynamodbs_words() {
    let one_argument = scan(expression(
        |writer| {
            writer.array(2);
            writer.unsigned(14);
            path(writer, "a");
        },
        &[],
    ));
    assert_eq!(
        one_argument,
        Err("Invalid FilterExpression: Incorrect number of operands for operator or function; \
             operator or function: begins_with, number of operands: 1"
            .to_owned())
    );
    let bounds = scan(expression(
        |writer| {
            writer.array(4);
            writer.unsigned(9);
            path(writer, "a");
            for value in [0, 1] {
                writer.array(2);
                writer.unsigned(17);
                writer.unsigned(value);
            }
        },
        &[7, 5],
    ));
    assert!(bounds.is_err_and(|message| message.contains("upper bound")));
}

#[test]
fn trees_that_are_none_are_malformed() {
    let value = |number: u64| {
        move |writer: &mut Writer| {
            writer.array(3);
            writer.unsigned(0);
            path(writer, "a");
            writer.array(2);
            writer.unsigned(17);
            writer.unsigned(number);
        }
    };
    assert!(scan(expression(value(0), &[1])).is_ok());
    // A value that nothing names is left out.
    assert!(scan(expression(value(0), &[1, 2])).is_ok());
    for (tree, values) in [(value(1), &[1][..]), (value(0), &[]), (value(u64::MAX), &[1])] {
        let refused = scan(expression(tree, values)).unwrap_err();
        assert!(refused.starts_with("malformed request"), "{refused}");
    }
    let operator = |code: u64| {
        expression(
            move |writer: &mut Writer| {
                writer.array(2);
                writer.unsigned(code);
                path(writer, "a");
            },
            &[],
        )
    };
    for code in [5, 16, 17, 18, 22, 27, 99] {
        let refused = scan(operator(code)).unwrap_err();
        assert!(refused.starts_with("malformed request"), "{code}: {refused}");
    }
}
