//! The canonical request, hashed as it is written down and never held.
//!
//!     POST \n / \n query \n name:value \n … \n \n name;name;… \n hex(SHA-256(body))
//!
//! Must hold: values of one name are joined with commas in the order in which they came; spaces
//! at the ends are left out and a run of them is one.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::Request;
use super::headers::SignedHeaders;

/// SHA-256 of the canonical form of a request, given the hash of its body.
///
/// `list` names the signed headers as the client wrote it.
pub(super) fn request_sha256(
    request: &Request<'_>,
    signed: &SignedHeaders,
    list: &str,
    body_sha256: &Hex,
) -> Hex {
    let mut sink = Sink::new();
    for line in [request.method, request.path, request.query] {
        sink.write(line.as_bytes());
        sink.write(b"\n");
    }
    let mut name_before = "";
    for (name, value) in signed.iter(request.headers) {
        if name == name_before {
            sink.write(b",");
        } else {
            sink.write(if name_before.is_empty() { b"" } else { b"\n" });
            sink.write(name.as_bytes());
            sink.write(b":");
        }
        write_value(&mut sink, value);
        name_before = name;
    }
    for piece in ["\n\n", list, "\n", body_sha256.as_str()] {
        sink.write(piece.as_bytes());
    }
    Hex::of(&sink.sha256())
}

fn write_value(sink: &mut Sink, value: &[u8]) {
    let value = value.trim_ascii();
    // Most values have no space at all and are taken as they lie.
    if !value.contains(&b' ') {
        return sink.write(value);
    }
    let mut separator: &[u8] = b"";
    for word in value.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        sink.write(separator);
        sink.write(word);
        separator = b" ";
    }
}

/// A hash behind a buffer, since a hash takes many short pieces slowly.
struct Sink {
    hasher: Sha256,
    buffer: [u8; BUFFER_BYTES],
    filled: usize,
}

impl Sink {
    fn new() -> Self {
        Self { hasher: Sha256::new(), buffer: [0; BUFFER_BYTES], filled: 0 }
    }

    #[inline]
    fn write(&mut self, piece: &[u8]) {
        let end = self.filled + piece.len();
        if let Some(free) = self.buffer.get_mut(self.filled..end) {
            free.copy_from_slice(piece);
            self.filled = end;
            return;
        }
        self.hasher.update(&self.buffer[..self.filled]);
        self.hasher.update(piece);
        self.filled = 0;
    }

    fn sha256(mut self) -> [u8; 32] {
        self.hasher.update(&self.buffer[..self.filled]);
        self.hasher.finalize().into()
    }
}

/// Thirty-two bytes as lower-case hexadecimal digits.
#[derive(Debug)]
pub(super) struct Hex([u8; 64]);

impl Hex {
    pub(super) fn of(bytes: &[u8; 32]) -> Self {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
            pair[0] = HEX_DIGITS[usize::from(byte >> 4)];
            pair[1] = HEX_DIGITS[usize::from(byte & 0x0f)];
        }
        Self(digits)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether `text` is these digits, in a time that does not depend on where they differ.
    pub(super) fn is(&self, text: &[u8]) -> bool {
        let Ok(text) = <&[u8; 64]>::try_from(text) else { return false };
        let words = |digits: &[u8; 64]| {
            let mut words = [0; 8];
            for (word, bytes) in words.iter_mut().zip(digits.chunks_exact(8)) {
                *word = u64::from_ne_bytes(bytes.try_into().expect("chunks of eight bytes"));
            }
            words
        };
        words(&self.0).ct_eq(&words(text)).into()
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("hexadecimal digits are ASCII")
    }
}

/// Holds the canonical request of any SDK.
const BUFFER_BYTES: usize = 512;
const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";
