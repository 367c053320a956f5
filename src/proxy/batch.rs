//! Reading many items at once.
//!
//! Must hold: guards are taken without waiting, all flights are looked at, then one snapshot is
//! opened; a key that somebody else is filling is read without filling. Waiting for a guard while
//! holding another would let two batches block each other for ever.
//! Not here: the limits that need no table (`api/`).

use std::sync::Arc;

use super::capacity::{self, Units};
use super::read::{answered, item_of, projected_paths};
use super::target::Target;
use super::throttle::Admission;
use super::{Proxy, Trace, key_paths, keys, stale};
use crate::api::{
    ApiError, BatchGetItem, BatchGetItemOutput, BatchGetTable, Consistency, ConsumedCapacity,
    HalfUnits, Operation,
};
use crate::cache::{FillGuard, Lookup, Stamp, Why};
use crate::engine::{self, Table};
use crate::expr::Projection;
use crate::metrics::{CacheKind, CacheResult, Capacity};
use crate::model::{Image, ItemImage, ItemKey, KeyBuffer, TableId};

impl Proxy {
    pub(super) async fn batch_get_item(
        &self,
        batch: BatchGetItem,
        trace: &mut Trace,
    ) -> Result<BatchGetItemOutput, ApiError> {
        let tables = batch.tables.iter().map(|part| self.serving(part.table.name()));
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        let mut wanted = Vec::new();
        for (part, table) in batch.tables.iter().zip(&tables) {
            for key in &part.keys {
                let mut buffer = KeyBuffer::default();
                let key = table.schema.key(key, &mut buffer).map_err(keys::of_request)?;
                wanted.push(Wanted { table, key: key.to_key(), consistency: part.consistency });
            }
            key_paths::check(projected_paths(projection_of(part)), &table.schema)?;
        }
        let loaded = self.load_many(&wanted, trace).await?;
        let (output, units) = answer(batch, loaded)?;
        for ((table, units), (_, items)) in tables.iter().zip(units).zip(&output.responses) {
            units.count(&table.metrics, Capacity::Read);
            table.metrics.returned(Operation::BatchGetItem as usize, items.len());
        }
        Ok(output)
    }

