//! Reads a `ProjectionExpression`.
//!
//!     projection := path ( ',' path )*
//!
//! Must hold: faults are told in the service's order: reserved words, undefined names, overlaps,
//! conflicts.

use super::Projection;
use crate::expr::cursor::Cursor;
use crate::expr::error::{Error, Language};
use crate::expr::lexer::Token;
use crate::expr::overlap::check_apart;
use crate::expr::path::Path;
use crate::expr::placeholders::Placeholders;
use crate::expr::written_path::WrittenPath;

/// A `ProjectionExpression`, parsed, resolved and checked.
pub fn parse_projection(text: &str, placeholders: &mut Placeholders) -> Result<Projection, Error> {
    let written = read(text)?;
    for path in &written {
        path.check_reserved(Language::Projection)?;
    }
    let resolve = |path: &WrittenPath<'_>| path.resolve(Language::Projection, placeholders);
    let paths: Vec<Path> = written.iter().map(resolve).collect::<Result<_, _>>()?;
    check_apart(&paths.iter().collect::<Vec<_>>())
        .map_err(|fault| Error::in_expression(Language::Projection, fault))?;
    Ok(Projection::of_paths(paths))
}

fn read(text: &str) -> Result<Vec<WrittenPath<'_>>, Error> {
    let mut cursor = Cursor::new(Language::Projection, text)?;
    let mut paths = vec![cursor.path()?];
    while cursor.take(Token::Comma) {
        paths.push(cursor.path()?);
    }
    cursor.expect(Token::End)?;
    Ok(paths)
}
