//! Text inside markup.
//!
//! Must hold: every text that is not a literal of ours goes through [`Text`].

use std::fmt::{Display, Formatter, Result, Write as _};

/// Text as the content of an element or of a quoted attribute.
pub(super) struct Text<'a>(pub(super) &'a str);

impl Display for Text<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        for c in self.0.chars() {
            match c {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                // XML has no way to write these, and HTML no use for them.
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                    out.write_char(char::REPLACEMENT_CHARACTER)?;
                }
                c => out.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        let text = Text("<a href=\"x\" class='y'>&amp;\0\u{85}µ</a>").to_string();

        assert_eq!(text, "&lt;a href=&quot;x&quot; class=&#39;y&#39;&gt;&amp;amp;��µ&lt;/a&gt;");
    }
}
