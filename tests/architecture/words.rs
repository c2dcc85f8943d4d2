//! Rules that come down to where a word may stand, and how long a file may be.

use crate::source::{Offence, Source};

/// Files, or folders with a closing `/`, that a rule leaves alone, and why.
pub(crate) type Exceptions = [(&'static str, &'static str)];

/// Production lines of a file.
const MOST_LINES: usize = 400;

/// What opens a socket or sends by itself.
const SOCKET_CALLS: [&str; 13] = [
    ".bind(",
    ".connect(",
    ".connect_timeout(",
    ".send_to(",
    "Socket::new",
    "TcpListener::bind",
    "TcpStream::connect",
    "UdpSocket::bind",
    "UnixDatagram::bind",
    "UnixListener::bind",
    "UnixStream::connect",
    "sendmmsg",
    "sendmsg",
];

/// What a library must leave to the program around it.
const PROGRAM_ONLY: [&str; 9] = [
    "Builder::new_current_thread",
    "Builder::new_multi_thread",
    "Runtime::new",
    "env::var",
    "eprint!",
    "eprintln!",
    "print!",
    "println!",
    "set_global_default",
];

/// What is never finished.
const UNFINISHED: [&str; 3] = ["dbg!", "todo!", "unimplemented!"];

/// Files that are too long.
pub(crate) fn long_files(sources: &[Source]) -> Vec<Offence> {
    let production = sources.iter().filter(|source| source.is_production());
    production
        .filter(|source| source.production_lines() > MOST_LINES)
        .map(|source| {
            source.offence(
                MOST_LINES + 1,
                format!("{} lines without tests, at most {MOST_LINES}", source.production_lines()),
                "split it by idea, not by line count",
            )
        })
        .collect()
}

/// Looks like a socket call and is none: a TLS client does its handshake over a stream that is there already.
const HANDSHAKE: &str = "client.connect(";

/// Socket calls outside `net`, which alone checks the policy.
pub(crate) fn socket_calls(sources: &[Source], exceptions: &Exceptions) -> Vec<Offence> {
    let watched = sources.iter().filter(|source| {
        source.is_production() && !source.is_in("probe-core/src/net") && !excepted(source, exceptions)
    });
    let remedy = "go through net: dial, the pinger or a sweep socket";
    watched
        .flat_map(|source| {
            let handshakes = source.mentions(HANDSHAKE);
            let calls = SOCKET_CALLS
                .iter()
                .flat_map(|word| source.mentions(word).into_iter().map(move |line| (line, *word)));
            let opening =
                calls.filter(move |(line, word)| *word != ".connect(" || !handshakes.contains(line));
            opening.map(|(line, word)| {
                source.offence(line, format!("{word} opens a socket past the policy"), remedy)
            })
        })
        .collect()
}

/// Uses of the policy for what the operator configured that are not listed.
pub(crate) fn operator_policies(sources: &[Source], exceptions: &Exceptions) -> Vec<Offence> {
    let watched = sources.iter().filter(|source| source.is_production() && !excepted(source, exceptions));
    watched
        .flat_map(|source| {
            mentions(
                source,
                &["Policy::operator("],
                "goes around the module's policy",
                "use the policy of the Context; for what the operator configured, list the file with its reason",
            )
        })
        .collect()
}

/// Printing, reading the environment and starting runtimes in the library; unfinished code anywhere.
pub(crate) fn forbidden_words(sources: &[Source], exceptions: &Exceptions) -> Vec<Offence> {
    let mut offences = Vec::new();
    for source in sources.iter().filter(|source| source.is_production()) {
        offences.extend(mentions(source, &UNFINISHED, "is unfinished", "finish it or take it out"));
        if source.path.starts_with("probe-core/") && !excepted(source, exceptions) {
            offences.extend(mentions(
                source,
                &PROGRAM_ONLY,
                "belongs in a program",
                "return the value, or take it as a parameter; the library prints, reads and starts nothing",
            ));
        }
    }
    offences
}

/// Tests that wait by the clock, or are left out without saying why.
pub(crate) fn careless_tests(sources: &[Source], may_sleep: &Exceptions) -> Vec<Offence> {
    let mut offences = Vec::new();
    for source in sources {
        if source.path.starts_with("tests/") && !excepted(source, may_sleep) {
            for sleep in ["thread::sleep", "time::sleep"] {
                offences.extend(source.mentions_anywhere(sleep).into_iter().map(|line| {
                    source.offence(
                        line,
                        format!("{sleep} in a test"),
                        "pause the clock or wait for the event; if neither can be, list the file with its reason",
                    )
                }));
            }
        }
        for (position, attribute) in source.all_code.match_indices("#[ignore") {
            let end = source.text[position..].find(']').map_or(source.text.len(), |end| position + end);
            let reason = source.text[position + attribute.len()..end].trim_start_matches([' ', '=']);
            if reason.trim_matches('"').trim().is_empty() {
                offences.push(source.offence(
                    source.line_at(position),
                    "a test is ignored without a reason",
                    "write #[ignore = \"why\"]",
                ));
            }
        }
    }
    offences
}

