//! Redirects.

use probe_tests::compat::Server;
use probe_tests::compat::case::Need;
use probe_tests::compat::series::HTTP_UNANSWERED;
use probe_tests::compat::servers::closed::closed;
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{Answer, Request, answer, body, redirect};

use super::{Case, NOTHING, REGEX, REQUEST, STATUS, http, length, redirects, status};

const MET: &[&str] = &["WARN Received redirect"];
const LINES: &[&str] = &["WARN Received redirect", "WARN Not following redirect"];

/// Moves `/` somewhere; answers everything else.
fn moves(code: u16, to: &'static str) -> Server {
    web(
        move |request: &Request| {
            if request.target == "/" { redirect(code, to).body("moved") } else { body("arrived") }
        },
    )
}

fn follows(name: &'static str, section: &str, server: Server) -> Case {
    http(name, section, server).with(&redirects(1)).with(&length(7, 7)).says(MET)
}

pub(crate) fn cases() -> Vec<Case> {
    [codes(), locations(), chains(), refused(), elsewhere(), broken()].concat()
}

fn codes() -> Vec<Case> {
    let with_get = |name, code| {
        follows(name, "", moves(code, "/end")).saw(&[
            "s: GET / HTTP/1.1",
            "s: GET /end HTTP/1.1",
            "s: host: @s",
            "s: referer: http://@s/",
        ])
    };
    let with_post = |name, code, seen: &'static [&'static str]| {
        follows(name, "method: POST, body: data", moves(code, "/end")).saw(seen)
    };
    const BECOMES_GET: &[&str] = &["s: POST / HTTP/1.1", "s: body data", "s: GET /end HTTP/1.1"];
    const STAYS_POST: &[&str] =
        &["s: POST / HTTP/1.1", "s: body data", "s: POST /end HTTP/1.1", "s: body data"];
    let final_one = |name, code| {
        http(name, "", web(redirect(code, "/end"))).with(&status(code)).fails(NOTHING).says(STATUS)
    };
    vec![
        with_get("status_301", 301),
        with_get("status_302", 302),
        with_get("status_303", 303),
        with_get("status_307", 307),
        with_get("status_308", 308),
        with_post("post_301", 301, BECOMES_GET),
        with_post("post_302", 302, BECOMES_GET),
        with_post("post_303", 303, BECOMES_GET),
        with_post("post_307", 307, STAYS_POST),
        with_post("post_308", 308, STAYS_POST),
        follows("head_stays_head", "method: HEAD", moves(302, "/end"))
            .with(&length(7, 0))
            .saw(&["s: HEAD / HTTP/1.1", "s: HEAD /end HTTP/1.1"]),
        follows("put_becomes_get", "method: PUT, body: x", moves(302, "/end")).saw(&[
            "s: PUT / HTTP/1.1",
            "s: GET /end HTTP/1.1",
            "!s: content-length: 1\n",
        ]),
        follows(
            "types_of_a_body_go_with_it",
            "method: POST, body: x, headers: {Content-Type: text/plain, X-A: b}",
            moves(303, "/end"),
        )
        .saw(&[
            "s: content-type: text/plain",
            "s: x-a: b",
            "s: body x",
            "s: GET /end HTTP/1.1",
            "s: x-a: b",
        ]),
        follows(
            "a_body_from_a_file_is_dropped",
            "method: POST, body_file: @dir/body.txt",
            moves(302, "/end"),
        )
        .saw(&["s: POST / HTTP/1.1", "s: GET /end HTTP/1.1"]),
        http(
            "a_body_from_a_file_is_not_sent_again",
            "method: POST, body_file: @dir/body.txt",
            moves(307, "/end"),
        )
        .with(&status(307))
        .with(&length(5, 5))
        .fails(NOTHING)
        .says(STATUS)
        .saw(&["s: POST / HTTP/1.1", "!s: POST /end"]),
        final_one("status_300_is_final", 300),
        final_one("status_304_is_final", 304),
        final_one("status_305_is_final", 305),
        final_one("status_306_is_final", 306),
    ]
}

