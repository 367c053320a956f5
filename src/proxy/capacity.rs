//! The capacity that an operation consumes.
//!
//! A hit is reported as if the item had been read from the table. Counted in half units, since an
//! eventual read of a small item costs half of one.

use crate::api::{
    CapacityDetail, CapacityKind, Consistency, ConsumedCapacity, HalfUnits, TableRef,
};
use crate::engine::{Change, Written};
use crate::metrics::{Capacity, TableMetrics};
use crate::model::{Image, IndexScope, ItemImage, TableSchema, read_units, write_units};

/// What an operation consumed of one table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Units {
    /// The table's own part.
    pub(super) table: HalfUnits,
    /// The part of each local index that cost something.
    pub(super) local: Vec<(String, HalfUnits)>,
    /// The part of each global index that cost something.
    pub(super) global: Vec<(String, HalfUnits)>,
}

impl From<&ConsumedCapacity> for Units {
    fn from(consumed: &ConsumedCapacity) -> Self {
        Self {
            table: consumed.table_units,
            local: consumed.local.clone(),
            global: consumed.global.clone(),
        }
    }
}

/// What reading these items costs, each rounded on its own; a missing one costs the least.
pub(super) fn of_reads<'a>(
    items: impl IntoIterator<Item = Option<&'a ItemImage>>,
    consistency: Consistency,
) -> Units {
    let units = |item| of_item(item, consistency).0;
    let table = HalfUnits(items.into_iter().map(units).sum());
    Units { table, ..Units::default() }
}

/// What reading an item costs; a missing one costs the least.
pub(super) fn of_item(item: Option<&ItemImage>, consistency: Consistency) -> HalfUnits {
    HalfUnits(halves(consistency) * item.map_or(1, ItemImage::read_units))
}

/// What reading so many bytes at once costs.
pub(super) fn of_read(bytes: u64, consistency: Consistency) -> HalfUnits {
    HalfUnits(halves(consistency) * read_units(bytes))
}

/// What a write costs its table whose condition did not hold for what was found; of `attempted` bytes is the
/// item that it would have written, as far as that is known.
pub(super) fn of_refused_write(found: &Image, attempted: u64) -> HalfUnits {
    of_attempt(size_of_image(found).max(attempted))
}

/// The least that a write of an item of so many bytes costs its table.
pub(super) fn of_attempt(attempted: u64) -> HalfUnits {
    HalfUnits(2 * write_units(attempted))
}

/// The size of the item that a change writes, as far as that is known without the one before.
pub(super) fn attempted(change: &Change) -> u64 {
    match change {
        Change::Put(image) => image.view().size() as u64,
        Change::Check | Change::Delete | Change::Update { .. } => 0,
    }
}

/// The least that a read costs.
pub(super) fn least_read(consistency: Consistency) -> HalfUnits {
    of_read(0, consistency)
}

/// As what units of that kind are counted.
pub(super) fn counted(kind: CapacityKind) -> Capacity {
    match kind {
        CapacityKind::Read => Capacity::Read,
        CapacityKind::Write => Capacity::Write,
    }
}

/// What a write cost the table and its indexes.
pub(super) fn of_write(schema: &TableSchema, written: &Written) -> Units {
    let bytes = size_of_image(&written.before).max(size_of_image(&written.after));
    let mut consumed = Units::of_table(of_attempt(bytes));
    for (id, units) in &written.indexes {
        let Some(index) = schema.indexes.iter().find(|index| index.id == *id) else { continue };
        let part = (index.name.clone(), HalfUnits(2 * units));
        match index.scope {
            IndexScope::Local => consumed.local.push(part),
            IndexScope::Global => consumed.global.push(part),
        }
    }
    consumed
}

/// The report, if one was asked for.
pub(super) fn report(
    table: TableRef,
    detail: CapacityDetail,
    units: Units,
) -> Option<ConsumedCapacity> {
    let Units { table: table_units, local, global } = units;
    match detail {
        CapacityDetail::None => None,
        CapacityDetail::Total | CapacityDetail::Indexes => {
            Some(ConsumedCapacity { table, table_units, local, global, detail, kind: None })
        }
    }
}

