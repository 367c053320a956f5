//! Values of attributes: how they are drawn and written as DynamoDB's JSON.
//!
//! Must hold: no value is longer than [`Value::bytes_max`] says.
//! Not here: which attribute has which (`table.rs`), values in expressions (`clauses.rs`).

use rand_distr::Zipf;
use serde_json::json;

use super::Error;
use super::keys::rank;
use super::limits::{CHOICES_MAX, ITEM_BYTES_MAX};
use super::random::Random;
use super::section::{Cell, Section};
use super::size::Size;
use super::texture::Texture;

/// Draws values.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A random text.
    Text { size: Size, texture: Texture },
    /// A whole number from `min` to `max`.
    Number { min: i64, max: i64 },
    /// The number of the item, counted from `start`.
    Counter { start: i64 },
    /// One of several.
    Choice { of: Vec<Literal>, skew: Option<Zipf<f64>> },
    /// Always the same.
    Constant(Literal),
}

/// A value that is written in the file.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    /// As DynamoDB's JSON.
    json: Box<str>,
    kind: ScalarType,
    bytes: u64,
}

/// The types that values have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ScalarType {
    String,
    Number,
    Boolean,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Counter,
    Choice,
    Constant,
}

impl Value {
    /// Reads a value; its section may have `also` beside the keys of its type.
    pub(super) fn read(section: &Section<'_>, also: &[&'static str]) -> Result<Self, Error> {
        let kind = section.need("type")?.word(&[
            ("text", Kind::Text),
            ("number", Kind::Number),
            ("counter", Kind::Counter),
            ("choice", Kind::Choice),
            ("constant", Kind::Constant),
        ])?;
        let own: &[&str] = match kind {
            Kind::Text => &["size", "compressible"],
            Kind::Number => &["min", "max"],
            Kind::Counter => &["start"],
            Kind::Choice => &["of", "prefix", "count", "exponent"],
            Kind::Constant => &["value"],
        };
        section.knows(&[&["type"], own, also].concat())?;
        match kind {
            Kind::Text => {
                let size = Size::read(&section.need("size")?, 1..=ITEM_BYTES_MAX)?;
                let words = section.find("compressible").map_or(Ok(true), |cell| cell.flag())?;
                let texture = if words { Texture::Words } else { Texture::Noise };
                Ok(Self::Text { size, texture })
            }
            Kind::Number => {
                let (min, max) = (section.need("min")?.signed()?, section.need("max")?);
                let end = max.signed()?;
                if end < min {
                    return Err(max.wrong(format!("it is below min, which is {min}")));
                }
                Ok(Self::Number { min, max: end })
            }
            Kind::Counter => {
                let start = section.find("start").map_or(Ok(0), |cell| cell.signed())?;
                Ok(Self::Counter { start })
            }
            Kind::Choice => read_choice(section),
            Kind::Constant => Ok(Self::Constant(Literal::read(&section.need("value")?)?)),
        }
    }

    /// The type of all its values.
    pub(super) fn kind(&self) -> ScalarType {
        match self {
            Self::Text { .. } => ScalarType::String,
            Self::Number { .. } | Self::Counter { .. } => ScalarType::Number,
            Self::Choice { of, .. } => of.first().map_or(ScalarType::String, |first| first.kind),
            Self::Constant(literal) => literal.kind,
        }
    }

    /// The size of its largest value, as DynamoDB counts it or more.
    pub(super) fn bytes_max(&self) -> u64 {
        match self {
            Self::Text { size, .. } => size.max(),
            Self::Number { .. } | Self::Counter { .. } => NUMBER_BYTES_MAX,
            Self::Choice { of, .. } => of.iter().map(|one| one.bytes).max().unwrap_or_default(),
            Self::Constant(literal) => literal.bytes,
        }
    }

    /// Whether another draw is likely to give the same value, or an item's number does.
    pub(super) fn repeats(&self) -> bool {
        match self {
            Self::Text { .. } => false,
            Self::Number { .. }
            | Self::Counter { .. }
            | Self::Choice { .. }
            | Self::Constant(_) => true,
        }
    }

    /// Appends one, of the item with this number.
    pub(super) fn write(&self, number: u64, random: &mut Random, out: &mut Vec<u8>) {
        match self {
            Self::Text { size, texture } => {
                out.extend_from_slice(b"{\"S\":\"");
                texture.write(size.draw_length(random), random, out);
                out.extend_from_slice(b"\"}");
            }
            Self::Number { min, max } => {
                let drawn = random.below(max.abs_diff(*min) + 1);
                write_number(min.saturating_add_unsigned(drawn), out);
            }
            Self::Counter { start } => write_number(start.saturating_add_unsigned(number), out),
            Self::Choice { of, skew } => {
                let place = match skew {
                    Some(zipf) => usize::try_from(rank(zipf, of.len() as u64, random))
                        .expect("below the number of choices"),
                    None => random.place(of.len()),
                };
                out.extend_from_slice(of[place].json.as_bytes());
            }
            Self::Constant(literal) => out.extend_from_slice(literal.json.as_bytes()),
        }
    }
}

