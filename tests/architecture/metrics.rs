//! Metric names: declared once, with help, and with their unit in the name.

use std::collections::BTreeMap;

use crate::source::{Offence, Source};
use crate::text::{after_closing, is_word, occurrences};

/// Suffixes that name a unit.
const UNITS: [&str; 4] = ["_seconds", "_bytes", "_ratio", "_total"];

/// Names that the Prometheus blackbox exporter gave; they stay as they are.
const GIVEN: &[&str] = &[
    "blackbox_exporter_build_info",
    "blackbox_exporter_config_last_reload_success_timestamp_seconds",
    "blackbox_exporter_config_last_reload_successful",
    "blackbox_module_unknown_total",
    "net_conntrack_dialer_conn_attempted_total",
    "net_conntrack_dialer_conn_closed_total",
    "net_conntrack_dialer_conn_established_total",
    "net_conntrack_dialer_conn_failed_total",
    "probe_dns_additional_rrs",
    "probe_dns_answer_rrs",
    "probe_dns_authority_rrs",
    "probe_dns_duration_seconds",
    "probe_dns_lookup_time_seconds",
    "probe_dns_query_succeeded",
    "probe_dns_serial",
    "probe_duration_seconds",
    "probe_expect_info",
    "probe_failed_due_to_bytes",
    "probe_failed_due_to_cel",
    "probe_failed_due_to_regex",
    "probe_grpc_duration_seconds",
    "probe_grpc_healthcheck_response",
    "probe_grpc_ssl",
    "probe_grpc_status_code",
    "probe_http_content_length",
    "probe_http_duration_seconds",
    "probe_http_last_modified_timestamp_seconds",
    "probe_http_redirects",
    "probe_http_ssl",
    "probe_http_status_code",
    "probe_http_uncompressed_body_length",
    "probe_http_version",
    "probe_icmp_duration_seconds",
    "probe_icmp_reply_hop_limit",
    "probe_ip_addr_hash",
    "probe_ip_protocol",
    "probe_ssl_earliest_cert_expiry",
    "probe_ssl_last_chain_expiry_timestamp_seconds",
    "probe_ssl_last_chain_info",
    "probe_success",
    "probe_timeout_seconds",
    "probe_tls_cipher_info",
    "probe_tls_version_info",
    "probe_websocket_connection_upgraded",
    "probe_websocket_duration_seconds",
    "probe_websocket_failed_due_to_regex",
    "probe_websocket_status_code",
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_network_receive_bytes_total",
    "process_network_transmit_bytes_total",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
    "process_virtual_memory_max_bytes",
    "promhttp_metric_handler_requests_in_flight",
    "promhttp_metric_handler_requests_total",
];

/// What declares a family: the library's handles, the exporter's, and the prometheus crate's constructors and macros.
const CONSTRUCTORS: [&str; 9] =
    ["Counter", "Desc", "Gauge", "Histogram", "HistogramOpts", "InfoGauge", "IntCounter", "IntGauge", "Opts"];

/// A declared family.
struct Declaration<'a> {
    source: &'a Source,
    line: usize,
    name: Option<String>,
    help: Option<String>,
    /// The quantity type, or the constructor where there is none.
    quantity: String,
}

/// What a run of the check saw.
pub(crate) struct Outcome {
    /// Every badly declared family.
    pub(crate) offences: Vec<Offence>,
    /// How many families are declared.
    pub(crate) families: usize,
}