    /// What is known of these keys, in their order; the missing ones come from one snapshot, if there
    /// is capacity for them.
    async fn load_many<'a>(
        &'a self,
        wanted: &'a [Wanted<'a>],
        trace: &mut Trace,
    ) -> Result<Vec<Loaded<'a>>, ApiError> {
        let mut found: Vec<Option<Loaded<'a>>> = Vec::with_capacity(wanted.len());
        let mut guards: Vec<Result<FillGuard<'_>, Why>> = Vec::new();
        let mut missing = Vec::new();
        let now = self.clock.monotonic();
        for one in wanted {
            let Wanted { table, key, .. } = one;
            let guard = match self.look_up(key, one.consistency) {
                Lookup::Hit(image) => {
                    found.push(Some(Loaded::Hit(self.found(table, key, image, now, trace))));
                    continue;
                }
                Lookup::Stale(_) if !stale::may_be(one.consistency) => Err(Why::Expired),
                Lookup::Stale(image) => {
                    table.metrics.cache_lookup(CacheResult::Miss);
                    trace.miss(|| Why::Expired);
                    stale::is_told(table, CacheKind::Item, trace);
                    found.push(Some(Loaded::Hit(image)));
                    continue;
                }
                Lookup::Miss(guard) => Ok(guard),
                Lookup::Bypass(why) => Err(why),
            };
            self.background.miss(key.view(), now);
            match self.admit_read(table, Target::Table(&table.schema), one.least()) {
                Ok(admission) => {
                    guards.push(guard);
                    missing.push((one, admission));
                    found.push(None);
                }
                Err(refusal) => found.push(Some(Loaded::Refused(refusal))),
            }
        }
        let mut admitted = Vec::with_capacity(missing.len());
        for ((Wanted { table, key, .. }, _), guard) in missing.iter().zip(guards) {
            let guard = guard.and_then(|guard| self.fence.admit(key, guard).ok_or(Why::InFlight));
            table.metrics.cache_lookup(match &guard {
                Ok(_) => CacheResult::Miss,
                Err(_) => CacheResult::Bypass,
            });
            match &guard {
                Ok(_) => trace.miss(|| self.cache.why(key.view())),
                Err(why) => trace.bypass(*why),
            }
            admitted.push((key, guard.ok()));
        }
        let strictest = if wanted.iter().any(|one| self.reads_past(one.consistency)) {
            Consistency::Strong
        } else {
            Consistency::Eventual
        };
        let read = self.in_time(self.fill_many(&mut admitted, strictest)).await;
        let loaded: Vec<Loaded<'_>> = match read {
            Ok(images) => {
                let read = images.into_iter().zip(missing);
                read.map(|(image, (_, admission))| match image {
                    Some(image) => Loaded::Read(image, admission),
                    None => Loaded::Refused(ApiError::left_unread()),
                })
                .collect()
            }
            // As a service says where it has no capacity for any.
            Err(engine::Error::Api(refusal)) if refusal.is_throttling() => {
                missing.iter().map(|_| Loaded::Refused(refusal.clone())).collect()
            }
            Err(error) => {
                let guards = admitted.into_iter().map(|(_, guard)| guard);
                let missing = missing.iter().map(|(one, _)| *one).zip(guards).collect();
                self.known_of(missing, &error, trace)?
            }
        };
        let mut read = loaded.into_iter();
        let all = found.into_iter().map(|known| known.or_else(|| read.next()));
        Ok(all.map(|loaded| loaded.expect("the engine answers every key")).collect())
    }

    fn look_up<'a>(&'a self, key: &'a ItemKey, consistency: Consistency) -> Lookup<'a> {
        if self.reads_past(consistency) {
            return Lookup::Bypass(Why::Consistent);
        }
        self.cache.try_get_or_guard(key)
    }

    /// What is known past its time of keys that could not be read; the others are refused. An
    /// error if the engine had an answer, or only was slow and nothing is known.
    fn known_of<'a>(
        &self,
        missing: Vec<(&Wanted<'_>, Option<FillGuard<'_>>)>,
        error: &engine::Error,
        trace: &mut Trace,
    ) -> Result<Vec<Loaded<'a>>, ApiError> {
        if !error.is_no_answer() {
            return Err(error.clone().into());
        }
        let known = missing.into_iter().map(|(Wanted { table, key, consistency }, guard)| {
            let image = match guard {
                Some(guard) => guard.unanswered(),
                None => self.cache.past_its_time(key),
            };
            let image = image.filter(|_| stale::may_be(*consistency));
            image.inspect(|_| stale::is_told(table, CacheKind::Item, trace))
        });
        let known: Vec<Option<Image>> = known.collect();
        let is_any = known.iter().any(Option::is_some);
        if !is_any && !matches!(error, engine::Error::Upstream(_)) {
            return Err(error.clone().into());
        }
        let loaded = known
            .into_iter()
            .map(|image| image.map_or_else(|| Loaded::Refused(error.clone().into()), Loaded::Hit));
        Ok(loaded.collect())
    }

    /// The images of these keys, in their order, of an embedded engine from one snapshot. Those with
    /// an admitted guard fill the cache, and keep their guards if nothing could be read. A service
    /// may leave some unread.
    pub(super) async fn fill_many(
        &self,
        missing: &mut [(&ItemKey, Option<FillGuard<'_>>)],
        consistency: Consistency,
    ) -> Result<Vec<Option<Image>>, engine::Error> {
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let mut tables: Vec<TableId> = missing.iter().map(|(key, _)| key.table()).collect();
        // In one order for everybody, or two batches could wait for each other.
        tables.sort_unstable();
        tables.dedup();
        let mut permits = Vec::with_capacity(tables.len());
        for table in tables {
            permits.push(self.fill_permit(table).await);
        }
        let keys = missing.iter().map(|(key, _)| (*key).clone()).collect();
        let stamps: Vec<Stamp> =
            missing.iter().map(|(key, _)| self.rules.stamp(key.table())).collect();
        let loaded = match consistency {
            Consistency::Strong => self.reader.read_many_consistent(keys).await?,
            Consistency::Eventual => self.reader.read_many(keys).await?,
        };
        for ((image, (_, guard)), stamp) in loaded.iter().zip(missing).zip(stamps) {
            if let Some((guard, image)) = guard.take().zip(image.as_ref()) {
                guard.fill(image.clone(), stamp);
            }
        }
        Ok(loaded)
    }
}

/// A key that is asked for.
struct Wanted<'a> {
    table: &'a Arc<Table>,
    key: ItemKey,
    consistency: Consistency,
}

