//! A condition's tree as an expression again.
//!
//! Must hold: parentheses stand where the tree needs them and nowhere else, so none is redundant.

use super::super::path::Path;
use super::super::printed::{Printed, Printer};
use super::{Condition, Function, Operand};

impl Condition {
    /// The condition as an expression.
    pub fn print(&self) -> Printed {
        let mut printer = Printer::default();
        put(&mut printer, self);
        printer.finish()
    }
}

fn put<'a>(printer: &mut Printer<'a>, condition: &'a Condition) {
    match condition {
        Condition::And(conditions) => printer.put_all(conditions, " AND ", put_in_and),
        Condition::Or(conditions) => printer.put_all(conditions, " OR ", put_in_or),
        Condition::Not(inner) => {
            printer.put("NOT ");
            put_in_and(printer, inner);
        }
        Condition::Compare(left, comparator, right) => {
            put_operand(printer, left);
            printer.put(&format!(" {} ", comparator.symbol()));
            put_operand(printer, right);
        }
        Condition::Between(tested, lower, upper) => {
            put_operand(printer, tested);
            printer.put(" BETWEEN ");
            put_operand(printer, lower);
            printer.put(" AND ");
            put_operand(printer, upper);
        }
        Condition::In(tested, choices) => {
            put_operand(printer, tested);
            printer.put(" IN (");
            printer.put_all(choices, ", ", put_operand);
            printer.put(")");
        }
        Condition::Exists(path) => put_path_call(printer, Function::Exists, path),
        Condition::NotExists(path) => put_path_call(printer, Function::NotExists, path),
        Condition::HasType(path, wanted) => {
            printer.put_call(Function::HasType.name(), |printer| {
                printer.put_path(path);
                printer.put(", ");
                printer.put_text(wanted.name());
            });
        }
        Condition::BeginsWith(tested, prefix) => {
            put_pair_call(printer, Function::BeginsWith, [tested, prefix]);
        }
        Condition::Contains(tested, part) => {
            put_pair_call(printer, Function::Contains, [tested, part]);
        }
    }
}

/// What AND and NOT bind: anything but another AND or an OR, which need parentheses.
fn put_in_and<'a>(printer: &mut Printer<'a>, condition: &'a Condition) {
    match condition {
        Condition::And(_) | Condition::Or(_) => put_group(printer, condition),
        Condition::Not(_)
        | Condition::Compare(..)
        | Condition::Between(..)
        | Condition::In(..)
        | Condition::Exists(_)
        | Condition::NotExists(_)
        | Condition::HasType(..)
        | Condition::BeginsWith(..)
        | Condition::Contains(..) => put(printer, condition),
    }
}

/// What OR binds: anything but another OR.
fn put_in_or<'a>(printer: &mut Printer<'a>, condition: &'a Condition) {
    if matches!(condition, Condition::And(_)) {
        put(printer, condition);
    } else {
        put_in_and(printer, condition);
    }
}

fn put_group<'a>(printer: &mut Printer<'a>, condition: &'a Condition) {
    printer.put("(");
    put(printer, condition);
    printer.put(")");
}

fn put_path_call<'a>(printer: &mut Printer<'a>, function: Function, path: &'a Path) {
    printer.put_call(function.name(), |printer| printer.put_path(path));
}

fn put_pair_call<'a>(
    printer: &mut Printer<'a>,
    function: Function,
    [first, second]: [&'a Operand; 2],
) {
    printer.put_call(function.name(), |printer| {
        put_operand(printer, first);
        printer.put(", ");
        put_operand(printer, second);
    });
}

fn put_operand<'a>(printer: &mut Printer<'a>, operand: &'a Operand) {
    match operand {
        Operand::Path(path) => printer.put_path(path),
        Operand::Value(value) => printer.put_value(value),
        Operand::Size(inner) => {
            printer.put_call(Function::Size.name(), |printer| put_operand(printer, inner));
        }
    }
}
