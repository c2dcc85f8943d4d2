//! Credentials, at home and after redirects.

use probe_tests::compat::Server;
use probe_tests::compat::series::HTTP_REFUSED;
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{Request, answer, redirect};

use super::{Case, NOTHING, REQUEST, STATUS, http, redirects, status};

const MET: &[&str] = &["WARN Received redirect"];

fn with(name: &'static str, section: &str, seen: &'static str) -> Case {
    http(name, section, web(answer(200))).saw(&[seen])
}

fn moves(to: &'static str) -> Server {
    web(move |request: &Request| if request.target == "/" { redirect(302, to) } else { answer(200) })
}

pub(crate) fn cases() -> Vec<Case> {
    [basic(), tokens(), missing(), redirected()].concat()
}

fn basic() -> Vec<Case> {
    vec![
        with("basic", "basic_auth: {username: u, password: p}", "s: authorization: Basic dTpw"),
        with("basic_without_a_password", "basic_auth: {username: u}", "s: authorization: Basic dTo="),
        with("basic_without_a_user", "basic_auth: {password: p}", "s: authorization: Basic OnA="),
        with(
            "basic_with_letters",
            "basic_auth: {username: é, password: 'a:b'}",
            "s: authorization: Basic w6k6YTpi",
        ),
        with(
            "basic_with_a_password_in_a_file",
            "basic_auth: {username: u, password_file: @dir/password}",
            "s: authorization: Basic dTpmcm9tLWZpbGU=",
        ),
        with(
            "basic_with_a_user_in_a_file",
            "basic_auth: {username_file: @dir/username, password: p}",
            "s: authorization: Basic ZmlsZS11c2VyOnA=",
        ),
        with(
            "basic_with_an_empty_file",
            "basic_auth: {username: u, password_file: @dir/empty}",
            "s: authorization: Basic dTo=",
        ),
        with("an_empty_basic_is_none", "basic_auth: {}", "s: GET / HTTP/1.1"),
        with(
            "a_url_goes_before_basic",
            "basic_auth: {username: u, password: p}",
            "s: authorization: Basic YTpi",
        )
        .target("http://a:b@@s/"),
        with(
            "a_header_goes_before_basic",
            "basic_auth: {username: u}, headers: {Authorization: Custom x}",
            "s: authorization: Custom x",
        ),
        http(
            "the_server_wants_others",
            "basic_auth: {username: u}",
            web(answer(401).header("WWW-Authenticate", "Basic realm=\"r\"")),
        )
        .with(&status(401))
        .fails(NOTHING)
        .says(STATUS),
    ]
}

fn tokens() -> Vec<Case> {
    vec![
        with("a_token", "bearer_token: t", "s: authorization: Bearer t"),
        with("a_token_in_a_file", "bearer_token_file: @dir/token", "s: authorization: Bearer file-token"),
        with("authorization", "authorization: {credentials: t}", "s: authorization: Bearer t"),
        with(
            "authorization_of_another_type",
            "authorization: {type: Token, credentials: t}",
            "s: authorization: Token t",
        ),
        with(
            "authorization_with_spaces_around_its_type",
            "authorization: {type: '  Token  ', credentials: t}",
            "s: authorization: Token t",
        ),
        with(
            "authorization_in_a_file",
            "authorization: {credentials_file: @dir/token}",
            "s: authorization: Bearer file-token",
        ),
        with("authorization_without_credentials", "authorization: {type: Token}", "s: authorization: Token"),
        with("a_url_goes_before_a_token", "bearer_token: t", "s: authorization: Basic YTpi")
            .target("http://a:b@@s/"),
        with(
            "a_header_goes_before_a_token",
            "bearer_token: t, headers: {authorization: Custom x}",
            "s: authorization: Custom x",
        ),
    ]
}

fn missing() -> Vec<Case> {
    let unasked = |name, section: &str| {
        http(name, section, web(answer(200))).fails(HTTP_REFUSED).says(REQUEST).saw(&["!s: GET"])
    };
    vec![
        unasked(
            "a_password_in_a_file_that_is_missing",
            "basic_auth: {username: u, password_file: @dir/nothing}",
        ),
        unasked("a_user_in_a_file_that_is_missing", "basic_auth: {username_file: @dir/nothing, password: p}"),
        unasked("a_token_in_a_file_that_is_missing", "bearer_token_file: @dir/nothing"),
        unasked("credentials_in_a_file_that_is_missing", "authorization: {credentials_file: @dir/nothing}"),
    ]
}

fn redirected() -> Vec<Case> {
    let home = |name, section: &str| http(name, section, moves("/end")).with(&redirects(1)).says(MET);
    let away = |name, section: &str| {
        let other = web(answer(200)).at("127.0.0.7");
        http(name, section, moves("http://@e/end"))
            .on("e", other)
            .with(&redirects(1))
            .says(MET)
            .saw(&["e: GET /end HTTP/1.1", "!e: authorization"])
    };
    vec![
        home("basic_stays", "basic_auth: {username: u, password: p}")
            .saw(&["s: GET /end HTTP/1.1", "s: authorization: Basic dTpw"]),
        home("a_token_stays", "bearer_token: t").saw(&["s: GET /end HTTP/1.1", "s: authorization: Bearer t"]),
        home("a_header_stays", "headers: {Authorization: Custom x}")
            .saw(&["s: GET /end HTTP/1.1", "s: authorization: Custom x"]),
        home("credentials_of_a_url_stay", "")
            .target("http://a:b@@s/")
            .saw(&["s: GET /end HTTP/1.1", "s: authorization: Basic YTpi"]),
        http("basic_goes_to_another_port", "basic_auth: {username: u, password: p}", moves("http://@e/end"))
            .on("e", web(answer(200)))
            .with(&redirects(1))
            .says(MET)
            .saw(&["e: authorization: Basic dTpw"]),
        away("basic_does_not_go_away", "basic_auth: {username: u, password: p}"),
        away("a_token_does_not_go_away", "bearer_token: t"),
        away("a_header_does_not_go_away", "headers: {Authorization: Custom x}"),
        away("credentials_of_a_url_do_not_go_away", "").target("http://a:b@@s/"),
        away("a_cookie_of_a_header_does_not_go_away", "headers: {Cookie: a=b}").saw(&["!e: cookie"]),
        away("a_cookie_of_a_value_does_not_go_away", "http_headers: {Cookie: {values: [a=b]}}")
            .saw(&["!e: cookie"]),
        away("other_values_go_away", "http_headers: {X-A: {values: [b]}}").saw(&["e: x-a: b"]),
    ]
}