fn locations() -> Vec<Case> {
    let to = |name, location: &'static str, seen: &'static str| {
        let server = web(
            move |request: &Request| {
                if request.target == "/a/b?c" { redirect(302, location) } else { body("arrived") }
            },
        );
        follows(name, "", server).target("http://@s/a/b?c").saw(&["s: GET /a/b?c HTTP/1.1", seen])
    };
    vec![
        to("a_path", "/end", "s: GET /end HTTP/1.1"),
        to("a_relative_path", "end", "s: GET /a/end HTTP/1.1"),
        to("a_relative_path_upwards", "../end", "s: GET /end HTTP/1.1"),
        to("a_query_alone", "?d", "s: GET /a/b?d HTTP/1.1"),
        to("a_path_with_a_query", "/end?x=y", "s: GET /end?x=y HTTP/1.1"),
        to("a_fragment_is_not_sent", "/end#part", "s: GET /end HTTP/1.1"),
        to("an_absolute_url", "http://@s/end", "s: GET /end HTTP/1.1"),
        to("a_url_without_its_scheme", "//@s/end", "s: GET /end HTTP/1.1"),
        to("a_scheme_in_capitals", "HTTP://@s/end", "s: GET /end HTTP/1.1"),
        to("letters_are_escaped", "/é", "s: GET /%C3%A9 HTTP/1.1"),
        to("a_space_is_escaped", "/a b", "s: GET /a%20b HTTP/1.1"),
        to("dots_in_a_path_are_taken_out", "/x/../end/./y", "s: GET /end/y HTTP/1.1"),
        to("credentials_in_a_location", "http://u:p@@s/end", "s: GET /end HTTP/1.1")
            .saw(&["s: authorization: Basic dTpw"]),
        http("no_location", "", web(answer(302))).with(&status(302)).fails(NOTHING).says(STATUS),
        http("an_empty_location", "", web(redirect(302, ""))).with(&status(302)).fails(NOTHING).says(STATUS),
    ]
}

/// Moves so many times, from `/` to `/1` and on.
fn steps(count: u32) -> Server {
    web(move |request: &Request| {
        let at: u32 = request.target.trim_start_matches('/').parse().unwrap_or(0);
        if at < count { redirect(302, &format!("/{}", at + 1)).body("moved") } else { body("arrived") }
    })
}

fn chains() -> Vec<Case> {
    vec![
        http("two_steps", "", steps(2)).with(&redirects(2)).with(&length(7, 7)).says(&[MET, MET].concat()),
        http("ten_steps", "", steps(10))
            .with(&redirects(10))
            .with(&length(7, 7))
            .says(&[MET[0]; 10])
            .saw(&["s: GET /10 HTTP/1.1"]),
        http("eleven_steps_are_too_many", "", steps(11))
            .with(&redirects(11))
            .with(&status(302))
            .with(&length(5, 0))
            .fails(NOTHING)
            .says(&[&[MET[0]; 10][..], LINES, STATUS].concat())
            .saw(&["s: GET /10 HTTP/1.1", "!s: GET /11"]),
        http("a_redirect_to_itself", "", web(redirect(302, "/")))
            .with(&redirects(11))
            .with(&status(302))
            .fails(NOTHING)
            .says(&[&[MET[0]; 10][..], LINES, STATUS].concat()),
        http("the_last_of_too_many_may_be_listed", "valid_status_codes: [302]", steps(11))
            .with(&redirects(11))
            .with(&status(302))
            .with(&length(5, 0))
            .says(&[&[MET[0]; 10][..], LINES].concat()),
        http(
            "a_slow_step",
            "",
            web(|request: &Request| {
                if request.target == "/" { redirect(302, "/end").after(200) } else { answer(200).after(200) }
            }),
        )
        .with(&redirects(1))
        .with(&["probe_http_duration_seconds{phase=\"processing\"} >=0.3"])
        .says(MET),
        http(
            "only_the_last_body_counts",
            "",
            web(|request: &Request| {
                if request.target == "/" {
                    redirect(302, "/end").body(vec![b'x'; 100_000])
                } else {
                    body("arrived")
                }
            }),
        )
        .with(&redirects(1))
        .with(&length(7, 7))
        .says(MET),
    ]
}

