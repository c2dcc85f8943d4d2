//! `/` and every path nobody knows: what the exporter is, and what it found lately.

use std::fmt::Write;

use hyper::HeaderMap;
use hyper::header::{ACCEPT, HeaderValue, VARY};

use super::{Answer, Exporter, ok};
use crate::history::Entry;
use crate::pages::{self, Escaped};

/// The page of the reference exporter; for browsers that ask for the root, one that says more.
///
/// Programs that read the page know the reference's, and do not ask for HTML in particular.
pub(super) fn answer(exporter: &Exporter, is_root: bool, query: &str, headers: &HeaderMap) -> Answer {
    let wants_html = |value: &HeaderValue| value.to_str().is_ok_and(|accept| accept.contains("text/html"));
    let mut answer = if is_root && headers.get(ACCEPT).is_some_and(wants_html) {
        pages::overview(exporter, query)
    } else {
        ok("text/html", plain(exporter))
    };
    answer.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    answer
}

fn plain(exporter: &Exporter) -> String {
    const PROBE: &str = "probe?target=prometheus.io&module=http_2xx";
    let mut page = format!(
        "<html>\n<head><title>Blackbox Exporter</title></head>\n<body>\n<h1>Blackbox Exporter</h1>\n\
         <p><a href=\"{PROBE}\">Probe prometheus.io for http_2xx</a></p>\n\
         <p><a href=\"{PROBE}&debug=true\">Debug probe prometheus.io for http_2xx</a></p>\n\
         <p><a href=\"metrics\">Metrics</a></p>\n\
         <p><a href=\"config\">Configuration</a></p>\n\
         <h2>Recent Probes</h2>\n\
         <table border='1'><tr><th>Module</th><th>Target</th><th>Result</th><th>Debug</th></tr>\n"
    );
    for entry in exporter.history.list().iter().rev() {
        push_row(&mut page, entry);
    }
    page.push_str("</table>\n</body>\n</html>\n");
    page
}

fn push_row(page: &mut String, entry: &Entry) {
    let report = &entry.capture.report;
    let result = if report.is_success() { "Success" } else { "<strong>Failure</strong>" };
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "<tr><td>{}</td><td>{}</td><td>{result}</td><td><a href='logs?id={}'>Logs</a></td></tr>",
        Escaped(&report.module),
        Escaped(report.target.as_str()),
        entry.id
    );
}
