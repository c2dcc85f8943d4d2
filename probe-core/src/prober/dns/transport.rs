//! How a name server is spoken to: `transport_protocol` and `dns_over_tls`.

use std::net::SocketAddr;

use super::settings::DnsSettings;
use crate::model::{Deadline, Phase, ProbeError, Reason, Recorder, Severity};
#[cfg(feature = "http-client")]
use crate::net::DnsOverHttps;
use crate::net::tls::{SystemRoots, TlsClient};
use crate::net::{Approved, DnsConnection, DnsTransport, Egress};

/// How a name server is spoken to. Over QUIC, HTTPS and TLS with a client that does the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// HTTP over TLS (RFC 8484). Ours.
    #[cfg(feature = "http-client")]
    Https,
    /// QUIC (RFC 9250). Ours.
    #[cfg(feature = "quic")]
    Quic,
    /// TCP (RFC 7766).
    Tcp,
    /// TCP and TLS (RFC 7858).
    Tls,
    /// UDP.
    Udp,
    /// UDP and TLS at once, which there is not: it fails once the name is resolved, as in the reference exporter.
    UdpTls,
}

/// The words of `transport_protocol` that this build knows, and whether they may go with `dns_over_tls`.
pub(super) const WORDS: &[&str] = &[
    "",
    "udp",
    "tcp",
    #[cfg(feature = "http-client")]
    "https",
    #[cfg(feature = "quic")]
    "quic",
];

impl Transport {
    /// What the settings say. Anything but `udp` and `tcp` and our own words fails the probe.
    pub(super) fn of(settings: &DnsSettings, out: &mut Recorder) -> Result<Self, ProbeError> {
        match (settings.transport_protocol.as_str(), settings.dns_over_tls) {
            ("" | "udp", false) => Ok(Self::Udp),
            ("" | "udp", true) => Ok(Self::UdpTls),
            ("tcp", false) => Ok(Self::Tcp),
            ("tcp", true) => Ok(Self::Tls),
            #[cfg(feature = "http-client")]
            ("https", _) => Ok(Self::Https),
            #[cfg(feature = "quic")]
            ("quic", _) => Ok(Self::Quic),
            (other, _) => {
                let message = "Configuration error: Expected transport protocol udp or tcp";
                out.log(Severity::Error, message, &[("protocol", &other)]);
                let detail = format!("expected transport protocol udp or tcp, found {other:?}");
                Err(ProbeError::new(Reason::Configuration, Phase::Prepare, detail))
            }
        }
    }

    /// Where such servers listen. One over UDP and TLS would listen where those over TLS do.
    pub(super) const fn default_port(self) -> &'static str {
        match self {
            #[cfg(feature = "http-client")]
            Self::Https => "443",
            #[cfg(feature = "quic")]
            Self::Quic => "853",
            Self::Tls | Self::UdpTls => "853",
            Self::Tcp | Self::Udp => "53",
        }
    }

    /// The word for the network in the log, for a version of IP.
    pub(super) fn network(self, version: char) -> String {
        match self {
            #[cfg(feature = "http-client")]
            Self::Https => format!("https{version}"),
            #[cfg(feature = "quic")]
            Self::Quic => format!("quic{version}"),
            Self::Tcp => format!("tcp{version}"),
            Self::Tls => format!("tcp{version}-tls"),
            Self::Udp | Self::UdpTls => format!("udp{version}"),
        }
    }

    /// Whether answers may be cut off.
    pub(super) fn is_udp(self) -> bool {
        self == Self::Udp
    }

    /// Whether the id of a query is 0, so that equal queries look equal to caches (RFC 8484 section 4.1, RFC 9250 section 4.2.1).
    pub(super) fn has_no_id(self) -> bool {
        !matches!(self, Self::Tcp | Self::Tls | Self::Udp | Self::UdpTls)
    }

    /// What does the handshake, where there is one.
    pub(super) fn client(
        self,
        settings: &DnsSettings,
        roots: &SystemRoots,
        out: &mut Recorder,
    ) -> Result<Option<TlsClient>, ProbeError> {
        match self {
            Self::Tcp | Self::Udp => return Ok(None),
            Self::UdpTls => {
                let message = "Configuration error: Expected transport protocol tcp for DoT";
                out.log(Severity::Error, message, &[("protocol", &"udp")]);
                let detail = "expected transport protocol tcp for dns_over_tls";
                return Err(ProbeError::new(Reason::Configuration, Phase::Setup, detail));
            }
            Self::Tls => {}
            #[cfg(feature = "http-client")]
            Self::Https => {}
            #[cfg(feature = "quic")]
            Self::Quic => {}
        }
        let client = TlsClient::new(&settings.tls_options, roots);
        let client = client.inspect_err(|error| {
            out.log(Severity::Error, "Failed to create TLS configuration", &[("err", error)]);
        })?;
        Ok(Some(client))
    }

    /// Connects.
    pub(super) async fn open(self, way: &Way<'_>) -> Result<DnsConnection, ProbeError> {
        let Way { address, egress, .. } = way;
        Ok(match (self, way.client) {
            #[cfg(feature = "http-client")]
            (Self::Https, Some(client)) => {
                let server = DnsOverHttps { host: way.host, port: address.port(), path: way.path };
                Box::pin(DnsConnection::open_https(*address, egress, client, &server, way.deadline)).await?
            }
            #[cfg(feature = "quic")]
            (Self::Quic, Some(client)) => {
                Box::pin(DnsConnection::open_quic(*address, egress, client, way.host)).await?
            }
            (_, Some(client)) => {
                Box::pin(DnsConnection::open_tls(*address, egress, client, way.host)).await?
            }
            (Self::Udp, None) => DnsConnection::open(*address, egress, DnsTransport::Udp).await?,
            (_, None) => DnsConnection::open(*address, egress, DnsTransport::Tcp).await?,
        })
    }
}

/// Where to connect, and how packets leave.
pub(super) struct Way<'a> {
    pub(super) address: Approved<SocketAddr>,
    pub(super) egress: Egress,
    pub(super) client: Option<&'a TlsClient>,
    /// The server's name, for TLS and HTTP.
    pub(super) host: &'a str,
    /// Where on an HTTP server.
    #[cfg_attr(not(feature = "http-client"), expect(dead_code, reason = "what only HTTP needs"))]
    pub(super) path: &'a str,
    /// When everything must be over.
    #[cfg_attr(not(feature = "http-client"), expect(dead_code, reason = "what only HTTP needs"))]
    pub(super) deadline: Deadline,
}
