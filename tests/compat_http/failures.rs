//! Servers that do not answer, and rules about TLS where there is none.

use probe_tests::compat::series::{HTTP_UNANSWERED, HTTP_UNASKED};
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::talk::{Do, pause, silent, talk};
use probe_tests::compat::servers::web::{answer, body};

use super::{Case, NOTHING, REQUEST, STATUS, http, length, status};

const SHORT: &str = "600ms";

pub(crate) fn cases() -> Vec<Case> {
    vec![
        http("a_server_that_says_nothing", "", silent()).timeout(SHORT).fails(HTTP_UNANSWERED).says(REQUEST),
        http("a_server_that_reads_and_says_nothing", "", talk(&[Do::Head, Do::Hold]))
            .timeout(SHORT)
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
        http("a_server_that_closes_at_once", "", talk(&[])).fails(HTTP_UNANSWERED).says(REQUEST),
        http("a_server_that_reads_and_closes", "", talk(&[Do::Head])).fails(HTTP_UNANSWERED).says(REQUEST),
        http("a_server_that_resets", "", talk(&[Do::Head]).resets()).fails(HTTP_UNANSWERED).says(REQUEST),
        http(
            "a_server_that_stops_in_its_head",
            "",
            talk(&[Do::Head, Do::Send(b"HTTP/1.1 200 OK\r\nContent-"), Do::Hold]),
        )
        .timeout(SHORT)
        .fails(HTTP_UNANSWERED)
        .says(REQUEST),
        http(
            "a_server_that_drips",
            "",
            web(body("x")
                .pause(200)
                .body("x")
                .pause(200)
                .body("x")
                .pause(200)
                .body("x")
                .pause(30_000)
                .body("x")),
        )
        .timeout("1100ms")
        .with(&length(5, 4))
        .fails(NOTHING)
        .says(&["ERROR Failed to read HTTP response body"]),
        http(
            "a_server_that_resets_in_its_body",
            "",
            talk(&[Do::Head, Do::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"), pause(200)])
                .resets(),
        )
        .with(&length(10, 5))
        .fails(NOTHING)
        .says(&["ERROR Failed to read HTTP response body"]),
        http("tls_is_demanded", "fail_if_not_ssl: true", web(answer(200)))
            .fails(NOTHING)
            .says(&["ERROR Final request was not over SSL"]),
        http("tls_is_demanded_of_a_wrong_status", "fail_if_not_ssl: true", web(answer(500)))
            .with(&status(500))
            .fails(NOTHING)
            .says(STATUS),
        http("tls_is_demanded_of_nobody", "fail_if_not_ssl: true", talk(&[]))
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
        http("tls_is_forbidden", "fail_if_ssl: true", web(answer(200))),
        http("tls_is_not_verified_without_it", "tls_config: {insecure_skip_verify: false}", web(answer(200))),
        http(
            "an_authority_that_is_missing_without_tls",
            "tls_config: {ca_file: @dir/nothing.pem}",
            web(answer(200)),
        )
        .fails(HTTP_UNASKED)
        .says(&["ERROR Error generating HTTP client"]),
        http(
            "versions_of_tls_that_clash_without_it",
            "tls_config: {min_version: TLS13, max_version: TLS12}",
            web(answer(200)),
        )
        .fails(HTTP_UNASKED)
        .says(&["ERROR Error generating HTTP client"]),
        http("tls_where_there_is_none", "", web(answer(200)).tls("server"))
            .with(&status(400))
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
    ]
}
