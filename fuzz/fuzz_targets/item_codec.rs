//! Any bytes as a stored item, and any item as bytes: nothing panics, and what was written is read
//! as the same.

#![no_main]

mod drawn;

use hearth::model::{Item, ItemRef, encode_attributes};
use libfuzzer_sys::arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(view) = ItemRef::check(bytes) {
        let _size = view.size();
        check(&owned(view));
    }
    let any_name = |source: &mut Unstructured<'_>, _| source.arbitrary();
    if let Ok(item) = drawn::item(&mut Unstructured::new(bytes), &any_name) {
        check(&item);
    }
});

fn check(item: &Item) {
    let stored = encode_attributes(&item.attributes);
    let view = ItemRef::check(&stored).expect("what was encoded");
    assert_eq!(&owned(view), item);
}

fn owned(view: ItemRef<'_>) -> Item {
    let attributes = view.attributes().map(|(name, value)| (name.to_owned(), value.to_value()));
    Item { attributes: attributes.collect() }
}
