//! The text format, version 0.0.4, laid out as the reference exporter does.

use std::fmt::Write;

use probe_core::render::GoFloat;

use super::page::{Family, Label, Page, Series, Value};

/// The page as text.
pub(super) fn encode(page: &Page<'_>) -> String {
    let mut out = String::with_capacity(16 << 10);
    for (family, series) in page.sorted() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "# HELP {} {}", family.name, escaped(family.help, &['\\', '\n']));
        let _ = writeln!(out, "# TYPE {} {}", family.name, family.kind.as_str());
        for one in series {
            write_series(&mut out, family, one);
        }
    }
    out
}

fn write_series(out: &mut String, family: &Family<'_>, series: &Series<'_>) {
    match &series.value {
        Value::Number(number) => write_line(out, (family.name, ""), &series.labels, None, *number),
        Value::Histogram { buckets, sum } => {
            for (bound, count) in buckets {
                let bound = GoFloat(*bound).to_string();
                write_line(out, (family.name, "_bucket"), &series.labels, Some(&bound), *count as f64);
            }
            let count = buckets.last().map_or(0, |(_, count)| *count);
            write_line(out, (family.name, "_sum"), &series.labels, None, *sum);
            write_line(out, (family.name, "_count"), &series.labels, None, count as f64);
        }
    }
}

fn write_line(
    out: &mut String,
    (name, suffix): (&str, &str),
    labels: &[Label<'_>],
    bound: Option<&str>,
    number: f64,
) {
    out.push_str(name);
    out.push_str(suffix);
    let labels =
        labels.iter().map(|(name, value)| (&**name, &**value)).chain(bound.map(|bound| ("le", bound)));
    let mut separator = '{';
    for (name, value) in labels {
        // Writing to a string cannot fail.
        let _ = write!(out, "{separator}{name}=\"{}\"", escaped(value, &['\\', '\n', '"']));
        separator = ',';
    }
    if separator == ',' {
        out.push('}');
    }
    let _ = writeln!(out, " {}", GoFloat(number));
}

/// The text with a backslash before each special character.
fn escaped(text: &str, special: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if special.contains(&character) {
            out.push('\\');
        }
        out.push(if character == '\n' { 'n' } else { character });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::page::{Counter, Histogram, IntGauge};
    use super::*;

    #[test]
    fn families_and_series_are_sorted_and_escaped() {
        let mut page = Page::default();
        let family = page.family(&IntGauge::new("b", "Back\\slash."));
        family.number([("module", "z".into())], 1e6);
        family.number([("module", "a\"\\\nb".into())], 0.5);
        page.family(&Counter::new("empty", "None."));
        page.add(&Counter::new("a_total", "A."), 3.0);
        let expected = "# HELP a_total A.\n# TYPE a_total counter\na_total 3\n# HELP b Back\\\\slash.\n# TYPE b gauge\n\
            b{module=\"a\\\"\\\\\\nb\"} 0.5\nb{module=\"z\"} 1e+06\n";
        assert_eq!(encode(&page), expected);
    }

    #[test]
    fn histograms_are_cumulative_lines() {
        let mut page = Page::default();
        let buckets = vec![(0.1, 2), (f64::INFINITY, 3)];
        page.family(&Histogram::new("h_seconds", "H.")).histogram([("m", "x".into())], buckets, 1.5);
        let expected = "# HELP h_seconds H.\n# TYPE h_seconds histogram\nh_seconds_bucket{m=\"x\",le=\"0.1\"} 2\n\
            h_seconds_bucket{m=\"x\",le=\"+Inf\"} 3\nh_seconds_sum{m=\"x\"} 1.5\nh_seconds_count{m=\"x\"} 3\n";
        assert_eq!(encode(&page), expected);
    }
}
