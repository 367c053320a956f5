//! Any bytes as the body of every answer: nothing panics, and what was read can be written and is
//! then read as the same.

#![no_main]

use hearth::api::{PageImage, PageOutput, Response};
use hearth::wire::json::client::{
    ReadPage, batch_get_item, batch_write_item, decode_error, get_item, iterator, page, records,
    stream, table, tables, tags, transact_get_items, transact_write_items, write,
};
use hearth::wire::json::{Context, encode, encode_error};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    same(get_item(body).ok().map(Response::GetItem), |body| {
        get_item(body).map(Response::GetItem).ok()
    });
    same(write(body).ok().map(Response::PutItem), |body| write(body).map(Response::PutItem).ok());
    same(batch_get_item(body).ok().map(Response::BatchGetItem), |body| {
        batch_get_item(body).map(Response::BatchGetItem).ok()
    });
    same(batch_write_item(body).ok().map(Response::BatchWriteItem), |body| {
        batch_write_item(body).map(Response::BatchWriteItem).ok()
    });
    same(transact_get_items(body).ok().map(Response::TransactGetItems), |body| {
        transact_get_items(body).map(Response::TransactGetItems).ok()
    });
    same(transact_write_items(body).ok().map(Response::TransactWriteItems), |body| {
        transact_write_items(body).map(Response::TransactWriteItems).ok()
    });
    same(page(body).ok().map(of_page), |body| page(body).map(of_page).ok());
    same(tables(body).ok().map(Response::ListTables), |body| {
        tables(body).map(Response::ListTables).ok()
    });
    same(tags(body).ok().map(Response::ListTagsOfResource), |body| {
        tags(body).map(Response::ListTagsOfResource).ok()
    });
    drop((table(body), stream(body), iterator(body), records(body)));
    let refusal = body.to_vec().into();
    let read = decode_error(400, "ConditionalCheckFailedException", &refusal);
    let (status, told) = encode_error(&read);
    assert!(status == 400 && (read.passed.is_none() || told.body == refusal));
});

/// What was read once is read as the same once it was written.
fn same(read: Option<Response>, again: impl Fn(&[u8]) -> Option<Response>) {
    let Some(response) = read else { return };
    let body = encode(&response, Context { host: "" }).body;
    let again = again(&body).expect("what is written is read");
    assert_eq!(encode(&again, Context { host: "" }).body, body);
}

fn of_page(ReadPage { found, capacity }: ReadPage) -> Response {
    Response::Query(PageOutput { page: PageImage::of(found).into(), capacity })
}
