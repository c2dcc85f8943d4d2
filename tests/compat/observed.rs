//! What can be seen of a probe from outside.

use super::exposition::{Exposition, family_of};
use super::page::{LogLine, Page};

/// Attributes whose values differ from run to run, or are texts of a runtime library.
const NOT_COMPARED: [&str; 18] = [
    "connectDone",
    "details",
    "dnsDone",
    "duration_seconds",
    "end",
    "err",
    "error",
    "gotConn",
    "id",
    "response",
    "responseStart",
    "roundtrip",
    "seq",
    "srcIP",
    "start",
    "tlsDone",
    "tlsStart",
    "value_count",
];

/// Attributes of which ours says more, or which it leaves out because they say nothing.
const TOLD_BETTER: [(&str, &str); 6] = [
    ("Creating ICMP packet", "id"),
    ("Invalid rcode", "known_rcode"),
    ("Rcode is not one of the valid rcodes", "string_rcode"),
    ("Rcode is not one of the valid rcodes", "valid_rcodes"),
    ("Regexp did not match", "line"),
    // A zone stays with the target.
    ("Resolved target address", "ip"),
];

/// An answer and what the servers saw meanwhile. Addresses and ports are masked.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Of the answer to `/probe`.
    pub status: u16,
    /// The whole answer, if it was not a page with a probe.
    pub body: String,
    /// The lines of the probe.
    pub log: Vec<LogLine>,
    /// The series.
    pub exposition: Exposition,
    /// The module as it was used.
    pub module: String,
    /// What the servers saw, a line each, the server's name first.
    pub seen: Vec<String>,
}

impl Observed {
    /// Takes the page apart.
    pub fn read(&mut self, text: &str) -> Result<(), String> {
        let page = Page::read(text)?;
        self.exposition = Exposition::read(&page.metrics)?;
        self.log = page.log;
        self.module = page.module;
        Ok(())
    }

    /// Lines of at least INFO, without the verdict, and without what depends on the rights of the process.
    pub fn said(&self) -> Vec<String> {
        const LEFT_OUT: [&str; 2] =
            ["Probe failed", "Unable to do unprivileged listen on socket, will attempt privileged"];

        let lines = self
            .log
            .iter()
            .filter(|line| line.level != "DEBUG" && !LEFT_OUT.contains(&line.message.as_str()));
        lines.map(LogLine::headline).collect()
    }

    /// Whether a line of the log has an attribute: `Message name=value`.
    pub fn tells(&self, line: &str) -> bool {
        let (message, attribute) = line.rsplit_once(' ').unwrap_or_default();
        let (name, value) = attribute.split_once('=').unwrap_or_default();
        let has = |line: &LogLine| line.fields.iter().any(|(found, text)| found == name && text == value);
        self.log.iter().any(|line| line.message == message && has(line))
    }

    /// What is wrong with the module as it is shown: lines that are missing, or that begin with `!` and are there.
    pub fn problem_with_dump(&self, text: &str) -> Option<String> {
        let shown = format!("\n{}", self.module);
        match text.strip_prefix('!') {
            Some(hidden) => shown.contains(hidden).then(|| format!("shown: {hidden:?} in\n{}", self.module)),
            None => (!shown.contains(&format!("\n{text}")))
                .then(|| format!("not shown:\n{text}\nin\n{}", self.module)),
        }
    }

    /// What differs from what the reference exporter showed, a line each. Parts may be left out:
    /// `log`, `module`, `seen`, or a family.
    pub fn differences(&self, reference: &Self, left_out: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let wanted = |part: &str| !left_out.contains(&part);
        if (self.status, &self.body) != (reference.status, &reference.body) {
            found.push(format!(
                "answered {} {:?}, not {} {:?}",
                self.status, self.body, reference.status, reference.body
            ));
        }
        let kept = |exposition: &Exposition| -> Vec<String> {
            let series = exposition.series.iter().filter(|(series, _)| wanted(family_of(series)));
            series.map(|(series, value)| comparable(series, *value)).collect()
        };
        found.extend(difference("series", &kept(&self.exposition), &kept(&reference.exposition)));
        if wanted("log") {
            let lines =
                |observed: &Self| -> Vec<String> { observed.log.iter().map(comparable_line).collect() };
            found.extend(difference("log", &lines(self), &lines(reference)));
        }
        if wanted("seen") {
            found.extend(difference("seen", &self.seen, &reference.seen));
        }
        // Long texts are folded by one and not by the other.
        let words = |observed: &Self| observed.module.split_whitespace().collect::<Vec<_>>().join(" ");
        if wanted("module") && words(self) != words(reference) {
            let lines =
                |observed: &Self| -> Vec<String> { observed.module.lines().map(Into::into).collect() };
            found.extend(difference("module", &lines(self), &lines(reference)));
        }
        found
    }
}

/// Of a duration only whether there was any.
fn comparable(series: &str, value: f64) -> String {
    let family = family_of(series);
    let duration = family.ends_with("_seconds") && !family.contains("timestamp");
    if duration && value > 0.0 { format!("{series} +") } else { format!("{series} {value}") }
}

fn comparable_line(line: &LogLine) -> String {
    let mut text = line.headline();
    for (name, value) in &line.fields {
        match name.as_str() {
            name if TOLD_BETTER.contains(&(line.message.as_str(), name)) => {}
            name if NOT_COMPARED.contains(&name) => text += &format!(" {name}"),
            "url" => text += &format!(" {name}={:?}", without_extras(value)),
            _ => text += &format!(" {name}={value:?}"),
        }
    }
    text
}

/// A URL without its credentials and its fragment: ours shows neither.
fn without_extras(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let (scheme, rest) = url.split_once("//").unwrap_or(("", url));
    let authority = rest.find('/').unwrap_or(rest.len());
    // Addresses are masked with an `@` of their own.
    match rest[..authority].rfind("@@") {
        Some(end) => format!("{scheme}//{}", &rest[end + 1..]),
        None => url.into(),
    }
}

/// Lines that only one side has, or that stand elsewhere: the longest common subsequence is left away.
fn difference(part: &str, ours: &[String], reference: &[String]) -> Vec<String> {
    let (rows, columns) = (ours.len(), reference.len());
    assert!(
        rows * columns < 1_000_000,
        "{part}: {rows} lines of ours and {columns} of the reference are too many"
    );
    let mut common = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            common[row][column] = if ours[row] == reference[column] {
                common[row + 1][column + 1] + 1
            } else {
                common[row + 1][column].max(common[row][column + 1])
            };
        }
    }
    let (mut row, mut column, mut lines) = (0, 0, Vec::new());
    while row < rows || column < columns {
        if row < rows && column < columns && ours[row] == reference[column] {
            (row, column) = (row + 1, column + 1);
        } else if column == columns || (row < rows && common[row + 1][column] >= common[row][column + 1]) {
            lines.push(format!("{part}: ours alone: {}", ours[row]));
            row += 1;
        } else {
            lines.push(format!("{part}: the reference alone: {}", reference[column]));
            column += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_lines_that_one_side_lacks() {
        let lines = |text: &str| -> Vec<String> { text.split(' ').map(Into::into).collect() };
        let found = difference("log", &lines("a b d e"), &lines("a c d"));
        let expected = ["log: ours alone: b", "log: the reference alone: c", "log: ours alone: e"];
        assert_eq!(found, expected);
    }
}
