//! Where `unsafe` may stand, how much of it, and that every block says why it is sound.

use crate::source::{Offence, Source};
use crate::text::{after_closing, leading_word, occurrences};

/// The one place for it.
const SYSTEM_CALLS: &str = "probe-core/src/net/sys";
/// All of it together, so that it can be reviewed in one sitting.
const MOST_LINES: usize = 400;

/// Every unsafe block and permission that should not be.
pub(crate) fn check(sources: &[Source]) -> Vec<Offence> {
    let mut offences = Vec::new();
    for source in sources {
        if source.is_in(SYSTEM_CALLS) {
            offences.extend(unexplained(source));
        } else {
            offences.extend(misplaced(source));
        }
    }
    let lines: usize =
        sources.iter().filter(|source| source.is_in(SYSTEM_CALLS)).map(Source::production_lines).sum();
    if let Some(first) = sources.iter().find(|source| lines > MOST_LINES && source.is_in(SYSTEM_CALLS)) {
        offences.push(first.offence(
            1,
            format!("{SYSTEM_CALLS} has {lines} lines, more than {MOST_LINES}"),
            "wrap less: socket2 and rustix may have the call already",
        ));
    }
    offences
}

fn misplaced(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for position in occurrences(&source.all_code, "unsafe") {
        let what = match leading_word(&source.all_code[position..]) {
            "unsafe" => "unsafe code",
            "unsafe_code" if lifts_the_lint(&source.all_code[..position]) => "permission for unsafe code",
            _ => continue,
        };
        offences.push(source.offence(
            source.line_at(position),
            format!("{what} outside {SYSTEM_CALLS}"),
            "wrap the call there, one call a function, and use the wrapper",
        ));
    }
    offences
}

/// Whether `unsafe_code` behind `before` stands in an `allow` or `expect`.
fn lifts_the_lint(before: &str) -> bool {
    let Some(open) = before.rfind('(') else { return false };
    !before[open..].contains(')') && (before[..open].ends_with("allow") || before[..open].ends_with("expect"))
}

fn unexplained(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for position in occurrences(&source.all_code, "unsafe") {
        if leading_word(&source.all_code[position..]) != "unsafe" {
            continue;
        }
        let after = source.all_code[position + "unsafe".len()..].trim_start();
        let needs_reason = after.starts_with('{') || after.starts_with("impl");
        if needs_reason && !explained(source, position) {
            offences.push(source.offence(
                source.line_at(position),
                "unsafe block without a SAFETY note",
                "say above the block, or at its start, why the call is sound here",
            ));
        }
    }
    offences
}

/// Whether a SAFETY note stands in the block or above the statement it belongs to.
fn explained(source: &Source, position: usize) -> bool {
    const NOTE: &str = "SAFETY:";
    let open = source.all_code[position..].find('{').map_or(position, |offset| position + offset);
    if source.text[open..after_closing(&source.all_code, open)].contains(NOTE) {
        return true;
    }
    let line = source.line_at(position);
    let above = source.text.lines().take(line - 1).collect::<Vec<_>>();
    for written in above.iter().rev() {
        let written = written.trim();
        if written.starts_with("//") {
            if written.contains(NOTE) {
                return true;
            }
        } else if written.is_empty() || written.ends_with([';', '{', '}']) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> Vec<String> {
        check(&[Source::new(path, text)]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn refuses_unsafe_code_elsewhere() {
        for text in [
            "fn f() { unsafe { g() } }",
            "#![allow(unsafe_code)]",
            "#[expect(dead_code, unsafe_code)]\nfn f() {}",
            "#[cfg(test)]\nmod tests { unsafe fn f() {} }",
        ] {
            for path in ["probe-core/src/net/link.rs", "probe-core/src/net/system.rs", "tests/a.rs"] {
                assert_eq!(problems(path, text).len(), 1, "{path}: {text}");
            }
        }
    }

    #[test]
    fn accepts_the_word_where_it_does_nothing() {
        let text = "#![forbid(unsafe_code)]\n// unsafe { }\nlet a = \"unsafe { }\"; let unsafe_things = 1;";
        assert_eq!(problems("probe-core/src/wire/echo.rs", text), [""; 0]);
    }

    #[test]
    fn refuses_blocks_that_do_not_say_why() {
        for text in [
            "fn f() {\n    unsafe { g() }\n}",
            "// SAFETY: of another block.\nfn f() {\n    unsafe { g() }\n}",
            "unsafe impl Send for A {}",
        ] {
            assert_eq!(problems("probe-core/src/net/sys/mod.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn accepts_blocks_that_say_why() {
        for text in [
            "fn f() {\n    // SAFETY: g has no preconditions.\n    unsafe { g() }\n}",
            "fn f() {\n    // SAFETY: the buffer outlives\n    // the call.\n    let a =\n        unsafe { g() };\n}",
            "fn f() {\n    unsafe {\n        // SAFETY: g has none.\n        g()\n    }\n}",
            "#![allow(unsafe_code)]\n/// # Safety\npub unsafe fn f() {}",
        ] {
            assert_eq!(problems("probe-core/src/net/sys/ring.rs", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn refuses_too_much_of_it() {
        let half = "fn f() {}\n".repeat(MOST_LINES / 2);
        let more = format!("{half}fn g() {{}}\n");
        let sources = |second: &str| {
            [
                Source::new("probe-core/src/net/sys/mod.rs", &half),
                Source::new("probe-core/src/net/sys/ring.rs", second),
            ]
        };
        assert!(check(&sources(&half)).is_empty());
        assert!(check(&sources(&more))[0].to_string().contains("401 lines"));
    }
}
