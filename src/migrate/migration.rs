//! A migration from its first look at both ends to its last.
//!
//! Not here: what each step does.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::back_off::Pauses;
use super::compare::{Comparison, compare};
use super::copy::copy;
use super::create::create;
use super::end::End;
use super::error::Error;
use super::follow::Follower;
use super::plan::{Check, Ending, Event, Plan, Tell};
use super::state::{SegmentState, State, StateFile, VERSION};
use super::stream;
use super::tables::{Described, Site, keys_text, schema_of};
use super::writer::Writer;
use crate::clock::{Clock, whole_ms};
use crate::engine::upstream::incarnation;
use crate::model::Segment;
use crate::task::Drain;

/// What a migration came to.
#[derive(Debug)]
pub struct Moved {
    /// Items that were copied, by runs before too.
    pub items: u64,
    /// Changes that this run followed.
    pub changes: u64,
    /// Whether it turned the source's stream on.
    pub turned_on: bool,
    /// How both ends compare, if that was asked for.
    pub comparison: Option<Comparison>,
}

/// What the steps share.
pub(super) struct Migration {
    pub(super) plan: Plan,
    pub(super) source: Site,
    pub(super) target: Site,
    pub(super) writer: Writer,
    pub(super) pauses: Pauses,
    /// Begun when somebody says that it is to end.
    pub(super) told: Drain,
    pub(super) tell: Tell,
    book: Mutex<Book>,
    file: StateFile,
}

/// How far it is, and when that was last written down.
struct Book {
    state: State,
    written: Duration,
}

/// Moves a table; `told` begins when it is to end.
pub async fn run(
    plan: Plan,
    from: Arc<End>,
    to: Arc<End>,
    clock: Clock,
    told: Drain,
    tell: Tell,
) -> Result<Moved, Error> {
    let pauses = Pauses::new(plan.patience, clock.unix_ms(), clock, Drain::default());
    let site = |end| Site { end, table: plan.table.clone(), pauses: pauses.clone() };
    let (source, target) = (site(from), site(to));
    let stoppable = Stoppable { told: told.clone(), stop: pauses.stop.clone() };
    let (from, to) = stoppable.until_told(Box::pin(look(&plan, &source, &target))).await?;
    if let Some(said) = missing_indexes(&from, &to) {
        tell(Event::Said(said));
    }
    let schema = schema_of(&from.table);
    let of = from.table.items;
    if plan.check == Check::Only {
        let work = compare(&source, &target, &schema, &plan, of, &tell);
        let comparison = Some(stoppable.until_told(work).await?);
        return Ok(Moved { items: 0, changes: 0, turned_on: false, comparison });
    }

    let file = StateFile::take(&plan.state)?;
    let begun = Migration::begin(plan, source, target, file, &from, told, tell);
    let migration = stoppable.until_told(Box::pin(begun)).await?;
    if !migration.state(State::is_copied) {
        stoppable.until_told(copy(&migration, of)).await?;
    }
    let stream = migration.state(|state| state.stream.clone());
    let mut changes = 0;
    if let Some(stream) = &stream {
        stoppable.until_told(migration.settle()).await?;
        let follower = Follower::new(&migration, stream.arn.clone(), schema.clone());
        let ended = Box::pin(follower.run()).await;
        migration.write_down()?;
        changes = ended?;
    }
    let Migration { source, target, plan, tell, .. } = &*migration;
    let comparison = match plan.check {
        Check::All if plan.ending != Ending::Never => {
            let work = compare(source, target, &schema, plan, of, tell);
            // Whoever said that it is to end did not mean this, but may still do so.
            Some(if plan.ending == Ending::WhenTold && stream.is_some() {
                work.await?
            } else {
                stoppable.until_told(work).await?
            })
        }
        Check::All | Check::None | Check::Only => None,
    };
    let items = migration.state(State::items);
    let turned_on = stream.is_some_and(|stream| stream.is_ours);
    Ok(Moved { items, changes, turned_on, comparison })
}

/// Looks at both tables, and makes the target's if that was asked for.
async fn look(plan: &Plan, source: &Site, target: &Site) -> Result<(Described, Described), Error> {
    let missing = |site: &Site| (site.end.to_string(), site.table.to_string());
    let from = source.active().await?.ok_or_else(|| {
        let (end, table) = missing(source);
        Error::NoSource { end, table }
    })?;
    let mut to = target.active().await?;
    if to.is_none() && plan.create && plan.check != Check::Only {
        create(target, &from).await?;
        to = target.active().await?;
    }
    let to = to.ok_or_else(|| {
        let (end, table) = missing(target);
        Error::NoTarget { end, table }
    })?;
    if (&from.table.hash, &from.table.range) != (&to.table.hash, &to.table.range) {
        return Err(Error::OtherKeys {
            from: source.end.to_string(),
            from_keys: keys_text(&from.table),
            to: target.end.to_string(),
            to_keys: keys_text(&to.table),
        });
    }
    Ok((from, to))
}

/// Which of the source's indexes the target does not have, as a sentence.
fn missing_indexes(from: &Described, to: &Described) -> Option<String> {
    let is_there = |name: &str| to.table.indexes.iter().any(|index| index.index.name == name);
    let names = from.table.indexes.iter().map(|index| index.index.name.as_str());
    let missing: Vec<&str> = names.filter(|name| !is_there(name)).collect();
    let names = missing.join(", ");
    (!missing.is_empty())
        .then(|| format!("the source has indexes that the target does not have: {names}"))
}

/// Ends work early when somebody says so.
struct Stoppable {
    told: Drain,
    stop: Drain,
}

