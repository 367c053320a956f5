//! Puts parameters into a tree, and refuses what no statement may have.
//!
//! Must hold: what leaves here needs a table to be refused any further.
//! Not here: syntax (`parse/`).

mod condition;
#[cfg(test)]
mod tests;
mod update;
mod value;

use std::sync::Arc;

use super::Error;
use super::statement::{Change, Insert, Removal, Select, Source, Statement};
use super::tree::{self, Columns, Direction, Expr, Kind, Returning, Sentence};
use crate::expr;
use crate::model::{AttributeValue, Item};

/// The statement that a tree with its parameters is.
pub(super) fn bind(
    sentence: Sentence,
    parameters: Vec<AttributeValue>,
) -> Result<Statement, Error> {
    let mut binder = Binder { parameters: parameters.into_iter().map(Some).collect() };
    match sentence {
        Sentence::Select(select) => binder.select(select).map(Statement::Select),
        Sentence::Exists(select) => binder.select(select).map(Statement::Exists),
        Sentence::Insert { source, value } => {
            let item = binder.item(value)?;
            let source = source_of(source)?;
            if source.index.is_some() {
                return Err(Error::InsertSource);
            }
            Ok(Statement::Insert(Insert { table: source.table, item }))
        }
        Sentence::Update { source, operations, condition, returning } => {
            let update = Arc::new(binder.update(operations)?);
            let condition = binder.where_clause(condition)?;
            let table = table_of(source)?;
            Ok(Statement::Update(Change { table, condition, update, returning }))
        }
        Sentence::Delete { source, condition, returning } => {
            let condition = binder.where_clause(condition)?;
            let table = table_of(source)?;
            let returns_old = match returning {
                None => false,
                Some(Returning::AllOld) => true,
                Some(
                    other @ (Returning::AllNew | Returning::ModifiedOld | Returning::ModifiedNew),
                ) => return Err(Error::Returning(other.name())),
            };
            Ok(Statement::Delete(Removal { table, condition, returns_old }))
        }
        Sentence::Expression(expr) => Err(Error::Operation(expr.kind.name())),
    }
}

/// The parameters that no place has taken yet; each has one place.
struct Binder {
    parameters: Vec<Option<AttributeValue>>,
}

impl Binder {
    fn select(&mut self, select: tree::Select) -> Result<Select, Error> {
        let columns = match select.columns {
            Columns::All => None,
            Columns::Aliased => return Err(Error::Alias),
            Columns::Listed(listed) => {
                let paths = listed.into_iter().map(column).collect::<Result<Vec<_>, _>>()?;
                Some(expr::Columns::of(paths))
            }
        };
        let source = source_of(select.source)?;
        let condition = self.where_clause(select.condition)?;
        let order = select.order.into_iter().map(order_key).collect::<Result<_, _>>()?;
        Ok(Select { source, columns, condition, order })
    }

    fn where_clause(&mut self, written: Option<Expr>) -> Result<Option<expr::Condition>, Error> {
        written.map(|written| self.condition(written)).transpose()
    }

    fn item(&mut self, value: Expr) -> Result<Item, Error> {
        let at = value.at;
        match value.kind {
            Kind::Map(members) => self.attributes(members).map(|attributes| Item { attributes }),
            other => Err(Error::NoValue(other.name().to_owned(), at)),
        }
    }
}

fn column(expr: Expr) -> Result<expr::Path, Error> {
    match expr.kind {
        Kind::Path(path) => expr_path(path),
        _ => Err(Error::Column(expr.at)),
    }
}

fn order_key((key, direction): (Expr, Direction)) -> Result<(String, Direction), Error> {
    match key.kind {
        Kind::Path(path) if path.steps.is_empty() => Ok((expr_path(path)?.attribute, direction)),
        Kind::Path(_) => Err(Error::OrderArgument("PATH", key.at)),
        _ => Err(Error::OrderArgument("LITERAL", key.at)),
    }
}

/// A path with the names that it is written with.
fn expr_path(path: tree::Path) -> Result<expr::Path, Error> {
    let mut steps = Vec::with_capacity(path.steps.len());
    for step in path.steps {
        steps.push(match step {
            tree::Step::Name(name) if name.is_empty() => return Err(Error::EmptyName),
            tree::Step::Name(name) => expr::Step::Name(name),
            tree::Step::Index(digits) => expr::Step::index(&digits)?,
        });
    }
    if path.head.is_empty() {
        return Err(Error::EmptyName);
    }
    Ok(expr::Path::of(path.head, steps)?)
}

/// The table of a change, which cannot be of an index.
fn table_of(source: tree::Source) -> Result<String, Error> {
    let source = source_of(source)?;
    if source.index.is_some() { Err(Error::WriteOfIndex) } else { Ok(source.table) }
}

fn source_of(source: tree::Source) -> Result<Source, Error> {
    if source.is_aliased {
        return Err(Error::Alias);
    }
    let path = expr_path(source.path)?;
    let mut steps = path.steps.into_iter();
    match (steps.next(), steps.next()) {
        (None, _) => Ok(Source { table: path.attribute, index: None }),
        (Some(expr::Step::Name(index)), None) => {
            Ok(Source { table: path.attribute, index: Some(index) })
        }
        (Some(expr::Step::Name(_)), Some(_)) => Err(Error::LongSource),
        (Some(expr::Step::Index(_)), _) => {
            Err(Error::Syntax("Invalid path component for simple path"))
        }
    }
}
