//! Tokens by OAuth 2.0.

use probe_tests::compat::Server;
use probe_tests::compat::series::HTTP_REFUSED;
use probe_tests::compat::servers::closed::closed;
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{Answer, Request, answer, body};

use super::{Case, REQUEST, http};

const TOKEN: &str = r#"{"access_token": "secret-1", "token_type": "Bearer", "expires_in": 3600}"#;

fn token(text: &str) -> Answer {
    body(text).header("Content-Type", "application/json")
}

/// A probe with a token of the server `t`.
fn of(name: &'static str, oauth2: &str, tokens: Server) -> Case {
    let section = format!("oauth2: {{client_id: me, token_url: 'http://@t/token', {oauth2}}}");
    http(name, &section, web(answer(200))).on("t", tokens)
}

fn granted(name: &'static str, oauth2: &str) -> Case {
    of(name, oauth2, web(token(TOKEN))).saw(&["s: authorization: Bearer secret-1"])
}

fn refused(name: &'static str, oauth2: &str, tokens: Server) -> Case {
    of(name, oauth2, tokens).fails(HTTP_REFUSED).says(REQUEST).saw(&["!s: GET"])
}

pub(crate) fn cases() -> Vec<Case> {
    const SECRET: &str = "client_secret: hush";
    vec![
        granted("a_token_is_fetched", SECRET).saw(&[
            "t: POST /token HTTP/1.1",
            "t: authorization: Basic bWU6aHVzaA==",
            "t: content-type: application/x-www-form-urlencoded",
            "t: body grant_type=client_credentials",
        ]),
        granted("a_token_for_scopes", "client_secret: hush, scopes: [a, b]").saw(&["t: body grant_type=client_credentials&scope=a+b"]),
        granted("a_token_with_parameters", "client_secret: hush, endpoint_params: {audience: 'x y', b: '&'}")
            .saw(&["t: body audience=x+y&b=%26&grant_type=client_credentials"]),
        granted("a_secret_in_a_file", "client_secret_file: @dir/password").saw(&["t: authorization: Basic bWU6ZnJvbS1maWxl"]),
        granted("no_secret", "").saw(&["t: authorization: Basic bWU6"]),
        of("the_token_server_wants_the_form", SECRET, web(|request: &Request| {
            if request.text().contains("client_secret=hush") { token(TOKEN) } else { answer(401) }
        }))
        .saw(&["s: authorization: Bearer secret-1", "t: body grant_type=client_credentials", "t: body client_id=me&client_secret=hush&grant_type=client_credentials"]),
        of("a_token_of_another_type", SECRET, web(token(r#"{"access_token": "x", "token_type": "mac"}"#))).saw(&["s: authorization: MAC x"]),
        of("a_token_without_a_type", SECRET, web(token(r#"{"access_token": "x"}"#))).saw(&["s: authorization: Bearer x"]),
        of("a_token_as_a_form", SECRET, web(body("access_token=x&token_type=bearer").header("Content-Type", "application/x-www-form-urlencoded")))
            .saw(&["s: authorization: Bearer x"]),
        of("a_life_in_quotes", SECRET, web(token(r#"{"access_token": "x", "expires_in": "3600"}"#))).saw(&["s: authorization: Bearer x"]),
        of("a_slow_token_counts", SECRET, web(token(TOKEN).after(300))).with(&["probe_duration_seconds >=0.2"]),
        refused("a_token_that_is_missing", SECRET, web(token("{}"))),
        refused("a_token_that_is_empty", SECRET, web(token(r#"{"access_token": ""}"#))),
        refused("a_token_that_is_no_json", SECRET, web(token("<html>"))),
        refused("a_token_server_that_refuses", SECRET, web(answer(401))),
        refused("a_token_server_that_says_why", SECRET, web(answer(400).header("Content-Type", "application/json").body(r#"{"error": "invalid_client"}"#))),
        refused("a_token_server_that_fails", SECRET, web(answer(500).body("oops"))),
        refused("a_token_server_that_is_not_there", SECRET, closed()),
        refused("a_secret_in_a_file_that_is_missing", "client_secret_file: @dir/nothing", web(token(TOKEN))),
        http("a_header_goes_before_oauth2", "headers: {Authorization: Custom x}, oauth2: {client_id: me, client_secret: hush, token_url: 'http://@t/token'}", web(answer(200)))
            .on("t", web(token(TOKEN)))
            .saw(&["s: GET / HTTP/1.1"]),
    ]
}
