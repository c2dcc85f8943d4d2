use http_body_util::BodyExt;
use hyper::header::{ACCEPT, LOCATION};
use probe_core::net::LiteralsOnly;

use super::*;
use crate::testing;

const MODULES: &str = "modules: {tcp: {prober: tcp, timeout: 1s}}";

struct Answered {
    status: u16,
    kind: String,
    location: String,
    body: String,
}

async fn asked(exporter: &Exporter, method: &str, path: &str, accept: &str) -> Answered {
    let services = Services::new(Arc::new(LiteralsOnly));
    let request =
        Request::builder().method(method).uri(path).header(ACCEPT, accept).body(()).expect("a request");
    let answer = answer(exporter, &services, request).await;
    let header = |name| {
        let value = answer.headers().get(name);
        value.map_or(String::new(), |value: &HeaderValue| value.to_str().expect("text").to_owned())
    };
    let (status, kind, location) = (answer.status().as_u16(), header(CONTENT_TYPE), header(LOCATION));
    let body = answer.into_body().collect().await.expect("it is in memory").to_bytes();
    Answered { status, kind, location, body: String::from_utf8_lossy(&body).into_owned() }
}

#[tokio::test]
async fn every_path_has_its_answer() {
    let exporter = testing::exporter("route-paths.yml", MODULES);
    for (method, path, status, kind, begins) in [
        ("GET", "/-/healthy", 200, MESSAGE, "Healthy"),
        ("GET", "/-/ready", 200, MESSAGE, "Ready"),
        ("GET", "/-/reload", 405, MESSAGE, "This endpoint requires a POST request.\n"),
        ("POST", "/-/reload", 500, MESSAGE, "failed to reload config: the exporter is stopping\n"),
        ("DELETE", "/config", 200, "text/plain", "modules:\n    tcp:\n"),
        (
            "GET",
            "/%6detrics",
            200,
            "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
            "# HELP blackbox_",
        ),
        ("GET", "/logs", 400, MESSAGE, "Probe id or target must be defined as http query parameters\n"),
        ("GET", "/logs?id=7", 404, MESSAGE, "Probe id not found\n"),
        ("GET", "/logs?target=x", 404, MESSAGE, "Probe target not found\n"),
        ("GET", "/probe?module=tcp", 400, MESSAGE, "Target parameter is missing\n"),
        ("POST", "/no/such/path", 200, "text/html", "<html>"),
        ("GET", "/debug/pprof/heap", 404, MESSAGE, "There are no profiles"),
        ("GET", "/%zz", 400, MESSAGE, "400 Bad Request"),
    ] {
        let answered = asked(&exporter, method, path, "*/*").await;
        assert_eq!((answered.status, answered.kind.as_str()), (status, kind), "{method} {path}");
        assert!(answered.body.starts_with(begins), "{method} {path}: {}", answered.body);
    }
    let moved = asked(&exporter, "GET", "//metrics?x=1", "*/*").await;
    assert_eq!((moved.status, moved.location.as_str()), (301, "/metrics?x=1"));
}

#[tokio::test]
async fn a_probe_is_remembered_and_shown() {
    let exporter = testing::exporter("route-probe.yml", MODULES);
    let target = "%3Cscript%3Ealert(1)%3C/script%3E%26%22%27";
    let debug =
        asked(&exporter, "GET", &format!("/probe?module=tcp&target={target}&debug=true"), "*/*").await;
    assert!(debug.body.contains("\nprobe_success 0\n"), "{}", debug.body);
    let logs = asked(&exporter, "GET", "/logs?id=0", "*/*").await;
    assert_eq!((logs.kind.as_str(), &logs.body), ("text/plain", &debug.body));
    for (path, accept) in [
        ("/", "*/*"),
        ("/", "text/html,*/*;q=0.8"),
        ("/?filter=%22%3E%3Cscript%3E", "text/html"),
        ("/logs?id=0&format=html", "*/*"),
        ("/logs?target=%3Cscript%3Ealert(1)%3C/script%3E%26%22%27&format=html", "*/*"),
    ] {
        let page = asked(&exporter, "GET", path, accept).await;
        assert!(page.kind.starts_with("text/html") && page.status == 200, "{path}: {}", page.body);
        assert!(
            !page.body.contains("<script>alert") && !page.body.contains("\"><script"),
            "{path}: {}",
            page.body
        );
    }
}

#[tokio::test]
async fn the_plain_page_lists_probes_as_the_reference_does() {
    let exporter = testing::exporter("route-plain.yml", MODULES);
    for target in ["a&b", "c"] {
        let target = target.replace('&', "%26");
        asked(&exporter, "GET", &format!("/probe?module=tcp&target={target}"), "*/*").await;
    }
    let page = asked(&exporter, "GET", "/", "").await.body;
    let row = |target, id| {
        format!(
            "<tr><td>tcp</td><td>{target}</td><td><strong>Failure</strong></td><td><a href='logs?id={id}'>Logs</a></td></tr>\n"
        )
    };
    assert!(page.contains(&format!("{}{}", row("c", 1), row("a&amp;b", 0))), "{page}");
    assert!(
        page.contains(
            "<table border='1'><tr><th>Module</th><th>Target</th><th>Result</th><th>Debug</th></tr>"
        )
    );
}

#[tokio::test]
async fn the_page_for_browsers_narrows_its_list_without_a_script() {
    let exporter = testing::exporter("route-rich.yml", MODULES);
    exporter.history.add(testing::success("tcp", "good.example"));
    exporter.history.add(testing::failure("tcp", "bad.example"));
    let rows = async |path| {
        let page = asked(&exporter, "GET", path, "text/html").await.body;
        let list = page.split_once("id=\"probes\"").map_or("", |(_, list)| list).to_owned();
        (list.contains("good.example"), list.contains("bad.example"))
    };
    assert_eq!(rows("/").await, (true, true));
    assert_eq!(rows("/?failures=1").await, (false, true));
    assert_eq!(rows("/?filter=GOOD").await, (true, false));
    assert_eq!(rows("/?filter=nobody").await, (false, true));
}

#[tokio::test]
async fn an_exporter_that_stops_is_not_ready() {
    let exporter = testing::exporter("route-stopping.yml", MODULES);
    exporter.stopping.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(asked(&exporter, "GET", "/-/ready", "").await.status, 503);
}
