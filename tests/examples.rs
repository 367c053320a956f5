//! The programs under `examples/` against a real server: they end well and say what they should.
//!
//! `cargo test` builds them along with all tests; `cargo test --test examples` alone does not, and
//! then wants `cargo build --examples` before it, with the same profile.

mod support;

use std::path::PathBuf;
use std::process::Command;

use support::{Launch, scratch};

#[test]
fn the_shopping_cart_never_sells_more_than_there_is() {
    let said = run("shopping_cart");

    assert_eq!(
        said,
        "the catalogue has 3 products\n\
         the only desk went to ada, eve was refused: true\n\
         10 customers wanted one of 3 lamps, 3 got one\n\
         ada's cart: 4 × chair\n\
         ada's cart: 1 × desk\n\
         ada pays 520\n\
         left in stock: 0 lamps, 6 chairs\n"
    );
}

#[test]
fn the_leaderboard_shows_the_best_first_page_by_page() {
    let said = run("leaderboard");

    // Bob's first score has left the index.
    assert_eq!(
        said,
        "bob improves to 950: true\n\
         cy plays worse than before: false\n\
         1. cy 1200\n\
         2. bob 950\n\
         3. ada 900\n\
         4. flo 730\n\
         5. eve 400\n\
         6. dee 90\n\
         ada's best in chess: 900\n\
         ada's best in go: 55\n"
    );
}

/// Runs an example against a server of its own and gives what it printed.
fn run(example: &str) -> String {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    let output = Command::new(program(example))
        .env("AWS_ENDPOINT_URL_DYNAMODB", server.endpoint())
        .output()
        .expect("cargo builds the examples along with the tests");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{example} failed: {error}");
    String::from_utf8(output.stdout).expect("the example prints text")
}

/// Where cargo put the example: beside the directory of this test.
fn program(example: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let profile = test.ancestors().nth(2).expect("tests lie in deps/ of their profile");
    profile.join("examples").join(example)
}
