//! Thin input and output, one operating-system service a file.
//! No protocol logic: bytes are made and understood in [`wire`](crate::wire).

#[cfg(feature = "sweep")]
pub mod bulk;
#[cfg(any(feature = "icmp", feature = "tcp", feature = "udp"))]
mod control;
#[cfg(feature = "udp")]
mod datagram;
#[cfg(any(
    feature = "tcp",
    feature = "dns",
    feature = "http-client",
    feature = "grpc",
    feature = "quic",
    feature = "udp"
))]
mod dial;
#[cfg(feature = "unix")]
mod dial_unix;
#[cfg(feature = "dns")]
mod dns_exchange;
#[cfg(all(feature = "dns", feature = "http-client"))]
mod dns_over_https;
mod egress;
#[cfg(feature = "resolver")]
mod hickory;
#[cfg(feature = "http-client")]
pub mod http;
#[cfg(feature = "icmp")]
pub mod icmp;
#[cfg(feature = "resolver")]
mod join;
#[cfg(any(feature = "icmp", feature = "tcp"))]
mod kernel_filter;
#[cfg(feature = "icmp")]
mod ladder;
#[cfg(any(feature = "icmp", feature = "tcp"))]
mod link;
mod literal;
#[cfg(any(feature = "http-client", feature = "grpc"))]
pub(crate) mod meter;
#[cfg(feature = "name-server")]
mod name_server;
#[cfg(any(
    feature = "icmp",
    feature = "tcp",
    feature = "dns",
    feature = "http-client",
    feature = "grpc",
    feature = "quic",
    feature = "udp"
))]
#[cfg_attr(not(feature = "icmp"), expect(dead_code, reason = "what only a refused ICMP socket needs"))]
mod open_error;
#[cfg(any(feature = "icmp", feature = "tcp", feature = "udp"))]
mod packet;
pub mod policy;
pub mod privilege;
#[cfg(feature = "http-client")]
mod proxy_environment;
#[cfg(feature = "quic")]
mod quic;
mod resolve;
#[cfg(any(
    feature = "tcp",
    feature = "dns",
    feature = "http-client",
    feature = "grpc",
    feature = "quic",
    feature = "udp"
))]
mod services;
pub mod source_order;
#[cfg(feature = "tls")]
mod stream;
#[cfg(feature = "tcp")]
mod syn_socket;
#[cfg(any(feature = "icmp", feature = "tcp", feature = "udp"))]
mod sys;
#[cfg(any(feature = "icmp", feature = "tcp"))]
mod timestamps;
#[cfg(feature = "tls")]
pub mod tls;

#[cfg(feature = "udp")]
pub use datagram::{DatagramError, DatagramSocket};
#[cfg(any(
    feature = "tcp",
    feature = "dns",
    feature = "http-client",
    feature = "grpc",
    feature = "quic",
    feature = "udp"
))]
pub use dial::{DialError, connect};
#[cfg(feature = "tcp")]
pub use dial::{KernelView, kernel_view};
#[cfg(feature = "unix")]
pub use dial_unix::{UnixDialError, connect_unix};
#[cfg(feature = "dns")]
pub(crate) use dns_exchange::random_id;
#[cfg(feature = "dns")]
pub use dns_exchange::{DnsConnection, DnsExchangeError, DnsTransport, USUAL_DNS_PATH};
#[cfg(all(feature = "dns", feature = "http-client"))]
pub use dns_over_https::DnsOverHttps;
pub use egress::Egress;
#[cfg(feature = "resolver")]
pub use hickory::SystemResolver;
#[cfg(feature = "icmp")]
pub use ladder::SocketChoice;
#[cfg(any(feature = "icmp", feature = "tcp"))]
pub use link::{IdentifierRange, Link, Network, Opened, Received, SocketKey, SocketKind};
pub use literal::literal;
#[cfg(feature = "name-server")]
pub use name_server::{NameServer, NameServerOptions, NameServerProtocol};
#[cfg(any(
    feature = "icmp",
    feature = "tcp",
    feature = "dns",
    feature = "http-client",
    feature = "grpc",
    feature = "quic",
    feature = "udp"
))]
pub use open_error::OpenError;
#[cfg(any(feature = "icmp", feature = "tcp", feature = "udp"))]
pub use packet::{Incoming, Name, Outgoing};
pub use policy::{Approved, Denied, DeniedName, DeniedPath, DeniedScheme, Policy, PolicyRules};
#[cfg(feature = "http-client")]
pub use proxy_environment::ProxyEnvironment;
#[cfg(feature = "quic")]
pub use quic::{QuicConnection, QuicError};
pub(crate) use resolve::literal_in;
pub use resolve::{BoxFuture, Families, LiteralsOnly, Resolve, ResolveError, ScopedIp};
#[cfg(any(
    feature = "tcp",
    feature = "dns",
    feature = "http-client",
    feature = "grpc",
    feature = "quic",
    feature = "udp"
))]
pub use services::port_number;
#[cfg(feature = "udp")]
pub use services::udp_port_number;
#[cfg(feature = "tls")]
pub use stream::{BoxStream, Stream};
#[cfg(feature = "tcp")]
pub use syn_socket::{PortState, SynAnswer, SynSocket};
#[cfg(any(feature = "icmp", feature = "tcp"))]
pub use timestamps::Clock;
