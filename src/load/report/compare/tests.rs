//! Seeded pairs of runs: equals are told to be equal, and what differs is found.

use std::time::Duration;

use rand::distr::Distribution as _;
use rand::{Rng as _, SeedableRng as _};
use rand_distr::{LogNormal, Normal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::load::report::sample;
use crate::load::{Ending, Measured, Operation, Second, ServerView, Source, Tally};

/// How a made-up server behaves.
#[derive(Clone, Copy)]
struct Made {
    seconds: u64,
    per_second: u64,
    /// By which all latencies are multiplied.
    slower: f64,
    hit_rate: f64,
    error_rate: f64,
    /// How much good and bad seconds differ; a bad one is followed by others.
    swing: f64,
    /// Writes among the requests, if there are any.
    puts: Option<Puts>,
}

/// Writes that have good and bad seconds of their own.
#[derive(Clone, Copy)]
struct Puts {
    share: f64,
    /// What one typically takes, ns. Hits take 80,000, other reads 400,000.
    typical: f64,
    swing: f64,
}

const MADE: Made = Made {
    seconds: 20,
    per_second: 1_000,
    slower: 1.0,
    hit_rate: 0.8,
    error_rate: 0.002,
    swing: 0.0,
    puts: None,
};

const PUTS: Puts = Puts { share: 0.05, typical: 2_000_000.0, swing: 0.0 };

impl Made {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "latencies are positive and below 2^53 ns"
    )]
    fn report(self, seed: u64) -> Report {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let spread = LogNormal::new(0.0, 0.4).expect("a good spread");
        let mood = Normal::new(0.0, 1.0).expect("a good spread");
        let mut tallies = [
            Tally::new(Operation::GetItem, Source::Cache),
            Tally::new(Operation::GetItem, Source::Engine),
            Tally::new(Operation::PutItem, Source::Engine),
        ];
        let mut seconds = Vec::new();
        let mut factor = 0.0f64;
        let mut put_factor = 0.0f64;
        for at in 0..self.seconds {
            factor = 0.6 * factor + self.swing * mood.sample(&mut random);
            if let Some(puts) = self.puts {
                put_factor = 0.6 * put_factor + puts.swing * mood.sample(&mut random);
            }
            let mut second = Second { at, due: self.per_second, ..Second::default() };
            let mut all = Tally::new(Operation::GetItem, Source::Unknown);
            for _ in 0..self.per_second {
                let put = self.puts.filter(|puts| random.random_bool(puts.share));
                let hit = put.is_none() && random.random_bool(self.hit_rate);
                let (of, typical) = match put {
                    Some(puts) => (2, puts.typical * put_factor.exp()),
                    None if hit => (0, 80_000.0),
                    None => (1, 400_000.0),
                };
                let ns = typical * spread.sample(&mut random) * self.slower * factor.exp();
                let failed = random.random_bool(self.error_rate);
                let ending = if failed { Ending::Failed("X".into()) } else { Ending::Answered };
                let ns = ns.round() as u64;
                all.count(ending.clone(), ns, 0);
                tallies[of].count(ending, ns, 0);
                second.failed += u64::from(failed);
                second.reads += u64::from(!failed && put.is_none());
                second.hits += u64::from(hit && !failed);
                second.ended += 1;
            }
            second.p50 = all.latencies.value_at_quantile(0.5);
            second.p99 = all.latencies.value_at_quantile(0.99);
            second.max = all.latencies.max();
            seconds.push(second);
        }
        let due = self.seconds * self.per_second;
        let took = self.seconds * 1_000_000_000;
        let tallies: Vec<_> = tallies.into_iter().filter(|tally| tally.ended() > 0).collect();
        let answered = tallies.iter().map(|tally| tally.latencies.len()).sum();
        let (ended, server) = (due, ServerView::NotAsked);
        let measured = Measured { tallies, seconds, took, due, ended, answered, server };
        let mut report = Report { measured, ..sample::report() };
        report.settings.warm_up = Duration::ZERO;
        report.settings.length = Duration::from_secs(self.seconds);
        report
    }
}

fn has_change(comparison: &Comparison) -> bool {
    let is_change = |change: &Change| matches!(change.verdict, Verdict::Better | Verdict::Worse);
    comparison.changes.iter().any(is_change)
}

