//! What the clients of one history share: the server, the counters, and a fault if there is to be
//! one.
//!
//! Not here: what a client does (`client.rs`); how the server is killed (`tests/support/stage.rs`).

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::items::number_of;
use crate::pages::Page;
use crate::plans::{Fault, Plan};
use crate::support::{Rng, Stage};

/// What the clients of one history share.
pub(crate) struct Shared<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) stage: Stage,
    pages: Vec<Page>,
    /// Answers that clients remember in place of asking: the fault that the check must find.
    remembered: Mutex<BTreeMap<String, Value>>,
    values: AtomicU64,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(plan: &'a Plan, stage: Stage, pages: Vec<Page>) -> Self {
        Self { plan, stage, pages, remembered: Mutex::default(), values: AtomicU64::new(1) }
    }

    /// A value that no item has had.
    pub(crate) fn new_value(&self) -> u64 {
        self.values.fetch_add(1, Ordering::Relaxed)
    }

    /// Every page of the history.
    pub(crate) fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// How many of a hundred operations are reads at present; calm and busy phases take turns.
    pub(crate) fn read_percent(&self) -> u64 {
        let writes = 100 - self.plan.read_percent;
        let is_calm = (self.stage.left() / PHASE_OPERATIONS).is_multiple_of(2);
        100 - if is_calm { writes / 4 } else { writes * 7 / 4 }
    }

    /// A page, mostly the one that all clients ask for at present.
    pub(crate) fn page(&self, rng: &mut Rng) -> &Page {
        let phase = self.stage.left() / PHASE_OPERATIONS;
        let many = self.pages.len() as u64;
        let favourite = Rng::new(phase, 0).below(many);
        let place = if rng.percent(FAVOURITE_PERCENT) { favourite } else { rng.below(many) };
        &self.pages[usize::try_from(place).expect("there are few pages")]
    }

    /// What a client takes for the answer to a read of one item.
    pub(crate) fn item_answer(&self, key: u64, fresh: Value, rng: &mut Rng) -> Value {
        match self.plan.fault {
            Fault::StaleItems => self.remember(key.to_string(), fresh, rng),
            Fault::None | Fault::StalePages | Fault::StaleAbsences => fresh,
        }
    }

    /// What a client takes for the answer to a request for a page.
    pub(crate) fn page_answer(&self, page: &Page, fresh: Value, rng: &mut Rng) -> Value {
        match self.plan.fault {
            Fault::StalePages => self.remember(page.request.to_string(), fresh, rng),
            Fault::StaleAbsences if page.tells_one_parity() => {
                let earlier = self.remember(page.request.to_string(), fresh.clone(), rng);
                without_newcomers(fresh, &earlier)
            }
            Fault::None | Fault::StaleItems | Fault::StaleAbsences => fresh,
        }
    }

    /// An earlier answer to the same question; now and then it is replaced by the present one.
    fn remember(&self, question: String, fresh: Value, rng: &mut Rng) -> Value {
        let mut remembered = self.remembered.lock().expect("no client panics while it holds it");
        let earlier = remembered.entry(question).or_insert_with(|| fresh.clone());
        if rng.percent(50) { std::mem::replace(earlier, fresh) } else { earlier.clone() }
    }
}

/// A page without the items that an earlier one did not show.
fn without_newcomers(mut page: Value, earlier: &Value) -> Value {
    let numbers = |page: &Value| -> Vec<u64> {
        page["Items"]
            .as_array()
            .map_or_else(Vec::new, |items| items.iter().map(number_of).collect())
    };
    let known = numbers(earlier);
    if let Some(items) = page["Items"].as_array_mut() {
        items.retain(|item| known.contains(&number_of(item)));
    }
    page["Count"] = json!(numbers(&page).len());
    page
}

/// How long all clients prefer one page, and keep to one share of writes.
const PHASE_OPERATIONS: u64 = 150;

/// How many of a hundred pages are the preferred one.
const FAVOURITE_PERCENT: u64 = 80;
