//! The same messages as [`protobuf`](super::protobuf) in the text format of protobuf, for people.

use std::fmt::Write;

use probe_core::render::GoFloat;

use super::page::{Family, Kind, Page, Series, Value};

/// A field a line, messages indented; a blank line after each family.
pub(super) fn lines(page: &Page<'_>) -> String {
    written(page, true)
}

/// A family a line.
pub(super) fn compact(page: &Page<'_>) -> String {
    written(page, false)
}

fn written(page: &Page<'_>, has_lines: bool) -> String {
    let mut out = Writer { text: String::with_capacity(4096), depth: 0, has_lines, is_first: true };
    for (family, series) in page.sorted() {
        out.is_first = true;
        out.family(family, &series);
        out.text.push('\n');
    }
    out.text
}

struct Writer {
    text: String,
    depth: usize,
    has_lines: bool,
    /// Whether nothing stands before the next field on its line.
    is_first: bool,
}

impl Writer {
    fn family(&mut self, family: &Family<'_>, series: &[&Series<'_>]) {
        self.string("name", family.name);
        self.string("help", family.help);
        let kind = match family.kind {
            Kind::Counter => "COUNTER",
            Kind::Gauge => "GAUGE",
            Kind::Histogram => "HISTOGRAM",
        };
        self.field("type", kind);
        for one in series {
            self.message("metric", |out| out.metric(family.kind, one));
        }
    }

    fn metric(&mut self, kind: Kind, series: &Series<'_>) {
        for (name, value) in &series.labels {
            self.message("label", |out| {
                out.string("name", name);
                out.string("value", value);
            });
        }
        match &series.value {
            Value::Number(number) => {
                let name = if kind == Kind::Counter { "counter" } else { "gauge" };
                self.message(name, |out| out.field("value", GoFloat(*number)));
            }
            Value::Histogram { buckets, sum } => self.message("histogram", |out| {
                out.field("sample_count", buckets.last().map_or(0, |(_, count)| *count));
                out.field("sample_sum", GoFloat(*sum));
                for (bound, count) in buckets.iter().filter(|(bound, _)| bound.is_finite()) {
                    out.message("bucket", |out| {
                        out.field("cumulative_count", count);
                        out.field("upper_bound", GoFloat(*bound));
                    });
                }
            }),
        }
    }

    fn string(&mut self, name: &str, value: &str) {
        self.begin(name);
        self.text.push_str(if self.has_lines { ": \"" } else { ":\"" });
        for character in value.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                // Writing to a string cannot fail.
                control if control.is_ascii_control() => {
                    let _ = write!(self.text, "\\x{:02x}", u32::from(control));
                }
                other => self.text.push(other),
            }
        }
        self.text.push('"');
        self.end();
    }

    fn field(&mut self, name: &str, value: impl std::fmt::Display) {
        self.begin(name);
        let _ = write!(self.text, "{}{value}", if self.has_lines { ": " } else { ":" });
        self.end();
    }

    fn message(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.begin(name);
        self.text.push_str(if self.has_lines { ": {\n" } else { ":{" });
        self.depth += 1;
        self.is_first = true;
        write(self);
        self.depth -= 1;
        if self.has_lines {
            self.indent();
        }
        self.text.push('}');
        self.end();
    }

    fn begin(&mut self, name: &str) {
        if self.has_lines {
            self.indent();
        } else if !self.is_first {
            self.text.push(' ');
        }
        self.is_first = false;
        self.text.push_str(name);
    }

    fn end(&mut self) {
        if self.has_lines {
            self.text.push('\n');
        }
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::IntGauge;
    use super::*;

    #[test]
    fn messages_are_written_as_text() {
        let mut page = Page::default();
        let family = page.family(&IntGauge::new("a", "Says \"so\"."));
        family.number([("l", "x\ny".into())], 1.5);
        let compact = "name:\"a\" help:\"Says \\\"so\\\".\" type:GAUGE metric:{label:{name:\"l\" value:\"x\\ny\"} gauge:{value:1.5}}\n";
        assert_eq!(super::compact(&page), compact);
        let expected = "name: \"a\"\nhelp: \"Says \\\"so\\\".\"\ntype: GAUGE\nmetric: {\n  label: {\n    name: \"l\"\n    \
            value: \"x\\ny\"\n  }\n  gauge: {\n    value: 1.5\n  }\n}\n\n";
        assert_eq!(lines(&page), expected);
    }
}
