//! Memory of cached items beyond their own bytes, beside redis and memcached that hold the same.
//!
//! Each server starts empty, is told the same keys and values, and is asked nothing. hearth's item
//! cache is held by this program, started as `memory-of`, so that nothing but the cache grows; it is
//! looked at twice: with the stored bytes alone, and once each item was answered.
//!
//! Must hold: an item counts as the same bytes everywhere, its key as text and its value as stored.
//! Not here: a cache that is full and goes on (`turnover.rs`).

use std::env;
use std::process::{Command, Stdio};
use std::sync::Arc;

use hearth::api::{AnswerItem, GetItemOutput, Response};
use hearth::cache::{ItemCache, Options, Rules};
use hearth::clock::Clock;
use hearth::fence::Entries as _;
use hearth::model::{
    AttributeValue, Image, Item, ItemKey, KeyAttribute, KeyBuffer, KeyType, KeyValue, TableId,
    TableSchema,
};
use hearth::wire::json::{Context, encode};

use crate::client::{AnswerLength, Client, memcached_stored_length, resp_ok_length};
use crate::common::{DATA, ID, Random, item_id};
use crate::figures;
use crate::process::{Server, on_all_cores, resident_kib};
use crate::servers;

/// Measures and prints; a server that is not installed is left out, and said to be.
pub(crate) fn measure() {
    let items = items();
    let mut rows = held_by_hearth(items);
    match servers::unsaved_redis(on_all_cores) {
        Some(server) => rows.push(told(&server, "redis-server", items, resp_ok_length, resp_set)),
        None => println!("\nMemory: redis is left out, there is no redis-server here"),
    }
    match servers::memcached() {
        Some(server) => {
            let name = "memcached";
            rows.push(told(&server, name, items, memcached_stored_length, memcached_set));
        }
        None => println!("\nMemory: memcached is left out, there is no memcached here"),
    }
    let title = format!("Memory of {items} cached items, bytes for each");
    let columns = ["who holds them", "key, value and answer", "resident", "overhead"];
    figures::print(&title, &columns, &rows);
}

/// Holds so many items in an item cache, and prints what [`held_by_hearth`] reads.
pub(crate) fn hold(items: usize) {
    let rules = Rules::new(Arc::default(), Clock::system());
    let cache = ItemCache::new(&Options { bytes: LIMIT, ..Options::default() }, rules);
    let own_kib = || resident_kib(std::process::id());
    let before = own_kib();
    for_each_item(items, |id, item| cache.install(&key(id), Image::Item(item.encode())));
    let stored = own_kib();
    let mut answer_bytes = 0;
    for number in 0..items {
        let answered = self::answer_bytes(&cache, &key(&item_id(number)));
        answer_bytes += answered.expect("the cache has room for all items");
    }
    println!("{} {} {answer_bytes}", stored - before, own_kib() - before);
}

/// Answers an item if it is cached, and says how long the answer's body is.
pub(crate) fn answer_bytes(cache: &ItemCache, key: &ItemKey) -> Option<usize> {
    let Image::Item(image) = cache.get(key.view(), Clock::system().monotonic())? else {
        return None;
    };
    let output = GetItemOutput { item: Some(AnswerItem::Whole(image)), capacity: None };
    let answer = encode(&Response::GetItem(output), Context { host: "localhost" });
    Some(answer.body.len())
}

fn held_by_hearth(items: usize) -> Vec<Vec<String>> {
    let program = env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    command.args(["memory-of", &items.to_string()]).stderr(Stdio::inherit());
    let out = command.output().expect("this program runs").stdout;
    let text = String::from_utf8(out).expect("it prints numbers");
    let numbers: Vec<u64> = text.split_whitespace().flat_map(str::parse).collect();
    let [stored, answered, answer_bytes] = numbers[..] else { panic!("three numbers: {text}") };
    let bytes = payload_bytes(items);
    vec![
        row("hearth's cache, stored", items, bytes, stored),
        row("hearth's cache, answered", items, bytes + answer_bytes, answered),
    ]
}

type Set = fn(&str, &[u8], &mut Vec<u8>);

fn told(server: &Server, name: &str, items: usize, length: AnswerLength, set: Set) -> Vec<String> {
    let mut client = Client::connect(server.address(), CONNECTIONS, length);
    let before = server.resident_kib();
    let (mut number, mut random) = (0, Random::seeded());
    client.run(items, |out| {
        let (id, item) = item(number, &mut random);
        out.clear();
        set(&id, item.encode().stored(), out);
        number += 1;
    });
    row(name, items, payload_bytes(items), server.resident_kib() - before)
}

fn resp_set(key: &str, value: &[u8], out: &mut Vec<u8>) {
    let (key_bytes, value_bytes) = (key.len(), value.len());
    let head = format!("*3\r\n$3\r\nSET\r\n${key_bytes}\r\n{key}\r\n${value_bytes}\r\n");
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn memcached_set(key: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("set {key} 0 0 {}\r\n", value.len()).as_bytes());
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn row(name: &str, items: usize, payload_bytes: u64, resident_kib: u64) -> Vec<String> {
    let each = |bytes: u64| bytes / items as u64;
    let resident = 1024 * resident_kib;
    let overhead = each(resident.saturating_sub(payload_bytes));
    vec![
        name.to_owned(),
        each(payload_bytes).to_string(),
        each(resident).to_string(),
        overhead.to_string(),
    ]
}

fn payload_bytes(items: usize) -> u64 {
    let mut bytes = 0;
    for_each_item(items, |id, item| bytes += (id.len() + item.encode().stored().len()) as u64);
    bytes
}

fn for_each_item(items: usize, mut each: impl FnMut(&str, &Item)) {
    let mut random = Random::seeded();
    for number in 0..items {
        let (id, item) = item(number, &mut random);
        each(&id, &item);
    }
}

fn item(number: usize, random: &mut Random) -> (String, Item) {
    let id = item_id(number);
    let data = "x".repeat(DATA_BYTES_MIN + random.below(DATA_BYTES_MAX - DATA_BYTES_MIN));
    let item = Item::from([(ID, AttributeValue::S(id.clone())), (DATA, AttributeValue::S(data))]);
    (id, item)
}

/// The key of an item, in a table of its own.
pub(crate) fn key(id: &str) -> ItemKey {
    let hash = KeyAttribute { name: ID.into(), kind: KeyType::S };
    let schema = TableSchema { table: TableId::new(1), hash, range: None, indexes: Vec::new() };
    let mut buffer = KeyBuffer::default();
    schema.key_of_values(KeyValue::S(id), None, &mut buffer).expect("a key").to_key()
}

fn items() -> usize {
    let given = env::var("BENCH_MEMORY_ITEMS").ok();
    given.map_or(1_000_000, |text| text.parse().expect("BENCH_MEMORY_ITEMS is a number"))
}

const CONNECTIONS: usize = 16;
/// Room for all the items and their answers, so that nothing is evicted.
const LIMIT: u64 = 4 << 30;
const DATA_BYTES_MIN: usize = 300;
const DATA_BYTES_MAX: usize = 1_000;
