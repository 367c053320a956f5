//! An update as an expression again.
//!
//! Must hold: every keyword stands once, in the order of the actions, by which new attributes are
//! ordered and faults are told; parentheses stand where a sum is inside something else.

use super::{Action, Sum, Term, Update};
use crate::expr::printed::{Printed, Printer};

impl Update {
    /// The update as an expression; the text of one that changes nothing is empty.
    ///
    /// The legacy actions are printed as `ADD` and `DELETE`, which differ from them in lists and
    /// in an error's words.
    pub fn print(&self) -> Printed {
        let mut printer = Printer::default();
        for keyword in self.keywords() {
            let of_clause = self.actions.iter().filter(|action| action.keyword() == keyword);
            for (place, action) in of_clause.enumerate() {
                printer.put(if place == 0 { keyword } else { "," });
                printer.put(" ");
                put_action(&mut printer, action);
                printer.put(" ");
            }
        }
        printer.finish()
    }

    /// The keyword of each clause, in the order in which they are first needed.
    fn keywords(&self) -> Vec<&'static str> {
        let mut keywords = Vec::new();
        for keyword in self.actions.iter().map(Action::keyword) {
            if !keywords.contains(&keyword) {
                keywords.push(keyword);
            }
        }
        keywords
    }
}

impl Action {
    fn keyword(&self) -> &'static str {
        match self {
            Self::Set(..) => "SET",
            Self::Remove(_) => "REMOVE",
            Self::Add(..) | Self::LegacyAdd(..) => "ADD",
            Self::Delete(..) | Self::LegacyDelete(..) => "DELETE",
        }
    }
}

fn put_action<'a>(printer: &mut Printer<'a>, action: &'a Action) {
    printer.put_path(action.target());
    match action {
        Action::Set(_, sum) => {
            printer.put(" = ");
            put_sum(printer, sum);
        }
        Action::Remove(_) => {}
        Action::Add(_, value)
        | Action::Delete(_, value)
        | Action::LegacyAdd(_, value)
        | Action::LegacyDelete(_, value) => {
            printer.put(" ");
            printer.put_value(value);
        }
    }
}

fn put_sum<'a>(printer: &mut Printer<'a>, sum: &'a Sum) {
    let (a, operator, b) = match sum {
        Sum::Term(term) => return put_term(printer, term),
        Sum::Plus(a, b) => (a, " + ", b),
        Sum::Minus(a, b) => (a, " - ", b),
    };
    put_operand(printer, a);
    printer.put(operator);
    put_operand(printer, b);
}

fn put_operand<'a>(printer: &mut Printer<'a>, operand: &'a Sum) {
    match operand {
        Sum::Term(term) => put_term(printer, term),
        Sum::Plus(..) | Sum::Minus(..) => {
            printer.put("(");
            put_sum(printer, operand);
            printer.put(")");
        }
    }
}

fn put_term<'a>(printer: &mut Printer<'a>, term: &'a Term) {
    match term {
        Term::Path(path) => printer.put_path(path),
        Term::Value(value) => printer.put_value(value),
        Term::IfNotExists(path, otherwise) => printer.put_call("if_not_exists", |printer| {
            printer.put_path(path);
            printer.put(", ");
            put_operand(printer, otherwise);
        }),
        Term::ListAppend(a, b) => printer.put_call("list_append", |printer| {
            put_operand(printer, a);
            printer.put(", ");
            put_operand(printer, b);
        }),
    }
}
