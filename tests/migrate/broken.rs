//! Both ends behind proxies that throttle, fail, reset, damage and delay what goes through them.

use std::time::Duration;

use super::fault_proxy::{Fault, FaultProxy, Odds, Times};
use super::items::{fill, item};
use super::support::{Rng, figure, scratch, seed};
use super::written::writing;
use super::{TABLE, all, migrate, serve, with};

#[test]
fn a_table_comes_whole_through_whatever_breaks_on_the_way() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    fill(&mut from.db(), 2_000);
    to.db().create_table(TABLE);
    let seed = seed();
    let odds = Odds::none().on_data(FAULTS, 250);
    let at_source = FaultProxy::before(from.http(), odds.clone(), TIMES, Rng::new(seed, 100));
    let at_target = FaultProxy::before(to.http(), odds, TIMES, Rng::new(seed, 101));
    let launch = migrate(&at_source.endpoint(), &at_target.endpoint(), first.path());
    let flags = ["--until-caught-up", "--quiet", "500ms", "--rate", "1000", "--segments", "32"];
    let launch = with(launch, &flags);

    let running = writing(&from, || {
        let running = launch.begin();
        running.wait_for("followed");
        // Long enough for some changes to be written again.
        from.db().put(TABLE, &item(7, 0));
        running.wait_for("behind");
        running
    });
    let exit = running.exit();

    assert_eq!(exit.status.code(), Some(0), "seed {seed}: {exit:?}");
    let met: u64 = FAULTS.iter().map(|fault| at_target.counts().of(*fault)).sum();
    at_target.settle();
    // On a machine that slow, what came late may have come later than was waited for.
    if at_target.tardy() > 0 {
        return figure(&format!("migrate_faults_at_target={met} seed={seed} void=1"));
    }
    assert_eq!(all(&mut to.db()), all(&mut from.db()), "seed {seed}");
    assert!(met > 10, "seed {seed}: {met} faults at the target");
    figure(&format!("migrate_faults_at_target={met} seed={seed} lost=0"));
}

const FAULTS: &[Fault] = &[
    Fault::Delay,
    Fault::Throttle,
    Fault::FailBefore,
    Fault::FailAfter,
    Fault::UnavailableBefore,
    Fault::UnavailableAfter,
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::LateAfterReset,
    Fault::Truncate,
    Fault::Corrupt,
];
/// What is late is carried out within what the migration is told to wait for.
const TIMES: Times = Times {
    delay: Duration::from_millis(50),
    silence: Duration::from_millis(50),
    land: Duration::from_millis(900),
};
