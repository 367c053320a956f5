//! hearth without sockets: engine, fence, caches and proxy, with tables whose items and pages are
//! in the caches.
//!
//! Must hold: every item and page is cached, and its answer is made, before anything is measured.

use std::convert::identity;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use hearth::api::{Consistency, Operation, Request, Response};
use hearth::cache;
use hearth::engine::embedded::EmbeddedEngine;
use hearth::metrics::{CacheResult, Capacity, Outcome, Protocol, Source, TableMetrics};
use hearth::model::{Answer, KeyValue};
use hearth::proxy::Trace;
use hearth::wire::json::{self, Context, Wording};
use tokio::runtime::Runtime;

use crate::common::{DATA, ID, filling, item_id};
use crate::wired::Wired;

/// A proxy, and what stands behind it.
pub(crate) struct InProcess {
    wired: Wired<EmbeddedEngine>,
    runtime: Runtime,
    /// What is counted of the items' table.
    table: Arc<TableMetrics>,
}

impl InProcess {
    /// With room in its cache for all that is measured here, and no table yet.
    pub(crate) fn new() -> Self {
        let options =
            cache::Options { enabled: true, bytes: CACHE_BYTES, query_bytes: CACHE_BYTES };
        let wired = Wired::new(&options, Duration::from_secs(5), identity);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let table = wired.metrics.table(TABLE);
        Self { wired, runtime: runtime.expect("a runtime of this thread"), table }
    }

    /// Makes a table of so many items, each of 1,000 bytes, all of them cached.
    pub(crate) fn fill_items(&self, items: usize) {
        self.create(TABLE, "");
        for number in 0..items {
            let id = item_id(number);
            self.put(TABLE, &format!(r#""{ID}":{{"S":"{id}"}}"#));
            self.ask(Operation::GetItem, get_body(&id).as_bytes());
            self.hit(&id).expect("it was just read");
        }
    }

    /// Makes a table of so many partitions of 100 items, each of some 1,000 bytes; the pages that
    /// queries find in them are cached.
    pub(crate) fn fill_pages(&self, partitions: usize) {
        self.create(PAGED_TABLE, NUMBER);
        for id in (0..partitions).map(item_id) {
            for number in 0..PAGE_ITEMS {
                let key = format!(r#""{ID}":{{"S":"{id}"}},"{NUMBER}":{{"N":"{number}"}}"#);
                self.put(PAGED_TABLE, &key);
            }
            let query = query_body(&id);
            self.ask(Operation::Query, query.as_bytes());
            self.page_hit_of_body(query.as_bytes());
        }
    }

    /// What the server does for a plain GetItem whose body it has read.
    pub(crate) fn hit(&self, id: &str) -> Option<Answer> {
        let began = self.wired.clock.monotonic();
        let output =
            self.wired.proxy.hit(TABLE, &[(ID, KeyValue::S(id))], Consistency::Eventual, began)?;
        Some(json::encode(&Response::GetItem(output), CONTEXT))
    }

    /// What is counted of a hit, alone.
    pub(crate) fn count_hit(&self) {
        let (metrics, table) = (&self.wired.metrics, &self.table);
        let (operation, name) = (Operation::GetItem as usize, Operation::GetItem.name());
        table.cache_lookup(CacheResult::Hit);
        table.consumed(Capacity::Read, black_box(1));
        table.returned(operation, black_box(1));
        metrics.count(table, Protocol::Http, (operation, name), Outcome::Ok);
        metrics.took(operation, Source::Cache, black_box(Duration::from_micros(40)));
    }

    /// The same from the body on.
    pub(crate) fn hit_of_body(&self, body: &[u8]) -> Option<Answer> {
        let get = json::get_item(body)?;
        let began = self.wired.clock.monotonic();
        let key = [(get.first.name, get.first.value.as_key_value())];
        let output = self.wired.proxy.hit(get.table, &key, get.consistency, began)?;
        Some(json::encode(&Response::GetItem(output), CONTEXT))
    }

    /// What the server does for a query that it has read.
    pub(crate) fn page_hit(&self, query: Request) -> Answer {
        self.traced_page_hit(query, &mut Trace::counting())
    }

    /// The same from the body on, which is then kept for when it comes again.
    pub(crate) fn page_hit_of_body(&self, body: &[u8]) -> Answer {
        let mut trace = Trace::counting().learning();
        let answer = self.traced_page_hit(decoded(Operation::Query, body), &mut trace);
        self.wired.proxy.remember(body, trace);
        answer
    }

    /// What the server does for a query whose body came before.
    pub(crate) fn page_hit_of_known_body(&self, body: &[u8]) -> Answer {
        let page =
            self.wired.proxy.repeated(body, self.wired.clock.monotonic()).expect("it came before");
        json::encode(&Response::Query(page), CONTEXT)
    }

    fn traced_page_hit(&self, query: Request, trace: &mut Trace) -> Answer {
        // A read has a deadline, hence a timer, which a hit never waits for.
        let _timers = self.runtime.enter();
        let call = self.wired.proxy.call(query, self.wired.clock.monotonic(), trace);
        let response = call.now_or_never().expect("a hit does not wait");
        json::encode(&response.expect("a request that is right"), CONTEXT)
    }

    fn create(&self, table: &str, sort: &str) {
        let (attribute, key) = if sort.is_empty() {
            (String::new(), String::new())
        } else {
            (
                format!(r#",{{"AttributeName":"{sort}","AttributeType":"N"}}"#),
                format!(r#",{{"AttributeName":"{sort}","KeyType":"RANGE"}}"#),
            )
        };
        let create = format!(
            r#"{{"TableName":"{table}","AttributeDefinitions":[{{"AttributeName":"{ID}","AttributeType":"S"}}{attribute}],"KeySchema":[{{"AttributeName":"{ID}","KeyType":"HASH"}}{key}],"BillingMode":"PAY_PER_REQUEST"}}"#
        );
        self.ask(Operation::CreateTable, create.as_bytes());
    }

    fn put(&self, table: &str, key: &str) {
        let data = filling();
        let put =
            format!(r#"{{"TableName":"{table}","Item":{{{key},"{DATA}":{{"S":"{data}"}}}}}}"#);
        self.ask(Operation::PutItem, put.as_bytes());
    }

    fn ask(&self, operation: Operation, body: &[u8]) -> Answer {
        let answer = self.runtime.block_on(self.wired.ask(operation, body));
        let response = answer.expect("a request that is right");
        json::encode(&response, CONTEXT)
    }
}

/// A request as the server decodes it.
pub(crate) fn decoded(operation: Operation, body: &[u8]) -> Request {
    json::decode(operation, body, Wording::Classic).expect("a request that is well formed")
}

/// The body of a Query of one partition.
pub(crate) fn query_body(id: &str) -> String {
    format!(
        r#"{{"TableName":"{PAGED_TABLE}","KeyConditionExpression":"{ID} = :id","ExpressionAttributeValues":{{":id":{{"S":"{id}"}}}}}}"#
    )
}

/// The body of a GetItem.
pub(crate) fn get_body(id: &str) -> String {
    format!(r#"{{"TableName":"{TABLE}","Key":{{"{ID}":{{"S":"{id}"}}}}}}"#)
}

const TABLE: &str = "bench";
const PAGED_TABLE: &str = "paged";
const NUMBER: &str = "number";
const PAGE_ITEMS: usize = 100;
const CONTEXT: Context<'_> = Context { host: "" };
const CACHE_BYTES: u64 = 1 << 30;
