//! Figures as people read them: three digits and a unit.
//!
//! Must hold: a figure shown is within half a percent of what was measured.
//! Not here: where the figures come from (`figures.rs`).

/// A latency: `850 ns`, `85.2 µs`, `1.24 ms`, `12.3 s`.
pub fn latency(ns: u64) -> String {
    let mut value = float(ns);
    let mut units = ["ns", "µs", "ms"].into_iter();
    loop {
        let Some(unit) = units.next() else { return format!("{} s", three_digits(value)) };
        // 999.6 would be shown as 1000.
        if value < 999.5 {
            let digits = if unit == "ns" { format!("{value:.0}") } else { three_digits(value) };
            return format!("{digits} {unit}");
        }
        value /= 1_000.0;
    }
}

/// A count with a comma between thousands.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many a second, without the "/s".
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no rate is negative or beyond 2^53"
)]
pub fn rate(per_second: f64) -> String {
    if per_second >= 99.95 || per_second.fract() == 0.0 {
        return count(per_second.round() as u64);
    }
    three_digits(per_second)
}

/// A share of one in percent; what is not quite all or nothing is not shown as that.
pub fn percent(share: f64) -> String {
    let text = match share {
        share if share > 0.0 && share < 0.000_1 => "<0.01".to_owned(),
        share if share < 1.0 && share > 0.999_9 => ">99.99".to_owned(),
        // The whole numbers at both ends are exact.
        share if share <= 0.0 || share >= 1.0 => format!("{:.0}", share * 100.0),
        share if !(0.01..0.99).contains(&share) => format!("{:.2}", share * 100.0),
        share => format!("{:.1}", share * 100.0),
    };
    format!("{text} %")
}

/// A span: `30 s`, `1.5 s`, `2 min`.
pub fn span(span: std::time::Duration) -> String {
    let seconds = span.as_secs_f64();
    let whole_minutes = span.as_secs() >= 60 && span.as_secs().is_multiple_of(60);
    if whole_minutes && span.subsec_nanos() == 0 {
        return format!("{} min", count(span.as_secs() / 60));
    }
    format!("{} s", rate(seconds))
}

/// Text of others on a line of a terminal: what would move the cursor is shown as �.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// A count to reckon with; beyond 2^53 only about right.
#[expect(clippy::cast_precision_loss, reason = "no figure has more than fifteen digits")]
pub fn float(count: u64) -> f64 {
    count as f64
}

fn three_digits(value: f64) -> String {
    match value {
        value if value < 9.995 => format!("{value:.2}"),
        value if value < 99.95 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn latencies_have_three_digits_and_a_unit() {
        for (ns, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (85_230, "85.2 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (12_340_000, "12.3 ms"),
            (2_000_000_000, "2.00 s"),
            (600_000_000_000, "600 s"),
        ] {
            assert_eq!(latency(ns), text, "{ns}");
        }
    }

    #[test]
    fn counts_rates_and_shares_are_readable() {
        assert_eq!(
            (count(0), count(999), count(1_234_567)),
            ("0".into(), "999".into(), "1,234,567".into())
        );
        assert_eq!(
            (rate(1_000.4), rate(12.34), rate(0.5)),
            ("1,000".into(), "12.3".into(), "0.50".into())
        );
        let shares = [0.0, 0.000_01, 0.005, 0.5, 0.995, 0.999_99, 1.0];
        assert_eq!(
            shares.map(percent),
            ["0 %", "<0.01 %", "0.50 %", "50.0 %", "99.50 %", ">99.99 %", "100 %"]
        );
        let spans = [1_500, 30_000, 90_000, 120_000].map(Duration::from_millis);
        assert_eq!(spans.map(span), ["1.50 s", "30 s", "90 s", "2 min"]);
        assert_eq!(plain("a\x1b[2Jb\n"), "a�[2Jb�");
    }
}
