//! Numbers for formats without exponents.

/// A number in decimal digits, at most nine of them after the point, without exponent and without zeros that say nothing.
pub(super) fn decimal(number: f64) -> String {
    let text = format!("{number:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_without_exponent() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1e21, "1000000000000000000000"),
            (0.000_000_5, "0.0000005"),
            (0.25, "0.25"),
            (100.0, "100"),
            (1e-12, "0"),
        ] {
            assert_eq!(decimal(number), text);
        }
    }
}