fn verdict(comparison: &Comparison, scope: Scope, figure: Figure) -> Verdict {
    let is_it = |change: &&Change| change.scope == scope && change.figure == figure;
    comparison.changes.iter().find(is_it).expect("it is compared").verdict
}

/// How many of 100 pairs of equals show any change.
fn changed_of_100(made: Made) -> usize {
    let shows_change =
        |pair: &u64| has_change(&compare(&made.report(2 * pair), &made.report(2 * pair + 1)));
    (0..100).filter(shows_change).count()
}

fn is_compared(comparison: &Comparison, scope: Scope, figure: Figure) -> bool {
    comparison.changes.iter().any(|change| change.scope == scope && change.figure == figure)
}

const PUT: Scope = Scope::Only(Operation::PutItem, Source::Engine);
const CACHED: Scope = Scope::Part(Operation::GetItem, Source::Cache);
const ALL: Scope = Scope::Operation(Operation::GetItem);

#[test]
fn equals_are_told_to_be_equal_steady_or_not() {
    for (swing, per_second) in [(0.0, 500), (0.05, 500), (0.3, 500), (0.3, 200)] {
        let changed = changed_of_100(Made { per_second, swing, ..MADE });

        assert!(changed <= 5, "swing {swing}: {changed} of 100 pairs show a change");
    }
}

#[test]
fn what_swings_alone_is_told_to_be_equal_whether_the_run_shows_it_or_not() {
    // Between hits and other reads, where neither median nor p99 are; and slower than all.
    for typical in [170_000.0, 2_000_000.0] {
        let puts = Some(Puts { typical, swing: 0.3, ..PUTS });
        let changed = changed_of_100(Made { puts, per_second: 500, ..MADE });

        assert!(changed <= 5, "{typical} ns: {changed} of 100 pairs show a change");
    }
}

#[test]
fn a_steady_operation_that_the_tail_shows_is_judged() {
    let made = Made { puts: Some(PUTS), per_second: 3_000, ..MADE };
    let slower = Puts { typical: PUTS.typical * 1.5, ..PUTS };
    let slower = Made { puts: Some(slower), ..made };

    for pair in 0..5 {
        let comparison = compare(&made.report(10 + pair), &slower.report(20 + pair));

        assert_eq!(verdict(&comparison, PUT, Figure::P50), Verdict::Worse);
        assert_eq!(verdict(&comparison, CACHED, Figure::P50), Verdict::Same);
    }
}

#[test]
fn unsteady_tails_of_few_answers_are_seen_and_of_fewer_not_judged() {
    let unsteady = Made { swing: 0.3, per_second: 250, ..MADE };
    let few = Made { per_second: 100, ..MADE };
    let slower = Made { slower: 3.0, ..few };

    for seed in 0..10 {
        let tail = Swing::of(&unsteady.report(seed)).tail.expect("there are enough");
        assert!(tail > 2.0, "seed {seed}: {tail}");
    }
    let comparison = compare(&few.report(1), &slower.report(2));
    assert_eq!(verdict(&comparison, ALL, Figure::P99), Verdict::Unclear);
    assert_eq!(verdict(&comparison, ALL, Figure::P50), Verdict::Worse);
}

#[test]
fn a_tenth_slower_is_found() {
    let made = Made { per_second: 3_000, ..MADE };
    let slower = Made { slower: 1.1, ..made };
    let mut found = (0, 0);
    for pair in 0..20 {
        let (before, after) = (made.report(1_000 + pair), slower.report(2_000 + pair));
        let comparison = compare(&before, &after);

        found.0 += usize::from(verdict(&comparison, CACHED, Figure::P50) == Verdict::Worse);
        found.1 += usize::from(verdict(&comparison, CACHED, Figure::P99) == Verdict::Worse);
        assert_eq!(verdict(&comparison, ALL, Figure::HitRate), Verdict::Same);
        let back = compare(&after, &before);
        assert_ne!(verdict(&back, CACHED, Figure::P50), Verdict::Worse);
    }
    assert_eq!(found.0, 20, "the median tells it every time");
    assert!(found.1 >= 15, "{} of 20 by p99", found.1);
}

