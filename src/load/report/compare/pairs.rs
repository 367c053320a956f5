//! Which rows of two runs are about the same thing, and which have none beside them.
//!
//! Must hold: whatever both runs have is compared, whether or not an operation had other sources,
//! too, in one of them; so is the whole of both.

use super::Figure;
use crate::load::report::figures::{self, Row, Scope};
use crate::load::{Measured, Operation, Source};

/// The same thing in both runs.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) scope: Scope,
    pub(super) before: &'a Row,
    pub(super) after: &'a Row,
}

/// The rows of a run's table, always with that of the run itself.
pub(super) fn rows(measured: &Measured) -> Vec<Row> {
    let mut rows = figures::rows(measured);
    if find(&rows, Scope::Run).is_none() {
        rows.push(figures::run_row(measured));
    }
    rows
}

/// Pairs in the order of the table, and sentences about what only one of the runs has.
pub(super) fn pairs<'a>(before: &'a [Row], after: &'a [Row]) -> (Vec<Pair<'a>>, Vec<String>) {
    let mut pairs = Vec::new();
    let mut missing = Vec::new();
    for operation in Operation::ALL {
        for source in SOURCES {
            let scope = Scope::Part(operation, source);
            match (find(before, scope), find(after, scope)) {
                (Some(before), Some(after)) => {
                    // Alone in both, it is the whole operation: that is paired below.
                    let is_part = before.scope == scope || after.scope == scope;
                    pairs.extend(is_part.then_some(Pair { scope, before, after }));
                }
                (Some(_), None) => missing.push(alone(scope, "first")),
                (None, Some(_)) => missing.push(alone(scope, "second")),
                (None, None) => {}
            }
        }
        let scope = Scope::Operation(operation);
        if let Some((before, after)) = find(before, scope).zip(find(after, scope)) {
            let scope = if before.scope == after.scope { before.scope } else { scope };
            pairs.push(Pair { scope, before, after });
        }
    }
    let of_run = find(before, Scope::Run).zip(find(after, Scope::Run));
    // The run of one operation is that operation.
    let is_told = pairs.iter().any(|pair| {
        pair.scope.is_whole()
            && of_run.is_some_and(|run| {
                (pair.before.ended, pair.after.ended) == (run.0.ended, run.1.ended)
            })
    });
    if let Some((before, after)) = of_run.filter(|_| !is_told) {
        pairs.push(Pair { scope: Scope::Run, before, after });
    }
    (pairs, missing)
}

impl Pair<'_> {
    /// What can be compared; rates and hits are those of all of an operation.
    pub(super) fn figures(self) -> Vec<(Self, Figure)> {
        let Self { scope, before, after } = self;
        let mut figures = Vec::new();
        if scope.is_whole() {
            figures.push(Figure::Rate);
        }
        if !before.latencies.is_empty() && !after.latencies.is_empty() {
            figures.extend([Figure::P50, Figure::P99, Figure::P999]);
        }
        if scope.is_whole() && before.reads.of > 0 && after.reads.of > 0 {
            figures.push(Figure::HitRate);
        }
        if before.errors().part + after.errors().part > 0 {
            figures.push(Figure::Errors);
        }
        figures.into_iter().map(|figure| (self, figure)).collect()
    }
}

/// The row of a part or a whole; an operation's only row is both.
fn find(rows: &[Row], scope: Scope) -> Option<&Row> {
    let is_it = |row: &&Row| match (scope, row.scope) {
        (Scope::Part(operation, source), Scope::Only(other, from)) => {
            (operation, source) == (other, from)
        }
        (Scope::Operation(operation), Scope::Only(other, _)) => operation == other,
        (scope, other) => scope == other,
    };
    rows.iter().find(is_it)
}

fn alone(scope: Scope, run: &str) -> String {
    let (operation, source) = (scope.operation(), scope.source());
    format!("Only the {run} run has {operation} from {source}.")
}

const SOURCES: [Source; 3] = [Source::Cache, Source::Engine, Source::Unknown];
