//! Compares what both ends hold.
//!
//! Must hold: each item of both tables is in one sum; memory is bounded by the parts, whatever the
//! tables hold.
//! Not here: which items differ (`differences.rs`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::differences::{Difference, differences};
use super::error::Error;
use super::parts::side_by_side;
use super::plan::{Event, Plan, Tell};
use super::sums::{Part, Sums};
use super::tables::Site;
use crate::model::{ItemBytes, TableSchema};

/// How two tables compare.
#[derive(Debug)]
pub struct Comparison {
    /// Items of the source.
    pub from_items: u64,
    /// Items of the target.
    pub to_items: u64,
    /// Parts, of 65,536, that differ.
    pub differing: usize,
    /// Some of the items that differ.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Whether no difference was found.
    pub fn is_same(&self) -> bool {
        self.differing == 0
    }
}

/// Reads both tables and compares them.
pub(super) async fn compare(
    from: &Site,
    to: &Site,
    schema: &TableSchema,
    plan: &Plan,
    of: u64,
    tell: &Tell,
) -> Result<Comparison, Error> {
    let reading = Reading { schema: Arc::new(schema.clone()), segments: plan.segments.max(1) };
    let (tell, seen) = (Arc::clone(tell), AtomicU64::new(0));
    let tell: Read = Arc::new(move |items: usize| {
        let items = items as u64;
        let items = seen.fetch_add(items, Ordering::Relaxed) + items;
        tell(Event::Compared { items, of: of.saturating_mul(2) });
    });
    let (from_sums, to_sums) =
        futures_util::future::try_join(reading.sums(from, &tell), reading.sums(to, &tell)).await?;
    let parts = from_sums.differing(&to_sums);
    let chosen = chosen(&parts, &from_sums, &to_sums);
    let differences = if chosen.is_empty() {
        Vec::new()
    } else {
        differences(from, to, &reading, &chosen).await?
    };
    Ok(Comparison {
        from_items: from_sums.items(),
        to_items: to_sums.items(),
        differing: parts.len(),
        differences,
    })
}

/// Is told how many items a page had.
pub(super) type Read = Arc<dyn Fn(usize) + Send + Sync>;

/// How tables are read.
pub(super) struct Reading {
    pub(super) schema: Arc<TableSchema>,
    segments: u32,
}

impl Reading {
    async fn sums(&self, site: &Site, tell: &Read) -> Result<Sums, Error> {
        let sums = Arc::new(Mutex::new(Sums::empty()));
        let adding = Arc::clone(&sums);
        let add = move |items: Vec<(Vec<u8>, ItemBytes)>| {
            let mut sums = adding.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, item) in &items {
                sums.add(key, item);
            }
        };
        self.read(site, add, tell).await?;
        let sums = Arc::into_inner(sums).expect("all tasks have ended");
        Ok(sums.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Hands all items of a table with their keys to `each`, a page at a time.
    pub(super) async fn read(
        &self,
        site: &Site,
        each: impl Fn(Vec<(Vec<u8>, ItemBytes)>) + Send + Sync + 'static,
        tell: &Read,
    ) -> Result<(), Error> {
        let each = Arc::new(each);
        side_by_side("compare segment", self.segments, &site.pauses.stop, |segment| {
            let (site, each, tell) = (site.clone(), Arc::clone(&each), Arc::clone(tell));
            let schema = Arc::clone(&self.schema);
            async move {
                let mut start = None;
                loop {
                    if site.pauses.stop.has_begun() {
                        return Err(Error::Stopped);
                    }
                    let page = site.page(segment, start, None).await?;
                    let items = page.items.unwrap_or_default();
                    let count = items.len();
                    let keyed =
                        items.into_iter().map(|item| Ok((site.key_of(&item, &schema)?, item)));
                    each(keyed.collect::<Result<_, Error>>()?);
                    tell(count);
                    start = page.last;
                    if start.is_none() {
                        return Ok(());
                    }
                }
            }
        })
        .await
    }
}

/// Parts that differ, as many as can be looked into at once; at least one.
fn chosen(parts: &[Part], from: &Sums, to: &Sums) -> Vec<Part> {
    let mut items = 0;
    let fits = |part: &&Part| {
        let is_first = items == 0;
        items += from.of(**part).items.max(1) + to.of(**part).items;
        is_first || items <= LOOKED_AT_MAX
    };
    parts.iter().take_while(fits).copied().collect()
}

/// Items that are kept by their keys to find those that differ.
const LOOKED_AT_MAX: u64 = 200_000;