fn refused() -> Vec<Case> {
    let stays = |name, section: &str| {
        http(name, &format!("follow_redirects: false, {section}"), moves(302, "/end"))
            .with(&redirects(1))
            .with(&status(302))
            .with(&length(5, 0))
            .saw(&["!s: GET /end"])
    };
    vec![
        stays("redirects_are_not_followed", "").fails(NOTHING).says(LINES).says(STATUS),
        stays("redirects_are_not_followed_but_listed", "valid_status_codes: [302]").says(LINES),
        http(
            "redirects_are_not_followed_the_old_way",
            "no_follow_redirects: true, valid_status_codes: [302]",
            moves(302, "/end"),
        )
        .with(&redirects(1))
        .with(&status(302))
        .with(&length(5, 0))
        .says(LINES),
        follows(
            "the_old_way_goes_before_the_new_one",
            "no_follow_redirects: false, follow_redirects: false",
            moves(302, "/end"),
        ),
        stays(
            "a_rule_for_the_location",
            "valid_status_codes: [302], fail_if_header_not_matches: [{header: Location, regexp: '^/end$'}]",
        )
        .says(LINES),
        stays(
            "a_rule_for_a_body_that_is_not_read",
            "valid_status_codes: [302], fail_if_body_not_matches_regexp: [moved]",
        )
        .fails(REGEX)
        .says(&[LINES, &["ERROR Error reading HTTP body"]].concat()),
        http("success_that_is_no_redirect", "follow_redirects: false", web(body("hello")))
            .with(&length(5, 5)),
        http(
            "a_redirect_without_a_location_is_no_redirect",
            "follow_redirects: false, valid_status_codes: [302]",
            web(answer(302).body("x")),
        )
        .with(&status(302))
        .with(&length(1, 1)),
    ]
}

fn elsewhere() -> Vec<Case> {
    let to = |name, section: &str, location: &'static str, other: Server| {
        follows(name, section, moves(302, location)).on("e", other)
    };
    let there = || web(body("arrived"));
    vec![
        to("another_port", "headers: {X-A: b}", "http://@e/end", there()).saw(&[
            "e: GET /end HTTP/1.1",
            "e: host: @e",
            "e: referer: http://@s/",
            "e: x-a: b",
        ]),
        to("another_address", "", "http://@e/end", there().at("127.0.0.7")).saw(&["e: host: @e"]),
        to("a_host_does_not_go_elsewhere", "headers: {Host: vhost.test}", "http://@e/end", there())
            .saw(&["s: host: vhost.test", "e: host: @e"]),
        follows("a_host_stays_with_its_paths", "headers: {Host: vhost.test}", moves(302, "/end")).saw(&[
            "s: host: vhost.test",
            "s: GET /end HTTP/1.1",
            "s: host: vhost.test",
        ]),
        to("another_family", "", "http://@e/end", there().at("::1")).needs(Need::Ipv6).saw(&["e: host: @e"]),
        to("an_agent_goes_elsewhere", "headers: {User-Agent: me}", "http://@e/end", there())
            .saw(&["e: user-agent: me"]),
        follows("a_referer_without_credentials", "", moves(302, "/end"))
            .target("http://u:p@@s/")
            .saw(&["s: referer: http://@s/"]),
        follows("a_referer_of_ones_own", "headers: {Referer: 'http://me.test/'}", moves(302, "/end"))
            .saw(&["s: GET /end HTTP/1.1", "s: referer: http://me.test/"]),
        http("a_wrong_status_elsewhere", "", moves(302, "http://@e/end"))
            .on("e", web(answer(503)))
            .with(&redirects(1))
            .with(&status(503))
            .fails(NOTHING)
            .says(&[MET, STATUS].concat()),
    ]
}

fn broken() -> Vec<Case> {
    let lost = |name, location: &'static str| {
        http(name, "", moves(302, location)).with(&redirects(1)).fails(HTTP_UNANSWERED)
    };
    vec![
        lost("a_location_that_is_none", "/%zz").with(&redirects(0)).says(REQUEST),
        lost("a_location_with_a_bad_port", "http://127.0.0.1:port/").with(&redirects(0)).says(REQUEST),
        lost("another_scheme", "ftp://127.0.0.1/x").says(&[MET, REQUEST].concat()),
        lost("a_location_without_a_host", "http:///x").says(&[MET, REQUEST].concat()),
        lost("nobody_listens_elsewhere", "http://@e/").on("e", closed()).says(&[MET, REQUEST].concat()),
        http(
            "the_second_step_is_cut",
            "",
            web(|request: &Request| {
                if request.target == "/" {
                    redirect(302, "/end")
                } else {
                    probe_tests::compat::servers::web::raw("")
                }
            }),
        )
        .with(&redirects(1))
        .fails(HTTP_UNANSWERED)
        .says(&[MET, REQUEST].concat()),
        http(
            "the_second_step_takes_too_long",
            "",
            web(|request: &Request| -> Answer {
                if request.target == "/" { redirect(302, "/end") } else { answer(200).after(30_000) }
            }),
        )
        .timeout("600ms")
        .with(&redirects(1))
        .fails(HTTP_UNANSWERED)
        .says(&[MET, REQUEST].concat()),
    ]
}
