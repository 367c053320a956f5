//! Projections: which parts of an item are answered.
//!
//! Must hold: no two paths of a projection overlap or conflict.

use super::path::Path;
use super::{Error, Placeholders};
use crate::model::{ItemBytes, ItemRef};

/// The parts of an item that are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    paths: Vec<Path>,
}

impl Projection {
    /// The projection on whole attributes, as `AttributesToGet` names them.
    pub fn of_attributes(names: impl IntoIterator<Item = String>) -> Self {
        Self { paths: names.into_iter().map(Path::attribute).collect() }
    }

    /// The paths in the order of the request.
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// The item reduced to the paths.
    pub fn project(&self, item: ItemRef<'_>) -> ItemBytes {
        let _ = item;
        unimplemented!()
    }
}

/// A `ProjectionExpression`, parsed, resolved and checked.
pub fn parse_projection(text: &str, placeholders: &mut Placeholders) -> Result<Projection, Error> {
    let _ = (text, placeholders);
    unimplemented!()
}
