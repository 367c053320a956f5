//! Pages: a Query of 100 items and a Scan of 1 MiB, each item of about 1,000 bytes.
//!
//! What a page costs beyond the store's read is the difference between a Scan and one that only
//! counts: both read the same rows. It is set beside a bare server that copies a body of the same
//! length once, item by item, and sums it. Of both it is told what goes into copying alone.
//!
//! Pages are not cached, so that every one comes from the store.

use std::path::Path;
use std::process::Command;

use crate::client::{Client, http_answer_length};
use crate::figures::{self, Figure};
use crate::instructions::{can_count, counted, spent_copying, under_callgrind};
use crate::process::{SERVER_CORE, Server, on_core};
use crate::request;
use crate::servers::{self, HEARTH, Signatures};

/// Measures and prints.
pub(crate) fn measure() {
    let directory = servers::directory();
    let server = filled(on_core(SERVER_CORE, HEARTH), directory.path());
    let bare = bare(|program| on_core(SERVER_CORE, program));
    let loads: [Load<'_>; 4] = [
        Load { name: "bare hyper, 1 MiB copied", server: &bare, page: Page::Scan },
        Load { name: "hearth Scan, 1 MiB", server: &server, page: Page::Scan },
        Load { name: "hearth Scan, counting", server: &server, page: Page::CountingScan },
        Load { name: "hearth Query, 100 items", server: &server, page: Page::Query },
    ];
    let rounds: Vec<Vec<Round>> =
        (0..ROUNDS).map(|_| loads.iter().map(Load::round).collect()).collect();
    let rows: Vec<Vec<String>> = loads
        .iter()
        .enumerate()
        .map(|(place, load)| {
            let figure =
                |of: fn(&Round) -> f64| Figure::of(rounds.iter().map(|round| of(&round[place])));
            vec![
                load.name.to_owned(),
                figure(|round| round.cpu_us / round.items).to_string(),
                figure(|round| round.cpu_us).to_string(),
                figure(|round| round.mib_a_second).to_string(),
                figure(|round| round.pages_a_second).to_string(),
            ]
        })
        .collect();
    let title = format!("Pages, one connection: median (least–most) of {ROUNDS} rounds");
    let columns = ["answer", "CPU µs/item", "CPU µs/page", "MiB/s", "pages/s"];
    figures::print(&title, &columns, &rows);
    count();
}

/// Counts instructions and prints them.
fn count() {
    if !can_count() {
        return;
    }
    let copied = of_bare();
    let whole = of_hearth(Page::Scan);
    let read = of_hearth(Page::CountingScan);
    let beyond = Counted {
        all: whole.all.saturating_sub(read.all),
        copying: whole.copying.saturating_sub(read.copying),
    };
    let rows = [
        ("bare hyper: body copied once and summed", copied),
        ("hearth Scan, 1 MiB", whole),
        ("hearth Scan, counting: the store's read", read),
        ("hearth Scan beyond the read", beyond),
    ]
    .map(|(name, count)| {
        let body_bytes = request::page_answer(SCANNED_ITEMS).len() as u64;
        vec![
            name.to_owned(),
            count.all.to_string(),
            figures::ratio(count.all, body_bytes),
            figures::ratio(count.all, copied.all),
            count.copying.to_string(),
            figures::ratio(count.copying, copied.copying),
        ]
    });
    let columns =
        ["answer", "user instructions/page", "a byte of the body", "ratio", "in memcpy", "ratio"];
    figures::print("A page of 1 MiB, instructions", &columns, &rows);
}

/// Instructions for each page.
#[derive(Clone, Copy)]
struct Counted {
    all: u64,
    copying: u64,
}

/// Which page is asked for.
#[derive(Clone, Copy)]
enum Page {
    Query,
    Scan,
    CountingScan,
}

impl Page {
    fn request(self, round: usize) -> Vec<u8> {
        match self {
            Self::Query => request::query(round % PARTITIONS),
            Self::Scan => request::scan(),
            Self::CountingScan => request::counting_scan(),
        }
    }

