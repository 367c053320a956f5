//! Any text as an update, on any item: nothing panics, what is read can be printed and read again,
//! and what becomes of an item is an item.

#![no_main]

mod drawn;
mod printed;
mod tried;

use hearth::expr::parse_update;
use hearth::model::{ITEM_BYTES_MAX, ItemRef};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((text, item)) = tried::split(input) else { return };
    let update = match parse_update(text, &mut tried::placeholders()) {
        Ok(update) => update,
        Err(error) => return drop(error.to_string()),
    };
    if let Some(again) = printed::again(update.print(), parse_update) {
        assert_eq!(again, update);
    }
    let image = item.encode();
    let changed = match update.apply(image.view()) {
        Ok(changed) => changed,
        Err(error) => return drop(error.to_string()),
    };
    ItemRef::check(changed.stored()).expect("what an update leaves is an item");
    assert!(changed.view().size() <= ITEM_BYTES_MAX);
    for item in [image.view(), changed.view()] {
        let found = update.targets().any(|target| target.find(item).is_some());
        let projected = update.project_targets(item);
        assert_eq!(found, projected.is_some());
        projected.map(|projected| ItemRef::check(projected.stored()).map(drop));
    }
});
