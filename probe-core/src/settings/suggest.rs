//! What someone may have meant to write.

/// `, did you mean "ttl"?` for a word close to a known one, else nothing.
pub(super) fn did_you_mean(word: &str, known: &[&str]) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!(", did you mean \"{near}\"?"))
}

fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|&candidate| (distance(&word.to_lowercase(), candidate), candidate))
        .filter(|&(distance, candidate)| distance <= tolerance(candidate))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// One slip in a short word, two in a longer one, three in a very long one.
fn tolerance(candidate: &str) -> usize {
    match candidate.chars().count() {
        0..3 => 0,
        3..6 => 1,
        6..12 => 2,
        _ => 3,
    }
}

/// Fewest insertions, removals, replacements and swaps of neighbours that turn `from` into `to`.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, &left) in from.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &right) in to.iter().enumerate() {
            let replaced = last[column] + usize::from(left != right);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && left == to[column - 1] && from[row - 1] == right {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_near_miss() {
        let known = ["ttl", "payload_size", "dont_fragment", "preferred_ip_protocol"];
        let cases = [
            ("tll", Some("ttl")),
            ("tlt", Some("ttl")),
            ("TTL", Some("ttl")),
            ("payload-size", Some("payload_size")),
            ("prefered_ip_protocol", Some("preferred_ip_protocol")),
            ("dont_fragmnet", Some("dont_fragment")),
            ("hostname", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, &known), expected, "{word}");
        }
    }
}
