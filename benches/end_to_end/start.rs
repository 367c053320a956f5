//! From the start of the process to its first answer, and the memory it then rests in.

use std::time::Duration;

use hearth::clock::Clock;

use crate::client::{Client, http_answer_length};
use crate::figures::{self, Figure};
use crate::process::{Server, on_all_cores};
use crate::request;
use crate::servers::{self, HEARTH, Signatures};

/// Measures and prints.
pub(crate) fn measure() {
    let clock = Clock::system();
    let request = request::list_tables();
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let directory = servers::directory();
        let began = clock.monotonic();
        let command = servers::hearth(on_all_cores(HEARTH), directory.path(), Signatures::Ignored);
        let server = Server::start(command, servers::ready_line);
        Client::connect(server.address(), 1, http_answer_length).ask(&request);
        let took = clock.monotonic().saturating_sub(began);
        let fresh = server.resident_kib();
        rest();
        starts.push([took.as_secs_f64() * 1e3, mib(fresh), mib(server.resident_kib())]);
    }
    let figure = |place: usize| Figure::of(starts.iter().map(|start| start[place])).to_string();
    let columns = ["start to first answer, ms", "resident then, MiB", "a second later, MiB"];
    let title = format!("Start on an empty directory: median (least–most) of {STARTS}");
    figures::print(&title, &columns, &[vec![figure(0), figure(1), figure(2)]]);
}

#[expect(clippy::disallowed_methods, reason = "idling is what is measured")]
fn rest() {
    std::thread::sleep(Duration::from_secs(1));
}

fn mib(kib: u64) -> f64 {
    f64::from(u32::try_from(kib).expect("not that much")) / 1024.0
}

const STARTS: usize = 10;
