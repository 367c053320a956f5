//! The pieces that every answer is written with.

use std::fmt::Display;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::scan::plain_run;

/// Writes the commas between the members of an object or the elements of a list.
pub(in crate::wire::json) struct Separator {
    first: bool,
}

impl Separator {
    /// For an object or list whose opening was written.
    pub(in crate::wire::json) fn start() -> Self {
        Self { first: true }
    }

    /// For an object that has members already.
    pub(in crate::wire::json) fn after_some() -> Self {
        Self { first: false }
    }

    /// Writes what stands before the next element.
    pub(in crate::wire::json) fn next(&mut self, out: &mut Vec<u8>) {
        if !self.first {
            out.push(b',');
        }
        self.first = false;
    }

    /// Writes the next member's name.
    pub(in crate::wire::json) fn name(&mut self, out: &mut Vec<u8>, name: &str) {
        self.next(out);
        text(out, name);
        out.push(b':');
    }
}

/// Writes a text in quotes, with escapes where JSON asks for them.
pub(in crate::wire::json) fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (plain, marked) = rest.split_at(plain_run(rest));
        out.extend_from_slice(plain);
        let Some((&byte, behind)) = marked.split_first() else { break };
        escape(out, byte);
        rest = behind;
    }
    out.push(b'"');
}

/// Writes bytes as a base64 text.
pub(in crate::wire::json) fn blob(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    STANDARD.encode_slice(bytes, &mut out[start..]).expect("every three bytes have room for four");
    out.push(b'"');
}

/// Writes a number or other text that JSON takes as it is.
pub(in crate::wire::json) fn plain(out: &mut Vec<u8>, value: impl Display) {
    write!(out, "{value}").expect("a Vec takes all bytes");
}

/// Writes a list, each element by `element`.
pub(in crate::wire::json) fn list<T>(
    out: &mut Vec<u8>,
    elements: impl IntoIterator<Item = T>,
    mut element: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    let mut separator = Separator::start();
    for each in elements {
        separator.next(out);
        element(out, each);
    }
    out.push(b']');
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0C => b'f',
        _ => return plain(out, format_args!("\\u{byte:04x}")),
    };
    out.extend_from_slice(&[b'\\', short]);
}
