//! What a request named, as a message shows it: cut where the answer would grow beyond what anyone
//! reads.
//!
//! Must hold: of a text without end no more is copied than is shown.
//! Not here: the limit of whole messages (`api/error.rs`), which cuts what stands behind as well.

use std::fmt::{self, Display, Write};

/// Shows the beginning, and that something is missing if it is.
#[derive(Clone, Copy, Debug)]
pub struct Cut<T>(pub T);

impl<T: Display> Display for Cut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut head = Head { out: f, left: SHOWN_BYTES_MAX, is_cut: false };
        let written = write!(head, "{}", self.0);
        if head.is_cut { f.write_str("...") } else { written }
    }
}

/// Takes what still fits, and then refuses more, which ends the writing.
struct Head<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    left: usize,
    is_cut: bool,
}

impl Write for Head<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() <= self.left {
            self.left -= text.len();
            return self.out.write_str(text);
        }
        self.is_cut = true;
        self.out.write_str(&text[..text.floor_char_boundary(self.left)])?;
        Err(fmt::Error)
    }
}

const SHOWN_BYTES_MAX: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_shown_whole() {
        let whole = "x".repeat(SHOWN_BYTES_MAX);

        assert_eq!(Cut(&whole).to_string(), whole);
        assert_eq!(Cut(format_args!("{}{whole}", "")).to_string(), whole);
        assert_eq!(Cut("").to_string(), "");
    }

    #[test]
    fn what_does_not_fit_is_cut_between_characters() {
        let shown = Cut(format_args!("x{}{}", "é".repeat(SHOWN_BYTES_MAX), "y")).to_string();

        assert_eq!(shown, format!("x{}...", "é".repeat(SHOWN_BYTES_MAX / 2 - 1)));
    }
}
