//! A number as a bar beside it.

/// Characters of the longest bar.
const WIDTH: f64 = 30.0;
/// The rest of a bar, in eighths of a character.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A bar as long as `number` is beside the `longest`; what is there at all has an eighth of a character at least.
pub(super) fn bar(number: f64, longest: f64) -> String {
    let share = if longest > 0.0 { (number / longest).clamp(0.0, 1.0) } else { 0.0 };
    let least = usize::from(number > 0.0);
    let eighths = ((share * WIDTH * 8.0).round() as usize).max(least);
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion() {
        assert_eq!(bar(2.0, 2.0), "█".repeat(30));
        assert_eq!(bar(1.0, 2.0), "█".repeat(15));
        assert_eq!(bar(1.0, 60.0), "▌");
        assert_eq!(bar(1e-9, 1.0), "▏");
    }

    #[test]
    fn nothing_has_no_bar() {
        for (number, longest) in [(0.0, 1.0), (0.0, 0.0), (-1.0, 1.0), (f64::NAN, 1.0)] {
            assert_eq!(bar(number, longest), "", "{number} of {longest}");
        }
    }
}
