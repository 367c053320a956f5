//! An owned item: names and values, as a request brings them.
//!
//! Not here: the bytes that it is stored as (`write.rs`, `view.rs`).

use super::image::ItemImage;
use super::value::AttributeValue;
use super::write::encode_attributes;

/// An item: attribute names and values, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// The attributes; no name appears twice.
    pub attributes: Vec<(String, AttributeValue)>,
}

impl Item {
    /// The value of the attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&AttributeValue> {
        self.attributes.iter().find(|(given, _)| given == name).map(|(_, value)| value)
    }

    /// The item in its stored form.
    pub fn encode(&self) -> ItemImage {
        ItemImage::new(&encode_attributes(&self.attributes))
            .expect("what the encoder writes is what the view reads")
    }
}

impl<const N: usize> From<[(&str, AttributeValue); N]> for Item {
    fn from(attributes: [(&str, AttributeValue); N]) -> Self {
        let own = |(name, value): (&str, AttributeValue)| (name.to_owned(), value);
        Self { attributes: attributes.into_iter().map(own).collect() }
    }
}
