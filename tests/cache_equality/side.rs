//! One of the servers that are compared: a real process over a store in memory.

use serde_json::{Value, json};

use crate::support::{Db, Launch, Response, Scrape, Server, scratch, wait_until};

/// A server and a connection to it.
pub(crate) struct Side {
    pub(crate) name: &'static str,
    pub(crate) server: Server,
    db: Db,
    // Goes last: the server has it open.
    _data: tempfile::TempDir,
}

/// Look-ups in one cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LookUps {
    pub(crate) all: u64,
    pub(crate) hits: u64,
}

impl Side {
    /// Starts a server with these settings.
    pub(crate) fn start(name: &'static str, settings: &[(&str, &str)]) -> Self {
        let data = scratch();
        let launch = Launch::on(data.path()).env("HEARTH__STORAGE__ENGINE", "memory");
        let add = |launch: Launch, (name, value): &(&str, &str)| launch.env(name, value);
        let server = settings.iter().fold(launch, add).start();
        let db = server.db();
        Self { name, server, db, _data: data }
    }

    /// Sends a request; its answer is waited for by [`Self::receive`].
    pub(crate) fn send(&mut self, operation: &str, body: &[u8]) {
        self.db.connection().send_operation(operation, body).expect("the server takes requests");
    }

    /// The answer to what was sent last, as it came.
    pub(crate) fn receive(&mut self) -> Response {
        let response = self.db.connection().receive();
        response.unwrap_or_else(|error| panic!("{} gives no answer: {error}", self.name))
    }

    /// Makes a table and waits until it serves.
    pub(crate) fn make_table(&mut self, table: &Value) {
        self.db.create_table_with(table);
    }

    /// Drops a table and makes it again.
    pub(crate) fn remake_table(&mut self, table: &Value) {
        let name = json!({"TableName": table["TableName"]});
        self.db.call("DeleteTable", &name).ok();
        wait_until("the table to be gone", || {
            (self.db.call("DescribeTable", &name).status == 400).then_some(())
        });
        self.make_table(table);
    }

    /// What the server counted in that cache.
    pub(crate) fn look_ups(&self, cache: &str) -> LookUps {
        let scrape = Scrape::of(self.server.admin());
        let sum = |result: &[(&str, &str)]| {
            scrape.sum("hearth_cache_requests_total", &[&[("cache", cache)], result].concat())
        };
        let hits = sum(&[("result", "hit")]) + sum(&[("result", "absent_hit")]);
        LookUps { all: sum(&[]), hits }
    }
}

impl LookUps {
    pub(crate) fn hit_percent(self) -> u64 {
        self.hits * 100 / self.all.max(1)
    }
}
