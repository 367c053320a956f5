//! Transactions beside single puts: what it costs to write items all or none.
//!
//! One server, asked in turn for single puts and for transactions of few or many, by as many
//! connections; ratios are taken within a round, item for item.

use std::time::Duration;

use crate::client::{Client, Run, http_answer_length};
use crate::common::item_id;
use crate::contest::Requests;
use crate::figures::{self, Figure};
use crate::process::{Server, on_all_cores};
use crate::request;
use crate::servers::{self, HEARTH};

/// Measures and prints.
pub(crate) fn measure() {
    let directory = servers::directory();
    let command = servers::whole_hearth(on_all_cores(HEARTH), directory.path());
    let server = Server::start(command, servers::ready_line);
    servers::create_table(&mut Client::connect(server.address(), 1, http_answer_length));
    let mut first = 0;
    let mut run = |shape: Shape, time| {
        let run = Taken::of(&server, shape, first, time);
        first += run.items;
        run
    };
    for shape in SHAPES {
        run(shape, WARM_UP);
    }
    let rounds: Vec<_> = (0..ROUNDS).map(|_| SHAPES.map(|shape| run(shape, ROUND))).collect();

    let rows = SHAPES.iter().enumerate().map(|(place, shape)| {
        let mut row = vec![shape.name()];
        for of in [Taken::items_a_second, Taken::cpu_us] {
            row.push(Figure::of(rounds.iter().map(|round| of(&round[place]))).to_string());
            let ratios = rounds.iter().map(|round| of(&round[place]) / of(&round[0]));
            row.push(Figure::of(ratios).to_string());
        }
        for of in [Taken::requests_a_second, Taken::median_us] {
            row.push(Figure::of(rounds.iter().map(|round| of(&round[place]))).to_string());
        }
        row
    });
    let title = format!(
        "Durable puts of {ITEM_BYTES} bytes, {CONNECTIONS} connections: median (least–most) of \
         {ROUNDS} rounds of {} s",
        ROUND.as_secs()
    );
    let columns = ["request", "items/s", "ratio", "CPU µs/item", "ratio", "requests/s", "p50 µs"];
    figures::print(&title, &columns, &rows.collect::<Vec<_>>());
}

/// How items are written.
#[derive(Clone, Copy)]
enum Shape {
    Single,
    Transaction(usize),
}

impl Shape {
    fn name(self) -> String {
        match self {
            Self::Single => "PutItem".to_owned(),
            Self::Transaction(puts) => format!("TransactWriteItems, Puts: {puts}"),
        }
    }

    fn items(self) -> usize {
        match self {
            Self::Single => 1,
            Self::Transaction(puts) => puts,
        }
    }

    /// Writes one request after the other, each of new items, from this one on.
    fn requests(self, first: usize) -> Requests {
        let items = self.items();
        let mut template = match self {
            Self::Single => request::put_item_of(0, ITEM_BYTES),
            Self::Transaction(puts) => request::transact_put_items(0..puts, ITEM_BYTES),
        };
        let place_of = |number| {
            let id = item_id(number);
            let place = template.windows(id.len()).position(|part| part == id.as_bytes());
            place.expect("the request names each key")
        };
        let places: Vec<usize> = (0..items).map(place_of).collect();
        let mut number = first;
        Box::new(move |out| {
            // Nobody checks these signatures, so the keys may change under them.
            for place in &places {
                let id = item_id(number);
                template[*place..place + id.len()].copy_from_slice(id.as_bytes());
                number += 1;
            }
            template.clone_into(out);
        })
    }
}

/// A run, the items that it wrote, and what it cost the server.
struct Taken {
    run: Run,
    items: usize,
    cpu: Duration,
}

impl Taken {
    fn of(server: &Server, shape: Shape, first: usize, time: Duration) -> Self {
        let mut client = Client::connect(server.address(), CONNECTIONS, http_answer_length);
        let before = server.cpu();
        let run = client.run_for(time, shape.requests(first));
        let cpu = server.cpu().saturating_sub(before);
        let items = run.latencies.len() * shape.items();
        Self { run, items, cpu }
    }

    fn items_a_second(&self) -> f64 {
        figures::float(self.items) / self.run.took.as_secs_f64()
    }

    fn requests_a_second(&self) -> f64 {
        self.run.rate()
    }

    fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / figures::float(self.items)
    }

    fn median_us(&self) -> f64 {
        self.run.percentile_us(50)
    }
}

const SHAPES: [Shape; 5] = [
    Shape::Single,
    Shape::Transaction(1),
    Shape::Transaction(2),
    Shape::Transaction(10),
    Shape::Transaction(100),
];
/// Small, so that a request of a hundred fits the socket's buffer.
const ITEM_BYTES: usize = 100;
const CONNECTIONS: usize = 16;
const WARM_UP: Duration = Duration::from_secs(1);
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