/// Looks at every declaration in the shipped crates.
pub(crate) fn check(sources: &[Source]) -> Outcome {
    let declarations: Vec<Declaration<'_>> =
        sources.iter().filter(|source| source.is_production()).flat_map(declarations).collect();
    let mut offences = Vec::new();
    let mut first: BTreeMap<&str, &Declaration<'_>> = BTreeMap::new();
    for declaration in &declarations {
        let Some(name) = &declaration.name else {
            offences.push(declaration.offence(
                "a metric's name is not a literal",
                "write name and help where the family is declared, so that they can be found and checked",
            ));
            continue;
        };
        if let Some(other) = first.get(name.as_str()) {
            offences.push(declaration.offence(
                format!("{name} is declared again, first in {}:{}", other.source.path, other.line),
                "use the first declaration",
            ));
        }
        first.entry(name).or_insert(declaration);
        if declaration.help.as_ref().is_none_or(|help| help.trim().is_empty()) {
            offences.push(
                declaration.offence(format!("{name} has no help text"), "write one sentence for people"),
            );
        }
        if let Some(problem) = unit_problem(name, &declaration.quantity) {
            offences.push(declaration.offence(
                problem,
                "end the name in its unit, or declare it as a Count or a Flag if it has none",
            ));
        }
    }
    Outcome { offences, families: declarations.len() }
}

fn unit_problem(name: &str, quantity: &str) -> Option<String> {
    if GIVEN.contains(&name) || name.ends_with("_info") {
        return None;
    }
    let wanted: &[&str] = match quantity {
        "Seconds" => &["_seconds"],
        "Bytes" => &["_bytes"],
        "Ratio" => &["_ratio"],
        "Counter" | "IntCounter" => &["_total"],
        "Count" | "Flag" | "IntGauge" => return None,
        _ => &UNITS,
    };
    let fits = wanted.iter().any(|suffix| name.ends_with(suffix));
    (!fits).then(|| format!("{name} ({quantity}) does not end in {}", wanted.join(" or ")))
}

impl Declaration<'_> {
    fn offence(&self, problem: impl Into<String>, remedy: &'static str) -> Offence {
        self.source.offence(self.line, problem, remedy)
    }
}

fn declarations(source: &Source) -> Vec<Declaration<'_>> {
    let code = &source.code;
    let constructed = CONSTRUCTORS
        .iter()
        .flat_map(|constructor| occurrences(code, constructor).map(move |start| (start, *constructor)));
    let mut found: Vec<_> =
        constructed.filter_map(|(start, constructor)| constructed_at(source, start, constructor)).collect();
    for start in occurrences(code, "register_") {
        let rest = &code[start..];
        let call = rest.find(|c| !is_word(c)).filter(|end| rest[*end..].starts_with("!("));
        if let Some(end) = call {
            let constructor = if rest[..end].contains("counter") { "Counter" } else { "Opts" };
            found.push(declaration(source, start, start + end + 1, constructor.into()));
        }
    }
    found
}

/// A declaration if `Constructor::new(` or `Constructor::<Quantity>::new(` stands at `start`.
fn constructed_at<'a>(source: &'a Source, start: usize, constructor: &str) -> Option<Declaration<'a>> {
    let code = &source.code;
    let after = &code[start + constructor.len()..];
    let (turbofish, call) = match after.strip_prefix("::<") {
        Some(generic) => {
            let close = generic.find('>')?;
            (Some(&generic[..close]), &generic[close + 1..])
        }
        None => (None, after),
    };
    let open = code.len() - call.strip_prefix("::new")?.len();
    if !code[open..].starts_with('(') {
        return None;
    }
    let statement = &code[code[..start].rfind([';', '{', '}']).map_or(0, |end| end + 1)..start];
    let quantity = turbofish.or_else(|| declared_type(statement)).map_or_else(
        || if statement.contains("IntGauge") { "IntGauge".into() } else { constructor.to_owned() },
        |generic| generic.split(',').next().unwrap_or_default().trim().to_owned(),
    );
    Some(declaration(source, start, open, quantity))
}

/// The inside of `Gauge<…>` in a declaration.
fn declared_type(statement: &str) -> Option<&str> {
    let (_, generic) = statement.rsplit_once("Gauge<")?;
    generic.split('>').next()
}

