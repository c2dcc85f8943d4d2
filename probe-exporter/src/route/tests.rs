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

async fn asked(exporter: &Arc<Exporter>, method: &str, path: &str, accept: &str) -> Answered {
    let request = Request::builder().method(method).uri(path).header(ACCEPT, accept);
    sent(exporter, request.body(Full::default()).expect("a request")).await
}

async fn sent(exporter: &Arc<Exporter>, request: Request<Full<Bytes>>) -> Answered {
    let services = Services::new(Arc::new(LiteralsOnly));
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
    let exporter = &Arc::new(testing::exporter("route-paths.yml", MODULES));
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
        let answered = asked(exporter, method, path, "*/*").await;
        assert_eq!((answered.status, answered.kind.as_str()), (status, kind), "{method} {path}");
        assert!(answered.body.starts_with(begins), "{method} {path}: {}", answered.body);
    }
    let moved = asked(exporter, "GET", "//metrics?x=1", "*/*").await;
    assert_eq!((moved.status, moved.location.as_str()), (301, "/metrics?x=1"));
}

#[tokio::test]
async fn a_probe_is_remembered_and_shown() {
    let exporter = &Arc::new(testing::exporter("route-probe.yml", MODULES));
    let target = "%3Cscript%3Ealert(1)%3C/script%3E%26%22%27";
    let debug = asked(exporter, "GET", &format!("/probe?module=tcp&target={target}&debug=true"), "*/*").await;
    assert!(debug.body.contains("\nprobe_success 0\n"), "{}", debug.body);
    let logs = asked(exporter, "GET", "/logs?id=0", "*/*").await;
    assert_eq!((logs.kind.as_str(), &logs.body), ("text/plain", &debug.body));
    for (path, accept) in [
        ("/", "*/*"),
        ("/", "text/html,*/*;q=0.8"),
        ("/?filter=%22%3E%3Cscript%3E", "text/html"),
        ("/logs?id=0&format=html", "*/*"),
        ("/logs?target=%3Cscript%3Ealert(1)%3C/script%3E%26%22%27&format=html", "*/*"),
    ] {
        let page = asked(exporter, "GET", path, accept).await;
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
    let exporter = &Arc::new(testing::exporter("route-plain.yml", MODULES));
    for target in ["a&b", "c"] {
        let target = target.replace('&', "%26");
        asked(exporter, "GET", &format!("/probe?module=tcp&target={target}"), "*/*").await;
    }
    let page = asked(exporter, "GET", "/", "").await.body;
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
    let exporter = &Arc::new(testing::exporter("route-rich.yml", MODULES));
    exporter.history.add(testing::success("tcp", "good.example"));
    exporter.history.add(testing::failure("tcp", "bad.example"));
    let rows = async |path| {
        let page = asked(exporter, "GET", path, "text/html").await.body;
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
    let exporter = &Arc::new(testing::exporter("route-stopping.yml", MODULES));
    exporter.stopping.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(asked(exporter, "GET", "/-/ready", "").await.status, 503);
}

fn posted(content_type: &'static str, list: &'static str) -> Request<Full<Bytes>> {
    let request =
        Request::builder().method("POST").uri("/batch?module=tcp").header(CONTENT_TYPE, content_type);
    request.body(Full::from(list)).expect("a request")
}

#[tokio::test]
async fn a_batch_answers_for_every_target_once() {
    let exporter = &Arc::new(testing::exporter("route-batch.yml", MODULES));
    let path = "/batch?module=tcp&target=127.0.0.1:1&target=nowhere&target=127.0.0.1:1";
    let body = asked(exporter, "GET", path, "").await.body;
    let expected = "\nprobe_success{target=\"127.0.0.1:1\"} 0\nprobe_success{target=\"nowhere\"} 0\n";
    assert!(body.contains(expected), "{body}");
    assert_eq!(exporter.history.list().len(), 2);
    for (content_type, list) in
        [("application/json", "[\"127.0.0.1:1\", \"nowhere\"]"), ("text/plain", "127.0.0.1:1\nnowhere\n")]
    {
        let body = sent(exporter, posted(content_type, list)).await.body;
        assert!(body.contains(expected), "{body}");
    }
}

#[tokio::test]
async fn batches_that_cannot_be_made_are_refused() {
    let exporter = &Arc::new(testing::exporter("route-no-batch.yml", MODULES));
    for (method, path, status, body) in [
        ("GET", "/batch?module=tcp", 400, "Target parameter is missing\n"),
        ("GET", "/batch?module=no&target=a", 400, "Unknown module \"no\"\n"),
        ("PUT", "/batch?module=tcp&target=a", 405, "A batch is asked for with GET or POST\n"),
        (
            "GET",
            "/batch?module=tcp&target=a&target=b&target=c&target=d",
            413,
            "A batch may have 3 targets (--batch.max-targets), this one has 4\n",
        ),
    ] {
        let answer = asked(exporter, method, path, "").await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{method} {path}");
    }
    for (content_type, list, status) in [
        ("application/x-www-form-urlencoded", "target=a", 415),
        ("application/json", "{}", 400),
        ("text/plain", "", 400),
    ] {
        assert_eq!(sent(exporter, posted(content_type, list)).await.status, status, "{content_type}");
    }
    let mut foreign = posted("text/plain", "127.0.0.1:1");
    foreign.headers_mut().insert("origin", HeaderValue::from_static("http://elsewhere"));
    assert_eq!(sent(exporter, foreign).await.status, 403);
    assert!(exporter.history.list().is_empty());
}

#[tokio::test]
async fn a_batch_waits_for_places_and_no_longer() {
    let modules = "modules: {tcp: {prober: tcp, timeout: 300ms, max_in_flight: 1}}";
    let exporter = &Arc::new(testing::exporter("route-batch-places.yml", modules));
    let path = "/batch?module=tcp&target=a&target=b&target=c";
    let body = asked(exporter, "GET", path, "").await.body;
    assert_eq!(body.matches("probe_success{").count(), 3, "{body}");
    assert_eq!(exporter.history.list().len(), 3, "one after the other");

    let module = exporter.live.current().modules.find(b"tcp").expect("it is there").clone();
    let place = exporter.in_flight.enter(&module.config).expect("it is free");
    let body = asked(exporter, "GET", path, "").await.body;
    assert_eq!(body.matches("probe_success{").count(), 3, "{body}");
    assert_eq!(exporter.history.list().len(), 3, "none of them was begun");
    drop(place);
}

#[tokio::test]
async fn openmetrics_is_for_those_who_allow_it() {
    let mut exporter = testing::exporter("route-openmetrics.yml", MODULES);
    let (path, accept) = ("/probe?module=tcp&target=a", "application/openmetrics-text; version=1.0.0");
    let closed = &Arc::new(testing::exporter("route-no-openmetrics.yml", MODULES));
    assert!(asked(closed, "GET", path, accept).await.kind.starts_with("text/plain; version=0.0.4"));
    exporter.openmetrics = true;
    let answer = asked(&Arc::new(exporter), "GET", path, accept).await;
    assert_eq!(
        answer.kind,
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
    );
    assert!(answer.body.ends_with("# EOF\n"), "{}", answer.body);
}
