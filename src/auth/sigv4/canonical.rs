//! The canonical request, hashed as it is written down and never held.
//!
//!     POST \n / \n query \n name:value \n … \n \n name;name;… \n hex(SHA-256(body))
//!
//! Must hold: values of one name are joined with commas in the order in which they came; spaces
//! at the ends are left out and a run of them is one.

use sha2::{Digest as _, Sha256};

use super::Request;

/// SHA-256 of the canonical form of a request, given the hash of its body.
pub(super) fn request_sha256(request: &Request<'_>, signed: &str, body_sha256: &Hex) -> Hex {
    let mut hasher = Sha256::new();
    for line in [request.method, request.path, request.query] {
        hasher.update(line);
        hasher.update("\n");
    }
    for name in signed.split(';') {
        hasher.update(name);
        let mut separator = ":";
        for (_, value) in request.headers.iter().filter(|(came, _)| *came == name) {
            hasher.update(separator);
            update_with_value(&mut hasher, value);
            separator = ",";
        }
        hasher.update("\n");
    }
    for piece in ["\n", signed, "\n", body_sha256.as_str()] {
        hasher.update(piece);
    }
    Hex::of(&hasher.finalize().into())
}

fn update_with_value(hasher: &mut Sha256, value: &[u8]) {
    // Hardly any value has two spaces in a row; the others are hashed as they lie.
    if !value.windows(2).any(|pair| pair == b"  ") {
        return hasher.update(value.trim_ascii());
    }
    let mut separator = "";
    for word in value.trim_ascii().split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        hasher.update(separator);
        hasher.update(word);
        separator = " ";
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

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("hexadecimal digits are ASCII")
    }
}

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";
