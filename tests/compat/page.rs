//! The page of `debug=true`: the probe's log, its series and its module.

use std::iter::Peekable;
use std::str::Chars;

/// A page, cut into its sections.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// What the probe said.
    pub log: Vec<LogLine>,
    /// The exposition.
    pub metrics: String,
    /// The module as it was used.
    pub module: String,
}

/// A line of the log. Names may be there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Names and values in order, without the first ones: time, level, source, message.
    pub fields: Vec<(String, String)>,
    /// As it is written, in capitals.
    pub level: String,
    /// What happened.
    pub message: String,
}

impl LogLine {
    /// Reads a line in logfmt. `None` if it is none.
    pub fn read(text: &str) -> Option<Self> {
        let mut fields = read_fields(text)?;
        let mut take = |name: &str| {
            let index = fields.iter().position(|(found, _)| found == name)?;
            Some(fields.remove(index).1)
        };
        let (_, level) = (take("time"), take("level")?);
        let _ = take("source");
        let message = take("msg")?;
        Some(Self { fields, level, message })
    }

    /// Level and message.
    pub fn headline(&self) -> String {
        format!("{} {}", self.level, self.message)
    }
}

impl Page {
    /// Reads a page; says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        const LOG: &str = "Logs for the probe:\n";
        const METRICS: &str = "\n\n\nMetrics that would have been returned:\n";
        const MODULE: &str = "\n\n\nModule configuration:\n";

        let rest =
            text.strip_prefix(LOG).ok_or_else(|| format!("the page does not begin with {LOG:?}: {text}"))?;
        let (log, rest) = rest.split_once(METRICS).ok_or_else(|| format!("no {METRICS:?} in {rest}"))?;
        let (metrics, module) = rest.split_once(MODULE).ok_or_else(|| format!("no {MODULE:?} in {rest}"))?;
        let read = |line| LogLine::read(line).ok_or_else(|| format!("not a line of a log: {line}"));
        let log: Vec<LogLine> = log.lines().map(read).collect::<Result<_, _>>()?;
        Ok(Self { log, metrics: metrics.into(), module: module.into() })
    }
}

/// Names and values of a line in logfmt.
pub fn read_fields(text: &str) -> Option<Vec<(String, String)>> {
    let mut fields = Vec::new();
    let mut rest = text.chars().peekable();
    while rest.peek().is_some() {
        let name: String = std::iter::from_fn(|| rest.next_if(|c| *c != '=' && *c != ' ')).collect();
        rest.next_if_eq(&'=')?;
        let value = if rest.peek() == Some(&'"') { read_quoted(&mut rest)? } else { read_plain(&mut rest) };
        fields.push((name, value));
        while rest.next_if_eq(&' ').is_some() {}
    }
    Some(fields)
}

fn read_plain(rest: &mut Peekable<Chars<'_>>) -> String {
    std::iter::from_fn(|| rest.next_if(|c| *c != ' ')).collect()
}

fn read_quoted(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut value = String::new();
    rest.next()?;
    loop {
        match rest.next()? {
            '"' => return Some(value),
            '\\' => match rest.next()? {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                other @ ('"' | '\\') => value.push(other),
                // Rarer escapes are compared as they are written.
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
}
