//! `probe dns`.

use clap::Args;
use probe_core::model::Target;
use probe_core::prober::dns::{DnsSettings, RecordRules, Rule};
use probe_core::settings::Pattern;
use probe_core::wire::dns::{Class, Rcode, RecordType};

use super::common::{EgressArgs, FamilyArgs, ShowArgs};
use super::tls_options::TlsArgs;
use super::values;

const EXAMPLES: &str = "\
Examples:
  probe dns 192.0.2.53 --name example.com                    does it know an address?
  probe dns ns1 ns2 --name example.com --type SOA            the same serial everywhere?
  probe dns 192.0.2.53 --name example.com --match '192\\.0\\.2\\.7$'
  probe dns 192.0.2.53 --name gone.example --rcode NXDOMAIN
  probe dns resolver1 --name example.com --tls --server-name dns.example
  probe dns https://dns.example/dns-query --name example.com

Records are matched as text: name, TTL, class, type and data, separated by tabs.
An answer over UDP that is cut off is asked for again over TCP.
The limit of a probe is 5 s unless --timeout says otherwise.";

/// What is announced by EDNS: what gets through without fragments nearly everywhere (DNS flag day 2020).
const EDNS_SIZE: u16 = 1232;

/// Ask name servers
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DnsArgs {
    /// Name servers: names or addresses, with a port if it is not the usual one, or <https://HOST/PATH>
    #[arg(required = true, value_name = "SERVER", value_parser = values::not_empty)]
    pub(crate) servers: Vec<Target>,
    /// What to ask about
    #[arg(short, long, value_name = "NAME")]
    pub(crate) name: String,
    /// Which records to ask for
    #[arg(short = 't', long = "type", value_name = "TYPE", default_value = "A", value_parser = record_type)]
    pub(crate) kind: RecordType,
    /// Which class
    #[arg(short, long, value_name = "CLASS", default_value = "IN", value_parser = class)]
    pub(crate) class: Class,
    /// Ask over TCP
    #[arg(long, conflicts_with_all = ["tls", "quic"])]
    pub(crate) tcp: bool,
    /// Ask over TLS (RFC 7858)
    #[arg(long, conflicts_with = "quic")]
    pub(crate) tls: bool,
    /// Ask over QUIC (RFC 9250)
    #[arg(long)]
    pub(crate) quic: bool,
    /// Do not let the server ask others
    #[arg(long)]
    pub(crate) no_recursion: bool,
    /// Announce nothing by EDNS: answers over UDP have at most 512 bytes
    #[arg(long)]
    pub(crate) no_edns: bool,
    #[command(flatten)]
    pub(crate) family: FamilyArgs,
    /// Try up to N times; the first success counts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(1..=100_u32))]
    pub(crate) attempts: u32,
    #[arg(long, value_name = "RCODE", value_delimiter = ',', value_parser = rcode, help_heading = "Verdict",
          help = "Response codes that are good, separated by commas [default: NOERROR]")]
    pub(crate) rcode: Vec<String>,
    /// Fail unless a record of the answer matches one of these regular expressions
    #[arg(long = "match", value_name = "RE", value_parser = values::pattern, help_heading = "Verdict")]
    pub(crate) matches: Vec<Pattern>,
    /// Fail if a record of the answer matches one of these regular expressions
    #[arg(long = "no-match", value_name = "RE", value_parser = values::pattern, help_heading = "Verdict")]
    pub(crate) no_matches: Vec<Pattern>,
    #[command(flatten)]
    pub(crate) tls_options: TlsArgs,
    #[command(flatten)]
    pub(crate) egress: EgressArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

impl DnsArgs {
    /// The settings for one server, and the server without what says how to ask it.
    pub(crate) fn settings(&self, server: &Target) -> (DnsSettings, Target) {
        let (preferred_ip_protocol, ip_protocol_fallback) = self.family.preference();
        let rules =
            |patterns: &[Pattern]| patterns.iter().map(|pattern| Rule::from(pattern.as_str())).collect();
        let mut settings = DnsSettings {
            preferred_ip_protocol,
            ip_protocol_fallback,
            dns_over_tls: self.tls,
            tls_options: self.tls_options.options(),
            egress: self.egress.settings(),
            query_class: Some(self.class),
            query_name: self.name.clone(),
            query_type: Some(self.kind),
            recursion_desired: !self.no_recursion,
            valid_rcodes: Some(self.rcode.clone()).filter(|rcodes| !rcodes.is_empty()),
            validate_answer_rrs: RecordRules {
                fail_if_none_matches: rules(&self.matches),
                fail_if_matches: rules(&self.no_matches),
                ..RecordRules::default()
            },
            edns_udp_size: (!self.no_edns).then_some(EDNS_SIZE),
            retry_over_tcp: true,
            ..DnsSettings::default()
        };
        let transport = match () {
            () if self.quic => "quic",
            () if self.tls || self.tcp => "tcp",
            () => "udp",
        };
        transport.clone_into(&mut settings.transport_protocol);
        let Some(url) = server.as_str().strip_prefix("https://") else { return (settings, server.clone()) };
        "https".clone_into(&mut settings.transport_protocol);
        let (host, path) = url.split_at(url.find('/').unwrap_or(url.len()));
        if !path.is_empty() {
            path.clone_into(&mut settings.https_path);
        }
        (settings, host.into())
    }
}

fn record_type(text: &str) -> Result<RecordType, String> {
    let unknown = "not a record type; write one such as A, AAAA, MX, NS, SOA, TXT or ANY";
    RecordType::from_name(&text.to_ascii_uppercase()).ok_or_else(|| unknown.to_owned())
}

fn class(text: &str) -> Result<Class, String> {
    Class::from_name(&text.to_ascii_uppercase())
        .ok_or_else(|| "not a class; write IN, CH, HS or ANY".to_owned())
}

fn rcode(text: &str) -> Result<String, String> {
    let name = text.to_ascii_uppercase();
    match Rcode::from_name(&name) {
        Some(_) => Ok(name),
        None => {
            Err("not a response code; write one such as NOERROR, NXDOMAIN, SERVFAIL or REFUSED".to_owned())
        }
    }
}
