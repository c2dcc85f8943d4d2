//! The order of names in a dump.

use std::cmp::Ordering;

/// The order that the reference exporter prints names in: numbers inside of names by value, letters after everything
/// else, upper case first.
pub(super) fn natural_order(left: &str, right: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let Some(at) = left.iter().zip(&right).position(|(left, right)| left != right) else {
        return left.len().cmp(&right.len());
    };
    let (from_left, from_right) = (&left[at..], &right[at..]);
    let in_number = at > 0 && left[at - 1].is_numeric();
    match (from_left[0].is_alphabetic(), from_right[0].is_alphabetic()) {
        (true, true) => from_left[0].cmp(&from_right[0]),
        // A number that ends here comes before one that goes on.
        (true, false) if in_number => Ordering::Less,
        (true, false) => Ordering::Greater,
        (false, true) if in_number => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => by_number(leading_zeros_count(&left[..at]), from_left, from_right),
    }
}

/// Whether zeros behind these characters change the value of a number: not if only zeros stand before them.
fn leading_zeros_count(before: &[char]) -> bool {
    before.iter().rev().take_while(|character| character.is_ascii_digit()).any(|digit| *digit != '0')
}

fn by_number(zeros_count: bool, left: &[char], right: &[char]) -> Ordering {
    let digits = |text: &[char]| text.iter().take_while(|character| character.is_ascii_digit()).count();
    let (left_digits, right_digits) = (digits(left), digits(right));
    let significant = |text: &[char], digits: usize| {
        let zeros = text[..digits].iter().take_while(|digit| !zeros_count && **digit == '0').count();
        text[zeros..digits].to_vec()
    };
    let (left_value, right_value) = (significant(left, left_digits), significant(right, right_digits));
    (left_value.len().cmp(&right_value.len()))
        .then_with(|| left_value.cmp(&right_value))
        .then(left_digits.cmp(&right_digits))
        .then(left[0].cmp(&right[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_names_as_the_reference_prints_them() {
        let sorted = [
            "", "~", "1", "2", "10", "A-1", "A-02", "A-10", "A_x", "Alpha", "X-9", "X-10", "Z", "a0", "a00",
            "a00b", "a1", "a1b", "a1z", "a1-", "a1.5", "a01", "a10", "a010", "a12", "v1.9", "v1.09", "v1.10",
            "x_2", "yes", "zeta", "é",
        ];
        let mut names = sorted;
        names.reverse();
        names.sort_by(|left, right| natural_order(left, right));
        assert_eq!(names, sorted);
    }

    #[test]
    fn equal_names_are_equal() {
        assert_eq!(natural_order("X-10", "X-10"), Ordering::Equal);
        assert_eq!(natural_order("", ""), Ordering::Equal);
    }
}
