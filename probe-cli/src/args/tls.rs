//! `probe tls`.

use clap::{Args, ValueEnum};
use probe_core::model::{HostPort, Target};
use probe_core::prober::shared::DialogueSettings;
use probe_core::prober::tcp::TcpSettings;

use super::common::{EgressArgs, FamilyArgs, ShowArgs};
use super::tls_options::TlsArgs;
use super::values;

const EXAMPLES: &str = "\
Examples:
  probe tls example.com                                  port 443
  probe tls mail.example --starttls smtp --warn-days 30 --crit-days 10
  probe tls 192.0.2.7:8443 --server-name www.example --ca ca.pem
  probe tls -q www.example api.example || mail -s certificates admin

Shows version, cipher and every certificate with the days it has left. What counts is the
chain that holds longest; with --insecure, the certificate presented that ends first.
If the certificate is not to be trusted, a second connection looks at it all the same.

Exit status: 0 if every certificate holds, also with a warning, which is said on stderr;
1 if one has fewer than --crit-days days left, or the probe failed; 2 for wrong arguments.
The limit of a probe is 5 s unless --timeout says otherwise.";

/// Look at the certificates of servers
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TlsCheckArgs {
    /// Names or addresses, with a port if it is not the usual one
    #[arg(required = true, value_name = "HOST[:PORT]", value_parser = values::not_empty)]
    pub(crate) targets: Vec<Target>,
    /// Begin in the clear, as this protocol does
    #[arg(long, value_name = "PROTOCOL")]
    pub(crate) starttls: Option<StartTls>,
    /// Warn if a certificate has fewer days left
    #[arg(long, value_name = "DAYS", default_value_t = 21, value_parser = values::whole(0..=36_500_u32))]
    pub(crate) warn_days: u32,
    /// Fail if a certificate has fewer days left
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = values::whole(0..=36_500_u32))]
    pub(crate) crit_days: u32,
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

/// A protocol that begins in the clear and goes on over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StartTls {
    Ftp,
    Imap,
    Pop3,
    #[value(alias = "postgres")]
    Postgresql,
    Smtp,
}

impl StartTls {
    /// The ready-made dialogue, and the usual port.
    fn dialogue_and_port(self) -> (&'static str, u16) {
        match self {
            Self::Ftp => ("ftp_starttls", 21),
            Self::Imap => ("imap_starttls", 143),
            Self::Pop3 => ("pop3_starttls", 110),
            Self::Postgresql => ("postgresql_starttls", 5432),
            Self::Smtp => ("smtp_starttls", 25),
        }
    }
}

impl TlsCheckArgs {
    pub(crate) fn settings(&self) -> TcpSettings {
        let (preferred_ip_protocol, ip_protocol_fallback) = self.family.preference();
        let dialogue =
            self.starttls.and_then(|start| DialogueSettings::ready_made(start.dialogue_and_port().0));
        TcpSettings {
            preferred_ip_protocol,
            ip_protocol_fallback,
            egress: self.egress.settings(),
            tls: dialogue.is_none(),
            dialogue: dialogue.unwrap_or_default(),
            tls_options: self.tls_options.options(),
            tcp_info: true,
            ..TcpSettings::default()
        }
    }

    /// The targets, each with a port.
    pub(crate) fn with_ports(&self) -> Vec<Target> {
        let port = self.starttls.map_or(443, |start| start.dialogue_and_port().1);
        let complete = |target: &Target| {
            let text = target.as_str();
            match HostPort::parse(text) {
                Ok(_) => target.clone(),
                Err(_) if text.contains(':') && !text.starts_with('[') => format!("[{text}]:{port}").into(),
                Err(_) => format!("{text}:{port}").into(),
            }
        };
        self.targets.iter().map(complete).collect()
    }
}
