//! Seeded pairs of runs: equals are told to be equal, and what differs is found.

use std::time::Duration;

use rand::distr::Distribution as _;
use rand::{Rng as _, SeedableRng as _};
use rand_distr::{LogNormal, Normal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::load::report::sample;
use crate::load::{Ending, Measured, Operation, Second, Source, Tally};

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
}

const MADE: Made = Made {
    seconds: 20,
    per_second: 1_000,
    slower: 1.0,
    hit_rate: 0.8,
    error_rate: 0.002,
    swing: 0.0,
};

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
        let sources = [Source::Cache, Source::Engine];
        let mut tallies = sources.map(|source| Tally::new(Operation::GetItem, source));
        let mut seconds = Vec::new();
        let mut factor = 0.0f64;
        for at in 0..self.seconds {
            factor = 0.6 * factor + self.swing * mood.sample(&mut random);
            let mut second = Second { at, due: self.per_second, ..Second::default() };
            let mut all = Tally::new(Operation::GetItem, Source::Unknown);
            for _ in 0..self.per_second {
                let hit = random.random_bool(self.hit_rate);
                let typical = if hit { 80_000.0 } else { 400_000.0 };
                let ns = typical * spread.sample(&mut random) * self.slower * factor.exp();
                let failed = random.random_bool(self.error_rate);
                let ending = if failed { Ending::Failed("X".into()) } else { Ending::Answered };
                let ns = ns.round() as u64;
                all.count(ending.clone(), ns, 0);
                tallies[usize::from(!hit)].count(ending, ns, 0);
                second.failed += u64::from(failed);
                second.reads += u64::from(!failed);
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
        let measured = Measured { tallies: tallies.into(), seconds, took, due, server: None };
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

const CACHED: Scope = Scope::Part(Operation::GetItem, Source::Cache);
const ALL: Scope = Scope::Operation(Operation::GetItem);

#[test]
fn equals_are_told_to_be_equal_steady_or_not() {
    for swing in [0.0, 0.05, 0.3] {
        let made = Made { swing, per_second: 500, ..MADE };
        let changed = (0..100)
            .filter(|pair| has_change(&compare(&made.report(2 * pair), &made.report(2 * pair + 1))))
            .count();

        assert!(changed <= 5, "swing {swing}: {changed} of 100 pairs show a change");
    }
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
            "Only the second run has all from all.",
        ]
    );
    assert_eq!(compare(&before, &before).warnings, [""; 0]);
}
