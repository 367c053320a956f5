//! Printed expressions, read again.

use hearth::expr::{Placeholders, Printed};

/// Reads a printed expression again, unless it is longer than an expression may be.
pub fn again<T, E: std::fmt::Debug>(
    printed: Printed,
    parse: impl Fn(&str, &mut Placeholders) -> Result<T, E>,
) -> Option<T> {
    if printed.text.len() > EXPRESSION_BYTES_MAX {
        return None;
    }
    let names = (!printed.names.is_empty()).then_some(printed.names);
    let values = (!printed.values.is_empty()).then_some(printed.values);
    let mut placeholders =
        Placeholders::new(names, values).expect("what is printed is well formed");
    let tree = parse(&printed.text, &mut placeholders).expect("what is printed is an expression");
    placeholders.check_used().expect("nothing is given out for nothing");
    Some(tree)
}

const EXPRESSION_BYTES_MAX: usize = 4_096;