fn excepted(source: &Source, exceptions: &Exceptions) -> bool {
    exceptions
        .iter()
        .any(|(place, _)| source.path == *place || (place.ends_with('/') && source.path.starts_with(place)))
}

fn mentions(source: &Source, words: &[&str], problem: &str, remedy: &'static str) -> Vec<Offence> {
    words
        .iter()
        .flat_map(|word| source.mentions(word).into_iter().map(move |line| (line, *word)))
        .map(|(line, word)| source.offence(line, format!("{word} {problem}"), remedy))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> [Source; 1] {
        [Source::new(path, text)]
    }

    #[test]
    fn refuses_long_files_and_says_how_long() {
        let text = "fn f() {}\n".repeat(401);
        let offences = long_files(&source("probe-cli/src/main.rs", &text));
        assert!(offences[0].to_string().contains("401 lines"));
    }

    #[test]
    fn accepts_long_tests() {
        let text =
            format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "fn f() {}\n".repeat(400), "\n".repeat(50));
        assert!(long_files(&source("probe-core/src/wire/echo.rs", &text)).is_empty());
        assert!(long_files(&source("tests/cli.rs", &"\n".repeat(900))).is_empty());
    }

    #[test]
    fn refuses_sockets_outside_net() {
        for text in
            ["s.connect(a);", "UdpSocket::bind(a);", "s\n    .send_to(b, a);", "Socket::new(d, t, None);"]
        {
            for path in
                ["probe-core/src/prober/tcp/mod.rs", "probe-core/src/network.rs", "probe-cli/src/main.rs"]
            {
                assert_eq!(socket_calls(&source(path, text), &[]).len(), 1, "{path}: {text}");
            }
        }
    }

    #[test]
    fn accepts_sockets_in_net_in_tests_and_where_listed() {
        let call = "TcpListener::bind(a);";
        assert!(socket_calls(&source("probe-core/src/net/dial.rs", call), &[]).is_empty());
        let listener = source("probe-exporter/src/server/listen.rs", call);
        assert!(socket_calls(&listener, &[("probe-exporter/src/server/", "scrapes")]).is_empty());
        assert!(!socket_calls(&listener, &[("probe-exporter/src/server.rs", "scrapes")]).is_empty());
        let test = format!("#[cfg(test)]\nmod tests {{ fn f() {{ {call} }} }}");
        assert!(socket_calls(&source("probe-core/src/prober/tcp.rs", &test), &[]).is_empty());
    }

    #[test]
    fn accepts_handshakes_over_a_stream_that_is_there() {
        let path = "probe-core/src/prober/tcp.rs";
        assert!(socket_calls(&source(path, "client.connect(stream, host, &[]).await?;"), &[]).is_empty());
        assert_eq!(socket_calls(&source(path, "socket.connect(address).await?;"), &[]).len(), 1);
    }

    #[test]
    fn refuses_operator_policies_that_are_not_listed() {
        let sink = source("probe-core/src/sink/mail.rs", "let p = Policy::operator();");
        assert_eq!(operator_policies(&sink, &[]).len(), 1);
        assert!(operator_policies(&sink, &[("probe-core/src/sink/mail.rs", "configured")]).is_empty());
    }

    #[test]
    fn refuses_what_belongs_in_a_program() {
        for text in [
            "println!(\"a\");",
            "eprintln!(\"a\");",
            "std::env::var(\"A\");",
            "use std::env::{self, var_os, var};",
            "tokio::runtime::Runtime::new();",
            "todo!();",
        ] {
            assert_eq!(forbidden_words(&source("probe-core/src/a.rs", text), &[]).len(), 1, "{text}");
        }
        assert_eq!(forbidden_words(&source("probe-exporter/src/a.rs", "dbg!(a);"), &[]).len(), 1);
    }

    #[test]
    fn accepts_it_in_programs_and_documentation() {
        assert!(
            forbidden_words(&source("probe-cli/src/a.rs", "println!(); env::var(\"A\");"), &[]).is_empty()
        );
        let quiet = "/// println!(\"a\")\nfn f() { writeln!(out, \"todo!\"); sprintln!(); }";
        assert!(forbidden_words(&source("probe-core/src/a.rs", quiet), &[]).is_empty());
    }

    #[test]
    fn refuses_sleeping_tests_that_are_not_listed() {
        for text in ["std::thread::sleep(d);", "use tokio::time::{Duration, sleep};", "time::sleep(d).await;"]
        {
            let test = source("tests/cli.rs", text);
            assert_eq!(careless_tests(&test, &[]).len(), 1, "{text}");
            assert!(careless_tests(&test, &[("tests/cli.rs", "reason")]).is_empty());
        }
    }

    #[test]
    fn refuses_ignoring_without_a_reason() {
        for text in ["#[test]\n#[ignore]\nfn f() {}", "#[ignore = \" \"]\nfn f() {}"] {
            assert_eq!(careless_tests(&source("probe-core/src/a.rs", text), &[]).len(), 1, "{text}");
        }
        assert!(
            careless_tests(&source("tests/a.rs", "#[ignore = \"needs root\"]\nfn f() {}"), &[]).is_empty()
        );
    }
}