impl Units {
    /// Counts them.
    pub(super) fn count(&self, metrics: &TableMetrics, kind: Capacity) {
        let indexes = self.local.iter().chain(&self.global).map(|(_, units)| units.0);
        metrics.consumed(kind, self.table.0 + indexes.sum::<u64>());
    }

    /// A table's own units.
    pub(super) fn of_table(table: HalfUnits) -> Self {
        Self { table, ..Self::default() }
    }

    /// Adds what another operation consumed of the same table.
    pub(super) fn add(&mut self, other: Self) {
        self.table.0 += other.table.0;
        add_parts(&mut self.local, other.local);
        add_parts(&mut self.global, other.global);
    }
}

fn add_parts(parts: &mut Vec<(String, HalfUnits)>, others: Vec<(String, HalfUnits)>) {
    for (name, units) in others {
        match parts.iter_mut().find(|(given, _)| *given == name) {
            Some((_, sum)) => sum.0 += units.0,
            None => parts.push((name, units)),
        }
    }
}

fn size_of_image(image: &Image) -> u64 {
    match image {
        Image::Item(item) => item.view().size() as u64,
        Image::Absent => 0,
    }
}

/// The half units of one unit.
fn halves(consistency: Consistency) -> u64 {
    match consistency {
        Consistency::Eventual => 1,
        Consistency::Strong => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        AttributeValue, IndexId, IndexProjection, IndexSchema, Item, KeyAttribute, KeyType, TableId,
    };

    fn item(bytes: usize) -> ItemImage {
        // The name counts too.
        Item::from([("v", AttributeValue::S("x".repeat(bytes - 1)))]).encode()
    }

    #[test]
    fn reads_cost_a_unit_for_each_4_kib() {
        for (bytes, half_units) in [(1, 1), (4096, 1), (4097, 2), (400 * 1024, 100)] {
            let item = item(bytes);
            let eventual = of_reads([Some(&item)], Consistency::Eventual).table;
            let strong = of_reads([Some(&item)], Consistency::Strong).table;
            assert_eq!(eventual, HalfUnits(half_units), "{bytes}");
            assert_eq!(strong, HalfUnits(2 * half_units), "{bytes}");
        }
        assert_eq!(of_reads([None], Consistency::Eventual).table, HalfUnits(1));
    }

    fn index(id: u32, name: &str, scope: IndexScope) -> IndexSchema {
        let key = KeyAttribute { name: "k".into(), kind: KeyType::S };
        let (hash, range) = (vec![key], Vec::new());
        let projection = IndexProjection::All;
        IndexSchema { id: IndexId::new(id), name: name.into(), scope, hash, range, projection }
    }

    fn schema() -> TableSchema {
        TableSchema {
            table: TableId::new(1),
            hash: KeyAttribute { name: "v".into(), kind: KeyType::S },
            range: None,
            indexes: vec![
                index(1, "local", IndexScope::Local),
                index(2, "global", IndexScope::Global),
            ],
        }
    }

    #[test]
    fn writes_cost_a_unit_for_each_kib_of_the_larger_image() {
        let (small, large) = (item(10), item(2049));
        let (small, large) = (Image::Item(small), Image::Item(large));
        let cost = |before: &Image, after: &Image| {
            let (before, after) = (before.clone(), after.clone());
            let (indexes, collection_bytes) = (Vec::new(), None);
            of_write(&schema(), &Written { before, after, indexes, collection_bytes }).table.0
        };

        assert_eq!(cost(&Image::Absent, &small), 2);
        assert_eq!(cost(&large, &small), 6);
        assert_eq!(cost(&large, &Image::Absent), 6);
        assert_eq!(cost(&Image::Absent, &Image::Absent), 2);
    }

    #[test]
    fn each_index_has_its_own_part_and_parts_of_a_name_are_added() {
        let indexes = vec![(IndexId::new(1), 1), (IndexId::new(2), 3)];
        let (before, after) = (Image::Absent, Image::Absent);
        let written = Written { before, after, indexes, collection_bytes: None };

        let mut units = of_write(&schema(), &written);
        units.add(of_write(&schema(), &written));

        assert_eq!(units.table, HalfUnits(4));
        assert_eq!(units.local, [("local".to_owned(), HalfUnits(4))]);
        assert_eq!(units.global, [("global".to_owned(), HalfUnits(12))]);
    }
}
