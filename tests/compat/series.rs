//! The reference exporter's families: their help, and what each prober has if all goes well.

/// Around every probe.
pub const EVERY_PROBE: &[&str] = &["probe_success 1", "probe_duration_seconds +"];

/// Of a probe that looks up an address, here of 127.0.0.1.
pub const ADDRESS: &[&str] =
    &["probe_dns_lookup_time_seconds +", "probe_ip_protocol 4", "probe_ip_addr_hash 3668918509"];

/// The same of `::1`.
pub const IPV6: &[&str] = &["probe_ip_protocol 6", "probe_ip_addr_hash 1751717746"];

/// The same if there is no address.
pub const NO_ADDRESS: &[&str] = &["probe_ip_protocol 0", "probe_ip_addr_hash 0"];

/// Of a dialogue over a stream.
pub const DIALOGUE: &[&str] = &["probe_failed_due_to_regex 0", "probe_failed_due_to_bytes 0"];

/// Of a GET that is answered with 200 and no body.
pub const HTTP: &[&str] = &[
    "probe_failed_due_to_regex 0",
    "probe_http_content_length 0",
    "probe_http_duration_seconds{phase=\"connect\"} +",
    "probe_http_duration_seconds{phase=\"processing\"} +",
    "probe_http_duration_seconds{phase=\"resolve\"} +",
    "probe_http_duration_seconds{phase=\"tls\"} 0",
    "probe_http_duration_seconds{phase=\"transfer\"} +",
    "probe_http_redirects 0",
    "probe_http_ssl 0",
    "probe_http_status_code 200",
    "probe_http_uncompressed_body_length 0",
    "probe_http_version 1.1",
];

/// Over [`HTTP`]: nothing was answered, nor connected.
pub const HTTP_REFUSED: &[&str] = &[
    "probe_http_duration_seconds{phase=\"connect\"} 0",
    "probe_http_duration_seconds{phase=\"processing\"} 0",
    "probe_http_duration_seconds{phase=\"transfer\"} 0",
    "probe_http_status_code 0",
    "probe_http_version 0",
];

/// Over [`HTTP`]: nothing was answered, though connected.
pub const HTTP_UNANSWERED: &[&str] = &[
    "probe_http_duration_seconds{phase=\"connect\"} ?",
    "probe_http_duration_seconds{phase=\"processing\"} ?",
    "probe_http_duration_seconds{phase=\"transfer\"} 0",
    "probe_http_status_code 0",
    "probe_http_version 0",
];

/// Over [`HTTP`]: nothing was even asked.
pub const HTTP_UNASKED: &[&str] = &[
    "!probe_http_duration_seconds{phase=\"connect\"}",
    "!probe_http_duration_seconds{phase=\"processing\"}",
    "!probe_http_duration_seconds{phase=\"tls\"}",
    "!probe_http_duration_seconds{phase=\"transfer\"}",
    "probe_http_status_code 0",
    "probe_http_version 0",
];

/// Of an answer that came.
pub const DNS: &[&str] = &[
    "probe_dns_additional_rrs 0",
    "probe_dns_answer_rrs 0",
    "probe_dns_authority_rrs 0",
    "probe_dns_duration_seconds{phase=\"connect\"} +",
    "probe_dns_duration_seconds{phase=\"request\"} +",
    "probe_dns_duration_seconds{phase=\"resolve\"} +",
    "probe_dns_query_succeeded 1",
];

/// Of an echo that came back.
pub const ICMP: &[&str] = &[
    "probe_icmp_duration_seconds{phase=\"resolve\"} +",
    "probe_icmp_duration_seconds{phase=\"rtt\"} +",
    "probe_icmp_duration_seconds{phase=\"setup\"} +",
    "probe_icmp_reply_hop_limit 64",
];

/// Of a server that serves.
pub const GRPC: &[&str] = &[
    "probe_grpc_duration_seconds{phase=\"check\"} +",
    "probe_grpc_duration_seconds{phase=\"resolve\"} +",
    "probe_grpc_healthcheck_response{serving_status=\"NOT_SERVING\"} 0",
    "probe_grpc_healthcheck_response{serving_status=\"SERVICE_UNKNOWN\"} 0",
    "probe_grpc_healthcheck_response{serving_status=\"SERVING\"} 1",
    "probe_grpc_healthcheck_response{serving_status=\"UNKNOWN\"} 0",
    "probe_grpc_ssl 0",
    "probe_grpc_status_code 0",
];

/// Of a connection that was upgraded.
pub const WEBSOCKET: &[&str] = &[
    "probe_websocket_connection_upgraded 1",
    "probe_websocket_duration_seconds{phase=\"connect\"} +",
    "probe_websocket_duration_seconds{phase=\"processing\"} ?",
    "probe_websocket_duration_seconds{phase=\"resolve\"} +",
    "probe_websocket_failed_due_to_regex 0",
    "probe_websocket_status_code 101",
];

/// The first second of a year in which certificates expire here.
pub fn year(year: u32) -> u64 {
    match year {
        2021 => 1_609_459_200,
        2045 => 2_366_841_600,
        2050 => 2_524_608_000,
        2052 => 2_587_680_000,
        2055 => 2_682_374_400,
        2060 => 2_840_140_800,
        2070 => 3_155_760_000,
        2080 => 3_471_292_800,
        _ => panic!("no certificate expires in {year}"),
    }
}