impl Stoppable {
    async fn until_told<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::pin!(work);
        tokio::select! {
            ended = &mut work => return ended,
            () = self.told.begun() => self.stop.begin(),
        }
        // What is on its way to the target is waited for.
        match work.await {
            Ok(_) | Err(Error::Stopped) => Err(Error::Stopped),
            Err(error) => Err(error),
        }
    }
}

impl Migration {
    /// Goes on where the state file ends, or begins.
    async fn begin(
        plan: Plan,
        source: Site,
        target: Site,
        file: StateFile,
        from: &Described,
        told: Drain,
        tell: Tell,
    ) -> Result<Arc<Self>, Error> {
        let found = file.read()?;
        let is_new = found.is_none();
        let state = match found {
            Some(state) => check_state(state, &plan, &source, &target, from, file.path())?,
            None => new_state(&plan, &source, &target, from).await?,
        };
        let writer = Writer::new(target.clone(), plan.in_flight, plan.rate, plan.settle);
        let pauses = source.pauses.clone();
        let written = pauses.clock.monotonic();
        let book = Mutex::new(Book { state, written });
        let migration =
            Arc::new(Self { plan, source, target, writer, pauses, told, tell, book, file });
        let (items, arn, written_ms) = migration.state(|state| {
            let arn = state.stream.as_ref().map(|stream| stream.arn.clone());
            (state.items(), arn, state.written_ms)
        });
        if !is_new {
            // What the run before had sent when it ended may still be carried out.
            let age = migration.pauses.clock.unix_ms().saturating_sub(written_ms);
            let left = whole_ms(migration.plan.settle).saturating_sub(age);
            migration.writer.unsettle(Duration::from_millis(left));
            let said =
                format!("going on after {items} items ({})", migration.file.path().display());
            (migration.tell)(Event::Said(said));
            return Ok(migration);
        }
        if let Some(arn) = arn {
            Follower::new(&migration, arn, schema_of(&from.table)).note().await?;
        }
        migration.write_down()?;
        Ok(migration)
    }

    /// Something of how far it is.
    pub(super) fn state<T>(&self, of: impl FnOnce(&State) -> T) -> T {
        of(&self.book().state)
    }

    /// Changes how far it is, which is written down later.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.book().state)
    }

    /// Changes how far it is, and writes that down if it was not lately.
    pub(super) fn advance<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T, Error> {
        let mut book = self.book();
        let changed = change(&mut book.state);
        let now = self.pauses.clock.monotonic();
        if now.saturating_sub(book.written) >= WRITE_DOWN_EVERY {
            self.write(&mut book)?;
        }
        Ok(changed)
    }

    /// Writes down how far it is.
    pub(super) fn write_down(&self) -> Result<(), Error> {
        self.write(&mut self.book())
    }

    pub(super) fn state_path(&self) -> &Path {
        self.file.path()
    }

    fn write(&self, book: &mut Book) -> Result<(), Error> {
        book.state.written_ms = self.pauses.clock.unix_ms();
        book.written = self.pauses.clock.monotonic();
        self.file.write(&book.state)
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nothing that was sent can come behind a change.
    async fn settle(&self) -> Result<(), Error> {
        let left = self.writer.unsettled();
        if left.is_zero() {
            return Ok(());
        }
        let seconds = left.as_secs() + 1;
        let said = format!(
            "waiting {seconds} s, until no write whose answer was lost can still be carried out"
        );
        (self.tell)(Event::Said(said));
        self.pauses.pass(left).await
    }
}

async fn new_state(
    plan: &Plan,
    source: &Site,
    target: &Site,
    from: &Described,
) -> Result<State, Error> {
    if !plan.merge {
        let all = Segment { number: 0, total: 1 };
        let found = target.page(all, None, Some(1)).await?;
        if found.count > 0 {
            let (end, table) = (target.end.to_string(), target.table.to_string());
            return Err(Error::NotEmpty { end, table });
        }
    }
    let began_ms = source.pauses.clock.unix_ms();
    let follows = plan.stream && source.end.is_shared();
    let stream = if follows { Some(stream::begin(source, &from.table).await?) } else { None };
    let segments = usize::try_from(plan.segments.max(1)).unwrap_or(1);
    Ok(State {
        version: VERSION,
        table: plan.table.to_string(),
        from: source.end.to_string(),
        to: target.end.to_string(),
        source_id: incarnation(&from.table),
        began_ms,
        written_ms: began_ms,
        segments: vec![SegmentState::default(); segments],
        stream,
    })
}

/// The state of a run before, if it is this migration's.
fn check_state(
    state: State,
    plan: &Plan,
    source: &Site,
    target: &Site,
    from: &Described,
    path: &Path,
) -> Result<State, Error> {
    let is_same = state.table == plan.table.as_str()
        && state.from == source.end.to_string()
        && state.to == target.end.to_string();
    let what = if !is_same {
        format!("table {} from {} to {}", state.table, state.from, state.to)
    } else if state.source_id != incarnation(&from.table) {
        format!("a table {} that was deleted since", state.table)
    } else if state.stream.as_ref().is_some_and(|stream| !stream::is_of(&from.table, stream)) {
        format!("table {} with a stream that was turned off since", state.table)
    } else if state.stream.is_some() != (plan.stream && source.end.is_shared()) {
        let with = if state.stream.is_some() { "without" } else { "with" };
        format!("a migration {with} --no-stream")
    } else {
        return Ok(state);
    };
    Err(Error::OtherState { path: path.to_owned(), what })
}

/// How often it is written down how far it is.
const WRITE_DOWN_EVERY: Duration = Duration::from_secs(1);