/// What is known of a key.
enum Loaded<'a> {
    /// What the cache has, or had when its time was over.
    Hit(Image),
    /// What was read, and what that took of the table's capacity.
    Read(Image, Admission<'a>),
    /// Nothing: there is no capacity to read it, or no answer.
    Refused(ApiError),
}

impl Wanted<'_> {
    fn least(&self) -> HalfUnits {
        capacity::least_read(self.consistency)
    }
}

/// Cuts the answer at its limit of bytes and puts the rest into `unprocessed`, with what there was no
/// capacity for; beside it, what it cost of each table. An error if there was none for anything.
fn answer(
    batch: BatchGetItem,
    loaded: Vec<Loaded<'_>>,
) -> Result<(BatchGetItemOutput, Vec<Units>), ApiError> {
    if loaded.iter().all(|one| matches!(one, Loaded::Refused(_)))
        && let Some(Loaded::Refused(refusal)) = loaded.first()
    {
        return Err(refusal.clone());
    }
    let mut loaded = loaded.into_iter();
    let mut output =
        BatchGetItemOutput { responses: Vec::new(), unprocessed: Vec::new(), capacity: Vec::new() };
    let mut room = Room::Whole;
    let mut consumed = Vec::with_capacity(batch.tables.len());
    for BatchGetTable { table, keys, consistency, projection } in batch.tables {
        let asked = projection.as_ref().map(|batch| &batch.projection);
        let mut items = Vec::new();
        let mut read: Vec<Option<ItemImage>> = Vec::new();
        let mut left = Vec::new();
        for (key, one) in keys.into_iter().zip(loaded.by_ref()) {
            let (image, admission) = match one {
                Loaded::Hit(image) => (image, None),
                Loaded::Read(image, admission) => (image, Some(admission)),
                Loaded::Refused(_) => {
                    left.push(key);
                    continue;
                }
            };
            let item = item_of(image);
            if !room.takes(item.as_ref()) {
                left.push(key);
                continue;
            }
            if let Some(admission) = admission {
                admission.settle(|| capacity::of_reads([item.as_ref()], consistency));
            }
            items.extend(item.clone().map(|item| answered(item, asked)));
            read.push(item);
        }
        let units = capacity::of_reads(read.iter().map(Option::as_ref), consistency);
        let report: Option<ConsumedCapacity> =
            capacity::report(table.clone(), batch.capacity, units.clone());
        consumed.push(units);
        output.capacity.extend(report);
        output.responses.push((table.clone(), items));
        if !left.is_empty() {
            output.unprocessed.push(BatchGetTable { table, keys: left, consistency, projection });
        }
    }
    Ok((output, consumed))
}

fn projection_of(part: &BatchGetTable) -> Option<&Projection> {
    part.projection.as_ref().map(|batch| &batch.projection)
}

/// What an answer still has room for.
enum Room {
    /// Nothing was read yet; the first key is answered whatever its item takes, or else a client
    /// that asks for the rest again would never get on.
    Whole,
    Left {
        item_bytes: usize,
        json_bytes: usize,
    },
    /// Some item did not fit; what comes behind it is left, too.
    None,
}