impl Literal {
    fn read(cell: &Cell<'_>) -> Result<Self, Error> {
        if let Some(text) = cell.as_text() {
            return Ok(Self::text(text));
        }
        if let Ok(number) = cell.signed() {
            let json = json!({"N": number.to_string()}).to_string();
            return Ok(Self {
                json: json.into(),
                kind: ScalarType::Number,
                bytes: NUMBER_BYTES_MAX,
            });
        }
        let flag = cell.flag().map_err(|_| cell.unlike("a text, a whole number, true or false"))?;
        let json = json!({"BOOL": flag}).to_string();
        Ok(Self { json: json.into(), kind: ScalarType::Boolean, bytes: 1 })
    }

    fn text(text: &str) -> Self {
        let json = json!({"S": text}).to_string();
        let bytes = u64::try_from(text.len()).expect("a text is shorter than 2^64");
        Self { json: json.into(), kind: ScalarType::String, bytes }
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most 100,000 choices")]
fn read_choice(section: &Section<'_>) -> Result<Value, Error> {
    let of = match (section.find("of"), section.find("count")) {
        (Some(of), None) => {
            let most = usize::try_from(CHOICES_MAX).expect("a small constant");
            let of = of.list(1..=most)?;
            of.iter().map(Literal::read).collect::<Result<Vec<_>, _>>()?
        }
        (None, Some(count)) => {
            let prefix = section.find("prefix").map_or(Ok(""), |cell| cell.text(0..=100))?;
            let count = count.whole(1..=CHOICES_MAX)?;
            (0..count).map(|number| Literal::text(&format!("{prefix}{number}"))).collect()
        }
        (Some(_), Some(count)) => return Err(count.wrong("of is set too; one of them says it")),
        (None, None) => return Err(section.wrong("a choice needs of, or prefix and count")),
    };
    if of.iter().any(|one| one.kind != of[0].kind) {
        return Err(section.wrong("all that is chosen from must be of one kind"));
    }
    let exponent = section.find("exponent").map(|cell| cell.real(0.01..=5.0)).transpose()?;
    let skew = exponent.map(|exponent| {
        Zipf::new(of.len() as f64, exponent).expect("the exponent is positive and a choice there")
    });
    Ok(Value::Choice { of, skew })
}

fn write_number(number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"N\":\"");
    if number < 0 {
        out.push(b'-');
    }
    write_digits(number.unsigned_abs(), 1, out);
    out.extend_from_slice(b"\"}");
}

/// Appends a number with at least so many digits.
pub(super) fn write_digits(number: u64, digits: usize, out: &mut Vec<u8>) {
    let mut places = [b'0'; DIGITS_MAX];
    let mut rest = number;
    let mut first = DIGITS_MAX;
    while rest > 0 {
        first -= 1;
        places[first] = b'0' + u8::try_from(rest % 10).expect("a digit");
        rest /= 10;
    }
    out.extend_from_slice(&places[first.min(DIGITS_MAX - digits.min(DIGITS_MAX))..]);
}

/// 2^64 has so many digits.
pub(super) const DIGITS_MAX: usize = 20;
/// No number that is drawn takes more in DynamoDB's count.
const NUMBER_BYTES_MAX: u64 = 21;
