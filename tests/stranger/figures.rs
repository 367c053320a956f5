//! How quick a start is and how little an idle server holds.
//!
//! `scripts/prove` states the figures; here the memory only must not be off by an order of magnitude.

use serde_json::json;

use crate::support::{Launch, Stopwatch, figure, scratch};

#[test]
fn an_empty_directory_serves_soon_and_idles_on_little_memory() {
    let parent = scratch();
    let watch = Stopwatch::start();

    let server = Launch::on(&parent.path().join("data")).start();
    let answer = server.db().call("ListTables", &json!({}));

    let (first_answer, resident_kb) = (watch.elapsed(), server.resident_kb());
    assert_eq!(answer.ok()["TableNames"], json!([]));
    figure(&format!("start_to_first_answer={first_answer:.1?} idle_resident_kb={resident_kb}"));
    assert!(resident_kb < 400_000, "idle memory is {resident_kb} KB");
}