impl Room {
    /// Whether what was read of the next key goes into the answer.
    fn takes(&mut self, item: Option<&ItemImage>) -> bool {
        let (item_bytes, json_bytes) =
            item.map_or((0, 0), |item| (item.view().size(), item.answer_bytes_max()));
        let left = match *self {
            Self::Whole => Some((
                ANSWER_ITEM_BYTES_MAX.saturating_sub(item_bytes),
                ANSWER_JSON_BYTES_MAX.saturating_sub(json_bytes),
            )),
            Self::Left { item_bytes: items, json_bytes: json } => {
                items.checked_sub(item_bytes).zip(json.checked_sub(json_bytes))
            }
            Self::None => None,
        };
        *self = left
            .map_or(Self::None, |(item_bytes, json_bytes)| Self::Left { item_bytes, json_bytes });
        left.is_some()
    }
}

/// DynamoDB's limit of one answer, counted in item sizes; no single item comes near it.
const ANSWER_ITEM_BYTES_MAX: usize = 16 << 20;
/// The limit of the body. Items of large numbers with few digits take many times their size in
/// JSON: without it, one answer could take more than half a GiB.
const ANSWER_JSON_BYTES_MAX: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{CapacityDetail, TableRef};
    use crate::model::{AttributeValue, Item, Number};

    /// Cuts an answer that has each of these images for a key of its own.
    fn answer_of(images: Vec<Image>) -> BatchGetItemOutput {
        let key = |number: usize| vec![("id".into(), AttributeValue::S(number.to_string()))];
        let table = BatchGetTable {
            table: TableRef::of("tab").expect("a name"),
            keys: (0..images.len()).map(key).collect(),
            consistency: Consistency::Eventual,
            projection: None,
        };
        let batch = BatchGetItem { tables: vec![table], capacity: CapacityDetail::None };
        let loaded = images.into_iter().map(Loaded::Hit).collect();
        answer(batch, loaded).expect("nothing was refused").0
    }

    fn counts(output: &BatchGetItemOutput) -> (usize, usize) {
        let served = output.responses.iter().map(|(_, items)| items.len()).sum();
        (served, output.unprocessed.iter().map(|table| table.keys.len()).sum())
    }

    /// An item that is far smaller than its JSON.
    fn item_of_numbers(count: usize) -> ItemImage {
        let number = AttributeValue::N(Number::parse("1e125").expect("a number"));
        Item::from([("a", AttributeValue::L(vec![number; count]))]).encode()
    }

    #[test]
    fn an_answer_is_cut_where_its_items_reach_their_limit() {
        let text = AttributeValue::S("x".repeat(400_000));
        let item = Item::from([("a", text)]).encode();

        let output = answer_of(vec![Image::Item(item); 50]);

        assert_eq!(counts(&output), (41, 9));
    }

    #[test]
    fn an_answer_is_cut_where_its_json_reaches_its_limit() {
        let item = item_of_numbers(80_000);
        assert!(item.view().size() * 40 < ANSWER_ITEM_BYTES_MAX);

        let output = answer_of(vec![Image::Item(item.clone()); 40]);

        let (served, left) = counts(&output);
        assert_eq!(served, ANSWER_JSON_BYTES_MAX / item.answer_bytes_max());
        assert_eq!(served + left, 40);
        assert_eq!(output.unprocessed[0].keys[0][0].1, AttributeValue::S(served.to_string()));
    }

    #[test]
    fn the_first_item_goes_whatever_it_takes() {
        let item = item_of_numbers(600_000);
        assert!(item.answer_bytes_max() > ANSWER_JSON_BYTES_MAX);

        let output = answer_of(vec![Image::Item(item.clone()), Image::Item(item)]);

        assert_eq!(counts(&output), (1, 1));
    }
}
