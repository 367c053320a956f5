//! The recorded frames in `tests/data/dax/`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::World;

/// One call of one client.
pub(super) struct Recorded {
    pub(super) path: PathBuf,
    pub(super) json: Value,
}

impl Recorded {
    /// Every file of a directory.
    pub(super) fn all(directory: &str) -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dax").join(directory);
        let mut paths: Vec<PathBuf> = fs::read_dir(&root)
            .expect("recorded frames")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        paths.sort();
        assert!(!paths.is_empty(), "{}", root.display());
        paths.into_iter().map(Self::read).collect()
    }

    pub(super) fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).expect("a recorded call");
        Self { json: serde_json::from_str(&text).expect("JSON"), path }
    }

    pub(super) fn name(&self) -> &str {
        self.json["name"].as_str().unwrap_or_default()
    }

    pub(super) fn bytes(&self, member: &str) -> Vec<u8> {
        hex(self.json[member].as_str().unwrap_or_default())
    }

    /// The operation in DynamoDB's spelling.
    pub(super) fn operation(&self) -> String {
        let call = self.json["call"].as_str().unwrap_or_default();
        let word = |word: &str| match word.split_at_checked(1) {
            Some((first, rest)) => first.to_uppercase() + rest,
            None => String::new(),
        };
        call.split('_').map(word).collect()
    }

    /// The body that would ask for the same over HTTP, with placeholders for these names.
    pub(super) fn body(&self, reserved: &[&str]) -> Vec<u8> {
        let mut params = plain(&self.json["params"]);
        let members = params.as_object_mut().expect("parameters");
        for word in reserved {
            let mut is_used = false;
            for (name, text) in members.iter_mut() {
                if let (true, Value::String(text)) = (name.ends_with("Expression"), text) {
                    let written = with_placeholder(text, word);
                    is_used |= written != *text;
                    *text = written;
                }
            }
            if is_used {
                let names = members.entry("ExpressionAttributeNames").or_insert(json!({}));
                names[format!("#{word}")] = json!(word);
            }
        }
        serde_json::to_vec(&params).expect("JSON")
    }

    pub(super) fn world(&self) -> World {
        let mut world = World::default();
        let schemas = self.json["key_schemas"].as_object();
        for (table, keys) in schemas.into_iter().flatten() {
            let keys: Vec<(&str, &str)> = keys
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)))
                .collect();
            world = world.with_table(table, &keys);
        }
        let lists = self.json["attribute_lists"].as_object();
        for (id, names) in lists.into_iter().flatten() {
            let names = names.as_array().into_iter().flatten();
            let names = names.filter_map(|name| name.as_str().map(Box::from)).collect();
            world.lists.borrow_mut().push((id.parse().expect("an id"), names));
        }
        world
    }
}

/// A text with a placeholder in place of a name, where it is one.
fn with_placeholder(text: &str, name: &str) -> String {
    let is_part = |character: char| character.is_ascii_alphanumeric() || ":#_".contains(character);
    let words = text.split_inclusive(|character| !is_part(character));
    words
        .map(|word| {
            let bare = word.trim_end_matches(|character| !is_part(character));
            if bare == name { format!("#{word}") } else { word.to_owned() }
        })
        .collect()
}

/// JSON as DynamoDB writes it, where bytes are base64.
pub(super) fn plain(value: &Value) -> Value {
    match value {
        Value::Object(members) => match members.get("__b64") {
            Some(base64) => base64.clone(),
            None => members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        },
        Value::Array(elements) => elements.iter().map(plain).collect(),
        other => other.clone(),
    }
}

pub(super) fn hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("two digits");
    (0..text.len()).step_by(2).map(byte).collect()
}
