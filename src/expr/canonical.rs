//! Trees as bytes that tell them apart: equal trees, however they were written, are equal bytes.
//!
//! Must hold: different trees are different bytes: whatever is of no fixed length says how long it
//! is.
//! Not here: what else a request asks for (`proxy/page_key.rs`).

use super::condition::{Condition, Operand};
use super::path::{Path, Step};
use super::projection::Projection;
use crate::model::put_value;

impl Condition {
    /// Writes the condition's canonical bytes.
    pub fn put_canonical(&self, out: &mut Vec<u8>) {
        match self {
            Self::And(conditions) => put_list(out, 1, conditions, Self::put_canonical),
            Self::Or(conditions) => put_list(out, 2, conditions, Self::put_canonical),
            Self::Not(condition) => {
                out.push(3);
                condition.put_canonical(out);
            }
            Self::Compare(left, comparator, right) => {
                out.extend([4, *comparator as u8]);
                put_operand(out, left);
                put_operand(out, right);
            }
            Self::Between(tested, lower, upper) => {
                out.push(5);
                for operand in [tested, lower, upper] {
                    put_operand(out, operand);
                }
            }
            Self::In(tested, choices) => {
                out.push(6);
                put_operand(out, tested);
                put_list(out, 0, choices, |choice, out| put_operand(out, choice));
            }
            Self::Exists(path) => {
                out.push(7);
                put_path(out, path);
            }
            Self::NotExists(path) => {
                out.push(8);
                put_path(out, path);
            }
            Self::HasType(path, wanted) => {
                out.extend([9, *wanted as u8]);
                put_path(out, path);
            }
            Self::BeginsWith(tested, prefix) => {
                out.push(10);
                put_operand(out, tested);
                put_operand(out, prefix);
            }
            Self::Contains(tested, part) => {
                out.push(11);
                put_operand(out, tested);
                put_operand(out, part);
            }
        }
    }
}

impl Projection {
    /// Writes the projection's canonical bytes; the order of its paths does not count.
    pub fn put_canonical(&self, out: &mut Vec<u8>) {
        let bytes_of = |path| {
            let mut bytes = Vec::new();
            put_path(&mut bytes, path);
            bytes
        };
        let mut paths: Vec<Vec<u8>> = self.paths().iter().map(bytes_of).collect();
        paths.sort_unstable();
        put_list(out, u8::from(self.is_widened()), &paths, |path, out| out.extend_from_slice(path));
    }
}

fn put_list<T>(out: &mut Vec<u8>, tag: u8, elements: &[T], put: impl Fn(&T, &mut Vec<u8>)) {
    out.push(tag);
    put_length(out, elements.len());
    for element in elements {
        put(element, out);
    }
}

fn put_operand(out: &mut Vec<u8>, operand: &Operand) {
    match operand {
        Operand::Path(path) => {
            out.push(1);
            put_path(out, path);
        }
        Operand::Value(value) => {
            out.push(2);
            put_value(out, value);
        }
        Operand::Size(inner) => {
            out.push(3);
            put_operand(out, inner);
        }
    }
}

fn put_path(out: &mut Vec<u8>, path: &Path) {
    put_text(out, &path.attribute);
    put_length(out, path.steps.len());
    for step in &path.steps {
        match step {
            Step::Name(name) => {
                out.push(1);
                put_text(out, name);
            }
            Step::Index(index) => {
                out.push(2);
                out.extend_from_slice(&index.to_be_bytes());
            }
        }
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("an expression has at most 4 KiB, a value 400");
    out.extend_from_slice(&length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::{Placeholders, parse_filter, parse_projection};
    use crate::model::AttributeValue;

    /// The canonical bytes of a filter; `#a` stands for `a`, `:x` for a text.
    fn filter(text: &str) -> Vec<u8> {
        let names = vec![("#a".to_owned(), "a".to_owned()), ("#b".to_owned(), "b".to_owned())];
        let value = |name: &str, text: &str| (name.to_owned(), AttributeValue::S(text.into()));
        let values = vec![value(":x", "x"), value(":same", "x"), value(":y", "y")];
        let mut placeholders =
            Placeholders::new(Some(names), Some(values)).expect("they are well formed");
        let condition = parse_filter(text, &mut placeholders).expect("a filter");
        let mut bytes = Vec::new();
        condition.put_canonical(&mut bytes);
        bytes
    }

    fn projection(text: &str) -> Vec<u8> {
        let mut placeholders = Placeholders::default();
        let projection = parse_projection(text, &mut placeholders).expect("a projection");
        let mut bytes = Vec::new();
        projection.put_canonical(&mut bytes);
        bytes
    }

    #[test]
    fn how_an_expression_is_written_makes_no_difference() {
        let equal = [
            ("a = :x", " ( #a=:same ) "),
            ("a = :x AND b < :y", "((#a = :x) and (#b < :y))"),
            ("NOT contains(a, :x)", "not (contains(#a,:same))"),
        ];
        for (one, other) in equal {
            assert_eq!(filter(one), filter(other), "{one}");
        }
        assert_eq!(projection("a, b.c[1]"), projection("b.c[1],a"));
    }

    #[test]
    fn different_expressions_are_different_bytes() {
        let texts = [
            "a = :x",
            "a <> :x",
            "a = :y",
            "b = :x",
            "size(a) = :x",
            "a.b = :x",
            "a[0] = :x",
            "a[1] = :x",
            "NOT a = :x",
            "a = :x AND b = :x",
            "a = :x OR b = :x",
            "a IN (:x)",
            "a IN (:x, :y)",
            "a BETWEEN :x AND :y",
            "begins_with(a, :x)",
            "contains(a, :x)",
            "attribute_exists(a)",
            "attribute_not_exists(a)",
        ];
        let mut all: Vec<_> = texts.iter().map(|text| filter(text)).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), texts.len());
        assert_ne!(projection("a, b"), projection("a"));
        assert_ne!(projection("a.b"), projection("a, b"));
    }
}
