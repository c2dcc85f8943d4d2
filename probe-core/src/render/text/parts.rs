//! Notes that are told in parts: certificates, headers.

use std::time::{Duration, SystemTime};

use super::paint::{Color, Plain, paint};
use super::{Style, push_line};
use crate::model::{NoteValue, Report, Rfc3339};

const DAY: u64 = 86_400;

/// Every note in parts, a line for each part. Instants say how far they are from the probe.
pub fn parts(report: &Report, style: Style) -> String {
    let mut out = String::new();
    let names = report.notes.iter().filter(|note| !note.fields().is_empty()).map(|note| note.name);
    let width = names.map(|name| name.chars().count()).max().unwrap_or_default();
    for note in &report.notes {
        let fields = note.fields();
        let inner = fields
            .iter()
            .map(|field| Plain(&field.name).to_string().chars().count())
            .max()
            .unwrap_or_default();
        for (index, field) in fields.iter().enumerate() {
            let title = if index == 0 { note.name } else { "" };
            let name = format!("{title:<width$}  {:<inner$}", Plain(&field.name).to_string());
            let value = match &field.value {
                NoteValue::Text(text) => Plain(text).to_string(),
                NoteValue::Time(time) => moment(*time, report.started, style),
            };
            push_line(&mut out, format!("  {}  {value}", paint(Color::Dim, &name, style)).trim_end());
        }
    }
    out
}

/// `2027-02-01T12:00:00Z, in 89 days`; in red where it is over.
fn moment(time: SystemTime, now: SystemTime, style: Style) -> String {
    let text = Rfc3339(time).to_string();
    // Nobody looks at the microseconds of what is days away.
    let text = text.split_once('.').map_or(text.clone(), |(seconds, _)| format!("{seconds}Z"));
    match time.duration_since(now) {
        Ok(left) => format!("{text}, in {}", distance(left)),
        Err(past) => {
            let over = format!("{} ago", distance(past.duration()));
            format!("{text}, {}", paint(Color::Dim, &over, style))
        }
    }
}

/// `89 days`, or `31 hours` where days are too coarse.
fn distance(length: Duration) -> String {
    let seconds = length.as_secs();
    let (number, unit) = match seconds {
        0..3600 => (seconds / 60, "minute"),
        3600..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / DAY, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Note, NoteContent, NoteField};
    use crate::render::samples;

    const PLAIN: Style = Style { color: false, verbose: false, quiet: false };

    #[test]
    fn parts_are_aligned_and_cannot_bring_their_own_lines() {
        let mut report = samples::success();
        let ends = report.started + Duration::from_secs(89 * DAY + 7);
        let fields = |fields: Vec<NoteField>| NoteContent::Fields(fields);
        report.notes = vec![
            Note { name: "socket", content: NoteContent::Text("datagram".into()) },
            Note {
                name: "certificate",
                content: fields(vec![NoteField::text("subject", "CN=a\nb"), NoteField::time("ends", ends)]),
            },
            Note { name: "header", content: fields(vec![NoteField::text("x\x1b", "")]) },
        ];
        let expected = "  certificate  subject  CN=a\\nb\n               ends     2024-05-28T12:00:07Z, in 89 days\n  header       x\\u{1b}\n";
        assert_eq!(parts(&report, PLAIN), expected);
    }

    #[test]
    fn distances_are_coarse() {
        for (seconds, text) in [
            (0, "0 minutes"),
            (60, "1 minute"),
            (3600, "1 hour"),
            (172_799, "47 hours"),
            (172_800, "2 days"),
            (89 * DAY + DAY - 1, "89 days"),
        ] {
            assert_eq!(distance(Duration::from_secs(seconds)), text);
        }
    }
}