fn declaration(source: &Source, start: usize, open: usize, quantity: String) -> Declaration<'_> {
    let end = after_closing(&source.code, open);
    let (name, rest) = string_literal(&source.literal[open + 1..end]);
    let help = rest.split_once(',').and_then(|(_, help)| string_literal(help).0);
    Declaration { source, line: source.line_at(start), name, help, quantity }
}

/// The literal that an argument starts with, and what follows it.
fn string_literal(arguments: &str) -> (Option<String>, &str) {
    let arguments = arguments.trim_start();
    let Some(inside) = arguments.strip_prefix('"') else { return (None, arguments) };
    let end = inside.find('"').unwrap_or(inside.len());
    (Some(inside[..end].to_owned()), &inside[(end + 1).min(inside.len())..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        check(&[Source::new("probe-core/src/a.rs", text)]).offences.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn refused(text: &str, problem: &str) {
        let problems = problems(text);
        assert!(problems.len() == 1 && problems[0].contains(problem), "{text}: {problems:?}");
    }

    #[test]
    fn refuses_a_name_that_is_declared_twice() {
        refused(
            "static A: Gauge<Flag> = Gauge::new(\"probe_a\", \"A.\", &[]);\n\
             static B: Gauge<Flag> = Gauge::new(\n    \"probe_a\",\n    \"B.\",\n    &[],\n);",
            "a.rs:2: probe_a is declared again, first in probe-core/src/a.rs:1",
        );
        refused("fn f() { Opts::new(\"a_total\", \"A.\"); IntCounter::new(\"a_total\", \"A.\"); }", "again");
    }

    #[test]
    fn refuses_a_name_without_its_unit() {
        refused("static A: Gauge<Seconds> = Gauge::new(\"probe_wait\", \"A.\", &[]);", "_seconds");
        refused(
            "static A: Gauge<Bytes, 1> = Gauge::new(\n    \"probe_seconds\", \"A.\", &[\"x\"]);",
            "_bytes",
        );
        refused("static A: Gauge<Number> = Gauge::new(\"probe_thing\", \"A.\", &[]);", "probe_thing");
        refused("fn f() { let a = Gauge::<Ratio>::new(\"probe_loss\", \"A.\", &[]); }", "_ratio");
        refused("fn f() { let a = IntCounter::new(\"requests\", \"A.\"); }", "_total");
        refused("fn f() { let a = register_gauge!(\"temperature\", \"A.\"); }", "temperature");
    }

    #[test]
    fn refuses_missing_help() {
        refused("static A: Gauge<Flag> = Gauge::new(\"probe_a\", \" \", &[]);", "no help");
        refused("fn f() { Opts::new(\"a_total\", help) }", "no help");
    }

    #[test]
    fn refuses_names_that_cannot_be_read_off_the_source() {
        refused("static A: Gauge<Flag> = Gauge::new(NAME, \"A.\", &[]);", "not a literal");
    }

    #[test]
    fn accepts_good_declarations() {
        let good = "static A: Gauge<Seconds, 2> = Gauge::new(\n    \"probe_wait_seconds\", \"A.\", &[\"x\", \"y\"]);\n\
            static B: Gauge<Count> = Gauge::new(\"probe_packets\", \"B.\", &[]);\n\
            static C: Gauge<Number> = Gauge::new(\"probe_ip_protocol\", \"C.\", &[]);\n\
            static D: Gauge<Number, 1> = Gauge::new(\"probe_kind_info\", \"D.\", &[\"kind\"]);\n\
            fn f() { let e = IntGauge::with_opts(Opts::new(\"probes_in_flight\", \"E.\"));\n\
            let g = IntCounterVec::new(Opts::new(\"probes_total\", \"G.\"), &[\"x\"]); }\n\
            /// Gauge::new(\"probe_a\")\n\
            #[cfg(test)]\nmod tests { static T: Gauge<Seconds> = Gauge::new(\"t\", \"\", &[]); }";
        assert_eq!(problems(good), [""; 0]);
        assert_eq!(check(&[Source::new("probe-core/src/a.rs", good)]).families, 6);
    }
}
