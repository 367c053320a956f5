//! What the operating system knows of the process, asked when somebody looks.
//!
//! Not here: what hearth itself counts.

use metrics_process::collector::{self, Metrics};

use super::catalogue::{
    PROCESS_CPU, PROCESS_FDS, PROCESS_FDS_MAX, PROCESS_RESIDENT, PROCESS_START, PROCESS_THREADS,
    PROCESS_VIRTUAL,
};
use super::page::Page;

/// Shows what the system tells; what it does not tell is left out.
pub(super) fn show(page: &mut Page) {
    let Metrics {
        cpu_seconds_total,
        resident_memory_bytes,
        virtual_memory_bytes,
        open_fds,
        max_fds,
        start_time_seconds,
        threads,
        ..
    } = collector::collect();
    if let Some(seconds) = cpu_seconds_total {
        page.family(&PROCESS_CPU).real(&[], seconds);
    }
    for (metric, value) in [
        (&PROCESS_RESIDENT, resident_memory_bytes),
        (&PROCESS_VIRTUAL, virtual_memory_bytes),
        (&PROCESS_FDS, open_fds),
        (&PROCESS_FDS_MAX, max_fds),
        (&PROCESS_START, start_time_seconds),
        (&PROCESS_THREADS, threads),
    ] {
        if let Some(value) = value {
            page.single(metric, value);
        }
    }
}
