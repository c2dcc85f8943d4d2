//! The page of a mail: styles at each element, since mail programs drop those of the head, and nothing from elsewhere.

use std::fmt::Write as _;

use super::{Change, Item, News};

const BODY: &str =
    "margin:0;padding:16px;background:#f4f5f7;color:#1d2129;font:15px/1.45 system-ui,sans-serif";
const CARD: &str = "max-width:640px;margin:0 auto 12px;background:#ffffff;border-radius:6px;padding:14px 18px;border-left:5px solid ";
const HEADING: &str = "max-width:640px;margin:18px auto 8px;font-size:13px;letter-spacing:.06em;text-transform:uppercase;color:";
const NAME: &str = "font-size:17px;font-weight:600;margin:0 0 6px;overflow-wrap:anywhere";
const WORD: &str = "color:#5b6472;padding:1px 14px 1px 0;vertical-align:top;white-space:nowrap";
const FACT: &str = "padding:1px 0;overflow-wrap:anywhere";
const EVIDENCE: &str = "margin:10px 0 0;padding:8px 10px;background:#f4f5f7;border-radius:4px;white-space:pre-wrap;\
                        overflow-wrap:anywhere;font:12.5px/1.4 ui-monospace,monospace";
const CLOSING: &str = "max-width:640px;margin:16px auto 0;color:#5b6472;font-size:13px";

fn color(change: Change) -> &'static str {
    match change {
        Change::Down => "#c0271d",
        Change::Up => "#1f7a3a",
        Change::Gone => "#5b6472",
    }
}

pub(super) fn page(news: &News) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title></head>\n<body style=\"{BODY}\">\n",
        escaped(&news.subject())
    );
    for (change, items) in news.sections() {
        let color = color(change);
        // Writing to a string cannot fail.
        let _ = writeln!(page, "<h2 style=\"{HEADING}{color}\">{}</h2>", change.words());
        for item in items {
            push_card(&mut page, item, color);
        }
    }
    let _ = writeln!(page, "<p style=\"{CLOSING}\">{}</p>\n</body></html>", escaped(&news.closing()));
    page
}

fn push_card(page: &mut String, item: &Item, color: &str) {
    let _ = writeln!(
        page,
        "<div style=\"{CARD}{color}\"><p style=\"{NAME}\">{}</p>\n<table cellspacing=\"0\" cellpadding=\"0\">",
        escaped(&item.name)
    );
    for (word, fact) in item.facts() {
        let _ = writeln!(
            page,
            "<tr><td style=\"{WORD}\">{word}</td><td style=\"{FACT}\">{}</td></tr>",
            escaped(&fact)
        );
    }
    page.push_str("</table>\n");
    if !item.evidence.is_empty() {
        let _ = writeln!(page, "<pre style=\"{EVIDENCE}\">{}</pre>", escaped(item.evidence.trim_end()));
    }
    page.push_str("</div>\n");
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}
