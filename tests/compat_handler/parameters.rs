//! Parameters of `/probe`, and the order in which they are looked at.

use probe_tests::compat::exporter::{Exporter, Side};
use probe_tests::compat::scenario::{Scenario, scenario};
use probe_tests::compat::series::{ADDRESS, DIALOGUE, HTTP};
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::talk::silent;
use probe_tests::compat::servers::web::answer;
use probe_tests::compat::{Case, probe};

use super::NOBODY;

fn tcp(name: &str) -> Case {
    probe(name, "tcp", "preferred_ip_protocol: ip4", &[ADDRESS, DIALOGUE]).on("s", silent())
}

fn http(name: &str, section: &str) -> Case {
    let section = format!("preferred_ip_protocol: ip4, {section}");
    probe(name, "http", &section, &[ADDRESS, HTTP]).on("s", web(answer(200))).target("http://@s/")
}

pub(crate) fn cases() -> Vec<Case> {
    const HEADER: &str = "X-Prometheus-Scrape-Timeout-Seconds";
    const BAD_HEADER: &str = "Failed to parse timeout from Prometheus header: strconv.ParseFloat: parsing \"abc\": invalid syntax\n";
    vec![
        tcp("an_unknown_module").no_module().ask("module", "nope").answers(400, "Unknown module \"nope\"\n"),
        tcp("an_unknown_module_in_quotes").no_module().ask("module", "a \"b\" \\ c").answers(400, "Unknown module \"a \\\"b\\\" \\\\ c\"\n"),
        tcp("an_unknown_module_of_letters").no_module().ask("module", "zoë 🎉").answers(400, "Unknown module \"zoë 🎉\"\n"),
        tcp("an_unknown_module_in_two_lines").no_module().ask("module", "a\nb\t\u{7f}").answers(400, "Unknown module \"a\\nb\\t\\x7f\"\n"),
        tcp("no_module_is_http_2xx").no_module().ask("module", "").answers(400, "Unknown module \"http_2xx\"\n"),
        tcp("an_unknown_module_comes_before_a_bad_timeout")
            .no_module()
            .ask("module", "nope")
            .header(HEADER, "abc")
            .without("target")
            .answers(400, "Unknown module \"nope\"\n"),
        tcp("no_target").without("target").answers(400, "Target parameter is missing\n"),
        tcp("an_empty_target").target("").answers(400, "Target parameter is missing\n"),
        tcp("a_bad_timeout_comes_before_a_missing_target").without("target").header(HEADER, "abc").answers(500, BAD_HEADER),
        tcp("a_bad_timeout").header(HEADER, "abc").answers(500, BAD_HEADER),
        http("a_host_in_the_query", "").ask("hostname", "vhost.test").saw(&["s: host: vhost.test"]).dumps("  headers:\n    Host: vhost.test\n"),
        http("a_host_in_both", "headers: {Host: a.test}").ask("hostname", "b.test").answers(
            400,
            "host header defined both in module configuration (a.test) and with URL-parameter 'hostname' (b.test)\n",
        ),
        http("a_host_in_both_in_small_letters", "headers: {hOST: a.test}").ask("hostname", "b.test").answers(
            400,
            "host header defined both in module configuration (a.test) and with URL-parameter 'hostname' (b.test)\n",
        ),
        http("a_host_in_both_that_is_the_same", "headers: {Host: a.test}").ask("hostname", "a.test").saw(&["s: host: a.test"]),
        http("a_host_in_both_comes_after_a_missing_target", "headers: {Host: a.test}")
            .ask("hostname", "b.test")
            .without("target")
            .answers(400, "Target parameter is missing\n"),
        tcp("a_host_for_tcp").ask("hostname", "vhost.test").dumps("  tls_config:\n    server_name: vhost.test\n    insecure_skip_verify: false\n"),
        tcp("a_host_for_tcp_that_is_set_already")
            .module("{prober: tcp, timeout: 20s, tcp: {preferred_ip_protocol: ip4, tls_config: {server_name: a.test}}}")
            .ask("hostname", "b.test")
            .dumps("    server_name: a.test\n"),
        http("parameters_have_their_case", "").ask("Hostname", "vhost.test").saw(&["s: host: @s"]),
        tcp("other_parameters_do_not_matter").ask("timeout", "1ms").ask("prober", "http").tells(&["Beginning probe timeout_seconds=20"]),
        tcp("a_target_with_spaces").target(" @s").fails(&[
            "!probe_failed_due_to_bytes",
            "!probe_failed_due_to_regex",
            "probe_ip_protocol 0",
            "probe_ip_addr_hash 0",
        ]).says(&["ERROR Resolution with IP protocol failed", "ERROR Error resolving address", "ERROR Error dialing TCP"]),
    ]
}

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("the_first_of_a_parameter_counts", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            let page = exporter
                .get("/probe?module=nobody&module=nope&target=/a&target=/b&debug=true&debug=false")
                .text();
            assert!(page.contains("target=/a") && page.starts_with("Logs for the probe:\n"), "{page}");
            let page = exporter.get("/probe?target=/a&module=nope&module=nobody");
            assert_eq!((page.status, page.text().as_str()), (400, "Unknown module \"nope\"\n"));
        }),
        scenario("a_query_is_decoded_as_forms_are", |side| {
            let exporter = Exporter::with(side, NOBODY, &["--log.prober=debug"]);
            let target = |query: &str| {
                let page = exporter.get(&format!("/probe?module=nobody&debug=true&{query}")).text();
                let line = page.lines().nth(1).unwrap_or_default().to_owned();
                line.split(" target=")
                    .nth(1)
                    .unwrap_or(&page)
                    .split(" probe=")
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            };
            assert_eq!(target("target=/a%20b+c"), "\"/a b c\"");
            assert_eq!(target("target=/a%2Bb"), "/a+b");
            assert_eq!(target("target=/a%253Ab"), "/a%3Ab");
            assert_eq!(target("target=/a%C3%A9"), "/aé");
            assert_eq!(target("target=/a?b%26c"), "/a?b&c");
            assert_eq!(target("ta%72get=/a"), "/a");
        }),
        scenario("what_cannot_be_decoded_is_left_out", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for query in ["target=%zz", "target=a;b", "target", "target=&target=x"] {
                let page = exporter.get(&format!("/probe?module=nobody&{query}"));
                assert_eq!(
                    (page.status, page.text().as_str()),
                    (400, "Target parameter is missing\n"),
                    "{query}"
                );
            }
        }),
        scenario("debug_is_exactly_true", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for (value, is_page) in
                [("true", true), ("True", false), ("1", false), ("", false), ("true%20", false)]
            {
                let page = exporter.get(&format!("/probe?module=nobody&target=/a&debug={value}"));
                assert_eq!(page.text().starts_with("Logs for the probe:\n"), is_page, "{value}");
                let kind = page.header("content-type").unwrap_or_default();
                assert_eq!(kind == "text/plain", is_page, "{value}: {kind}");
            }
        }),
        scenario("every_method_probes", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
                let page = exporter.request(method, "/probe?module=nobody&target=/a");
                assert_eq!(page.status, 200, "{method}");
                assert!(page.text().contains("probe_success 0\n"), "{method}: {}", page.text());
            }
            let page = exporter.request("HEAD", "/probe?module=nobody&target=/a");
            assert_eq!((page.status, page.body.len()), (200, 0));
            let rows = exporter.get("/").text().matches("<td>nobody</td>").count();
            assert_eq!(rows, 6, "each was a probe");
        }),
        scenario("a_body_is_no_query", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            let page = exporter.post("/probe?module=nobody", "target=/a");
            assert_eq!((page.status, page.text().as_str()), (400, "Target parameter is missing\n"));
        }),
        scenario("errors_are_plain_text", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for path in ["/probe?module=nope", "/probe?module=nobody", "/logs", "/logs?id=99"] {
                let page = exporter.get(path);
                assert_eq!(page.header("content-type"), Some("text/plain; charset=utf-8"), "{path}");
                assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
            }
        }),
        scenario("a_module_without_anything_has_no_prober", |side| {
            let exporter = Exporter::with(side, "modules: {nothing: }", &[]);
            let page = exporter.get("/probe?module=nothing&target=/a");
            assert_eq!((page.status, page.text().as_str()), (400, "Unknown prober \"\"\n"));
        }),
        scenario("an_unknown_module_is_counted", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for _ in 0..3 {
                exporter.get("/probe?module=nope&target=/a");
            }
            exporter.get("/probe?module=nobody");
            let metrics = exporter.get("/metrics").text();
            assert!(metrics.contains("\nblackbox_module_unknown_total 3\n"), "{metrics}");
        }),
        scenario("no_module_is_http_2xx_if_there_is_one", |side: Side| {
            let exporter = Exporter::with(side, "modules: {http_2xx: {prober: unix}}", &[]);
            assert_eq!(exporter.get("/probe?target=/a").status, 200);
        }),
    ]
}
