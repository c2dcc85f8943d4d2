//! The pages for people: landing page, configuration, health.

use hyper::header::X_CONTENT_TYPE_OPTIONS;
use hyper::{Method, StatusCode};

use super::{Answer, Exporter, MESSAGE, ok, refused};

/// What the exporter is and where to go.
const LANDING_PAGE: &str = "\
<html>
    <head><title>Blackbox Exporter</title></head>
    <body>
    <h1>Blackbox Exporter</h1>
    <p><a href=\"probe?target=127.0.0.1&amp;module=icmp\">Probe 127.0.0.1 for icmp</a></p>
    <p><a href=\"metrics\">Metrics</a></p>
    <p><a href=\"config\">Configuration</a></p>
    </body>
</html>
";

/// `/` and every path nobody knows.
pub(super) fn landing_page() -> Answer {
    ok("text/html", LANDING_PAGE)
}

/// `/config`: the configuration in effect, secrets masked.
pub(super) fn config(exporter: &Exporter) -> Answer {
    ok("text/plain", exporter.config.dump())
}

/// `/-/healthy`.
pub(super) fn healthy() -> Answer {
    ok(MESSAGE, "Healthy")
}

/// `/-/reload`: refused, so that nobody believes that a changed file is in effect.
pub(super) fn reload(method: &Method) -> Answer {
    if method == Method::POST {
        let message = "failed to reload config: this version cannot reload, restart it";
        return refused(StatusCode::INTERNAL_SERVER_ERROR, message);
    }
    let mut answer = refused(StatusCode::METHOD_NOT_ALLOWED, "This endpoint requires a POST request.");
    // The reference leaves this header out here.
    answer.headers_mut().remove(X_CONTENT_TYPE_OPTIONS);
    answer
}
