//! Any text as a projection, on any item: nothing panics, what is read can be printed and read
//! again, and what is left of an item is an item.

#![no_main]

mod drawn;
mod printed;
mod tried;

use hearth::expr::parse_projection;
use hearth::model::ItemRef;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((text, item)) = tried::split(input) else { return };
    let projection = match parse_projection(text, &mut tried::placeholders()) {
        Ok(projection) => projection,
        Err(error) => return drop(error.to_string()),
    };
    if let Some(again) = printed::again(projection.print(), parse_projection) {
        assert_eq!(again, projection);
    }
    let image = item.encode();
    let left = projection.project(image.view());
    ItemRef::check(left.stored()).expect("what is left is an item");
    assert!(left.view().size() <= image.view().size(), "less is left than there was");
    let found = projection.paths().iter().any(|path| path.find(image.view()).is_some());
    assert_eq!(found, left.view().attributes().next().is_some());
});
