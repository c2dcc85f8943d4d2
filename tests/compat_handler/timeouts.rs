//! How long a probe may take.

use probe_tests::compat::exporter::Exporter;
use probe_tests::compat::scenario::{Scenario, scenario};
use probe_tests::compat::{Case, probe};

const HEADER: &str = "X-Prometheus-Scrape-Timeout-Seconds";

/// A module's timeout, the header, and what comes of it with an offset of 0.5 s: the log says so.
fn timeout(name: &str, module: &str, header: Option<&str>, told: &'static str) -> Case {
    let key = if module.is_empty() { String::new() } else { format!(", timeout: {module}") };
    let case = probe(name, "unix", "", &[])
        .module(format!("{{prober: unix{key}}}"))
        .target("/nobody/is/there")
        .fails(&[] as &[&str])
        .says(&["ERROR Error dialing unix"]);
    let case = if told.is_empty() { case } else { case.tells(&[told]) };
    match header {
        Some(value) => case.header(HEADER, value),
        None => case,
    }
}

fn unread(name: &str, header: &str, why: &str) -> Case {
    let said = format!(
        "Failed to parse timeout from Prometheus header: strconv.ParseFloat: parsing \"{header}\": {why}\n"
    );
    timeout(name, "20s", Some(header), "").answers(500, said)
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        timeout("neither", "", None, "Beginning probe timeout_seconds=119.5"),
        timeout("the_module_alone", "10s", None, "Beginning probe timeout_seconds=10"),
        timeout("the_module_in_milliseconds", "1500ms", None, "Beginning probe timeout_seconds=1.5"),
        timeout("the_module_in_minutes", "1m30s", None, "Beginning probe timeout_seconds=90"),
        timeout("the_module_longer_than_ever", "10m", None, "Beginning probe timeout_seconds=119.5"),
        timeout("the_header_alone", "", Some("15"), "Beginning probe timeout_seconds=14.5"),
        timeout(
            "the_module_longer_than_the_header",
            "20s",
            Some("15"),
            "Beginning probe timeout_seconds=14.5",
        ),
        timeout("the_module_shorter_than_the_header", "5s", Some("15"), "Beginning probe timeout_seconds=5"),
        timeout("the_module_as_long_as_the_header", "10s", Some("10"), "Beginning probe timeout_seconds=9.5"),
        timeout(
            "the_module_as_long_as_it_may_be",
            "9500ms",
            Some("10"),
            "Beginning probe timeout_seconds=9.5",
        ),
        timeout("a_header_of_nothing", "5s", Some("0"), "Beginning probe timeout_seconds=5"),
        timeout("a_header_of_nothing_and_no_module", "", Some("0"), "Beginning probe timeout_seconds=119.5"),
        timeout("a_header_shorter_than_the_offset", "2s", Some("0.3"), "Beginning probe timeout_seconds=2"),
        timeout("a_negative_header", "2s", Some("-5"), "Beginning probe timeout_seconds=2"),
        timeout("a_header_without_end", "2s", Some("inf"), "Beginning probe timeout_seconds=2"),
        timeout("a_header_with_a_sign", "", Some("+15"), "Beginning probe timeout_seconds=14.5"),
        timeout("a_header_with_an_exponent", "", Some("1e1"), "Beginning probe timeout_seconds=9.5"),
        timeout("a_header_with_a_fraction", "", Some("10.25"), "Beginning probe timeout_seconds=9.75"),
        timeout(
            "a_header_that_begins_with_its_fraction",
            "",
            Some(".75"),
            "Beginning probe timeout_seconds=0.25",
        ),
        timeout("a_header_that_ends_with_its_point", "", Some("15."), "Beginning probe timeout_seconds=14.5"),
        timeout("a_header_in_hexadecimal", "", Some("0x1p4"), "Beginning probe timeout_seconds=15.5"),
        timeout("an_empty_header", "5s", Some(""), "Beginning probe timeout_seconds=5"),
        timeout("a_negative_module", "-1s", None, "Beginning probe timeout_seconds=119.5"),
        timeout("a_negative_module_and_a_header", "-1s", Some("15"), "Beginning probe timeout_seconds=14.5"),
        timeout("a_module_of_nothing", "0s", Some("15"), "Beginning probe timeout_seconds=14.5"),
        unread("a_header_of_letters", "abc", "invalid syntax"),
        unread("a_header_with_a_unit", "5s", "invalid syntax"),
        unread("a_header_with_a_comma", "5,5", "invalid syntax"),
        unread("a_header_in_hexadecimal_without_an_exponent", "0x10", "invalid syntax"),
        unread("a_header_that_is_too_large", "1e400", "value out of range"),
        unread("a_header_with_two_signs", "+-1", "invalid syntax"),
    ]
}

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("an_offset_is_taken_off", |side| {
            let config = "modules: {m: {prober: unix}, short: {prober: unix, timeout: 5s}}";
            for (offset, header, module, expected) in [
                ("0", "15", "m", "timeout_seconds=15"),
                ("0", "15", "short", "timeout_seconds=5"),
                ("2.5", "15", "m", "timeout_seconds=12.5"),
                ("-1", "15", "m", "timeout_seconds=16"),
                ("20", "15", "short", "timeout_seconds=5"),
                ("1e1", "15", "m", "timeout_seconds=5"),
            ] {
                let exporter = Exporter::with(
                    side,
                    config,
                    &["--log.prober=debug", &format!("--timeout-offset={offset}")],
                );
                let path = format!("/probe?module={module}&target=/nobody&debug=true");
                let page = exporter.get_with(&path, &[(HEADER, header)]).text();
                assert!(
                    page.lines().nth(1).is_some_and(|line| line.ends_with(expected)),
                    "{offset} {header}: {page}"
                );
            }
        }),
        scenario("the_first_header_counts", |side| {
            let exporter = Exporter::with(side, "modules: {m: {prober: unix}}", &["--log.prober=debug"]);
            let page = exporter
                .get_with("/probe?module=m&target=/nobody&debug=true", &[(HEADER, "5"), (HEADER, "9")])
                .text();
            assert!(page.contains("timeout_seconds=4.5\n"), "{page}");
        }),
    ]
}
