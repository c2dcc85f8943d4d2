//! The `http` section of a module, as values.

use super::expression::Expression;
use crate::prober::shared::EgressSettings;
use crate::prober::shared::http_client::HttpClientSettings;
use crate::settings::Pattern;

/// How to probe over HTTP.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the configuration")]
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Status codes that are good; 200 to 299 if empty.
    pub valid_status_codes: Vec<i64>,
    /// Versions that are good, as `HTTP/1.1` or `HTTP/2.0`; any if empty.
    pub valid_http_versions: Vec<String>,
    /// Which address family, as configured.
    pub preferred_ip_protocol: String,
    /// Whether the other family will do.
    pub ip_protocol_fallback: bool,
    /// Whether the proxy resolves the name, if there is a proxy.
    pub skip_resolve_phase_with_proxy: bool,
    /// Fail if the final answer came over TLS.
    pub fail_if_ssl: bool,
    /// Fail if it did not.
    pub fail_if_not_ssl: bool,
    /// The method; GET if empty.
    pub method: String,
    /// Headers to set, in the order of the configuration.
    pub headers: Vec<(String, String)>,
    /// Fail if one of them matches the body.
    pub fail_if_body_matches_regexp: Vec<Pattern>,
    /// Fail if one of them does not match the body.
    pub fail_if_body_not_matches_regexp: Vec<Pattern>,
    /// Fail if it holds for the body, read as JSON.
    pub fail_if_body_json_matches_cel: Option<Expression>,
    /// Fail if it does not hold.
    pub fail_if_body_json_not_matches_cel: Option<Expression>,
    /// Fail if one of them matches.
    pub fail_if_header_matches: Vec<HeaderRule>,
    /// Fail if one of them does not match.
    pub fail_if_header_not_matches: Vec<HeaderRule>,
    /// The body to send.
    pub body: Vec<u8>,
    /// The file with the body to send; empty for none.
    pub body_file: String,
    /// What HTTP clients are told.
    pub client: HttpClientSettings,
    /// How the answer's body is compressed: `gzip`, `br`, `deflate`, `identity`, or anything, which fails the probe.
    pub compression: String,
    /// The longest body, in bytes, decompressed; 0 for no limit.
    pub body_size_limit: i64,
    /// Whether to use HTTP/3.
    pub enable_http3: bool,
    /// How much of a body the rules may keep in memory, in bytes. Ours.
    pub body_match_limit: u64,
    /// How packets leave. Ours.
    pub egress: EgressSettings,
    /// The `hostname` parameter of a request: the host to ask for, in place of the target's.
    pub hostname: Option<String>,
}

/// How much of a body the rules keep in memory unless configured.
pub const BODY_MATCH_LIMIT: u64 = 16 << 20;

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            valid_status_codes: Vec::new(),
            valid_http_versions: Vec::new(),
            preferred_ip_protocol: String::new(),
            ip_protocol_fallback: true,
            skip_resolve_phase_with_proxy: false,
            fail_if_ssl: false,
            fail_if_not_ssl: false,
            method: String::new(),
            headers: Vec::new(),
            fail_if_body_matches_regexp: Vec::new(),
            fail_if_body_not_matches_regexp: Vec::new(),
            fail_if_body_json_matches_cel: None,
            fail_if_body_json_not_matches_cel: None,
            fail_if_header_matches: Vec::new(),
            fail_if_header_not_matches: Vec::new(),
            body: Vec::new(),
            body_file: String::new(),
            client: HttpClientSettings::default(),
            compression: String::new(),
            body_size_limit: 0,
            enable_http3: false,
            body_match_limit: BODY_MATCH_LIMIT,
            egress: EgressSettings::default(),
            hostname: None,
        }
    }
}

/// What a header's values must or must not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRule {
    /// The header's name, in any case.
    pub header: String,
    /// The expression.
    pub regexp: Pattern,
    /// Whether the header may be absent.
    pub allow_missing: bool,
}