/// A chain that was not verified has this expiry, which is the first second of the year 1.
pub const NEVER: &str = "-62135596800";

/// Of a connection by TLS 1.3 under one of the ordinary certificates.
pub fn tls(certificate: &str) -> Vec<String> {
    let labels = leaf("CN=server", "CN=Root,O=Probe Tests", "localhost,target.test,*.wild.test", "1234");
    tls_of(certificate, &labels, year(2060), &year(2060).to_string())
}

/// The same, if the certificate was not verified.
pub fn tls_unverified(certificate: &str) -> Vec<String> {
    let mut lines = tls(certificate);
    lines.push(format!("probe_ssl_last_chain_expiry_timestamp_seconds {NEVER}"));
    lines
}

/// The labels of a leaf, without its fingerprint.
pub fn leaf(subject: &str, issuer: &str, names: &str, serial: &str) -> String {
    format!("issuer={issuer:?},serialnumber={serial:?},subject={subject:?},subjectalternative={names:?}")
}

/// Of a connection by TLS 1.3.
pub fn tls_of(certificate: &str, labels: &str, earliest: u64, last: &str) -> Vec<String> {
    vec![
        format!("probe_ssl_earliest_cert_expiry {earliest}"),
        format!("probe_ssl_last_chain_expiry_timestamp_seconds {last}"),
        format!("probe_ssl_last_chain_info{{fingerprint_sha256=\"@{certificate}.fingerprint\",{labels}}} 1"),
        "probe_tls_version_info{version=\"TLS 1.3\"} 1".into(),
    ]
}

/// Over [`tls`]: by TLS 1.2.
pub const TLS12: &[&str] =
    &["!probe_tls_version_info{version=\"TLS 1.3\"}", "probe_tls_version_info{version=\"TLS 1.2\"} 1"];

/// Over [`tls`] in the http prober: the suite that the servers choose.
pub const CIPHER: &[&str] = &["probe_tls_cipher_info{cipher=\"TLS_AES_256_GCM_SHA384\"} 1"];

/// The help of a family, if the reference exporter has it.
pub fn help_of(name: &str) -> Option<&'static str> {
    HELP.iter().find(|(found, _)| *found == name).map(|(_, help)| *help)
}

const HELP: &[(&str, &str)] = &[
    ("probe_dns_additional_rrs", "Returns number of entries in the additional resource record list"),
    ("probe_dns_answer_rrs", "Returns number of entries in the answer resource record list"),
    ("probe_dns_authority_rrs", "Returns number of entries in the authority resource record list"),
    ("probe_dns_duration_seconds", "Duration of DNS request by phase"),
    ("probe_dns_lookup_time_seconds", "Returns the time taken for probe dns lookup in seconds"),
    ("probe_dns_query_succeeded", "Displays whether or not the query was executed successfully"),
    ("probe_dns_serial", "Returns the serial number of the zone"),
    ("probe_duration_seconds", "Returns how long the probe took to complete in seconds"),
    ("probe_expect_info", "Explicit content matched"),
    ("probe_failed_due_to_bytes", "Indicates if probe failed due to bytes"),
    ("probe_failed_due_to_cel", "Indicates if probe failed due to CEL expression not matching"),
    ("probe_failed_due_to_regex", "Indicates if probe failed due to regex"),
    ("probe_grpc_duration_seconds", "Duration of gRPC request by phase"),
    ("probe_grpc_healthcheck_response", "Response HealthCheck response"),
    ("probe_grpc_ssl", "Indicates if SSL was used for the connection"),
    ("probe_grpc_status_code", "Response gRPC status code"),
    ("probe_http_content_length", "Length of http content response"),
    ("probe_http_duration_seconds", "Duration of http request by phase, summed over all redirects"),
    (
        "probe_http_last_modified_timestamp_seconds",
        "Returns the Last-Modified HTTP response header in unixtime",
    ),
    ("probe_http_redirects", "The number of redirects"),
    ("probe_http_ssl", "Indicates if SSL was used for the final redirect"),
    ("probe_http_status_code", "Response HTTP status code"),
    ("probe_http_uncompressed_body_length", "Length of uncompressed response body"),
    ("probe_http_version", "Returns the version of HTTP of the probe response"),
    ("probe_icmp_duration_seconds", "Duration of icmp request by phase"),
    ("probe_icmp_reply_hop_limit", "Replied packet hop limit (TTL for ipv4)"),
    (
        "probe_ip_addr_hash",
        "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
    ),
    ("probe_ip_protocol", "Specifies whether probe ip protocol is IP4 or IP6"),
    ("probe_ssl_earliest_cert_expiry", "Returns last SSL chain expiry in unixtime"),
    ("probe_ssl_last_chain_expiry_timestamp_seconds", "Returns last SSL chain expiry in timestamp"),
    ("probe_ssl_last_chain_info", "Contains SSL leaf certificate information"),
    ("probe_success", "Displays whether or not the probe was a success"),
    ("probe_tls_cipher_info", "Returns the TLS cipher negotiated during handshake"),
    ("probe_tls_version_info", "Returns the TLS version used or NaN when unknown"),
    (
        "probe_websocket_connection_upgraded",
        "Indicates if the websocket connection was successfully upgraded",
    ),
    ("probe_websocket_duration_seconds", "Duration of websocket request by phase"),
    ("probe_websocket_failed_due_to_regex", "Indicates if probe failed due to regex"),
    ("probe_websocket_status_code", "Response HTTP status code"),
];
