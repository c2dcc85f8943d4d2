//! Configuration, health, and what a service manager asks for.

use std::sync::atomic::Ordering;

use hyper::header::X_CONTENT_TYPE_OPTIONS;
use hyper::{Method, StatusCode};

use super::{Answer, Exporter, MESSAGE, ok, origin, refused};

/// `/config`: the configuration in effect, secrets masked.
pub(super) fn config(exporter: &Exporter) -> Answer {
    ok("text/plain", exporter.live.current().config.dump())
}

/// `/-/healthy`.
pub(super) fn healthy() -> Answer {
    ok(MESSAGE, "Healthy")
}

/// `/-/ready`: whether new requests are welcome. There is a configuration from the first request on.
pub(super) fn ready(exporter: &Exporter) -> Answer {
    if exporter.stopping.load(Ordering::Relaxed) {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "Stopping");
    }
    ok(MESSAGE, "Ready")
}

/// `/-/reload`: reads the configuration anew.
pub(super) async fn reload(exporter: &Exporter, method: &Method, is_foreign: bool) -> Answer {
    if is_foreign {
        return refused(StatusCode::FORBIDDEN, origin::REFUSAL);
    }
    if method != Method::POST {
        let mut answer = refused(StatusCode::METHOD_NOT_ALLOWED, "This endpoint requires a POST request.");
        // The reference leaves this header out here.
        answer.headers_mut().remove(X_CONTENT_TYPE_OPTIONS);
        return answer;
    }
    match exporter.reloads.ask().await {
        Ok(()) => Answer::default(),
        Err(problem) => {
            refused(StatusCode::INTERNAL_SERVER_ERROR, format_args!("failed to reload config: {problem}"))
        }
    }
}

/// `/debug/pprof/`: the reference shows profiles of its runtime, to everybody.
pub(super) fn profiles() -> Answer {
    let message = "There are no profiles: this exporter has no Go runtime. For its own figures see /metrics; to see where \
                   its time goes, use perf.";
    refused(StatusCode::NOT_FOUND, message)
}
