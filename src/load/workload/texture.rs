//! Random text: words, which shrink under compression as text does, and noise, which does not.
//!
//! Must hold: both are plain ASCII that JSON takes as it is; a kilobyte costs well under a
//! microsecond.

use std::sync::LazyLock;

use super::random::Random;

/// What a text is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Texture {
    /// Words of a small language, common ones more often.
    Words,
    /// Letters and digits, each of 64 as often as any other.
    Noise,
}

/// A word, a space behind it, and how many bytes that is.
#[derive(Clone, Copy)]
struct Word {
    bytes: [u8; SLOT],
    length: usize,
}

impl Texture {
    /// Appends a text of so many bytes.
    pub(super) fn write(self, size: usize, random: &mut Random, out: &mut Vec<u8>) {
        match self {
            Self::Words => write_words(size, random, out),
            Self::Noise => write_noise(size, random, out),
        }
    }
}

fn write_words(size: usize, random: &mut Random, out: &mut Vec<u8>) {
    let words = &*WORDS;
    let start = out.len();
    let end = start + size;
    // Whole slots are copied, so that the last word may reach beyond the end.
    out.resize(end + SLOT, b' ');
    let mut at = start;
    while at < end {
        let mut bits = random.bits();
        for _ in 0..WORDS_PER_DRAW {
            // The product of two places leans to the common words.
            let place = ((bits & PLACE_MASK) * ((bits >> PLACE_BITS) & PLACE_MASK)) >> PLACE_BITS;
            bits >>= 2 * PLACE_BITS;
            let word = &words[usize::try_from(place).expect("10 bits")];
            out[at..at + SLOT].copy_from_slice(&word.bytes);
            at += word.length;
            if at >= end {
                break;
            }
        }
    }
    out.truncate(end);
}

fn write_noise(size: usize, random: &mut Random, out: &mut Vec<u8>) {
    let end = out.len() + size;
    out.reserve(size + LETTERS_PER_DRAW);
    while out.len() < end {
        let bits = random.bits();
        let letter =
            |place: usize| LETTERS[usize::try_from((bits >> (6 * place)) & 63).expect("6 bits")];
        out.extend_from_slice(&std::array::from_fn::<u8, LETTERS_PER_DRAW, _>(letter));
    }
    out.truncate(end);
}

/// The language: words of one to four syllables, short ones first.
static WORDS: LazyLock<Vec<Word>> = LazyLock::new(|| {
    let mut random = Random::new(0, 0);
    (0..1_u64 << PLACE_BITS).map(|place| Word::new(1 + place / 300, &mut random)).collect()
});

impl Word {
    fn new(syllables: u64, random: &mut Random) -> Self {
        let mut bytes = [b' '; SLOT];
        let mut length = 0;
        for _ in 0..syllables {
            let last = random.below(3) == 0;
            let letters = [CONSONANTS, VOWELS, CONSONANTS];
            for set in &letters[..if last { 3 } else { 2 }] {
                bytes[length] = set[random.place(set.len())];
                length += 1;
            }
        }
        Self { bytes, length: length + 1 }
    }
}

/// Four syllables of three letters and a space fit.
const SLOT: usize = 16;
const PLACE_BITS: u32 = 10;
const PLACE_MASK: u64 = (1 << PLACE_BITS) - 1;
const WORDS_PER_DRAW: usize = 3;
const LETTERS_PER_DRAW: usize = 10;
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CONSONANTS: &[u8] = b"bcdfghklmnprstvw";
const VOWELS: &[u8] = b"aeiou";

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    fn compressed_share(texture: Texture) -> f64 {
        let mut text = Vec::new();
        let mut random = Random::new(7, 0);
        for _ in 0..256 {
            texture.write(1_000, &mut random, &mut text);
        }
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&text).expect("memory takes it");
        let compressed = encoder.finish().expect("memory takes it");
        #[expect(clippy::cast_precision_loss, reason = "a quarter of a megabyte")]
        let share = compressed.len() as f64 / text.len() as f64;
        share
    }

    #[test]
    fn words_shrink_as_text_does_and_noise_only_by_its_alphabet() {
        let words = compressed_share(Texture::Words);
        let noise = compressed_share(Texture::Noise);

        assert!((0.30..0.50).contains(&words), "{words}");
        assert!(noise > 0.74, "6 of 8 bits are random: {noise}");
    }

    #[test]
    fn texts_have_the_size_that_was_asked_for_and_need_no_escaping() {
        let mut random = Random::new(1, 0);
        for texture in [Texture::Words, Texture::Noise] {
            for size in [1, 2, 9, 10, 11, 100, 4_097] {
                let mut text = b"before".to_vec();

                texture.write(size, &mut random, &mut text);

                assert_eq!(text.len(), 6 + size);
                let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" -_".contains(byte);
                assert!(text.iter().all(plain), "{text:?}");
            }
        }
    }
}
