//! What it costs to read requests and to write answers, without any server around them.
//!
//! Run: `cargo bench --bench codec`.

#![expect(missing_docs, reason = "the macros of criterion write functions without")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hearth::api::{AnswerItem, GetItemOutput, Operation, Request, Response};
use hearth::model::ItemImage;
use hearth::model::{Item, encode_attributes};
use hearth::wire::json::{Context, Wording, decode, encode, get_item};

const GET: &str = r#"{"TableName":"users","Key":{"id":{"S":"user#00000042"}}}"#;
const GET_TWO: &str =
    r#"{"TableName":"users","Key":{"id":{"S":"user#00000042"},"at":{"N":"1795466614"}}}"#;

fn decoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec/decode");
    for (name, body) in [("hash", GET), ("hash_range", GET_TWO)] {
        group.bench_function(format!("get_item/{name}"), |bencher| {
            bencher
                .iter(|| decode(Operation::GetItem, black_box(body.as_bytes()), Wording::Classic));
        });
        group.bench_function(format!("hot_get_item/{name}"), |bencher| {
            bencher.iter(|| get_item(black_box(body.as_bytes())));
        });
    }
    let put = put_body();
    group.throughput(Throughput::Bytes(put.len() as u64));
    group.bench_function("put_item/865B", |bencher| {
        bencher.iter(|| decode(Operation::PutItem, black_box(put.as_bytes()), Wording::Classic));
    });
    group.finish();
}

fn encoding(criterion: &mut Criterion) {
    let item = item();
    let stored = bytes::Bytes::from(encode_attributes(&item.attributes));
    let answer = |image: ItemImage| {
        let output = GetItemOutput { item: Some(AnswerItem::Whole(image)), capacity: None };
        Response::GetItem(output)
    };
    let context = Context { host: "localhost:8000" };
    let mut group = criterion.benchmark_group("codec/encode");
    group.bench_function("get_item/first", |bencher| {
        bencher.iter(|| {
            let image = ItemImage::new(&stored).expect("what was encoded");
            encode(&answer(image), context)
        });
    });
    let again = answer(ItemImage::new(&stored).expect("what was encoded"));
    group.bench_function("get_item/again", |bencher| {
        bencher.iter(|| encode(black_box(&again), context));
    });
    group.finish();
}

/// A PutItem of about 865 bytes: texts, numbers, a list, a map, a set, a flag and some bytes.
fn put_body() -> String {
    let mut body = r#"{"TableName":"users","Item":{"id":{"S":"user#00000042"}"#.to_owned();
    for (name, length) in [("name", 24), ("street", 48), ("city", 20), ("about", 180)] {
        let text: String = "The quick brown fox jumps ".chars().cycle().take(length).collect();
        write!(body, r#","{name}":{{"S":"{text}"}}"#).expect("a String takes all text");
    }
    for (name, number) in [("age", "37"), ("balance", "-1204.55"), ("created", "1795466614123")] {
        write!(body, r#","{name}":{{"N":"{number}"}}"#).expect("a String takes all text");
    }
    body.push_str(
        r#","active":{"BOOL":true},"tags":{"SS":["admin","beta","staff"]},"token":{"B":"AQIDBAUGBwgJCgsMDQ4PEA=="},"scores":{"L":[{"N":"1"},{"N":"22"},{"N":"333"}]},"settings":{"M":{"theme":{"S":"dark"},"page":{"N":"50"},"mail":{"BOOL":false},"last":{"NULL":true}}},"history":{"L":[{"M":{"at":{"N":"1795466000"},"what":{"S":"login"}}},{"M":{"at":{"N":"1795466100"},"what":{"S":"change"}}}]}}}"#,
    );
    body
}

fn item() -> Item {
    match decode(Operation::PutItem, put_body().as_bytes(), Wording::Classic) {
        Ok(Request::PutItem(put)) => put.item,
        other => panic!("the sample is a PutItem, not {other:?}"),
    }
}

criterion_group!(codec, decoding, encoding);
criterion_main!(codec);
