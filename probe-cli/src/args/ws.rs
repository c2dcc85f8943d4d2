//! `probe ws`.

use clap::Args;
use probe_core::model::Target;
use probe_core::prober::shared::DialogueSettings;
use probe_core::prober::shared::http_client::{BasicAuth, HeaderValues, HttpClientSettings, TextSource};
use probe_core::prober::websocket::WebSocketSettings;
use probe_core::settings::{Pattern, Secret};

use super::common::{EgressArgs, FamilyArgs, ShowArgs};
use super::say::steps;
use super::tls_options::TlsArgs;
use super::values::{self, Text};

const EXAMPLES: &str = "\
Examples:
  probe ws ws://chat.example/socket                      does it become a websocket?
  probe ws wss://chat.example/socket --expect '^hello'
  probe ws wss://chat.example/socket --send '{\"op\":\"ping\"}' --expect pong
  probe ws wss://chat.example/socket -H 'Authorization: Bearer TOKEN'

The limit of a probe is 5 s unless --timeout says otherwise.";

/// Open websockets
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WsArgs {
    /// Addresses that begin with ws:// or wss://
    #[arg(required = true, value_name = "URL", value_parser = values::websocket_url)]
    pub(crate) targets: Vec<Target>,
    /// Send this header with the request
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = values::header)]
    pub(crate) header: Vec<(String, String)>,
    /// Log in with this user name and password
    #[arg(short, long, value_name = "USER:PASSWORD", value_parser = values::user)]
    pub(crate) user: Option<(String, String)>,
    #[arg(long, value_name = "TEXT", value_parser = values::text,
          help = "Send this message first; \\r, \\n, \\t, \\xNN and \\\\ are escapes")]
    pub(crate) send: Option<Text>,
    /// Fail unless the message that comes next matches this regular expression
    #[arg(long, value_name = "RE", value_parser = values::pattern)]
    pub(crate) expect: Option<Pattern>,
    #[command(flatten)]
    pub(crate) family: FamilyArgs,
    /// Try up to N times; the first success counts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(1..=100_u32))]
    pub(crate) attempts: u32,
    #[command(flatten)]
    pub(crate) tls_options: TlsArgs,
    #[command(flatten)]
    pub(crate) egress: EgressArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

impl WsArgs {
    pub(crate) fn settings(&self) -> WebSocketSettings {
        let (preferred_ip_protocol, ip_protocol_fallback) = self.family.preference();
        let header = |(name, value): &(String, String)| {
            (name.clone(), HeaderValues { values: vec![value.clone()], ..HeaderValues::default() })
        };
        WebSocketSettings {
            http_config: Some(HttpClientSettings {
                basic_auth: self.user.as_ref().map(basic_auth),
                tls: self.tls_options.options(),
                ..HttpClientSettings::default()
            }),
            headers: self.header.iter().map(header).collect(),
            messages: DialogueSettings {
                preset: None,
                steps: steps(self.send.as_ref(), self.expect.as_ref()),
            },
            preferred_ip_protocol,
            ip_protocol_fallback,
            egress: self.egress.settings(),
        }
    }
}

/// User name and password as probers are told.
pub(super) fn basic_auth((name, password): &(String, String)) -> BasicAuth {
    let inline = |text: &str| Some(TextSource::Inline(Secret::new(text)));
    BasicAuth { username: inline(name), password: inline(password) }
}