#[test]
fn fewer_hits_and_more_errors_are_found_and_have_a_bound() {
    let worse = Made { hit_rate: 0.75, error_rate: 0.03, ..MADE };

    let comparison = compare(&MADE.report(1), &worse.report(2));

    assert_eq!(verdict(&comparison, ALL, Figure::HitRate), Verdict::Worse);
    assert_eq!(verdict(&comparison, ALL, Figure::Errors), Verdict::Worse);
    let beyond: Vec<_> = comparison.worse_by(4.0).map(|change| change.figure).collect();
    assert!(beyond.contains(&Figure::HitRate) && !beyond.contains(&Figure::Errors), "{beyond:?}");
    assert_eq!(comparison.worse_by(5_000.0).count(), 0);
}

#[test]
fn short_runs_and_rare_percentiles_are_not_judged() {
    let short = Made { seconds: 5, ..MADE };
    let slower = Made { slower: 2.0, ..short };
    let rare = Made { per_second: 20, ..MADE };

    let comparison = compare(&short.report(1), &slower.report(2));
    let rare = compare(&rare.report(1), &rare.report(2));

    assert!(!comparison.is_judged && !has_change(&comparison));
    assert!(comparison.changes.iter().all(|change| change.verdict == Verdict::Unclear));
    assert_eq!(verdict(&rare, ALL, Figure::P999), Verdict::Unclear);
    let text = text::of(&comparison, [&short.report(1), &slower.report(2)], ["a", "b"]);
    assert!(text.contains("Nothing is judged"), "{text}");
}

#[test]
fn what_was_not_the_same_is_told() {
    let before = MADE.report(1);
    let mut after = MADE.report(2);
    after.settings.connections += 1;
    after.environment.kernel = "another".to_owned();
    after.measured.tallies.push(Tally::new(Operation::Scan, Source::Unknown));

    let warnings = compare(&before, &after).warnings;

    assert_eq!(
        warnings,
        [
            "The runs were asked for differently: connections.",
            "The clients ran in different environments: kernels.",
            "Only the second run has Scan from unknown.",
        ]
    );
    assert_eq!(compare(&before, &before).warnings, [""; 0]);
}

#[test]
fn one_answer_from_elsewhere_hides_no_row_that_both_have() {
    let before = Made { puts: Some(PUTS), ..MADE }.report(1);
    let mut after = Made { puts: Some(PUTS), ..MADE }.report(2);
    let mut timed_out = Tally::new(Operation::PutItem, Source::Unknown);
    timed_out.count(Ending::Failed("Timeout".into()), 0, 0);
    after.measured.tallies.push(timed_out);
    let part = Scope::Part(Operation::PutItem, Source::Engine);
    let whole = Scope::Operation(Operation::PutItem);

    for (first, second, run) in [(&before, &after, "second"), (&after, &before, "first")] {
        let comparison = compare(first, second);

        let told = format!("Only the {run} run has PutItem from unknown.");
        assert_eq!(comparison.warnings, [told]);
        assert!(is_compared(&comparison, part, Figure::P50));
        assert!(is_compared(&comparison, whole, Figure::Rate));
        assert!(!is_compared(&comparison, part, Figure::Rate));
    }
}

#[test]
fn the_whole_run_is_compared_even_if_one_has_an_operation_more() {
    let before = MADE.report(1);
    let after = Made { puts: Some(PUTS), ..MADE }.report(2);

    let comparison = compare(&before, &after);

    assert_eq!(comparison.warnings, ["Only the second run has PutItem from engine."]);
    assert!(is_compared(&comparison, Scope::Run, Figure::Rate));
    // With one operation its row is that of the run.
    assert!(!is_compared(&compare(&before, &before), Scope::Run, Figure::Rate));
}

#[test]
fn what_was_never_answered_has_no_change_of_its_rate() {
    let mut silent = MADE.report(1);
    let mut scan = Tally::new(Operation::Scan, Source::Unknown);
    scan.count(Ending::Failed("Timeout".into()), 0, 0);
    silent.measured.tallies.push(scan);
    let scan = Scope::Only(Operation::Scan, Source::Unknown);

    let comparison = compare(&silent, &silent);

    assert!(!is_compared(&comparison, scan, Figure::Rate));
    assert!(is_compared(&comparison, scan, Figure::Errors));
    assert!(comparison.changes.iter().all(|change| change.change.estimate.is_finite()));
}
