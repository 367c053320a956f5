//! What a load and a demo both need of the process: a runtime, its signals, its own use of time.
//!
//! Not here: what is asked of a target (`load/`).

use std::path::Path;
use std::thread::available_parallelism;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::{Builder, Runtime};

use super::Error;
use crate::load::Workload;
use crate::task::{self, Drain};

/// A runtime for what goes on beside the load's own threads.
pub(in crate::cli) fn runtime() -> Result<Runtime, Error> {
    let failed = |source| Error::Machine { what: "runtime", source };
    Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(failed)
}

/// Begins the drain at the first interrupt, SIGTERM or hang-up of the terminal, and ends the process at the second.
pub(in crate::cli) fn stop_when_told(drain: &Drain) {
    let drain = drain.clone();
    task::spawn("load signals", async move {
        told_to_stop().await;
        drain.begin();
        told_to_stop().await;
        std::process::exit(EXIT_INTERRUPTED);
    });
}

/// Returns at an interrupt, at SIGTERM, or when the terminal hangs up.
pub(in crate::cli) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else {
        // Without them the system's own way of ending a process is left.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

/// The built-in workload of that name, or that of a TOML file.
pub(in crate::cli) fn workload(name: &str) -> Result<Workload, Error> {
    let path = Path::new(name);
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
        return Ok(Workload::read(path)?);
    }
    Ok(Workload::parse(name, built_in(name)?)?)
}

/// The text of the built-in workload of that name.
pub(in crate::cli) fn built_in(name: &str) -> Result<&'static str, Error> {
    let known = || Workload::NAMES.join(", ");
    Workload::built_in(name)
        .ok_or_else(|| Error::UnknownWorkload { name: name.to_owned(), known: known() })
}

/// The client leaves the other half to what it asks, which is mostly on the same machine.
pub(in crate::cli) fn half_of_the_processors() -> usize {
    available_parallelism().map_or(1, |count| count.get().div_ceil(2))
}

/// What all threads of this process have used of the processors.
pub(in crate::cli) fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Whole nanoseconds.
pub(in crate::cli) fn ns(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// What shells say of a process that an interrupt ended.
const EXIT_INTERRUPTED: i32 = 130;
