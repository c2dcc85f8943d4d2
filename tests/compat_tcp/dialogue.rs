//! Query and response.

use probe_tests::compat::servers::talk::{Do, pause, talk};

use super::{BYTES, Case, NOTHING, REGEX, tcp};

/// For servers that never come to an end: how long is all the same.
const SHORT: &str = "600ms";

const UNREAD: &[&str] = &["ERROR Error reading from connection"];
const UNMATCHED: &[&str] = &["ERROR Regexp did not match"];

/// A dialogue with these entries, in YAML without the list's brackets.
fn dialogue(name: &'static str, entries: &str, script: &[Do]) -> Case {
    tcp(name, &format!("query_response: [{entries}]"), talk(script))
}

pub(crate) fn cases() -> Vec<Case> {
    [lines(), unmatched(), templates(), labels(), bytes(), sending()].concat()
}

fn lines() -> Vec<Case> {
    use Do::{CloseHalf, Hold, Line, Send};
    const FITS: &[u8] = &[b'x'; 65_534];

    vec![
        dialogue("a_banner_matches", "{expect: '^220 .*ready$'}", &[Send(b"220 mail ready\r\n"), Hold]),
        dialogue(
            "a_banner_in_pieces",
            "{expect: '^220 .*ready$'}",
            &[Send(b"220 ma"), pause(30), Send(b"il ready\r"), pause(30), Send(b"\n"), Hold],
        ),
        dialogue("other_lines_are_skipped", "{expect: '^third$'}", &[Send(b"first\nsecond\nthird\n"), Hold]),
        dialogue("an_expression_matches_anywhere", "{expect: 'cond'}", &[Send(b"first\nsecond\n"), Hold]),
        dialogue("an_expression_may_ignore_case", "{expect: '(?i)^SMTP$'}", &[Send(b"Smtp\n"), Hold]),
        dialogue("an_empty_expression_matches_any_line", "{expect: ''}", &[Send(b"x\n"), Hold]),
        dialogue("an_empty_line_is_a_line", "{expect: '^$'}, {expect: '^x$'}", &[Send(b"\r\n\nx\n"), Hold]),
        dialogue("one_carriage_return_is_taken_off", r#"{expect: "^a\\r$"}"#, &[Send(b"a\r\r\n"), Hold]),
        dialogue("a_carriage_return_alone_ends_no_line", r#"{expect: "^a\\rb$"}"#, &[Send(b"a\rb\n"), Hold]),
        dialogue("the_last_line_needs_no_end", "{expect: '^partial$'}", &[Send(b"first\npartial")]),
        dialogue("the_last_line_loses_its_carriage_return", "{expect: '^partial$'}", &[Send(b"partial\r")]),
        dialogue(
            "several_lines_in_one_packet",
            "{expect: ^a$}, {expect: ^b$}, {expect: ^c$}",
            &[Send(b"a\nb\nc\n"), Hold],
        ),
        dialogue("bytes_that_are_no_text", "{expect: '^caf.$'}", &[Send(b"caf\xe9\n"), Hold])
            .apart("the log is text", &["log"]),
        dialogue("a_dot_is_one_character", "{expect: '^caf.$'}", &[Send("café\n".as_bytes()), Hold]),
        dialogue("digits_are_ascii", r"{expect: '^\d+$'}", &[Send("٣\n3\n".as_bytes()), Hold]),
        dialogue("classes_of_unicode", r"{expect: '^\p{Greek}+$'}", &[Send("abc\nαβγ\n".as_bytes()), Hold]),
        dialogue("zeros_in_a_line", r#"{expect: "^a\\x00b$"}"#, &[Send(b"a\0b\n"), Hold]),
        dialogue("a_long_line", "{expect: 'x$'}", &[Send(FITS), Send(b"\n"), Hold]),
        dialogue(
            "a_half_closed_connection_takes_answers",
            "{expect: ^hello$, send: bye}",
            &[Send(b"hello\n"), CloseHalf, Line],
        )
        .saw(&["s: line bye\\n"]),
        dialogue("an_entry_that_does_nothing", "{}, ~, {expect: a}", &[Send(b"a\n"), Hold]),
        dialogue("no_entries", "", &[Hold]),
        dialogue("a_slow_server", "{expect: ^a$}", &[pause(300), Send(b"a\n"), Hold])
            .with(&["probe_duration_seconds >=0.2"]),
    ]
}

fn unmatched() -> Vec<Case> {
    use Do::{Flood, Hold, Line, Send};

    vec![
        dialogue("the_server_closes_without_the_line", "{expect: ^SSH-}", &[Send(b"hello\n")])
            .fails(REGEX)
            .says(UNMATCHED),
        dialogue("the_server_closes_without_a_line", "{expect: ^SSH-}", &[]).fails(REGEX).says(UNMATCHED),
        dialogue("the_server_closes_in_the_middle_of_a_line", "{expect: ^SSH-}", &[Send(b"a\nSS")])
            .fails(REGEX)
            .says(UNMATCHED),
        dialogue("the_second_expression_does_not_match", "{expect: ^a$}, {expect: ^b$}", &[Send(b"a\nc\n")])
            .fails(REGEX)
            .says(UNMATCHED),
        dialogue("a_line_that_was_read_is_gone", "{expect: ^b$}, {expect: ^a$}", &[Send(b"a\nb\n")])
            .fails(REGEX)
            .says(UNMATCHED),
        dialogue("case_matters", "{expect: ^SMTP$}", &[Send(b"smtp\n")]).fails(REGEX).says(UNMATCHED),
        dialogue("no_line_in_time", "{expect: ^never$}", &[Send(b"first\n"), Hold])
            .timeout(SHORT)
            .fails(NOTHING)
            .says(UNREAD),
        dialogue("nothing_in_time", "{expect: ^never$}", &[Hold]).timeout(SHORT).fails(NOTHING).says(UNREAD),
        dialogue("half_a_line_in_time", "{expect: ^half$}", &[Send(b"half"), Hold])
            .timeout(SHORT)
            .fails(NOTHING)
            .says(UNREAD)
            .apart("the reference matches the half, and fails all the same", &["log"]),
        dialogue("a_line_that_is_too_long", "{expect: x}", &[Send(&[b'x'; 65_536]), Send(b"\n"), Hold])
            .fails(NOTHING)
            .says(UNREAD),
        dialogue("a_line_without_an_end", "{expect: '^y$'}", &[Flood(&[b'x'; 4096])])
            .fails(NOTHING)
            .says(UNREAD),
        tcp(
            "a_reset_in_place_of_a_line",
            "query_response: [{send: a}, {expect: ^b$}]",
            talk(&[Line]).resets(),
        )
        .fails(NOTHING)
        .says(UNREAD),
        dialogue(
            "an_error_of_the_server",
            "{send: 'NICK prober'}, {expect: '^:[^ ]+ 001'}",
            &[Line, Send(b":irc NOTICE :***\r\nERROR :Closing Link\r\n")],
        )
        .fails(REGEX)
        .says(UNMATCHED)
        .saw(&["s: line NICK prober\\n"]),
    ]
}

fn templates() -> Vec<Case> {
    /// Expects `^(a)(?P<word>b+)(c)?$` of `abb`, sends a template, and sees this line.
    fn template(name: &'static str, text: &str, seen: &'static str) -> Case {
        let entry = format!("{{expect: '^(a)(?P<word>b+)(c)?$', send: '{text}'}}");
        dialogue(name, &entry, &[Do::Send(b"abb\n"), Do::Line, Do::Hold]).saw(&[seen])
    }
    vec![
        template("a_group_by_number", "$1", "s: line a\\n"),
        template("a_group_in_braces", "<${1}>", "s: line <a>\\n"),
        template("a_group_by_name", "$word-${word}", "s: line bb-bb\\n"),
        template("all_that_matched", "$0", "s: line abb\\n"),
        template("a_dollar", "$$1 $$", "s: line $1 $\\n"),
        template("a_name_is_as_long_as_it_can_be", "[$1x]", "s: line []\\n"),
        template("a_name_with_an_underscore", "[$word_]", "s: line []\\n"),
        template("a_group_that_took_no_part", "[$3]", "s: line []\\n"),
        template("a_group_that_is_not_there", "[$9 ${nobody}]", "s: line [ ]\\n"),
        template("a_dollar_before_something_else", "$ $- ${} ${1", "s: line $ $- ${} ${1\\n"),
        template("a_dollar_at_the_end", "a$", "s: line a$\\n"),
        template("a_template_of_nothing_sends_nothing", "$3", "s: line "),
        dialogue("what_follows_no_expression_is_no_template", "{send: '$1 ${x} $$'}", &[Do::Line, Do::Hold])
            .saw(&["s: line $1 ${x} $$\\n"]),
        dialogue(
            "a_template_with_text_that_is_not_utf8",
            "{expect: '(.*)', send: '<$1>'}",
            &[Do::Send(b"\xff\xe9\n"), Do::Line],
        )
        .saw(&["s: line <\\xff\\xe9>\\n"])
        .apart("the log is text", &["log"]),
        dialogue(
            "a_group_by_its_newer_name",
            "{expect: '(?<x>b)', send: '$x'}",
            &[Do::Send(b"abc\n"), Do::Line, Do::Hold],
        )
        .saw(&["s: line b\\n"]),
    ]
}

fn labels() -> Vec<Case> {
    fn label(name: &'static str, entry: &str, sent: &'static [u8], series: &str) -> Case {
        dialogue(name, entry, &[Do::Send(sent), Do::Hold]).with(&[series])
    }
    const SSH: &str = "expect: '^SSH-2.0-(OpenSSH_([0-9.]+))'";
    vec![
        label(
            "a_label_of_a_group",
            &format!("{{{SSH}, labels: [{{name: version, value: '$2'}}]}}"),
            b"SSH-2.0-OpenSSH_9.9p1\r\n",
            "probe_expect_info{version=\"9.9\"} 1",
        ),
        label(
            "labels_with_text_around",
            &format!(
                "{{{SSH}, labels: [{{name: b, value: 'got ${{1}} here'}}, {{name: a, value: '${{1}} on ${{2}}'}}]}}"
            ),
            b"SSH-2.0-OpenSSH_9.9p1\r\n",
            "probe_expect_info{a=\"OpenSSH_9.9 on 9.9\",b=\"got OpenSSH_9.9 here\"} 1",
        ),
        label(
            "a_label_of_a_constant",
            "{expect: x, labels: [{name: a, value: 5}]}",
            b"x\n",
            "probe_expect_info{a=\"5\"} 1",
        ),
        label(
            "a_label_that_is_empty",
            "{expect: 'x(y)?', labels: [{name: a, value: $1}]}",
            b"x\n",
            "probe_expect_info{a=\"\"} 1",
        ),
        label("an_empty_list_of_labels", "{expect: x, labels: []}", b"x\n", "probe_expect_info 1"),
        label(
            "a_label_without_a_value",
            "{expect: x, labels: [{name: a}]}",
            b"x\n",
            "probe_expect_info{a=\"\"} 1",
        ),
        label(
            "labels_are_escaped",
            r"{expect: '^(.*)$', labels: [{name: a, value: '$1'}]}",
            b"say \"hi\" \\ \t end\n",
            "probe_expect_info{a=\"say \\\"hi\\\" \\\\ \t end\"} 1",
        ),
        label(
            "labels_in_unicode",
            "{expect: '(.*)', labels: [{name: a, value: $1}]}",
            "Zoë\n".as_bytes(),
            "probe_expect_info{a=\"Zoë\"} 1",
        ),
        label(
            "a_label_that_is_quoted_where_nothing_was_negotiated",
            "{expect: x, labels: [{name: build-date, value: y}]}",
            b"x\n",
            "probe_expect_info{\"build-date\"=\"y\"} 1",
        ),
        dialogue(
            "no_labels_without_a_match",
            "{expect: x, labels: [{name: a, value: b}]}",
            &[Do::Send(b"y\n")],
        )
        .fails(REGEX)
        .says(UNMATCHED),
        dialogue(
            "labels_stay_if_a_later_entry_fails",
            "{expect: '(a)', labels: [{name: a, value: $1}]}, {expect: b}",
            &[Do::Send(b"a\n")],
        )
        .fails(&["probe_failed_due_to_regex 1", "probe_expect_info{a=\"a\"} 1"])
        .says(UNMATCHED),
        dialogue(
            "a_label_and_an_answer",
            "{expect: '(a)', labels: [{name: a, value: $1}], send: 'got $1'}",
            &[Do::Send(b"a\n"), Do::Line, Do::Hold],
        )
        .with(&["probe_expect_info{a=\"a\"} 1"])
        .saw(&["s: line got a\\n"]),
        dialogue(
            "labels_without_an_expression_are_none",
            "{send: a, labels: [{name: a, value: b}]}",
            &[Do::Line, Do::Hold],
        )
        .saw(&["s: line a\\n"]),
    ]
}

fn bytes() -> Vec<Case> {
    use Do::{Hold, Line, Send};
    const SHORT_READ: &[&str] = &["ERROR Read less data than expected"];
    const WRONG: &[&str] = &["ERROR Bytes did not match"];

    vec![
        dialogue("bytes_match", r#"{expect_bytes: "\u00e9\x01\0"}"#, &[Send(b"\xc3\xa9\x01\0"), Hold]),
        dialogue("bytes_of_any_kind", "{expect_bytes: !!binary AP8=}", &[Send(b"\0\xff"), Hold]),
        dialogue(
            "bytes_one_after_the_other",
            "{expect_bytes: abc}, {expect_bytes: def}",
            &[Send(b"abcdefghi"), Hold],
        ),
        dialogue("bytes_then_an_answer", "{expect_bytes: abc, send: ok}", &[Send(b"abc"), Line, Hold])
            .saw(&["s: line ok\\n"]),
        dialogue("bytes_then_a_line", "{expect_bytes: abc}, {expect: ^def$}", &[Send(b"abcdef\n"), Hold]),
        dialogue(
            "an_answer_to_bytes_is_no_template",
            "{expect_bytes: abc, send: '$1'}",
            &[Send(b"abc"), Line, Hold],
        )
        .saw(&["s: line $1\\n"]),
        dialogue("no_bytes_are_no_expectation", "{expect_bytes: '', send: a}", &[Line, Hold])
            .saw(&["s: line a\\n"]),
        dialogue("other_bytes", "{expect_bytes: abc}", &[Send(b"abd"), Hold]).fails(BYTES).says(WRONG),
        dialogue("bytes_of_another_case", "{expect_bytes: ABC}", &[Send(b"abc"), Hold])
            .fails(BYTES)
            .says(WRONG),
        dialogue("too_few_bytes_then_the_end", "{expect_bytes: longer}", &[Send(b"lon")])
            .fails(NOTHING)
            .says(SHORT_READ),
        dialogue("the_end_in_place_of_bytes", "{expect_bytes: longer}", &[]).fails(NOTHING).says(UNREAD),
        dialogue("no_bytes_in_time", "{expect_bytes: longer}", &[Hold])
            .timeout(SHORT)
            .fails(NOTHING)
            .says(UNREAD),
        dialogue("bytes_in_pieces", "{expect_bytes: longer}", &[Send(b"lon"), pause(50), Send(b"ger"), Hold])
            .fails(NOTHING)
            .says(SHORT_READ)
            .ours("one read is not one message", &["probe_success 1"])
            .ours_says("one read is not one message", &[]),
        dialogue("bytes_behind_a_line", "{expect: ^a$}, {expect_bytes: bcd}", &[Send(b"a\nbcd"), Hold])
            .timeout(SHORT)
            .fails(NOTHING)
            .says(UNREAD)
            .ours("one stream, read in order", &["probe_success 1"])
            .ours_says("one stream, read in order", &[]),
    ]
}

fn sending() -> Vec<Case> {
    use Do::{Bytes, Hold, Line, Send};

    vec![
        dialogue("a_line_is_sent_with_its_end", "{send: hello}", &[Line, Hold]).saw(&["s: line hello\\n"]),
        dialogue("a_carriage_return_is_sent", r#"{send: "hello\r"}"#, &[Line, Hold]).saw(&["s: line hello\\r\\n"]),
        dialogue("an_end_of_line_is_added_to_another", r#"{send: "a\n"}"#, &[Line, Line, Hold]).saw(&["s: line a\\n", "s: line \\n"]),
        dialogue("nothing_is_sent_for_nothing", "{send: ''}, {send: a}", &[Line, Hold]).saw(&["s: line a\\n"]),
        dialogue("bytes_are_sent_with_an_end_of_line", "{send: !!binary AP8=}", &[Bytes(3), Hold]).saw(&["s: bytes \\x00\\xff\\n"]),
        dialogue("a_number_is_sent_as_text", "{send: 0x10}", &[Line, Hold]).saw(&["s: line 0x10\\n"]),
        dialogue("several_lines_are_sent", "{send: a}, {send: b}", &[Line, Line, Hold]).saw(&["s: line a\\n", "s: line b\\n"]),
        dialogue(
            "a_chat",
            "{send: 'NICK prober'}, {send: 'USER prober prober prober :prober'}, {expect: 'PING :([^ ]+)', send: 'PONG ${1}'}, {expect: '^:[^ ]+ 001'}",
            &[Line, Line, Send(b":irc NOTICE AUTH :***\r\nPING 12\r\nPING :ready\r\n"), Line, Send(b":irc 001 prober :Welcome\r\n")],
        )
        .saw(&["s: line NICK prober\\n", "s: line USER prober prober prober :prober\\n", "s: line PONG ready\\n"]),
        dialogue("answers_come_after_questions", "{send: a}, {expect: ^A$}, {send: b}, {expect: ^B$}", &[Line, Send(b"A\n"), Line, Send(b"B\n"), Hold])
            .saw(&["s: line a\\n", "s: line b\\n"]),
    ]
}
