//! What has changed, as a mail that a person understands: what, since when, when it was last well, why, and what was seen.

mod html;

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use super::Rfc3339;

/// What is told at once.
#[derive(Clone, Debug)]
pub struct News {
    /// Where the checks ran.
    pub host: String,
    /// What is told of each check.
    pub items: Vec<Item>,
    /// Checks that are down and were told of before.
    pub still_down: usize,
    /// All checks.
    pub checks: usize,
}

/// What is told of one check.
#[derive(Clone, Debug)]
pub struct Item {
    /// What has become of it.
    pub change: Change,
    /// What is checked: module, target and labels.
    pub name: String,
    /// Since when it is as it is.
    pub since: SystemTime,
    /// How long it was as it was before; how long it is as it is if it was never anything else.
    pub lasted: Duration,
    /// When it was well last, if it ever was.
    pub last_success: Option<SystemTime>,
    /// Why it is down.
    pub reason: String,
    /// What was seen, on several lines.
    pub evidence: String,
}

/// What has become of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It fails.
    Down,
    /// It succeeds again.
    Up,
    /// It was down, and is not checked any more.
    Gone,
}

impl Change {
    /// The heading.
    fn words(self) -> &'static str {
        match self {
            Self::Down => "Down",
            Self::Up => "Up again",
            Self::Gone => "Not checked any more",
        }
    }
}

impl News {
    /// The subject line: the worst first, and the name where there is only one.
    pub fn subject(&self) -> String {
        let count = |change: Change| self.items.iter().filter(|item| item.change == change).count();
        let mut parts = Vec::new();
        for (change, word) in
            [(Change::Down, "down"), (Change::Up, "up again"), (Change::Gone, "not checked any more")]
        {
            match (count(change), self.items.as_slice()) {
                (0, _) => {}
                (1, [only]) => parts.push(format!("{} is {word}", only.name)),
                (number, _) => parts.push(format!("{number} {word}")),
            }
        }
        let text = format!("[probe] {} (seen from {})", parts.join(", "), self.host);
        // A line of a header ends where it ends.
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
    }

    /// For people who read plain text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (change, items) in self.sections() {
            let _ = writeln!(text, "{}\n{}", change.words(), "=".repeat(change.words().len()));
            for item in items {
                let _ = writeln!(text, "\n{}", item.name);
                for (word, value) in item.facts() {
                    let _ = writeln!(text, "  {word:<10} {value}");
                }
                for line in item.evidence.lines() {
                    let _ = writeln!(text, "  | {line}");
                }
            }
            text.push('\n');
        }
        text + "-- \n" + &self.closing() + "\n"
    }

    /// The same for people who like it set.
    pub fn html(&self) -> String {
        html::page(self)
    }

    fn sections(&self) -> Vec<(Change, Vec<&Item>)> {
        let of =
            |change| (change, self.items.iter().filter(|item| item.change == change).collect::<Vec<_>>());
        let all = [Change::Down, Change::Up, Change::Gone].map(of);
        all.into_iter().filter(|(_, items)| !items.is_empty()).collect()
    }

    fn closing(&self) -> String {
        let rest = match self.still_down {
            0 => "nothing else is down".to_owned(),
            1 => "1 other is still down".to_owned(),
            number => format!("{number} others are still down"),
        };
        format!("{} checks by probe on {}; {rest}.", self.checks, self.host)
    }
}

impl Item {
    /// Words and what there is to say to them.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let lasted = length(self.lasted);
        let mut facts = match self.change {
            Change::Down => vec![
                ("since", moment(self.since)),
                ("last well", self.last_success.map_or_else(|| "never seen".to_owned(), moment)),
            ],
            Change::Up => vec![("since", moment(self.since)), ("was down", format!("for {lasted}"))],
            Change::Gone => vec![("was down", format!("for {lasted}"))],
        };
        if !self.reason.is_empty() {
            facts.push((if self.change == Change::Down { "reason" } else { "it was" }, self.reason.clone()));
        }
        facts
    }
}

/// `2026-11-27 00:44:48 UTC`.
fn moment(time: SystemTime) -> String {
    let text = Rfc3339(time).to_string();
    let second = text.get(..19).unwrap_or(&text);
    format!("{} UTC", second.replace('T', " "))
}

/// How long something took, as people say it.
pub fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn item(change: Change, name: &str) -> Item {
        Item {
            change,
            name: name.to_owned(),
            since: UNIX_EPOCH + Duration::from_secs(1_709_208_000),
            lasted: Duration::from_secs(7_260),
            last_success: Some(UNIX_EPOCH + Duration::from_secs(1_709_207_700)),
            reason: "connect: <refused>".to_owned(),
            evidence: "address  127.0.0.1\ntook     0.4 ms".to_owned(),
        }
    }

    fn news(items: Vec<Item>) -> News {
        News { host: "here".to_owned(), items, still_down: 2, checks: 9 }
    }

    #[test]
    fn lengths_are_told_as_people_do() {
        let told = |seconds| length(Duration::from_secs(seconds));
        assert_eq!([told(59), told(61), told(7260), told(200_000)], ["59 s", "1 min", "2 h 1 min", "2 days"]);
    }

    #[test]
    fn subjects_name_one_and_count_many() {
        let subject = |items| news(items).subject();
        assert_eq!(
            subject(vec![item(Change::Down, "icmp a\r\nX: y")]),
            "[probe] icmp a  X: y is down (seen from here)"
        );
        let many = vec![item(Change::Up, "a"), item(Change::Down, "b"), item(Change::Down, "c")];
        assert_eq!(subject(many), "[probe] 2 down, 1 up again (seen from here)");
    }

    #[test]
    fn a_text_says_what_since_when_and_why() {
        let text = news(vec![item(Change::Up, "tcp b"), item(Change::Down, "icmp a")]).text();
        assert_eq!(
            text,
            "Down\n====\n\nicmp a\n  since      2024-02-29 12:00:00 UTC\n  last well  2024-02-29 11:55:00 UTC\n  reason     connect: <refused>\n  | address  127.0.0.1\n  | took     0.4 ms\n\nUp again\n========\n\ntcp b\n  since      2024-02-29 12:00:00 UTC\n  was down   for 2 h 1 min\n  it was     connect: <refused>\n  | address  127.0.0.1\n  | took     0.4 ms\n\n-- \n9 checks by probe on here; 2 others are still down.\n"
        );
    }

    #[test]
    fn a_page_has_nothing_that_is_not_escaped() {
        let html = news(vec![item(Change::Down, "http <b>&\"x\"")]).html();
        assert!(
            html.contains("http &lt;b&gt;&amp;&quot;x&quot;") && html.contains("connect: &lt;refused&gt;"),
            "{html}"
        );
        assert!(!html.contains("<b>"), "{html}");
    }
}