    fn items(self) -> usize {
        match self {
            Self::Query => PARTITION_ITEMS,
            Self::Scan | Self::CountingScan => SCANNED_ITEMS,
        }
    }
}

struct Load<'a> {
    name: &'static str,
    server: &'a Server,
    page: Page,
}

struct Round {
    items: f64,
    cpu_us: f64,
    mib_a_second: f64,
    pages_a_second: f64,
}

impl Load<'_> {
    fn round(&self) -> Round {
        // Signed anew for each round: a signature is good for 15 minutes.
        let requests: Vec<Vec<u8>> =
            (0..PARTITIONS).map(|round| self.page.request(round)).collect();
        let mut turn = 0;
        let mut next = |out: &mut Vec<u8>| {
            requests[turn % PARTITIONS].clone_into(out);
            turn += 1;
        };
        let pages = ITEMS_A_ROUND / self.page.items();
        let mut client = Client::connect(self.server.address(), 1, http_answer_length);
        client.run(pages / 20 + 1, &mut next);
        let before = self.server.cpu();
        let run = client.run(pages, &mut next);
        let cpu = self.server.cpu().saturating_sub(before);
        let seconds = run.took.as_secs_f64();
        Round {
            items: figures::float(self.page.items()),
            cpu_us: cpu.as_secs_f64() * 1e6 / figures::float(pages),
            mib_a_second: figures::float(run.answer_bytes) / f64::from(1 << 20) / seconds,
            pages_a_second: run.rate(),
        }
    }
}

fn of_hearth(page: Page) -> Counted {
    let directory = servers::directory();
    let out = directory.path().join("callgrind.out");
    let server = filled(under_callgrind(HEARTH, &out), directory.path());
    of_each_page(&server, &out, page)
}

fn of_bare() -> Counted {
    let directory = servers::directory();
    let out = directory.path().join("callgrind.out");
    let server = bare(|program| under_callgrind(program, &out));
    of_each_page(&server, &out, Page::Scan)
}

fn of_each_page(server: &Server, out: &Path, page: Page) -> Counted {
    let request = page.request(0);
    let mut client = Client::connect(server.address(), 1, http_answer_length);
    let mut next = |out: &mut Vec<u8>| request.clone_into(out);
    client.run(PAGES_BEFORE, &mut next);
    let all = counted(server, out, || drop(client.run(PAGES_COUNTED, &mut next)));
    let pages = PAGES_COUNTED as u64;
    Counted { all: all / pages, copying: spent_copying(out) / pages }
}

/// hearth with the items that the pages are made of.
fn filled(command: Command, directory: &Path) -> Server {
    let mut command = servers::hearth(command, directory, Signatures::Ignored);
    command.env("HEARTH__CACHE__ENABLED", "false");
    let server = Server::start(command, servers::ready_line);
    fill(&server);
    server
}

/// Makes the table of which pages are read.
pub(crate) fn fill(server: &Server) {
    let mut client = Client::connect(server.address(), 32, http_answer_length);
    client.ask(&request::create_paged_table());
    client.ask(&request::describe_paged_table());
    let mut put = 0;
    client.run(PARTITIONS * PARTITION_ITEMS, |out| {
        *out = request::put_paged_item(put / PARTITION_ITEMS, put % PARTITION_ITEMS);
        put += 1;
    });
}

fn bare(launcher: impl Fn(&str) -> Command) -> Server {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = launcher(&program.to_string_lossy());
    command.args(["bare", "page-copied", &SCANNED_ITEMS.to_string()]);
    Server::start(command, servers::ready_line)
}

/// Of the table.
pub(crate) const PARTITIONS: usize = 12;
/// Of each partition, and of the page that a Query of it finds.
pub(crate) const PARTITION_ITEMS: usize = 100;
/// What fits a page of 1 MiB: items of 1,000 bytes and a number of 2 or 3 with its name of 6.
const SCANNED_ITEMS: usize = 1_041;
const ITEMS_A_ROUND: usize = 200_000;
const ROUNDS: usize = 7;
const PAGES_BEFORE: usize = 20;
const PAGES_COUNTED: usize = 50;
