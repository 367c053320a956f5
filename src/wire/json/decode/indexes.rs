//! The indexes of a CreateTable, and one that an `UpdateTable` asks to make.
//!
//! Not here: what indexes mean together (`api/index_schema.rs`).

use std::borrow::Cow;

use super::super::constraints::{INDEX_NAME, OPTIONAL, PROJECTION_TYPES, REQUIRED, Rule, shape};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::schema::{Element, Throughput, key_elements, owned, read_elements, read_throughput};
use super::throughput::{read_maxima, read_warm};
use crate::api::{ApiError, IndexRequest, ProjectionType, ThroughputRequest};

/// The two kinds of index, which differ in their shape's name and in what their key may be.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Kind {
    Local,
    #[default]
    Global,
}

/// An index as it came.
#[derive(Debug, Default)]
pub(super) struct Index<'a> {
    kind: Kind,
    name: Option<Cow<'a, str>>,
    keys: Option<Vec<Element<'a>>>,
    projection: Option<Projection<'a>>,
    throughput: Option<Throughput>,
    asked: ThroughputRequest,
}

#[derive(Debug, Default)]
struct Projection<'a> {
    kind: Option<Cow<'a, str>>,
    names: Option<Vec<Cow<'a, str>>>,
}

pub(super) fn read_indexes<'a>(
    scan: &mut Scanner<'a>,
    kind: Kind,
) -> Result<Option<Vec<Index<'a>>>, ApiError> {
    scan.list(|scan| {
        let mut index = Index { kind, ..Index::default() };
        scan.structure(kind.shape(), Place::Element, |scan, name| index.read(scan, &name))?;
        Ok(index)
    })
}

/// What a list of indexes asks for; the constraints have passed.
pub(super) fn requests(indexes: Option<&[Index<'_>]>) -> Option<Vec<IndexRequest>> {
    indexes.map(|indexes| indexes.iter().map(Index::request).collect())
}

shape! {
    impl "SecondaryIndex" for Index<'_> as index {
        "indexName": INDEX_NAME, index.name();
        "keySchema": index.kind.key_schema(), index.keys.as_deref();
        "projection": REQUIRED, index.projection.as_ref();
        "provisionedThroughput": OPTIONAL, index.throughput.as_ref();
    }
}

shape! {
    impl "Projection" for Projection<'_> as projection {
        "projectionType": PROJECTION_TYPES, projection.kind.as_deref();
        "nonKeyAttributes": NON_KEY_ATTRIBUTES, projection.names.as_deref();
    }
}

impl Kind {
    fn shape(self) -> &'static str {
        match self {
            Self::Local => "LocalSecondaryIndex",
            Self::Global => "GlobalSecondaryIndex",
        }
    }

    fn key_schema(self) -> Rule {
        match self {
            Self::Local => REQUIRED.within(1, 2),
            Self::Global => REQUIRED.within(1, 8),
        }
    }
}

impl<'a> Index<'a> {
    pub(super) fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        let kind = self.kind;
        match name {
            "IndexName" => self.name = scan.text()?,
            "KeySchema" => self.keys = read_elements(scan)?,
            "Projection" => self.projection = Projection::read(scan)?,
            "ProvisionedThroughput" if kind == Kind::Global => {
                self.throughput = read_throughput(scan)?;
            }
            "OnDemandThroughput" if kind == Kind::Global => {
                self.asked.maxima = read_maxima(scan)?.unwrap_or_default();
            }
            "WarmThroughput" if kind == Kind::Global => {
                self.asked.warm = read_warm(scan)?.unwrap_or_default();
            }
            _ => scan.skip()?,
        }
        Ok(())
    }

    /// The name, if there is one.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What it asks for; the constraints have passed.
    pub(super) fn request(&self) -> IndexRequest {
        let projection = self.projection.as_ref();
        let projected = projection.and_then(|projection| projection.names.as_ref());
        IndexRequest {
            name: owned(self.name.as_ref()),
            elements: key_elements(self.keys.as_deref()),
            projection: projection.and_then(Projection::kind),
            projected: projected.map(|names| names.iter().map(|name| (**name).into()).collect()),
            units: self.throughput.map(Throughput::units),
            throughput: self.asked,
        }
    }
}

impl<'a> Projection<'a> {
    fn read(scan: &mut Scanner<'a>) -> Result<Option<Self>, ApiError> {
        let mut projection = Self::default();
        let present = scan.structure("Projection", Place::Member, |scan, name| {
            match &*name {
                "ProjectionType" => projection.kind = scan.text()?,
                "NonKeyAttributes" => projection.names = scan.texts()?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(present.then_some(projection))
    }

    fn kind(&self) -> Option<ProjectionType> {
        self.kind.as_deref().map(|word| match word {
            "ALL" => ProjectionType::All,
            "KEYS_ONLY" => ProjectionType::KeysOnly,
            _ => ProjectionType::Include,
        })
    }
}

const NON_KEY_ATTRIBUTES: Rule = OPTIONAL.within(1, 20).each(&REQUIRED.within(1, 255));
