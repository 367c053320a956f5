//! The indexes of a CreateTable: read and constrained, so that their faults are told, then refused.

use std::borrow::Cow;
use std::fmt::Display;

use super::super::constraints::{Faults, List, PROJECTION_TYPES, Quoted};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::schema::{Element, Throughput, constrain_elements, read_elements, read_throughput};
use crate::api::ApiError;

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
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str, kind: Kind) -> Result<(), ApiError> {
        match name {
            "IndexName" => self.name = scan.text()?,
            "KeySchema" => self.keys = read_elements(scan)?,
            "Projection" => self.projection = Projection::read(scan)?,
            "ProvisionedThroughput" if kind == Kind::Global => {
                self.throughput = read_throughput(scan)?;
            }
            _ => scan.skip()?,
        }
        Ok(())
    }

    fn constrain(&self, faults: &mut Faults, path: impl Display, kind: Kind) {
        let name = format_args!("{path}.indexName");
        faults.required(name, self.name.as_ref());
        if let Some(text) = self.name.as_deref() {
            faults.name(name, text, 3..=255);
        }
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
        }
    }
}
