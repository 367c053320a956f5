//! The indexes of a CreateTable, and one that an `UpdateTable` asks to make.
//!
//! Not here: what indexes mean together (`api/index_schema.rs`).

use std::borrow::Cow;
use std::fmt::Display;

use super::super::constraints::{Faults, List, PROJECTION_TYPES, Quoted};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::schema::{
    Element, Throughput, constrain_elements, key_elements, owned, read_elements, read_throughput,
};
use super::throughput::{read_maxima, read_warm};
use crate::api::{ApiError, IndexRequest, ProjectionType, ThroughputRequest};

/// The two kinds of index, which differ in their shape's name and in what their key may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Local,
    Global,
}

/// An index as it came.
#[derive(Debug, Default)]
pub(super) struct Index<'a> {
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
        let mut index = Index::default();
        scan.structure(kind.shape(), Place::Element, |scan, name| index.read(scan, &name, kind))?;
        Ok(index)
    })
}

/// What a list of indexes asks for; the constraints have passed.
pub(super) fn requests(indexes: Option<&[Index<'_>]>) -> Option<Vec<IndexRequest>> {
    indexes.map(|indexes| indexes.iter().map(Index::request).collect())
}

/// The constraints of a list of indexes at that path.
pub(super) fn constrain_indexes(
    faults: &mut Faults,
    path: impl Display,
    indexes: Option<&[Index<'_>]>,
    kind: Kind,
) {
    for (index, number) in indexes.unwrap_or_default().iter().zip(1..) {
        index.constrain(faults, format_args!("{path}.{number}.member"), kind);
    }
}

/// The constraints of an index's name at that path.
pub(super) fn constrain_index_name(faults: &mut Faults, path: impl Display, name: Option<&str>) {
    faults.required(&path, name.as_ref());
    if let Some(name) = name {
        faults.name(path, name, 3..=255);
    }
}

impl Kind {
    fn shape(self) -> &'static str {
        match self {
            Self::Local => "LocalSecondaryIndex",
            Self::Global => "GlobalSecondaryIndex",
        }
    }

    fn key_elements_max(self) -> usize {
        match self {
            Self::Local => 2,
            Self::Global => 8,
        }
    }
}

impl<'a> Index<'a> {
    pub(super) fn read(
        &mut self,
        scan: &mut Scanner<'a>,
        name: &str,
        kind: Kind,
    ) -> Result<(), ApiError> {
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

    pub(super) fn constrain(&self, faults: &mut Faults, path: impl Display, kind: Kind) {
        constrain_index_name(faults, format_args!("{path}.indexName"), self.name());
        let lengths = 1..=kind.key_elements_max();
        constrain_elements(faults, format_args!("{path}.keySchema"), self.keys.as_deref(), lengths);
        faults.required(format_args!("{path}.projection"), self.projection.as_ref());
        if let Some(projection) = &self.projection {
            projection.constrain(faults, format_args!("{path}.projection"));
        }
        if let Some(throughput) = self.throughput {
            throughput.constrain(faults, format_args!("{path}.provisionedThroughput"));
        }
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

    fn constrain(&self, faults: &mut Faults, path: impl Display) {
        let kind = format_args!("{path}.projectionType");
        faults.one_of(kind, self.kind.as_deref(), PROJECTION_TYPES);
        if let Some(names) = &self.names {
            let shown = Quoted(List(names));
            faults.length(format_args!("{path}.nonKeyAttributes"), shown, names.len(), 1..=20);
            for (name, number) in names.iter().zip(1..) {
                let path = format_args!("{path}.nonKeyAttributes.{number}.member");
                faults.required_text(path, Some(name), 1..=255);
            }
        }
    }

    fn kind(&self) -> Option<ProjectionType> {
        self.kind.as_deref().map(|word| match word {
            "ALL" => ProjectionType::All,
            "KEYS_ONLY" => ProjectionType::KeysOnly,
            _ => ProjectionType::Include,
        })
    }
}
