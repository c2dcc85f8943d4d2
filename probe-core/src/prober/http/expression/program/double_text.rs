//! Doubles as Go writes them.

/// Exponents from here on, and below the other, are written as such.
const LARGE_EXPONENT: i32 = 6;
const SMALL_EXPONENT: i32 = -4;

/// The fewest digits that are read back as the same number: `1.5`, `1e+06`, `1e-05`.
pub(super) fn double_text(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (SMALL_EXPONENT..LARGE_EXPONENT).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
