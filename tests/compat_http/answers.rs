//! Status, version and framing of answers, also of those that are not quite HTTP.

use probe_tests::compat::series::HTTP_UNANSWERED;
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{answer, body, raw};

use super::{Case, NOTHING, REQUEST, STATUS, http, length, status};

pub(crate) fn cases() -> Vec<Case> {
    [statuses(), versions(), heads(), framing(), broken_framing(), modified()].concat()
}

fn of(name: &'static str, bytes: &str) -> Case {
    http(name, "", web(raw(bytes)))
}

fn statuses() -> Vec<Case> {
    let plain = |name, section, code| http(name, section, web(answer(code))).with(&status(code));
    let wrong = |name, code| plain(name, "", code).fails(NOTHING).says(STATUS);
    let unlisted = |name, section, code| {
        plain(name, section, code).fails(NOTHING).says(&["ERROR Invalid HTTP response status code"])
    };
    const LIST: &str = "valid_status_codes: [200, 404]";
    vec![
        plain("status_200", "", 200),
        plain("status_201", "", 201),
        plain("status_206", "", 206),
        plain("status_299", "", 299),
        plain("status_204_has_no_body", "", 204),
        wrong("status_300", 300),
        wrong("status_304", 304),
        wrong("status_404", 404),
        wrong("status_418", 418),
        wrong("status_500", 500),
        wrong("status_599", 599),
        wrong("status_999", 999),
        plain("a_listed_status", LIST, 200),
        plain("another_listed_status", LIST, 404),
        plain("a_listed_status_of_the_server", "valid_status_codes: [500]", 500),
        plain("an_empty_list_means_success", "valid_status_codes: []", 204),
        unlisted("a_status_that_is_not_listed", LIST, 201),
        unlisted("success_is_not_listed", "valid_status_codes: [404]", 200),
        http("the_body_of_a_wrong_status_is_read", "", web(answer(404).body("not found\n")))
            .with(&status(404))
            .with(&length(10, 10))
            .fails(NOTHING)
            .says(STATUS),
        of("a_status_of_two_digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n")
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
        of("a_status_of_four_digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n")
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
        of("a_status_of_letters", "HTTP/1.1 OK 200\r\nContent-Length: 0\r\n\r\n")
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
        of("status_000", "HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n")
            .with(&status(0))
            .fails(NOTHING)
            .says(STATUS),
        of("a_status_without_a_reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
        of("a_status_with_an_empty_reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
        of("two_spaces_before_the_status", "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n"),
        of(
            "an_interim_answer",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        )
        .with(&length(2, 2)),
        of(
            "continue_without_being_asked",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ),
        of(
            "several_interim_answers",
            &format!(
                "{}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 102 Processing\r\n\r\n".repeat(4)
            ),
        ),
        of("an_interim_answer_and_no_more", "HTTP/1.1 100 Continue\r\n\r\n")
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
        of(
            "another_protocol",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
        )
        .with(&status(101))
        .with(&length(0, 3))
        .fails(NOTHING)
        .says(STATUS),
    ]
}

fn versions() -> Vec<Case> {
    let answered = |name, section: &str, version: &str| {
        let text = format!("HTTP/{version} 200 OK\r\nContent-Length: 0\r\n\r\n");
        http(name, section, web(raw(text))).with(&[format!("probe_http_version {version}")])
    };
    let refused = |name, section: &str, version: &str| {
        answered(name, &format!("valid_http_versions: [{section}]"), version)
            .fails(NOTHING)
            .says(&["ERROR Invalid HTTP version number"])
    };
    let unread = |name, first: &str| {
        http(name, "", web(raw(format!("{first} 200 OK\r\nContent-Length: 0\r\n\r\n"))))
            .fails(HTTP_UNANSWERED)
            .says(REQUEST)
    };
    vec![
        answered("version_1_1", "valid_http_versions: [HTTP/1.1]", "1.1"),
        answered("version_1_1_in_a_list", "valid_http_versions: [HTTP/1.1, HTTP/2.0]", "1.1"),
        answered("any_version_by_an_empty_list", "valid_http_versions: []", "1.1"),
        answered("version_1_0", "", "1.0"),
        answered("version_1_0_in_a_list", "valid_http_versions: [HTTP/1.0]", "1.0"),
        answered("version_1_7", "", "1.7"),
        answered("version_1_7_in_a_list", "valid_http_versions: [HTTP/1.7]", "1.7"),
        answered("version_2_0_in_text", "", "2.0"),
        answered("version_0_9_in_text", "", "0.9"),
        refused("version_1_1_is_not_2_0", "HTTP/2.0", "1.1"),
        refused("version_1_1_is_not_1_0", "HTTP/1.0", "1.1"),
        refused("version_1_0_is_not_1_1", "HTTP/1.1", "1.0"),
        refused("a_version_is_compared_as_text", "HTTP/1", "1.0"),
        refused("a_version_is_compared_with_its_case", "http/1.1", "1.1"),
        unread("a_version_in_small_letters", "http/1.1"),
        unread("a_version_without_a_fraction", "HTTP/1"),
        unread("a_version_of_two_digits", "HTTP/1.10"),
        unread("a_version_of_letters", "HTTP/a.b"),
        unread("no_version", "OK"),
        http("a_wrong_version_and_a_wrong_status", "valid_http_versions: [HTTP/2.0]", web(answer(500)))
            .with(&status(500))
            .fails(NOTHING)
            .says(&[
                "ERROR Invalid HTTP response status code, wanted 2xx",
                "ERROR Invalid HTTP version number",
            ]),
    ]
}

fn heads() -> Vec<Case> {
    let read = |name, lines: &str| of(name, &format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{lines}\r\n"));
    let unread = |name, lines: &str| read(name, lines).fails(HTTP_UNANSWERED).says(REQUEST);
    vec![
        of("line_feeds_without_carriage_returns", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok")
            .with(&length(2, 2)),
        of("no_headers_at_all", "HTTP/1.1 200 OK\r\n\r\n").with(&length(-1, 0)),
        read("a_header_in_several_lines", "X-A: one\r\n two\r\n\tthree\r\n"),
        read("a_header_that_is_empty", "X-A:\r\n"),
        read("a_header_with_odd_bytes", "X-A: \u{e9}\u{fc}\r\n"),
        read("a_header_with_spaces_around", "X-A:   a   \r\n"),
        read("many_headers", &"X-A: b\r\n".repeat(500)),
        read("a_long_header", &format!("X-A: {}\r\n", "x".repeat(60_000))),
        unread("a_header_without_a_colon", "X-A\r\n"),
        unread("a_header_without_a_name", ": a\r\n"),
        read("a_space_before_the_colon", "X-A : b\r\n"),
        read("a_space_in_a_name", "X A: b\r\n"),
        unread("a_zero_in_a_header", "X-A: a\0b\r\n"),
        of("nothing", "").fails(HTTP_UNANSWERED).says(REQUEST),
        of("half_a_head", "HTTP/1.1 200 OK\r\nContent-Le").fails(HTTP_UNANSWERED).says(REQUEST),
        of("another_protocols_greeting", "SSH-2.0-OpenSSH_9.9\r\n").fails(HTTP_UNANSWERED).says(REQUEST),
        of("an_empty_line_first", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
    ]
}

fn framing() -> Vec<Case> {
    let head = |name, answer| http(name, "method: HEAD", web(answer)).saw(&["s: HEAD / HTTP/1.1"]);
    vec![
        http("a_body_by_its_length", "", web(body("hello"))).with(&length(5, 5)),
        http("a_body_in_chunks", "", web(body("hello ").body("world").chunked())).with(&length(-1, 11)),
        http("a_body_in_one_chunk", "", web(body("hello").chunked())).with(&length(-1, 5)),
        http("no_chunks_but_the_last", "", web(answer(200).chunked())).with(&length(-1, 0)),
        http("a_body_until_the_end", "", web(body("hello").until_closed())).with(&length(-1, 5)),
        http("no_body_until_the_end", "", web(answer(200).until_closed())).with(&length(-1, 0)),
        http("a_large_body", "", web(body(vec![b'x'; 1_000_000]))).with(&length(1_000_000, 1_000_000)),
        http("a_slow_body", "", web(body("a").pause(300).body("b")))
            .with(&length(2, 2))
            .with(&["probe_http_duration_seconds{phase=\"transfer\"} >=0.2"]),
        http("a_slow_head", "", web(answer(200).after(300)))
            .with(&["probe_http_duration_seconds{phase=\"processing\"} >=0.2"]),
        of("more_than_the_length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello").with(&length(2, 2)),
        of("chunks_with_extensions_and_trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-T: u\r\n\r\n")
            .with(&length(-1, 5)),
        of("chunks_in_capitals", "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n").with(&length(-1, 10)),
        of("chunks_and_a_length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            .with(&length(-1, 5)),
        of("one_length_twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok").with(&length(2, 2)),
        of("version_1_0_until_the_end", "HTTP/1.0 200 OK\r\n\r\nhello").with(&length(-1, 5)).with(&["probe_http_version 1"]),
        of("a_status_without_a_body_has_none", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello").with(&status(204)),
        of("not_modified_with_a_length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")
            .with(&status(304))
            .fails(NOTHING)
            .says(STATUS),
        head("head_has_a_length_and_no_body", body("hello")).with(&length(5, 0)),
        head("head_of_chunks", body("hello").chunked()).with(&length(-1, 0)),
        head("head_without_a_length", answer(200).until_closed()).with(&length(-1, 0)),
    ]
}

fn broken_framing() -> Vec<Case> {
    const READ: &[&str] = &["ERROR Failed to read HTTP response body"];
    let cut = |name, answer, announced, came| {
        http(name, "", web(answer)).with(&length(announced, came)).fails(NOTHING).says(READ)
    };
    let chunks = |name, text: &str, came| {
        of(name, &format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{text}"))
            .with(&length(-1, came))
            .fails(NOTHING)
            .says(READ)
    };
    let unread = |name, headers: &str| {
        of(name, &format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\nok")).fails(HTTP_UNANSWERED).says(REQUEST)
    };
    vec![
        cut("a_body_that_is_cut", body("hello").declared(10), 10, 5),
        cut("a_body_that_does_not_come", answer(200).declared(10), 10, 0),
        cut("chunks_that_are_cut", body("hello").chunked().broken(), -1, 5),
        chunks("a_chunk_that_is_cut", "a\r\nhello", 5),
        chunks("a_length_of_a_chunk_that_is_no_number", "5\r\nhello\r\nxyz\r\n", 5),
        chunks("a_chunk_without_its_end", "5\r\nhelloworld\r\n0\r\n\r\n", 5),
        chunks("chunks_without_the_last", "5\r\nhello\r\n", 5),
        unread("two_lengths", "Content-Length: 2\r\nContent-Length: 3"),
        unread("a_negative_length", "Content-Length: -1"),
        unread("a_length_that_is_no_number", "Content-Length: two"),
        unread("a_length_with_a_sign", "Content-Length: +2"),
        unread("an_unknown_encoding_of_the_transfer", "Transfer-Encoding: gzip"),
        unread("two_encodings_of_the_transfer", "Transfer-Encoding: gzip, chunked"),
        http("a_body_that_stops", "", web(body("hello").pause(30_000).body("more")))
            .timeout("600ms")
            .with(&length(9, 5))
            .fails(NOTHING)
            .says(READ),
    ]
}

fn modified() -> Vec<Case> {
    let at = |name, text: &str, seconds: &str| {
        http(name, "", web(answer(200).header("Last-Modified", text)))
            .with(&[format!("probe_http_last_modified_timestamp_seconds {seconds}")])
    };
    let unread = |name, text: &str| http(name, "", web(answer(200).header("Last-Modified", text)));
    vec![
        at("last_modified", "Wed, 21 Oct 2015 07:28:00 GMT", "1445412480"),
        at("last_modified_by_rfc_850", "Wednesday, 21-Oct-15 07:28:00 GMT", "1445412480"),
        at("last_modified_by_asctime", "Wed Oct 21 07:28:00 2015", "1445412480"),
        at("last_modified_by_asctime_on_one_digit", "Sun Nov  6 08:49:37 1994", "784111777"),
        at("last_modified_at_the_beginning", "Thu, 01 Jan 1970 00:00:00 GMT", "0"),
        at("last_modified_before_the_beginning", "Wed, 31 Dec 1969 23:59:59 GMT", "-1"),
        at("last_modified_on_another_day_of_the_week", "Mon, 21 Oct 2015 07:28:00 GMT", "1445412480"),
        unread("last_modified_in_another_zone", "Wed, 21 Oct 2015 07:28:00 +0200"),
        unread("last_modified_is_no_date", "yesterday"),
        unread("last_modified_on_one_digit", "Tue, 6 Oct 2015 07:28:00 GMT"),
        unread("last_modified_is_empty", ""),
        unread("last_modified_by_iso_8601", "2015-10-21T07:28:00Z"),
        http(
            "last_modified_of_a_wrong_status",
            "",
            web(answer(500).header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")),
        )
        .with(&["probe_http_last_modified_timestamp_seconds 1445412480", "probe_http_status_code 500"])
        .fails(NOTHING)
        .says(STATUS),
    ]
}
