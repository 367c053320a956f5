//! Runs a scenario under many schedules, from a seed that is printed and can be given.
//!
//! `HEARTH_SCHEDULES` is the number of schedules of all clean models together, `HEARTH_SEED`
//! replays. Each model spends half of its share on random schedules and half on PCT at depth 3.

use std::any::Any;
use std::hash::BuildHasher as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use shuttle::scheduler::{PctScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, Runner};

/// One run of the model from its begin; says what was wrong, if anything was.
pub(crate) type Scenario = fn() -> Result<(), String>;

/// Runs so many per cent of all schedules, and panics at the first violation.
pub(crate) fn holds(name: &str, per_cent: usize, scenario: Scenario) {
    let total: usize = setting("HEARTH_SCHEDULES").unwrap_or(SCHEDULES_IN_CI);
    let seed = setting("HEARTH_SEED").unwrap_or_else(fresh_seed);
    let share = total * per_cent / 100;

    for method in [Method::Random, Method::Pct] {
        let outcome = explore(method, seed, share.div_ceil(2), scenario);
        let number = outcome.schedules;
        if let Some(violation) = outcome.violation {
            panic!("{name}: {violation} ({method:?}, HEARTH_SEED={seed}, schedule {number})");
        }
        println!("{name}: {method:?}, seed {seed}, {number} schedules, all clean");
    }
}

/// Runs until what must go wrong did, and panics if it does not or if something else does.
pub(crate) fn is_found(name: &str, sign: &str, scenario: Scenario) {
    let seed = setting("HEARTH_SEED").unwrap_or_else(fresh_seed);

    for method in [Method::Random, Method::Pct] {
        let outcome = explore(method, seed, CONTROL_SCHEDULES_MAX, scenario);
        if let Some(violation) = outcome.violation {
            let number = outcome.schedules;
            assert!(violation.contains(sign), "{name}: {violation} (HEARTH_SEED={seed})");
            println!("{name}: {method:?}, seed {seed}, schedule {number}: {violation}");
            return;
        }
    }
    panic!("{name}: not found, so the model would miss it (HEARTH_SEED={seed})");
}

#[derive(Clone, Copy, Debug)]
enum Method {
    Random,
    Pct,
}

struct Outcome {
    schedules: usize,
    violation: Option<String>,
}

fn explore(method: Method, seed: u64, count: usize, scenario: Scenario) -> Outcome {
    let begun = Arc::new(AtomicUsize::new(0));
    let found = Arc::new(OnceLock::new());
    let inner: Box<dyn Scheduler + Send> = match method {
        Method::Random => Box::new(RandomScheduler::new_from_seed(seed, count)),
        Method::Pct => Box::new(PctScheduler::new_from_seed(seed, PCT_DEPTH, count)),
    };
    let scheduler = UntilFound { inner, begun: Arc::clone(&begun), found: Arc::clone(&found) };
    let mut config = Config::new();
    config.stack_size = STACK_BYTES;
    config.failure_persistence = FailurePersistence::None;
    // The cache map orders its waiters by acquire and release, which shuttle takes for stronger.
    config.silence_warnings = true;
    let note = Arc::clone(&found);
    let runner = Runner::new(scheduler, config);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        runner.run(move || {
            if let Err(violation) = scenario() {
                note.get_or_init(|| violation);
            }
        })
    }));
    // The runner panics when all tasks wait for each other, or when one of them panicked.
    let violation = match ended {
        Ok(_) => found.get().cloned(),
        Err(panic) => Some(words(&*panic)),
    };
    Outcome { schedules: begun.load(Ordering::Relaxed), violation }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
}

/// A scheduler that stops once a violation was found.
struct UntilFound {
    inner: Box<dyn Scheduler + Send>,
    begun: Arc<AtomicUsize>,
    found: Arc<OnceLock<String>>,
}

impl Scheduler for UntilFound {
    fn new_execution(&mut self) -> Option<Schedule> {
        if self.found.get().is_some() {
            return None;
        }
        let schedule = self.inner.new_execution()?;
        self.begun.fetch_add(1, Ordering::Relaxed);
        Some(schedule)
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        yielding: bool,
    ) -> Option<TaskId> {
        self.inner.next_task(runnable, current, yielding)
    }

    fn next_u64(&mut self) -> u64 {
        self.inner.next_u64()
    }
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {text:?}")))
}

/// Another seed in each run, so that CI does not look at the same schedules for ever.
fn fresh_seed() -> u64 {
    std::hash::RandomState::new().hash_one(0)
}

const SCHEDULES_IN_CI: usize = 1_000_000;
const CONTROL_SCHEDULES_MAX: usize = 200_000;
const PCT_DEPTH: usize = 3;
const STACK_BYTES: usize = 1 << 16;
