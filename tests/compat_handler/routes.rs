//! The other paths.

use probe_tests::compat::exporter::Exporter;
use probe_tests::compat::scenario::{Scenario, scenario};

use super::NOBODY;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("health_is_one_word", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for method in ["GET", "POST", "PUT"] {
                let page = exporter.request(method, "/-/healthy");
                assert_eq!((page.status, page.text().as_str()), (200, "Healthy"));
                assert_eq!(page.header("content-type"), Some("text/plain; charset=utf-8"));
            }
        }),
        scenario("every_other_path_is_the_landing_page", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for path in ["/", "/foo", "/metrics/", "/probe/", "/-/nothing", "/config/x"] {
                let page = exporter.get(path);
                assert_eq!(page.status, 200, "{path}");
                assert_eq!(page.header("content-type"), Some("text/html"), "{path}");
                assert!(page.text().contains("<h1>Blackbox Exporter</h1>"), "{path}: {}", page.text());
            }
        }),
        scenario("the_landing_page_links_to_the_others", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            let page = exporter.get("/").text();
            for text in [
                "<title>Blackbox Exporter</title>",
                "probe?target=prometheus.io&module=http_2xx",
                "probe?target=prometheus.io&module=http_2xx&debug=true",
                "metrics",
                "config",
                "<h2>Recent Probes</h2>",
                "<th>Module</th>",
                "<th>Target</th>",
                "<th>Result</th>",
                "<th>Debug</th>",
            ] {
                assert!(page.contains(text), "{text} is missing:\n{page}");
            }
        }),
        scenario("the_landing_page_escapes", |side| {
            let exporter = Exporter::with(side, "modules: {'<b>': {prober: unix}}", &[]);
            exporter.get("/probe?module=%3Cb%3E&target=/%3Cscript%3E%22'%26");
            let page = exporter.get("/").text();
            for text in [
                "<td>&lt;b&gt;</td>",
                "<td>/&lt;script&gt;&#34;&#39;&amp;</td>",
                "<strong>Failure</strong>",
                "logs?id=0",
            ] {
                assert!(page.contains(text), "{text} is missing:\n{page}");
            }
            assert!(!page.contains("<script>"), "{page}");
        }),
        scenario("reloading_wants_a_post", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for method in ["GET", "PUT", "DELETE"] {
                let page = exporter.request(method, "/-/reload");
                assert_eq!(
                    (page.status, page.text().as_str()),
                    (405, "This endpoint requires a POST request.\n"),
                    "{method}"
                );
            }
            let page = exporter.post("/-/reload", "");
            assert_eq!((page.status, page.text().as_str()), (200, ""));
        }),
        scenario("a_prefix_holds_for_every_path", |side| {
            let exporter = Exporter::with(
                side,
                NOBODY,
                &["--web.route-prefix=/x/", "--web.external-url=http://e.test/y"],
            );
            let page = exporter.get("/");
            assert_eq!((page.status, page.header("location")), (302, Some("http://e.test/y")));
            assert_eq!(exporter.get("/x/-/healthy").status, 200);
            assert_eq!(exporter.get("/x/metrics").status, 200);
            assert_eq!(exporter.get("/x/probe?module=nobody&target=/a").status, 200);
            assert_eq!(exporter.get("/x/anything").status, 200);
            for path in ["/metrics", "/probe", "/-/healthy", "/y/metrics", "/xmetrics"] {
                assert_eq!(exporter.get(path).status, 404, "{path}");
            }
            let page = exporter.get("/x");
            assert_eq!((page.status, page.header("location")), (301, Some("/x/")));
        }),
        scenario("a_prefix_comes_from_the_external_url", |side| {
            let exporter = Exporter::with(side, NOBODY, &["--web.external-url=http://e.test/b/c/"]);
            assert_eq!(exporter.get("/b/c/-/healthy").status, 200);
            assert_eq!(exporter.get("/-/healthy").status, 404);
            assert_eq!(exporter.get("/").header("location"), Some("http://e.test/b/c"));
        }),
        scenario("the_prefix_may_be_none", |side| {
            let exporter =
                Exporter::with(side, NOBODY, &["--web.external-url=http://e.test/b", "--web.route-prefix=/"]);
            assert_eq!(exporter.get("/-/healthy").status, 200);
            assert_eq!(exporter.get("/b/-/healthy").header("content-type"), Some("text/html"));
        }),
        scenario("the_configuration_is_plain_text", |side| {
            let exporter = Exporter::with(side, "modules: {m: {prober: tcp}}", &[]);
            let page = exporter.get("/config");
            assert_eq!((page.status, page.header("content-type")), (200, Some("text/plain")));
            assert!(page.text().starts_with("modules:\n    m:\n        prober: tcp\n"), "{}", page.text());
        }),
    ]
}
